"""What the historian has now of many tags at once."""

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from data import buckets
from data.analysis import UNCHECKED, Checks, ManyChecks, alarms, checks, gaps
from data.db import cache, cached, clock, database_now, keep_fresh, read_packed, replica_lag
from data.queries import deciding
from data.queries.asking import read_by_tag, read_frame
from data.queries.catalog import Tag, tags
from data.queries.plan import HISTORY_S, median_step
from data.queries.relations import catalog, degrading, waits_from
from data.queries.tick import FIRST_LOOK, Recent, Search, by_tag_and_time, resumed, spans
from data.sql import (
    FUTURE,
    MINUTE_NUMBERS,
    Part,
    QcCode,
    latest_statement,
    recent_statement,
    sparklines_statement,
    tail_statement,
    times_statement,
)

#: How long the newest readings are shared: less than the least time between two refreshes.
LATEST_S = 2.0
#: How long spacings are shared [s]: a source that changes its period does so for months.
SPACING_S = 300.0
#: The median of so many spacings is not moved by a few gaps.
SPACING_READINGS = 100


@cached(LATEST_S)
@degrading
def latest(names: tuple[str, ...]) -> pd.DataFrame:
    """Return the newest reading of each tag; one later than now + 5 s is left out.

    Returns
    -------
    DataFrame, index tag_name in the order asked; columns ts (UTC, NaT without a reading),
    value, qc, clock (a reading of the future was left out); attrs now: the database's clock, lag:
    how far the replica that was read is behind [s].

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    lag = replica_lag()
    frame = read_frame(latest_statement(catalog().flagged), {"tags": list(names)})
    now = frame.pop("now").iloc[0].to_pydatetime() if len(frame) else database_now()
    return _of_each(frame, names, now, lag)


def _of_each(
    frame: pd.DataFrame, names: tuple[str, ...], now: datetime, lag: float
) -> pd.DataFrame:
    """Return a row a tag in the order asked, with the time of asking, and the replica's lag [s]."""
    frame = _with_unknown(frame, len(names)).sort_values("tag", ignore_index=True)
    frame = frame.drop(columns="tag")
    frame.index = _tag_index(names)
    frame.attrs["now"] = now
    frame.attrs["lag"] = max(lag, replica_lag())  # reads may have gone elsewhere meanwhile
    return frame


def _with_unknown(frame: pd.DataFrame, count: int) -> pd.DataFrame:
    """Return a row a tag; a cluster has none of a tag that has gone from its `influx_tag`."""
    if len(frame) == count:
        return frame
    place = np.setdiff1d(np.arange(count), frame["tag"])
    never = pd.DatetimeIndex([pd.NaT] * len(place)).tz_localize("UTC").as_unit("us")
    row = {"tag": place, "ts": never, "value": np.nan, "qc": 0, "clock": False}
    return pd.concat([frame, pd.DataFrame(row)], ignore_index=True)


def _tag_index(names: tuple[str, ...]) -> pd.Index:
    return pd.Index(list(names), name="tag_name", dtype=object)


@cached(LATEST_S)
@degrading
def tail(names: tuple[str, ...], count: int = alarms.TRUSTED_COUNT) -> pd.DataFrame:
    """Return the newest `count` readings of each tag, none of the future.

    Returns
    -------
    DataFrame, columns tag (place in `names`), ts (UTC), value, qc as its source gives it; ordered
    by tag, ts.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    values = {"tags": list(names), "count": count, "at": None}
    as_it_is = QcCode.FLAG if catalog().flagged else None
    frame = read_frame(tail_statement(as_it_is), values)
    return by_tag_and_time(frame, "ts")


@cached(LATEST_S, in_process=True, pinned=True)
@degrading
def recent(names: tuple[str, ...], behind: float) -> Recent:
    """Return what the state of each tag follows from, and its value `behind` seconds ago [s].

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    tags_by_name = tags()
    many = _of_names(tags_by_name, names)
    search = Search.resumed(names, many)
    gap = gaps.limit(many, spacings(names).to_numpy())
    values = {**search.values(), "gaps": np.broadcast_to(gap, len(names)).tolist()}
    values |= {"depth": FIRST_LOOK, "behind": behind, "floor": deciding.tick_floor()}
    last = resumed(values, catalog().flagged)
    read, values["seens"] = partial(_recent_rows, catalog().flagged), last.seens()
    keep_fresh(float(np.nanmin(gap, initial=np.inf)))
    lag, asked = replica_lag(), time.monotonic()
    frame = read(values)
    answered = time.monotonic()
    frame, joined = last.joined(frame, values, read)
    values["seens"] = last.seens(joined.is_held)
    frame = deciding.with_older(frame, values, read)
    part = frame.pop("part").to_numpy()
    newest = frame[part <= Part.AHEAD].drop(columns="place")
    newest = newest.assign(clock=part[part <= Part.AHEAD] == Part.AHEAD)
    now = frame["ts"][part == Part.NOW].iloc[0].to_pydatetime()
    clock.look(now, asked, answered)
    latest_frame = _of_each(newest, names, now, lag)
    added = frame[part == Part.ADDED]
    unknown = latest_frame["ts"].mask(joined.is_held)
    trusted = search.trusted_readings(frame[part == Part.TRUSTED], added, unknown)
    trusted = joined.with_others(trusted)
    reference = frame[part == Part.REFERENCE][["tag", "ts", "value"]]
    last.keep(trusted, search.until.notna() | latest_frame["clock"].to_numpy())
    return Recent(latest_frame, trusted, reference)


