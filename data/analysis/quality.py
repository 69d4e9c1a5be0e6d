"""May I trust this number? The tests of a reading, alone and against those before it.

One look-back serves card, table, trend, details and file: a reading is compared with the last
COMPARED readings before it that are not BAD, sought among the LOOK_BACK readings before it.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from data.analysis.arrays import (
    Bits,
    Codes,
    Floats,
    Mask,
    Whole,
    decimals,
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
#: The least spread that readings are given, as a share of the span: no sensor is finer.
LEAST_SPREAD = 0.001
#: The step of an instrument counts as spread up to this share of the span: a signal that is written
#: as 0 or 1 has a step as wide as its span.
MOST_STEP = 0.05
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
    found = _change_reasons(value, at, place, checks, gap_seconds)
    found |= _spike_reasons(value, place, checks)
    found |= _stuck_reasons(value, at, checks)
    reasons[trusted] |= found
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
    change[np.diff(place, prepend=place[:1]) > LOOK_BACK] = np.nan
    seconds = np.diff(at, prepend=at[:1]) / 1e9
    return change_reasons(change, seconds, checks, gap)


def spike_reasons(
    value: Floats, before: Floats, digits: Callable[[Whole], Codes], checks: Checks | ManyChecks
) -> Bits:
    """Return SPIKE where a value lies too far from the median of the readings before it.

    One step of the instrument, which is one of its last decimal, is no spike, however still the
    readings before it were.

    Parameters
    ----------
    value : n readings [tag unit]
    before : n x 60 readings before each, NaN where there is none or it is BAD
    digits : returns the most decimals among the chosen ones (places) and those before each
    checks : of one tag, or of n

    Source: B. Iglewicz and D. Hoaglin, "How to Detect and Handle Outliers", 1993.
    """
    before = _beside(before, value, checks.turn)
    ordered = np.sort(before, axis=1)
    count = _counts(before, ordered)
    width = np.asarray(checks.span, dtype=np.float64)  # NaN: no span, which fmin and fmax pass over
    width, limit = (np.broadcast_to(each, value.shape) for each in (width, checks.zscore))
    far = np.zeros(len(value), dtype=bool)
    with np.errstate(over="ignore", invalid="ignore"):
        middle = _medians(ordered, count)
        distance = MAD_TO_SIGMA * np.abs(value - middle)
        # Within the least spread no other one makes a spike: of most readings it is not asked for.
        near = distance <= limit * (LEAST_SPREAD * width)
        rows = np.flatnonzero(~near & (count >= LEAST_COMPARED))
        step = np.fmin(10.0 ** -digits(rows).astype(np.float64), MOST_STEP * width[rows])
        least = np.fmax(step, LEAST_SPREAD * width[rows])
        apart = np.abs(before[rows] - middle[rows, None])
        spread = np.maximum(_medians(np.sort(apart, axis=1), count[rows]), least)
        far[rows] = distance[rows] > limit[rows] * spread
    return np.where(far, SPIKE, 0).astype(np.int16)


def _beside(before: Floats, value: Floats, turn: float | Floats) -> Floats:
    """Return angles before each value within half a turn of it; others as they are."""
    if not np.isfinite(turn).any():
        return before
    each, whole = value[:, None], np.broadcast_to(turn, value.shape)[:, None]
    return np.where(np.isfinite(whole), each + short_way(before - each, whole), before)


def _counts(rows: Floats, ordered: Floats) -> Whole:
    """Return how many numbers of each row are finite; `ordered`: the rows sorted, NaN last."""
    count = np.full(len(rows), rows.shape[1])
    some = np.flatnonzero(~(np.isfinite(ordered[:, 0]) & np.isfinite(ordered[:, -1])))
    count[some] = np.isfinite(rows[some]).sum(axis=1)
    return count


def _medians(ordered: Floats, count: Whole) -> Floats:
    """Return the median of each row, which is sorted, without its NaN; NaN for an empty row."""
    each = np.arange(len(ordered))
    low, high = np.maximum(count - 1, 0) // 2, count // 2
    high = np.minimum(high, ordered.shape[1] - 1)
    return 0.5 * ordered[each, low] + 0.5 * ordered[each, high]


def _spike_reasons(value: Floats, place: Whole, checks: Checks) -> Bits:
    reasons = np.zeros(len(value), dtype=np.int16)
    if not np.isfinite(checks.zscore) or not len(value):
        return reasons
    written = decimals(value)
    before, window_places = _windows(value, np.nan), _windows(place, np.iinfo(np.int64).max)
    before_digits, most = _windows(written, 0), _greatest(written)
    first = 0
    while first < len(value):
        piece = slice(first, first + ROWS_AT_ONCE)
        old = np.flatnonzero(window_places[piece, 0] < place[piece] - LOOK_BACK)
        if len(old):  # rare, or a few at the start: most windows reach back a few dozen
            piece = slice(first, first + int(old[-1]) + 1)
        first = piece.stop
        window, oldest = before[piece], place[piece] - LOOK_BACK
        if len(old):
            too_old = window_places[piece] < oldest[:, None]
            window, digits = np.where(too_old, np.nan, window), before_digits[piece]
            most[piece] = np.maximum(np.where(too_old, 0, digits).max(axis=1), written[piece])
        reasons[piece] = spike_reasons(value[piece], window, most[piece].take, checks)
    return reasons


def _greatest(column: Codes) -> Codes:
    """Return the greatest of each number and the COMPARED before it."""
    found, reach = column.copy(), 1
    while reach <= COMPARED:
        step = min(reach, COMPARED + 1 - reach)
        found[step:] = np.maximum(found[step:], found[:-step])
        reach += step
    return found


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
    return np.asarray(frame["bad"].fillna(0).to_numpy() > 0)


def _reasons_left_out(frame: pd.DataFrame, checks: Checks) -> Bits:
    """Return what the extreme of readings left out shows; SOURCE where it shows no other fault."""
    if "bad_value" not in frame:
        return np.full(len(frame), MISSING, dtype=np.int16)
    reasons = alone(numbers(frame["bad_value"]), checks)
    return np.where(reasons == 0, SOURCE, reasons).astype(np.int16)


def alone(value: Floats, checks: Checks | ManyChecks) -> Bits:
    """Return the reasons that readings show alone, as if no source had flagged them."""
    return range_reasons(value, np.zeros(len(value), dtype=bool), checks)
