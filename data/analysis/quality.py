"""May I trust this number? Freshness, the tests of DEFINITIONS 1, gaps and coverage."""

import datetime as dt
from collections.abc import Hashable
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.analysis import rules
from data.analysis.rules import Rule

GOOD, SUSPECT, BAD, UNKNOWN = 0, 1, 2, -1
#: Words for the quality codes; UNKNOWN: nothing is wrong, and no rule in force has looked.
QUALITIES = {GOOD: "GOOD", SUSPECT: "SUSPECT", BAD: "BAD", UNKNOWN: "UNKNOWN"}
MISSING, SPAN, NEGATIVE, STEP, RATE, SPIKE, STUCK, SOURCE, CONTAINS_BAD = (1 << i for i in range(9))
#: Words for the bits of a reason.
REASONS = {
    MISSING: "missing",
    SPAN: "span",
    NEGATIVE: "negative",
    STEP: "step",
    RATE: "rate",
    SPIKE: "spike",
    STUCK: "stuck",
    SOURCE: "source",
    CONTAINS_BAD: "contains_bad",
}
#: A reason here makes a reading BAD; any other makes it SUSPECT.
BAD_REASONS = MISSING | SPAN | NEGATIVE
FRESH, LATE, STALE, NO_DATA = range(4)
FRESHNESS = ("FRESH", "LATE", "STALE", "NO DATA")
#: The spike test looks at this many readings before the one it judges; with fewer than the least
#: it does not judge.
SPIKE_READINGS, SPIKE_LEAST = 60, 10
#: What is this far from 0 is no measurement, and its square would overflow.
LARGEST = 1e140
#: Rows judged at a time: the windows of one piece stay within a few megabytes.
PIECE = 8_192

Floats = NDArray[np.float64]
Codes = NDArray[np.int8]
Bits = NDArray[np.int16]


class Bounds(NamedTuple):
    """What the tests compare with: a number for one tag, an array for many; NaN is not tested."""

    low: float | Floats
    high: float | Floats
    step: float | Floats
    rate: float | Floats
    zscore: float | Floats
    span: float | Floats
    flat_seconds: float | Floats


def bounds(rule: Rule) -> Bounds:
    """Return the bounds of one rule as numbers, NaN for None."""
    asked = (rule.max_step, rule.roc_max_per_min, rule.spike_zscore, rules.span(rule))
    numbers = (rule.min_val, rule.max_val, *asked, rule.flat_seconds)
    return Bounds(*(np.nan if number is None else float(number) for number in numbers))


def gap_seconds(rule: Rule | None, spacing: float | None) -> float:
    """Return the longest spacing that is no gap [s]: the rule's, else max(30, 4.1 spacings).

    Parameters
    ----------
    rule : only an ACTIVE rule is asked
    spacing : median spacing of the last 100 readings [s], None or NaN where unknown
    """
    asked = rules.applied(rule).max_gap_seconds
    if asked is not None:
        return float(asked)
    return 30.0 if spacing is None or np.isnan(spacing) else max(30.0, 4.1 * spacing)


def freshness_codes(age: Floats, gap: Floats) -> Codes:
    """Return FRESH, LATE, STALE or NO_DATA (age NaN); `age` and `gap` in seconds, any one shape."""
    codes = (age > gap).astype(np.int8) + (age > 3 * gap)
    return np.where(np.isnan(age), NO_DATA, codes).astype(np.int8)


def freshness(age_seconds: float | None, gap_seconds: float) -> str:
    """Return the word for one age; None where there is no reading."""
    age = np.float64(np.nan if age_seconds is None else age_seconds)
    return FRESHNESS[int(freshness_codes(np.asarray(age), np.asarray(gap_seconds)))]


