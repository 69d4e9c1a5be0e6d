"""What the overview shows: every tag's condition now, its last hour, and the details of one tag."""

import math
from datetime import datetime, timedelta
from typing import NamedTuple

import pandas as pd

from data import buckets, queries
from data.analysis import alarms, deltas, quality, rules, states
from data.errors import BadInput

REFERENCE_S = 3600
LAST_READINGS = 10
SHIFTS = (8, 24)


class Now(NamedTuple):
    """What is true of every tag at one moment of the database's clock.

    `judged` is the answer of `condition` with attrs["now"]; `delta` the change since the reference.
    """

    judged: pd.DataFrame
    delta: pd.Series


def now(tags: pd.DataFrame, known: dict[str, rules.Rule]) -> Now:
    """Return the condition of every one of these tags, by these rules.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    names = tuple(tags.index)
    latest, trusted, reference = queries.recent(names, REFERENCE_S)
    moment = latest.attrs["now"]
    open_questions = states.ambiguous(latest, trusted, known)
    held = None if open_questions.empty else queries.answered(open_questions, names)
    judged = states.condition(moment, latest, trusted, known, queries.spacings(names), held)
    judged.attrs["now"] = moment
    delta = deltas.deltas(moment, judged, reference, known, REFERENCE_S)["delta"]
    return Now(judged, delta)


class Details(NamedTuple):
    """One tag: readings, newest first; shares of the last hours in each state [%]."""

    rule: rules.Rule | None
    readings: pd.DataFrame
    time_in_state: dict[int, dict[str, float]]


def readings(tag: str, count: int = LAST_READINGS) -> pd.DataFrame:
    """Return the newest readings of a tag, newest first; columns ts (UTC), value, qc.

    Raises
    ------
    BadInput
        If the historian knows no such tag.
    """
    if not queries.known(tag):
        raise BadInput("unknown_tag", tag=tag)
    return queries.tail((tag,), count).drop(columns="tag").iloc[::-1]


def details(tag: str, zone: str) -> Details:
    """Return the details of a tag: rule, last readings, time in state of the last shifts.

    Raises
    ------
    BadInput
        If the historian knows no such tag.
    HistorianUnavailable
        If the historian does not answer.
    """
    last = readings(tag)
    rule = queries.rules().get(tag)
    moment = queries.latest((tag,)).attrs["now"]
    gap = quality.gap_seconds(rule, queries.spacing(tag))
    hours = max(SHIFTS)
    levels = _levels(tag, rule, gap, moment - timedelta(hours=hours), moment, zone)
    shares = {
        shift: alarms.time_in_state(*levels, moment - timedelta(hours=shift), moment)
        for shift in SHIFTS
    }
    return Details(rule, last, shares)


def _levels(
    tag: str, rule: rules.Rule | None, gap: float, start: datetime, stop: datetime, zone: str
) -> tuple[pd.Series, pd.Series, float]:
    """Return alarm levels, what is BAD, and how long a level holds at most [s].

    From the readings, or from minutes where there are too many of them; either begins with what
    came before the window and decides or holds in it.
    """
    span = _span(rules.applied(rule))
    try:
        frame = queries.history(tag, "raw", start, stop, zone, *span)
    except BadInput:
        return _minute_levels(tag, rule, gap, start, stop, zone)
    value = frame["last"].fillna(frame["bad_value"])
    within = pd.DataFrame({"value": value, "qc": frame["qc"]})
    whole = _joined(_before(tag, rule, start), within)
    judged = alarms.annotated(whole, rule, gap, queries.look_back())
    return judged["alarm"], judged["quality"] == quality.BAD, gap


def _minute_levels(
    tag: str, rule: rules.Rule | None, gap: float, start: datetime, stop: datetime, zone: str
) -> tuple[pd.Series, pd.Series, float]:
    """Return what `_levels` does, of minutes: the worst level that each contained."""
    start, applied = buckets.floor(start, buckets.resolution("1m"), "UTC"), rules.applied(rule)
    frame = queries.history(tag, "1m", start, stop, zone, *_span(applied))
    before = _before(tag, rule, start)
    trusted = before["value"].where(quality.assess(before, rule, gap)["quality"] != quality.BAD)
    numbers = ["min", "max", "first", "last"]
    whole = _joined(pd.DataFrame(dict.fromkeys(numbers, trusted)), frame[numbers])
    at, deadband = rules.limits(applied), rules.deadband(applied)
    level = alarms.bucket_levels(whole, at, deadband, queries.look_back())
    return _judged(level, rule), whole["max"].isna(), max(gap, 60.0)


def _span(applied: rules.Rule) -> tuple[float, float | None]:
    """Return what a reading that is not BAD lies between [tag unit]."""
    low = -math.inf if applied.min_val is None else applied.min_val
    return low if applied.allow_negative else max(low, 0.0), applied.max_val


def _before(tag: str, rule: rules.Rule | None, start: datetime) -> pd.DataFrame:
    """Return the readings before a time from which the states after it follow.

    As on the card: the newest ones, and for each limit what the look-back finds.

    Returns
    -------
    DataFrame, index ts (UTC), sorted; columns value, qc
    """
    applied = rules.applied(rule)
    zone = alarms.zones(rules.limits(applied), rules.deadband(applied))
    floor, high = _span(applied)
    ceiling = math.inf if high is None else high
    questions = tuple(
        (tag, float(edge), float(limit), floor, ceiling)
        for edge, limit in zip(zone.low, zone.high, strict=True)
        if not math.isnan(edge)
    )
    tail = queries.tail((tag,), queries.TAIL_DEPTH, start)
    held = queries.held(questions, start).dropna().assign(qc=0)
    return _joined(held.set_index("ts"), tail.set_index("ts")[["value", "qc"]])


def _joined(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return rows and those that follow them, by time (UTC); the later ones where both know it."""
    rows = pd.concat([before.tz_convert("UTC"), after.tz_convert("UTC")])
    return rows[~rows.index.duplicated(keep="last")].sort_index()


def _judged(level: pd.Series, rule: rules.Rule | None) -> pd.Series:
    return level if rules.state(rule) == rules.ACTIVE else level * 0 + alarms.UNJUDGED
