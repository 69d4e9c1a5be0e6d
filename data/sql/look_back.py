"""What decides the quality and the alarm of readings: those before them, and how far back."""

from datetime import timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Double,
    Select,
    and_,
    asc,
    bindparam,
    case,
    cast,
    column,
    desc,
    func,
    lateral,
    literal,
    or_,
    select,
    true,
    type_coerce,
    union_all,
)
from sqlalchemy.dialects.postgresql import INTERVAL

from data.analysis import spikes
from data.buckets import MAX_READINGS
from data.sql.many import (
    BEGINNING,
    DEPTH,
    back_from,
    inside,
    newest_of,
    now,
    sound,
    tag_place,
    tag_rows,
    until,
)
from data.sql.qc import QcCode
from data.sql.readings import HIGH, LOW, START, TAG, TIME, flag, sane, unflagged
from data.sql.tables import ROLLUPS, VALUE, influx_hist

#: The width of a bucket of the hourly rollup.
ONE_HOUR = literal(timedelta(hours=1), INTERVAL)
#: From the start of such a bucket to the last moment in it.
_TO_ITS_END = literal(timedelta(hours=1) - timedelta(microseconds=1), INTERVAL)
_NONE = literal(timedelta(0), INTERVAL)
#: How far a look-back goes, without and with an hourly rollup: a day of readings, or a month of
#: hours, costs milliseconds a tag.
READINGS_BACK, HOURS_BACK = timedelta(hours=24), timedelta(days=30)
#: From here on every reading before a window counts; of earlier ones only the newest that are not
#: BAD.
SINCE = bindparam("since", type_=TIME)
#: Stretches in which the hours wait for a refresh. And from when on no readings were dropped: there
#: an hour that waits and has none holds what was deleted.
WAITS: tuple[Any, ...] = (bindparam("waiting_starts"), bindparam("waiting_stops"))
KEPT = bindparam("kept", type_=TIME)


@lru_cache
def before_statement(flagged: QcCode | None) -> Select[Any]:
    """Return the readings of `tag` before `start` that decide the quality of those after it.

    Columns ts, value, qc and place, which counts back from -1: all in [since, start), of those
    before `since` the newest 61 that are not BAD, among 5,000 (see `spikes.LOOK_BACK`), and the
    very newest, BAD or not. By time.
    """
    hist = influx_hist.c
    number = func.row_number().over(order_by=hist.ts.desc()).label("number")
    every = select(hist.ts, VALUE.label("value"), flag(flagged).label("qc"), number)
    every = every.where(hist.tag_name == TAG, hist.ts >= literal(BEGINNING, TIME))
    every = every.order_by(hist.ts.desc())
    fresh = every.where(hist.ts >= SINCE, hist.ts < START).limit(MAX_READINGS).cte("fresh")
    old = every.where(hist.ts < SINCE).limit(spikes.LOOK_BACK).subquery("old")
    ahead = select(func.count()).select_from(fresh).scalar_subquery()
    sound = and_(sane(old.c.value), old.c.value >= LOW, old.c.value <= HIGH, old.c.qc == 0)
    trusted_rows = select(old.c.ts, old.c.value, old.c.qc, (old.c.number + ahead).label("number"))
    trusted_rows = trusted_rows.where(or_(sound, old.c.number + ahead == 1))
    trusted_rows = trusted_rows.order_by(old.c.ts.desc()).limit(spikes.COMPARED + 1)
    rows = union_all(select(*fresh.c), select(*trusted_rows.subquery("trusted").c)).subquery("rows")
    place = type_coerce(-rows.c.number, BigInteger).label("place")
    return select(rows.c.ts, rows.c.value, rows.c.qc, place).order_by(rows.c.ts)


def _decides(value: Any, tags: Any) -> Any:
    """Whether a value lies outside [low, high) and inside [floor, ceiling]."""
    outside = or_(value < tags.c.low, value >= tags.c.high)
    inside = and_(value >= tags.c.floor, value <= tags.c.ceiling, sane(value))
    return and_(outside, inside)


def _deciding_number(tags: Any, last: Any, most: Any, least: Any) -> Any:
    """Return the first of an hour's numbers that decides, of its extremes first the one that sets.

    Where both of them decide, and the last one does not, nobody knows which was later.
    """
    sets_below = and_(tags.c.side < 0, _decides(least, tags))
    greatest = (_decides(most, tags), most)
    return case((_decides(last, tags), last), (sets_below, least), greatest, else_=least)


def _reading_decides(tags: Any, flagged: QcCode | None) -> Any:
    return and_(_decides(VALUE, tags), unflagged(flagged))


