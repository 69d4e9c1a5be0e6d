"""What the overview shows: every tag's state now, and the details of one tag."""

import time
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd

from data import buckets, queries
from data.analysis import (
    Floats,
    alarms,
    arrays,
    digits,
    gaps,
    kinds,
    quality,
    states,
)
from data.errors import BadInput
from data.queries import Tag
from data.views.judging import joined, readings_before
from data.views.presence import reaches

#: The change on a card is since an hour ago: a shift sees a drift that ten minutes hide.
REFERENCE_S = 3600
#: Readings that the details list: as many as fit without scrolling.
LAST_READINGS = 10
#: Changes of state that the details list.
LAST_CHANGES = 10
#: Hours over which the details show time in state: a shift, and a day.
SHIFTS = (8, 24)
#: Width of a bucket of the curve of the details: as many as there are pixels for, or fewer.
CURVE_MINUTES = 2
#: States that have an extreme.
ALARM_STATES = (alarms.ALARMS[alarms.WARNING], alarms.ALARMS[alarms.CRITICAL])


class Now(NamedTuple):
    """What is true of every tag at one moment of the database's clock.

    `states` is what `tag_states` returns, with attrs["now"] (aware UTC); `delta` the change since
    the reference [tag unit]; `crossed` what `queries.crossed_since` returns of the tags in alarm;
    `reset` whether a counter began again since; `told` the digits of its card; `behind` how far the
    database's clock has fallen behind [s], 0 where it has not; `lag` how far the replica that was
    read is behind its primary [s], infinite where nobody knows; `older` how long before it was
    asked for all of this was read [s], by another worker or for another question.
    """

    states: pd.DataFrame
    delta: pd.Series
    crossed: pd.DataFrame
    reset: pd.Series
    told: digits.Digits
    behind: float = 0.0
    lag: float = 0.0
    older: float = 0.0


