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
from data.sql.tables import influx_hist, influx_tag

#: Stands in a column that a part of an answer has no use for; no NULL, as COPY knows none.
NO_NUMBER: Any = literal_column("0")
ONE: Any = literal_column("1")


class Part(IntEnum):
    """What a row of `recent_statement` is."""

    NEWEST = 0
    AHEAD = 1  # the newest, where a reading of the future was left out
    TRUSTED = 2
    ADDED = 3  # `place` readings have come since `sinces`
    REFERENCE = 4
    NOW = 5
    FOLLOWING = 6  # one of those after `seens`


class Following(IntEnum):
    """What `place` says of a row FOLLOWING: is it of the future, may it be trusted?"""

    BAD = 0
    TRUSTED = 1
    AHEAD = 2


@lru_cache
def latest_statement(flagged: QcCode | None) -> Select[Any]:
    """Return a row a tag of `tags`: tag, its newest ts, value, qc; clock; now.

    A reading later than now + 5 s is left out and sets `clock`. A tag without one has no ts.
    The index is probed a second time only for a tag whose newest reading lies in the future.
    """
    return _newest(tag_rows(), flagged)


def _newest(tags: Any, flagged: QcCode | None, *bounds: Any) -> Select[Any]:
    newest = lateral(newest_of(tags, 1, flagged, *bounds), "newest")
    past = lateral(_before(newest, tags, flagged, *bounds), "past")
    source = tags.outerjoin(newest, true()).outerjoin(past, true())
    return _chosen(tags, newest, past).select_from(source)


def _newest_inside(tags: Any, flagged: QcCode | None, *bounds: Any) -> Select[Any]:
    """Return what `_newest` does without an outer join.

    Citus takes none beside a condition of the tag alone, on PostgreSQL 15 and 16.
    """
    newest = lateral(_one_row(newest_of(tags, 1, flagged, *bounds)).correlate(tags), "newest")
    before = _before(newest, tags, flagged, *bounds)
    past = lateral(_one_row(before).correlate(tags, newest), "past")
    return _chosen(tags, newest, past).select_from(tags.join(newest, true()).join(past, true()))


def _one_row(rows: Select[Any]) -> Select[Any]:
    """Return the only row of a statement, of NULL where it has none."""
    return select(*(func.max(column).label(column.key) for column in rows.subquery("row").c))


def _before(newest: Any, tags: Any, flagged: QcCode | None, *bounds: Any) -> Select[Any]:
    """Return each tag's newest reading that is not of the future, where its newest one is."""
    limit = now() + literal(FUTURE, INTERVAL)
    bounds = (newest.c.ts > limit, influx_hist.c.ts <= limit, *bounds)
    return newest_of(tags, 1, flagged, *bounds).correlate(tags, newest)


def _chosen(tags: Any, newest: Any, past: Any) -> Select[Any]:
    ahead = newest.c.ts > now() + literal(FUTURE, INTERVAL)
    chosen = (
        case((ahead, past.c[name]), else_=newest.c[name]).label(name)
        for name in ("ts", "value", "qc")
    )
    clock = func.coalesce(ahead, literal_column("false"), type_=Boolean).label("clock")
    return select(tag_place(tags), *chosen, clock, now().label("now"))


@lru_cache
def tail_statement(flagged: QcCode | None) -> Select[Any]:
    """Return tag, ts, value, qc: the newest `count` readings of each of `tags` up to `at`."""
    tags = tag_rows()
    newest = lateral(newest_of(tags, COUNT, flagged, influx_hist.c.ts <= until()), "newest")
    columns = (tag_place(tags), newest.c.ts, newest.c.value, newest.c.qc)
    return select(*columns).select_from(tags.join(newest, true()))


