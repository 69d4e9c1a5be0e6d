"""What is asked about when a tag had readings: times alone, no values."""

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Select,
    bindparam,
    cast,
    column,
    func,
    lateral,
    literal_column,
    select,
    true,
    union_all,
)

from data.analysis import coverage
from data.sql.readings import START, STOP, TAG, TIME
from data.sql.tables import influx_hist


@lru_cache
def before_moments_statement() -> Select[Any]:
    """Return place, ts of the 100 readings of `tag` before each of `moments`.

    Places count from 1, in order of `moments`; place 0 is the tag's first reading.
    """
    hist = influx_hist.c
    times = cast(bindparam("moments"), ARRAY(TIME))
    rows = func.unnest(times).table_valued(
        column("at", TIME), with_ordinality="place", name="moments"
    )
    moments = rows.render_derived()
    mine = select(hist.ts).where(hist.tag_name == TAG, hist.ts < moments.c.at)
    newest = mine.order_by(hist.ts.desc()).limit(coverage.BEFORE).correlate(moments)
    before = lateral(newest, "before")
    place = cast(moments.c.place, BigInteger).label("place")
    every = select(place, before.c.ts).select_from(moments.join(before, true()))
    oldest = select(hist.ts).where(hist.tag_name == TAG).order_by(hist.ts).limit(1).subquery("one")
    first = select(literal_column("0", BigInteger).label("place"), oldest.c.ts)
    rows_of_all = union_all(first, every).subquery("rows")
    return select(rows_of_all.c.place, rows_of_all.c.ts)


@lru_cache
def reading_times_statement(most: int) -> Select[Any]:
    """Return ts of the first `most` readings of `tag` in [start, stop), by time."""
    ts = influx_hist.c.ts
    inside = (influx_hist.c.tag_name == TAG, ts >= START, ts < STOP)
    return select(ts).where(*inside).order_by(ts).limit(most)
