"""What is asked of the historian: pure builders of SQLAlchemy Core statements.

Buckets are half-open and start at UTC multiples of their width; days and weeks start at midnight
of the site zone. A reading is good when it is finite, not flagged by its source (`qc`) and inside
the span of its rule; statistics are those of good readings.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    ColumnElement,
    DateTime,
    Double,
    Integer,
    Select,
    SmallInteger,
    Subquery,
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
    null,
    or_,
    select,
    text,
    true,
    type_coerce,
    union_all,
)
from sqlalchemy.dialects.postgresql import INTERVAL, aggregate_order_by

from data.tables import ROLLUPS, features_5m, influx_hist, influx_qc_rule, influx_tag
from data.windows import EPOCH, WEEK, Resolution

Bound = float | None
INFINITY = literal_column("'Infinity'::float8", Double)
FUTURE = timedelta(seconds=5)
RAW = 0  # the width of a source of single readings

# The catalogue of PostgreSQL is none of our tables; to_regclass follows the search path.
CATALOG = text(
    """
    SELECT wanted.relation, attribute.attname::text AS "column"
    FROM unnest(CAST(:names AS text[])) AS wanted (relation)
    JOIN pg_attribute attribute ON attribute.attrelid = to_regclass(wanted.relation)
    WHERE attribute.attnum > 0 AND NOT attribute.attisdropped
      AND has_table_privilege(attribute.attrelid, 'SELECT')
    """
)
VERSIONS = text(
    """
    SELECT current_setting('server_version') AS postgresql,
           (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb') AS timescaledb
    """
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a window and the source it is read from (width in seconds, 0: readings)."""

    width: int
    start: datetime
    stop: datetime


def catalog_statement(names: Sequence[str]) -> Any:  # noqa: ANN401
    """Return the columns of those relations that exist and may be read."""
    asked = CATALOG.bindparams(bindparam("names", list(names)))
    return asked.columns(column("relation", Text), column("column", Text))


def versions_statement() -> Any:  # noqa: ANN401
    """Return the versions of server and extension (None without)."""
    return VERSIONS.columns(column("postgresql", Text), column("timescaledb", Text))


def _qc(flagged: bool) -> ColumnElement[Any]:
    if flagged:
        return func.coalesce(influx_hist.c.qc, literal_column("0", SmallInteger))
    return literal_column("0", SmallInteger)


def _finite(value: ColumnElement[Any]) -> ColumnElement[bool]:
    """NaN is greater than infinity in PostgreSQL."""
    return and_(value < INFINITY, value > -INFINITY)


def _good(low: Bound, high: Bound, flagged: bool) -> ColumnElement[bool]:
    value = influx_hist.c.value
    tests = [_finite(value)]
    if flagged:
        tests.append(_qc(flagged) == 0)
    if low is not None:
        tests.append(value >= low)
    if high is not None:
        tests.append(value <= high)
    return and_(*tests)


def _beyond(low: Bound, high: Bound, smallest: Any, largest: Any) -> ColumnElement[bool]:  # noqa: ANN401
    """Whether a stored bucket holds a value that is not finite or leaves the span."""
    lowest = -math.inf if low is None else low
    below = smallest < lowest if math.isfinite(lowest) else smallest <= -INFINITY
    above = largest >= INFINITY if high is None else largest > high
    return or_(below, above, smallest <= -INFINITY, largest >= INFINITY)


def raw_statement(tag: str, start: datetime, stop: datetime, flagged: bool) -> Select[Any]:
    """Return ts, value, qc of every reading in [start, stop), by time."""
    hist = influx_hist.c
    return (
        select(hist.ts, hist.value, _qc(flagged).label("qc"))
        .where(hist.tag_name == tag, hist.ts >= start, hist.ts < stop)
        .order_by(hist.ts)
    )


def count_statement(tag: str, start: datetime, stop: datetime) -> Select[Any]:
    """Return how many readings lie in [start, stop)."""
    hist = influx_hist.c
    inside = (hist.tag_name == tag, hist.ts >= start, hist.ts < stop)
    return select(func.count().label("n")).select_from(influx_hist).where(*inside)


def edges_statement(
    tag: str, widths: Sequence[int], start: datetime, stop: datetime
) -> Select[Any]:
    """Return now and, for each source, its newest bucket (or reading) in [start, stop)."""
    newest = [select(cast(func.now(), DateTime(timezone=True)).label("now"))]
    columns = [newest[0].selected_columns.now]
    for width in widths:
        relation, time = _source(width)
        inside = (relation.c.tag_name == tag, time >= start, time < stop)
        edge = select(func.max(time)).where(*inside).scalar_subquery()
        columns.append(edge.label(f"edge_{width}"))
    return select(*columns)


def _source(width: int) -> tuple[Any, Any]:
    if width == RAW:
        return influx_hist, influx_hist.c.ts
    return ROLLUPS[width], ROLLUPS[width].c.bucket


def bucket_of(time: Any, width: Resolution, zone: str) -> ColumnElement[Any]:  # noqa: ANN401
    """Return the start of the bucket that holds a time."""
    if width.local:
        unit = "week" if width.seconds == WEEK else "day"
        return func.date_trunc(unit, time, zone, type_=DateTime(timezone=True))
    stride = literal(timedelta(seconds=width.seconds), INTERVAL)
    origin = literal(EPOCH, DateTime(timezone=True))
    return func.date_bin(stride, time, origin, type_=DateTime(timezone=True))


def history_statement(
    tag: str,
    pieces: Sequence[Piece],
    width: Resolution,
    zone: str,
    *,
    low: Bound = None,
    high: Bound = None,
    flagged: bool = True,
    repaired: bool = False,
) -> Select[Any]:
    """Return a row a bucket from pieces of rollups and readings, by time.

    Parameters
    ----------
    pieces : stretches that do not overlap, each with its source
    low, high : span of the rule [tag unit]
    flagged : whether the readings have a qc column
    repaired : re-read stored buckets that contain bad values from the readings

    Returns
    -------
    Columns bucket, n, avg, sum, min, max, last, first, diff, bad (readings left out), bad_value
    (their extreme), marked (readings in stored buckets that contain bad values not left out).
    """
    parts = [_part(tag, piece, low, high, flagged, repaired) for piece in pieces]
    rows = (union_all(*parts) if len(parts) > 1 else parts[0]).subquery("rows")
    stored_width = pieces[0].width if len(pieces) == 1 else RAW
    if stored_width == width.seconds and not width.local:
        return _ungrouped(rows)
    return _grouped(rows, bucket_of(rows.c.time, width, zone))


def _part(
    tag: str, piece: Piece, low: Bound, high: Bound, flagged: bool, repaired: bool
) -> Select[Any]:
    if piece.width == RAW:
        return _readings(tag, piece, low, high, flagged)
    if repaired:
        return _repaired(tag, piece, low, high, flagged)
    return _stored(tag, piece, low, high)


def _readings(tag: str, piece: Piece, low: Bound, high: Bound, flagged: bool) -> Select[Any]:
    """Each reading as a bucket of its own; a bad one counts in `bad` only."""
    hist, good = influx_hist.c, _good(low, high, flagged)
    value = case((good, hist.value))
    return select(
        hist.ts.label("time"),
        case((good, 1.0), else_=0.0).label("n"),
        *(value.label(name) for name in ("sum", "min", "max", "first", "last")),
        case((good, 0.0), else_=1.0).label("bad"),
        case((good, null()), else_=hist.value).label("bad_value"),
        literal_column("0::float8", Double).label("marked"),
    ).where(hist.tag_name == tag, hist.ts >= piece.start, hist.ts < piece.stop)


def _stored(tag: str, piece: Piece, low: Bound, high: Bound) -> Select[Any]:
    rollup = ROLLUPS[piece.width].c
    beyond = _beyond(low, high, rollup.min, rollup.max)
    n = cast(rollup.n, Double)
    extreme = (
        rollup.max if high is None else case((rollup.max > high, rollup.max), else_=rollup.min)
    )
    return select(
        rollup.bucket.label("time"),
        n.label("n"),
        *(rollup[name] for name in ("sum", "min", "max", "first", "last")),
        literal_column("0::float8", Double).label("bad"),
        case((beyond, extreme)).label("bad_value"),
        case((beyond, n), else_=0.0).label("marked"),
    ).where(rollup.tag_name == tag, rollup.bucket >= piece.start, rollup.bucket < piece.stop)


def _repaired(tag: str, piece: Piece, low: Bound, high: Bound, flagged: bool) -> Select[Any]:
    """As stored, but buckets with bad values summed up from the readings, where all are there."""
    stored = _stored(tag, piece, low, high).subquery("stored")
    hist = influx_hist.c
    end = stored.c.time + literal(timedelta(seconds=piece.width), INTERVAL)
    inside = Piece(RAW, piece.start, piece.stop)
    readings = _readings(tag, inside, low, high, flagged)
    readings = readings.where(stored.c.marked > 0, hist.ts >= stored.c.time, hist.ts < end)
    again = readings.correlate(stored).subquery("readings")
    counted = select(func.count().label("total"), *_totals(again)).select_from(again)
    fresh = lateral(counted.correlate(stored), "fresh")
    whole = and_(stored.c.marked > 0, fresh.c.total >= stored.c.n)
    chosen = {name: case((whole, fresh.c[name]), else_=stored.c[name]) for name in _TOTALS}
    return select(
        stored.c.time, *(value.label(name) for name, value in chosen.items())
    ).select_from(stored.join(fresh, true()))


_TOTALS = ("n", "sum", "min", "max", "first", "last", "bad", "bad_value", "marked")


def _totals(rows: Subquery) -> list[ColumnElement[Any]]:
    """Return the sums over rows of `_TOTALS` shape; first and last by time."""
    some = rows.c.n > 0
    firsts = _in_order(rows.c.first, rows.c.time, some)
    lasts = _in_order(rows.c.last, rows.c.time, some)
    count = cast(func.count().filter(some), Integer)
    low, high = func.min(rows.c.bad_value), func.max(rows.c.bad_value)
    return [
        func.sum(rows.c.n).label("n"),
        func.sum(rows.c.sum).label("sum"),
        func.min(rows.c.min).label("min"),
        func.max(rows.c.max).label("max"),
        firsts[1].label("first"),
        lasts[count].label("last"),
        func.sum(rows.c.bad).label("bad"),
        case((high > func.max(rows.c.max), high), else_=low).label("bad_value"),
        func.sum(rows.c.marked).label("marked"),
    ]


def _in_order(value: Any, time: Any, some: Any) -> Any:  # noqa: ANN401
    """One order for first and last alike, so that one sort serves both."""
    ordered = func.array_agg(aggregate_order_by(value, time)).filter(some)
    return type_coerce(ordered, ARRAY(Double))


def _grouped(rows: Subquery, bucket: ColumnElement[Any]) -> Select[Any]:
    totals = {total.key: total for total in _totals(rows)}
    return _outcome(bucket, totals).group_by(literal_column("1")).order_by(literal_column("1"))


def _ungrouped(rows: Subquery) -> Select[Any]:
    totals = {name: rows.c[name] for name in _TOTALS}
    return _outcome(rows.c.time, totals).order_by(rows.c.time)


def _outcome(bucket: Any, totals: Any) -> Select[Any]:  # noqa: ANN401
    bare = {name: getattr(total, "element", total) for name, total in totals.items()}
    return select(
        bucket.label("bucket"),
        cast(bare["n"], BigInteger).label("n"),
        (bare["sum"] / func.nullif(bare["n"], 0.0)).label("avg"),
        *(type_coerce(bare[name], Double).label(name) for name in ("sum", "min", "max")),
        type_coerce(bare["last"], Double).label("last"),
        type_coerce(bare["first"], Double).label("first"),
        type_coerce(bare["last"] - bare["first"], Double).label("diff"),
        cast(bare["bad"], BigInteger).label("bad"),
        type_coerce(bare["bad_value"], Double).label("bad_value"),
        cast(bare["marked"], BigInteger).label("marked"),
    )


# ---- many tags in one statement -------------------------------------------------------------


def _asked(tags: Sequence[str], **arrays: Sequence[Bound]) -> Any:  # noqa: ANN401
    """Return the asked tags as rows (tag_name, further arrays, tag: ordinal from 1)."""
    lists = [cast(bindparam(None, list(tags)), ARRAY(Text))]
    columns: list[Any] = [column("tag_name", Text)]
    for name, values in arrays.items():
        lists.append(cast(bindparam(None, list(values)), ARRAY(Double)))
        columns.append(column(name, Double))
    unnested = func.unnest(*lists).table_valued(*columns, with_ordinality="tag", name="asked")
    return unnested.render_derived()


def _ordinal(asked: Any) -> Any:  # noqa: ANN401
    return cast(asked.c.tag - 1, BigInteger).label("tag")


def _newest(asked: Any, count: int, flagged: bool, *conditions: Any) -> Select[Any]:  # noqa: ANN401
    hist = influx_hist.c
    return (
        select(hist.ts, hist.value, _qc(flagged).label("qc"))
        .where(hist.tag_name == asked.c.tag_name, *conditions)
        .order_by(hist.ts.desc())
        .limit(count)
        .correlate(asked)
    )


def _now() -> ColumnElement[Any]:
    return type_coerce(func.now(), DateTime(timezone=True))


def latest_statement(tags: Sequence[str], flagged: bool) -> Select[Any]:
    """Return each asked tag's newest reading: tag (ordinal), ts, value, qc, clock, now.

    A reading later than now + 5 s is left out and sets `clock`. A tag without one has no ts.
    Two probes of the index a tag at most: the second only where the first is in the future.
    """
    asked, limit = _asked(tags), _now() + literal(FUTURE, INTERVAL)
    newest = lateral(_newest(asked, 1, flagged), "newest")
    ahead = newest.c.ts > limit
    before = _newest(asked, 1, flagged, influx_hist.c.ts <= limit).where(ahead)
    past = lateral(before.correlate(asked, newest), "past")
    columns = [
        case((ahead, past.c[name]), else_=newest.c[name]).label(name)
        for name in ("ts", "value", "qc")
    ]
    return select(
        _ordinal(asked),
        *columns,
        func.coalesce(ahead, literal_column("false"), type_=Boolean).label("clock"),
        _now().label("now"),
    ).select_from(asked.outerjoin(newest, true()).outerjoin(past, true()))


def tail_statement(tags: Sequence[str], count: int, flagged: bool) -> Select[Any]:
    """Return each asked tag's newest `count` readings, none from the future; in no order."""
    asked, limit = _asked(tags), _now() + literal(FUTURE, INTERVAL)
    newest = lateral(_newest(asked, count, flagged, influx_hist.c.ts <= limit), "newest")
    columns = (_ordinal(asked), newest.c.ts, newest.c.value, newest.c.qc)
    return select(*columns).select_from(asked.join(newest, true()))


def reference_statement(
    tags: Sequence[str],
    lows: Sequence[Bound],
    highs: Sequence[Bound],
    gaps: Sequence[float],
    at: datetime,
    flagged: bool,
) -> Select[Any]:
    """Return each tag's last reading that is not BAD in (at - gap, at]: tag, ts, value."""
    asked = _asked(tags, low=lows, high=highs, gap=gaps)
    hist = influx_hist.c
    back = func.make_interval(0, 0, 0, 0, 0, 0, asked.c.gap, type_=INTERVAL)
    time = literal(at, DateTime(timezone=True))
    sound = (
        _good(None, None, flagged),
        hist.value >= func.coalesce(asked.c.low, -INFINITY),
        hist.value <= func.coalesce(asked.c.high, INFINITY),
    )
    newest = lateral(
        _newest(asked, 1, flagged, hist.ts <= time, hist.ts > time - back, *sound), "newest"
    )
    columns = (_ordinal(asked), newest.c.ts, newest.c.value)
    return select(*columns).select_from(asked.join(newest, true()))


def spacings_statement(tags: Sequence[str], count: int, stop: datetime | None) -> Select[Any]:
    """Return the times of each asked tag's newest `count` readings before stop (or now)."""
    asked = _asked(tags)
    limit = _now() if stop is None else literal(stop, DateTime(timezone=True))
    newest = lateral(_newest(asked, count, False, influx_hist.c.ts <= limit), "newest")
    return select(_ordinal(asked), newest.c.ts).select_from(asked.join(newest, true()))


def sparklines_statement(
    tags: Sequence[str], start: datetime, stop: datetime, rolled: bool, flagged: bool
) -> Select[Any]:
    """Return avg, min, max a minute for each asked tag; what the rollup lacks from the readings."""
    asked = _asked(tags)
    minute = Resolution("1m", 60)
    hist, rollup = influx_hist.c, ROLLUPS[60].c
    columns = ("avg", "min", "max")
    edge: Any = literal(start, DateTime(timezone=True))
    parts = []
    if rolled:
        inside = (
            rollup.tag_name == asked.c.tag_name,
            rollup.bucket >= start,
            rollup.bucket < stop,
        )
        newest = lateral(select(func.max(rollup.bucket).label("edge")).where(*inside), "newest")
        source = asked.join(newest, true())
        edge = func.coalesce(newest.c.edge, edge)
        stored = lateral(
            select(rollup.bucket, *(rollup[name] for name in columns)).where(
                *inside, rollup.bucket < newest.c.edge
            ),
            "stored",
        )
        parts.append(
            select(
                _ordinal(asked), stored.c.bucket, *(stored.c[name] for name in columns)
            ).select_from(source.join(stored, true()))
        )
    else:
        source = asked
    bucket = bucket_of(hist.ts, minute, "UTC")
    fresh = lateral(
        select(
            bucket.label("bucket"),
            func.avg(hist.value).label("avg"),
            func.min(hist.value).label("min"),
            func.max(hist.value).label("max"),
        )
        .where(hist.tag_name == asked.c.tag_name, hist.ts >= edge, hist.ts < stop)
        .where(_good(None, None, flagged))
        .group_by(literal_column("1")),
        "fresh",
    )
    parts.append(
        select(_ordinal(asked), fresh.c.bucket, *(fresh.c[name] for name in columns)).select_from(
            source.join(fresh, true())
        )
    )
    rows = (union_all(*parts) if len(parts) > 1 else parts[0]).subquery("rows")
    return select(
        rows.c.tag, rows.c.bucket, *(type_coerce(rows.c[n], Double).label(n) for n in columns)
    )


# ---- names and rules ------------------------------------------------------------------------


def names_statement() -> Select[Any]:
    """Return every tag name that has readings, by a loose scan of the index (tag_name, ts)."""
    name = influx_hist.c.tag_name
    first = select(name).order_by(name).limit(1).scalar_subquery()
    known = select(first.label("tag_name")).cte("known", recursive=True)
    later = select(name).where(name > known.c.tag_name).order_by(name).limit(1)
    step = select(later.correlate(known).scalar_subquery()).where(known.c.tag_name.is_not(None))
    known = known.union_all(step)
    return select(known.c.tag_name).where(known.c.tag_name.is_not(None))


def tags_statement(columns: Collection[str]) -> Select[Any]:
    """Return the descriptions of tags, those columns that exist."""
    return select(*(c for c in influx_tag.c if c.name in columns))


def rules_statement(columns: Collection[str]) -> Select[Any]:
    """Return the rules, those columns that exist."""
    return select(*(c for c in influx_qc_rule.c if c.name in columns))


# ---- features -------------------------------------------------------------------------------


def features_statement(tag: str, start: datetime, stop: datetime) -> Select[Any]:
    """Return the stored five-minute features of a tag, by time."""
    stored = features_5m.c
    return (
        select(*(c for c in stored if c.name != "tag_name"))
        .where(stored.tag_name == tag, stored.bucket >= start, stored.bucket < stop)
        .order_by(stored.bucket)
    )


def raw_features_statement(tag: str, start: datetime, stop: datetime, flagged: bool) -> Select[Any]:
    """Return the same features from the readings."""
    hist = influx_hist.c
    bucket = bucket_of(hist.ts, Resolution("5m", 300), "UTC")
    value = hist.value
    return (
        select(
            bucket.label("bucket"),
            func.avg(value).label("mean_5m"),
            func.stddev_samp(value, type_=Double).label("std_5m"),
            func.min(value).label("min_5m"),
            func.max(value).label("max_5m"),
            func.percentile_cont(0.1).within_group(value).label("p10_5m"),
            func.percentile_cont(0.9).within_group(value).label("p90_5m"),
            func.count().label("n_5m"),
        )
        .where(hist.tag_name == tag, hist.ts >= start, hist.ts < stop)
        .where(_good(None, None, flagged))
        .group_by(literal_column("1"))
        .order_by(literal_column("1"))
    )
