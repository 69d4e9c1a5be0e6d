"""What is asked of the historian about many tags now: one statement, an index probe a tag."""

from enum import IntEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Double,
    Select,
    and_,
    bindparam,
    case,
    func,
    lateral,
    literal,
    literal_column,
    or_,
    select,
    true,
    type_coerce,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, INTERVAL, aggregate_order_by

from data.buckets import Resolution
from data.sql.many import (
    AT,
    COUNT,
    DEPTH,
    FLOOR,
    FUTURE,
    inside,
    newest_of,
    now,
    sound,
    tag_place,
    tag_rows,
    until,
)
from data.sql.qc import QcCode
from data.sql.readings import FIRST_COLUMN, START, STOP, TIME, bucket_of, good
from data.sql.tables import LEFT, ROLLUPS, influx_hist

#: Stands in a column that a part of an answer has no use for; no NULL, as COPY knows none.
NO_NUMBER: Any = literal_column("0")
_MINUTE, _HOUR = Resolution("1m", 60), Resolution("1h", 3_600)
#: What a minute of a sparkline consists of.
MINUTE_NUMBERS = ("avg", "min", "max", "last")
#: The same of an hour whose levels are sought.
HOUR_NUMBERS = ("min", "max", "first", "last")


class Part(IntEnum):
    """What a row of `recent_statement` is."""

    NEWEST = 0
    AHEAD = 1  # the newest, where a reading of the future was left out
    TRUSTED = 2
    ADDED = 3  # `place` readings have come since `sinces`
    REFERENCE = 4
    NOW = 5


@lru_cache
def latest_statement(flagged: QcCode | None) -> Select[Any]:
    """Return a row a tag of `tags`: tag, its newest ts, value, qc; clock; now.

    A reading later than now + 5 s is left out and sets `clock`. A tag without one has no ts.
    The index is probed a second time only for a tag whose newest reading lies in the future.
    """
    return _newest(flagged)


def _newest(flagged: QcCode | None, *bounds: Any) -> Select[Any]:
    tags, limit = tag_rows(), now() + literal(FUTURE, INTERVAL)
    newest = lateral(newest_of(tags, 1, flagged, *bounds), "newest")
    ahead = newest.c.ts > limit
    before = newest_of(tags, 1, flagged, ahead, influx_hist.c.ts <= limit, *bounds)
    past = lateral(before.correlate(tags, newest), "past")
    chosen = (
        case((ahead, past.c[name]), else_=newest.c[name]).label(name)
        for name in ("ts", "value", "qc")
    )
    clock = func.coalesce(ahead, literal_column("false"), type_=Boolean).label("clock")
    source = tags.outerjoin(newest, true()).outerjoin(past, true())
    return select(tag_place(tags), *chosen, clock, now().label("now")).select_from(source)


@lru_cache
def tail_statement(flagged: QcCode | None) -> Select[Any]:
    """Return tag, ts, value, qc: the newest `count` readings of each of `tags` up to `at`."""
    tags = tag_rows()
    newest = lateral(newest_of(tags, COUNT, flagged, influx_hist.c.ts <= until()), "newest")
    columns = (tag_place(tags), newest.c.ts, newest.c.value, newest.c.qc)
    return select(*columns).select_from(tags.join(newest, true()))


@lru_cache
def recent_statement(flagged: QcCode | None) -> Select[Any]:
    """Return all that the state of `tags` now follows from: part, tag, ts, value, qc, place.

    Parts: for each tag a row NEWEST, or AHEAD where `latest_statement` would set `clock`; up to
    `count` rows TRUSTED, as `trusted_statement` gives them (`place` is 0 where `sinces` has no
    time); a row ADDED where it has one; a row REFERENCE where one of `depth` readings that are
    `behind` seconds old or up to `gaps` [s] older is not BAD; and one row NOW, the clock of the
    database. All of them of readings later than `floor`. In no order. One statement sees one
    moment.
    """
    newest = _newest(flagged, _LATER).subquery("latest")
    first = case((newest.c.clock, _code(Part.AHEAD)), else_=_code(Part.NEWEST)).label("part")
    none = literal_column("NULL", Double).label("value"), _ZERO["qc"], _ZERO["place"]
    return _union(
        select(first, newest.c.tag, newest.c.ts, newest.c.value, newest.c.qc, _ZERO["place"]),
        _first_look(flagged, searched=False),
        _first_look(flagged, searched=True),
        _added(),
        _reference(flagged),
        select(_code(Part.NOW).label("part"), _ZERO["tag"], now().label("ts"), *none),
    )


