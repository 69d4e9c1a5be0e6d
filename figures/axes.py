"""The value axes of a trend: which lines share one, where it stands, and how high it reaches."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from data.analysis import Limits, digits, kinds
from figures.before import Before, heights
from figures.template import Canvas, Figure, colour, escaped, value_axis

#: A limit is brought into view when it lies within this share of the data's height: one further
#: away would press the data flat.
NEARNESS = 0.35
#: Free share of an axis above and below, so that no extreme touches the frame.
PADDING = 0.06
#: Digits that a tick may have more than the numbers of its lines.
FINER = 2
#: The ends of an axis where there is nothing to measure.
NOTHING = 0.0, 1.0
#: What of such an axis is not drawn: it would be invented.
BLANK: Mapping[str, bool] = {"showticklabels": False, "showgrid": False, "zeroline": False}
#: Seconds of a day.
DAY = 86_400.0
#: How lines of several units stand: a lane a unit, all over one another, or by share of their span.
LANES, OVERLAY, SPAN = "lanes", "overlay", "span"
#: Height of a lane by how many there are, of more than that, and of a lane of states [px].
HEIGHTS: Mapping[int, float] = {0: 0, 1: 400, 2: 210, 3: 145, 4: 110, 5: 90, 6: 78, 7: 70}
LEAST, STRIP = 64.0, 34.0
#: The most of a lane of states where there is no other: two words need no more [px].
STATES_ALONE = 120.0
#: From this width of the chart on there is room beside it, and for more than one axis [px].
BROAD = 700.0
#: Room of each axis where several stand side by side, and of what is right of the lines [px].
AXIS, RIGHT = 64.0, 186.0
#: Axes that stand side by side share one grid of so many fields.
FIELDS = 5
#: Where the middle of a unit stands above its lane, and the room of a letter [px].
ABOVE, LETTER = 12.0, 7.2
#: Between two lanes: room for the unit of the lower one [px].
BETWEEN = 26.0
#: More room above a lane that is shown by days, for the track of its alarms [px].
TRACK = 18.0
#: Ticks of an axis in shares of a span [%].
SHARES = (0, 25, 50, 75, 100)
#: A lane lower than this has room for so few ticks [px].
LOW, FEW_TICKS = 110.0, 4
#: Width of the stroke of a line at an axis beside others, and room of each [px].
STROKE, STROKES = 2.0, 3.5


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
    place : among all tags that were asked for, which gives colour and mark; None: among the lines
    before : what it is compared with, or None
    reach : values that its axis holds besides [unit]
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
    place: int | None = None
    before: Before | None = None
    reach: tuple[float, ...] = ()

    @property
    def stepped(self) -> bool:
        """Whether it is a state: drawn in steps, in a lane of its own."""
        return self.kind == kinds.STATE or bool(self.states)

    @property
    def by_day(self) -> bool:
        """Whether its buckets hide the hour of an alarm or an extreme, which are marked then."""
        return self.seconds >= DAY

    @property
    def is_tracked(self) -> bool:
        """Whether its days beyond a limit stand on a track of their own."""
        return self.by_day and not self.stepped and bool(levels(self))

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
    shared : whether its lines share their lane with others
    at : where it stands, share of the chart's width
    step : between two of its ticks [unit], 0 where that is left to plotly
    """

    number: int
    members: tuple[tuple[int, Line], ...]
    low: float
    high: float
    bottom: float
    top: float
    pixels: float
    over: bool
    shared: bool
    at: float = 0.0
    step: float = 0.0

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

    @property
    def empty(self) -> bool:
        """Whether it has no value to measure: its ends mean nothing then."""
        lines = [line for _place, line in self.members]
        return not self.line.stepped and not numbers_of(lines).size


def drawn(lines: Sequence[Line], axes: str) -> list[tuple[int, Line]]:
    """Return place and line of those that are drawn: by shares of a span, only who has one."""
    return [
        (place if line.place is None else line.place, line)
        for place, line in enumerate(lines)
        if axes != SPAN or line.stepped or line.span is not None
    ]


def scales(lines: Sequence[Line], axes: str = LANES, pixels: float = 1000.0) -> list[Scale]:
    """Return the axes of lines, those of states last; `pixels` is the width of the chart."""
    groups = _groups(lines, axes)
    heights = _heights([stepped for stepped, _key in groups], axes)
    whole, above, count = height(lines, axes), 0.0, sum(not stepped for stepped, _key in groups)
    found: list[Scale] = []
    for number, ((stepped, _key), members) in enumerate(groups.items(), 1):
        over = axes != LANES and not stepped and number > 1
        if not over and number > 1:
            above += heights[number - 2] + BETWEEN + track(line for _place, line in members)
        top, tall = 1 - above / whole, heights[number - 1]
        low, high = _ends(members, axes)
        bottom = max(top - tall / whole, 0.0)
        shared = len(members) > 1 or (axes != LANES and not stepped and count > 1)
        scale = Scale(number, tuple(members), low, high, bottom, top, tall, over, shared)
        found.append(_beside(scale, count, pixels) if axes == OVERLAY and count > 1 else scale)
    return found


def _groups(lines: Sequence[Line], axes: str) -> dict[tuple[bool, str], list[tuple[int, Line]]]:
    """Return place and line by what shares an axis, those of states last."""
    groups: dict[tuple[bool, str], list[tuple[int, Line]]] = {}
    for place, line in sorted(drawn(lines, axes), key=lambda each: each[1].stepped):
        key = line.axis_key if axes != SPAN or line.stepped else str(place)
        groups.setdefault((line.stepped, key), []).append((place, line))
    return groups


