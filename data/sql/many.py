"""What statements about many tags share: the tags as rows, and a probe of the index for each.

The lateral form (for each asked tag its newest row) stays in milliseconds where a sort or a
DISTINCT ON over the readings takes seconds. Tags go in as one array (`tags`), and their ordinals
come back as `tag`, so that the answer has fixed-width columns only.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Double,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    column,
    func,
    literal,
    select,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import INTERVAL

from data.sql.readings import TIME, flag, sane
from data.sql.tables import influx_hist

#: A reading further past now is one of a wrong clock; by less, clocks may differ.
FUTURE = timedelta(seconds=5)
AT = bindparam("at", None, type_=TIME)  # the moment looked back from; NULL: now
COUNT, DEPTH = (bindparam(name, type_=BigInteger) for name in ("count", "depth"))


def asked_tags(*numbers: str, times: tuple[str, ...] = ()) -> Any:
    """Return the asked tags as rows (tag_name, a column for each array, ordinal)."""
    names = cast(bindparam("tags"), ARRAY(Text))
    kinds: dict[str, Any] = {**dict.fromkeys(numbers, Double()), **dict.fromkeys(times, TIME)}
    arrays = (cast(bindparam(f"{name}s"), ARRAY(kind)) for name, kind in kinds.items())
    columns = (column("tag_name", Text), *(column(name, kind) for name, kind in kinds.items()))
    rows = func.unnest(names, *arrays).table_valued(*columns, with_ordinality="place", name="asked")
    return rows.render_derived()


def tag_place(asked: Any) -> Any:
    return cast(asked.c.place - 1, BigInteger).label("tag")


def now() -> Any:
    return type_coerce(func.now(), TIME)


def until() -> Any:
    """Return the last moment that is no future: a clock may be ahead of ours."""
    return func.coalesce(AT, now() + literal(FUTURE, INTERVAL))


def back_from(back: timedelta) -> Any:
    return func.coalesce(AT, now()) - literal(back, INTERVAL)


def newest_of(asked: Any, count: Any, flagged: bool, *conditions: Any) -> Select[Any]:
    hist = influx_hist.c
    return (
        select(hist.ts, hist.value, flag(flagged).label("qc"))
        .where(hist.tag_name == asked.c.tag_name, *conditions)
        .order_by(hist.ts.desc())
        .limit(count)
        .correlate(asked)
    )


def sound(value: Any, asked: Any) -> Any:
    return and_(sane(value), value >= asked.c.low, value <= asked.c.high)
