"""May I trust this number? The tests of a reading, alone and against those before it.

One look-back serves card, table, trend, details and file: a reading is compared with the last
COMPARED readings before it that are not BAD, sought among the LOOK_BACK readings before it.
"""

import numpy as np
import pandas as pd

from data.analysis.arrays import Bits, Codes, Floats, Mask, Whole, flagged, nanoseconds, numbers
from data.analysis.checks import Checks, ManyChecks

#: Codes of quality, in the order of severity; UNKNOWN apart.
GOOD, SUSPECT, BAD, UNKNOWN = 0, 1, 2, -1
#: Words for the quality codes; UNKNOWN: nothing is wrong, and no rule in force has looked.
QUALITIES = {GOOD: "GOOD", SUSPECT: "SUSPECT", BAD: "BAD", UNKNOWN: "UNKNOWN"}
#: The reasons as bits of one number, so that a reading can have several.
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
#: Readings whose median the spike test takes; with fewer than the least it judges nothing, because
#: the median of a handful moves with each of them.
COMPARED, LEAST_COMPARED = 60, 10
#: Readings that are looked through for trusted ones: a tag that is BAD for a year has none, and
#: every one looked at costs the historian a row.
LOOK_BACK = 5_000
#: What is this far from 0 is no measurement; below, 1e28 squares can be summed without overflow.
LARGEST = 1e140
#: Median absolute deviations in one standard deviation of normal noise (Iglewicz and Hoaglin).
MAD_TO_SIGMA = 0.6745
#: The spread of readings that are all equal, as a share of the span: less is the instrument's step.
LEAST_SPREAD = 0.001
#: Readings that a flat stretch needs: two equal ones are chance.
LEAST_FLAT = 3
#: Readings tested for spikes in one go: their windows of 60 numbers are 4 MB of memory.
ROWS_AT_ONCE = 8_192


def assess(readings: pd.DataFrame, checks: Checks, gap_seconds: float) -> pd.DataFrame:
    """Return quality and reasons of each reading of one tag.

    A reading that is BAD is compared with nothing, and nothing is compared with it.

    Parameters
    ----------
    readings : index ts, sorted, tz-aware; columns value [tag unit], qc (may be absent), place
        (running number of the reading; absent where none was left out between two rows)
    checks : of the tag
    gap_seconds : step and rate are not judged across a longer spacing [s]

    Returns
    -------
    DataFrame, same index: `quality` int8 (see QUALITIES), `reasons` int16 (bits of REASONS)
    """
    value = numbers(readings["value"])
    reasons = range_reasons(value, flagged(readings), checks)
    trusted = np.flatnonzero((reasons & BAD_REASONS) == 0)
    y, ns, place = value[trusted], nanoseconds(readings.index)[trusted], places(readings)[trusted]
    reasons[trusted] |= _change_reasons(y, ns, place, checks, gap_seconds)
    reasons[trusted] |= _spike_reasons(y, place, checks)
    reasons[trusted] |= _stuck_reasons(y, ns, checks)
    codes = quality_codes(reasons, np.asarray(checks.active))
    return pd.DataFrame({"quality": codes, "reasons": reasons}, index=readings.index)


def places(readings: pd.DataFrame) -> Whole:
    """Return the running number of each reading: its `place`, else that of its row."""
    if "place" not in readings:
        return np.arange(len(readings))
    return np.asarray(readings["place"].to_numpy(dtype=np.int64))


def quality_codes(reasons: Bits, active: Mask) -> Codes:
    """Return the quality of readings from their reasons; no reason is GOOD under an active rule."""
    clean = np.where(active, GOOD, UNKNOWN)
    codes = np.where(reasons & BAD_REASONS, BAD, np.where(reasons, SUSPECT, clean))
    return codes.astype(np.int8)


def range_reasons(value: Floats, flags: Mask, checks: Checks | ManyChecks) -> Bits:
    """Return the reasons that a reading shows alone: missing, span, negative, source.

    Parameters
    ----------
    value : readings of one tag; or a matrix with a row a tag [tag unit]
    flags : which of them their source flags, same shape
    checks : of the tag; or of the tags, as `ManyChecks.columns` gives them
    """
    finite = np.isfinite(value)
    absurd = np.abs(value) >= LARGEST
    outside = finite & ((value < checks.min_val) | (value > checks.high) | absurd)
    negative = finite & (value < 0) & np.logical_not(checks.signed)
    reasons = np.where(finite, 0, MISSING) | np.where(outside, SPAN, 0)
    reasons |= np.where(negative, NEGATIVE, 0)
    return (reasons | np.where(flags, SOURCE, 0)).astype(np.int16)


def change_reasons(
    change: Floats, seconds: Floats, checks: Checks | ManyChecks, gap: float | Floats
) -> Bits:
    """Return the reasons STEP and RATE of changes between neighbours; NaN and gaps are not judged.

    Parameters
    ----------
    change, seconds : absolute change [tag unit], and the time that it took [s]
    checks : of one tag, or of the n tags that the changes are of
    gap : longest time across which a change is judged [s]
    """
    near = seconds <= gap
    with np.errstate(over="ignore", invalid="ignore"):  # inf (no limit) times 0 s is NaN: not over
        step = near & (change > checks.step)
        rate = near & (60.0 * change > checks.rate * seconds)
    return (np.where(step, STEP, 0) | np.where(rate, RATE, 0)).astype(np.int16)


def _change_reasons(value: Floats, at: Whole, place: Whole, checks: Checks, gap: float) -> Bits:
    with np.errstate(over="ignore", invalid="ignore"):
        change = np.abs(np.diff(value, prepend=np.nan))
    change[np.diff(place, prepend=place[:1]) > LOOK_BACK] = np.nan
    seconds = np.diff(at, prepend=at[:1]) / 1e9
    return change_reasons(change, seconds, checks, gap)


