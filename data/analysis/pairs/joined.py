"""Which values of two tags belong together: those of equal buckets, or a reading and the last."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data.analysis import arrays


@dataclass(frozen=True, slots=True)
class Joined:
    """Pairs of values, by time.

    Parameters
    ----------
    at : start of the bucket, or time of the reading of the first tag [ns]
    x, y : of the first and of the second tag [units of the tags]
    """

    at: arrays.Whole
    x: arrays.Floats
    y: arrays.Floats

    def within(self, start: int, stop: int) -> arrays.Mask:
        """Return which pairs begin in [start, stop) [ns]."""
        return (self.at >= start) & (self.at < stop)


#: Times, sorted [ns], and a value of each; NaN where there is no good one.
Line = tuple[arrays.Whole, arrays.Floats]


def of_buckets(first: Line, second: Line) -> Joined:
    """Return the pairs of buckets that begin together and have both a value."""
    (at, x), (there, y) = (_good(each) for each in (first, second))
    common, here, other = np.intersect1d(at, there, assume_unique=True, return_indices=True)
    return Joined(common, x[here], y[other])


def of_readings(first: Line, second: Line, reaches: Sequence[tuple[int, float]]) -> Joined:
    """Return each reading of the first with the newest of the second at or before it.

    Parameters
    ----------
    reaches : from when on [ns] a reading of the second holds for how long [s]; an older one is none
    """
    (at, x), (there, y) = (_good(each) for each in (first, second))
    if not len(there):
        return Joined(at[:0], x[:0], y[:0])
    place = np.searchsorted(there, at, side="right") - 1
    age = at - there[place]
    holds = (place >= 0) & (age <= arrays.stepped(reaches, there[place]) * 1e9)
    return Joined(at[holds], x[holds], y[place[holds]])


def _good(line: Line) -> Line:
    at, values = line
    there = np.isfinite(values)
    return at[there], values[there]