@lru_cache
def deciding_statement(has_hours: bool, flagged: QcCode | None, holes: bool = False) -> Select[Any]:
    """Return tag, ts, value of each question's newest reading that decides it.

    A question is a place in `tags`, `lows`, `highs`, `floors`, `ceilings`, `sides`; a reading
    decides it with value < low or value >= high, and floor <= value <= ceiling, if its source does
    not flag it. Without an hourly rollup the look-back takes in 24 hours of readings before `at`;
    with one (`has_hours`), the readings since its last hour, and before them its hours of 30 days,
    newest first. An hour without readings answers with the first of its last, the extreme that sets
    (`sides`: -1 the least, 1 the greatest) and the other one that decides, the last hour too once
    it is over. Where hours wait for a refresh (`waiting_starts`, `waiting_stops`), and where a tag
    has none (`holes`), the readings answer. Nothing later than `at` or of the future answers.
    """
    tags = tag_rows("low", "high", "floor", "ceiling", "side")
    hist = influx_hist.c
    decides = _reading_decides(tags, flagged)
    if not has_hours:
        recent = (hist.ts > back_from(READINGS_BACK), hist.ts <= until())
        newest = lateral(newest_of(tags, 1, None, *recent, decides), "newest")
        source = tags.join(newest, true())
    else:
        source, newest = _by_hours(tags, decides, holes)
    return select(tag_place(tags), newest.c.ts, newest.c.value).select_from(source)


@lru_cache
def deciding_since_statement(flagged: QcCode | None) -> Select[Any]:
    """Return tag, ts, value as `deciding_statement`, of readings later than `sinces`, and now."""
    tags, hist = tag_rows("low", "high", "floor", "ceiling", times=("since",)), influx_hist.c
    decides = _reading_decides(tags, flagged)
    later = (hist.ts > tags.c.since, hist.ts <= until(), decides)
    newest = lateral(newest_of(tags, 1, None, *later), "newest")
    columns = (tag_place(tags), newest.c.ts, newest.c.value, now().label("now"))
    return select(*columns).select_from(tags.join(newest, true()))


@lru_cache
def entering_statement(has_hours: bool, flagged: QcCode | None, holes: bool = False) -> Select[Any]:
    """Return tag, ts of each question's oldest reading later than `sinces` that decides it.

    Questions as in `deciding_statement`. With an hourly rollup (`has_hours`) the hours up to its
    last are gone through, oldest first, and only then the readings since; an hour without readings
    answers with its start. Where hours wait or are missing the readings answer, likewise.
    """
    tags = tag_rows("low", "high", "floor", "ceiling", times=("since",))
    hist = influx_hist.c
    later = (hist.ts > tags.c.since, hist.ts <= until(), _reading_decides(tags, flagged))
    if not has_hours:
        oldest = lateral(_oldest_of(tags, *later).correlate(tags), "oldest")
        return select(tag_place(tags), oldest.c.ts).select_from(tags.join(oldest, true()))
    hour = ROLLUPS[3_600].c
    # Not over all of its hours: a continuous aggregate would make those it has not stored.
    within_reach = (hour.bucket > tags.c.since - ONE_HOUR, hour.bucket <= until())
    mine = (hour.tag_name == tags.c.tag_name, *within_reach)
    newest = func.coalesce(func.max(hour.bucket), tags.c.since).label("bucket")
    last = lateral(select(newest).where(*mine).correlate(tags), "last")
    unsure = _unsure(tags, last, tags.c.since, holes)
    read = _oldest_of(tags, hist.ts >= unsure.c.start, hist.ts < unsure.c.stop, *later)
    read_there = _outermost(read, unsure, (tags, last), asc)
    within = (hist.ts >= hour.bucket, hist.ts < hour.bucket + ONE_HOUR)
    reading = lateral(_oldest_of(tags, *within, *later).correlate(tags, ROLLUPS[3_600]), "reading")
    extreme = or_(_decides(hour.max, tags), _decides(hour.min, tags))
    gone = and_(_without_readings(tags, within), extreme)
    may = or_(hour.min < tags.c.low, hour.max >= tags.c.high)
    stored = lateral(
        select(func.coalesce(reading.c.ts, hour.bucket).label("ts"))
        .select_from(ROLLUPS[3_600].outerjoin(reading, true()))
        .where(*mine, _is_over(last), may)
        .where(or_(reading.c.ts.is_not(None), gone))
        .order_by(hour.bucket)
        .limit(1)
        .correlate(tags, last),
        "stored",
    )
    first = func.least(stored.c.ts, read_there.c.ts)
    recent = (*later, hist.ts >= last.c.bucket, first.is_(None))
    fresh = lateral(_oldest_of(tags, *recent).correlate(tags, last, stored, read_there), "fresh")
    ts = type_coerce(func.coalesce(first, fresh.c.ts), TIME).label("ts")
    source = tags.join(last, true()).outerjoin(stored, true()).outerjoin(read_there, true())
    return select(tag_place(tags), ts).select_from(source.outerjoin(fresh, true()))


