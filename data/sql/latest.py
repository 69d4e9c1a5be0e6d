"""What is asked of the historian about many tags at once: one statement, an index probe a tag.

The lateral form (for each asked tag its newest row) stays in milliseconds where a sort or a
DISTINCT ON over the readings takes seconds. Tags go in as one array (`tags`), and their ordinals
come back as `tag`, so that the answer has fixed-width columns only.
"""

from datetime import timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Double,
    Select,
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
    union_all,
)
from sqlalchemy.dialects.postgresql import INTERVAL

from data.buckets import Resolution
from data.sql.readings import FIRST_COLUMN, START, STOP, TIME, bucket_of, flag, good, sane
from data.sql.tables import ROLLUPS, influx_hist

FUTURE = timedelta(seconds=5)
AT = bindparam("at", None, type_=TIME)  # the moment looked back from; NULL: now
COUNT, DEPTH = (bindparam(name, type_=BigInteger) for name in ("count", "depth"))
NOTHING: Any = literal_column("0")
HOUR = literal(timedelta(hours=1), INTERVAL)
#: How far a look-back goes, without and with an hourly rollup.
READINGS_BACK, HOURS_BACK = timedelta(hours=24), timedelta(days=30)
_MINUTE = Resolution("1m", 60)
#: What a row of `recent_statement` is.
NEWEST, AHEAD, TRUSTED, REFERENCE, CLOCK = range(5)


def _asked(*numbers: str) -> Any:  # noqa: ANN401
    """Return the asked tags as rows (tag_name, a column for each array of numbers, ordinal)."""
    names = cast(bindparam("tags"), ARRAY(Text))
    arrays = (cast(bindparam(f"{name}s"), ARRAY(Double)) for name in numbers)
    columns = (column("tag_name", Text), *(column(name, Double) for name in numbers))
    rows = func.unnest(names, *arrays).table_valued(*columns, with_ordinality="place", name="asked")
    return rows.render_derived()


def _tag(asked: Any) -> Any:  # noqa: ANN401
    return cast(asked.c.place - 1, BigInteger).label("tag")


def _now() -> Any:  # noqa: ANN401
    return type_coerce(func.now(), TIME)


def _until() -> Any:  # noqa: ANN401
    """Return the last moment that is no future: a clock may be ahead of ours."""
    return func.coalesce(AT, _now() + literal(FUTURE, INTERVAL))


def _before(back: timedelta) -> Any:  # noqa: ANN401
    return func.coalesce(AT, _now()) - literal(back, INTERVAL)


def _newest(asked: Any, count: Any, flagged: bool, *conditions: Any) -> Select[Any]:  # noqa: ANN401
    hist = influx_hist.c
    return (
        select(hist.ts, hist.value, flag(flagged).label("qc"))
        .where(hist.tag_name == asked.c.tag_name, *conditions)
        .order_by(hist.ts.desc())
        .limit(count)
        .correlate(asked)
    )


@lru_cache
def latest_statement(flagged: bool) -> Select[Any]:
    """Return a row a tag of `tags`: tag, its newest ts, value, qc; clock; now.

    A reading later than now + 5 s is left out and sets `clock`. A tag without one has no ts.
    The index is probed a second time only for a tag whose newest reading lies in the future.
    """
    asked, limit = _asked(), _now() + literal(FUTURE, INTERVAL)
    newest = lateral(_newest(asked, 1, flagged), "newest")
    ahead = newest.c.ts > limit
    before = _newest(asked, 1, flagged, ahead, influx_hist.c.ts <= limit)
    past = lateral(before.correlate(asked, newest), "past")
    chosen = (
        case((ahead, past.c[name]), else_=newest.c[name]).label(name)
        for name in ("ts", "value", "qc")
    )
    clock = func.coalesce(ahead, literal_column("false"), type_=Boolean).label("clock")
    source = asked.outerjoin(newest, true()).outerjoin(past, true())
    return select(_tag(asked), *chosen, clock, _now().label("now")).select_from(source)


@lru_cache
def tail_statement(flagged: bool) -> Select[Any]:
    """Return the newest `count` readings of each of `tags` up to `at`, none of the future."""
    asked = _asked()
    newest = lateral(_newest(asked, COUNT, flagged, influx_hist.c.ts <= _until()), "newest")
    columns = (_tag(asked), newest.c.ts, newest.c.value, newest.c.qc)
    return select(*columns).select_from(asked.join(newest, true()))


