"""When is a tag silent, and where does a line break? Freshness and gaps."""

import datetime as dt
from collections.abc import Callable, Hashable

import numpy as np
import pandas as pd

from data.analysis.arrays import Codes, Floats, Mask, Whole, nanoseconds
from data.analysis.checks import Checks, ManyChecks

#: Codes of freshness; the word of each is at its place in FRESHNESS.
FRESH, LATE, STALE, NO_DATA = range(4)
FRESHNESS = ("FRESH", "LATE", "STALE", "NO DATA")
#: A reading is STALE when it is older than this many gaps, so that one late reading is only LATE.
STALE_GAPS = 3
#: Where no rule says it, a gap is longer than this many spacings (four may be missed, and clocks
#: jitter) and than this many seconds (below, a slow network looks like a gap).
GAP_SPACINGS, LEAST_GAP_S = 4.1, 30.0


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


#: The longest spacing that is no gap [s], or what returns it for times [ns].
Longest = float | Callable[[Whole], Floats]


def gaps(
    times: pd.DatetimeIndex,
    longest: Longest,
    start: dt.datetime,
    stop: dt.datetime,
    ends: pd.DatetimeIndex | None = None,
) -> pd.DataFrame:
    """Return the stretches of [start, stop) without a reading that are longer than allowed.

    Parameters
    ----------
    times : of the readings, or starts of the buckets that hold some; sorted, tz-aware
    longest : spacing that is no gap; where it depends on time, that where the stretch begins counts
    ends : of the buckets: then a gap is a run of empty ones

    Returns
    -------
    DataFrame with columns start, stop (times' zone), seconds; the edges of the window count.
    """
    zone = times.tz or dt.UTC
    first, last = (pd.Timestamp(edge).as_unit("ns").value for edge in (start, stop))
    till, since = nanoseconds(times), nanoseconds(times if ends is None else ends)
    inside = (till < last) & ((since > first) if ends is not None else (since >= first))
    since = np.concatenate([[first], since[inside]])
    till = np.concatenate([till[inside], [max(last, first)]])
    seconds = (till - since) / 1e9
    wide = seconds > (longest(since) if callable(longest) else longest)
    stamps = (pd.DatetimeIndex(at[wide], tz=dt.UTC).tz_convert(zone) for at in (since, till))
    return pd.DataFrame(
        {**dict(zip(("start", "stop"), stamps, strict=True)), "seconds": seconds[wide]}
    )


def ends(frame: pd.DataFrame) -> pd.DatetimeIndex:
    """Return where rows end: `seconds` after their index; that is 0 for readings (or absent)."""
    index = pd.DatetimeIndex(frame.index)
    if "seconds" not in frame:
        return index
    length = pd.to_timedelta(frame["seconds"].to_numpy(dtype=np.float64), unit="s")
    return pd.DatetimeIndex(index + length)


def with_breaks(
    frame: pd.DataFrame,
    longest: Floats | float,
    listed: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the frame with an empty row in the middle of every spacing where the line breaks.

    It breaks where the stretch between two rows is longer than allowed, and where it lies in a gap
    that is listed; buckets that follow one another have no stretch between them.

    Parameters
    ----------
    frame : index tz-aware, sorted; `seconds` is the width of each row, 0 for readings (or absent);
        with a break its whole numbers and flags become floats
    longest : stretch that is no gap, one or one a row [s]
    listed : the gaps of the window, as `gaps` gives them
    """
    index = pd.DatetimeIndex(frame.index)
    start, stop = nanoseconds(index)[1:], nanoseconds(ends(frame))[:-1]
    wide = (start - stop) / 1e9 > (longest[:-1] if isinstance(longest, np.ndarray) else longest)
    if listed is not None and len(listed):
        wide = wide | _in_gap(stop, start, listed)
    if not wide.any():
        return frame
    index = pd.DatetimeIndex(frame.index)
    at, after = nanoseconds(index), np.flatnonzero(wide)
    middles = pd.DatetimeIndex(at[after] + np.diff(at)[after] // 2, tz=dt.UTC)
    rows = middles.tz_convert(index.tz).as_unit(index.unit).rename(index.name)
    order = np.insert(np.arange(len(frame)), after + 1, -1)
    whole = frame.take(np.maximum(order, 0)).astype(_nullable(frame))
    whole.index = index.append(rows).take(np.argsort(np.concatenate([at, middles.asi8])))
    whole.loc[order == -1] = np.nan
    whole.attrs = dict(frame.attrs)
    return whole


def _in_gap(start: Whole, stop: Whole, listed: pd.DataFrame) -> Mask:
    """Return which stretches have a part of a gap in them; an empty stretch has none."""
    begin, end = (nanoseconds(listed[name]) for name in ("start", "stop"))
    # Gaps do not overlap: the first that ends after a stretch begins is the only one to look at.
    place = np.searchsorted(end, start, side="right").clip(max=len(end) - 1)
    return np.asarray((begin[place] < stop) & (end[place] > start) & (stop > start))


def _nullable(frame: pd.DataFrame) -> dict[Hashable, str]:
    """Return the types that hold a NaN: whole numbers and flags become floats."""
    return {name: "float64" for name, kind in frame.dtypes.items() if kind.kind in "iub"}