def assess(readings: pd.DataFrame, rule: Rule | None, gap_seconds: float) -> pd.DataFrame:
    """Return quality and reasons of each reading of one tag.

    A reading that is BAD is compared with nothing, and nothing is compared with it: step, rate and
    spike look at the readings before it that are not BAD, and the same spacing limit holds.

    Parameters
    ----------
    readings : index ts, sorted, tz-aware; columns value [tag unit], qc (may be absent)
    rule : judged by its bounds only when ACTIVE
    gap_seconds : step and rate are not judged across a longer spacing [s]

    Returns
    -------
    DataFrame, same index: `quality` int8 (see QUALITIES), `reasons` int16 (bits of REASONS)
    """
    applied = rules.applied(rule)
    at, value, limit = _nanoseconds(readings.index), _values(readings), bounds(applied)
    reasons = range_reasons(value, _source_flags(readings), limit, not applied.allow_negative)
    kept = np.flatnonzero((reasons & BAD_REASONS) == 0)
    y, ns = value[kept], at[kept]
    reasons[kept] |= _change_reasons(y, ns, limit, gap_seconds)
    reasons[kept] |= _spike_reasons(y, limit)
    reasons[kept] |= _stuck_reasons(y, ns, limit)
    codes = quality_codes(reasons, np.asarray(rules.state(rule) == rules.ACTIVE))
    return pd.DataFrame({"quality": codes, "reasons": reasons}, index=readings.index)


def _values(readings: pd.DataFrame) -> Floats:
    return readings["value"].to_numpy(dtype=np.float64, na_value=np.nan)


def _source_flags(readings: pd.DataFrame) -> NDArray[np.bool_]:
    if "qc" not in readings:
        return np.zeros(len(readings), dtype=bool)
    return readings["qc"].fillna(0).to_numpy() != 0


def _nanoseconds(times: pd.Index) -> NDArray[np.int64]:
    return pd.DatetimeIndex(times).as_unit("ns").asi8


def quality_codes(reasons: Bits, judged: NDArray[np.bool_]) -> Codes:
    """Return the quality of readings from their reasons; UNKNOWN where nothing judged them."""
    clean = np.where(judged, GOOD, UNKNOWN)
    codes = np.where(reasons & BAD_REASONS, BAD, np.where(reasons, SUSPECT, clean))
    return codes.astype(np.int8)


def range_reasons(
    value: Floats, flagged: NDArray[np.bool_], limit: Bounds, unsigned: bool | NDArray[np.bool_]
) -> Bits:
    """Return the reasons that a reading shows alone: missing, span, negative, source."""
    finite = np.isfinite(value)
    absurd = np.abs(value) >= LARGEST
    outside = finite & ((value < limit.low) | (value > limit.high) | absurd)
    reasons = np.where(finite, 0, MISSING) | np.where(outside, SPAN, 0)
    reasons |= np.where(finite & (value < 0) & unsigned, NEGATIVE, 0)
    return (reasons | np.where(flagged, SOURCE, 0)).astype(np.int16)


def change_reasons(change: Floats, seconds: Floats, limit: Bounds, gap: float | Floats) -> Bits:
    """Return step and rate for changes [tag unit] over seconds; NaN and gaps are not judged."""
    near = seconds <= gap
    step = near & (change > limit.step)
    rate = near & (60.0 * change > limit.rate * seconds)
    return (np.where(step, STEP, 0) | np.where(rate, RATE, 0)).astype(np.int16)


def _change_reasons(value: Floats, at: NDArray[np.int64], limit: Bounds, gap: float) -> Bits:
    with np.errstate(over="ignore"):
        change = np.abs(np.diff(value, prepend=np.nan))
    seconds = np.diff(at, prepend=at[:1]) / 1e9
    return change_reasons(change, seconds, limit, gap)


