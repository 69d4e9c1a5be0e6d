"""What statements about many tags share: the tags as rows, and a probe of the index for each.

The lateral form (for each tag its newest row) takes 10-14 ms for 1,000 tags, where DISTINCT ON over
20 million readings takes 7.6 s. Tags go in as one array (`tags`), and their ordinals
come back as `tag`, so that the answer has fixed-width columns only.
"""

from datetime import timedelta
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
    cast,
    column,
    func,
    literal,
    literal_column,
    select,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import INTERVAL

from data.sql.qc import QcCode
from data.sql.readings import TIME, flag, sane
from data.sql.tables import VALUE, influx_hist
from data.windows import EPOCH

#: A reading further past now is one of a wrong clock; by less, clocks may differ.
FUTURE = timedelta(seconds=5)
#: No reading from before counts, as no window starts there: a source without a clock writes the
#: year 1, which nanoseconds cannot hold, and one such reading must not end the answer about all.
BEGINNING = EPOCH
#: The moment that is looked back from; NULL: now.
AT = bindparam("at", None, type_=TIME)
#: Readings later than this alone are asked for: as a constant it leaves out partitions and chunks
#: while a statement is planned, where planning each of them takes longer than reading.
FLOOR = bindparam("floor", type_=TIME)
#: Rows that an answer has of a tag at most, and readings of it that are looked at.
COUNT, DEPTH = (bindparam(name, type_=BigInteger) for name in ("count", "depth"))


def tag_rows(*numbers: str, times: tuple[str, ...] = ()) -> Any:
    """Return `tags` as rows: tag_name, a column for each further array, and place (from 1).

    Parameters
    ----------
    numbers, times : names of the columns; the array of `low` is bound as `lows`
    """
    names = cast(bindparam("tags"), ARRAY(Text))
    kinds: dict[str, Any] = {**dict.fromkeys(numbers, Double()), **dict.fromkeys(times, TIME)}
    arrays = (cast(bindparam(f"{name}s"), ARRAY(kind)) for name, kind in kinds.items())
    columns = (column("tag_name", Text), *(column(name, kind) for name, kind in kinds.items()))
    rows = func.unnest(names, *arrays).table_valued(*columns, with_ordinality="place", name="tags")
    return rows.render_derived()


def tag_place(tags: Any) -> Any:
    """Return the place of a tag from 0, as column `tag`."""
    return cast(tags.c.place - 1, BigInteger).label("tag")


def now() -> Any:
    """Return the database's clock, with the type that a frame needs."""
    return type_coerce(func.now(), TIME)


def until() -> Any:
    """Return the last moment of readings that count: `at`, else now + 5 s, as clocks may differ."""
    return func.coalesce(AT, now() + literal(FUTURE, INTERVAL))


def back_from(back: timedelta) -> Any:
    """Return the moment so long before the one looked back from."""
    return func.coalesce(AT, now()) - literal(back, INTERVAL)


def newest_of(tags: Any, count: Any, flagged: QcCode | None, *conditions: Any) -> Select[Any]:
    """Return ts, value, qc of each tag's newest readings under conditions, newest first.

    None is from before `BEGINNING`, which stands in COALESCE as in `sound`: beside the time of a
    tag a planner takes two bounds for a stretch that next to no reading lies in.
    """
    hist = influx_hist.c
    is_time = hist.ts >= literal(BEGINNING, TIME)
    counts = func.coalesce(is_time, literal_column("false"), type_=Boolean)
    return (
        select(hist.ts, VALUE.label("value"), flag(flagged).label("qc"))
        .where(hist.tag_name == tags.c.tag_name, counts, *conditions)
        .order_by(hist.ts.desc())
        .limit(count)
        .correlate(tags)
    )


def inside(value: Any, tags: Any) -> Any:
    """Return whether a value can be right: sane, and between `low` and `high` of its tag."""
    return and_(sane(value), value >= tags.c.low, value <= tags.c.high)


def all_inside(rollup: Any, tags: Any) -> Any:
    """Return whether all of a stored bucket can be right: rollups of others may hold anything."""
    return and_(inside(rollup.min, tags), inside(rollup.max, tags))


def sound(rows: Any, tags: Any) -> Any:
    """Return whether readings (rows with value and qc) are not BAD.

    Of COALESCE a planner takes that half of the rows pass. Of the conditions themselves it takes
    that next to none does, and then sorts all readings of a tag instead of reading the newest.
    """
    is_sound = and_(inside(rows.c.value, tags), rows.c.qc == 0)
    return func.coalesce(is_sound, literal_column("false"), type_=Boolean)
