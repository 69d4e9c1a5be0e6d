"""What stands beside the lanes of a trend: units, and at a line's end its name and value."""

from collections.abc import Sequence

import numpy as np

from data.analysis import digits, kinds, names
from figures.axes import ABOVE, BROAD, DAY, SPAN, STROKE, STROKES, Line, Scale
from figures.letters import fitting, room
from figures.template import TEXT, Canvas, Figure, colour, escaped, mark

#: Room of the mark before a name, and the most for all of it [px]: a value needs no more than half.
MARK, MOST = 26.0, 170.0
#: What a name has before the longest word of a state: of a letter alone nobody reads it [px].
LEAST = 80.0
#: And of a name on a phone, where its value stands below: the lines need the room [px].
MOST_NARROW = 84.0
#: The word of a state has no more than a number of a dozen digits.
WORD_NARROW = 108.0
#: Names are cut after so many letters, or where their value needs the room; the rows above the
#: chart say them in full.
NAME = 14
#: Two texts stand at least so far apart; on a phone, where they have two rows each, so far [px].
APART, APART_NARROW = 15.0, 31.0


def draw_ends(
    figure: Figure, scales: Sequence[Scale], canvas: Canvas, statistic: str, axes: str
) -> None:
    """Add to a layout at the end of each line its mark, name and value.

    Parameters
    ----------
    figure : the layout; its margins and annotations grow
    axes : in shares of a span the value is such a share
    """
    narrow = canvas.pixels < BROAD
    tags = [line.tag for scale in scales for _place, line in scale.members]
    texts = {
        place: _fitted(*_text(line, statistic, axes == SPAN, canvas), narrow, tags)
        for scale in scales
        for place, line in scale.members
    }
    rooms = [
        max(room(name, bold=True), room(value)) if narrow else room(name, bold=True) + room(value)
        for name, value in texts.values()
    ]
    figure["margin"]["r"] = round(MARK + max(rooms, default=0.0))
    for lane in _lanes(scales):
        for scale, place, value, shift in _places(lane, statistic, narrow):
            name, told = (escaped(text) for text in texts[place])
            text = f"{mark(place).glyph} <b>{name}</b>{'<br>' if narrow else ''}{told}"
            figure["annotations"].append(_end(scale, text, value, shift, place, canvas))


def draw_axes(figure: Figure, scales: Sequence[Scale], canvas: Canvas) -> None:
    """Add to a layout the unit of each lane; of axes side by side a stroke and a mark a line."""
    for scale in scales:
        if scale.at:
            figure["annotations"].append(_wearing(scale, canvas))
            figure["shapes"] += [
                _stroke(scale, order, place, canvas)
                for order, (place, _line) in enumerate(scale.members)
            ]
        elif not scale.shared or len(scale.members) > 1:
            figure["annotations"].append(_unit(scale, canvas))


def _lanes(scales: Sequence[Scale]) -> list[list[Scale]]:
    """Return the axes of each lane: one over the first belongs to its lane."""
    lanes: list[list[Scale]] = []
    for scale in scales:
        if scale.over:
            lanes[0].append(scale)
        else:
            lanes.append([scale])
    return lanes


def _wearing(scale: Scale, canvas: Canvas) -> Figure:
    signs = "".join(
        f'<span style="color:{colour(canvas, place)}">{mark(place).glyph}</span>'
        for place, _line in scale.members
    )
    alone = len(scale.members) == 1
    ink = colour(canvas, scale.members[0][0]) if alone else canvas.palette["ink-2"]
    return {
        **_unit(scale, canvas),
        "text": f"{signs} <b>{escaped(scale.line.unit)}</b>",
        "x": scale.at,
        "xanchor": "right",
        "xshift": 4,
        "font": {"size": TEXT, "color": ink},
    }


def _stroke(scale: Scale, order: int, place: int, canvas: Canvas) -> Figure:
    """Return the stroke at an axis in the colour of one of its lines; each has its own place."""
    return {
        "type": "line",
        "xref": "paper",
        "xsizemode": "pixel",
        "xanchor": scale.at,
        "x0": -STROKES * order,
        "x1": -STROKES * order,
        "yref": "paper",
        "y0": scale.bottom,
        "y1": scale.top,
        "line": {"width": STROKE, "color": colour(canvas, place)},
    }


