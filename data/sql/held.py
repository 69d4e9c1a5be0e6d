"""What decides an alarm that a deadband holds: how far back, and among what, it is sought."""

from datetime import timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Double,
    Select,
    and_,
    case,
    func,
    lateral,
    literal,
    or_,
    select,
    true,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import INTERVAL

from data.sql.many import DEPTH, asked_tags, back_from, newest_of, now, sound, tag_place, until
from data.sql.readings import TIME, sane
from data.sql.tables import ROLLUPS, influx_hist

HOUR = literal(timedelta(hours=1), INTERVAL)
#: How far a look-back goes, without and with an hourly rollup: a day of readings, or a month of
#: hours, costs milliseconds a tag.
READINGS_BACK, HOURS_BACK = timedelta(hours=24), timedelta(days=30)


def _decides(value: Any, asked: Any) -> Any:
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
    asked = asked_tags("low", "high", "floor", "ceiling")
    hist = influx_hist.c
    decides = _decides(hist.value, asked)
    if not rolled:
        recent = (hist.ts > back_from(READINGS_BACK), hist.ts <= until())
        found = lateral(newest_of(asked, 1, False, *recent, decides), "found")
        source = asked.join(found, true())
    else:
        source, found = _by_hours(asked, decides)
    return select(tag_place(asked), found.c.ts, found.c.value).select_from(source)


@lru_cache
def held_since_statement() -> Select[Any]:
    """Return what `held_statement` does, sought only among the readings later than `sinces`."""
    asked, hist = asked_tags("low", "high", "floor", "ceiling", times=("since",)), influx_hist.c
    later = (hist.ts > asked.c.since, hist.ts <= until(), _decides(hist.value, asked))
    found = lateral(newest_of(asked, 1, False, *later), "found")
    columns = (tag_place(asked), found.c.ts, found.c.value, now().label("now"))
    return select(*columns).select_from(asked.join(found, true()))


@lru_cache
def reaching_statement() -> Select[Any]:
    """Return tag and ts of the newest reading of each of `tags` that is not BAD, up to `untils`.

    Sought among the `depth` newest ones until then.
    """
    asked = asked_tags("low", "high", times=("until",))
    newest = newest_of(asked, DEPTH, False, influx_hist.c.ts <= asked.c.until).subquery("newest")
    kept = select(newest.c.ts).where(sound(newest.c.value, asked))
    one = lateral(kept.order_by(newest.c.ts.desc()).limit(1).correlate(asked), "one")
    return select(tag_place(asked), one.c.ts).select_from(asked.join(one, true()))


def _by_hours(asked: Any, decides: Any) -> tuple[Any, Any]:
    """Return the joins and the relation with the answers, going back hour by hour."""
    hist, hour = influx_hist.c, ROLLUPS[3_600].c
    seen = (hour.bucket >= back_from(HOURS_BACK), hour.bucket <= until())
    mine = (hour.tag_name == asked.c.tag_name, *seen)
    last = lateral(select(func.max(hour.bucket).label("bucket")).where(*mine), "last")
    since = func.coalesce(last.c.bucket, back_from(READINGS_BACK))
    recent = (hist.ts >= since, hist.ts <= until())
    fresh = lateral(newest_of(asked, 1, False, *recent, decides).correlate(asked, last), "fresh")
    outside = or_(hour.min < asked.c.low, hour.max >= asked.c.high)
    # An hour of nothing but BAD readings holds no answer, and is not worth a look at them.
    may = and_(outside, hour.max >= asked.c.floor, hour.min <= asked.c.ceiling)
    within = (hist.ts >= hour.bucket, hist.ts < hour.bucket + HOUR)
    one = newest_of(asked, 1, False, *within, decides).correlate(asked, ROLLUPS[3_600])
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

    def __init__(self, ts: Any, value: Any) -> None:
        self.c = self
        self.ts = type_coerce(ts, TIME).label("ts")
        self.value = type_coerce(value, Double).label("value")
