"""What decides an alarm that the newest readings leave open: a look-back of a day or a month.

What a look-back found stands for its question until a newer reading decides it otherwise, so only
the readings since then are looked at again.
"""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from data.analysis import alarms, arrays, quality, states
from data.db import cache, cached, read_frame
from data.queries.catalog import catalog, degrading
from data.queries.latest import SEARCH_AGAIN_S, SEARCH_S, spacings
from data.sql import (
    HOURS_BACK,
    READINGS_BACK,
    held_since_statement,
    held_statement,
    reaching_statement,
)

#: How long an answer for the details of a tag is shared [s].
HELD_S = 5.0
#: Readings that one statement may look at: a tenth of a second of work for the historian.
LOOKED_AT_ONCE = 250_000
#: A reading may come in so much later than its time and still be seen at the next look; one that is
#: later yet is seen when everything is searched again.
LATE = timedelta(seconds=300)
#: tag_name, low, high, floor, ceiling; a reading decides it with value < low or value >= high, and
#: floor <= value <= ceiling [tag unit]
Question = tuple[str, float, float, float, float]


class _Answer(NamedTuple):
    """What decides a question, NaT and NaN if nothing does, as far as it was sought."""

    ts: Any  # Timestamp or NaT
    value: float
    until: datetime
    made: float


_NOTHING = _Answer(pd.NaT, np.nan, datetime(1970, 1, 1, tzinfo=UTC), 0.0)


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


def answered(
    asked: pd.DataFrame, names: tuple[str, ...], now: datetime, trusted: pd.DataFrame
) -> pd.DataFrame:
    """Return the questions of `states.ambiguous` with what decides them.

    Parameters
    ----------
    asked : columns tag (place in `names`), level, low, high, floor, ceiling, since
    now : the database's clock when the readings were read that left them open
    trusted : those readings, as in `Recent`

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
    answers, place = _kept(now), asked["tag"].to_numpy()
    count = np.bincount(trusted["tag"].to_numpy(np.int64), minlength=len(names))
    # Where there are fewer, nothing newer than what was looked at can decide: it would be there.
    moved = (count >= alarms.TRUSTED_COUNT)[place].tolist()
    known = zip(questions, moved, strict=True)
    _go_on(answers, [question for question, some in known if some and question in answers], now)
    unknown = [question for question in questions if question not in answers]
    _search(answers, unknown, now, _least(spacings(names).to_numpy()[np.unique(place)]))
    cache.remember("held", {each: answers[each] for each in questions if each in answers})
    found = [answers.get(question, _NOTHING) for question in questions]
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


def _least(spacing: arrays.Floats) -> float:
    """Return the least spacing [s]; where none is known, that of a fast tag."""
    return float(spacing[spacing > 0].min(initial=86_400.0)) if (spacing > 0).any() else 1.0


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


def _search(
    answers: dict[Question, _Answer], unknown: list[Question], now: datetime, spacing: float
) -> None:
    """Look all the way back, as long as a tick may take; the next goes on with the rest."""
    begun = made = time.monotonic()
    for piece in _pieces(unknown, spacing):
        frame = _sought(piece, None)
        for question, ts, value in zip(piece, frame["ts"], frame["value"], strict=True):
            answers[question] = _Answer(ts, value, now, made)
            # Spread out, so that not all are due again at one tick.
            made -= SEARCH_AGAIN_S / 2 / len(unknown)
        if time.monotonic() - begun > SEARCH_S:
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
