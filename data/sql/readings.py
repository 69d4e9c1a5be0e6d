"""What every statement says of readings: parameters, which readings count, buckets, features."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    DateTime,
    Double,
    Select,
    SmallInteger,
    Text,
    and_,
    bindparam,
    case,
    cast,
    column,
    func,
    lateral,
    literal,
    literal_column,
    or_,
    select,
    true,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import INTERVAL, aggregate_order_by

from data.analysis import quality
from data.buckets import Piece, Resolution
from data.sql.qc import GOOD_VALUES, QcCode
from data.sql.tables import VALUE, features_5m, influx_hist
from data.windows import EPOCH

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


def flag(flagged: QcCode | None) -> ColumnElement[Any]:
    """Return the source's flag of a reading: 0 where it is good, or the historian keeps none.

    This alone knows what `qc` means; everything else asks whether the flag is 0. A flag stays as it
    is, of a code it is 1 what is not good. NULL is good.
    """
    zero, one = (literal_column(number, SmallInteger) for number in "01")
    if flagged is None or flagged is QcCode.OPEN:
        return one if flagged else zero
    qc = influx_hist.c.qc
    if flagged is QcCode.FLAG:
        return func.coalesce(qc, zero)
    is_good = or_(qc.is_(None), *(_between(qc, *ends) for ends in GOOD_VALUES[flagged]))
    return case((is_good, zero), else_=one)


def _between(number: Any, first: int, last: int) -> ColumnElement[bool]:
    return and_(number >= literal_column(str(first)), number <= literal_column(str(last)))


def finite(value: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return whether a number is finite; to PostgreSQL NaN is greater than infinity."""
    return and_(value < INFINITY, value > -INFINITY)


def sane(value: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return whether a number can be calculated with: finite, and far from an overflow."""
    return func.abs(value) < ABSURD


def unflagged(flagged: QcCode | None) -> ColumnElement[bool]:
    """Return whether the source of a reading finds no fault with it."""
    return flag(flagged) == 0 if flagged else true()


def good(flagged: QcCode | None) -> ColumnElement[bool]:
    """Return whether a reading counts, whatever the span of its rule: sane and not flagged."""
    return and_(sane(VALUE), unflagged(flagged))


def bucket_of(time: Any, width: Resolution, cuts: str = "") -> ColumnElement[Any]:
    """Return the start of the bucket that holds a time.

    Parameters
    ----------
    cuts : a letter for each of `buckets.pieces`, as `cuts_of` gives them; empty: UTC multiples.
        Bound are `until_k` and `edge_k`: the origin of steps (s), the one bucket there is (o)
    """
    stride = literal(timedelta(seconds=width.seconds), INTERVAL)
    if not cuts:
        return func.date_bin(stride, time, literal(EPOCH, TIME), type_=TIME)
    starts: list[Any] = []
    for place, kind in enumerate(cuts):
        edge = bindparam(f"edge_{place}", type_=TIME)
        starts.append(edge if kind == "o" else func.date_bin(stride, time, edge, type_=TIME))
    before = [time < bindparam(f"until_{place}", type_=TIME) for place in range(len(cuts) - 1)]
    *earlier, last = starts
    whole = case(*zip(before, earlier, strict=True), else_=last) if earlier else last
    return type_coerce(whole, TIME)


def stretch_by_stretch(rows: Select[Any], time: Any, name: str) -> Select[Any]:
    """Return those rows of a relation that lie in one of many stretches [start, stop).

    Parameters
    ----------
    time : of the rows
    name : of the arrays that are bound, `starts_<name>` and `stops_<name>`
    """
    arrays = (cast(bindparam(f"{edge}_{name}"), ARRAY(TIME)) for edge in ("starts", "stops"))
    columns = (column("start", TIME), column("stop", TIME))
    spans = func.unnest(*arrays).table_valued(*columns, name=f"spans_{name}").render_derived()
    # OFFSET 0: one look into the index a stretch, where a join might read the years between.
    inside = rows.where(time >= spans.c.start, time < spans.c.stop)
    each = lateral(inside.offset(literal_column("0")).correlate(spans), f"each_{name}")
    return select(*each.c).select_from(spans.join(each, true()))


def cuts_of(pieces: Sequence[Piece]) -> tuple[str, dict[str, datetime]]:
    """Return how buckets lie as `bucket_of` takes it: the letters, and what is to be bound."""
    edges = {f"edge_{place}": each.origin or each.held for place, each in enumerate(pieces)}
    untils = {f"until_{place}": each.until for place, each in enumerate(pieces[:-1])}
    cuts = "".join("o" if each.held else "s" for each in pieces)
    return cuts, {name: time for name, time in {**edges, **untils}.items() if time}


@lru_cache
def features_statement() -> Select[Any]:
    """Return bucket and the columns of `features_5m` of `tag` in [start, stop), by time."""
    stored = features_5m.c
    inside = (stored.tag_name == TAG, stored.bucket >= START, stored.bucket < STOP)
    columns = (c for c in stored if c.name != "tag_name")
    return select(*columns).where(*inside).order_by(stored.bucket)


@lru_cache
def raw_features_statement(flagged: QcCode | None) -> Select[Any]:
    """Return what `features_statement` does, of the good readings in [start, stop).

    Those of `low` to `high` alone.
    """
    hist, value = influx_hist.c, VALUE
    within = (hist.tag_name == TAG, hist.ts >= START, hist.ts < STOP, value >= LOW, value <= HIGH)
    by_time = aggregate_order_by(value, hist.ts)  # or the plan would decide over a last digit
    return (
        select(
            bucket_of(influx_hist.c.ts, Resolution("5m", 300)).label("bucket"),
            func.avg(by_time, type_=Double).label("mean_5m"),
            func.stddev_samp(by_time, type_=Double).label("std_5m"),
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


@lru_cache
def block_statement(has_qc: bool, flagged: QcCode | None) -> Select[Any]:
    """Return ts, value of the first `most` readings of `tag` in [start, stop), by time.

    With `has_qc` their qc as it is stored, and their flag where that is another.
    """
    hist = influx_hist.c
    columns: list[Any] = [hist.ts, VALUE.label("value")]
    columns += [hist.qc] if has_qc else []
    columns += [] if flagged in (None, QcCode.FLAG) else [flag(flagged).label("flag")]
    within = (hist.tag_name == TAG, hist.ts >= START, hist.ts < STOP)
    most = bindparam("most", type_=BigInteger)
    return select(*columns).where(*within).order_by(hist.ts).limit(most)
