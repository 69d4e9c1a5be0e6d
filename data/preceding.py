"""What came before a window, for the tests that compare a reading with those before it."""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import pandas as pd
from sqlalchemy import Select, and_, bindparam, select, union_all

from data.cache import cached
from data.catalog import catalog, degrading
from data.engine import read_frame
from data.history import HISTORY_S
from data.quality import SPIKE_READINGS
from data.rules import Rule
from data.statements import HIGH, LOW, START, TAG, TIME, finite, flag
from data.tables import influx_hist
from data.windows import MAX_READINGS

SINCE = bindparam("since", type_=TIME)
TRUSTED = SPIKE_READINGS + 1
#: Readings that are looked through for trusted ones: a tag that is BAD for a year has none.
SOUGHT = 5_000


@lru_cache
def preceding_statement(flagged: bool) -> Select[Any]:
    """Return ts, value, qc of `tag` in [since, start), and of its trusted readings before."""
    hist = influx_hist.c
    every = select(hist.ts, hist.value, flag(flagged).label("qc")).where(hist.tag_name == TAG)
    fresh = every.where(hist.ts >= SINCE, hist.ts < START)
    fresh = fresh.order_by(hist.ts.desc()).limit(MAX_READINGS)
    old = every.where(hist.ts < SINCE).order_by(hist.ts.desc()).limit(SOUGHT).subquery("old")
    trusted = and_(finite(old.c.value), old.c.value >= LOW, old.c.value <= HIGH)
    kept = select(*old.c).where(trusted).order_by(old.c.ts.desc()).limit(TRUSTED)
    parts = (part.subquery(name) for name, part in (("fresh", fresh), ("kept", kept)))
    rows = union_all(*(select(*part.c) for part in parts)).subquery("rows")
    return select(*rows.c).order_by(rows.c.ts)


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
