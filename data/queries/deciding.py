"""Which readings decide: those before a window, and those that set or reset a limit."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pandas as pd

from data.analysis import Checks, arrays
from data.db import cached, read_frame
from data.queries.plan import HISTORY_S
from data.queries.relations import catalog, degrading
from data.sql import HOURS_BACK, READINGS_BACK, before_statement, deciding_statement

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


@cached(DECIDING_S)
@degrading
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
    has = catalog()
    statement = deciding_statement(3_600 in has.rollups, has.flagged)
    frame = read_frame(statement, {**arrays_of(questions), "at": at})
    return frame.set_index("tag").reindex(range(len(questions))).reset_index(drop=True)


def arrays_of(questions: Sequence[Question]) -> dict[str, list[str] | list[float]]:
    """Return what a statement binds of questions."""
    names = ("tags", "lows", "highs", "floors", "ceilings")
    columns = zip(*questions, strict=True) if questions else ([],) * 5
    return {name: list(column) for name, column in zip(names, columns, strict=True)}


def reach() -> timedelta:
    """Return the age up to which a reading decides an alarm: 30 days with hours, else 24 h."""
    return HOURS_BACK if 3_600 in catalog().rollups else READINGS_BACK


def at_once(spacing: float) -> int:
    """Return how many questions one statement can answer in its time.

    Parameters
    ----------
    spacing : the least of the tags' spacings [s]
    """
    back = timedelta(hours=1) if reach() == HOURS_BACK else READINGS_BACK
    return max(1, int(READINGS_AT_ONCE * spacing / back.total_seconds()))


def least_spacing(spacing: arrays.Floats) -> float:
    """Return the least spacing of tags [s]; where none is known, that of a fast tag."""
    return float(spacing[spacing > 0].min(initial=86_400.0)) if (spacing > 0).any() else 1.0


def before(tag: str, start: datetime, checks: Checks) -> pd.DataFrame:
    """Return the readings that decide quality and alarm of those from `start` on.

    Parameters
    ----------
    start : aware; the first reading of a window, or its start
    checks : of the tag: its bounds and flat_seconds say which readings decide

    Returns
    -------
    DataFrame, index ts (UTC), sorted; columns value, qc, place (counting back from -1): all of the
    last flat_seconds, the last 61 that are not BAD of the 5,000 before those, and the very newest.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    # An infinite time means that no test looks back over a time.
    flat = checks.flat_seconds if checks.flat_seconds < float("inf") else 0.0
    return _before.answer(tag, start, checks.low, checks.high, flat).value


@cached(HISTORY_S)
@degrading
def _before(
    tag: str, start: datetime, low: float, high: float, flat_seconds: float
) -> pd.DataFrame:
    since = start - timedelta(seconds=flat_seconds)
    values = {"tag": tag, "start": start, "since": since, "low": low, "high": high}
    return read_frame(before_statement(catalog().flagged), values).set_index("ts")
