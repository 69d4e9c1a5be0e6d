"""Readers: a question in, a frame out; answers are shared and kept (see `cache`)."""

import math
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd

from data import buckets
from data.analysis import Rule, alarms, quality
from data.analysis import rules as rulebook
from data.db import cached, database_now, read_frame
from data.queries.catalog import NAMES_S, catalog, degrading, rules
from data.queries.history import HISTORY_S, median_step
from data.sql import (
    AHEAD,
    CLOCK,
    HOURS_BACK,
    READINGS_BACK,
    REFERENCE,
    TRUSTED,
    held_statement,
    latest_statement,
    recent_statement,
    sparklines_statement,
    tail_statement,
    times_statement,
)

LATEST_S = 2.0
HELD_S = 5.0
SPACING_READINGS = 100
TAIL_READINGS = alarms.SEEN
TAIL_DEPTH = (
    alarms.SOUGHT
)  # a tag with fewer than one good reading in ten is judged by fewer than 61


@cached(LATEST_S)
@degrading
def latest(names: tuple[str, ...]) -> pd.DataFrame:
    """Return the newest reading of each tag; one later than now + 5 s is left out.

    Returns
    -------
    DataFrame, index tag_name in the order asked; columns ts (UTC, NaT without a reading),
    value, qc, clock (a reading of the future was left out); attrs now: the database's clock.
    """
    values = {"tags": list(names)}
    frame = read_frame(latest_statement(catalog().flagged), values)
    now = frame.pop("now").iloc[0].to_pydatetime() if len(frame) else database_now()
    return _of_each(frame, names, now)


def _of_each(frame: pd.DataFrame, names: tuple[str, ...], now: datetime) -> pd.DataFrame:
    """Return a row a tag in the order asked, with the time of asking."""
    frame = frame.sort_values("tag", ignore_index=True).drop(columns="tag")
    frame.index = _named(names)
    frame.attrs["now"] = now
    return frame


def _named(names: tuple[str, ...]) -> pd.Index:
    return pd.Index(list(names), name="tag_name", dtype=object)


@cached(LATEST_S)
@degrading
def tail(
    names: tuple[str, ...], count: int = TAIL_READINGS, at: datetime | None = None
) -> pd.DataFrame:
    """Return the newest readings of each tag up to `at`, none from the future.

    Returns
    -------
    DataFrame, columns tag (place in `names`), ts, value, qc; ordered by tag, ts.
    """
    values = {"tags": list(names), "count": count, "at": at}
    frame = read_frame(tail_statement(catalog().flagged), values)
    return _ordered(frame, "ts")


class Recent(NamedTuple):
    """What the state of many tags follows from, all seen at one moment.

    Parameters
    ----------
    latest : as `latest` returns it
    trusted : the newest 61 readings of each tag that are not BAD, of its last 610; as `tail`
        returns them
    reference : columns tag_name, ts, value: the last that is not BAD, at least `behind` seconds old
        and at most one gap older
    """

    latest: pd.DataFrame
    trusted: pd.DataFrame
    reference: pd.DataFrame


@cached(LATEST_S)
@degrading
def recent(names: tuple[str, ...], behind: float) -> Recent:
    """Return what the state of each tag follows from, and its value `behind` seconds ago."""
    every = rules()
    applied = [rulebook.applied(every.get(name)) for name in names]
    gaps = [
        quality.gap_seconds(rule, space)
        for rule, space in zip(applied, spacings(names), strict=True)
    ]
    size = {"count": TAIL_READINGS, "depth": TAIL_DEPTH, "behind": behind}
    values = {"tags": list(names), "gaps": gaps, **size, **_spans(applied)}
    frame = read_frame(recent_statement(catalog().flagged), values)
    part = frame.pop("part").to_numpy()
    first = frame[part <= AHEAD].assign(clock=part[part <= AHEAD] == AHEAD)
    trusted, reference = frame[part == TRUSTED], frame[part == REFERENCE]
    reference.insert(0, "tag_name", np.asarray(names, dtype=object)[reference["tag"]])
    now = frame["ts"][part == CLOCK].iloc[0].to_pydatetime()
    kept = reference[["tag_name", "ts", "value"]]
    return Recent(_of_each(first, names, now), _ordered(trusted, "ts"), kept)