@lru_cache
def older_statement(has_hours: bool, flagged: QcCode | None) -> Select[Any]:
    """Return tag: which of `tags` have a reading that is not BAD up to `untils`.

    Only the `depth` newest ones until then are looked at, and the hours (`has_hours`): one counts
    if a number of its own is not BAD, or else a reading that is still there.
    """
    tags, hour = tag_rows("low", "high", times=("until",)), ROLLUPS[3_600].c
    newest = newest_of(tags, DEPTH, flagged, influx_hist.c.ts <= tags.c.until).subquery("newest")
    trusted = select(newest.c.ts).where(sound(newest, tags))
    has_older: Any = trusted.correlate(tags).exists()
    if has_hours:
        mine = (hour.tag_name == tags.c.tag_name, hour.bucket <= tags.c.until - ONE_HOUR)
        sound_hour = _sound_hour(tags, flagged)
        has_hour = select(hour.bucket).where(*mine, sound_hour).correlate(tags).exists()
        has_older = or_(has_older, has_hour)
    return select(tag_place(tags)).select_from(tags).where(has_older)


def _sound_hour(tags: Any, flagged: QcCode | None) -> Any:
    """Return whether an hour of a tag surely holds a reading that is not BAD.

    That its numbers lie on both sides of the span does not tell: it may be left out altogether.
    """
    hist, hour = influx_hist.c, ROLLUPS[3_600].c
    proofs = (inside(number, tags) for number in (hour.min, hour.max, hour.first, hour.last))
    within = (hist.ts >= hour.bucket, hist.ts < hour.bucket + ONE_HOUR)
    mine = select(hist.ts).where(hist.tag_name == tags.c.tag_name, *within)
    readings = mine.where(inside(VALUE, tags), unflagged(flagged)).correlate(tags, ROLLUPS[3_600])
    may = and_(hour.max >= tags.c.low, hour.min <= tags.c.high)
    return or_(*proofs, and_(may, readings.exists()))


def _oldest_of(tags: Any, *conditions: Any) -> Select[Any]:
    """Return ts of each tag's oldest reading under conditions."""
    hist = influx_hist.c
    mine = select(hist.ts).where(hist.tag_name == tags.c.tag_name, *conditions)
    return mine.order_by(hist.ts).limit(1)


def _by_hours(tags: Any, decides: Any, holes: bool) -> tuple[Any, Any]:
    """Return the joins and the relation with the answers, going back hour by hour."""
    hist, hour, since = influx_hist.c, ROLLUPS[3_600].c, back_from(HOURS_BACK)
    within_reach = (hour.bucket >= since, hour.bucket <= until())
    mine = (hour.tag_name == tags.c.tag_name, *within_reach)
    last = lateral(select(func.max(hour.bucket).label("bucket")).where(*mine), "last")
    edge = func.coalesce(last.c.bucket, back_from(READINGS_BACK))
    recent = (hist.ts >= edge, hist.ts <= until())
    fresh = lateral(newest_of(tags, 1, None, *recent, decides).correlate(tags, last), "fresh")
    unsure = _unsure(tags, last, since, holes, fresh)
    there = (hist.ts >= unsure.c.start, hist.ts < unsure.c.stop, decides)
    read = newest_of(tags, 1, None, *there)
    found = _outermost(read, unsure, (tags, last, fresh), desc)
    outside = or_(hour.min < tags.c.low, hour.max >= tags.c.high)
    # An hour of nothing but BAD readings holds no answer, and is not worth a look at them.
    may = and_(outside, hour.max >= tags.c.floor, hour.min <= tags.c.ceiling)
    within = (hist.ts >= hour.bucket, hist.ts < hour.bucket + ONE_HOUR)
    one = newest_of(tags, 1, None, *within, decides).correlate(tags, ROLLUPS[3_600])
    reading = lateral(one, "reading")
    extreme = _deciding_number(tags, hour.last, hour.max, hour.min)
    without_readings = _without_readings(tags, within)
    answer = func.coalesce(reading.c.value, extreme)
    stored = lateral(
        select(func.coalesce(reading.c.ts, hour.bucket).label("ts"), answer.label("value"))
        .select_from(ROLLUPS[3_600].outerjoin(reading, true()))
        .where(*mine, _is_over(last), may, fresh.c.ts.is_(None))
        .where(or_(reading.c.ts.is_not(None), and_(without_readings, _decides(extreme, tags))))
        .order_by(hour.bucket.desc())
        .limit(1)
        .correlate(tags, last, fresh),
        "stored",
    )
    later = and_(found.c.ts.is_not(None), func.coalesce(found.c.ts > stored.c.ts, true()))
    answers = _Answers(
        func.coalesce(fresh.c.ts, case((later, found.c.ts), else_=stored.c.ts)),
        func.coalesce(fresh.c.value, case((later, found.c.value), else_=stored.c.value)),
    )
    source = tags.join(last, true()).outerjoin(fresh, true()).outerjoin(stored, true())
    return source.outerjoin(found, true()), answers


