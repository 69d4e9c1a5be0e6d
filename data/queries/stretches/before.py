"""What tags were in just before a window: the readings by which their limits stood."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from data.analysis import alarms, arrays, seams, spikes
from data.queries.asking import read_columns
from data.queries.deciding import Question, at_once, deciding_readings
from data.queries.plan import time_of
from data.queries.relations import catalog
from data.queries.stretches.asking import JUST, Asked, Pieces, readings, spacings, trusted
from data.sql import HOURS_BACK, before_row_statement, newest_before_statement, trusted_statement

NUMBERS = ("min", "max", "first", "last")
HOUR = 3_600 * 10**9


def surely_inside(asked: Asked, begin: int, width: int, *, adjacent: bool) -> arrays.Mask:
    """Return which tags had been quiet in the newest row of a rollup before a time [ns].

    Parameters
    ----------
    adjacent : only a row that ends just then tells
    """
    start = time_of(begin) - HOURS_BACK
    values = {
        "tags": [each.tag for each in asked.questions],
        "floors": asked.quiet.floor.tolist(),
        "ceilings": asked.quiet.ceiling.tolist(),
        "start": start,
        "stop": time_of(begin),
    }
    rows = read_columns(before_row_statement(width), values)
    tag, ends = rows["tag"], arrays.nanoseconds(rows["bucket"]) + width * 10**9
    inside = np.zeros(len(asked.questions), dtype=bool)
    inside[tag[ends == begin] if adjacent else tag] = True
    return inside


def rows_before(asked: Asked, tags: arrays.Whole, begin: int) -> pd.DataFrame:
    """Return the readings of some tags before a time from which their state follows.

    As on the card: what decides each limit within the look-back, and the newest readings that are
    not BAD, however old. With the very newest one, where that is BAD.

    Returns
    -------
    DataFrame, columns tag, at [ns], seconds (0), min, max, first, last, by tag and time
    """
    parts = [_NOTHING]
    if len(tags):
        newest = _newest(asked, tags, begin)
        parts = [_deciding(asked, _open_limits(asked, tags, newest, begin), begin), *newest]
    tag, at, value = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.lexsort((at, tag))
    again = (tag[order][1:] == tag[order][:-1]) & (at[order][1:] == at[order][:-1])
    order = order[np.append(~again, True)[: len(order)]]
    columns = {"tag": tag[order], "at": at[order], "seconds": np.zeros(len(order))}
    return pd.DataFrame(columns | dict.fromkeys(NUMBERS, value[order]))


def stored(asked: Asked, rows: pd.DataFrame, tags: arrays.Whole) -> arrays.Whole:
    """Return of which of some tags a rollup told all that stood before a window.

    Parameters
    ----------
    rows : what `rows_before` returns
    """
    mine = rows[rows["tag"].isin(tags)]
    if not len(mine):
        return tags[:0]
    at = mine["at"].to_numpy(np.int64)
    moments = Pieces(mine["tag"].to_numpy(np.int64), at, at + JUST)
    there = readings(asked, moments, 1)["tag"].to_numpy()
    return np.setdiff1d(moments.tag, there)


def newest_good(asked: Asked, begin: int) -> pd.DataFrame:
    """Return the newest readings of tags before a time that are not BAD, as far as they are there.

    Returns
    -------
    DataFrame, columns tag, at [ns], value, by tag and time
    """
    rows, _bad = _newest(asked, np.arange(len(asked.questions)), begin)
    return pd.DataFrame(rows._asdict()).sort_values(["tag", "at"], ignore_index=True)


class _Rows(NamedTuple):
    """Readings of tags, by their places; the value NaN where one is BAD."""

    tag: arrays.Whole
    at: arrays.Whole
    value: arrays.Floats


_NOTHING = _Rows(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))


def _newest(asked: Asked, tags: arrays.Whole, begin: int) -> tuple[_Rows, _Rows]:
    """Return the newest readings of tags that are not BAD, and the very newest where it is."""
    names = [asked.questions[place].tag for place in tags.tolist()]
    many, until = asked.many.take(tags), time_of(begin - JUST)
    values = {"tags": names, "lows": many.low.tolist(), "highs": many.high.tolist()}
    values |= {"untils": [until] * len(names)}
    values |= {"count": alarms.TRUSTED_COUNT, "depth": spikes.LOOK_BACK}
    flagged = catalog().flagged
    rows = read_columns(trusted_statement(flagged), values)
    place = rows["tag"]
    value = trusted(rows["value"], rows["qc"] != 0, many.take(place))
    found = _Rows(tags[place], arrays.nanoseconds(rows["ts"]), value)
    # Of the very newest one the place is 1: only where that is BAD it is still to be asked for.
    unknown = np.setdiff1d(np.arange(len(tags)), place[rows["place"] == 1])
    if not len(unknown):
        return found, _NOTHING
    values = {"tags": [names[each] for each in unknown.tolist()], "at": until}
    rows = read_columns(newest_before_statement(flagged), values)
    bad = tags[unknown[rows["tag"]]]
    return found, _Rows(bad, arrays.nanoseconds(rows["ts"]), np.full(len(bad), np.nan))


class _Limit(NamedTuple):
    """A limit of which nobody knows yet what decides it, and the place of its tag."""

    tag: int
    question: Question


def _open_limits(
    asked: Asked, tags: arrays.Whole, newest: tuple[_Rows, _Rows], begin: int
) -> list[_Limit]:
    """Return the limits that the newest readings of tags do not decide.

    Only those of the last hour: an older one may be followed by an hour whose readings are gone,
    and of which a rollup still tells.
    """
    rows, limits = newest[0], list[_Limit]()
    near = rows.at > begin - HOUR
    for place in tags.tolist():
        name, checks = asked.questions[place][:2]
        zone = alarms.zones(checks.limits, checks.deadband)
        value = rows.value[near & (rows.tag == place)]
        decided = ((value[:, None] < zone.low) | (value[:, None] >= zone.high)).any(axis=0)
        for k in np.flatnonzero(~decided & ~np.isnan(zone.low)).tolist():
            bounds = (float(zone.low[k]), float(zone.high[k]), checks.low, checks.high)
            limits.append(_Limit(place, (name, *bounds, float(alarms.SET_SIDE[k]))))
    return limits


def _deciding(asked: Asked, limits: Sequence[_Limit], begin: int) -> _Rows:
    """Return what decides limits."""
    if not limits:
        return _NOTHING
    names = [asked.questions[place].tag for place in dict.fromkeys(each.tag for each in limits)]
    size = at_once(float(np.nanmin(spacings(names, 3, begin), initial=60.0)))
    questions, at = tuple(each.question for each in limits), time_of(begin - JUST)
    parts = [
        deciding_readings.function(questions[first : first + size], at)
        for first in range(0, len(questions), size)
    ]
    frame = pd.concat(parts, ignore_index=True)
    times, value = arrays.nanoseconds(frame["ts"]), arrays.numbers(frame["value"])
    tag = np.array([each.tag for each in limits])
    there = times != arrays.NEVER
    bounds = np.array([each.question[1:3] for each in limits])
    for place in np.unique(tag[there]).tolist():
        mine = there & (tag == place)
        times[mine] = seams.in_turn(times[mine], value[mine], alarms.Zones(*bounds[mine].T))
    return _Rows(tag[there], times[there], value[there])
