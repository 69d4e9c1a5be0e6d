"""The excursions that rows of a window make up: readings, stored buckets, or both by time.

One pass over the rows of any number of tags, one tag after the other.
"""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.analysis import alarms, checks
from data.analysis.arrays import NEVER, Floats, Mask, Whole, after, nanoseconds, numbers
from data.analysis.checks import Checks, ManyChecks
from data.analysis.excursions.table import framed, none

#: Which way a value lies beyond each limit, in the order of Limits.
SIGNS = alarms.SET_SIDE.astype(np.float64)
#: No reading stands for longer than this [s].
FOR_EVER = 2.0**32
NUMBERS = ("min", "max", "first", "last")


class Stretch(NamedTuple):
    """A window [start, stop) [ns since 1970]; `stop` is not past now."""

    start: int
    stop: int


class Rows(NamedTuple):
    """What a window consists of, by tag and time; each row holds until the next one of its tag.

    Parameters
    ----------
    tag : its place
    at, until : from when to when each holds, inside the window [ns]
    low, high : least and greatest value; NaN where it is BAD [tag unit]
    read_at : time of its reading or bucket, which may lie before the window [ns]
    latched : which latches are set, n x 4 by Limits
    seen : for how long a reading that is not BAD stands there [s]
    goes_on : whether the tag was outside its limits just before the window, and this is its first
    """

    tag: Whole
    at: Whole
    until: Whole
    low: Floats
    high: Floats
    read_at: Whole
    latched: Mask
    seen: Floats
    goes_on: Mask

    def take(self, places: Whole | Mask) -> "Rows":
        """Return the chosen rows."""
        return Rows._make(column[places] for column in self)


def of_readings(
    readings: pd.DataFrame, of_tag: Checks, window: Stretch, longest: float
) -> pd.DataFrame:
    """Return the excursions of one tag in a window from all its readings; see `of_rows`.

    Parameters
    ----------
    readings : by time, those before the window that decide included; index tz-aware, column value,
        NaN where BAD [tag unit]
    longest : for how long a reading stands for its tag at most [s]
    """
    columns = dict.fromkeys(NUMBERS, numbers(readings["value"]))
    rows = pd.DataFrame(columns).assign(tag=0, at=nanoseconds(readings.index), seconds=0.0)
    return of_rows(rows, checks.stacked([of_tag]), window, np.full(1, longest)).drop(columns="tag")


def of_rows(rows: pd.DataFrame, many: ManyChecks, window: Stretch, longest: Floats) -> pd.DataFrame:
    """Return the excursions of tags in a window, by tag, oldest first.

    Parameters
    ----------
    rows : readings and buckets by tag and time, those before the window that decide included;
        columns tag (place), at [ns], min, max, first, last (NaN where BAD) [tag unit], seconds
        (0: a reading); perhaps seen (how long a reading that is not BAD stands in a bucket [s], NaN
        where it counts whole). What is left out between two of them sets no limit and keeps none
        set
    many : the checks of each tag
    longest : for how long a reading of each tag stands at most [s]

    Returns
    -------
    DataFrame of `COLUMNS`, a row an excursion: tag (place), start (of the window where it began
    before), stop (of the first reading inside again; NaT while it is on at the end), seconds (until
    the end of the window while it is on), level (worst), limit (place in Limits of the one that the
    level is of; of two the one that was passed by more) and its value, extreme (farthest beyond
    that limit) and when, over (how far; below 0 within the deadband), coverage (share of its time
    for which a reading that is not BAD stands), began_before, still_on. Times are UTC.
    """
    rows = rows[many.active[rows["tag"].to_numpy(np.int64)]]
    if not len(rows):
        return none()
    return _excursions(_in_window(_rows(rows, many, window, longest), window), many)


