"""What the historian has now of many tags at once."""

import time
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from data import buckets
from data.analysis import UNCHECKED, ManyChecks, alarms, arrays, checks, gaps
from data.db import cache, cached, clock, database_now, read_frame
from data.queries import deciding
from data.queries.catalog import tags
from data.queries.plan import HISTORY_S, median_step
from data.queries.relations import catalog, degrading, waits_from
from data.queries.tick import Recent, resumed
from data.sql import (
    Part,
    QcCode,
    latest_statement,
    recent_statement,
    sparklines_statement,
    tail_statement,
    times_statement,
    trusted_statement,
)

#: How long the newest readings are shared: less than the least time between two refreshes.
LATEST_S = 2.0
#: How long spacings are shared [s]: a source that changes its period does so for months.
SPACING_S = 300.0
#: The median of so many spacings is not moved by a few gaps.
SPACING_READINGS = 100
#: Every tick reads so many of the newest readings of each tag, all tags in one statement. Only for
#: the few tags of which all of them are BAD does a look-back of their own go further.
FIRST_LOOK = 610
#: Tags of a long look-back in one statement: it reads 5,001 rows of each, in a fifth of a second.
TAGS_AT_ONCE = 100
#: A tick looks no further back after so long [s]; the next goes on where it ended. Until then such
#: a tag is judged by the first look alone.
SEARCH_S = 2.0
#: After so long a look-back starts anew [s], and so takes in the readings that came late; that of
#: up to 100 tags after a minute, which costs a fifth of a second.
SEARCH_AGAIN_S, SOONEST_AGAIN_S = 600.0, 60.0


@cached(LATEST_S)
@degrading
def latest(names: tuple[str, ...]) -> pd.DataFrame:
    """Return the newest reading of each tag; one later than now + 5 s is left out.

    Returns
    -------
    DataFrame, index tag_name in the order asked; columns ts (UTC, NaT without a reading),
    value, qc, clock (a reading of the future was left out); attrs now: the database's clock.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    frame = read_frame(latest_statement(catalog().flagged), {"tags": list(names)})
    now = frame.pop("now").iloc[0].to_pydatetime() if len(frame) else database_now()
    return _of_each(frame, names, now)


def _of_each(frame: pd.DataFrame, names: tuple[str, ...], now: datetime) -> pd.DataFrame:
    """Return a row a tag in the order asked, with the time of asking."""
    frame = frame.sort_values("tag", ignore_index=True).drop(columns="tag")
    frame.index = _tag_index(names)
    frame.attrs["now"] = now
    return frame


def _tag_index(names: tuple[str, ...]) -> pd.Index:
    return pd.Index(list(names), name="tag_name", dtype=object)


@cached(LATEST_S)
@degrading
def tail(
    names: tuple[str, ...], count: int = alarms.TRUSTED_COUNT, at: datetime | None = None
) -> pd.DataFrame:
    """Return the newest `count` readings of each tag up to `at` (None: now), none of the future.

    Returns
    -------
    DataFrame, columns tag (place in `names`), ts (UTC), value, qc as its source gives it; ordered
    by tag, ts.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    values = {"tags": list(names), "count": count, "at": at}
    as_it_is = QcCode.FLAG if catalog().flagged else None
    frame = read_frame(tail_statement(as_it_is), values)
    return _by_tag_and_time(frame, "ts")


