"""The limits of a trend, each in its lane: grey until they are crossed in this window."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from data.analysis import digits, names
from figures.axes import ABOVE, BROAD, LANES, SPAN, Line, Scale
from figures.letters import fitting, room
from figures.template import TEXT_TINY, Canvas, Figure, escaped

#: What each of a rule's Limits is called, in their order, and whether it is one of an alarm.
SHORT = ("LL", "L", "H", "HH")
CRITICAL = (True, False, False, True)
#: Half the width of a tick at an axis that is told its limits by ticks alone, share of the chart.
TICK = 0.005
#: Where what is said over a lane stands beside its unit [px].
BESIDE = 12.0
#: Where the name of a limit begins, from its axis [px].
AT_AXIS = 8
#: Names of limits nearer to one another than this would be written over one another [px].
CLOSE = 14.0
#: The middle of a name stands so far below the top of its lane: there lie the bars of excursions,
#: of which a critical one is 8 px tall, and they would cover it [px].
BELOW_BARS = 15.0
#: Share of a chart that the label of a limit takes at most.
MOST_OF_LANE = 0.4
#: And so many letters of names in it: the rows above the chart say them in full.
MOST_LETTERS = 24


class Level(NamedTuple):
    """One limit of one line: its name, value, and what happened to it in the window."""

    line: Line
    short: str
    value: float
    high: bool
    critical: bool
    crossed: bool


def levels_of(line: Line) -> list[Level]:
    """Return the limits of a line with whether a reading of its frame was beyond."""
    if line.limits is None or line.stepped:
        return []
    low, high = _extremes(line)
    levels = []
    for place, value in enumerate(line.limits):
        if value is not None:
            is_high = place > 1
            crossed = high >= value if is_high else low <= value
            levels.append(Level(line, SHORT[place], value, is_high, CRITICAL[place], crossed))
    return levels


def _extremes(line: Line) -> tuple[float, float]:
    low, high = line.extremes
    low, high = low[np.isfinite(low)], high[np.isfinite(high)]
    return (low.min(), high.max()) if low.size and high.size else (np.inf, -np.inf)


def is_beyond(line: Line, rows: pd.DataFrame, critical: bool) -> np.ndarray:
    """Return in which rows a line was beyond a limit of one severity; of a bucket its extremes."""
    low, high = (rows[name].to_numpy(dtype=float) for name in ("min", "max"))
    beyond = np.zeros(len(rows), dtype=bool)
    for level in levels_of(line):
        if level.critical == critical:
            beyond |= high >= level.value if level.high else low <= level.value
    return beyond


def levels_told(line: Line, rows: pd.DataFrame) -> Figure:
    """Return what the row over the chart tells of each point: 0, 1 (warning) or 2 (critical).

    Nothing of a line that was beyond no limit.
    """
    levels = [level for level in levels_of(line) if level.crossed]
    if not levels:
        return {}
    low, high = (rows[name].to_numpy(dtype=float) for name in ("min", "max"))
    codes = np.zeros(len(rows), dtype=int)
    for level in levels:
        beyond = high >= level.value if level.high else low <= level.value
        codes[beyond] = np.maximum(codes[beyond], 2 if level.critical else 1)
    return {"levels": "".join(map(str, codes.tolist()))}


def draw_limits(figure: Figure, scales: Sequence[Scale], canvas: Canvas, axes: str) -> None:
    """Add to a layout the limits of every line: a fill for the first of a lane, dashes, names.

    Parameters
    ----------
    figure : the layout; its shapes and annotations grow
    axes : with units over one another limits are ticks at their axis, named for the first one; in
        shares of a span, where all lines have one axis, only the first one's are drawn
    """
    ticks = axes != LANES and any(each.over for each in scales)
    for scale in scales:
        if axes == SPAN and scale.over:
            continue
        every = [levels for _place, line in scale.members if (levels := levels_of(line))]
        if every and not ticks:
            figure["shapes"] += _fills(scale, every[0], canvas)
        levels = [level for each in every for level in each]
        inside = sorted(_inside(scale, levels), key=lambda level: level.crossed)
        figure["shapes"] += [_line(scale, each, canvas, ticks) for each in inside]
        if not scale.over:
            _name(figure, scale, levels, canvas)


def _inside(scale: Scale, levels: Sequence[Level]) -> list[Level]:
    return [each for each in levels if scale.low <= each.value <= scale.high]


def _ink(level: Level, canvas: Canvas) -> str:
    if not level.crossed:
        return canvas.palette["zone-c"]
    return canvas.palette["crit" if level.critical else "warn"]


def _fills(scale: Scale, levels: Sequence[Level], canvas: Canvas) -> list[Figure]:
    """Fill from each limit to the next one of its side, or to the end of the axis."""
    shapes = []
    for level in levels:
        others = [each.value for each in levels if each.high == level.high and each is not level]
        if level.high:
            bottom = level.value
            top = min([scale.high, *(value for value in others if value > bottom)])
        else:
            top = level.value
            bottom = max([scale.low, *(value for value in others if value < top)])
        bottom, top = max(bottom, scale.low), min(top, scale.high)
        if bottom < top:
            name = "zone" if not level.crossed else "limit-crit" if level.critical else "limit"
            shapes.append(_fill(scale, bottom, top, canvas.palette[name]))
    return shapes


def _fill(scale: Scale, bottom: float, top: float, colour: str) -> Figure:
    return {
        "type": "rect",
        "layer": "below",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "yref": scale.ref,
        "y0": bottom,
        "y1": top,
        "fillcolor": colour,
        "line": {"width": 0},
    }


def _line(scale: Scale, level: Level, canvas: Canvas, tick: bool) -> Figure:
    """Return a limit as a dashed line, or as a tick at its axis; a crossed one over the others."""
    ends = (scale.at - TICK, scale.at + TICK) if tick else (0, 1)
    stroke = {"width": 3, "dash": "solid"} if tick else {"width": 1.2, "dash": "dash"}
    return {
        "type": "line",
        "layer": "above" if tick else "below",
        "xref": "paper",
        "x0": ends[0],
        "x1": ends[1],
        "yref": scale.ref,
        "y0": level.value,
        "y1": level.value,
        "line": {**stroke, "color": _ink(level, canvas)},
    }


def _name(figure: Figure, scale: Scale, levels: Sequence[Level], canvas: Canvas) -> None:
    """Name the limits that are in view, and on either side the nearest one that is not.

    Of names that would lie over one another a crossed one is written, then the more severe one.
    """
    shown: list[float] = []
    per_pixel = (scale.high - scale.low) / scale.pixels
    highest = scale.high - BELOW_BARS * per_pixel
    for level in sorted(
        _inside(scale, levels), key=lambda each: (not each.crossed, not each.critical)
    ):
        for at in (min(level.value, highest), level.value):
            if all(abs(at - other) >= CLOSE * per_pixel for other in shown):
                shown.append(at)
                text = _text(level, levels, scale, canvas)
                figure["annotations"].append(_label(scale, level, text, at, canvas))
                break
    rising = sorted(levels, key=lambda each: each.value)
    below = [each for each in rising if each.value < scale.low][-1:]
    above = [each for each in rising if each.value > scale.high][:1]
    if below or above:
        figure["annotations"].append(_beyond(scale, below + above, levels, canvas))


def _text(level: Level, levels: Sequence[Level], scale: Scale, canvas: Canvas) -> str:
    """Return name and value of a limit, and whose it is unless it is that of the whole lane.

    Long names are cut: the label lies over the lines, and two stand over a lane side by side.
    """
    same = [each for each in levels if each[1:] == level[1:]]
    short = canvas.word(level.short)
    text = f"{short} {digits.full(level.value)} {level.line.unit}".rstrip()
    alone = len(scale.members) == 1  # and beside others all the same: by shares, or over them
    if scale.shared and (alone or scale.at or len(same) < len(scale.members)):
        tags = ", ".join(each.line.tag for each in same)
        beside = [line.tag for _place, line in scale.members]
        alike = names.alike(tags, beside) if len(same) == 1 else 0
        left = canvas.pixels * MOST_OF_LANE - room(text)
        text = f"{fitting(tags, left, MOST_LETTERS, alike)} {text}"
    return escaped(text)


def _label(scale: Scale, level: Level, text: str, at: float, canvas: Canvas) -> Figure:
    """Return the name of a limit at its line; beside a tick it has no ground, which would cover."""
    ground = {} if scale.at else {"bgcolor": canvas.palette["surface"], "borderpad": 1}
    return {
        "text": text,
        "xref": "paper",
        "x": scale.at,
        "xanchor": "left",
        "xshift": AT_AXIS,
        "yref": scale.ref,
        "y": at,
        "yanchor": "middle",
        "showarrow": False,
        **ground,
        "font": {"size": TEXT_TINY, "color": canvas.palette["ink" if level.crossed else "ink-2"]},
    }


def _beyond(
    scale: Scale, nearest: Sequence[Level], levels: Sequence[Level], canvas: Canvas
) -> Figure:
    """Say over the lane, beside its unit, which limits lie out of view; on a phone one of them."""
    up = f"↑ {canvas.word('above this view')}"
    down = f"↓ {canvas.word('below this view')}"
    texts = [
        f"{_text(each, levels, scale, canvas)} {up if each.value > scale.high else down}"
        for each in (nearest if canvas.pixels >= BROAD else nearest[-1:])
    ]
    unit = "" if scale.line.stepped else scale.line.unit
    return {
        "text": " · ".join(texts),
        "xref": "paper",
        "x": scale.at,
        "xanchor": "left",
        "xshift": BESIDE + room(unit, bold=True),
        "yref": "paper",
        "y": scale.top,
        "yshift": ABOVE,
        "yanchor": "middle",
        "showarrow": False,
        "font": {"size": TEXT_TINY, "color": canvas.palette["ink-2"]},
    }
