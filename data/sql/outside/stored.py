"""Stored buckets of many tags that may lie outside: of a thousand tags most hours never do.

A row is quiet where all of its numbers lie in [floor, ceiling): there every reading resets every
limit and none is BAD. Any other is loud. What is quiet and follows something quiet tells nothing,
so it is not sent.
"""

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Double,
    Select,
    and_,
    cast,
    func,
    lateral,
    literal_column,
    not_,
    or_,
    select,
    true,
    type_coerce,
)

from data.buckets import Resolution
from data.sql.many import tag_place, tag_rows
from data.sql.readings import FIRST_COLUMN, START, STOP, bucket_of
from data.sql.tables import ROLLUPS

#: What of a stored bucket tells of its levels.
NUMBERS = ("min", "max", "first", "last")
FALSE: Any = literal_column("false")


def is_loud(low: Any, high: Any, tags: Any) -> Any:
    """Return whether numbers from `low` to `high` are not surely inside; NULL and NaN are not."""
    quiet = and_(low >= tags.c.floor, high < tags.c.ceiling)
    return not_(func.coalesce(quiet, FALSE))


@lru_cache
def loud_statement(width: int) -> Select[Any]:
    """Return the rows of a rollup in stretches that are loud, or follow a loud one.

    Stretches are a tag each, with `floor`, `ceiling`, `start` and `stop`; the first and the last
    row of each are among them. `start` and `stop` lie around all.

    Parameters
    ----------
    width : of the rollup [s]

    Returns
    -------
    Columns tag (place of the stretch), bucket, min, max, first, last, n, place (number of the row
    in its stretch, from 1), total (readings in all rows of the stretch); by tag, bucket.
    """
    tags, rollup = tag_rows("floor", "ceiling", times=("start", "stop")), ROLLUPS[width].c
    time = rollup.bucket
    mine = (rollup.tag_name == tags.c.tag_name, time >= START, time < STOP)
    inside = select(
        time,
        *(rollup[name] for name in NUMBERS),
        rollup.n,
        is_loud(rollup.min, rollup.max, tags).label("loud"),
    ).where(*mine, time >= tags.c.start, time < tags.c.stop)
    each = inside.correlate(tags).subquery("each")
    by_time = each.c.bucket
    numbered = select(
        each,
        func.row_number().over(order_by=by_time).label("place"),
        func.lag(each.c.loud).over(order_by=by_time).label("was"),
        func.lead(each.c.bucket).over(order_by=by_time).label("next"),
        func.sum(cast(each.c.n, Double)).over().label("total"),
    ).subquery("numbered")
    told = or_(numbered.c.loud, numbered.c.was, numbered.c.next.is_(None), numbered.c.place == 1)
    rows = lateral(select(numbered).where(func.coalesce(told, FALSE)), "rows")
    return select(
        tag_place(tags),
        rows.c.bucket,
        *(type_coerce(rows.c[name], Double).label(name) for name in NUMBERS),
        *(cast(rows.c[name], BigInteger).label(name) for name in ("n", "place", "total")),
    ).select_from(tags.join(rows, true()))


@lru_cache
def held_time_statement(width: int, of: Resolution) -> Select[Any]:
    """Return for how long readings stand in the buckets of stretches, by rows of a finer rollup.

    A row counts whole, and for `reach` seconds more at most, until the next one. Stretches are a
    tag each, with `start`, `stop` and `reach`.

    Parameters
    ----------
    width : of the rollup [s]
    of : the buckets

    Returns
    -------
    Columns tag (place of the stretch), bucket, seen [s]
    """
    tags, rollup = tag_rows("reach", times=("start", "stop")), ROLLUPS[width].c
    time = rollup.bucket
    mine = (rollup.tag_name == tags.c.tag_name, time >= START, time < STOP)
    inside = select(time).where(*mine, time >= tags.c.start, time < tags.c.stop)
    each = inside.correlate(tags).subquery("each")
    following = func.lead(each.c.bucket).over(order_by=each.c.bucket)
    until = func.coalesce(following, tags.c.stop)
    seconds = cast(func.extract("epoch", until - each.c.bucket), Double)
    seconds_of = func.least(seconds, width + tags.c.reach, type_=Double).label("seen")
    rows = select(each.c.bucket, seconds_of).correlate(tags).subquery("rows")
    start = bucket_of(rows.c.bucket, of).label("bucket")
    total = select(start, func.sum(rows.c.seen).label("seen")).group_by(FIRST_COLUMN)
    one = lateral(total, "one")
    columns = (tag_place(tags), one.c.bucket, type_coerce(one.c.seen, Double).label("seen"))
    return select(*columns).select_from(tags.join(one, true()))


@lru_cache
def before_row_statement(width: int) -> Select[Any]:
    """Return tag, bucket of the newest row of each of `tags` in [start, stop), where it is quiet.

    Parameters
    ----------
    width : of the rollup [s]
    """
    tags, rollup = tag_rows("floor", "ceiling"), ROLLUPS[width].c
    mine = (rollup.tag_name == tags.c.tag_name, rollup.bucket >= START, rollup.bucket < STOP)
    newest = select(rollup.bucket, rollup.min, rollup.max).where(*mine)
    newest = newest.order_by(rollup.bucket.desc()).limit(1).correlate(tags)
    row = lateral(newest, "newest")
    source = tags.join(row, true())
    quiet = not_(is_loud(row.c.min, row.c.max, tags))
    return select(tag_place(tags), row.c.bucket).select_from(source).where(quiet)
