"""What every statement says of readings: its parameters, which readings count, their buckets."""

from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Double,
    SmallInteger,
    Text,
    and_,
    bindparam,
    func,
    literal,
    literal_column,
)
from sqlalchemy.dialects.postgresql import INTERVAL

from data.analysis import quality
from data.buckets import Resolution
from data.sql.tables import influx_hist
from data.windows import EPOCH, WEEK

#: Every time is a timestamptz; the names that all statements about one tag bind.
TIME = DateTime(timezone=True)
TAG = bindparam("tag", type_=Text)
START, STOP = bindparam("start", type_=TIME), bindparam("stop", type_=TIME)
LOW, HIGH = bindparam("low", type_=Double), bindparam("high", type_=Double)
#: The ends of what a number can be calculated with: finite, and see `quality.LARGEST`.
INFINITY = literal_column("'Infinity'::float8", Double)
ABSURD = literal_column(f"{quality.LARGEST!r}::float8", Double)
#: Counts as floats, so that a sum of counts is read as a number and not as numeric.
ZERO, ONE = (literal_column(f"{number}::float8", Double) for number in (0, 1))
#: In GROUP BY and ORDER BY: the first column, without its expression and parameters again.
FIRST_COLUMN: ColumnElement[Any] = literal_column("1")


def flag(flagged: bool) -> ColumnElement[Any]:
    """Return the source's flag of a reading, 0 where the historian keeps none."""
    zero = literal_column("0", SmallInteger)
    return func.coalesce(influx_hist.c.qc, zero) if flagged else zero


def finite(value: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return whether a number is finite; to PostgreSQL NaN is greater than infinity."""
    return and_(value < INFINITY, value > -INFINITY)


def sane(value: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return whether a number can be calculated with: finite, and far from an overflow."""
    return func.abs(value) < ABSURD


def good(flagged: bool) -> ColumnElement[bool]:
    """Return whether a reading counts, whatever the span of its rule: sane and not flagged."""
    sound = sane(influx_hist.c.value)
    return and_(sound, flag(flagged) == 0) if flagged else sound


def bucket_of(time: Any, width: Resolution, zone: str) -> ColumnElement[Any]:
    """Return the start of the bucket that holds a time; days and weeks are those of the zone."""
    if width.local:
        unit = "week" if width.seconds == WEEK else "day"
        return func.date_trunc(unit, time, zone, type_=TIME)
    stride = literal(timedelta(seconds=width.seconds), INTERVAL)
    return func.date_bin(stride, time, literal(EPOCH, TIME), type_=TIME)
