"""The excursions of a window from its readings and those before it that decide."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.analysis import alarms
from data.analysis.arrays import NEVER, Floats, Mask, Whole, nanoseconds, numbers
from data.analysis.checks import Checks
from data.analysis.presence.gaps import Longest

#: Which way a value lies beyond each limit, in the order of Limits.
SIGNS = alarms.SET_SIDE.astype(np.float64)
#: Columns of excursions, and their types.
COLUMNS = {
    "start": "M8[ns]",
    "stop": "M8[ns]",
    "seconds": "f8",
    "level": "i1",
    "limit": "i1",
    "limit_value": "f8",
    "extreme": "f8",
    "extreme_at": "M8[ns]",
    "over": "f8",
    "coverage": "f8",
    "began_before": "?",
    "still_on": "?",
}


class Stretch(NamedTuple):
    """A window [start, stop) [ns since 1970]; `stop` is not past now."""

    start: int
    stop: int


class Rows(NamedTuple):
    """What a window consists of: each row holds until the next one, the last until its end.

    Parameters
    ----------
    at : when each begins to hold, sorted, none before the window [ns]
    value : NaN where it is BAD [tag unit]
    read_at : time of its reading, which may lie before the window [ns]
    latched : which latches are set, n x 4 by Limits
    seen : for how long a reading that is not BAD stands there [s]
    was_outside : whether the tag was outside its limits just before the window
    """

    at: Whole
    value: Floats
    read_at: Whole
    latched: Mask
    seen: Floats
    was_outside: bool


def of_readings(
    readings: pd.DataFrame,
    checks: Checks,
    window: Stretch,
    longest: Longest,
) -> pd.DataFrame:
    """Return the excursions of a window, oldest first.

    Parameters
    ----------
    readings : of one tag by time, those before the window that decide included; index tz-aware,
        column value, NaN where BAD [tag unit]
    longest : for how long a reading stands for its tag at most [s], or what returns it for times

    Returns
    -------
    DataFrame of `COLUMNS`, a row an excursion: start (of the window where it began before), stop
    (of the first reading inside again; NaT while it is on at the end), seconds (until the end of
    the window while it is on), level (worst), limit (place in Limits of the one that the level is
    of; of two the one that was passed by more) and its value, extreme (farthest beyond that limit)
    and when, over (how far; below 0 within the deadband), coverage (share of its time for which a
    reading that is not BAD stands), began_before, still_on. Times are UTC.
    """
    if not checks.active or not len(readings):
        return none()
    latched = alarms.latches(readings, checks)
    return of_rows(_rows(readings, latched, window, longest), checks, window)


def none() -> pd.DataFrame:
    """Return the excursions of a window without any."""
    return _frame({name: np.zeros(0, kind) for name, kind in COLUMNS.items()})


def _frame(columns: dict[str, NDArray[Any]]) -> pd.DataFrame:
    times = {
        name: pd.DatetimeIndex(columns[name].astype("M8[ns]"), tz="UTC")
        for name, kind in COLUMNS.items()
        if kind == "M8[ns]"
    }
    others = {
        name: columns[name].astype(kind) for name, kind in COLUMNS.items() if name not in times
    }
    return pd.DataFrame({name: times.get(name, others.get(name)) for name in COLUMNS})


def _rows(readings: pd.DataFrame, latched: Mask, window: Stretch, longest: Longest) -> Rows:
    """Return the rows of a window: what held at its start, and the readings in it."""
    at, value = nanoseconds(readings.index), numbers(readings["value"])
    first, last = np.searchsorted(at, window).tolist()
    trusted = ~np.isnan(value)
    seen = _seen(at, trusted, window, longest)
    earlier, inside = np.flatnonzero(trusted[:first]), slice(first, last)
    held = max(first - 1, 0)
    was_outside = bool(len(earlier) and alarms.worst(latched[held]) >= alarms.WARNING)
    begins_anew = first < last and at[first] == window.start and trusted[first]
    if begins_anew or not len(earlier):
        rows = (at[inside], value[inside], at[inside], latched[inside], seen[inside])
        return Rows(*rows, was_outside)
    # What holds at the start is the state after the newest reading, BAD or not; its value is that
    # of the newest one that is not.
    return Rows(
        np.append(window.start, at[inside]),
        np.append(value[earlier[-1]], value[inside]),
        np.append(at[earlier[-1]], at[inside]),
        latched[held:last],
        seen[held:last],
        was_outside,
    )


def _seen(at: Whole, trusted: Mask, window: Stretch, longest: Longest) -> Floats:
    """Return for how long of the window each reading stands that is not BAD [s]."""
    reach = longest(at) if callable(longest) else np.full(len(at), float(longest))
    until = np.append(at[1:], window.stop).clip(max=window.stop)
    end = np.minimum(until, at + np.minimum(reach * 1e9, 2.0**62).astype(np.int64))
    seconds = (end - np.maximum(at, window.start)).clip(min=0) / 1e9
    return np.where(trusted, seconds, 0.0)


def of_rows(rows: Rows, checks: Checks, window: Stretch) -> pd.DataFrame:
    """Return the excursions that rows of a window make up; see `of_readings`."""
    level = alarms.worst(rows.latched)
    edges = np.append(rows.at, window.stop)
    first, after = _runs(level >= alarms.WARNING)
    lasts = edges[after] > edges[first]
    first, after = first[lasts], after[lasts]
    if not len(first):
        return none()
    worst = _reduced(np.maximum, level, first, after)
    limit, over, place = _farthest(rows, checks, first, after, worst)
    seconds = (edges[after] - edges[first]) / 1e9
    is_on = after == len(rows.at)
    columns: dict[str, NDArray[Any]] = {
        "start": edges[first],
        "stop": np.where(is_on, NEVER, edges[after]),
        "seconds": seconds,
        "level": worst,
        "limit": limit,
        "limit_value": _limits(checks)[limit],
        "extreme": rows.value[place],
        "extreme_at": rows.read_at[place],
        "over": over,
        "coverage": np.minimum(_reduced(np.add, rows.seen, first, after) / seconds, 1.0),
        "began_before": (first == 0) & rows.was_outside,
        "still_on": is_on,
    }
    return _frame(columns)


def _limits(checks: Checks) -> Floats:
    return np.array(checks.limits, dtype=np.float64)  # None is NaN


def _farthest(
    rows: Rows, checks: Checks, first: Whole, after: Whole, worst: NDArray[Any]
) -> tuple[Whole, Floats, Whole]:
    """Return the limit of each run, how far it was passed, and the row of the extreme."""
    beyond = np.nan_to_num((rows.value[:, None] - _limits(checks)) * SIGNS, nan=-np.inf)
    was_set = _reduced(np.logical_or, rows.latched, first, after)
    most = _reduced(np.maximum, beyond, first, after)
    is_of_level = was_set & (worst[:, None] == alarms.SEVERITY)
    limit = np.argmax(np.where(is_of_level, most, -np.inf), axis=1)
    over = most[np.arange(len(first)), limit]
    run = np.repeat(np.arange(len(first)), after - first)
    inside = np.concatenate([np.arange(a, b) for a, b in zip(first, after, strict=True)])
    is_most = beyond[inside, limit[run]] == over[run]
    _runs_of, places = np.unique(run[is_most], return_index=True)
    return limit, over, inside[is_most][places]


def _runs(mask: Mask) -> tuple[Whole, Whole]:
    """Return where each run of True begins, and the place after its end."""
    change = np.diff(np.concatenate([[0], mask.astype(np.int8), [0]]))
    return np.flatnonzero(change == 1), np.flatnonzero(change == -1)


def _reduced(best: np.ufunc, numbers: NDArray[Any], first: Whole, after: Whole) -> NDArray[Any]:
    """Return the ufunc over numbers[first:after] for each run."""
    padded = np.concatenate([numbers, numbers[-1:]])
    pairs = np.column_stack([first, after]).ravel()
    return np.asarray(best.reduceat(padded, pairs, axis=0)[::2])
