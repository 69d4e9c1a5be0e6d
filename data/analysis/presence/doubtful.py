"""Which buckets of a rollup may lack readings, by their counts (docs/definitions.md, 3)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from data.analysis.arrays import Floats, Whole

#: A bucket with fewer than this share of the median of the eight around it may lack readings.
FEWER, AROUND = 0.9, 8
#: Where one bucket in ten does, and so many, counts vary by themselves: ten are compared at once.
VARIES, LEAST_VARYING, TEN = 0.1, 20, 10
#: Doubts with so few readings from the first to the last are one: it costs no more to look.
FEW = 1_000


class Counts(NamedTuple):
    """How many readings the stored buckets of a rollup hold, from the first that counts on.

    Parameters
    ----------
    at : their starts, sorted [ns]
    n : of each
    width : of the buckets [ns]
    start, stop : where the rollup should have a bucket wherever there are readings [ns]
    """

    at: Whole
    n: Floats
    width: int
    start: int
    stop: int

    @property
    def by_ten(self) -> "Counts":
        """The same in buckets of ten times the width; the last one may be shorter."""
        place = (self.at - self.start) // (TEN * self.width)
        groups, first = np.unique(place, return_index=True)
        total = np.add.reduceat(self.n, first) if len(first) else self.n
        wide = TEN * self.width
        return Counts(self.start + groups * wide, total, wide, self.start, self.stop)


class Doubt(NamedTuple):
    """A stretch [start, stop) of a rollup [ns] that may lack readings, holding `n` of them."""

    start: int
    stop: int
    n: int


def overlaps(start: Whole, stop: Whole, spans: Sequence[tuple[int, int]]) -> Floats:
    """Return how much of each stretch [start, stop) [ns] lies in spans without overlap [s]."""
    total = np.zeros(len(start))
    for first, last in spans:
        total += (np.minimum(stop, last) - np.maximum(start, first)).clip(min=0) / 1e9
    return total


def doubtful_span(
    start: Whole, stop: Whole, rows: dict[str, Floats], spans: Sequence[tuple[int, int]]
) -> tuple[int, int] | None:
    """Return from where to where buckets need a closer look [ns], None where all look whole.

    Parameters
    ----------
    start, stop : of the rows of a history, sorted [ns]
    rows : of each: n; stored, how long its stored buckets are together [s]; least, the fewest
        readings a second of one of them; NaN where it has none
    spans : where rollups should have a bucket wherever there are readings [ns]
    """
    if not spans:
        return None
    stored, due = np.nan_to_num(rows["stored"]), overlaps(start, stop, spans)
    whole = (stored > 0) & (due * 1e9 == stop - start)
    rate = np.where(whole, rows["n"] / np.where(whole, stored, 1.0), 0.0)
    most, half = rate.copy(), AROUND // 2
    for step in range(1, min(half, len(rate) - 1) + 1):
        most[step:] = np.maximum(most[step:], rate[:-step])
        most[:-step] = np.maximum(most[:-step], rate[step:])
    doubtful = (stored < due - 0.5) | (np.nan_to_num(rows["least"], nan=np.inf) < FEWER * most)
    since = np.concatenate([[min(first for first, _ in spans)], stop])
    until = np.concatenate([start, [max(last for _, last in spans)]])
    empty = overlaps(since, until, spans) > 0
    first = np.concatenate([start[doubtful], since[empty]])
    last = np.concatenate([stop[doubtful], until[empty]])
    return (int(first.min()), int(last.max())) if len(first) else None


def doubts(counts: Counts) -> list[Doubt]:
    """Return the stretches that may lack readings, newest first.

    They are runs of missing buckets, and buckets with too few; of tags whose counts vary by
    themselves the same by ten, and the runs where these are few.
    """
    few, missing = _with_few(counts), _missing(counts)
    length = (counts.stop - counts.start) / counts.width
    most = max(LEAST_VARYING, VARIES * length)
    if len(few) + len(missing) >= most:
        wide = counts.by_ten
        few = [*_with_few(wide), *_missing(wide)]
        missing = missing if len(missing) < most else []
    return _joined(sorted([*few, *missing], reverse=True), counts)


def _with_few(counts: Counts) -> list[Doubt]:
    """Return the buckets that hold few readings beside those around them."""
    places = np.flatnonzero(counts.n < FEWER * _around(counts.n))
    few = zip(counts.at[places].tolist(), counts.n[places].tolist(), strict=True)
    return [Doubt(at, min(at + counts.width, counts.stop), int(number)) for at, number in few]


def _missing(counts: Counts) -> list[Doubt]:
    """Return the runs of missing buckets."""
    since = np.concatenate([[counts.start], counts.at + counts.width])
    until = np.concatenate([counts.at, [counts.stop]])
    empty = until > since
    runs = zip(since[empty].tolist(), until[empty].tolist(), strict=True)
    return [Doubt(start, stop, 0) for start, stop in runs]


def _around(n: Floats) -> Floats:
    """Return the median of the eight numbers around each, at the ends of the nearest eight.

    0 where there are less than three others.
    """
    size = min(len(n), AROUND + 1)
    if size < 4:
        return np.zeros(len(n))
    place = np.arange(len(n))
    first = (place - AROUND // 2).clip(0, len(n) - size)
    rows = n[first[:, None] + np.arange(size)]
    rows[place, place - first] = np.inf
    rows.sort(axis=1)
    return np.asarray((rows[:, (size - 2) // 2] + rows[:, (size - 1) // 2]) / 2)


def _joined(every: Sequence[Doubt], counts: Counts) -> list[Doubt]:
    """Return doubts, newest first, with those as one that have few readings in all."""
    total = np.concatenate([[0.0], np.cumsum(counts.n)])
    joined: list[Doubt] = []
    for doubt in every:
        newer = joined[-1] if joined else doubt
        first, last = np.searchsorted(counts.at, [doubt.start, max(doubt.stop, newer.stop)])
        number = int(total[last] - total[first])
        if joined and number <= FEW:
            joined[-1] = Doubt(doubt.start, max(doubt.stop, newer.stop), number)
        else:
            joined.append(doubt)
    return joined


def run_of(doubt: Doubt, counts: Counts) -> tuple[int, int]:
    """Return the stretch that lacks readings where a doubt about a part of it has proved right.

    Buckets that follow one another and are as poor belong together, for in the middle of a long
    run those around are poor too. So does the one at each end that is poor beside what lies
    outside: what is missing rarely begins and ends with a bucket. And so do missing ones beside.
    """
    if not doubt.n:
        return _with_missing(doubt.start, doubt.stop, counts)
    first, last = np.searchsorted(counts.at, [doubt.start, doubt.stop])
    low = max(first - AROUND, 0)  # what lies further away is beside none of them
    beside = _around(counts.n[low : last + AROUND])[first - low : last - low]
    poor = counts.n < FEWER * beside.max(initial=0.0)
    before, after = np.flatnonzero(~poor[:first]), np.flatnonzero(~poor[last:])
    first = int(before[-1]) + 1 if len(before) else 0
    last = last + int(after[0]) if len(after) else len(counts.at)
    first, last = _with_ends(counts.n, first, last)
    start, stop = int(counts.at[first]), int(counts.at[last - 1]) + counts.width
    return _with_missing(min(start, doubt.start), max(stop, doubt.stop), counts)


def _with_missing(start: int, stop: int, counts: Counts) -> tuple[int, int]:
    """Return a stretch with the missing buckets just before and behind it."""
    ends = counts.at + counts.width
    before, behind = np.searchsorted(ends, start, "right"), np.searchsorted(counts.at, stop)
    low = int(ends[before - 1]) if before else counts.start
    high = int(counts.at[behind]) if behind < len(counts.at) else counts.stop
    return min(start, low), max(stop, high)


def _with_ends(n: Floats, first: int, last: int) -> tuple[int, int]:
    """Return a run of buckets with those just before and after it that are poor too.

    Beside the four next to them on the side away from the run, which itself tells nothing; where
    there are less, as at an end of the window, beside those on the other side of it.
    """
    half = AROUND // 2
    earlier, later = n[max(first - 1 - half, 0) : max(first - 1, 0)], n[last + 1 : last + 1 + half]
    sides = [each for each in (earlier, later) if len(each) == half]
    if sides and first > 0 and n[first - 1] < FEWER * np.median(sides[0]):
        first -= 1
    if sides and last < len(n) and n[last] < FEWER * np.median(sides[-1]):
        last += 1
    return first, last