def _is_over(last: Any) -> Any:
    """Return whether an hour is no longer filling: each before a tag's last one, and that in time.

    What the last one holds is read; where its readings are gone it answers like any other.
    """
    hour = ROLLUPS[3_600].c
    return or_(hour.bucket < last.c.bucket, hour.bucket + _TO_ITS_END <= until())


def _without_readings(tags: Any, within: tuple[Any, ...]) -> Any:
    """Return whether an hour of a tag holds no reading any more, and none were deleted in it."""
    hist, hour = influx_hist.c, ROLLUPS[3_600].c
    mine = select(hist.ts).where(hist.tag_name == tags.c.tag_name, *within)
    waits = _waits()
    is_in = (hour.bucket >= waits.c.start, hour.bucket < waits.c.stop, hour.bucket >= KEPT)
    deleted = select(waits.c.start).where(*is_in).correlate(ROLLUPS[3_600])
    return and_(~mine.correlate(tags, ROLLUPS[3_600]).exists(), ~deleted.exists())


def _waits() -> Any:
    """Return start, stop of the stretches in which the hours wait for a refresh."""
    rows = func.unnest(*(cast(each, ARRAY(TIME)) for each in WAITS))
    columns = (column("start", TIME), column("stop", TIME))
    return rows.table_valued(*columns, name="waits").render_derived()


def _unsure(tags: Any, last: Any, since: Any, holes: bool, fresh: Any = None) -> Any:
    """Return start, stop of stretches later than `since` of which a tag's hours do not tell.

    Before its last one they wait for a refresh, or it has none there (`holes`): of these the newest
    24 hours, which is as far as readings are looked at without a rollup. None where there is a
    `fresh` answer.
    """
    waits, hour = _waits(), ROLLUPS[3_600].c
    stop = func.least(waits.c.stop, last.c.bucket)
    rows: Any = select(*_named(func.greatest(waits.c.start, since), stop)).correlate(tags, last)
    if holes:
        before = func.lag(hour.bucket).over(order_by=hour.bucket) + ONE_HOUR
        mine = (hour.tag_name == tags.c.tag_name, hour.bucket > since, hour.bucket <= until())
        start = func.coalesce(before, since)
        rows = rows.union_all(select(*_named(start, hour.bucket)).where(*mine).correlate(tags))
    each = rows.subquery("each")
    length = each.c.stop - each.c.start
    is_one = each.c.start < each.c.stop
    newer = {"order_by": each.c.stop.desc(), "rows": (None, 0)}
    ahead = func.sum(length).filter(is_one).over(**newer) - length
    rest = literal(READINGS_BACK, INTERVAL) - ahead
    some = select(each, rest.label("rest")).where(is_one).subquery("some")
    newest = func.greatest(some.c.start, some.c.stop - some.c.rest)
    unsure = select(*_named(newest, some.c.stop)).where(some.c.rest > _NONE)
    if fresh is not None:
        unsure = unsure.where(fresh.c.ts.is_(None)).correlate(tags, last, fresh)
    return lateral(unsure, "unsure")


def _named(start: Any, stop: Any) -> tuple[Any, Any]:
    return start.label("start"), stop.label("stop")


def _outermost(readings: Select[Any], unsure: Any, outer: tuple[Any, ...], order: Any) -> Any:
    """Return of one reading a stretch the first in an order."""
    one = lateral(readings.correlate(*outer, unsure), "one")
    first = select(*one.c).select_from(unsure.join(one, true())).correlate(*outer)
    return lateral(first.order_by(order(one.c.ts)).limit(1), "found")


class _Answers:
    """Answers as if they were columns of one relation."""

    def __init__(self, ts: Any, value: Any) -> None:
        self.c = self
        self.ts = type_coerce(ts, TIME).label("ts")
        self.value = type_coerce(value, Double).label("value")
