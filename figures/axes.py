"""The value axes of a trend: which lines share one, where it stands, and how high it reaches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from data.analysis import Limits, digits, kinds
from figures.template import Canvas, Figure, colour, escaped, mark, value_axis

#: A limit is brought into view when it lies within this share of the data's height: one further
#: away would press the data flat.
NEARNESS = 0.35
#: Free share of an axis above and below, so that no extreme touches the frame.
PADDING = 0.06
#: Digits that a tick may have more than the numbers of its lines.
FINER = 2
#: How lines of several units stand: a lane a unit, all over one another, or by share of their span.
LANES, OVERLAY, SPAN = "lanes", "overlay", "span"
#: Height of a lane by how many there are, of more than that, and of a lane of states [px].
HEIGHTS: Mapping[int, float] = {0: 0, 1: 400, 2: 210, 3: 150, 4: 120, 5: 100, 6: 84, 7: 72}
LEAST, STRIP = 64.0, 34.0
#: Where the middle of a unit stands above its lane, and the room of a letter [px].
ABOVE, LETTER = 12.0, 7.2
#: Between two lanes: room for the unit of the lower one [px].
BETWEEN = 26.0
#: Ticks of an axis in shares of a span [%].
SHARES = (0, 25, 50, 75, 100)
#: A lane lower than this has room for so few ticks [px].
LOW, FEW_TICKS = 110.0, 3


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
    gaps : start, stop, seconds of each gap of the window, or None
    span : both ends of the instrument's range, or None
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
    gaps: pd.DataFrame | None = None
    span: tuple[float, float] | None = None

    @property
    def stepped(self) -> bool:
        """Whether it is a state: drawn in steps, in a lane of its own."""
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


@dataclass(frozen=True)
class Scale:
    """One value axis with the lines on it.

    Parameters
    ----------
    number : of the axis, from 1
    members : place among all lines (its colour) and line
    low, high : its ends [unit]
    bottom, top : where it stands, shares of the chart's height
    pixels : its height
    over : whether it lies over the first axis of its lane
    """

    number: int
    members: tuple[tuple[int, Line], ...]
    low: float
    high: float
    bottom: float
    top: float
    pixels: float
    over: bool

    @property
    def ref(self) -> str:
        """What a trace or a shape calls it: y, y2, …"""
        return f"y{self.number}".removesuffix("1") if self.number < 10 else f"y{self.number}"

    @property
    def name(self) -> str:
        """Its key in a layout: yaxis, yaxis2, …"""
        return self.ref.replace("y", "yaxis")

    @property
    def line(self) -> Line:
        """The first of its lines."""
        return self.members[0][1]


def drawn(lines: Sequence[Line], axes: str) -> list[tuple[int, Line]]:
    """Return place and line of those that are drawn: by shares of a span, only who has one."""
    return [
        (place, line)
        for place, line in enumerate(lines)
        if axes != SPAN or line.stepped or line.span is not None
    ]


def scales(lines: Sequence[Line], axes: str = LANES) -> list[Scale]:
    """Return the axes of lines, those of states last."""
    groups: dict[tuple[bool, str], list[tuple[int, Line]]] = {}
    for place, line in sorted(drawn(lines, axes), key=lambda each: each[1].stepped):
        key = line.axis_key if axes != SPAN or line.stepped else str(place)
        groups.setdefault((line.stepped, key), []).append((place, line))
    heights = _heights([stepped for stepped, _key in groups], axes)
    whole, above = height(lines, axes), 0.0
    found: list[Scale] = []
    for number, ((stepped, _key), members) in enumerate(groups.items(), 1):
        over = axes != LANES and not stepped and number > 1
        above = above if over or number == 1 else above + heights[number - 2] + BETWEEN
        top, pixels = 1 - above / whole, heights[number - 1]
        low, high = _ends(members, axes)
        bottom = max(top - pixels / whole, 0.0)
        found.append(Scale(number, tuple(members), low, high, bottom, top, pixels, over))
    return found


def height(lines: Sequence[Line], axes: str = LANES) -> float:
    """Return how high all lanes are together [px]; one that is over another needs no room."""
    keys = {(line.stepped, line.axis_key) for _place, line in drawn(lines, axes)}
    flags = [stepped for stepped, _key in keys]
    if axes != LANES and not all(flags):
        flags = [False, *(stepped for stepped in flags if stepped)]
    every = _heights(flags, LANES)
    return sum(every) + BETWEEN * (len(every) - 1) if every else HEIGHTS[1]


def _heights(stepped: Sequence[bool], axes: str) -> list[float]:
    """Return the height of each lane, given whether it is one of states [px]."""
    count = sum(1 for each in stepped if not each)
    one = HEIGHTS.get(count if axes == LANES else 1, LEAST)
    if all(stepped):
        return [HEIGHTS[1] / len(stepped) - BETWEEN] * len(stepped) if stepped else []
    return [STRIP if each else one for each in stepped]


def _ends(members: Sequence[tuple[int, Line]], axes: str) -> tuple[float, float]:
    lines = [line for _place, line in members]
    if lines[0].stepped:
        values = [float(value) for value in lines[0].states or {}]
        return (min(values) - 0.25, max(values) + 0.25) if values else bounds(lines)
    if axes == SPAN and lines[0].span:
        low, high = lines[0].span
        return low - PADDING * (high - low), high + PADDING * (high - low)
    return bounds(lines)


def value_axes(every: Sequence[Scale], canvas: Canvas, axes: str = LANES) -> Figure:
    """Return the value axes of a figure by name."""
    count = sum(1 for scale in every if not scale.line.stepped)
    layout: Figure = {}
    for scale in every:
        layout[scale.name] = _axis(scale, count, canvas, axes)
    return layout


def _axis(scale: Scale, count: int, canvas: Canvas, axes: str) -> Figure:
    alone = len(scale.members) == 1 and count > 1 and axes == OVERLAY
    ink = colour(canvas, scale.members[0][0]) if alone else None
    axis = value_axis(canvas, ink, range=[scale.low, scale.high])
    axis |= {"domain": [scale.bottom, scale.top]}
    axis |= tick_format([line.told.get(line.column("avg"), 0) for _, line in scale.members])
    if scale.line.states and scale.line.stepped:
        return axis | _state_ticks(scale.line.states)
    if axes == OVERLAY and count > 1:
        signs = "".join(mark(place).glyph for place, _line in scale.members)
        ink = ink or canvas.palette["ink-2"]
        axis |= {"title": {"text": f"{signs} {escaped(scale.line.unit)}", "font": {"color": ink}}}
    if axes == SPAN and scale.line.span:
        axis |= _share_ticks(*scale.line.span)
    if scale.pixels < LOW:
        axis |= {"nticks": FEW_TICKS}
    return axis | (_over(scale, axes) if scale.over else {})


def _over(scale: Scale, axes: str) -> Figure:
    """Where an axis stands that lies over the first one; in shares of a span they are one."""
    place: Figure = {"overlaying": "y", "showgrid": False, "tickmode": "auto"}
    if axes == SPAN:
        return {**place, "visible": False}
    place["side"] = "left" if scale.number % 2 else "right"
    if scale.number > 2:
        place |= {"anchor": "free", "autoshift": True}
    return place


def tick_format(told: Sequence[int]) -> Figure:
    """Return how an axis writes its numbers: with a power of ten where all of its lines do."""
    if max(told) >= 0:
        return {}  # as many decimals as its ticks need, and commas
    return {"tickformat": digits.template(min(told) - FINER).replace("e", "~e")}


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
    words = [escaped(word) for word in states.values()]
    return {"tickmode": "array", "tickvals": values, "ticktext": words, "showgrid": False}


def _share_ticks(low: float, high: float) -> Figure:
    at = [low + (high - low) * share / 100 for share in SHARES]
    return {"tickmode": "array", "tickvals": at, "ticktext": [f"{share}%" for share in SHARES]}
