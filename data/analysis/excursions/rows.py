"""The excursions that rows of a window make up: readings, stored buckets, or both by time."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.analysis import alarms
from data.analysis.arrays import NEVER, Floats, Mask, Whole, after, nanoseconds, numbers
from data.analysis.checks import Checks
from data.analysis.excursions.table import framed, none
from data.analysis.presence.gaps import Longest

#: Which way a value lies beyond each limit, in the order of Limits.
SIGNS = alarms.SET_SIDE.astype(np.float64)
#: No reading stands for longer than this [s].
FOR_EVER = 2.0**32


class Stretch(NamedTuple):
    """A window [start, stop) [ns since 1970]; `stop` is not past now."""

    start: int
    stop: int


class Rows(NamedTuple):
    """What a window consists of: each row holds until the next one, the last until its end.

    Parameters
    ----------
    at : when each begins to hold, sorted, none before the window [ns]
    low, high : least and greatest value; NaN where it is BAD [tag unit]
    read_at : time of its reading or bucket, which may lie before the window [ns]
    latched : which latches are set, n x 4 by Limits
    seen : for how long a reading that is not BAD stands there [s]
    was_outside : whether the tag was outside its limits just before the window
    """

    at: Whole
    low: Floats
    high: Floats
    read_at: Whole
    latched: Mask
    seen: Floats
    was_outside: bool


def of_readings(
    readings: pd.DataFrame, checks: Checks, window: Stretch, longest: Longest
) -> pd.DataFrame:
    """Return the excursions of a window from all its readings; see `of_rows`.

    Parameters
    ----------
    readings : of one tag by time, those before the window that decide included; index tz-aware,
        column value, NaN where BAD [tag unit]
    """
    value = numbers(readings["value"])
    columns = dict.fromkeys(("min", "max", "first", "last"), value)
    rows = pd.DataFrame(columns, readings.index).assign(seconds=0.0)
    return of_rows(rows, checks, window, longest)


def of_rows(rows: pd.DataFrame, checks: Checks, window: Stretch, longest: Longest) -> pd.DataFrame:
    """Return the excursions of a window, oldest first.

    Parameters
    ----------
    rows : readings and buckets of one tag by time, those before the window that decide included;
        index tz-aware, columns min, max, first, last (NaN where BAD) [tag unit], seconds (0: a
        reading); perhaps seen (how long a reading that is not BAD stands in a bucket [s], NaN where
        it counts whole). What is left out between two of them sets no limit and keeps none set
    longest : for how long a reading stands for its tag at most [s], or what returns it for times

    Returns
    -------
    DataFrame of `COLUMNS`, a row an excursion: start (of the window where it began before), stop
    (of the first reading inside again; NaT while it is on at the end), seconds (until the end of
    the window while it is on), level (worst), limit (place in Limits of the one that the level is
    of; of two the one that was passed by more) and its value, extreme (farthest beyond that limit)
    and when, over (how far; below 0 within the deadband), coverage (share of its time for which a
    reading that is not BAD stands), began_before, still_on.
    """
    if not checks.active or not len(rows):
        return none()
    return _excursions(_rows(rows, checks, window, longest), checks, window)


def _rows(rows: pd.DataFrame, checks: Checks, window: Stretch, longest: Longest) -> Rows:
    """Return the rows of a window: what held at its start, and those in it."""
    latched, at = alarms.bucket_latches(rows, checks), nanoseconds(rows.index)
    low, high = numbers(rows["min"]), numbers(rows["max"])
    first, last = np.searchsorted(at, window).tolist()
    trusted = ~np.isnan(high)
    seen = _seen(at, after(at, numbers(rows["seconds"])), trusted, window, longest)
    if "seen" in rows:
        told = numbers(rows["seen"])
        seen = np.where(np.isnan(told), seen, told)
    earlier, held = np.flatnonzero(trusted[:first]), max(first - 1, 0)
    was_outside = bool(len(earlier) and alarms.worst(latched[held]) >= alarms.WARNING)
    begins_anew = first < last and at[first] == window.start and trusted[first]
    inside = slice(first, last)
    found = (at[inside], low[inside], high[inside], at[inside], latched[inside], seen[inside])
    if begins_anew or not len(earlier):
        return Rows(*found, was_outside)
    # What holds at the start is the state after the newest reading, BAD or not; its value is that
    # of the newest one that is not.
    newest = earlier[-1]
    before = (window.start, low[newest], high[newest], at[newest])
    begin, low, high, read_at = (
        np.append(one, others) for one, others in zip(before, found[:4], strict=True)
    )
    return Rows(begin, low, high, read_at, latched[held:last], seen[held:last], was_outside)


def _seen(at: Whole, ends: Whole, trusted: Mask, window: Stretch, longest: Longest) -> Floats:
    """Return for how long of the window each reading stands that is not BAD [s]."""
    reach = longest(at) if callable(longest) else np.full(len(at), float(longest))
    until = np.append(at[1:], window.stop).clip(max=window.stop)
    end = np.minimum(until, after(ends, np.minimum(reach, FOR_EVER)))
    seconds = (end - np.maximum(at, window.start)).clip(min=0) / 1e9
    return np.where(trusted, seconds, 0.0)


def _excursions(rows: Rows, checks: Checks, window: Stretch) -> pd.DataFrame:
    level = alarms.worst(rows.latched)
    edges = np.append(rows.at, window.stop)
    first, end = _runs(level >= alarms.WARNING)
    lasts = edges[end] > edges[first]
    first, end = first[lasts], end[lasts]
    if not len(first):
        return none()
    worst = _reduced(np.maximum, level, first, end)
    limit, over, place = _farthest(rows, checks, first, end, worst)
    seconds = (edges[end] - edges[first]) / 1e9
    is_on = end == len(rows.at)
    is_high = SIGNS[limit] > 0
    columns: dict[str, NDArray[Any]] = {
        "start": edges[first],
        "stop": np.where(is_on, NEVER, edges[end]),
        "seconds": seconds,
        "level": worst,
        "limit": limit,
        "limit_value": _limits(checks)[limit],
        "extreme": np.where(is_high, rows.high[place], rows.low[place]),
        "extreme_at": rows.read_at[place],
        "over": over,
        "coverage": np.minimum(_reduced(np.add, rows.seen, first, end) / seconds, 1.0),
        "began_before": (first == 0) & rows.was_outside,
        "still_on": is_on,
    }
    return framed(columns)


def _limits(checks: Checks) -> Floats:
    return np.array(checks.limits, dtype=np.float64)  # None is NaN


def _farthest(
    rows: Rows, checks: Checks, first: Whole, end: Whole, worst: NDArray[Any]
) -> tuple[Whole, Floats, Whole]:
    """Return the limit of each run, how far it was passed, and the row of the extreme."""
    far = np.where(SIGNS > 0, rows.high[:, None], rows.low[:, None])
    beyond = np.nan_to_num((far - _limits(checks)) * SIGNS, nan=-np.inf)
    was_set = _reduced(np.logical_or, rows.latched, first, end)
    most = _reduced(np.maximum, beyond, first, end)
    is_of_level = was_set & (worst[:, None] == alarms.SEVERITY)
    limit = np.argmax(np.where(is_of_level, most, -np.inf), axis=1)
    over = most[np.arange(len(first)), limit]
    run = np.repeat(np.arange(len(first)), end - first)
    inside = np.concatenate([np.arange(a, b) for a, b in zip(first, end, strict=True)])
    is_most = beyond[inside, limit[run]] == over[run]
    _runs_of, places = np.unique(run[is_most], return_index=True)
    return limit, over, inside[is_most][places]


def _runs(mask: Mask) -> tuple[Whole, Whole]:
    """Return where each run of True begins, and the place after its end."""
    change = np.diff(np.concatenate([[0], mask.astype(np.int8), [0]]))
    return np.flatnonzero(change == 1), np.flatnonzero(change == -1)


def _reduced(best: np.ufunc, table: NDArray[Any], first: Whole, end: Whole) -> NDArray[Any]:
    """Return the ufunc over table[first:end] for each run."""
    padded = np.concatenate([table, table[-1:]])
    pairs = np.column_stack([first, end]).ravel()
    return np.asarray(best.reduceat(padded, pairs, axis=0)[::2])
