"""What is asked of the historian about many tags now: one statement, an index probe a tag."""

from enum import IntEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Double,
    Select,
    bindparam,
    case,
    func,
    lateral,
    literal,
    literal_column,
    select,
    true,
    type_coerce,
    union_all,
)
from sqlalchemy.dialects.postgresql import INTERVAL

from data.buckets import Resolution
from data.sql.many import (
    AT,
    COUNT,
    DEPTH,
    FUTURE,
    asked_tags,
    newest_of,
    now,
    sound,
    tag_place,
    until,
)
from data.sql.readings import FIRST_COLUMN, START, STOP, TIME, bucket_of, good
from data.sql.tables import ROLLUPS, influx_hist

NOTHING: Any = literal_column("0")
_MINUTE = Resolution("1m", 60)


class Part(IntEnum):
    """What a row of `recent_statement` is."""

    NEWEST = 0
    AHEAD = 1  # the newest, where a reading of the future was left out
    TRUSTED = 2
    ADDED = 3  # `place` readings have come since `sinces`
    REFERENCE = 4
    NOW = 5


@lru_cache
def latest_statement(flagged: bool) -> Select[Any]:
    """Return a row a tag of `tags`: tag, its newest ts, value, qc; clock; now.

    A reading later than now + 5 s is left out and sets `clock`. A tag without one has no ts.
    The index is probed a second time only for a tag whose newest reading lies in the future.
    """
    asked, limit = asked_tags(), now() + literal(FUTURE, INTERVAL)
    newest = lateral(newest_of(asked, 1, flagged), "newest")
    ahead = newest.c.ts > limit
    before = newest_of(asked, 1, flagged, ahead, influx_hist.c.ts <= limit)
    past = lateral(before.correlate(asked, newest), "past")
    chosen = (
        case((ahead, past.c[name]), else_=newest.c[name]).label(name)
        for name in ("ts", "value", "qc")
    )
    clock = func.coalesce(ahead, literal_column("false"), type_=Boolean).label("clock")
    source = asked.outerjoin(newest, true()).outerjoin(past, true())
    return select(tag_place(asked), *chosen, clock, now().label("now")).select_from(source)


@lru_cache
def tail_statement(flagged: bool) -> Select[Any]:
    """Return the newest `count` readings of each of `tags` up to `at`, none of the future."""
    asked = asked_tags()
    newest = lateral(newest_of(asked, COUNT, flagged, influx_hist.c.ts <= until()), "newest")
    columns = (tag_place(asked), newest.c.ts, newest.c.value, newest.c.qc)
    return select(*columns).select_from(asked.join(newest, true()))


@lru_cache
def recent_statement(flagged: bool) -> Select[Any]:
    """Return all that the state of `tags` now follows from: part, tag, ts, value, qc, place.

    Parts: for each tag a row NEWEST, or AHEAD where `latest_statement` would set `clock`; up to
    `count` rows TRUSTED, as `trusted_statement` gives them, and a row ADDED where `sinces` has a
    time; a row REFERENCE where one of `depth` readings that are `behind` seconds old or up
    to `gaps` [s] older is not BAD; and one row NOW, the clock of the database. In no order. One
    statement sees one moment.
    """
    newest = latest_statement(flagged).subquery("latest")
    first = case((newest.c.clock, _code(Part.AHEAD)), else_=_code(Part.NEWEST)).label("part")
    none = literal_column("NULL", Double).label("value"), _ZERO["qc"], _ZERO["place"]
    return _union(
        select(first, newest.c.tag, newest.c.ts, newest.c.value, newest.c.qc, _ZERO["place"]),
        _trusted(flagged),
        _added(),
        _reference(),
        select(_code(Part.NOW).label("part"), _ZERO["tag"], now().label("ts"), *none),
    )


@lru_cache
def trusted_statement(flagged: bool) -> Select[Any]:
    """Return the readings to judge `tags` by: part, tag, ts, value, qc, place; in no order.

    Up to `count` of each, the newest that are not BAD (between `lows` and `highs`), sought among
    its `depth` newest ones. `place` counts those from 1. `sinces` and `untils` hold the times
    between which a tag is looked at, NULL where nothing bounds it but the future.
    """
    return _union(_trusted(flagged))


_ZERO: dict[str, Any] = {name: NOTHING.label(name) for name in ("tag", "qc", "place")}


_NONE: dict[str, Any] = {"ts": TIME, "value": Double()}


def _union(*parts: Select[Any]) -> Select[Any]:
    rows = union_all(*parts).subquery("rows") if len(parts) > 1 else parts[0].subquery("rows")
    whole = (type_coerce(rows.c[name], BigInteger).label(name) for name in ("part", *_ZERO))
    part, tag, qc, place = whole
    return select(part, tag, rows.c.ts, rows.c.value, qc, place)


def _code(part: Part) -> Any:
    return literal_column(str(int(part)))


