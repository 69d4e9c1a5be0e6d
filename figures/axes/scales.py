"""Which lines of a trend share a value axis, where it stands, and how high it reaches."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

import numpy as np

from data.analysis import digits
from figures.axes.line import Line, Scale, levels
from figures.letters import room

#: A limit is brought into view when it lies within this share of the data's height: one further
#: away would press the data flat.
NEARNESS = 0.35
#: Free share of an axis above and below, so that no extreme touches the frame.
PADDING = 0.06
#: The ends of an axis where there is nothing to measure.
NOTHING = 0.0, 1.0
#: How lines of several units stand: a lane a unit, all over one another, or by share of their span.
LANES, OVERLAY, SPAN = "lanes", "overlay", "span"
#: Height of a lane by how many there are, of more than that, and of a lane of states [px].
HEIGHTS: Mapping[int, float] = {0: 0, 1: 400, 2: 210, 3: 145, 4: 110, 5: 90, 6: 78, 7: 70}
LEAST, STRIP = 64.0, 34.0
#: The most of a lane of states where there is no other: two words need no more [px].
STATES_ALONE = 120.0
#: What a word of a state needs, and how many words a lane has such room for [px].
WORD, MOST_WORDS = 17.0, 8
#: Least room of each axis where several stand side by side, of its ticks beside its numbers, and of
#: what is right of the lines [px].
AXIS, TICKS, RIGHT = 64.0, 14.0, 186.0
#: Axes that stand side by side share one grid of so many fields.
FIELDS = 5
#: Where the middle of a unit stands above its lane [px].
ABOVE = 12.0
#: Between two lanes: room for the unit of the lower one [px].
BETWEEN = 26.0
#: More room above a lane that is shown by days, for the track of its alarms [px].
TRACK = 18.0


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
    heights = _heights(_words(groups), axes)
    whole, above, count = height(lines, axes), 0.0, sum(not stepped for stepped, _key in groups)
    made: list[Scale] = []
    for number, ((stepped, _key), members) in enumerate(groups.items(), 1):
        over = axes != LANES and not stepped and number > 1
        if not over and number > 1:
            above += heights[number - 2] + BETWEEN + track(line for _place, line in members)
        top, tall = 1 - above / whole, heights[number - 1]
        low, high = _ends(members, axes)
        bottom = max(top - tall / whole, 0.0)
        shared = len(members) > 1 or (axes != LANES and not stepped and count > 1)
        scale = Scale(number, tuple(members), low, high, bottom, top, tall, over, shared)
        made.append(_with_steps(scale) if axes == OVERLAY and count > 1 else scale)
    return _beside(made, pixels) if axes == OVERLAY and count > 1 else made


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


def _with_steps(scale: Scale) -> Scale:
    """Return an axis with as many fields as all that share its grid."""
    if scale.line.stepped:
        return scale
    low, step = round_ends(scale.low, scale.high)
    return replace(scale, low=low, high=low + FIELDS * step, step=step)


def _beside(every: Sequence[Scale], pixels: float) -> list[Scale]:
    """Return axes that stand left of the lines, the last one outermost: each has its numbers' room.

    Five hundred million and four thousandths stand beside one another.
    """
    placed: list[Scale] = []
    edge = 0.0
    for scale in reversed(every):
        if not scale.line.stepped:
            edge += max(AXIS, TICKS + _room_of_numbers(scale))
            scale = replace(scale, at=edge / (pixels - RIGHT))
        placed.append(scale)
    return placed[::-1]


def _room_of_numbers(scale: Scale) -> float:
    """Return how wide the widest number of an axis with steps is at most [px]."""
    if max(line.told.get(line.column("avg"), 0) for _place, line in scale.members) < 0:
        return 0.0  # written with a power of ten, which is short
    step = Decimal(f"{scale.step:.3g}").normalize()
    decimals = max(0, -int(step.as_tuple().exponent))
    return max(room(f"{end:,.{decimals}f}") for end in (scale.low, scale.high))


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
    words, tracks = _words(lanes), 0.0
    if axes == LANES:
        every_lane = [[line for _place, line in members] for members in lanes.values()]
        tracks = sum(map(track, every_lane[1:]))
    if axes != LANES and not all(words):
        words = [0, *(count for count in words if count)]
    every = _heights(words, LANES)
    return sum(every) + BETWEEN * (len(every) - 1) + tracks if every else HEIGHTS[1]


def _words(lanes: Mapping[tuple[bool, str], list[tuple[int, Line]]]) -> list[int]:
    """Return how many words of a state each lane has, at least one; none of one of numbers."""
    return [
        max(len(line.states or {}) or 1 for _place, line in members) if stepped else 0
        for (stepped, _key), members in lanes.items()
    ]


def _heights(words: Sequence[int], axes: str) -> list[float]:
    """Return the height of each lane, given how many words of a state it has [px]."""
    one = HEIGHTS.get(words.count(0) if axes == LANES else 1, LEAST)
    strips = [max(STRIP, WORD * min(count, MOST_WORDS)) for count in words]
    if words and all(words):
        alone = min(HEIGHTS[1] / len(words) - BETWEEN, STATES_ALONE)
        return [max(alone, strip) for strip in strips]
    return [strip if count else one for count, strip in zip(words, strips, strict=True)]


def _ends(members: Sequence[tuple[int, Line]], axes: str) -> tuple[float, float]:
    lines = [line for _place, line in members]
    if lines[0].stepped:
        values = [float(value) for value in lines[0].states or {}]
        return (min(values) - 0.25, max(values) + 0.25) if values else bounds(lines)
    if axes == SPAN and lines[0].span:
        low, high = lines[0].span
        return low - PADDING * (high - low), high + PADDING * (high - low)
    return bounds(lines)


def bounds(lines: Sequence[Line]) -> tuple[float, float]:
    """Return low and high of an axis [unit]: all that is drawn, every limit near it, padding."""
    numbers = np.concatenate([line.numbers for line in lines])
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