def _unit(scale: Scale, canvas: Canvas) -> Figure:
    line = scale.line
    text = "" if line.stepped else escaped(line.unit)
    return {
        "text": f"<b>{text}</b>",
        "xref": "paper",
        "x": 0,
        "xanchor": "left",
        "xshift": -8,
        "yref": "paper",
        "y": scale.top,
        "yshift": ABOVE,
        "yanchor": "middle",
        "showarrow": False,
        "font": {"size": TEXT, "color": canvas.palette["ink-2"]},
    }


def _text(line: Line, statistic: str, shares: bool, canvas: Canvas) -> tuple[str, str]:
    """Return name and last value of a line; `shares`: as a share of its span, where it has one.

    A value of a whole day says what of the day it is: it is far from the newest reading.
    """
    name, value = line.tag, _last(line, statistic)
    if value is None:
        return name, ""
    if line.stepped:
        word = kinds.words([value], line.states, digits.MINUS)[0]
        is_cut = canvas.pixels < BROAD and line.states is not None
        return name, fitting(word, WORD_NARROW, len(word)) if is_cut else word
    if shares and line.span:
        low, high = line.span
        return name, f"{100 * (value - low) / (high - low):.1f}%"
    column = line.column(statistic)
    of_day = f" {canvas.word(column)}" if line.seconds >= DAY else ""
    return name, digits.written(value, line.told.get(column, 0)) + of_day


def _fitted(name: str, value: str, narrow: bool, tags: Sequence[str]) -> tuple[str, str]:
    """Return a name that is cut where it must, and the value whole, which stands below or after.

    Parameters
    ----------
    tags : from which the name is to be told
    """
    alike = names.alike(name, tags)
    if narrow:
        return fitting(name, MOST_NARROW, NAME, alike), value
    if not value:
        return fitting(name, MOST - MARK, NAME, alike), value
    left = max(MOST - MARK - room(f" {value}"), LEAST)
    return fitting(name, left, NAME, alike), f" {value}"


def _last(line: Line, statistic: str) -> float | None:
    """Return where a line ends; None without a point."""
    values = line.frame[line.column(statistic)].to_numpy(dtype=float)
    values = values[np.isfinite(values)]
    return float(values[-1]) if values.size else None


def _places(
    lane: Sequence[Scale], statistic: str, narrow: bool
) -> list[tuple[Scale, int, float, float]]:
    """Return axis, place, value and shift [px] of each end in a lane, so that none lies on another.

    Parameters
    ----------
    lane : its axes, all of one height
    narrow : whether an end has two rows
    """
    ends = [
        ((value - scale.low) / (scale.high - scale.low), -place, value, scale)
        for scale in lane
        for place, line in scale.members
        if (value := _last(line, statistic)) is not None
    ]
    ends.sort(key=lambda each: each[:2])
    pixels = lane[0].pixels
    wanted = (np.clip([share for share, *_ in ends], 0, 1) * pixels).tolist()
    stands = apart(wanted, pixels, APART_NARROW if narrow else APART)
    return [
        (scale, -place, value, stand - want)
        for (_share, place, value, scale), stand, want in zip(ends, stands, wanted, strict=True)
    ]


def apart(wanted: Sequence[float], pixels: float, least: float) -> list[float]:
    """Return where texts stand that are wanted at rising heights: at least so far apart [px]."""
    stands = list(wanted)
    for order in range(1, len(stands)):
        stands[order] = max(stands[order], stands[order - 1] + least)
    over = max(stands[-1] - pixels, 0.0) if stands else 0.0
    return [stand - over for stand in stands]


def _end(scale: Scale, text: str, value: float, shift: float, place: int, canvas: Canvas) -> Figure:
    return {
        "text": text,
        "xref": "paper",
        "x": 1,
        "xanchor": "left",
        "xshift": 6,
        "yref": scale.ref,
        "y": float(np.clip(value, scale.low, scale.high)),
        "yshift": shift,
        "yanchor": "middle",
        "align": "left",
        "showarrow": False,
        "font": {"size": TEXT, "color": colour(canvas, place)},
    }