@cached(LATEST_S)
@degrading
def recent(names: tuple[str, ...], behind: float) -> Recent:
    """Return what the state of each tag follows from, and its value `behind` seconds ago [s].

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    tags_by_name = tags()
    of_each = (tags_by_name.get(name) for name in names)
    many = checks.stacked([tag.checks if tag else UNCHECKED for tag in of_each])
    search = _Search.resumed(names, many)
    gap = gaps.limit(many, spacings(names).to_numpy())
    values = {**search.values(), "gaps": np.broadcast_to(gap, len(names)).tolist()}
    values |= {"depth": FIRST_LOOK, "behind": behind, "floor": deciding.tick_floor()}
    last = resumed(values, catalog().flagged)
    read, values["seens"] = partial(_recent_rows, catalog().flagged), last.seens()
    asked = time.monotonic()
    frame = read(values)
    answered = time.monotonic()
    frame, known = last.joined(frame, values, read)
    values["seens"] = last.seens(known.is_known)
    frame = deciding.with_older(frame, values, read)
    part = frame.pop("part").to_numpy()
    newest = frame[part <= Part.AHEAD].drop(columns="place")
    newest = newest.assign(clock=part[part <= Part.AHEAD] == Part.AHEAD)
    now = frame["ts"][part == Part.NOW].iloc[0].to_pydatetime()
    clock.look(now, asked, answered)
    latest_frame = _of_each(newest, names, now)
    added = frame[part == Part.ADDED]
    unknown = latest_frame["ts"].mask(known.is_known)
    trusted = search.trusted_readings(frame[part == Part.TRUSTED], added, unknown)
    trusted = known.with_others(trusted)
    reference = frame[part == Part.REFERENCE][["tag", "ts", "value"]]
    last.keep(trusted, search.until.notna() | latest_frame["clock"].to_numpy())
    return Recent(latest_frame, trusted, reference)


def _recent_rows(flagged: QcCode | None, values: dict[str, Any]) -> pd.DataFrame:
    """Return the rows of `recent_statement`, without the parts that have none."""
    some = (any(each is not None for each in values[name]) for name in ("sinces", "seens"))
    return read_frame(recent_statement(flagged, *some), values)


class _Search:
    """The search for the trusted readings of tags that have been BAD for long.

    What a search found is remembered with the time of the tag's newest reading at that moment. The
    next search reads only what came after that time, unless the rule has other bounds by then.
    """

    def __init__(self, names: tuple[str, ...], many: ManyChecks) -> None:
        self.names, self.many = names, many
        self.until = pd.DatetimeIndex([pd.NaT] * len(names)).tz_localize("UTC").as_unit("us")
        self.made_at = np.zeros(len(names))
        self.trusted = pd.DataFrame({"tag": np.zeros(0, int), "place": np.zeros(0, int)})

    @classmethod
    def resumed(cls, names: tuple[str, ...], many: ManyChecks) -> "_Search":
        """Return the search for these tags, of these checks, as the one before left it."""
        search = cls(names, many)
        last: _Search | None = cache.recall("trusted")
        if last is not None and last.names == names:
            again = _again_s(int(np.count_nonzero(last.until.notna())))
            old = time.monotonic() - last.made_at > again
            old |= (last.many.low != many.low) | (last.many.high != many.high)
            search.until = pd.DatetimeIndex(last.until.where(~old))
            search.made_at, search.trusted = last.made_at, last.trusted
        return search

    def values(self) -> dict[str, Any]:
        """Return what `recent_statement` binds."""
        times = [None if each is pd.NaT else each.to_pydatetime() for each in self.until]
        bounds = {"sinces": times, "count": alarms.TRUSTED_COUNT}
        return {"tags": list(self.names), **_spans(self.many), **bounds}

    def trusted_readings(
        self, first_look: pd.DataFrame, arrivals: pd.DataFrame, newest: pd.Series
    ) -> pd.DataFrame:
        """Return the trusted readings of all tags, those from before the first look included.

        Parameters
        ----------
        first_look : the trusted readings of the first look; their place in it where one goes on
        arrivals : columns tag, place: how many readings came since the search of a tag
        newest : time of each tag's newest reading, NaT without one
        """
        count = np.bincount(first_look["tag"].to_numpy(np.int64), minlength=len(self.names))
        short = (count < alarms.TRUSTED_COUNT) & newest.notna().to_numpy()
        added = np.full(len(self.names), FIRST_LOOK)  # too many where it was not searched
        added[arrivals["tag"].to_numpy(np.int64)] = arrivals["place"].to_numpy()
        # Where a clock stepped back, what came since lies before what the search had read.
        fell_back = np.asarray(self.until > pd.DatetimeIndex(newest))
        goes_on = short & (added < FIRST_LOOK) & ~fell_back
        anew = np.flatnonzero(short & ~goes_on)
        earlier = self.trusted[goes_on[self.trusted["tag"].to_numpy(np.int64)]]
        earlier = earlier.assign(place=earlier["place"] + added[earlier["tag"].to_numpy(np.int64)])
        earlier = earlier[earlier["place"] <= alarms.SEARCH_DEPTH]
        far, anew = self._long_look_backs(anew, newest)
        rows = [first_look[~np.isin(first_look["tag"].to_numpy(), anew)], earlier, *far]
        trusted = _newest_of_each(pd.concat([each for each in rows if len(each)] or rows[:1]))
        done = goes_on.copy()
        done[anew] = True
        self._keep(trusted, done, anew, newest)
        return trusted.drop(columns="place").reset_index(drop=True)

    def _long_look_backs(
        self, anew: arrays.Whole, newest: pd.Series
    ) -> tuple[list[pd.DataFrame], arrays.Whole]:
        """Return what a long look-back reads of these tags, and which of them it had time for."""
        start, frames = time.monotonic(), list[pd.DataFrame]()
        for first in range(0, len(anew), TAGS_AT_ONCE):
            if time.monotonic() - start > SEARCH_S:
                return frames, anew[:first]
            piece = anew[first : first + TAGS_AT_ONCE]
            frames.append(self._long_look_back(piece, newest))
        return frames, anew

    def _long_look_back(self, piece: arrays.Whole, newest: pd.Series) -> pd.DataFrame:
        untils = [each.to_pydatetime() for each in newest.iloc[piece]]
        values: dict[str, Any] = {"tags": [self.names[place] for place in piece]}
        values |= _spans(self.many.take(piece))
        values["untils"] = untils
        size = {"count": alarms.TRUSTED_COUNT, "depth": alarms.SEARCH_DEPTH}
        frame = read_frame(trusted_statement(catalog().flagged), values | size).drop(columns="part")
        return frame.assign(tag=piece[frame["tag"].to_numpy()])

    def _keep(
        self, trusted: pd.DataFrame, done: arrays.Mask, anew: arrays.Whole, newest: pd.Series
    ) -> None:
        if not done.any():
            cache.remember("trusted", None)
            return
        self.made_at = self.made_at.copy()
        # Spread out, so that not all are due again at one tick.
        spread = _again_s(len(anew)) / 2
        self.made_at[anew] = time.monotonic() - np.linspace(0, spread, len(anew))
        self.until = pd.DatetimeIndex(newest.where(done))
        self.trusted = trusted[done[trusted["tag"].to_numpy(np.int64)]]
        cache.remember("trusted", self)


def _again_s(count: int) -> float:
    """Return after how long the look-backs of so many tags start anew [s]."""
    share = SOONEST_AGAIN_S * count / TAGS_AT_ONCE
    return float(np.clip(share, SOONEST_AGAIN_S, SEARCH_AGAIN_S))


def _newest_of_each(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the newest readings of each tag, as many as are compared, by tag and time."""
    rows = _by_tag_and_time(rows, "ts")
    tag = rows["tag"].to_numpy(np.int64)
    last = np.searchsorted(tag, tag, side="right")
    return rows[last - np.arange(len(rows)) <= alarms.TRUSTED_COUNT]