def _rows(rows: pd.DataFrame, many: ManyChecks, window: Stretch, longest: Floats) -> Rows:
    """Return rows as they are, those before a window too."""
    tag, at = rows["tag"].to_numpy(np.int64), rows["at"].to_numpy(np.int64)
    first = np.append(True, tag[1:] != tag[:-1])
    oldest = np.maximum.accumulate(np.where(first, np.arange(len(tag)), 0))
    mine = many.take(tag)
    zone = alarms.zones(mine.limits, mine.deadband)
    latched = alarms.latches_since(rows, zone, oldest)
    low, high = numbers(rows["min"]), numbers(rows["max"])
    following = np.where(np.append(first[1:], True), window.stop, np.append(at[1:], 0))
    following = following.clip(max=window.stop)
    ends = after(at, numbers(rows["seconds"]))
    wide, is_set = ends > at, latched
    after_each = alarms.latches_after(rows, zone, oldest) if wide.any() else latched
    over = wide & (ends < following) & latched.any(axis=1) & ~after_each.any(axis=1)
    # Of what lies before the window only how it ended stands in it.
    earlier = wide & (ends <= window.start)
    latched = np.where(earlier[:, None], after_each, is_set)
    low, high = (np.where(earlier, numbers(rows["last"]), each) for each in (low, high))
    until = np.where(over, ends, following)
    end = np.minimum(until, after(ends, np.minimum(longest[tag], FOR_EVER)))
    covered = (end - np.maximum(at, window.start)).clip(min=0) / 1e9
    if "seen" in rows:
        told = numbers(rows["seen"])
        covered = np.where(np.isnan(told), covered, np.minimum(told, (until - at) / 1e9))
    covered = np.where(np.isnan(high), 0.0, covered)
    every = Rows(tag, at, until, low, high, at, latched, covered, np.zeros(len(at), dtype=bool))
    return _with_ends(every, over, following)


def _with_ends(rows: Rows, over: Mask, following: Whole) -> Rows:
    """Return rows with one more after each bucket that ends inside before a silence.

    Such a bucket was outside, and is so whole; what came in it last was inside, and stays so until
    the next row.

    Parameters
    ----------
    over : which rows these are
    following : when the next row of its tag begins, or the window ends, for each [ns]
    """
    if not over.any():
        return rows
    ended = rows.take(over)
    nothing = np.full(len(ended.tag), np.nan)
    quiet = ended._replace(
        at=ended.until,
        until=following[over],
        low=nothing,
        high=nothing,
        latched=np.zeros_like(ended.latched),
        seen=np.zeros(len(nothing)),
    )
    both = Rows._make(np.concatenate(columns) for columns in zip(rows, quiet, strict=True))
    return both.take(np.lexsort((both.at, both.tag)))


def _in_window(rows: Rows, window: Stretch) -> Rows:
    """Return the rows of a window, with one for what held at the start of each tag.

    That is the state after the newest reading before it, BAD or not, and the value of the newest
    one that is not; unless such a one begins to hold just then.
    """
    before, trusted = rows.at < window.start, ~np.isnan(rows.high)
    last = _last_of_tag(rows.tag, before)
    good = _last_of_tag(rows.tag, before & trusted)
    last = last[np.isin(rows.tag[last], rows.tag[good])]
    outside = alarms.worst(rows.latched[last]) >= alarms.WARNING
    inside = rows.take(~before & (rows.at < window.stop))
    first = np.append(True, inside.tag[1:] != inside.tag[:-1])[: len(inside.tag)]
    begins = first & (inside.at == window.start)
    held = rows.take(last)._replace(
        at=np.full(len(last), window.start),
        low=rows.low[good],
        high=rows.high[good],
        read_at=rows.at[good],
        goes_on=outside,
    )
    anew = held.tag[np.isin(held.tag, inside.tag[begins & ~np.isnan(inside.high)])]
    is_new = np.isin(held.tag, anew)
    going = np.isin(inside.tag, held.tag[is_new & outside])
    inside = inside._replace(goes_on=first & going)
    parts = (held.take(~is_new), inside)
    both = Rows._make(np.concatenate(columns) for columns in zip(*parts, strict=True))
    place = np.append(np.zeros(int((~is_new).sum())), np.ones(len(inside.tag)))
    return both.take(np.lexsort((place, both.at, both.tag)))


