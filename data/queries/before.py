"""What came before a window, for the tests and alarms that look back from its readings."""

from datetime import datetime, timedelta

import pandas as pd

from data.analysis import Checks
from data.db import cached, read_frame
from data.queries.history import HISTORY_S
from data.queries.relations import catalog, degrading
from data.sql import before_statement


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