def spike_reasons(value: Floats, before: Floats, limit: Bounds) -> Bits:
    """Return SPIKE where a value lies too far from the median of the readings before it.

    Parameters
    ----------
    value : n readings [tag unit]
    before : n x 60 readings before each, NaN where there is none or it is BAD
    limit : `zscore` and `span`, numbers or n each

    Source: B. Iglewicz and D. Hoaglin, "How to Detect and Handle Outliers", 1993.
    """
    count = np.isfinite(before).sum(axis=1)
    with np.errstate(over="ignore", invalid="ignore"):
        middle = _medians(before, count)
        spread = _medians(np.abs(before - middle[:, None]), count)
        spread = np.where(spread == 0, 0.001 * np.asarray(limit.span), spread)
        far = 0.6745 * np.abs(value - middle) > limit.zscore * spread
    return np.where(far & (count >= SPIKE_LEAST), SPIKE, 0).astype(np.int16)


def _medians(rows: Floats, count: NDArray[np.int64]) -> Floats:
    """Return the median of each row without its NaN (sorted to its end), NaN for an empty row."""
    ordered, each = np.sort(rows, axis=1), np.arange(len(rows))
    low, high = np.maximum(count - 1, 0) // 2, count // 2
    high = np.minimum(high, rows.shape[1] - 1)
    return 0.5 * ordered[each, low] + 0.5 * ordered[each, high]


def _spike_reasons(value: Floats, limit: Bounds) -> Bits:
    found = np.zeros(len(value), dtype=np.int16)
    if np.isnan(limit.zscore) or not len(value):
        return found
    padded = np.concatenate([np.full(SPIKE_READINGS, np.nan), value[:-1]])
    before = np.lib.stride_tricks.sliding_window_view(padded, SPIKE_READINGS)
    for first in range(0, len(value), PIECE):
        piece = slice(first, first + PIECE)
        found[piece] = spike_reasons(value[piece], before[piece], limit)
    return found


def _stuck_reasons(value: Floats, at: NDArray[np.int64], limit: Bounds) -> Bits:
    """Return STUCK where all of at least 3 readings of the last flat_seconds are equal.

    A series that does not reach back that far is not judged.
    """
    if np.isnan(limit.flat_seconds) or not len(value):
        return np.zeros(len(value), dtype=np.int16)
    each = np.arange(len(value))
    since = at - np.int64(limit.flat_seconds * 1e9)
    first = np.searchsorted(at, since)
    changed = np.concatenate([[True], value[1:] != value[:-1]])
    run = np.maximum.accumulate(np.where(changed, each, 0))
    stuck = (run <= first) & (each - first >= 2) & (at[0] <= since)
    return np.where(stuck, STUCK, 0).astype(np.int16)


def bucket_quality(frame: pd.DataFrame, rule: Rule | None) -> pd.Series:
    """Return the quality of buckets by range alone: step, rate and spike are not judged there.

    BAD: no reading of the bucket can be right. SUSPECT: it contains readings that are BAD or
    flagged by their source (`bad` > 0, or `min` or `max` out of the span), or flagged ones only.
    UNKNOWN: an empty bucket, or no rule in force.

    Parameters
    ----------
    frame : columns min, max [tag unit]; optional are `bad`, count of readings left out, and
        `bad_value`, their extreme, inside the span only where none lies outside
    """
    applied = rules.applied(rule)
    low, high = frame["min"].to_numpy(np.float64), frame["max"].to_numpy(np.float64)
    none = np.zeros(len(frame), dtype=bool)
    sign = not applied.allow_negative
    at_low = range_reasons(low, none, bounds(applied), sign)
    at_high = range_reasons(high, none, bounds(applied), sign)
    left_out = _left_out(frame)
    empty = np.isnan(low) & np.isnan(high)
    part = (at_low | at_high).astype(bool) & ~empty | left_out
    whole = _all_bad(low, high, applied) & ~empty | (empty & left_out & ~_flagged(frame, applied))
    judged = (rules.state(rule) == rules.ACTIVE) & ~empty
    codes = np.where(whole, BAD, np.where(part, SUSPECT, np.where(judged, GOOD, UNKNOWN)))
    return pd.Series(codes.astype(np.int8), index=frame.index, name="quality")


def _left_out(frame: pd.DataFrame) -> NDArray[np.bool_]:
    if "bad" not in frame:
        return np.zeros(len(frame), dtype=bool)
    return frame["bad"].fillna(0).to_numpy() > 0


