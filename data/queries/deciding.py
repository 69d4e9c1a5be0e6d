"""Which reading decides a limit: the question, how far back, how many of them at once."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pandas as pd

from data.analysis import arrays
from data.db import cached, read_frame
from data.queries.catalog import catalog, degrading
from data.sql import HOURS_BACK, READINGS_BACK, deciding_statement

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
    statement = deciding_statement(3_600 in catalog().rollups)
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


def least(spacing: arrays.Floats) -> float:
    """Return the least spacing of tags [s]; where none is known, that of a fast tag."""
    return float(spacing[spacing > 0].min(initial=86_400.0)) if (spacing > 0).any() else 1.0
