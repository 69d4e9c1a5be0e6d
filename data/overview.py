"""What the overview shows: every tag's condition now, its last hour, and the details of one tag."""

from datetime import datetime, timedelta
from typing import NamedTuple

import pandas as pd

from data import alarm, card, condition, quality, queries, rules
from data.errors import BadInput

REFERENCE_S = 3600
LAST_READINGS = 10
SHIFTS = (8, 24)


class Now(NamedTuple):
    """What is true of every tag at one moment of the database's clock.

    `judged` is the answer of `condition` with attrs["now"]; `delta` the change since the reference.
    """

    tags: pd.DataFrame
    known: dict[str, rules.Rule]
    judged: pd.DataFrame
    delta: pd.Series


def now() -> Now:
    """Return the condition of every known tag.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    tags, known = queries.tags(), queries.rules()
    names = tuple(tags.index)
    latest, trusted, reference = queries.recent(names, REFERENCE_S)
    moment = latest.attrs["now"]
    open_questions = condition.ambiguous(latest, trusted, known)
    held = None if open_questions.empty else queries.answered(open_questions, names)
    judged = condition.condition(moment, latest, trusted, known, queries.spacings(names), held)
    judged.attrs["now"] = moment
    delta = card.deltas(moment, judged, reference, known, REFERENCE_S)["delta"]
    return Now(tags, known, judged, delta)


def gaps(tags: pd.DataFrame, known: dict[str, rules.Rule]) -> pd.Series:
    """Return the longest spacing of each tag that is no gap [s]."""
    spacing = queries.spacings(tuple(tags.index))
    return pd.Series(
        [quality.gap_seconds(known.get(name), spacing[name]) for name in tags.index], tags.index
    )


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
        shift: alarm.time_in_state(*levels, moment - timedelta(hours=shift), moment)
        for shift in SHIFTS
    }
    return Details(rule, last, shares)


def _levels(
    tag: str, rule: rules.Rule | None, gap: float, start: datetime, stop: datetime, zone: str
) -> tuple[pd.Series, pd.Series, float]:
    """Return alarm levels, what is BAD, and how long a level holds at most [s].

    From the readings; from minutes, which know no deadband, where there are too many of them.
    """
    applied = rules.applied(rule)
    low = applied.min_val if applied.allow_negative else max(applied.min_val or 0.0, 0.0)
    span = (low, applied.max_val)
    try:
        frame = queries.history(tag, "raw", start, stop, zone, *span)
    except BadInput:
        frame = queries.history(tag, "1m", start, stop, zone, *span)
        level = alarm.bucket_levels(frame["min"], frame["max"], rules.limits(applied))
        return _judged(level, rule), frame["n"] == 0, max(gap, 60.0)
    value = frame["last"].fillna(frame["bad_value"])
    judged = alarm.annotated(pd.DataFrame({"value": value, "qc": frame["qc"]}), rule, gap)
    return judged["alarm"], judged["quality"] == quality.BAD, gap


def _judged(level: pd.Series, rule: rules.Rule | None) -> pd.Series:
    return level if rules.state(rule) == rules.ACTIVE else level * 0 + alarm.UNJUDGED
