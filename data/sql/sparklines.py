"""What is asked of the lines of many cards: minutes of their last hour, hours of their last day."""

from datetime import timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Double,
    Select,
    and_,
    bindparam,
    case,
    cast,
    func,
    lateral,
    literal,
    literal_column,
    not_,
    select,
    true,
    type_coerce,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, INTERVAL, aggregate_order_by

from data.buckets import Resolution
from data.sql.many import (
    DEPTH,
    FLOOR,
    all_inside,
    inside,
    newest_of,
    sound,
    tag_place,
    tag_rows,
)
from data.sql.qc import QcCode
from data.sql.readings import FIRST_COLUMN, START, STOP, TIME, bucket_of, good
from data.sql.tables import LEFT, ROLLUPS, VALUE, influx_hist

_MINUTE, _HOUR = Resolution("1m", 60), Resolution("1h", 3_600)
#: What a minute of a sparkline consists of.
MINUTE_NUMBERS = ("avg", "min", "max", "last")
#: The same of an hour whose levels are sought.
HOUR_NUMBERS = ("min", "max", "first", "last")
#: OFFSET 0 keeps the planner from joining the whole rollup instead of probing its index.
_PROBED: Any = literal_column("0")
#: From when on the rollups of minutes and of hours wait for a refresh; NULL where they do not.
_WAITING = {width: bindparam(f"waiting_{width}", None, type_=TIME) for width in (60, 3_600)}


@lru_cache
def sparklines_statement(has_minutes: bool, flagged: QcCode | None, left: bool) -> Select[Any]:
    """Return tag, bucket, avg, min, max, last, bad a minute of each of `tags` in [start, stop).

    In no order; `bad` counts readings that are left out, NULL numbers where no other is there. With
    a rollup by minute (`has_minutes`) the readings of a tag answer from its newest bucket on, and
    from the first one on that holds a number outside `low` and `high` or waits for a refresh. With
    `left` a minute of the rollup may come twice, the second time with what the rollup leaves out.
    """
    tags = tag_rows("low", "high")
    source: Any = tags
    edge: Any = START
    parts = []
    if has_minutes:
        rollup = ROLLUPS[60].c
        mine = _mine(rollup, tags)
        newest = lateral(select(_edge(60, tags).label("edge")).where(*mine), "newest")
        source, edge = tags.join(newest, true()), func.coalesce(newest.c.edge, START)
        none = literal(0, BigInteger).label("bad")
        columns = (rollup.bucket, rollup.avg, rollup.min, rollup.max, rollup.last, none)
        probe = select(*columns).where(*mine, rollup.bucket < newest.c.edge).offset(_PROBED)
        stored = lateral(probe, "stored")
        parts.append(_minutes(tags, source, stored))
        if left:
            lost = _left_each(tags, newest.c.edge).offset(_PROBED)
            parts.append(_minutes(tags, source, lateral(lost, "lost")))
    fresh = _of_readings(_MINUTE, MINUTE_NUMBERS, tags, edge, flagged)
    parts.append(_minutes(tags, source, lateral(fresh, "fresh")))
    rows = union_all(*parts).subquery("rows")
    return select(*rows.c)


def _minutes(tags: Any, source: Any, rows: Any) -> Select[Any]:
    numbers = (type_coerce(rows.c[name], Double).label(name) for name in MINUTE_NUMBERS)
    columns = (tag_place(tags), rows.c.bucket, *numbers, rows.c.bad)
    return select(*columns).select_from(source.join(rows, true()))


@lru_cache
def hours_statement(flagged: QcCode | None, left: bool) -> Select[Any]:
    """Return tag, bucket, part, min, max, first, last, bad, n of hours of `tags` in [start, stop).

    In no order, and of an hour up to a row a part, which follow one another in time: the rollup by
    hour up to its newest bucket or to the first one that holds a number outside `low` and `high`
    (0); that by minute from there on (1), without the minutes that hold such a number; readings
    from its newest bucket on (2). Neither rollup answers from where it waits for a refresh on.
    `bad` counts the minutes or readings that are left out, `n` all readings; with `left` two parts
    more count what the rollups leave out: that by hour (3), from its end on that by minute (4).
    """
    tags = tag_rows("low", "high")
    hour, minute = ROLLUPS[3_600].c, ROLLUPS[60].c
    hourly = lateral(select(_edge(3_600, tags).label("edge")).where(*_mine(hour, tags)), "hourly")
    since = func.coalesce(hourly.c.edge, START)
    newest = _waited(60, func.max(minute.bucket)).label("edge")
    by_minute = (*_mine(minute, tags), minute.bucket >= since)
    minutely = lateral(select(newest).where(*by_minute).correlate(tags, hourly), "minutely")
    source = tags.join(hourly, true()).join(minutely, true())
    none = literal(0, BigInteger).label("bad")
    numbers = (hour[name] for name in HOUR_NUMBERS)
    whole = select(hour.bucket, *numbers, none, hour.n).where(
        *_mine(hour, tags), hour.bucket < hourly.c.edge
    )
    minutes = _hours_of_minutes(tags).where(*by_minute, minute.bucket < minutely.c.edge)
    edge = func.coalesce(minutely.c.edge, since)
    readings = _of_readings(_HOUR, HOUR_NUMBERS, tags, edge, flagged)
    parts = [whole.offset(_PROBED), minutes, readings]
    parts += [_left_hours(tags), _left_minutes(tags, since)] if left else []
    rows = (
        _hours(tags, source, lateral(part.correlate(tags, hourly, minutely), "part"), place)
        for place, part in enumerate(parts)
    )
    every = union_all(*rows).subquery("rows")
    return select(*every.c)