def now(tags: Mapping[str, Tag], hold: float = states.HOLD_S) -> Now:
    """Return the state of every one of these tags.

    Parameters
    ----------
    hold : a STALE tag that was CRITICAL is shown as STALE from this age on [s]

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    names, begun = tuple(tags), time.monotonic()
    answer = queries.recent.answer(names, REFERENCE_S)
    if answer.error is not None:
        raise answer.error
    older = max(0.0, answer.age - (time.monotonic() - begun))
    latest, trusted, reference = answer.value
    moment, many = latest.attrs["now"], queries.many_checks([tag.checks for tag in tags.values()])
    readings = states.tails(latest, trusted, many)
    open_questions = states.ambiguous(readings, many)
    answers = None
    if len(open_questions):
        answers = queries.look_back_answers(open_questions, names, moment, trusted)
    spacing = queries.spacings(names).to_numpy()
    age = queries.ages_of(names, moment, latest["ts"])
    lag = latest.attrs["lag"]
    tag_states = states.tag_states(
        moment, latest, readings, many, spacing, answers, hold, age, lag=lag
    )
    tag_states.attrs["now"] = moment
    crossings = states.crossings(tag_states, readings, many)
    crossed = queries.crossed_since(crossings, names, moment)
    change = kinds.deltas(
        moment, tag_states, reference, many, REFERENCE_S,
        [tag.kind for tag in tags.values()], _lowest(tags),
    )  # fmt: skip
    value = tag_states["value"].to_numpy(np.float64)
    told = queries.card_digits(names, value, decimals_of(tags.values()))
    behind = queries.clock_behind()
    return Now(tag_states, change["delta"], crossed, change["reset"], told, behind, lag, older)


def decimals_of(tags: Iterable[Tag]) -> Floats:
    """Return the decimals that each tag names, NaN where it names none."""
    return np.array([tag.decimals for tag in tags], dtype=np.float64)  # None is NaN


def _lowest(tags: Mapping[str, Tag]) -> Floats | None:
    """Return the least value of each counter in the last hour, NaN of others; None without any.

    By minutes that are shared for half a minute: only one reset within so short a time, and a
    value above the reference at once, would pass.
    """
    names = tuple(name for name, tag in tags.items() if tag.kind == kinds.COUNTER)
    if not names:
        return None
    minutes = queries.sparklines(names)
    least = minutes.groupby("tag")["min"].min().reindex(range(len(names)))
    return pd.Series(least.to_numpy(), list(names)).reindex(list(tags)).to_numpy(dtype=float)


class Details(NamedTuple):
    """One tag: readings, newest first; shares of the last hours in each state [%].

    `quality` is that of the readings, with their reasons, as `quality.assess` returns it. `changes`
    are the last ones of its state within a day, see `alarms.changes`; of alarms with `extreme`, the
    value farthest beyond its limits, and `extreme_at`. `curve` is what `_curve` returns.
    """

    tag: Tag
    readings: pd.DataFrame
    time_in_state: dict[int, dict[str, float]]
    changes: pd.DataFrame
    quality: pd.DataFrame
    curve: pd.DataFrame


def readings(name: str, count: int = LAST_READINGS) -> pd.DataFrame:
    """Return the newest readings of a tag, newest first; columns ts (UTC), value, qc.

    Raises
    ------
    BadInput
        If the historian knows no such tag.
    HistorianUnavailable
        If the historian does not answer.
    """
    _tag(name)
    return queries.tail((name,), count).drop(columns="tag").iloc[::-1]


def _tag(name: str) -> Tag:
    tag = queries.tag(name)
    if tag is None:
        raise BadInput("unknown_tag", tag=name)
    return tag


def details(name: str, zone: str) -> Details:
    """Return the details of a tag: rule, last readings and changes, time in state of the shifts.

    Raises
    ------
    BadInput
        If the historian knows no such tag.
    HistorianUnavailable
        If the historian does not answer.
    """
    tag, newest = _tag(name), readings(name)
    moment = queries.latest((name,)).attrs["now"]
    start = moment - timedelta(hours=max(SHIFTS))
    levels = _levels(tag, start, moment, zone)
    level, bad, reach, value = levels[:4]
    shares = {
        shift: alarms.time_in_state(level, bad, reach, moment - timedelta(hours=shift), moment)
        for shift in SHIFTS
    }
    of_states = value if tag.kind == kinds.STATE else None
    changes = alarms.changes(level, bad, reach, start, moment, of_states).head(LAST_CHANGES)
    assessed = _assessed(tag, newest, _gap(tag))
    curve = _curve(tag, moment - timedelta(hours=min(SHIFTS)), moment, zone)
    return Details(tag, newest, shares, _with_extremes(changes, levels, tag), assessed, curve)


def _assessed(tag: Tag, newest: pd.DataFrame, gap: float) -> pd.DataFrame:
    """Return quality and reasons of readings, newest first, by those before them as well."""
    if newest.empty:
        return quality.assess(newest.set_index("ts"), tag.checks, gap)
    rows = newest.iloc[::-1].set_index("ts")[["value", "qc"]]
    before = readings_before(tag, rows.index[0].to_pydatetime())
    whole = joined(before, rows.assign(place=np.arange(len(rows))))
    return quality.assess(whole, tag.checks, gap).reindex(pd.DatetimeIndex(newest["ts"]))


def _curve(tag: Tag, start: datetime, stop: datetime, zone: str) -> pd.DataFrame:
    """Return the mean with least and greatest of [start, stop), of other kinds what was last.

    Returns
    -------
    DataFrame, index bucket, `CURVE_MINUTES` apart; columns mean, low, high [tag unit], NaN where
    nothing is trusted; none where rollups lack.
    """
    minute = buckets.resolution("1m")
    frame = queries.history(queries.request(tag.name, minute, start, stop, zone, tag.checks))
    columns = ["avg", "min", "max"] if tag.kind == kinds.VALUE else ["last"] * 3
    good = frame[columns].set_axis(["mean", "low", "high"], axis=1).mask(frame["marked"])
    weight = frame["n"].where(good["mean"].notna()) if tag.kind == kinds.VALUE else 1.0
    every = f"{CURVE_MINUTES}min"
    # By UTC: a time that occurs twice in a zone has no floor there.
    buckets_of = pd.DatetimeIndex(good.index).tz_convert("UTC").floor(every)
    groups = good.assign(mean=good["mean"] * weight, n=weight).groupby(buckets_of)
    if tag.kind != kinds.VALUE:
        return groups.agg({"mean": "last", "low": "last", "high": "last"})
    means = groups.agg({"mean": "sum", "low": "min", "high": "max", "n": "sum"})
    return means.assign(mean=means["mean"] / means.pop("n").replace(0, np.nan))


def _with_extremes(changes: pd.DataFrame, levels: "_Levels", tag: Tag) -> pd.DataFrame:
    """Return changes with the value farthest beyond the limits of each alarm, and its time."""
    limits = tag.checks.limits
    low = next((each for each in (limits.lo, limits.lo_lo) if each is not None), -np.inf)
    high = next((each for each in (limits.hi, limits.hi_hi) if each is not None), np.inf)
    beyond = pd.concat([levels.high - high, low - levels.low], axis=1).mask(levels.bad)
    extremes, times = [], []
    for since, state, seconds in changes[["since", "state", "seconds"]].itertuples(index=False):
        stop = since + pd.Timedelta(seconds, "s")
        within = np.flatnonzero((beyond.index >= since) & (beyond.index < stop))
        far = beyond.iloc[within].to_numpy(np.float64)
        if state not in ALARM_STATES or np.isnan(far).all():
            extremes.append(np.nan)
            times.append(pd.NaT)
            continue
        row, side = divmod(int(np.nanargmax(far)), 2)
        extremes.append(float((levels.low if side else levels.high).iloc[within[row]]))
        times.append(beyond.index[within[row]])
    moments = pd.to_datetime(pd.Series(times, changes.index, dtype=object), utc=True)
    return changes.assign(extreme=np.array(extremes, float), extreme_at=moments)


class _Levels(NamedTuple):
    """Alarm levels, what is BAD, how long each level holds at most [s]; the values [tag unit].

    `low` and `high`: the least and greatest value that each of them tells of.
    """

    level: pd.Series
    bad: pd.Series
    reach: Floats
    value: pd.Series
    low: pd.Series
    high: pd.Series


def _levels(tag: Tag, start: datetime, stop: datetime, zone: str) -> _Levels:
    """Return the levels of a tag in [start, stop).

    From the readings, or from minutes where there are too many of them; either begins with the
    readings before the window from which its first states follow.
    """
    gap, holds = _gap(tag), reaches(tag, start, stop, zone)
    request = queries.request(tag.name, None, start, stop, zone, tag.checks)
    try:
        frame = queries.history(request)
    except BadInput:
        return _minute_levels(tag, holds, start, stop, zone)
    value = frame["last"].fillna(frame["bad_value"])
    within = pd.DataFrame({"value": value, "qc": frame["qc"], "place": np.arange(len(frame))})
    whole = joined(readings_before(tag, request.start), within)
    levels = alarms.annotated(whole, tag.checks, gap, queries.reach())
    value, bad = levels["value"], levels["quality"] == quality.BAD
    reach = arrays.stepped(holds, arrays.nanoseconds(levels.index))
    return _Levels(levels["alarm"], bad, reach, value, value, value)


def _gap(tag: Tag) -> float:
    """Return the longest spacing that is no gap now [s]."""
    return float(gaps.limit(tag.checks, queries.spacing(tag.name)))


def _minute_levels(
    tag: Tag,
    holds: tuple[tuple[int, float], ...],
    start: datetime,
    stop: datetime,
    zone: str,
) -> _Levels:
    """Return what `_levels` does, of minutes: the worst level of each, and its last value.

    A minute that holds bad values which could not be left out is BAD whole: they are no alarm.
    """
    minute = buckets.resolution("1m")
    request = queries.request(tag.name, minute, start, stop, zone, tag.checks)
    frame = queries.history(request)
    before = readings_before(tag, request.start)
    bad = quality.assess(before, tag.checks, holds[0][1])["quality"] == quality.BAD
    numbers = ["min", "max", "first", "last"]
    earlier = pd.DataFrame(dict.fromkeys(numbers, before["value"].mask(bad)))
    counts = (frame["n"] + frame["bad"]).cumsum() - 1
    good = frame[numbers].mask(frame["marked"])
    whole = joined(earlier.assign(place=before["place"]), good.assign(place=counts))
    level = alarms.bucket_levels(whole, tag.checks, queries.reach())
    reach = arrays.stepped(holds, arrays.nanoseconds(whole.index)).clip(min=minute.seconds)
    return _Levels(level, whole["max"].isna(), reach, whole["last"], whole["min"], whole["max"])
