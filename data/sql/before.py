"""What is asked about the readings before a window, which decide the quality of those in it."""

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
    type_coerce,
    union_all,
)

from data.analysis import quality
from data.buckets import MAX_READINGS
from data.sql.qc import QcCode
from data.sql.readings import HIGH, LOW, START, TAG, TIME, flag, sane
from data.sql.tables import influx_hist

#: From here on every reading counts; of those before it only the newest that are not BAD.
SINCE = bindparam("since", type_=TIME)


@lru_cache
def before_statement(flagged: QcCode | None) -> Select[Any]:
    """Return the readings of `tag` before `start` that decide the quality of those after it.

    Columns ts, value, qc and place, which counts back from -1: all in [since, start), of those
    before `since` the newest 61 that are not BAD, among 5,000 (see `quality.LOOK_BACK`), and the
    very newest, BAD or not. By time.
    """
    hist = influx_hist.c
    number = func.row_number().over(order_by=hist.ts.desc()).label("number")
    every = select(hist.ts, hist.value, flag(flagged).label("qc"), number)
    every = every.where(hist.tag_name == TAG).order_by(hist.ts.desc())
    fresh = every.where(hist.ts >= SINCE, hist.ts < START).limit(MAX_READINGS).cte("fresh")
    old = every.where(hist.ts < SINCE).limit(quality.LOOK_BACK).subquery("old")
    ahead = select(func.count()).select_from(fresh).scalar_subquery()
    sound = and_(sane(old.c.value), old.c.value >= LOW, old.c.value <= HIGH, old.c.qc == 0)
    trusted_rows = select(old.c.ts, old.c.value, old.c.qc, (old.c.number + ahead).label("number"))
    trusted_rows = trusted_rows.where(or_(sound, old.c.number + ahead == 1))
    trusted_rows = trusted_rows.order_by(old.c.ts.desc()).limit(quality.COMPARED + 1)
    rows = union_all(select(*fresh.c), select(*trusted_rows.subquery("trusted").c)).subquery("rows")
    place = type_coerce(-rows.c.number, BigInteger).label("place")
    return select(rows.c.ts, rows.c.value, rows.c.qc, place).order_by(rows.c.ts)
