"""The database's clock: while the database does not answer too, and whether it fell behind."""

import math
import time
from datetime import datetime, timedelta

from data.db import pace
from data.db.cache import Answer, cached, recall, remember
from data.db.lanes import Busy
from data.db.pool import database_now
from data.db.stored import worker
from data.errors import HistorianUnavailable

#: How long a look at the database's clock is trusted [s]: a page asks at each of its ticks.
LOOK_S = 2.0
#: How long who looks into a shared cache counts on from the last look [s]. What lies there needs
#: no statement, and was refused behind those that do, or waited. `Watch` looks each 5 s.
COUNTED_ON_S = 15.0


@cached(LOOK_S, in_process=True, private=True)
def _start(_worker: str) -> datetime:
    """Return the database's time when the steady clock of this worker was at 0."""
    begun = time.monotonic()
    now = database_now()
    answered = time.monotonic()
    look(now, begun, answered)
    remember("within", (answered - begun) / 2)
    return now - timedelta(seconds=(begun + answered) / 2)


def now() -> Answer[datetime]:
    """Return the database's now, aware UTC; where it cannot be asked, counted on steadily.

    Raises
    ------
    HistorianUnavailable
        If the database does not answer, and never told it.
    Busy
        If it never told it, and as many requests are at the historian as may be.
    """
    try:
        start = _start.answer(worker())
    except Busy:
        last = _start.kept(worker())
        if last is None:
            raise
        start = last
    return _counted_on(start)


def _counted_on(start: Answer[datetime]) -> Answer[datetime]:
    value = start.value + timedelta(seconds=time.monotonic())
    return Answer(value, start.as_of, start.error, start.age)


def shared() -> float:
    """Return the database's now [s since 1970], by which all workers of a shared cache go.

    NaN until the database answers for the first time: by the clock of this machine, which may be
    an hour off, an old answer of another one would look current.

    Raises
    ------
    Busy
        If it never did, and as many requests are at the historian as may be.
    """
    last = _start.kept(worker())
    if last is not None and last.age < COUNTED_ON_S:
        return _counted_on(last).value.timestamp()
    try:
        return now().value.timestamp()
    except HistorianUnavailable:
        return math.nan


def look(now: datetime, asked: float, answered: float) -> None:
    """Remember what the database's clock said.

    Parameters
    ----------
    asked, answered : between these two moments, by the steady clock [s]
    """
    latest = pace.Look(now.timestamp(), asked, answered, time.time())
    remember("pace", pace.following(recall("pace"), latest))


def behind() -> float:
    """Return by how much the database's clock has fallen behind [s], 0 where it has not.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer, and never did.
    """
    known: pace.Pace | None = recall("pace")
    if known is None or time.monotonic() - known.at > LOOK_S:
        now()
        known = recall("pace")
    return known.behind if known else 0.0
