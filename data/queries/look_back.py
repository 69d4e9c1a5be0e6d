"""What decides an alarm that the newest readings leave open: a look-back of a day or a month.

An answer stands for its question until a newer reading decides it otherwise, so only the readings
since then are read again. And the hours of the last day, with what decides the first of them.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from data import buckets
from data.analysis import alarms, hours, states
from data.db import HistorianUnavailable, cache, cached, database_now
from data.queries.asking import read_frame
from data.queries.deciding import (
    LATENESS,
    Question,
    arrays_of,
    at_once,
    deciding_readings,
    least_spacing,
    older,
    questions_of,
    reach,
)
from data.queries.latest import spacings, spans_of
from data.queries.relations import catalog, degrading, waits_from
from data.queries.tick import SEARCH_AGAIN_S, SEARCH_S
from data.sql import deciding_since_statement, hours_statement, missing_hours_statement

logger = logging.getLogger("ksys")

#: How long the hours of a day are shared [s]: asked for once a minute.
DAY_S = 50.0
#: How long it is shared what decided a limit before them [s]; readings that old rarely come late.
BEFORE_DAY_S = 600.0
#: After it took too long it is not asked for [s].
SLOW_DAY_S = 600.0
#: Most hours that a rollup lacks of which the readings are looked for, the newest: tags that report
#: by exception have many without any.
MOST_HOURS = 500
#: Most readings in hours of which a rollup may hold a part only: a fifth of a second.
MOST_HOUR_READINGS = 200_000
#: The rollups without which the hours of a day cost too much to be asked for [s].
DAY_ROLLUPS = {60, 3_600}


class _Answer(NamedTuple):
    """What decides a question, NaT and NaN if nothing does, of the readings up to `until`."""

    ts: Any  # Timestamp or NaT
    value: float
    until: datetime
    made_at: float


_NOTHING = _Answer(pd.NaT, np.nan, datetime(1970, 1, 1, tzinfo=UTC), 0.0)


def look_back_answers(
    open_questions: pd.DataFrame, names: tuple[str, ...], now: datetime, trusted: pd.DataFrame
) -> pd.DataFrame:
    """Return the questions of `states.ambiguous` with what decides them.

    Parameters
    ----------
    open_questions : columns tag (place in `names`), level, low, high, floor, ceiling, side, since
    now : the database's clock when the readings were read that left them open
    trusted : those readings, as in `Recent`

    Returns
    -------
    DataFrame, as `open_questions`, besides `ts` and `value` of what decides, NaT and NaN without
    it, and `reached`: whether there is a trusted reading at or before `since`

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    questions = questions_of(names, open_questions)
    answers, place = _valid_answers(now), open_questions["tag"].to_numpy()
    count = np.bincount(trusted["tag"].to_numpy(np.int64), minlength=len(names))
    # A tag with fewer trusted readings has none beyond them, so nothing newer can decide.
    is_full = (count >= alarms.TRUSTED_COUNT)[place].tolist()
    pairs = zip(questions, is_full, strict=True)
    _go_on(answers, [question for question, some in pairs if some and question in answers], now)
    unanswered = [question for question in questions if question not in answers]
    _search(answers, unanswered, now, least_spacing(spacings(names).to_numpy()[np.unique(place)]))
    cache.remember("look_back", {each: answers[each] for each in questions if each in answers})
    in_order = [answers.get(question, _NOTHING) for question in questions]
    ts = pd.DatetimeIndex([each.ts for each in in_order], tz="UTC")
    value = [each.value for each in in_order]
    result = open_questions.reset_index(drop=True).assign(ts=ts, value=value)
    return result.assign(reached=_reaches(result, names))


def _valid_answers(now: datetime) -> dict[Question, _Answer]:
    """Return the answers of the last look-back; those older than it reaches decide nothing.

    None of a clock that has stepped back since: what came after its `until` is not what is newer.
    """
    answers: dict[Question, _Answer] = cache.recall("look_back") or {}
    oldest, made_at = pd.Timestamp(now - reach()), time.monotonic() - SEARCH_AGAIN_S
    return {
        question: answer._replace(ts=pd.NaT, value=np.nan) if answer.ts < oldest else answer
        for question, answer in answers.items()
        if answer.made_at > made_at and answer.until <= now + LATENESS
    }


def _go_on(answers: dict[Question, _Answer], questions: list[Question], now: datetime) -> None:
    """Bring the answers to these questions up to now, from the readings since then."""
    if not questions:
        return
    sinces = [answers[question].until - LATENESS for question in questions]
    values = {**arrays_of(questions), "sinces": sinces, "at": None}
    frame = read_frame(deciding_since_statement(catalog().flagged), values)
    for question in questions:
        answers[question] = answers[question]._replace(until=now)
    for place, ts, value in zip(frame["tag"], frame["ts"], frame["value"], strict=True):
        question = questions[place]
        if not ts <= answers[question].ts:
            answers[question] = answers[question]._replace(ts=ts, value=value)


def _search(
    answers: dict[Question, _Answer], questions: list[Question], now: datetime, spacing: float
) -> None:
    """Look all the way back, as long as a tick may take; the next goes on with the rest."""
    start = made_at = time.monotonic()
    for piece in _pieces(questions, spacing):
        frame = deciding_readings.function(tuple(piece), None)
        for question, ts, value in zip(piece, frame["ts"], frame["value"], strict=True):
            answers[question] = _Answer(ts, value, now, made_at)
            # Spread out, so that not all are due again at one tick.
            made_at -= SEARCH_AGAIN_S / 2 / len(questions)
        if time.monotonic() - start > SEARCH_S:
            break


