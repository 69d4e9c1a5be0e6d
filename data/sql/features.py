"""What is asked of the features of five minutes, as they are stored and as readings give them."""

from functools import lru_cache
from typing import Any

from sqlalchemy import Double, Select, func, select

from data.buckets import Resolution
from data.sql.qc import QcCode
from data.sql.readings import FIRST_COLUMN, START, STOP, TAG, bucket_of, good
from data.sql.tables import VALUE, features_5m, influx_hist


@lru_cache
def features_statement() -> Select[Any]:
    """Return bucket and the columns of `features_5m` of `tag` in [start, stop), by time."""
    stored = features_5m.c
    inside = (stored.tag_name == TAG, stored.bucket >= START, stored.bucket < STOP)
    columns = (c for c in stored if c.name != "tag_name")
    return select(*columns).where(*inside).order_by(stored.bucket)


@lru_cache
def raw_features_statement(flagged: QcCode | None) -> Select[Any]:
    """Return what `features_statement` does, of the good readings in [start, stop)."""
    hist, value = influx_hist.c, VALUE
    within = (hist.tag_name == TAG, hist.ts >= START, hist.ts < STOP)
    return (
        select(
            bucket_of(influx_hist.c.ts, Resolution("5m", 300)).label("bucket"),
            func.avg(value, type_=Double).label("mean_5m"),
            func.stddev_samp(value, type_=Double).label("std_5m"),
            func.min(value).label("min_5m"),
            func.max(value).label("max_5m"),
            func.percentile_cont(0.1).within_group(value).label("p10_5m"),
            func.percentile_cont(0.9).within_group(value).label("p90_5m"),
            func.count().label("n_5m"),
        )
        .where(*within, good(flagged))
        .group_by(FIRST_COLUMN)
        .order_by(FIRST_COLUMN)
    )
