"""Gaps as tests write them."""

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pandas as pd

from data.analysis import Gaps, arrays, gaps


def gaps_at(starts: Sequence[dt.datetime], stops: Sequence[dt.datetime]) -> Gaps:
    """Return gaps at times."""
    start, stop = (
        arrays.nanoseconds(pd.DatetimeIndex(each, tz="UTC").as_unit("ns"))
        for each in (starts, stops)
    )
    return Gaps(start, stop, (stop - start) / 1e9, dt.UTC)


def gaps_of(
    times: pd.DatetimeIndex,
    longest: gaps.Longest,
    start: dt.datetime,
    stop: dt.datetime,
    ends: pd.DatetimeIndex | None = None,
) -> Gaps:
    """Return the gaps of [start, stop) between readings, or between buckets with their ends."""
    window = np.array([pd.Timestamp(edge).as_unit("ns").value for edge in (start, stop)]).tolist()
    till = None if ends is None else arrays.nanoseconds(ends)
    return gaps.gaps_between(arrays.nanoseconds(times), longest, *window, till, times.tz or dt.UTC)