@lru_cache
def recent_statement(
    flagged: QcCode | None,
    searched: bool = True,
    known: bool = True,
    distributed: bool = False,
) -> Select[Any]:
    """Return all that the state of `tags` now follows from: part, tag, ts, value, qc, place.

    Parts: for each tag with a time in `seens` up to `depth` rows FOLLOWING, the newest readings
    later than that, with what `Following` says of them. For each without one a row NEWEST, or
    AHEAD where `latest_statement` would set `clock`; up to `count` rows TRUSTED, as
    `trusted_statement` gives them (`place` is 0 where `sinces` has no time); a row ADDED where it
    has one. For each tag a row REFERENCE where one of `depth` readings that are `behind` seconds
    old or up to `gaps` [s] older is not BAD; and one row NOW, the clock of the database. All of
    them of readings later than `floor`. In no order. One statement sees one moment.

    Parameters
    ----------
    searched, known : whether `sinces` and `seens` have a time: to plan parts without rows costs a
        tick as much as to read
    distributed : over a Citus cluster; each row then has a column by which it is, `tag_name`, and
        the clock is that of the first tag's node
    """
    # The tags are bound once: of 1,000 they are most of what is sent and parsed.
    columns = tag_rows("low", "high", "gap", times=("since", "seen"))
    if distributed:
        return _recent_by_tag(select(columns).subquery("tags"), flagged, searched, known)
    tags = select(columns).cte("tags")
    first = _first(_newest(tags, flagged, _LATER).where(tags.c.seen.is_(None)))
    return _union(first, *_parts(tags, flagged, searched, known), _clock())


def _recent_by_tag(tags: Any, flagged: QcCode | None, searched: bool, known: bool) -> Select[Any]:
    """Return the rows of `recent_statement` and their tag_name, the parts beside each tag.

    Citus writes the arrays of the tags anew wherever a statement names them, and sends that to each
    shard: five times 75 kB are planned for longer than they are read.
    """
    one = lateral(select(tags).correlate(tags), "one_tag")
    first = _first(_newest_inside(one, flagged, _LATER).where(one.c.seen.is_(None)))
    clock = _clock().select_from(influx_tag).where(influx_tag.c.tag_name == tags.c.tag_name)
    parts = [*_parts(one, flagged, searched, known), clock.where(tags.c.place == ONE)]
    rows = lateral(union_all(*(part.correlate(tags) for part in (first, *parts))), "rows")
    return select(*_columns(rows), tags.c.tag_name).select_from(tags.join(rows, true()))


def _parts(tags: Any, flagged: QcCode | None, searched: bool, known: bool) -> list[Select[Any]]:
    """Return the parts of a tick but for its newest readings and its clock."""
    return [
        _unsearched(tags, flagged),
        *([_searched(tags, flagged), _added(tags)] if searched else []),
        *([_following(tags, flagged)] if known else []),
        _reference(tags, flagged),
    ]


def _first(rows: Select[Any]) -> Select[Any]:
    """Return the newest reading of each tag of which nothing is known, out of `_newest`."""
    newest = rows.subquery("latest")
    first = case((newest.c.clock, _code(Part.AHEAD)), else_=_code(Part.NEWEST)).label("part")
    columns = [newest.c[name] for name in ("tag", "ts", "value", "qc")]
    return select(first, *columns, _ZERO["place"])


def _clock() -> Select[Any]:
    none = literal_column("NULL", Double).label("value"), _ZERO["qc"], _ZERO["place"]
    return select(_code(Part.NOW).label("part"), _ZERO["tag"], now().label("ts"), *none)


@lru_cache
def trusted_statement(flagged: QcCode | None) -> Select[Any]:
    """Return the readings to judge `tags` by: part, tag, ts, value, qc, place; in no order.

    Up to `count` of each, the newest that are not BAD (between `lows` and `highs`), of its `depth`
    newest ones up to its time of `untils`, which `place` counts from 1.
    """
    tags = tag_rows("low", "high", times=("until",))
    return _union(_trusted(tags, flagged, influx_hist.c.ts <= tags.c.until))