def _recent_rows(flagged: QcCode | None, values: dict[str, Any]) -> pd.DataFrame:
    """Return the rows of `recent_statement`, without the parts that have none."""
    some = (any(each is not None for each in values[name]) for name in ("sinces", "seens"))
    distributed = catalog().distributed
    read = read_by_tag if distributed else read_packed
    rows = read(recent_statement(flagged, *some, distributed), values)
    if (rows["part"] == Part.NOW).any():
        return rows
    # On a cluster it is a row of the first tag, which may have gone from `influx_tag`.
    row = {"part": [int(Part.NOW)], "tag": 0, "ts": database_now(), "value": np.nan, "qc": 0}
    clock_row = pd.DataFrame(row | {"place": 0}).astype(rows.dtypes.to_dict())
    return pd.concat([rows, clock_row], ignore_index=True)


def spans_of(names: tuple[str, ...]) -> dict[str, list[float]]:
    """Return what `spans` does, of these tags."""
    return spans(_checks_of(names))


def _checks_of(names: tuple[str, ...]) -> ManyChecks:
    return _of_names(tags.answer().value, names)


def _of_names(every: Mapping[str, Tag], names: tuple[str, ...]) -> ManyChecks:
    return many_checks([every[name].checks if name in every else UNCHECKED for name in names])


def many_checks(every: list[Checks]) -> ManyChecks:
    """Return what `checks.stacked` does, the same as last time for the same: not to be changed.

    Of 5,000 tags it held Python's lock for longer than anything else of a tick.
    """
    last: tuple[list[Checks], ManyChecks] | None = cache.recall("checks")
    if last is not None and last[0] == every:
        return last[1]
    many = checks.stacked(every)
    for column in many:
        column.flags.writeable = False
    cache.remember("checks", (every, many))
    return many


@cached(SPACING_S, in_process=True)
def spacings(names: tuple[str, ...]) -> pd.Series:
    """Return the median spacing of each tag's last 100 readings by name [s], NaN without two.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    frame = by_tag_and_time(_newest_times(names), "ts")
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
    now = database_now()
    stop = buckets.ceiling(now, buckets.resolution("1m"), "UTC")
    start, until = stop - timedelta(hours=1), min(stop, now + FUTURE)
    values = {"tags": list(names), "start": start, "stop": until, **spans_of(names)}
    values |= waits_from(start, until, 60)
    statement = sparklines_statement(60 in has.rollups, has.flagged, has.left)
    frame = by_tag_and_time(_a_minute_each(read_frame(statement, values)), "bucket")
    frame.attrs["newest"] = stop - timedelta(minutes=1)
    return frame


def _a_minute_each(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a row a minute: what a rollup leaves out comes beside what it holds."""
    minute = ["tag", "bucket"]
    if not rows["last"].isna().any() or not rows.duplicated(minute).any():
        return rows
    numbers: dict[str, Any] = dict.fromkeys(MINUTE_NUMBERS, "first")  # that is there
    return rows.groupby(minute, as_index=False, sort=False).agg({**numbers, "bad": "sum"})