@lru_cache
def missing_hours_statement(flagged: QcCode | None) -> Select[Any]:
    """Return tag (place), bucket, min, max, first, last, bad, n of the readings of single hours.

    An hour a row of `tags`, with its start in `hours`, none of them before `start`; no row of an
    hour without readings.
    """
    tags = tag_rows("low", "high", times=("hour",))
    stop = tags.c.hour + literal(timedelta(hours=1), INTERVAL)
    mine = _of_readings(_HOUR, HOUR_NUMBERS, tags, tags.c.hour, flagged, stop)
    rows = lateral(mine.correlate(tags), "readings")
    numbers = (type_coerce(rows.c[name], Double).label(name) for name in HOUR_NUMBERS)
    bad = type_coerce(rows.c.bad, BigInteger).label("bad")
    count = type_coerce(rows.c.n, BigInteger).label("n")
    columns = (tag_place(tags), rows.c.bucket, *numbers, bad, count)
    return select(*columns).select_from(tags.join(rows, true()))


@lru_cache
def counted_hours_statement(flagged: QcCode | None) -> Select[Any]:
    """Return what the readings of single hours in [start, stop) hold of changes: a row each.

    tag (place), n (all readings); of those that are not BAD first, last, first_at, changed_at (the
    last that differs from the one before it), starts (others than 0 that follow 0). An hour a row
    of `tags`, with its start in `hours`; numbers and times are NULL where there are none.
    """
    tags, ts = tag_rows("low", "high", times=("hour",)), influx_hist.c.ts
    counts = func.coalesce(and_(good(flagged), inside(VALUE, tags)), literal_column("false"))
    stop = tags.c.hour + literal(timedelta(hours=1), INTERVAL)
    mine = (influx_hist.c.tag_name == tags.c.tag_name, ts >= START, ts < STOP)
    # Neighbours and not sorted aggregates: these would sort the readings of an hour twice more.
    before, after = (
        way(VALUE).over(partition_by=counts, order_by=ts) for way in (func.lag, func.lead)
    )
    beside = before.label("before"), after.label("after")
    columns = (ts, VALUE.label("value"), counts.label("counts"), *beside)
    each = select(*columns).where(*mine, ts >= tags.c.hour, ts < stop).correlate(tags)
    row = each.subquery("each").c
    starts = and_(row.counts, row.before == 0, row.value != 0)
    numbers = (
        func.count().label("n"),
        func.min(row.value).filter(row.counts, row.before.is_(None)).label("first"),
        func.min(row.value).filter(row.counts, row.after.is_(None)).label("last"),
        func.min(row.ts).filter(row.counts).label("first_at"),
        func.max(row.ts).filter(row.counts, row.value != row.before).label("changed_at"),
        func.count().filter(starts).label("starts"),
    )
    counted = lateral(select(*numbers).correlate(tags), "found")
    return select(tag_place(tags), *counted.c).select_from(tags.join(counted, true()))


@lru_cache
def before_hours_statement(flagged: QcCode | None, bounded: bool) -> Select[Any]:
    """Return tag (place), value of the newest reading of each of `tags` before `start`.

    That is not BAD, of `depth` readings. With `bounded` only of those later than `floor`.
    """
    tags, ts = tag_rows("low", "high"), influx_hist.c.ts
    later = [ts > FLOOR] if bounded else []
    newest = newest_of(tags, DEPTH, flagged, ts < START, *later).subquery("newest")
    sound_rows = select(newest).where(sound(newest, tags)).order_by(newest.c.ts.desc())
    one = lateral(sound_rows.limit(1).correlate(tags), "one")
    return select(tag_place(tags), one.c.value).select_from(tags.join(one, true()))