@lru_cache
def recent_statement(flagged: bool) -> Select[Any]:
    """Return all that the state of `tags` now follows from: part, tag, ts, value, qc; in no order.

    Parts: for each tag a row NEWEST, or AHEAD where `latest_statement` would set `clock`; up to
    `count` rows TRUSTED, the newest readings that are not BAD; a row REFERENCE where one of them is
    `behind` seconds old or up to `gaps` older; and one row CLOCK, the database's now. One statement
    sees one moment. `lows`, `highs`, `gaps` [s] hold a number a tag.
    """
    newest = latest_statement(flagged).subquery("latest")
    first = case((newest.c.clock, literal_column(str(AHEAD))), else_=literal_column(str(NEWEST)))
    nothing = literal_column("NULL", Double).label("value"), NOTHING.label("qc")
    rows = union_all(
        select(first.label("part"), newest.c.tag, newest.c.ts, newest.c.value, newest.c.qc),
        _trusted(flagged),
        _reference(),
        select(_part(CLOCK), NOTHING.label("tag"), _now().label("ts"), *nothing),
    ).subquery("rows")
    part, tag, qc = (type_coerce(rows.c[name], BigInteger) for name in ("part", "tag", "qc"))
    numbers = part.label("part"), tag.label("tag"), rows.c.ts, rows.c.value, qc.label("qc")
    return select(*numbers)


def _part(part: int) -> Any:  # noqa: ANN401
    return literal_column(str(part)).label("part")


def _trusted(flagged: bool) -> Select[Any]:
    """Return the readings to judge by.

    They are sought among the newest `depth` readings, none of the future, so that a tag that is
    BAD all the time costs no more than that.
    """
    asked, limit = _asked("low", "high"), _now() + literal(FUTURE, INTERVAL)
    newest = _newest(asked, DEPTH, flagged, influx_hist.c.ts <= limit).subquery("newest")
    sound = _sound(newest.c.value, asked)
    kept = select(newest).where(sound).order_by(newest.c.ts.desc()).limit(COUNT)
    trusted = lateral(kept.correlate(asked), "trusted")
    columns = (_part(TRUSTED), _tag(asked), trusted.c.ts, trusted.c.value, trusted.c.qc)
    return select(*columns).select_from(asked.join(trusted, true()))


def _reference() -> Select[Any]:
    """Return the readings that changes are counted from."""
    asked, ts = _asked("low", "high", "gap"), influx_hist.c.ts
    at = _now() - _seconds(bindparam("behind", type_=Double))
    near = (ts <= at, ts > at - _seconds(asked.c.gap), _sound(influx_hist.c.value, asked))
    newest = lateral(_newest(asked, 1, False, *near), "newest")
    columns = (_part(REFERENCE), _tag(asked), newest.c.ts, newest.c.value, newest.c.qc)
    return select(*columns).select_from(asked.join(newest, true()))


def _seconds(count: Any) -> Any:  # noqa: ANN401
    return func.make_interval(0, 0, 0, 0, 0, 0, count, type_=INTERVAL)


def _sound(value: Any, asked: Any) -> Any:  # noqa: ANN401
    return and_(sane(value), value >= asked.c.low, value <= asked.c.high)


@lru_cache
def times_statement() -> Select[Any]:
    """Return the times of the newest `count` readings up to `at` (NULL: now) of each of `tags`."""
    asked, limit = _asked(), func.coalesce(AT, _now())
    newest = lateral(_newest(asked, COUNT, False, influx_hist.c.ts <= limit), "newest")
    return select(_tag(asked), newest.c.ts).select_from(asked.join(newest, true()))


def _decides(value: Any, asked: Any) -> Any:  # noqa: ANN401
    """Whether a value lies outside [low, high) and inside [floor, ceiling]."""
    outside = or_(value < asked.c.low, value >= asked.c.high)
    inside = and_(value >= asked.c.floor, value <= asked.c.ceiling, sane(value))
    return and_(outside, inside)