@lru_cache
def trusted_statement(flagged: QcCode | None) -> Select[Any]:
    """Return the readings to judge `tags` by: part, tag, ts, value, qc, place; in no order.

    Up to `count` of each, the newest that are not BAD (between `lows` and `highs`), of its `depth`
    newest ones up to its time of `untils`, which `place` counts from 1.
    """
    tags = tag_rows("low", "high", times=("until",))
    return _union(_trusted(tags, flagged, influx_hist.c.ts <= tags.c.until))


_ZERO: dict[str, Any] = {name: NO_NUMBER.label(name) for name in ("tag", "qc", "place")}


_LATER = influx_hist.c.ts > FLOOR
_NONE: dict[str, Any] = {"ts": TIME, "value": Double()}


def _union(*parts: Select[Any]) -> Select[Any]:
    rows = union_all(*parts).subquery("rows") if len(parts) > 1 else parts[0].subquery("rows")
    whole = (type_coerce(rows.c[name], BigInteger).label(name) for name in ("part", *_ZERO))
    part, tag, qc, place = whole
    return select(part, tag, rows.c.ts, rows.c.value, qc, place)


def _code(part: Part) -> Any:
    return literal_column(str(int(part)))


def _trusted(tags: Any, flagged: QcCode | None, *bounds: Any, numbered: bool = True) -> Select[Any]:
    """Return the newest readings under bounds that are not BAD; to number them costs a third."""
    ts: Any = influx_hist.c.ts
    place: Any = func.row_number().over(order_by=ts.desc()) if numbered else NO_NUMBER
    newest = newest_of(tags, DEPTH, flagged, *bounds).add_columns(place.label("place"))
    rows = newest.subquery("newest")
    sound_rows = select(rows).where(sound(rows, tags)).order_by(rows.c.ts.desc())
    trusted = lateral(sound_rows.limit(COUNT).correlate(tags), "trusted")
    columns = (trusted.c.ts, trusted.c.value, trusted.c.qc, trusted.c.place)
    part = _code(Part.TRUSTED).label("part")
    return select(part, tag_place(tags), *columns).select_from(tags.join(trusted, true()))


def _first_look(flagged: QcCode | None, searched: bool) -> Select[Any]:
    """Return the trusted readings of tags without a search, or of those with one, since then."""
    tags, ts = tag_rows("low", "high", times=("since",)), influx_hist.c.ts
    past = (ts <= now() + literal(FUTURE, INTERVAL), _LATER)
    if searched:
        return _trusted(tags, flagged, *past, ts > tags.c.since).where(tags.c.since.is_not(None))
    return _trusted(tags, flagged, *past, numbered=False).where(tags.c.since.is_(None))


def _added() -> Select[Any]:
    tags, hist = tag_rows(times=("since",)), influx_hist.c
    later = (hist.ts > tags.c.since, hist.ts <= now() + literal(FUTURE, INTERVAL), _LATER)
    mine = select(func.count().label("place")).where(hist.tag_name == tags.c.tag_name, *later)
    added = lateral(mine.correlate(tags), "added")
    none = (literal_column("NULL", kind).label(name) for name, kind in _NONE.items())
    part = _code(Part.ADDED).label("part")
    rows = select(part, tag_place(tags), *none, _ZERO["qc"], added.c.place)
    return rows.select_from(tags.join(added, true())).where(tags.c.since.is_not(None))


def _reference(flagged: QcCode | None) -> Select[Any]:
    """Return the reading from which the change of each tag counts, of `depth` before `behind`."""
    tags, ts = tag_rows("low", "high", "gap"), influx_hist.c.ts
    at = now() - _seconds(bindparam("behind", type_=Double))
    near = (ts <= at, ts > at - _seconds(tags.c.gap), _LATER)
    newest = newest_of(tags, DEPTH, flagged, *near).subquery("newest")
    sound_rows = select(newest).where(sound(newest, tags))
    one = lateral(sound_rows.order_by(newest.c.ts.desc()).limit(1).correlate(tags), "one")
    part = _code(Part.REFERENCE).label("part")
    columns = (part, tag_place(tags), one.c.ts, one.c.value, one.c.qc, _ZERO["place"])
    return select(*columns).select_from(tags.join(one, true()))


