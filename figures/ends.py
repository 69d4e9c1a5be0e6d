"""What stands beside the lanes of a trend: units, and at a line's end its name and value."""

from collections.abc import Sequence

import numpy as np

from data.analysis import digits, kinds
from figures.axes import ABOVE, LETTER, Line, Scale
from figures.template import TEXT, Canvas, Figure, colour, escaped, mark

#: From this width of the chart on there is room beside it [px].
BROAD = 700.0
#: Room of the mark before a name, and the most for all of it [px].
MARK, MOST = 26.0, 170.0
#: Names are cut after so many letters; the rows above the chart say them in full.
NAME = 14
#: Two texts stand at least so far apart [px].
APART = 15.0


def draw_ends(figure: Figure, scales: Sequence[Scale], canvas: Canvas, statistic: str) -> None:
    """Add to a layout the unit of each lane, and at the end of each line its mark, name, value.

    Parameters
    ----------
    figure : the layout; its margins and annotations grow
    """
    if any(scale.over for scale in scales):
        return
    figure["annotations"] += [_unit(scale, canvas) for scale in scales]
    if canvas.pixels < BROAD:
        return
    texts = {place: _text(line, statistic) for scale in scales for place, line in scale.members}
    longest = max((len(name) + len(value) + 1 for name, value in texts.values()), default=0)
    figure["margin"]["r"] = round(min(MARK + LETTER * longest, MOST))
    for scale in scales:
        for place, value, shift in _places(scale, statistic):
            name, told = texts[place]
            glyph = mark(place).glyph
            text = f"{glyph} <b>{escaped(name)}</b> {escaped(told)}"
            figure["annotations"].append(_end(scale, text, value, shift, place, canvas))


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


def _text(line: Line, statistic: str) -> tuple[str, str]:
    name = line.tag if len(line.tag) <= NAME else f"{line.tag[: NAME - 1]}…"
    value = _last(line, statistic)
    if value is None:
        return name, ""
    if line.stepped:
        return name, kinds.words([value], line.states)[0]
    return name, digits.written(value, line.told.get(line.column(statistic), 0))


def _last(line: Line, statistic: str) -> float | None:
    """Return where a line ends; None without a point."""
    values = line.frame[line.column(statistic)].to_numpy(dtype=float)
    values = values[np.isfinite(values)]
    return float(values[-1]) if values.size else None


def _places(scale: Scale, statistic: str) -> list[tuple[int, float, float]]:
    """Return place, value and shift [px] of each end, so that no two are nearer than APART."""
    per_pixel = scale.pixels / (scale.high - scale.low)
    ends = [
        (value, place)
        for place, line in scale.members
        if (value := _last(line, statistic)) is not None
    ]
    ends.sort(key=lambda each: (each[0], -each[1]))
    heights = [(value - scale.low) * per_pixel for value, _place in ends]
    wanted = np.clip(heights, 0, scale.pixels).tolist()
    stands = list(wanted)
    for place in range(1, len(stands)):
        stands[place] = max(stands[place], stands[place - 1] + APART)
    over = max(stands[-1] - scale.pixels, 0.0) if stands else 0.0
    return [
        (place, value, stand - over - want)
        for (value, place), stand, want in zip(ends, stands, wanted, strict=True)
    ]


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