def _spans(applied: list[Rule]) -> dict[str, list[float]]:
    """Return what a reading that is not BAD lies between, by rule [tag unit]."""
    highs = [math.inf if rule.max_val is None else rule.max_val for rule in applied]
    return {"lows": [_lowest(rule) for rule in applied], "highs": highs}


def _ordered(frame: pd.DataFrame, time: str) -> pd.DataFrame:
    order = np.lexsort((frame[time].array.asi8, frame["tag"].to_numpy()))
    return frame.take(order).reset_index(drop=True)


def _lowest(rule: Rule) -> float:
    low = -math.inf if rule.min_val is None else rule.min_val
    return low if rule.allow_negative else max(low, 0.0)


@cached(HELD_S)
@degrading
def held(
    questions: tuple[tuple[str, float, float, float, float], ...], at: datetime | None = None
) -> pd.DataFrame:
    """Return the newest reading that decides each question of a look-back.

    Parameters
    ----------
    questions : (tag_name, low, high, floor, ceiling); a reading decides one with value < low or
        value >= high, and floor <= value <= ceiling [tag unit]
    at : where the look-back starts; None: now

    Returns
    -------
    DataFrame, a row a question in the order asked; columns ts, value, NaT and NaN without one.
    """
    names, lows, highs, floors, ceilings = zip(*questions, strict=True) if questions else ([],) * 5
    given = {"tags": names, "lows": lows, "highs": highs, "floors": floors, "ceilings": ceilings}
    values = {name: list(each) for name, each in given.items()}
    statement = held_statement(3_600 in catalog().rollups)
    frame = read_frame(statement, {**values, "at": at})
    return frame.set_index("tag").reindex(range(len(questions))).reset_index(drop=True)


def look_back() -> timedelta:
    """Return how old a reading may be that still decides a held alarm."""
    return HOURS_BACK if 3_600 in catalog().rollups else READINGS_BACK


def answered(asked: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """Return the questions of `condition.ambiguous` with `ts` and `value` of what decides them.

    Parameters
    ----------
    asked : columns tag (place in `names`), level, low, high, floor, ceiling
    """
    numbers = asked[["low", "high", "floor", "ceiling"]].to_numpy(dtype=float).tolist()
    tag_names = [names[place] for place in asked["tag"]]
    found = held(tuple((name, *row) for name, row in zip(tag_names, numbers, strict=True)))
    return asked.reset_index(drop=True).join(found)


@cached(NAMES_S, at_hand=True)
def spacings(names: tuple[str, ...]) -> pd.Series:
    """Return the median spacing of each tag's last 100 readings [s], NaN without two."""
    values = {"tags": list(names), "count": SPACING_READINGS, "at": None}
    frame = _ordered(read_frame(times_statement(), values), "ts")
    step = pd.Series(np.diff(frame["ts"].array.asi8, prepend=0) / 1e6)
    same = frame["tag"].diff() == 0
    median = step[same].groupby(frame["tag"][same]).median().reindex(range(len(names)))
    return pd.Series(median.to_numpy(dtype=float), _named(names), name="spacing")


def spacing(tag: str, stop: datetime | None = None) -> float | None:
    """Return the median spacing of the last 100 readings up to `stop` [s], None without two."""
    if stop is not None:
        stop = buckets.floor(stop, buckets.resolution("5m"), "UTC") + timedelta(minutes=5)
    return _spacing.answer(tag, stop).value


@cached(NAMES_S)
def _spacing(tag: str, stop: datetime | None) -> float | None:
    values = {"tags": [tag], "count": SPACING_READINGS, "at": stop}
    times = read_frame(times_statement(), values)["ts"]
    return median_step(times.sort_values().array.asi8)


@cached(HISTORY_S)
@degrading
def sparklines(names: tuple[str, ...]) -> pd.DataFrame:
    """Return the last hour by minute, by the database's clock.

    Returns
    -------
    DataFrame, columns tag (place in `names`), bucket (UTC), avg, min, max; ordered by tag, bucket;
    attrs newest: the minute that is filling.
    """
    has = catalog()
    stop = buckets.ceiling(database_now(), buckets.resolution("1m"), "UTC")
    values = {"tags": list(names), "start": stop - timedelta(hours=1), "stop": stop}
    statement = sparklines_statement(60 in has.rollups, has.flagged)
    frame = _ordered(read_frame(statement, values), "bucket")
    frame.attrs["newest"] = stop - timedelta(minutes=1)
    return frame
