"""When is a tag silent, and where does a line break? Spacing, freshness, gaps, coverage."""

import datetime as dt
from collections.abc import Hashable

import numpy as np
import pandas as pd

from data.analysis.arrays import Codes, Floats, nanoseconds
from data.analysis.checks import Checks, ManyChecks

#: Codes of freshness; the word of each is at its place in FRESHNESS.
FRESH, LATE, STALE, NO_DATA = range(4)
FRESHNESS = ("FRESH", "LATE", "STALE", "NO DATA")
#: A reading is STALE when it is older than this many gaps, so that one late reading is only LATE.
STALE_GAPS = 3
#: Where no rule says it, a gap is longer than this many spacings (four may be missed, and clocks
#: jitter) and than this many seconds (below, a slow network looks like a gap).
GAP_SPACINGS, LEAST_GAP_S = 4.1, 30.0
#: A bucket may start late by half of its width before the line breaks.
BREAK_BUCKETS = 1.5


def limit(checks: Checks | ManyChecks, spacing: float | Floats | None) -> Floats:
    """Return the longest spacing that is no gap [s]: the rule's, else max(30, 4.1 spacings).

    Parameters
    ----------
    checks : of one tag, or of n
    spacing : median spacing of the readings [s], None or NaN where unknown; one or n
    """
    own = np.asarray(checks.gap_seconds, dtype=np.float64)
    typical = GAP_SPACINGS * np.asarray(spacing, dtype=np.float64)
    return np.where(np.isnan(own), np.fmax(LEAST_GAP_S, typical), own)


def freshness_codes(age: Floats, gap: Floats) -> Codes:
    """Return FRESH, LATE, STALE or NO_DATA (age NaN); `age`, `gap` [s] of one shape, any."""
    codes = (age > gap).astype(np.int8) + (age > STALE_GAPS * gap)
    return np.where(np.isnan(age), NO_DATA, codes).astype(np.int8)


def break_seconds(gap: float, bucket_seconds: float, times: pd.DatetimeIndex) -> float:
    """Return the spacing beyond which a line breaks [s]: max of gap, 1.5 buckets, 4.1 spacings.

    Parameters
    ----------
    gap : the longest spacing that is no gap (see `limit`) [s]
    bucket_seconds : width of the buckets, 0 for single readings [s]
    times : of the rows that have a reading, sorted; their median spacing counts
    """
    spacings = np.diff(nanoseconds(times)) / 1e9
    median = float(np.median(spacings)) if len(spacings) else 0.0
    return max(gap, BREAK_BUCKETS * bucket_seconds, GAP_SPACINGS * median)


def gaps(
    times: pd.DatetimeIndex, limit_seconds: float, start: dt.datetime, stop: dt.datetime
) -> pd.DataFrame:
    """Return the stretches of [start, stop) longer than the limit without a reading.

    Parameters
    ----------
    times : of the readings, sorted, tz-aware
    limit_seconds : the spacing beyond which a line breaks [s]

    Returns
    -------
    DataFrame with columns start, stop (times' zone), seconds; the edges of the window count.
    """
    zone = times.tz or dt.UTC
    edges = pd.DatetimeIndex([pd.Timestamp(start), pd.Timestamp(stop)]).tz_convert(zone)
    inside = times[(times >= edges[0]) & (times < edges[1])]
    at = np.concatenate([nanoseconds(edges[:1]), nanoseconds(inside), nanoseconds(edges[1:])])
    seconds = np.diff(at) / 1e9
    wide = np.flatnonzero(seconds > limit_seconds)
    stamps = pd.DatetimeIndex(at, tz=dt.UTC).tz_convert(zone)
    return pd.DataFrame({"start": stamps[wide], "stop": stamps[wide + 1], "seconds": seconds[wide]})


def with_breaks(frame: pd.DataFrame, limit_seconds: float) -> pd.DataFrame:
    """Return the frame with an empty row in the middle of every spacing longer than the limit.

    Parameters
    ----------
    frame : index tz-aware, sorted; with a break its whole numbers and flags become floats
    limit_seconds : the spacing beyond which a line breaks [s]
    """
    index = pd.DatetimeIndex(frame.index)
    at = nanoseconds(index)
    spacing = np.diff(at)
    wide = np.flatnonzero(spacing > limit_seconds * 1e9)
    if not len(wide):
        return frame
    middles = pd.DatetimeIndex(at[wide] + spacing[wide] // 2, tz=dt.UTC)
    rows = middles.tz_convert(index.tz).as_unit(index.unit).rename(index.name)
    order = np.insert(np.arange(len(frame)), wide + 1, -1)
    whole = frame.take(np.maximum(order, 0)).astype(_nullable(frame))
    whole.index = index.append(rows).take(np.argsort(np.concatenate([at, middles.asi8])))
    whole.loc[order == -1] = np.nan
    whole.attrs = dict(frame.attrs)
    return whole


def _nullable(frame: pd.DataFrame) -> dict[Hashable, str]:
    """Return the types that hold a NaN: whole numbers and flags become floats."""
    return {name: "float64" for name, kind in frame.dtypes.items() if kind.kind in "iub"}


def coverage(count: float, spacing: float, start: dt.datetime, stop: dt.datetime) -> float:
    """Return the share of expected readings that are there, 0…1; NaN where none can be expected.

    Parameters
    ----------
    count : of the readings in [start, stop)
    spacing : median spacing of the readings [s]
    """
    seconds = (stop - start).total_seconds()
    if not seconds > 0 or not spacing > 0:
        return float("nan")
    return min(1.0, count * spacing / seconds)