def _pieces(questions: Sequence[Question], spacing: float) -> Iterator[Sequence[Question]]:
    """Yield questions in pieces that one statement can answer in its time.

    Parameters
    ----------
    spacing : the least of the tags' spacings [s]
    """
    size = at_once(spacing) if questions else 1  # to know that may take a statement
    for first in range(0, len(questions), size):
        yield questions[first : first + size]


def _reaches(answers: pd.DataFrame, names: tuple[str, ...]) -> "pd.Series[bool]":
    """Return whether a flat tag has a trusted reading as old as its flat stretch must be."""
    flat = answers[(answers["level"] == states.FLAT) & answers["ts"].isna()]
    reaches = answers["ts"].notna()
    if len(flat):
        untils = [each.to_pydatetime() for each in flat["since"]]
        reaches.loc[flat.index[older(names, flat, untils, has_hours=False)]] = True
    return reaches


@cached(DAY_S)
@degrading
def day(names: tuple[str, ...]) -> pd.DataFrame | None:
    """Return the last 24 hours of each tag, by the database's clock.

    None without the rollups, and for ten minutes after the historian did not answer in time: the
    last hour of the cards does not wait for their day.

    Returns
    -------
    DataFrame, a row an hour of a tag that has readings: tag (place in `names`), bucket (UTC), min,
    max, first, last [tag unit] of what is not BAD, NaN without any, bad (whether above 0 something
    is); a minute that holds a number outside the span counts as BAD whole; attrs newest: the hour
    that is filling, now: the time up to which readings count (aware).

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    has, slow_at = catalog(), cache.recall("slow_day")
    is_slow = slow_at is not None and time.monotonic() - slow_at < SLOW_DAY_S
    if is_slow or not set(has.rollups) >= DAY_ROLLUPS:
        return None
    now = database_now()
    newest = pd.Timestamp(buckets.floor(now, buckets.resolution("1h"), "UTC"))
    start = (newest - pd.Timedelta(hours=hours.HOURS - 1)).to_pydatetime()
    values = {"tags": list(names), "start": start, "stop": now, **spans_of(names)}
    values |= waits_from(start, now, 60, 3_600)
    try:
        rows = read_frame(hours_statement(has.flagged, has.left), values)
    except HistorianUnavailable as failure:
        if failure.key != "historian_timeout":
            raise
        logger.warning("the last day of all tags takes too long: no card shows it for a while")
        cache.remember("slow_day", time.monotonic())
        return None
    rows = rows.assign(stored=rows["part"] == 0, finer=rows["part"].isin([1, 2]))
    each = rows.sort_values(["tag", "bucket", "part"]).groupby(["tag", "bucket"], as_index=False)
    how = {"min": "min", "max": "max", "first": "first", "last": "last", "bad": "sum"}
    frame = each.agg({**how, "n": "sum", "stored": "max", "finer": "max"})
    frame["stored"] &= ~frame.pop("finer")
    if not has.logged:
        frame = _with_missing_hours(_with_short_hours(frame, names), names, pd.Timestamp(start))
    frame.attrs.update(newest=newest, now=now)
    return frame


def _with_missing_hours(
    frame: pd.DataFrame, names: tuple[str, ...], start: pd.Timestamp
) -> pd.DataFrame:
    """Return hours with those, from the readings, that a rollup lacks before a tag's newest one."""
    missing = hours.missing(frame, len(names), start)
    if not len(missing):
        return frame
    read = _hours_of_readings(missing[:MOST_HOURS], names)
    return pd.concat([frame, read], ignore_index=True)


def _with_short_hours(frame: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """Return hours with those from the readings of which a rollup holds fewer than there are."""
    short = hours.short(frame)[:MOST_HOURS]
    short = short[short["most"].cumsum() <= MOST_HOUR_READINGS]
    if not len(short):
        return frame
    read = _hours_of_readings(short, names).set_index(["tag", "bucket"])
    counted = frame.set_index(["tag", "bucket"])
    more = read[read["n"] > counted["n"].reindex(read.index)]
    others = counted[~counted.index.isin(more.index)]
    return pd.concat([others, more]).reset_index()


def _hours_of_readings(wanted: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """Return these hours (tag, bucket) of the readings; none of an hour without any."""
    tag = wanted["tag"].to_numpy()
    values = {name: np.array(each)[tag].tolist() for name, each in spans_of(names).items()}
    values |= {"tags": [names[place] for place in tag]}
    values |= {"start": wanted["bucket"].min().to_pydatetime()}
    values |= {"hours": [each.to_pydatetime() for each in wanted["bucket"]]}
    hours = read_frame(missing_hours_statement(catalog().flagged), values)
    return hours.assign(tag=tag[hours["tag"].to_numpy()], stored=False)


@cached(BEFORE_DAY_S)
def before_day(questions: tuple[Question, ...], start: datetime, spacing: float) -> list[float]:
    """Return the value that decides each question before a time, NaN without one [tag unit].

    Parameters
    ----------
    spacing : the least of the tags' spacings [s]

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    values = list[float]()
    for piece in _pieces(questions, spacing):
        values += deciding_readings.function(tuple(piece), start)["value"].tolist()
    return values