def _seconds(count: Any) -> Any:
    return func.make_interval(0, 0, 0, 0, 0, 0, count, type_=INTERVAL)


@lru_cache
def times_statement() -> Select[Any]:
    """Return tag, ts of the newest `count` readings of each of `tags` up to `at` (NULL: now)."""
    tags, limit = tag_rows(), func.coalesce(AT, now())
    newest = lateral(newest_of(tags, COUNT, None, influx_hist.c.ts <= limit), "newest")
    return select(tag_place(tags), newest.c.ts).select_from(tags.join(newest, true()))


@lru_cache
def sparklines_statement(has_minutes: bool, flagged: QcCode | None) -> Select[Any]:
    """Return tag, bucket, avg, min, max, last, bad a minute of each of `tags` in [start, stop).

    In no order; `bad` counts readings that are left out, NULL numbers where no other is there. With
    a rollup by minute (`has_minutes`) the readings of a tag answer from its newest bucket on, and
    from the first one on that holds a number outside `low` and `high`.
    """
    tags = tag_rows("low", "high")
    source: Any = tags
    edge: Any = START
    parts = []
    if has_minutes:
        rollup = ROLLUPS[60].c
        mine = (rollup.tag_name == tags.c.tag_name, rollup.bucket >= START, rollup.bucket < STOP)
        outside = or_(rollup.min < tags.c.low, rollup.max > tags.c.high)
        first_outside = func.min(rollup.bucket).filter(outside)
        last = func.least(func.max(rollup.bucket), first_outside)
        newest = lateral(select(last.label("edge")).where(*mine), "newest")
        source, edge = tags.join(newest, true()), func.coalesce(newest.c.edge, START)
        none = literal(0, BigInteger).label("bad")
        columns = (rollup.bucket, rollup.avg, rollup.min, rollup.max, rollup.last, none)
        # OFFSET 0 keeps the planner from joining the whole rollup instead of probing its index.
        probe = select(*columns).where(*mine, rollup.bucket < newest.c.edge).offset(NO_NUMBER)
        stored = lateral(probe, "stored")
        parts.append(_minutes(tags, source, stored))
    parts.append(_minutes(tags, source, lateral(_by_minute(tags, edge, flagged), "fresh")))
    rows = union_all(*parts).subquery("rows")
    return select(*rows.c)


def _minutes(tags: Any, source: Any, rows: Any) -> Select[Any]:
    numbers = (type_coerce(rows.c[name], Double).label(name) for name in MINUTE_NUMBERS)
    columns = (tag_place(tags), rows.c.bucket, *numbers, rows.c.bad)
    return select(*columns).select_from(source.join(rows, true()))


def _by_minute(tags: Any, edge: Any, flagged: QcCode | None) -> Select[Any]:
    ts, value = influx_hist.c.ts, influx_hist.c.value
    counts = and_(good(flagged), inside(value, tags))
    return (
        select(
            bucket_of(ts, _MINUTE).label("bucket"),
            func.avg(value).filter(counts).label("avg"),
            func.min(value).filter(counts).label("min"),
            func.max(value).filter(counts).label("max"),
            _outermost(value, ts.desc(), counts).label("last"),
            (func.count() - func.count().filter(counts)).label("bad"),
        )
        .where(influx_hist.c.tag_name == tags.c.tag_name, ts >= edge, ts < STOP)
        .group_by(FIRST_COLUMN)
    )


