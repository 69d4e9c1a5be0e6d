"""What came before a window, for the tests that compare a reading with those before it."""

from datetime import datetime, timedelta

import pandas as pd

from data.analysis import Rule
from data.db import cached, read_frame
from data.queries.catalog import catalog, degrading
from data.queries.history import HISTORY_S
from data.sql import preceding_statement


@cached(HISTORY_S)
@degrading
def preceding(
    tag: str, start: datetime, low: float, high: float, flat_seconds: float
) -> pd.DataFrame:
    """Return the readings that decide the quality of those from `start` on.

    Parameters
    ----------
    low, high : what the instrument can read; a reading outside is not trusted [tag unit]
    flat_seconds : how far the stuck test looks back [s]

    Returns
    -------
    DataFrame, index ts (UTC), sorted; columns value, qc: all of the last flat_seconds, and the
    last 61 trusted ones before those, as many as the spike test needs.
    """
    since = start - timedelta(seconds=flat_seconds)
    values = {"tag": tag, "start": start, "since": since, "low": low, "high": high}
    return read_frame(preceding_statement(catalog().flagged), values).set_index("ts")


def compares(rule: Rule) -> bool:
    """Whether a rule has a test that compares a reading with those before it."""
    tests = (rule.max_step, rule.roc_max_per_min, rule.spike_zscore, rule.flat_seconds)
    return any(bound is not None for bound in tests)