@lru_cache
def held_statement(rolled: bool) -> Select[Any]:
    """Return tag, ts, value of each question's newest reading that decides it.

    A question is a place in `tags`, `lows`, `highs`, `floors`, `ceilings`; a reading decides it
    with value < low or value >= high, and floor <= value <= ceiling. It is sought in the last
    24 hours of readings before `at`; where there is an hourly rollup, in its hours of the last 30
    days that may hold one, newest first, and in the readings since its last hour. An hour whose
    readings are gone answers with its extreme. Nothing later than `at` or of the future answers.
    """
    asked = _asked("low", "high", "floor", "ceiling")
    hist = influx_hist.c
    decides = _decides(hist.value, asked)
    if not rolled:
        recent = (hist.ts > _before(READINGS_BACK), hist.ts <= _until())
        found = lateral(_newest(asked, 1, False, *recent, decides), "found")
        source = asked.join(found, true())
    else:
        source, found = _by_hours(asked, decides)
    return select(_tag(asked), found.c.ts, found.c.value).select_from(source)


def _by_hours(asked: Any, decides: Any) -> tuple[Any, Any]:  # noqa: ANN401
    """Return the joins and the relation with the answers, going back hour by hour."""
    hist, hour = influx_hist.c, ROLLUPS[3_600].c
    seen = (hour.bucket >= _before(HOURS_BACK), hour.bucket <= _until())
    mine = (hour.tag_name == asked.c.tag_name, *seen)
    last = lateral(select(func.max(hour.bucket).label("bucket")).where(*mine), "last")
    since = func.coalesce(last.c.bucket, _before(READINGS_BACK))
    recent = (hist.ts >= since, hist.ts <= _until())
    fresh = lateral(_newest(asked, 1, False, *recent, decides).correlate(asked, last), "fresh")
    may = or_(hour.min < asked.c.low, hour.max >= asked.c.high)
    within = (hist.ts >= hour.bucket, hist.ts < hour.bucket + HOUR)
    one = _newest(asked, 1, False, *within, decides).correlate(asked, ROLLUPS[3_600])
    reading = lateral(one, "reading")
    extreme = case((hour.max >= asked.c.high, hour.max), else_=hour.min)
    gone = ~(
        select(hist.ts)
        .where(hist.tag_name == asked.c.tag_name)
        .where(*within)
        .correlate(asked, ROLLUPS[3_600])
        .exists()
    )
    answer = func.coalesce(reading.c.value, extreme)
    stored = lateral(
        select(func.coalesce(reading.c.ts, hour.bucket).label("ts"), answer.label("value"))
        .select_from(ROLLUPS[3_600].outerjoin(reading, true()))
        .where(*mine, hour.bucket < last.c.bucket, may, fresh.c.ts.is_(None))
        .where(or_(reading.c.ts.is_not(None), and_(gone, _decides(extreme, asked))))
        .order_by(hour.bucket.desc())
        .limit(1)
        .correlate(asked, last, fresh),
        "stored",
    )
    source = asked.join(last, true()).outerjoin(fresh, true()).outerjoin(stored, true())
    found = _Found(
        func.coalesce(fresh.c.ts, stored.c.ts), func.coalesce(fresh.c.value, stored.c.value)
    )
    return source, found


class _Found:
    """Answers as if they were columns of one relation."""

    def __init__(self, ts: Any, value: Any) -> None:  # noqa: ANN401
        self.c = self
        self.ts = type_coerce(ts, TIME).label("ts")
        self.value = type_coerce(value, Double).label("value")


@lru_cache
def sparklines_statement(rolled: bool, flagged: bool) -> Select[Any]:
    """Return tag, bucket, avg, min, max a minute of each of `tags` in [start, stop), in no order.

    With a rollup by minute, the readings answer from its newest bucket on, tag by tag.
    """
    asked = _asked()
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


def _minutes(asked: Any, source: Any, rows: Any) -> Select[Any]:  # noqa: ANN401
    numbers = (type_coerce(rows.c[name], Double).label(name) for name in ("avg", "min", "max"))
    return select(_tag(asked), rows.c.bucket, *numbers).select_from(source.join(rows, true()))


def _by_minute(asked: Any, edge: Any, flagged: bool) -> Select[Any]:  # noqa: ANN401
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
