"""How many readings a window should hold, and which share of them is there.

The same at every resolution: expected is what the spacing of the readings says, never a count of
buckets (docs/definitions.md, 1.5).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

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