@lru_cache
def hours_statement(flagged: QcCode | None, left: bool) -> Select[Any]:
    """Return tag, bucket, part, min, max, first, last, bad of the hours of `tags` in [start, stop).

    In no order, and of an hour up to a row a part, which follow one another in time: the rollup by
    hour up to its newest bucket or to the first one that holds a number outside `low` and `high`
    (0); that by minute from there on (1), without the minutes that hold such a number; readings
    from its newest bucket on (2). `bad` counts the minutes or readings that are left out; with
    `left` a part more (3) counts what the rollup by hour leaves out.
    """
    tags = tag_rows("low", "high")
    hour, minute = ROLLUPS[3_600].c, ROLLUPS[60].c
    outside = or_(hour.min < tags.c.low, hour.max > tags.c.high)
    edge = func.least(func.max(hour.bucket), func.min(hour.bucket).filter(outside))
    hourly = lateral(select(edge.label("edge")).where(*_mine(hour, tags)), "hourly")
    since = func.coalesce(hourly.c.edge, START)
    newest = func.max(minute.bucket).label("edge")
    by_minute = (*_mine(minute, tags), minute.bucket >= since)
    minutely = lateral(select(newest).where(*by_minute).correlate(tags, hourly), "minutely")
    source = tags.join(hourly, true()).join(minutely, true())
    none = literal(0, BigInteger).label("bad")
    numbers = (hour[name] for name in HOUR_NUMBERS)
    # OFFSET 0 keeps the planner from joining the whole rollup instead of probing its index.
    whole = select(hour.bucket, *numbers, none).where(
        *_mine(hour, tags), hour.bucket < hourly.c.edge
    )
    minutes = _hours_of_minutes(tags).where(*by_minute, minute.bucket < minutely.c.edge)
    readings = _hours_of_readings(tags, func.coalesce(minutely.c.edge, since), flagged)
    parts = [whole.offset(NO_NUMBER), minutes, readings, *([_left_hours(tags)] if left else [])]
    rows = (
        _hours(tags, source, lateral(part.correlate(tags, hourly, minutely), "part"), place)
        for place, part in enumerate(parts)
    )
    every = union_all(*rows).subquery("rows")
    return select(*every.c)


def _mine(rollup: Any, tags: Any) -> tuple[Any, ...]:
    return rollup.tag_name == tags.c.tag_name, rollup.bucket >= START, rollup.bucket < STOP


def _hours(tags: Any, source: Any, rows: Any, part: int) -> Select[Any]:
    numbers = (type_coerce(rows.c[name], Double).label(name) for name in HOUR_NUMBERS)
    place = literal(part, BigInteger).label("part")
    bad = type_coerce(rows.c.bad, BigInteger).label("bad")
    columns = (tag_place(tags), rows.c.bucket, place, *numbers, bad)
    return select(*columns).select_from(source.join(rows, true()))


def _hours_of_minutes(tags: Any) -> Select[Any]:
    minute = ROLLUPS[60].c
    counts = and_(minute.min >= tags.c.low, minute.max <= tags.c.high)
    return select(
        bucket_of(minute.bucket, _HOUR).label("bucket"),
        func.min(minute.min).filter(counts).label("min"),
        func.max(minute.max).filter(counts).label("max"),
        _outermost(minute.first, minute.bucket, counts).label("first"),
        _outermost(minute.last, minute.bucket.desc(), counts).label("last"),
        (func.count() - func.count().filter(counts)).label("bad"),
    ).group_by(FIRST_COLUMN)


def _hours_of_readings(tags: Any, edge: Any, flagged: QcCode | None) -> Select[Any]:
    ts, value = influx_hist.c.ts, influx_hist.c.value
    counts = and_(good(flagged), inside(value, tags))
    return (
        select(
            bucket_of(ts, _HOUR).label("bucket"),
            func.min(value).filter(counts).label("min"),
            func.max(value).filter(counts).label("max"),
            _outermost(value, ts, counts).label("first"),
            _outermost(value, ts.desc(), counts).label("last"),
            (func.count() - func.count().filter(counts)).label("bad"),
        )
        .where(influx_hist.c.tag_name == tags.c.tag_name, ts >= edge, ts < STOP)
        .group_by(FIRST_COLUMN)
    )


def _outermost(value: Any, order: Any, counts: Any) -> Any:
    """Return of the rows that count the value of the first in an order."""
    every: Any = func.array_agg(aggregate_order_by(value, order), type_=ARRAY(Double))
    return type_coerce(every.filter(counts), ARRAY(Double))[1]


def _left_hours(tags: Any) -> Select[Any]:
    out = LEFT[3_600].c
    none = (literal_column("NULL::float8", Double).label(name) for name in HOUR_NUMBERS)
    bad = (out.flagged + out.not_finite + out.absurd).label("bad")
    return select(out.bucket, *none, bad).where(*_mine(out, tags))