@lru_cache
def reference_statement(flagged: QcCode | None) -> Select[Any]:
    """Return the rows REFERENCE of `recent_statement` alone, later than `floor`."""
    tags = tag_rows("low", "high", "gap")
    return _union(_reference(tags, flagged))


_ZERO: dict[str, Any] = {name: NO_NUMBER.label(name) for name in ("tag", "qc", "place")}
_LATER = influx_hist.c.ts > FLOOR
_NONE: dict[str, Any] = {"ts": TIME, "value": Double()}


def _union(*parts: Select[Any]) -> Select[Any]:
    rows = union_all(*parts).subquery("rows") if len(parts) > 1 else parts[0].subquery("rows")
    return select(*_columns(rows))


def _columns(rows: Any) -> tuple[Any, ...]:
    whole = (type_coerce(rows.c[name], BigInteger).label(name) for name in ("part", *_ZERO))
    part, tag, qc, place = whole
    return part, tag, rows.c.ts, rows.c.value, qc, place


def _code(part: IntEnum) -> Any:
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


def _unsearched(tags: Any, flagged: QcCode | None) -> Select[Any]:
    """Return the trusted readings of tags of which nothing is known."""
    unknown = tags.c.since.is_(None), tags.c.seen.is_(None)
    return _trusted(tags, flagged, *_past(), numbered=False).where(*unknown)


def _searched(tags: Any, flagged: QcCode | None) -> Select[Any]:
    """Return the trusted readings of tags with a search, since then."""
    later = influx_hist.c.ts > tags.c.since
    return _trusted(tags, flagged, *_past(), later).where(tags.c.since.is_not(None))


def _past() -> tuple[Any, ...]:
    return influx_hist.c.ts <= now() + literal(FUTURE, INTERVAL), _LATER


def _following(tags: Any, flagged: QcCode | None) -> Select[Any]:
    """Return what follows what is known of each tag; where that is `depth` rows, any so many."""
    after = newest_of(tags, DEPTH, flagged, influx_hist.c.ts > tags.c.seen, _LATER)
    rows, part = lateral(after.order_by(None), "following"), _code(Part.FOLLOWING).label("part")
    ahead = rows.c.ts > now() + literal(FUTURE, INTERVAL)
    kinds = (ahead, _code(Following.AHEAD)), (sound(rows, tags), _code(Following.TRUSTED))
    kind = case(*kinds, else_=_code(Following.BAD)).label("place")
    columns = (part, tag_place(tags), rows.c.ts, rows.c.value, rows.c.qc, kind)
    source = select(*columns).select_from(tags.join(rows, true()))
    return source.where(tags.c.seen.is_not(None))


def _added(tags: Any) -> Select[Any]:
    hist = influx_hist.c
    later = (hist.ts > tags.c.since, *_past())
    mine = select(func.count().label("place")).where(hist.tag_name == tags.c.tag_name, *later)
    added = lateral(mine.correlate(tags), "added")
    none = (literal_column("NULL", kind).label(name) for name, kind in _NONE.items())
    part = _code(Part.ADDED).label("part")
    rows = select(part, tag_place(tags), *none, _ZERO["qc"], added.c.place)
    return rows.select_from(tags.join(added, true())).where(tags.c.since.is_not(None))


def _reference(tags: Any, flagged: QcCode | None) -> Select[Any]:
    """Return the reading from which the change of each tag counts, of `depth` before `behind`."""
    ts = influx_hist.c.ts
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
def times_statement(bounded: bool = False) -> Select[Any]:
    """Return tag, ts of the newest `count` readings of each of `tags` up to `at` (NULL: now).

    Parameters
    ----------
    bounded : only of those later than `floor`
    """
    tags, limit = tag_rows(), func.coalesce(AT, now())
    later = [_LATER] if bounded else []
    newest = lateral(newest_of(tags, COUNT, None, influx_hist.c.ts <= limit, *later), "newest")
    return select(tag_place(tags), newest.c.ts).select_from(tags.join(newest, true()))
