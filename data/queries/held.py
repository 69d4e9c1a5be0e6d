"""What decides an alarm that the newest readings leave open: a look-back of a day or a month.

What a look-back found stands for its question until a newer reading decides it otherwise, so only
the readings since then are looked at again.
"""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from data.analysis import quality, states
from data.db import cache, cached, read_frame
from data.queries.catalog import catalog, degrading
from data.queries.latest import SEARCH_AGAIN_S, spacings
from data.sql import (
    HOURS_BACK,
    READINGS_BACK,
    held_since_statement,
    held_statement,
    reaching_statement,
)

#: How long an answer for the details of a tag is shared [s].
HELD_S = 5.0
#: Readings that one statement may look at: half a second of work for the historian.
LOOKED_AT_ONCE = 1_000_000
#: A reading may come in so much later than its time and still be seen at the next look.
LATE = timedelta(seconds=60)
#: tag_name, low, high, floor, ceiling; a reading decides it with value < low or value >= high, and
#: floor <= value <= ceiling [tag unit]
Question = tuple[str, float, float, float, float]


class _Answer(NamedTuple):
    """What decides a question, NaT and NaN if nothing does, as far as it was sought."""

    ts: Any  # Timestamp or NaT
    value: float
    until: datetime
    made: float


@cached(HELD_S)
def held(questions: tuple[Question, ...], at: datetime | None = None) -> pd.DataFrame:
    """Return the newest reading that decides each question of a look-back.

    Parameters
    ----------
    at : where the look-back starts; None: now

    Returns
    -------
    DataFrame, a row a question in the order asked; columns ts, value, NaT and NaN without one.
    """
    return _sought(questions, at)


@degrading
def _sought(questions: Sequence[Question], at: datetime | None) -> pd.DataFrame:
    statement = held_statement(3_600 in catalog().rollups)
    frame = read_frame(statement, {**_arrays(questions), "at": at})
    return frame.set_index("tag").reindex(range(len(questions))).reset_index(drop=True)


def _arrays(questions: Sequence[Question]) -> dict[str, list[str] | list[float]]:
    names = ("tags", "lows", "highs", "floors", "ceilings")
    columns = zip(*questions, strict=True) if questions else ([],) * 5
    return {name: list(column) for name, column in zip(names, columns, strict=True)}


def look_back() -> timedelta:
    """Return how old a reading may be that still decides a held alarm."""
    return HOURS_BACK if 3_600 in catalog().rollups else READINGS_BACK


def answered(asked: pd.DataFrame, names: tuple[str, ...], now: datetime) -> pd.DataFrame:
    """Return the questions of `states.ambiguous` with what decides them.

    Parameters
    ----------
    asked : columns tag (place in `names`), level, low, high, floor, ceiling, since
    now : the database's clock when the readings were read that left them open

    Returns
    -------
    DataFrame, as `asked`, besides `ts` and `value` of what decides, NaT and NaN without it, and
    `reached`: whether there is a trusted reading at or before `since`
    """
    numbers = asked[["low", "high", "floor", "ceiling"]].to_numpy(dtype=float).tolist()
    questions: list[Question] = [
        (names[place], low, high, floor, ceiling)
        for place, (low, high, floor, ceiling) in zip(asked["tag"], numbers, strict=True)
    ]
    answers = _kept(now)
    _go_on(answers, [question for question in questions if question in answers], now)
    _search(answers, [question for question in questions if question not in answers], now)
    found = [answers[question] for question in questions]
    cache.remember("held", dict(zip(questions, found, strict=True)))
    ts = pd.DatetimeIndex([each.ts for each in found], tz="UTC")
    result = asked.reset_index(drop=True).assign(ts=ts, value=[each.value for each in found])
    return result.assign(reached=_reached(result, names))


def _kept(now: datetime) -> dict[Question, _Answer]:
    """Return the answers of the last look-back that may stand, too old ones emptied."""
    answers: dict[Question, _Answer] = cache.recall("held") or {}
    oldest, made = pd.Timestamp(now - look_back()), time.monotonic() - SEARCH_AGAIN_S
    return {
        question: answer._replace(ts=pd.NaT, value=np.nan) if answer.ts < oldest else answer
        for question, answer in answers.items()
        if answer.made > made
    }


def _go_on(answers: dict[Question, _Answer], known: list[Question], now: datetime) -> None:
    """Look at the readings since these questions were answered."""
    if not known:
        return
    sinces = [answers[question].until - LATE for question in known]
    frame = read_frame(held_since_statement(), {**_arrays(known), "sinces": sinces, "at": None})
    for question in known:
        answers[question] = answers[question]._replace(until=now)
    for place, ts, value in zip(frame["tag"], frame["ts"], frame["value"], strict=True):
        question = known[place]
        if not ts <= answers[question].ts:
            answers[question] = answers[question]._replace(ts=ts, value=value)


def _search(answers: dict[Question, _Answer], unknown: list[Question], now: datetime) -> None:
    made = time.monotonic()
    for piece in _pieces(unknown):
        frame = _sought(piece, None)
        for question, ts, value in zip(piece, frame["ts"], frame["value"], strict=True):
            answers[question] = _Answer(ts, value, now, made)


def _pieces(questions: list[Question]) -> Iterator[list[Question]]:
    """Yield questions in pieces that one statement can answer in its time."""
    if not questions:
        return
    back = timedelta(hours=1) if look_back() == HOURS_BACK else READINGS_BACK
    spacing = np.nanmin([1.0, *spacings(tuple(dict.fromkeys(q[0] for q in questions)))])
    size = max(1, int(LOOKED_AT_ONCE * spacing / back.total_seconds()))
    for first in range(0, len(questions), size):
        yield questions[first : first + size]


def _reached(found: pd.DataFrame, names: tuple[str, ...]) -> "pd.Series[bool]":
    """Return whether a flat tag has a trusted reading as old as its flat stretch must be."""
    asked = found[(found["level"] == states.FLAT) & found["ts"].isna()]
    reached = found["ts"].notna()
    if len(asked):
        values = {
            "tags": [names[place] for place in asked["tag"]],
            "lows": asked["floor"].tolist(),
            "highs": asked["ceiling"].tolist(),
            "untils": [each.to_pydatetime() for each in asked["since"]],
            "depth": quality.LOOK_BACK,
        }
        frame = read_frame(reaching_statement(), values)
        reached.loc[asked.index[frame["tag"].to_numpy()]] = True
    return reached