def spike_reasons(value: Floats, before: Floats, checks: Checks | ManyChecks) -> Bits:
    """Return SPIKE where a value lies too far from the median of the readings before it.

    Parameters
    ----------
    value : n readings [tag unit]
    before : n x 60 readings before each, NaN where there is none or it is BAD
    checks : of one tag, or of n

    Source: B. Iglewicz and D. Hoaglin, "How to Detect and Handle Outliers", 1993.
    """
    count = np.isfinite(before).sum(axis=1)
    # Without a span this is NaN, which nothing exceeds: after equal readings no value is a spike.
    width = np.asarray(checks.span, dtype=np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        middle = _medians(before, count)
        spread = _medians(np.abs(before - middle[:, None]), count)
        spread = np.where(spread == 0, LEAST_SPREAD * width, spread)
        far = MAD_TO_SIGMA * np.abs(value - middle) > checks.zscore * spread
    return np.where(far & (count >= LEAST_COMPARED), SPIKE, 0).astype(np.int16)


def _medians(rows: Floats, count: Whole) -> Floats:
    """Return the median of each row without its NaN (sorted to its end), NaN for an empty row."""
    ordered, each = np.sort(rows, axis=1), np.arange(len(rows))
    low, high = np.maximum(count - 1, 0) // 2, count // 2
    high = np.minimum(high, rows.shape[1] - 1)
    return 0.5 * ordered[each, low] + 0.5 * ordered[each, high]


def _spike_reasons(value: Floats, place: Whole, checks: Checks) -> Bits:
    reasons = np.zeros(len(value), dtype=np.int16)
    if not np.isfinite(checks.zscore) or not len(value):
        return reasons
    before, window_places = _windows(value, np.nan), _windows(place, np.iinfo(np.int64).max)
    for first in range(0, len(value), ROWS_AT_ONCE):
        piece = slice(first, first + ROWS_AT_ONCE)
        window, oldest = before[piece], place[piece] - LOOK_BACK
        if (window_places[piece, 0] < oldest).any():  # rare: most windows reach back a few dozen
            window = np.where(window_places[piece] < oldest[:, None], np.nan, window)
        reasons[piece] = spike_reasons(value[piece], window, checks)
    return reasons


def _windows(column: np.ndarray, absent: float) -> np.ndarray:
    """Return the COMPARED numbers before each one, as rows."""
    padded = np.concatenate([np.full(COMPARED, absent, column.dtype), column[:-1]])
    return np.lib.stride_tricks.sliding_window_view(padded, COMPARED)


def _stuck_reasons(value: Floats, at: Whole, checks: Checks) -> Bits:
    """Return STUCK where all of at least 3 readings of the last flat_seconds are equal.

    A series that does not reach back that far is not judged.
    """
    if not np.isfinite(checks.flat_seconds) or not len(value):
        return np.zeros(len(value), dtype=np.int16)
    each = np.arange(len(value))
    since = at - np.int64(checks.flat_seconds * 1e9)
    first = np.searchsorted(at, since)
    changed = np.concatenate([[True], value[1:] != value[:-1]])
    run = np.maximum.accumulate(np.where(changed, each, 0))
    stuck = (run <= first) & (each - first >= LEAST_FLAT - 1) & (at[0] <= since)
    return np.where(stuck, STUCK, 0).astype(np.int16)


def bucket_quality(frame: pd.DataFrame, checks: Checks) -> pd.Series:
    """Return the quality of buckets by range alone: step, rate and spike are not judged there.

    BAD: no reading of the bucket can be right. SUSPECT: it contains readings that are BAD or
    flagged by their source (`bad` > 0, or `min` or `max` out of the span), or flagged ones only.
    UNKNOWN: an empty bucket, or no rule in force.

    Parameters
    ----------
    frame : columns min, max [tag unit]; optional are `bad`, count of readings left out, and
        `bad_value`, their extreme, inside the span only where none lies outside
    checks : of the tag

    Returns
    -------
    Series `quality` of int8 (see QUALITIES), same index
    """
    low, high = numbers(frame["min"]), numbers(frame["max"])
    left_out = _left_out(frame)
    empty = np.isnan(low) & np.isnan(high)
    part = (_is_bad(low, checks) | _is_bad(high, checks)) & ~empty | left_out
    neither = ~np.isfinite(low) & ~np.isfinite(high)
    beyond = neither | (high < checks.low) | (low > checks.high)
    whole = beyond & ~empty | (empty & left_out & ~_flagged_only(frame, checks))
    clean = np.where(~empty & checks.active, GOOD, UNKNOWN)
    codes = np.where(whole, BAD, np.where(part, SUSPECT, clean))
    return pd.Series(codes.astype(np.int8), index=frame.index, name="quality")


def _left_out(frame: pd.DataFrame) -> Mask:
    if "bad" not in frame:
        return np.zeros(len(frame), dtype=bool)
    return np.asarray(frame["bad"].fillna(0).to_numpy() > 0)


def _flagged_only(frame: pd.DataFrame, checks: Checks) -> Mask:
    """Whether a reading left out can be right: one that only its source found fault with."""
    if "bad_value" not in frame:
        return np.zeros(len(frame), dtype=bool)
    return ~_is_bad(numbers(frame["bad_value"]), checks)


def _is_bad(value: Floats, checks: Checks) -> Mask:
    reasons = range_reasons(value, np.zeros(len(value), dtype=bool), checks)
    return np.asarray(reasons != 0)
