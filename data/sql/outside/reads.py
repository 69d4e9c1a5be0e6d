"""Readings of many tags in stretches, as far as they tell when a tag was outside."""

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Select,
    and_,
    bindparam,
    cast,
    func,
    lateral,
    not_,
    or_,
    select,
    true,
)

from data.sql.many import AT, inside, newest_of, tag_place, tag_rows
from data.sql.outside.stored import FALSE, is_loud
from data.sql.qc import QcCode
from data.sql.readings import START, STOP, flag, sane
from data.sql.tables import VALUE, influx_hist


@lru_cache
def reads_statement(flagged: QcCode | None) -> Select[Any]:
    """Return the readings in stretches that are loud or BAD, or follow such a one.

    Stretches are a tag each, with `floor`, `ceiling`, `start` and `stop`; of each up to `most`
    readings are looked at. `start` and `stop` lie around all.

    Returns
    -------
    Columns tag (place of the stretch), ts, value, qc, total (how many readings were looked at); the
    first and the last reading of a stretch are among them.
    """
    hist = influx_hist.c
    tags = tag_rows("floor", "ceiling", times=("start", "stop"))
    mine = (hist.tag_name == tags.c.tag_name, hist.ts >= START, hist.ts < STOP)
    readings = (
        select(hist.ts, VALUE.label("value"), flag(flagged).label("qc"))
        .where(*mine, hist.ts >= tags.c.start, hist.ts < tags.c.stop)
        .order_by(hist.ts)
        .limit(bindparam("most", type_=BigInteger))
        .correlate(tags)
    )
    each = readings.subquery("each")
    fine = and_(sane(each.c.value), each.c.qc == 0)
    loud = or_(is_loud(each.c.value, each.c.value, tags), not_(func.coalesce(fine, FALSE)))
    by_time = each.c.ts
    numbered = select(
        each,
        loud.label("loud"),
        func.lag(loud).over(order_by=by_time).label("was"),
        func.lead(each.c.ts).over(order_by=by_time).label("next"),
        func.count().over().label("total"),
    ).correlate(tags)
    every = numbered.subquery("numbered")
    told = or_(every.c.loud, every.c.was, every.c.was.is_(None), every.c.next.is_(None))
    rows = lateral(select(every).where(func.coalesce(told, FALSE)), "rows")
    total = cast(rows.c.total, BigInteger).label("total")
    columns = (tag_place(tags), rows.c.ts, rows.c.value, rows.c.qc, total)
    return select(*columns).select_from(tags.join(rows, true()))


@lru_cache
def newest_before_statement(flagged: QcCode | None) -> Select[Any]:
    """Return tag, ts of the newest reading of each of `tags` up to `at`, BAD or not."""
    tags = tag_rows()
    newest = lateral(newest_of(tags, 1, flagged, influx_hist.c.ts <= AT), "newest")
    return select(tag_place(tags), newest.c.ts).select_from(tags.join(newest, true()))


@lru_cache
def extremes_statement(flagged: QcCode | None) -> Select[Any]:
    """Return tag, ts: when each tag first had a value of `extremes` in its stretch.

    Of readings that are not BAD, between `lows` and `highs`.
    """
    hist = influx_hist.c
    tags = tag_rows("low", "high", "extreme", times=("start", "stop"))
    mine = (hist.tag_name == tags.c.tag_name, hist.ts >= START, hist.ts < STOP)
    within = (hist.ts >= tags.c.start, hist.ts < tags.c.stop)
    fine = and_(inside(VALUE, tags), flag(flagged) == 0, tags.c.extreme == VALUE)
    first = select(hist.ts).where(*mine, *within, fine).order_by(hist.ts).limit(1)
    one = lateral(first.correlate(tags), "one")
    return select(tag_place(tags), one.c.ts).select_from(tags.join(one, true()))
