"""Does a reading stand apart from those just before it? The median of 60 readings, and its spread.

Source: B. Iglewicz and D. Hoaglin, "How to Detect and Handle Outliers", 1993.
"""

from collections.abc import Callable

import numpy as np

from data.analysis.arrays import Codes, Floats, Mask, Whole, decimals, short_way
from data.analysis.checks import Checks, ManyChecks

#: Readings whose median the spike test takes; with fewer than the least it judges nothing, because
#: the median of a handful moves with each of them.
COMPARED, LEAST_COMPARED = 60, 10
#: Readings that are looked through for trusted ones: a tag that is BAD for a year has none, and
#: every one looked at costs the historian a row.
LOOK_BACK = 5_000
#: Median absolute deviations in one standard deviation of normal noise.
MAD_TO_SIGMA = 0.6745
#: The least spread that readings are given, as a share of the span: no sensor is finer.
LEAST_SPREAD = 0.001
#: The step of an instrument counts as spread up to this share of the span: a signal that is written
#: as 0 or 1 has a step as wide as its span.
MOST_STEP = 0.05
#: Readings tested in one go: their windows of 60 numbers are 4 MB of memory.
ROWS_AT_ONCE = 8_192
#: A bound on a distance is taken this much wider than it is: both are rounded.
WIDER = 1 + 1e-9


def are_far(
    value: Floats, before: Floats, digits: Callable[[Whole], Codes], checks: Checks | ManyChecks
) -> Mask:
    """Return which values lie too far from the median of the readings before them.

    One step of the instrument, which is one of its last decimal, is no spike, however still the
    readings before it were.

    Parameters
    ----------
    value : n readings [tag unit]
    before : n x 60 readings before each, NaN where there is none or it is BAD
    digits : returns the most decimals among the chosen ones (places) and those before each
    checks : of one tag, or of n
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
    return far


def in_series(value: Floats, place: Whole, checks: Checks) -> Mask:
    """Return which readings of one tag are spikes, each held against the 60 before it.

    Parameters
    ----------
    value, place : of its readings that are not BAD, sorted by time: [tag unit], running numbers
    checks : of the tag
    """
    far = np.zeros(len(value), dtype=bool)
    if not np.isfinite(checks.zscore) or not len(value):
        return far
    doubtful = np.flatnonzero(~_surely_near(value, checks))
    if not len(doubtful):
        return far
    written = decimals(value)
    before, before_places = _windows(value, np.nan), _windows(place, np.iinfo(np.int64).max)
    before_digits, most = _windows(written, 0), _greatest(written)
    for first in range(0, len(doubtful), ROWS_AT_ONCE):
        rows = doubtful[first : first + ROWS_AT_ONCE]
        window, oldest = before[rows], place[rows] - LOOK_BACK
        old = np.flatnonzero(place[np.maximum(rows - COMPARED, 0)] < oldest)
        if len(old):  # rare, or a few at the start: most windows reach back a few dozen
            some = rows[old]
            too_old = before_places[some] < oldest[old, None]
            window[old] = np.where(too_old, np.nan, window[old])
            digits = np.where(too_old, 0, before_digits[some]).max(axis=1)
            most[some] = np.maximum(digits, written[some])
        far[rows] = are_far(value[rows], window, most[rows].take, checks)
    return far


def _surely_near(value: Floats, checks: Checks) -> Mask:
    """Return which values lie within the least spread of whatever the median before them is.

    A value is no farther from a median than from the farthest of the numbers that it is taken of.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        range_ = _greatest(value) + _greatest(-value)
        least = checks.zscore * (LEAST_SPREAD * np.float64(checks.span))  # NaN: no span
        return np.asarray(MAD_TO_SIGMA * range_ * WIDER <= least)


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


def _greatest(column: np.ndarray) -> np.ndarray:
    """Return the greatest of each number and the COMPARED before it."""
    greatest, reach = column.copy(), 1
    while reach <= COMPARED:
        step = min(reach, COMPARED + 1 - reach)
        greatest[step:] = np.maximum(greatest[step:], greatest[:-step])
        reach += step
    return greatest


def _windows(column: np.ndarray, absent: float) -> np.ndarray:
    """Return the COMPARED numbers before each one, as rows."""
    padded = np.concatenate([np.full(COMPARED, absent, column.dtype), column[:-1]])
    return np.lib.stride_tricks.sliding_window_view(padded, COMPARED)
