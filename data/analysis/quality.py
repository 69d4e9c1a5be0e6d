"""May I trust this number? The tests of a reading, alone and against those before it.

One look-back serves card, table, trend, details and file: a reading is compared with the last
COMPARED readings before it that are not BAD, sought among the LOOK_BACK readings before it (see
`spikes`).
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from data.analysis import spikes
from data.analysis.arrays import (
    Bits,
    Codes,
    Floats,
    Mask,
    Whole,
    counts,
    flagged,
    nanoseconds,
    numbers,
    short_way,
)
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
BAD_REASONS = MISSING | SPAN | NEGATIVE | SOURCE
#: What is this far from 0 is no measurement; below, 1e28 squares can be summed without overflow.
LARGEST = 1e140
#: Readings that a flat stretch needs: two equal ones are chance.
LEAST_FLAT = 3


class Marks(NamedTuple):
    """What is said of rows, one each: a code of QUALITIES, and bits of REASONS."""

    quality: Codes
    reasons: Bits


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
    value, at = numbers(readings["value"]), nanoseconds(readings.index)
    reasons = reading_reasons(value, at, flagged(readings), places(readings), checks, gap_seconds)
    codes = quality_codes(reasons, np.asarray(checks.active))
    return pd.DataFrame({"quality": codes, "reasons": reasons}, index=readings.index)


def reading_reasons(
    value: Floats, at: Whole, flags: Mask, place: Whole, checks: Checks, gap_seconds: float
) -> Bits:
    """Return the reasons of each reading of one tag, as `assess` does, of arrays.

    Parameters
    ----------
    value, at, flags, place : of the readings, sorted by time: [tag unit], [ns], whether their
        source flags them, and their running numbers
    """
    reasons = range_reasons(value, flags, checks)
    trusted = np.flatnonzero((reasons & BAD_REASONS) == 0)
    if len(trusted) < len(value):
        value, at, place = value[trusted], at[trusted], place[trusted]
    further = _change_reasons(value, at, place, checks, gap_seconds)
    further |= np.where(spikes.in_series(value, place, checks), SPIKE, 0).astype(np.int16)
    further |= _stuck_reasons(value, at, checks)
    reasons[trusted] |= further
    return reasons


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


def reason_keys(reasons: int) -> list[str]:
    """Return the words of the bits of a reason (see REASONS)."""
    return [word for bit, word in REASONS.items() if reasons & bit]


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
        change = np.abs(short_way(np.diff(value, prepend=np.nan), checks.turn))
    change[np.diff(place, prepend=place[:1]) > spikes.LOOK_BACK] = np.nan
    seconds = np.diff(at, prepend=at[:1]) / 1e9
    return change_reasons(change, seconds, checks, gap)


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

    UNKNOWN: an empty bucket, or no rule in force. Parameters as for `bucket_reasons`.

    Returns
    -------
    Series `quality` of int8 (see QUALITIES), same index
    """
    looked = checks.active & ~_is_empty(frame)
    codes = quality_codes(bucket_reasons(frame, checks), looked)
    return pd.Series(codes, index=frame.index, name="quality")


def bucket_reasons(frame: pd.DataFrame, checks: Checks) -> Bits:
    """Return why buckets are not GOOD: of BAD ones what their readings are, else CONTAINS_BAD.

    A bucket is BAD where no reading of it can be right: its whole range lies outside span or sign,
    or it holds nothing but readings that were left out; what the extreme of these shows is the
    reason, and SOURCE where it shows nothing. It contains BAD where some readings were left out
    (`bad` > 0), or `min` or `max` lies outside.

    Parameters
    ----------
    frame : columns min, max [tag unit]; optional are `bad`, count of readings left out, and
        `bad_value`, their extreme, inside the span only where none lies outside
    checks : of the tag
    """
    low, high = numbers(frame["min"]), numbers(frame["max"])
    empty, left_out = _is_empty(frame), _left_out(frame)
    of_range = alone(low, checks) | alone(high, checks)
    neither = ~np.isfinite(low) & ~np.isfinite(high)
    beyond = ~empty & (neither | (high < checks.low) | (low > checks.high))
    of_left_out = _reasons_left_out(frame, checks)
    part = ~empty & ((of_range != 0) | left_out)
    reasons = np.where(part, CONTAINS_BAD, np.where(empty & left_out, of_left_out, 0))
    return np.where(beyond, of_range, reasons).astype(np.int16)


def _is_empty(frame: pd.DataFrame) -> Mask:
    return np.asarray(np.isnan(numbers(frame["min"])) & np.isnan(numbers(frame["max"])))


def _left_out(frame: pd.DataFrame) -> Mask:
    if "bad" not in frame:
        return np.zeros(len(frame), dtype=bool)
    return counts(frame["bad"]) > 0


def _reasons_left_out(frame: pd.DataFrame, checks: Checks) -> Bits:
    """Return what the extreme of readings left out shows; SOURCE where it shows no other fault."""
    if "bad_value" not in frame:
        return np.full(len(frame), MISSING, dtype=np.int16)
    reasons = alone(numbers(frame["bad_value"]), checks)
    return np.where(reasons == 0, SOURCE, reasons).astype(np.int16)


def alone(value: Floats, checks: Checks | ManyChecks) -> Bits:
    """Return the reasons that readings show alone, as if no source had flagged them."""
    return range_reasons(value, np.zeros(len(value), dtype=bool), checks)