def _flagged(frame: pd.DataFrame, rule: Rule) -> NDArray[np.bool_]:
    """Whether a reading left out can be right: one that only its source found fault with."""
    if "bad_value" not in frame:
        return np.zeros(len(frame), dtype=bool)
    value = frame["bad_value"].to_numpy(dtype=np.float64)
    fault = range_reasons(value, np.zeros(len(frame), bool), bounds(rule), not rule.allow_negative)
    return fault == 0


def _all_bad(low: Floats, high: Floats, rule: Rule) -> NDArray[np.bool_]:
    limit = bounds(rule)
    floor = limit.low if rule.allow_negative else np.fmax(limit.low, 0.0)
    neither = ~np.isfinite(low) & ~np.isfinite(high)
    return neither | (high < floor) | (low > limit.high)


def break_seconds(gap: float, bucket_seconds: float, times: pd.DatetimeIndex) -> float:
    """Return the spacing beyond which a line breaks [s]: max of gap, 1.5 buckets, 4.1 spacings."""
    spacings = np.diff(_nanoseconds(times)) / 1e9
    median = float(np.median(spacings)) if len(spacings) else 0.0
    return max(gap, 1.5 * bucket_seconds, 4.1 * median)


def gaps(
    times: pd.DatetimeIndex, limit_seconds: float, start: dt.datetime, stop: dt.datetime
) -> pd.DataFrame:
    """Return the stretches of [start, stop) longer than the limit without a reading.

    Returns
    -------
    DataFrame with columns start, stop (times' zone), seconds; the edges of the window count.
    """
    zone = times.tz or dt.UTC
    edges = pd.DatetimeIndex([pd.Timestamp(start), pd.Timestamp(stop)]).tz_convert(zone)
    inside = times[(times >= edges[0]) & (times < edges[1])]
    at = np.concatenate([_nanoseconds(edges[:1]), _nanoseconds(inside), _nanoseconds(edges[1:])])
    seconds = np.diff(at) / 1e9
    found = np.flatnonzero(seconds > limit_seconds)
    stamps = pd.DatetimeIndex(at, tz=dt.UTC).tz_convert(zone)
    return pd.DataFrame(
        {"start": stamps[found], "stop": stamps[found + 1], "seconds": seconds[found]}
    )


def with_breaks(frame: pd.DataFrame, limit_seconds: float) -> pd.DataFrame:
    """Return the frame with an empty row in the middle of every spacing longer than the limit."""
    index = pd.DatetimeIndex(frame.index)
    at = _nanoseconds(index)
    spacing = np.diff(at)
    wide = np.flatnonzero(spacing > limit_seconds * 1e9)
    if not len(wide):
        return frame
    middles = pd.DatetimeIndex(at[wide] + spacing[wide] // 2, tz=dt.UTC)
    rows = middles.tz_convert(index.tz).as_unit(index.unit).rename(index.name)
    order = np.insert(np.arange(len(frame)), wide + 1, -1)
    broken = frame.take(np.maximum(order, 0)).astype(_nullable(frame))
    broken.index = index.append(rows).take(np.argsort(np.concatenate([at, middles.asi8])))
    broken.loc[order == -1] = np.nan
    broken.attrs = dict(frame.attrs)
    return broken


def _nullable(frame: pd.DataFrame) -> dict[Hashable, str]:
    """Return the types that hold a NaN: whole numbers and flags become floats."""
    return {name: "float64" for name, kind in frame.dtypes.items() if kind.kind in "iub"}


def coverage(count: float, spacing: float, start: dt.datetime, stop: dt.datetime) -> float:
    """Return the share of expected readings that are there, 0…1; NaN where none can be expected.

    Parameters
    ----------
    count : readings in [start, stop)
    spacing : median spacing of the readings [s]
    """
    seconds = (stop - start).total_seconds()
    if not seconds > 0 or not spacing > 0:
        return float("nan")
    return min(1.0, count * spacing / seconds)