def track(lines: Iterable[Line]) -> float:
    """Return the room above the lane of these lines for the track of their alarms [px]."""
    return TRACK if any(line.is_tracked for line in lines) else 0.0


def first_lane(scales: Sequence[Scale]) -> list[Line]:
    """Return the lines of the first lane, with those that lie over it."""
    within = [scale for place, scale in enumerate(scales) if not place or scale.over]
    return [line for scale in within for _place, line in scale.members]


def _beside(scale: Scale, count: int, pixels: float) -> Scale:
    """Return an axis as one of several that stand left of the lines and share a grid."""
    if scale.line.stepped:
        return scale
    low, step = round_ends(scale.low, scale.high)
    at = (count + 1 - scale.number) * AXIS / (pixels - RIGHT)
    return replace(scale, low=low, high=low + FIELDS * step, at=at, step=step)


def round_ends(low: float, high: float) -> tuple[float, float]:
    """Return a low end and a round step, so that FIELDS steps reach over all from low to high."""
    power = 10.0 ** np.floor(np.log10((high - low) / FIELDS))
    for factor in (1, 2, 2.5, 5, 10):
        step = float(factor * power)
        start = float(np.floor(low / step) * step)
        if start + FIELDS * step >= high:
            return start, step
    return float(np.floor(low / (20 * power)) * 20 * power), float(20 * power)


def height(lines: Sequence[Line], axes: str = LANES) -> float:
    """Return how high all lanes are together [px]; one that is over another needs no room."""
    lanes = _groups([line for _place, line in drawn(lines, axes)], LANES)
    flags, tracks = [stepped for stepped, _key in lanes], 0.0
    if axes == LANES:
        every_lane = [[line for _place, line in members] for members in lanes.values()]
        tracks = sum(map(track, every_lane[1:]))
    if axes != LANES and not all(flags):
        flags = [False, *(stepped for stepped in flags if stepped)]
    every = _heights(flags, LANES)
    return sum(every) + BETWEEN * (len(every) - 1) + tracks if every else HEIGHTS[1]


def _heights(stepped: Sequence[bool], axes: str) -> list[float]:
    """Return the height of each lane, given whether it is one of states [px]."""
    count = sum(1 for each in stepped if not each)
    one = HEIGHTS.get(count if axes == LANES else 1, LEAST)
    if stepped and all(stepped):
        return [min(HEIGHTS[1] / len(stepped) - BETWEEN, STATES_ALONE)] * len(stepped)
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
    return layout or {"yaxis": {"visible": False}}


def _axis(scale: Scale, count: int, canvas: Canvas, axes: str) -> Figure:
    alone = len(scale.members) == 1 and count > 1 and axes == OVERLAY
    ink = colour(canvas, scale.members[0][0]) if alone else None
    axis = value_axis(canvas, ink, range=[scale.low, scale.high])
    axis |= {"domain": [scale.bottom, scale.top]}
    if canvas.pixels < BROAD and not scale.line.stepped:  # a phone has no room beside the lines
        axis |= {"ticklabelposition": "inside top"}
    axis |= tick_format([line.told.get(line.column("avg"), 0) for _, line in scale.members])
    if scale.line.states and scale.line.stepped:
        return axis | _state_ticks(scale.line.states)
    if scale.empty:
        return axis | dict(BLANK)
    if scale.step:
        axis |= {"tickmode": "linear", "tick0": scale.low, "dtick": scale.step}
        room = STROKE + STROKES * len(scale.members)
        axis |= {"ticks": "outside", "ticklen": room, "tickcolor": "rgba(0,0,0,0)"}
    if axes == SPAN and scale.line.span:
        axis |= _share_ticks(*scale.line.span)
    if scale.pixels <= LOW:
        axis |= {"nticks": FEW_TICKS}
    return axis | (_over(scale, axes) if scale.over else {})


def _over(scale: Scale, axes: str) -> Figure:
    """Where an axis stands that lies over the first one; in shares of a span they are one."""
    place: Figure = {"overlaying": "y", "showgrid": False}
    if axes == SPAN:
        return {**place, "visible": False}
    return {**place, "anchor": "free", "position": scale.at}


def tick_format(told: Sequence[int]) -> Figure:
    """Return how an axis writes its numbers: with a power of ten where all of its lines do."""
    if max(told) >= 0:
        return {}  # as many decimals as its ticks need, and commas
    return {"tickformat": digits.template(min(told) - FINER).replace("e", "~e")}


def numbers_of(lines: Sequence[Line]) -> np.ndarray:
    """Return all numbers that lines are drawn at [unit]."""
    columns = [line.frame[c].to_numpy(dtype=float) for line in lines for c in ("min", "max")]
    columns += [each for line in lines for each in heights(line.before)]
    columns += [np.array(line.reach) for line in lines]
    numbers = np.concatenate(columns)
    return numbers[np.isfinite(numbers)]


def bounds(lines: Sequence[Line]) -> tuple[float, float]:
    """Return low and high of an axis [unit]: all that is drawn, every limit near it, padding."""
    numbers = numbers_of(lines)
    if not numbers.size:
        return NOTHING
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
