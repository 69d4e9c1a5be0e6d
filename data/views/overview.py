"""What the overview shows: every tag's state now, and the details of one tag."""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd

from data import buckets, queries
from data.analysis import Checks, alarms, checks, deltas, gaps, quality, states
from data.errors import BadInput
from data.queries import Tag

#: The change on a card is since an hour ago: a shift sees a drift that ten minutes hide.
REFERENCE_S = 3600
#: Readings that the details list: what fits without scrolling.
LAST_READINGS = 10
#: Hours that time in state is told of: a shift, and a day.
SHIFTS = (8, 24)


class Now(NamedTuple):
    """What is true of every tag at one moment of the database's clock.

    `states` is the answer of `tag_states` with attrs["now"]; `delta` the change since the
    reference.
    """

    states: pd.DataFrame
    delta: pd.Series


def now(tags: Mapping[str, Tag]) -> Now:
    """Return the state of every one of these tags.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    names = tuple(tags)
    latest, trusted, reference = queries.recent(names, REFERENCE_S)
    moment, many = latest.attrs["now"], checks.stacked([tag.checks for tag in tags.values()])
    open_questions = states.ambiguous(latest, trusted, many)
    held = None
    if len(open_questions):
        held = queries.look_back_answers(open_questions, names, moment, trusted)
    spacing = queries.spacings(names).to_numpy()
    found = states.tag_states(moment, latest, trusted, many, spacing, held)
    found.attrs["now"] = moment
    return Now(found, deltas.deltas(moment, found, reference, many, REFERENCE_S))


class Details(NamedTuple):
    """One tag: readings, newest first; shares of the last hours in each state [%]."""

    tag: Tag
    readings: pd.DataFrame
    time_in_state: dict[int, dict[str, float]]


def readings(name: str, count: int = LAST_READINGS) -> pd.DataFrame:
    """Return the newest readings of a tag, newest first; columns ts (UTC), value, qc.

    Raises
    ------
    BadInput
        If the historian knows no such tag.
    """
    _known(name)
    return queries.tail((name,), count).drop(columns="tag").iloc[::-1]


def _known(name: str) -> Tag:
    tag = queries.tags().get(name)
    if tag is None:
        raise BadInput("unknown_tag", tag=name)
    return tag


def details(name: str, zone: str) -> Details:
    """Return the details of a tag: rule, last readings, time in state of the last shifts.

    Raises
    ------
    BadInput
        If the historian knows no such tag.
    HistorianUnavailable
        If the historian does not answer.
    """
    tag, last = _known(name), readings(name)
    moment = queries.latest((name,)).attrs["now"]
    levels = _levels(tag, moment - timedelta(hours=max(SHIFTS)), moment, zone)
    shares = {
        shift: alarms.time_in_state(*levels, moment - timedelta(hours=shift), moment)
        for shift in SHIFTS
    }
    return Details(tag, last, shares)


def _levels(
    tag: Tag, start: datetime, stop: datetime, zone: str
) -> tuple[pd.Series, pd.Series, float]:
    """Return alarm levels, what is BAD, and how long a level holds at most [s].

    From the readings, or from minutes where there are too many of them; either begins with what
    came before the window and decides or holds in it.
    """
    gap = float(gaps.limit(tag.checks, queries.spacing(tag.name)))
    request = queries.request(tag.name, None, start, stop, zone, tag.checks)
    try:
        frame = queries.history(request)
    except BadInput:
        return _minute_levels(tag, gap, start, stop, zone)
    value = frame["last"].fillna(frame["bad_value"])
    within = pd.DataFrame({"value": value, "qc": frame["qc"], "place": np.arange(len(frame))})
    whole = _joined(_before(tag, request.start), within)
    told = alarms.annotated(whole, tag.checks, gap, queries.look_back())
    return told["alarm"], told["quality"] == quality.BAD, gap


def _minute_levels(
    tag: Tag, gap: float, start: datetime, stop: datetime, zone: str
) -> tuple[pd.Series, pd.Series, float]:
    """Return what `_levels` does, of minutes: the worst level that each contained."""
    minute = buckets.resolution("1m")
    request = queries.request(tag.name, minute, start, stop, zone, tag.checks)
    frame = queries.history(request)
    before = _before(tag, request.start)
    bad = quality.assess(before, tag.checks, gap)["quality"] == quality.BAD
    numbers = ["min", "max", "first", "last"]
    earlier = pd.DataFrame(dict.fromkeys(numbers, before["value"].mask(bad)))
    counts = (frame["n"] + frame["bad"]).cumsum() - 1
    whole = _joined(earlier.assign(place=before["place"]), frame[numbers].assign(place=counts))
    level = alarms.bucket_levels(whole, tag.checks, queries.look_back())
    return level, whole["max"].isna(), max(gap, float(minute.seconds))


def _before(tag: Tag, start: datetime) -> pd.DataFrame:
    """Return the readings before a time from which the states after it follow.

    As on the card: the newest ones, and for each limit what the look-back finds.

    Returns
    -------
    DataFrame, index ts (UTC), sorted; columns value, qc, place
    """
    held = queries.deciding_readings(_questions(tag.name, tag.checks), start).dropna()
    held = held.assign(qc=0, place=-(2**62))  # older than any look-back by number sees
    return _joined(held.set_index("ts"), queries.before(tag.name, start, tag.checks))


def _questions(name: str, asked: Checks) -> tuple[tuple[str, float, float, float, float], ...]:
    """Return what a look-back asks of a tag, a question a limit."""
    zone = alarms.zones(asked.limits, asked.deadband)
    return tuple(
        (name, float(low), float(high), asked.low, asked.high)
        for low, high in zip(zone.low, zone.high, strict=True)
        if not math.isnan(low)
    )


def _joined(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return rows and those that follow them, by time (UTC); the later ones where both know it."""
    rows = pd.concat([before.tz_convert("UTC"), after.tz_convert("UTC")])
    return rows[~rows.index.duplicated(keep="last")].sort_index()
