"""How many readings a window should hold, and which share of them is there.

The same at every resolution: expected is what the spacing of the readings says, never a count of
buckets (docs/definitions.md, 1.5). And which buckets of a rollup may lack readings (section 3).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from data.analysis.arrays import NEVER, Floats, Whole
from data.analysis.checks import Checks
from data.analysis.presence.gaps import limit
from data.analysis.presence.spacing import Look, spacings

#: Stretches of a window, each of which counts at most its own expectation.
PARTS = 12
#: So little below a whole number a sum of floats is that number.
ROUNDED = 1e-6
#: Decimals of the coverage of a bucket.
DECIMALS = 9
#: Spacings in a window that differ by more than this factor are told.
CHANGED = 2.0
#: A bucket with fewer than this share of the median of the eight around it may lack readings.
FEWER, AROUND = 0.9, 8
#: Where one bucket in ten does, and so many, counts vary by themselves: ten are compared at once.
VARIES, LEAST_VARYING, TEN = 0.1, 20, 10
#: Doubts with so few readings from the first to the last are one: it costs no more to look.
FEW = 1_000


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is expected of a tag in a window.

    Parameters
    ----------
    edges : of the 12 parts of the window, 13 times [ns since 1970]
    since : from when on readings are differently far apart, sorted [ns]; the first stands for all
        the time before it too
    spacings : of the readings from each of these on, NaN where none is known [s]
    first : time of the tag's first reading, before which nothing is expected; NEVER without one
    irregular : whether a part has no typical spacing: then there is no expected number
    """

    edges: Whole
    since: Whole
    spacings: Floats
    first: int = NEVER
    irregular: bool = False

    @property
    def newest_spacing(self) -> float | None:
        """The spacing at the end [s], None where none is known."""
        return None if np.isnan(self.spacings[-1]) else float(self.spacings[-1])

    @property
    def change(self) -> tuple[float, float] | None:
        """The first spacing, and the one that it changed to [s]; None if it did not."""
        spacings = self.spacings[~np.isnan(self.spacings)]
        if self.irregular or not len(spacings):
            return None
        factors = np.maximum(spacings / spacings[0], spacings[0] / spacings)
        last = -1 if factors[-1] > CHANGED else int(factors.argmax())
        return (float(spacings[0]), float(spacings[last])) if factors[last] > CHANGED else None

    def cut_at(self, edges: Whole) -> "Expectation":
        """Return the same with other edges of its parts, and the spacings that are of them."""
        first = max(int(np.searchsorted(self.since, edges[0], side="right")) - 1, 0)
        last = max(int(np.searchsorted(self.since, edges[-1])), first + 1)
        inside = slice(first, last)
        since, seconds = self.since[inside], self.spacings[inside]
        return replace(self, edges=edges, since=since, spacings=seconds)

    def with_period(self, seconds: float) -> "Expectation":
        """Return the same for a tag whose readings are known to come so far apart [s]."""
        always = np.full(1, float(seconds))
        return replace(self, since=self.edges[:1], spacings=always, irregular=False)

    def limits(self, checks: Checks, at: Whole) -> Floats:
        """Return the longest spacing that is no gap at these times: the rule's, else by spacing."""
        of_each = np.broadcast_to(limit(checks, self.spacings), len(self.since))
        return of_each[np.searchsorted(self.since[1:], at, side="right")]

    def all_limits(self, checks: Checks) -> tuple[tuple[int, float], ...]:
        """Return from when on [ns] which spacing is the longest that is no gap [s], in order.

        The first holds at all times before the second.
        """
        limits = self.limits(checks, self.since).tolist()
        return tuple(zip([0, *self.since.tolist()[1:]], limits, strict=True))


def parts(start: int, stop: int) -> Whole:
    """Return the 13 edges of 12 equal parts of [start, stop) [ns]."""
    return start + (stop - start) * np.arange(PARTS + 1, dtype=np.int64) // PARTS


def expectation(edges: Whole, looks: Sequence[Look], first: int) -> Expectation:
    """Return what is expected by looks at the readings before some moments.

    Parameters
    ----------
    edges : of the parts [ns]
    looks : sorted by moment
    first : time of the tag's first reading [ns], NEVER without one
    """
    since, seconds, irregular = spacings(looks)
    return Expectation(edges, since, seconds, first, irregular).cut_at(edges)


def _part(edges: Whole, at: Whole) -> Whole:
    """Return the part that holds each time; the first or the last for what lies outside."""
    return np.searchsorted(edges[1:-1], at, side="right")


def expected(of: Expectation, start: Whole, stop: Whole) -> Floats:
    """Return how many readings are expected in stretches [start, stop) [ns]; NaN if unknown."""
    if of.irregular:
        return np.full(len(start), np.nan)
    return _until(of, np.maximum(stop, of.first)) - _until(of, np.maximum(start, of.first))


