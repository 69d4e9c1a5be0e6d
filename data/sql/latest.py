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

from data.sql.many import (
    AT,
    COUNT,
    DEPTH,
    FLOOR,
    FUTURE,
    newest_of,
    now,
    sound,
    tag_place,
    tag_rows,
    until,
)
from data.sql.qc import QcCode
from data.sql.readings import TIME
from data.sql.tables import influx_hist

#: Stands in a column that a part of an answer has no use for; no NULL, as COPY knows none.
NO_NUMBER: Any = literal_column("0")


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
