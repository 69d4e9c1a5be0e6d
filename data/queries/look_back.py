"""What decides an alarm that the newest readings leave open: a look-back of a day or a month.

An answer stands for its question until a newer reading decides it otherwise, so only the readings
since then are read again.
"""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from data.analysis import alarms, arrays, quality, states
from data.db import cache, cached, read_frame
from data.queries.latest import SEARCH_AGAIN_S, SEARCH_S, spacings
from data.queries.relations import catalog, degrading
from data.sql import (
    HOURS_BACK,
    READINGS_BACK,
    deciding_since_statement,
    deciding_statement,
    reaching_statement,
)

#: How long an answer for the details of a tag is shared [s].
DECIDING_S = 5.0
#: Readings that one statement may look at: a tenth of a second of work for the historian.
READINGS_AT_ONCE = 250_000
#: A reading that arrives up to this long after its own time is seen by the next look-back; one
#: that arrives later still is seen when the look-back starts anew.
LATENESS = timedelta(seconds=300)
#: tag_name, low, high, floor, ceiling; a reading decides it with value < low or value >= high, and
#: floor <= value <= ceiling [tag unit]
Question = tuple[str, float, float, float, float]


class _Answer(NamedTuple):
    """What decides a question, NaT and NaN if nothing does, of the readings up to `until`."""

    ts: Any  # Timestamp or NaT
    value: float
    until: datetime
    made_at: float


_NOTHING = _Answer(pd.NaT, np.nan, datetime(1970, 1, 1, tzinfo=UTC), 0.0)


@cached(DECIDING_S)
def deciding_readings(questions: tuple[Question, ...], at: datetime | None = None) -> pd.DataFrame:
    """Return the newest reading that decides each question of a look-back.

    Parameters
    ----------
    questions : of a tag more than one, a limit each
    at : where the look-back starts, aware; None: now

    Returns
    -------
    DataFrame, a row a question in their order; columns ts (UTC), value, NaT and NaN without one.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    return _deciding_readings(questions, at)


@degrading
def _deciding_readings(questions: Sequence[Question], at: datetime | None) -> pd.DataFrame:
    has = catalog()
    statement = deciding_statement(3_600 in has.rollups, has.flagged)
    frame = read_frame(statement, {**_arrays(questions), "at": at})
    return frame.set_index("tag").reindex(range(len(questions))).reset_index(drop=True)


def _arrays(questions: Sequence[Question]) -> dict[str, list[str] | list[float]]:
    names = ("tags", "lows", "highs", "floors", "ceilings")
    columns = zip(*questions, strict=True) if questions else ([],) * 5
    return {name: list(column) for name, column in zip(names, columns, strict=True)}


def look_back() -> timedelta:
    """Return the age up to which a reading decides an alarm: 30 days with hours, else 24 h."""
    return HOURS_BACK if 3_600 in catalog().rollups else READINGS_BACK


def look_back_answers(
    open_questions: pd.DataFrame, names: tuple[str, ...], now: datetime, trusted: pd.DataFrame
) -> pd.DataFrame:
    """Return the questions of `states.ambiguous` with what decides them.

    Parameters
    ----------
    open_questions : columns tag (place in `names`), level, low, high, floor, ceiling, since
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
    numbers = open_questions[["low", "high", "floor", "ceiling"]].to_numpy(dtype=float).tolist()
    questions: list[Question] = [
        (names[place], low, high, floor, ceiling)
        for place, (low, high, floor, ceiling) in zip(open_questions["tag"], numbers, strict=True)
    ]
    answers, place = _valid_answers(now), open_questions["tag"].to_numpy()
    count = np.bincount(trusted["tag"].to_numpy(np.int64), minlength=len(names))
    # A tag with fewer trusted readings has none beyond them, so nothing newer can decide.
    is_full = (count >= alarms.TRUSTED_COUNT)[place].tolist()
    pairs = zip(questions, is_full, strict=True)
    _go_on(answers, [question for question, some in pairs if some and question in answers], now)
    unanswered = [question for question in questions if question not in answers]
    _search(answers, unanswered, now, _least(spacings(names).to_numpy()[np.unique(place)]))
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
    oldest, made_at = pd.Timestamp(now - look_back()), time.monotonic() - SEARCH_AGAIN_S
    return {
        question: answer._replace(ts=pd.NaT, value=np.nan) if answer.ts < oldest else answer
        for question, answer in answers.items()
        if answer.made_at > made_at and answer.until <= now + LATENESS
    }


def _least(spacing: arrays.Floats) -> float:
    """Return the least spacing [s]; where none is known, that of a fast tag."""
    return float(spacing[spacing > 0].min(initial=86_400.0)) if (spacing > 0).any() else 1.0


def _go_on(answers: dict[Question, _Answer], questions: list[Question], now: datetime) -> None:
    """Bring the answers to these questions up to now, from the readings since then."""
    if not questions:
        return
    sinces = [answers[question].until - LATENESS for question in questions]
    values = {**_arrays(questions), "sinces": sinces, "at": None}
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
        frame = _deciding_readings(piece, None)
        for question, ts, value in zip(piece, frame["ts"], frame["value"], strict=True):
            answers[question] = _Answer(ts, value, now, made_at)
            # Spread out, so that not all are due again at one tick.
            made_at -= SEARCH_AGAIN_S / 2 / len(questions)
        if time.monotonic() - start > SEARCH_S:
            break


def _pieces(questions: list[Question], spacing: float) -> Iterator[list[Question]]:
    """Yield questions in pieces that one statement can answer in its time.

    Parameters
    ----------
    spacing : the least of the tags' spacings [s]
    """
    if not questions:
        return
    back = timedelta(hours=1) if look_back() == HOURS_BACK else READINGS_BACK
    size = max(1, int(READINGS_AT_ONCE * spacing / back.total_seconds()))
    for first in range(0, len(questions), size):
        yield questions[first : first + size]


def _reaches(answers: pd.DataFrame, names: tuple[str, ...]) -> "pd.Series[bool]":
    """Return whether a flat tag has a trusted reading as old as its flat stretch must be."""
    flat = answers[(answers["level"] == states.FLAT) & answers["ts"].isna()]
    reaches = answers["ts"].notna()
    if len(flat):
        values = {
            "tags": [names[place] for place in flat["tag"]],
            "lows": flat["floor"].tolist(),
            "highs": flat["ceiling"].tolist(),
            "untils": [each.to_pydatetime() for each in flat["since"]],
            "depth": quality.LOOK_BACK,
        }
        frame = read_frame(reaching_statement(catalog().flagged), values)
        reaches.loc[flat.index[frame["tag"].to_numpy()]] = True
    return reaches