def _until(of: Expectation, at: Whole) -> Floats:
    """Return the integral of 1/spacing from the first edge to each time; below it negative."""
    total = np.zeros(len(at))
    changes = of.since[1:].tolist()
    for place, spacing in enumerate(of.spacings):
        low = changes[place - 1] if place else int(of.edges[0])
        inside = np.maximum(at, low) if place else at
        inside = np.minimum(inside, changes[place]) if place < len(changes) else inside
        total += (inside - low) / 1e9 / spacing
    return total


def counts(of: Expectation, at: Whole, weights: Floats | None = None) -> Floats:
    """Return how many readings each part holds.

    Parameters
    ----------
    at : times of readings, or starts of buckets that lie in one part each [ns]
    weights : readings of each bucket
    """
    inside = (at >= of.edges[0]) & (at < of.edges[-1])
    each = None if weights is None else weights[inside]
    return np.bincount(_part(of.edges, at[inside]), each, PARTS).astype(np.float64)


def share(of: Expectation, counts: Floats) -> float:
    """Return the share of the expected readings that is there, 0…1; NaN where none is expected.

    Of 2.4 expected readings 2 or 3 lie in a window, as it falls: both are all of them.

    Parameters
    ----------
    counts : readings in each part; each part counts at most its own expectation and, as it falls,
        one more, so that a second of fast readings does not stand for an hour without
    """
    due = expected(of, of.edges[:-1], of.edges[1:])
    total = float(due.sum())
    if not total > 0:  # NaN, where it is not known
        return float("nan")
    there = float(np.minimum(counts, due + 1).sum())
    whole = math.floor(total + ROUNDED)
    if whole:
        return min(there / whole, 1.0)
    return 1.0 if there else float("nan")


def bucket_shares(of: Expectation, start: Whole, stop: Whole, counts: Floats) -> Floats:
    """Return the coverage of each bucket [start, stop) that holds `found` readings, 0…1.

    What is expected is a sum of parts, whose rounding would make 0.9999999999999988 of a whole.
    """
    due = expected(of, start, stop)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = np.where(due > 0, np.minimum(counts / due, 1.0), np.nan)
    return np.asarray(np.round(shares, DECIMALS), dtype=np.float64)


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
    themselves the same by ten.
    """
    every = _doubts(counts)
    length = (counts.stop - counts.start) / counts.width
    if len(every) >= max(LEAST_VARYING, VARIES * length):
        every = _doubts(counts.by_ten)
    return _joined(sorted(every, reverse=True), counts)


def _doubts(counts: Counts) -> list[Doubt]:
    at, n, width = counts.at, counts.n, counts.width
    since = np.concatenate([[counts.start], at + width])
    until = np.concatenate([at, [counts.stop]])
    empty = until > since
    places = np.flatnonzero(n < FEWER * _around(n))
    few = zip(at[places].tolist(), n[places].tolist(), strict=True)
    fewer = [Doubt(start, min(start + width, counts.stop), int(number)) for start, number in few]
    missing = zip(since[empty].tolist(), until[empty].tolist(), strict=True)
    return fewer + [Doubt(start, stop, 0) for start, stop in missing]


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
        first, last = np.searchsorted(counts.at, [doubt.start, newer.stop])
        number = int(total[last] - total[first])
        if joined and number <= FEW:
            joined[-1] = Doubt(doubt.start, newer.stop, number)
        else:
            joined.append(doubt)
    return joined


def run_of(doubt: Doubt, counts: Counts) -> tuple[int, int]:
    """Return the stretch that lacks readings where a doubt about a part of it has proved right.

    Buckets that follow one another and are as poor belong together, for in the middle of a long
    run those around are poor too. So does the one at each end that is poor beside what lies
    outside: what is missing rarely begins and ends with a bucket.
    """
    if not doubt.n:
        return doubt.start, doubt.stop
    first, last = np.searchsorted(counts.at, [doubt.start, doubt.stop])
    low = max(first - AROUND, 0)  # what lies further away is beside none of them
    beside = _around(counts.n[low : last + AROUND])[first - low : last - low]
    poor = counts.n < FEWER * beside.max(initial=0.0)
    before, after = np.flatnonzero(~poor[:first]), np.flatnonzero(~poor[last:])
    first = int(before[-1]) + 1 if len(before) else 0
    last = last + int(after[0]) if len(after) else len(counts.at)
    first, last = _with_ends(counts.n, first, last)
    start, stop = int(counts.at[first]), int(counts.at[last - 1]) + counts.width
    return min(start, doubt.start), max(stop, doubt.stop)


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