def _trusted(flagged: bool) -> Select[Any]:
    asked, ts = asked_tags("low", "high", times=("since", "until")), influx_hist.c.ts
    long_ago: Any = literal_column("timestamptz '-infinity'")
    bounds = (
        ts > func.coalesce(asked.c.since, long_ago),
        ts <= func.coalesce(asked.c.until, now() + literal(FUTURE, INTERVAL)),
    )
    by_time = func.row_number().over(order_by=ts.desc()).label("place")
    newest = newest_of(asked, DEPTH, flagged, *bounds).add_columns(by_time).subquery("newest")
    kept = (
        select(newest).where(sound(newest.c.value, asked)).order_by(newest.c.ts.desc()).limit(COUNT)
    )
    trusted = lateral(kept.correlate(asked), "trusted")
    columns = (trusted.c.ts, trusted.c.value, trusted.c.qc, trusted.c.place)
    found = select(_code(Part.TRUSTED).label("part"), tag_place(asked), *columns)
    return found.select_from(asked.join(trusted, true()))


def _added() -> Select[Any]:
    asked, hist = asked_tags(times=("since",)), influx_hist.c
    later = (hist.ts > asked.c.since, hist.ts <= now() + literal(FUTURE, INTERVAL))
    mine = select(func.count().label("place")).where(hist.tag_name == asked.c.tag_name, *later)
    added = lateral(mine.correlate(asked), "added")
    none = (literal_column("NULL", kind).label(name) for name, kind in _NONE.items())
    part = _code(Part.ADDED).label("part")
    found = select(part, tag_place(asked), *none, _ZERO["qc"], added.c.place)
    return found.select_from(asked.join(added, true())).where(asked.c.since.is_not(None))


def _reference() -> Select[Any]:
    """Return the readings that changes are counted from, sought among `depth` of them."""
    asked, ts = asked_tags("low", "high", "gap"), influx_hist.c.ts
    at = now() - _seconds(bindparam("behind", type_=Double))
    near = (ts <= at, ts > at - _seconds(asked.c.gap))
    newest = newest_of(asked, DEPTH, False, *near).subquery("newest")
    kept = select(newest).where(sound(newest.c.value, asked)).order_by(newest.c.ts.desc()).limit(1)
    one = lateral(kept.correlate(asked), "one")
    part = _code(Part.REFERENCE).label("part")
    columns = (part, tag_place(asked), one.c.ts, one.c.value, one.c.qc, _ZERO["place"])
    return select(*columns).select_from(asked.join(one, true()))


def _seconds(count: Any) -> Any:
    return func.make_interval(0, 0, 0, 0, 0, 0, count, type_=INTERVAL)


@lru_cache
def times_statement() -> Select[Any]:
    """Return the times of the newest `count` readings up to `at` (NULL: now) of each of `tags`."""
    asked, limit = asked_tags(), func.coalesce(AT, now())
    newest = lateral(newest_of(asked, COUNT, False, influx_hist.c.ts <= limit), "newest")
    return select(tag_place(asked), newest.c.ts).select_from(asked.join(newest, true()))


@lru_cache
def sparklines_statement(rolled: bool, flagged: bool) -> Select[Any]:
    """Return tag, bucket, avg, min, max a minute of each of `tags` in [start, stop), in no order.

    With a rollup by minute, the readings answer from its newest bucket on, tag by tag.
    """
    asked = asked_tags()
    source: Any = asked
    edge: Any = START
    parts = []
    if rolled:
        rollup = ROLLUPS[60].c
        mine = (rollup.tag_name == asked.c.tag_name, rollup.bucket >= START, rollup.bucket < STOP)
        newest = lateral(select(func.max(rollup.bucket).label("edge")).where(*mine), "newest")
        source, edge = asked.join(newest, true()), func.coalesce(newest.c.edge, START)
        columns = (rollup.bucket, rollup.avg, rollup.min, rollup.max)
        # OFFSET 0 keeps the planner from joining the whole rollup instead of probing its index.
        probe = select(*columns).where(*mine, rollup.bucket < newest.c.edge).offset(NOTHING)
        stored = lateral(probe, "stored")
        parts.append(_minutes(asked, source, stored))
    parts.append(_minutes(asked, source, lateral(_by_minute(asked, edge, flagged), "fresh")))
    rows = union_all(*parts).subquery("rows")
    return select(*rows.c)


def _minutes(asked: Any, source: Any, rows: Any) -> Select[Any]:
    numbers = (type_coerce(rows.c[name], Double).label(name) for name in ("avg", "min", "max"))
    return select(tag_place(asked), rows.c.bucket, *numbers).select_from(source.join(rows, true()))


def _by_minute(asked: Any, edge: Any, flagged: bool) -> Select[Any]:
    ts, value = influx_hist.c.ts, influx_hist.c.value
    return (
        select(
            bucket_of(ts, _MINUTE, "UTC").label("bucket"),
            func.avg(value).label("avg"),
            func.min(value).label("min"),
            func.max(value).label("max"),
        )
        .where(influx_hist.c.tag_name == asked.c.tag_name, ts >= edge, ts < STOP, good(flagged))
        .group_by(FIRST_COLUMN)
    )