def _last_of_tag(tag: Whole, some: Mask) -> Whole:
    """Return the place of the last of some rows of each tag that has any."""
    places = np.flatnonzero(some)
    return places[np.append(tag[places][1:] != tag[places][:-1], True)[: len(places)]]


def _excursions(rows: Rows, many: ManyChecks) -> pd.DataFrame:
    level = alarms.worst(rows.latched)
    first, end = _runs(rows.tag, level >= alarms.WARNING)
    lasts = rows.until[end - 1] > rows.at[first]
    first, end = first[lasts], end[lasts]
    if not len(first):
        return none()
    worst = _reduced(np.maximum, level, first, end)
    tag, limits = rows.tag[first], many.limits[rows.tag]
    limit, over, place = _farthest(rows, limits, first, end, worst)
    seconds = (rows.until[end - 1] - rows.at[first]) / 1e9
    is_on = np.append(rows.tag[1:] != rows.tag[:-1], True)[end - 1]
    columns: dict[str, NDArray[Any]] = {
        "tag": tag,
        "start": rows.at[first],
        "stop": np.where(is_on, NEVER, rows.until[end - 1]),
        "seconds": seconds,
        "level": worst,
        "limit": limit,
        "limit_value": many.limits[tag, limit],
        "extreme": np.where(SIGNS[limit] > 0, rows.high[place], rows.low[place]),
        "extreme_at": rows.read_at[place],
        "over": over,
        "coverage": np.minimum(_reduced(np.add, rows.seen, first, end) / seconds, 1.0),
        "began_before": rows.goes_on[first],
        "still_on": is_on,
    }
    return framed(columns)


def _farthest(
    rows: Rows, limits: Floats, first: Whole, end: Whole, worst: NDArray[Any]
) -> tuple[Whole, Floats, Whole]:
    """Return the limit of each run, how far it was passed, and the row of the extreme."""
    far = np.where(SIGNS > 0, rows.high[:, None], rows.low[:, None])
    beyond = np.nan_to_num((far - limits) * SIGNS, nan=-np.inf)
    was_set = _reduced(np.logical_or, rows.latched, first, end)
    most = _reduced(np.maximum, beyond, first, end)
    is_of_level = was_set & (worst[:, None] == alarms.SEVERITY)
    limit = np.argmax(np.where(is_of_level, most, -np.inf), axis=1)
    over = most[np.arange(len(first)), limit]
    run = np.repeat(np.arange(len(first)), end - first)
    ahead = np.cumsum(end - first) - (end - first)
    inside = np.arange(len(run)) + (first - ahead)[run]  # the rows of all runs, one after the other
    is_most = beyond[inside, limit[run]] == over[run]
    _runs_of, places = np.unique(run[is_most], return_index=True)
    return limit, over, inside[is_most][places]


def _runs(tag: Whole, outside: Mask) -> tuple[Whole, Whole]:
    """Return where each run of rows outside begins, and the place after its end, tag by tag."""
    follows = np.append(False, tag[1:] == tag[:-1])
    begins = outside & ~(follows & np.append(False, outside[:-1]))
    ends = outside & ~(np.append(follows[1:], False) & np.append(outside[1:], False))
    return np.flatnonzero(begins), np.flatnonzero(ends) + 1


def _reduced(best: np.ufunc, table: NDArray[Any], first: Whole, end: Whole) -> NDArray[Any]:
    """Return the ufunc over table[first:end] for each run."""
    padded = np.concatenate([table, table[-1:]])
    pairs = np.column_stack([first, end]).ravel()
    return np.asarray(best.reduceat(padded, pairs, axis=0)[::2])
