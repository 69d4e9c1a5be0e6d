"""The limits of a trend, each in its lane: grey until they are crossed in this window."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from data.analysis import digits
from figures.axes import ABOVE, LANES, LETTER, Line, Scale
from figures.template import TEXT_TINY, Canvas, Figure, escaped

#: What each of a rule's Limits is called, in their order, and whether it is one of an alarm.
SHORT = ("LL", "L", "H", "HH")
CRITICAL = (True, False, False, True)
#: Width of a line where an axis is told its limits by ticks alone, as a share of the chart.
TICK = 0.012
#: Where what is said over a lane stands beside its unit [px].
BESIDE = 12.0
#: Names of limits nearer to one another than this would be written over one another [px].
CLOSE = 14.0


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
    found = []
    for place, value in enumerate(line.limits):
        if value is not None:
            is_high = place > 1
            crossed = high >= value if is_high else low <= value
            found.append(Level(line, SHORT[place], value, is_high, CRITICAL[place], crossed))
    return found


def _extremes(line: Line) -> tuple[float, float]:
    low, high = (line.frame[name].to_numpy(dtype=float) for name in ("min", "max"))
    low, high = low[np.isfinite(low)], high[np.isfinite(high)]
    return (low.min(), high.max()) if low.size and high.size else (np.inf, -np.inf)


def draw_limits(figure: Figure, scales: Sequence[Scale], canvas: Canvas, axes: str) -> None:
    """Add to a layout the limits of every line: a fill for the first of a lane, dashes, names.

    Parameters
    ----------
    figure : the layout; its shapes and annotations grow
    axes : with units over one another limits are ticks at their axis, named for the first one
    """
    ticks = axes != LANES and any(each.over for each in scales)
    for scale in scales:
        every = [levels for _place, line in scale.members if (levels := levels_of(line))]
        for order, levels in enumerate(every):
            if order == 0 and not ticks:
                figure["shapes"] += _fills(scale, levels, canvas)
            width, inside = TICK if ticks else 1.0, _inside(scale, levels)
            figure["shapes"] += [_line(scale, each, canvas, width) for each in inside]
        if not ticks or not scale.over:
            named = ticks or len(scale.members) > 1
            _name(figure, scale, [each for levels in every for each in levels], named, canvas)


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


def _line(scale: Scale, level: Level, canvas: Canvas, width: float) -> Figure:
    """Return a limit as a dashed line, or as a tick at the side on which its axis stands."""
    right = width < 1 and scale.over and not scale.number % 2
    return {
        "type": "line",
        "layer": "below",
        "xref": "paper",
        "x0": 1 - width if right else 0,
        "x1": 1 if right else width,
        "yref": scale.ref,
        "y0": level.value,
        "y1": level.value,
        "line": {"width": 1.2, "dash": "dash", "color": _ink(level, canvas)},
    }


def _name(
    figure: Figure, scale: Scale, levels: Sequence[Level], named: bool, canvas: Canvas
) -> None:
    """Name the limits that are in view, and the nearest one that is not.

    Of names that would lie over one another the more severe one is written.
    """
    shown: list[float] = []
    per_pixel = (scale.high - scale.low) / scale.pixels
    for level in sorted(
        _inside(scale, levels), key=lambda each: (not each.crossed, not each.critical)
    ):
        if all(abs(level.value - other) >= CLOSE * per_pixel for other in shown):
            shown.append(level.value)
            figure["annotations"].append(_label(scale, level, named, canvas))
    beyond = [each for each in levels if not scale.low <= each.value <= scale.high]
    if beyond:
        nearest = min(beyond, key=lambda each: max(each.value - scale.high, scale.low - each.value))
        figure["annotations"].append(_beyond(scale, nearest, named, canvas))


def _text(level: Level, named: bool) -> str:
    tag = f"{level.line.tag} " if named else ""
    return escaped(f"{tag}{level.short} {digits.full(level.value)} {level.line.unit}".rstrip())


def _label(scale: Scale, level: Level, named: bool, canvas: Canvas) -> Figure:
    return {
        "text": _text(level, named),
        "xref": "paper",
        "x": 0,
        "xanchor": "left",
        "xshift": 8,
        "yref": scale.ref,
        "y": level.value,
        "yanchor": "middle",
        "showarrow": False,
        "bgcolor": canvas.palette["surface"],
        "borderpad": 1,
        "font": {"size": TEXT_TINY, "color": canvas.palette["ink" if level.crossed else "ink-2"]},
    }


def _beyond(scale: Scale, level: Level, named: bool, canvas: Canvas) -> Figure:
    """Say over the lane, beside its unit, where a limit is that lies out of view."""
    above = level.value > scale.high
    words = canvas.word("above this view" if above else "below this view")
    unit = 0 if scale.line.stepped else len(scale.line.unit)
    return {
        "text": f"{_text(level, named)} {'↑' if above else '↓'} {words}",
        "xref": "paper",
        "x": 0,
        "xanchor": "left",
        "xshift": BESIDE + LETTER * unit,
        "yref": "paper",
        "y": scale.top,
        "yshift": ABOVE,
        "yanchor": "middle",
        "showarrow": False,
        "font": {"size": TEXT_TINY, "color": canvas.palette["ink-2"]},
    }