def _edge(width: int, tags: Any) -> Any:
    """Return where the rollup of a tag ends, or holds a number that cannot be right, or waits."""
    rollup = ROLLUPS[width].c
    outside = not_(all_inside(rollup, tags))
    return _waited(width, func.max(rollup.bucket), func.min(rollup.bucket).filter(outside))


def _waited(width: int, newest: Any, *others: Any) -> Any:
    """Return the least of these times and of where the rollup waits; NULL where it is empty."""
    return case((newest.is_not(None), func.least(newest, *others, _WAITING[width])))


def _mine(rollup: Any, tags: Any) -> tuple[Any, ...]:
    return rollup.tag_name == tags.c.tag_name, rollup.bucket >= START, rollup.bucket < STOP


def _hours(tags: Any, source: Any, rows: Any, part: int) -> Select[Any]:
    numbers = (type_coerce(rows.c[name], Double).label(name) for name in HOUR_NUMBERS)
    place = literal(part, BigInteger).label("part")
    bad = type_coerce(rows.c.bad, BigInteger).label("bad")
    count = func.coalesce(type_coerce(rows.c.n, BigInteger), 0).label("n")
    columns = (tag_place(tags), rows.c.bucket, place, *numbers, bad, count)
    return select(*columns).select_from(source.join(rows, true()))


def _hours_of_minutes(tags: Any) -> Select[Any]:
    minute = ROLLUPS[60].c
    counts = all_inside(minute, tags)
    return select(
        bucket_of(minute.bucket, _HOUR).label("bucket"),
        func.min(minute.min).filter(counts).label("min"),
        func.max(minute.max).filter(counts).label("max"),
        _outermost(minute.first, minute.bucket, counts).label("first"),
        _outermost(minute.last, minute.bucket.desc(), counts).label("last"),
        (func.count() - func.count().filter(counts)).label("bad"),
        cast(func.sum(minute.n), BigInteger).label("n"),
    ).group_by(FIRST_COLUMN)


def _of_readings(
    width: Resolution,
    names: tuple[str, ...],
    tags: Any,
    edge: Any,
    flagged: QcCode | None,
    stop: Any = STOP,
) -> Select[Any]:
    """Return bucket, the numbers of these names, bad, n of each tag's readings in [edge, stop).

    `start` lies before every edge: as a constant it leaves out chunks while planning.
    """
    ts, value = influx_hist.c.ts, VALUE
    counts = and_(good(flagged), inside(value, tags))
    numbers = {
        "avg": func.avg(value).filter(counts),
        "min": func.min(value).filter(counts),
        "max": func.max(value).filter(counts),
        "first": _outermost(value, ts, counts),
        "last": _outermost(value, ts.desc(), counts),
    }
    bad = (func.count() - func.count().filter(counts)).label("bad")
    return (
        select(
            bucket_of(ts, width).label("bucket"),
            *(numbers[name].label(name) for name in names),
            bad,
            func.count().label("n"),
        )
        .where(influx_hist.c.tag_name == tags.c.tag_name, ts >= START, ts >= edge, ts < stop)
        .group_by(FIRST_COLUMN)
    )


def _outermost(value: Any, order: Any, counts: Any) -> Any:
    """Return of the rows that count the value of the first in an order."""
    every: Any = func.array_agg(aggregate_order_by(value, order), type_=ARRAY(Double))
    return type_coerce(every.filter(counts), ARRAY(Double))[1]


def _left_hours(tags: Any) -> Select[Any]:
    out = LEFT[3_600].c
    return _left(out.bucket, out.flagged + out.not_finite + out.absurd).where(*_mine(out, tags))


def _left_minutes(tags: Any, since: Any) -> Select[Any]:
    out = LEFT[60].c
    hour, bad = bucket_of(out.bucket, _HOUR), out.flagged + out.not_finite + out.absurd
    counts = _left(hour.label("bucket"), func.sum(bad)).where(*_mine(out, tags))
    return counts.where(out.bucket >= since).group_by(FIRST_COLUMN)


def _left_each(tags: Any, stop: Any) -> Select[Any]:
    out = LEFT[60].c
    counts = _left(out.bucket, out.flagged + out.not_finite + out.absurd, MINUTE_NUMBERS)
    return counts.where(*_mine(out, tags), out.bucket < stop)


def _left(bucket: Any, bad: Any, names: tuple[str, ...] = HOUR_NUMBERS) -> Select[Any]:
    none = (literal_column("NULL::float8", Double).label(name) for name in names)
    return select(bucket, *none, bad.label("bad"), literal(0, BigInteger).label("n"))