def _spans(many: ManyChecks) -> dict[str, list[float]]:
    """Return what a reading that is not BAD lies between, by rule [tag unit]."""
    return {"lows": many.low.tolist(), "highs": many.high.tolist()}


def spans_of(names: tuple[str, ...]) -> dict[str, list[float]]:
    """Return what `_spans` does, of these tags."""
    return _spans(_checks_of(names))


def _checks_of(names: tuple[str, ...]) -> ManyChecks:
    every = tags.answer().value
    return checks.stacked([every[name].checks if name in every else UNCHECKED for name in names])


def _by_tag_and_time(frame: pd.DataFrame, time: str) -> pd.DataFrame:
    order = np.lexsort((arrays.nanoseconds(frame[time]), frame["tag"].to_numpy()))
    return frame.take(order).reset_index(drop=True)


@cached(SPACING_S, in_process=True)
def spacings(names: tuple[str, ...]) -> pd.Series:
    """Return the median spacing of each tag's last 100 readings by name [s], NaN without two.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    frame = _by_tag_and_time(_newest_times(names), "ts")
    step = pd.Series(np.diff(frame["ts"].array.asi8, prepend=0) / 1e6)
    same = frame["tag"].diff() == 0
    median = step[same].groupby(frame["tag"][same]).median().reindex(range(len(names)))
    return pd.Series(median.to_numpy(dtype=float), _tag_index(names), name="spacing")


def _newest_times(names: tuple[str, ...]) -> pd.DataFrame:
    """Return tag, ts of the newest 100 readings of each tag; of many chunks first of a day."""
    values: dict[str, Any] = {"tags": list(names), "count": SPACING_READINGS, "at": None}
    bound = {"floor": deciding.tick_floor()} if catalog().many_parts else {}
    frame = read_frame(times_statement(bool(bound)), values | bound)
    few = np.flatnonzero(np.bincount(frame["tag"], minlength=len(names)) < SPACING_READINGS)
    if bound and len(few):
        rest = read_frame(times_statement(), values | {"tags": [names[place] for place in few]})
        rest["tag"] = few[rest["tag"]]
        frame = pd.concat([frame[~frame["tag"].isin(few)], rest], ignore_index=True)
    return frame


def spacing(tag: str, stop: datetime | None = None) -> float | None:
    """Return the median spacing of the last 100 readings of a tag [s], None without two.

    Parameters
    ----------
    stop : the readings are those up to here, moved outward to 5 minutes; None: to now

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    if stop is not None:
        stop = buckets.floor(stop, buckets.resolution("5m"), "UTC") + timedelta(minutes=5)
    return _spacing.answer(tag, stop).value


@cached(SPACING_S)
def _spacing(tag: str, stop: datetime | None) -> float | None:
    values = {"tags": [tag], "count": SPACING_READINGS, "at": stop}
    times = read_frame(times_statement(), values)["ts"]
    return median_step(times.sort_values().array.asi8)


@cached(HISTORY_S)
@degrading
def sparklines(names: tuple[str, ...]) -> pd.DataFrame:
    """Return the last hour of each tag by minutes, by the database's clock.

    Returns
    -------
    DataFrame, columns tag (place in `names`), bucket (UTC), avg, min, max, last (NaN where every
    reading is left out), bad (how many are: BAD, or flagged by their source); ordered by tag,
    bucket; attrs newest: the minute that is filling.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    has = catalog()
    stop = buckets.ceiling(database_now(), buckets.resolution("1m"), "UTC")
    start = stop - timedelta(hours=1)
    values = {"tags": list(names), "start": start, "stop": stop, **spans_of(names)}
    values |= waits_from(start, stop, 60)
    rows = read_frame(sparklines_statement(60 in has.rollups, has.flagged), values)
    frame = _by_tag_and_time(rows, "bucket")
    frame.attrs["newest"] = stop - timedelta(minutes=1)
    return frame
