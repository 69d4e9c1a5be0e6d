"""The value axes of a trend: one a unit, as high as what is drawn on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from data.analysis import Limits, digits, kinds
from figures.template import Canvas, Figure, colour, escaped, value_axis

#: A limit is brought into view when it lies within this share of the data's height: one further
#: away would press the data flat.
NEARNESS = 0.35
#: Free share of an axis above and below, so that no extreme touches the frame.
PADDING = 0.06
#: Digits that a tick may have more than the numbers of its lines.
FINER = 2
#: Shares of the height: states have a strip of their own below the others.
WHOLE, UPPER, STRIP = [0.0, 1.0], [0.2, 1.0], [0.0, 0.13]


@dataclass(frozen=True)
class Line:
    """One tag as it is drawn.

    Parameters
    ----------
    tag, unit : its names; free text
    frame : a history of good values with NaN rows where the line breaks
    bad : rows with BAD readings: `bad` how many, `bad_value` their extreme
    seconds : bucket width, 0 for raw readings
    limits : level limits, or None
    states : words of a state by value, or None
    kind : value, state, angle or counter
    told : how the numbers of each column are written, see `data.analysis.digits`
    """

    tag: str
    unit: str
    frame: pd.DataFrame
    bad: pd.DataFrame
    seconds: float
    limits: Limits | None = None
    states: Mapping[str, str] | None = None
    kind: str = kinds.VALUE
    told: Mapping[str, int] = field(default_factory=dict)

    @property
    def stepped(self) -> bool:
        """Whether it is a state: drawn in steps, in a strip of its own."""
        return self.kind == kinds.STATE or bool(self.states)

    def column(self, statistic: str) -> str:
        """Return the column that is drawn for a statistic: no mean of what has none."""
        if self.stepped or self.kind == kinds.ANGLE:
            return "last"
        return "last" if statistic == "avg" and self.kind != kinds.VALUE else statistic

    @property
    def axis_key(self) -> str:
        """What shares an axis: the unit; states share one by their words."""
        if self.stepped:
            return "state·" + "·".join((self.states or {}).values())
        return self.unit


def axis_numbers(lines: Sequence[Line]) -> dict[str, int]:
    """Return the number of the value axis of each axis key, from 1; states come last."""
    ordered = sorted(lines, key=lambda line: line.stepped)
    return {key: i for i, key in enumerate(dict.fromkeys(line.axis_key for line in ordered), 1)}


def value_axes(lines: Sequence[Line], canvas: Canvas) -> Figure:
    """Return the value axes of a figure by name: one a unit, states in a strip below."""
    axes = axis_numbers(lines)
    others = sum(1 for line in {line.axis_key: line for line in lines}.values() if not line.stepped)
    layout: Figure = {}
    for key, number in axes.items():
        members = [(place, line) for place, line in enumerate(lines) if line.axis_key == key]
        axis = _axis(members, len(axes), canvas)
        mixed = 0 < others < len(axes)
        axis |= _place(number, others, STRIP if mixed else WHOLE, UPPER if mixed else WHOLE)
        layout[f"yaxis{number}".removesuffix("1")] = axis
    return layout


def _axis(members: list[tuple[int, Line]], count: int, canvas: Canvas) -> Figure:
    ink = colour(canvas, members[0][0]) if len(members) == 1 and count > 1 else None
    first = members[0][1]
    axis = value_axis(canvas, ink, range=list(bounds([line for _, line in members])))
    axis |= tick_format([line.told.get(line.column("avg"), 0) for _, line in members])
    axis["title"] = {"text": escaped(first.unit), "font": {"color": ink or canvas.palette["ink-2"]}}
    return axis | _state_ticks(first.states) if first.states else axis


def tick_format(told: Sequence[int]) -> Figure:
    """Return how an axis writes its numbers: with a power of ten where all of its lines do."""
    if max(told) >= 0:
        return {}  # as many decimals as its ticks need, and commas
    return {"tickformat": digits.template(min(told) - FINER).replace("e", "~e")}


def _place(number: int, others: int, strip: list[float], above: list[float]) -> Figure:
    """Where an axis stands: the first of its kind at the left, the others lie over it."""
    is_state = number > others
    first = others + 1 if is_state else 1
    place: Figure = {"domain": strip if is_state else above}
    if number == first:
        return place | ({"showgrid": False} if is_state else {})
    place |= {"overlaying": f"y{first}".removesuffix("1"), "showgrid": False}
    place["side"] = "right" if (number - first) % 2 else "left"
    if not is_state:
        place["tickmode"] = "auto"
    if number - first > 1:
        place |= {"anchor": "free", "autoshift": True}
    return place


def bounds(lines: Sequence[Line]) -> tuple[float, float]:
    """Return low and high of an axis [unit]: all that is drawn, every limit near it, padding."""
    columns = [line.frame[c].to_numpy(dtype=float) for line in lines for c in ("min", "max")]
    numbers = np.concatenate(columns)
    numbers = numbers[np.isfinite(numbers)]
    if not numbers.size:
        return 0.0, 1.0
    low, high = float(numbers.min()), float(numbers.max())
    least = digits.LOST * max(abs(low), abs(high))  # less is the rounding of one and the same
    height = high - low if high - low > least else abs(high) * 0.02 or 1.0
    near = [
        limit
        for line in lines
        for limit in levels(line)
        if low - NEARNESS * height <= limit <= high + NEARNESS * height
    ]
    low, high = min([low, *near]), max([high, *near])
    padding = PADDING * max(high - low, height)
    return low - padding, high + padding


def levels(line: Line) -> list[float]:
    """Return the limits of a tag that exist [tag unit], in the order of `Limits`."""
    if line.limits is None:
        return []
    levels = (line.limits.lo_lo, line.limits.lo, line.limits.hi, line.limits.hi_hi)
    return [level for level in levels if level is not None]


def _state_ticks(states: Mapping[str, str]) -> Figure:
    values = [float(value) for value in states]
    return {
        "tickmode": "array",
        "tickvals": values,
        "ticktext": [escaped(word) for word in states.values()],
        "range": [min(values) - 0.15, max(values) + 0.15],
        "title": {"text": ""},
    }
