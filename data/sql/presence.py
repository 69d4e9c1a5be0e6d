"""What is asked about when a tag had readings, and how many: times and counts, no values."""

from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    Table,
    bindparam,
    cast,
    column,
    func,
    lateral,
    literal_column,
    select,
    text,
    true,
    type_coerce,
    union_all,
)

from data.analysis import gaps, spacing
from data.buckets import RAW
from data.sql.many import tag_place, tag_rows
from data.sql.readings import START, STOP, TAG, TIME
from data.sql.tables import LEFT, ROLLUPS, influx_hist


@lru_cache
def before_moments_statement() -> Select[Any]:
    """Return place, ts of the 100 readings of `tag` before each of `moments`, from `start` on.

    Places count from 1, in order of `moments`; place 0 are the tag's 100 first readings from
    `start` on, a constant, so that chunks before it are left out of the plan.
    """
    hist = influx_hist.c
    times = cast(bindparam("moments"), ARRAY(TIME))
    rows = func.unnest(times).table_valued(
        column("at", TIME), with_ordinality="place", name="moments"
    )
    moments = rows.render_derived()
    every_reading = select(hist.ts).where(hist.tag_name == TAG, hist.ts >= START)
    mine = every_reading.where(hist.ts < moments.c.at)
    newest = mine.order_by(hist.ts.desc()).limit(spacing.BEFORE).correlate(moments)
    before = lateral(newest, "before")
    place = cast(moments.c.place, BigInteger).label("place")
    every = select(place, before.c.ts).select_from(moments.join(before, true()))
    oldest = every_reading.order_by(hist.ts).limit(spacing.BEFORE).subquery("oldest")
    first = select(literal_column("0", BigInteger).label("place"), oldest.c.ts)
    rows_of_all = union_all(first, every).subquery("rows")
    return select(rows_of_all.c.place, rows_of_all.c.ts)


@lru_cache
def rows_before_statement(width: int, left: bool) -> Select[Any]:
    """Return tag (place from 0), bucket, n of the 100 rows of a rollup before a time of each tag.

    `tags` and `befores` are the tags, each with its time. Parameters as for `counts_statement`.
    """
    tags = tag_rows(times=("before",))
    lists = [_newest_rows(ROLLUPS[width], ROLLUPS[width].c.n, tags)]
    if left:
        lost = LEFT[width].c
        count = lost.flagged + lost.not_finite + lost.absurd
        lists.append(_newest_rows(LEFT[width], count, tags))
    both = union_all(*(select(each.c.bucket, each.c.n) for each in lists)).subquery("both")
    number = cast(func.sum(both.c.n), BigInteger).label("n")
    whole = select(both.c.bucket, number).group_by(both.c.bucket)
    newest = lateral(whole.order_by(both.c.bucket.desc()).limit(spacing.BEFORE), "newest")
    columns = (tag_place(tags), newest.c.bucket, newest.c.n)
    return select(*columns).select_from(tags.join(newest, true()))


@lru_cache
def beside_moments_statement() -> Select[Any]:
    """Return place (from 1), earlier, later: the readings of `tag` in [start, stop) beside moments.

    The newest before each of `moments` and the oldest from it on; NULL where there is none.
    """
    moments, earlier, later = _beside_moments()
    return select(cast(moments.c.place, BigInteger).label("place"), earlier, later)


def _beside_moments() -> tuple[Any, ...]:
    """Return the rows of `moments`, and the readings beside each."""
    times, ts = cast(bindparam("moments"), ARRAY(TIME)), influx_hist.c.ts
    rows = func.unnest(times).table_valued(
        column("at", TIME), with_ordinality="place", name="moments"
    )
    moments = rows.render_derived()
    mine = select(ts).where(*_inside())
    newest = mine.where(ts < moments.c.at).order_by(ts.desc()).limit(1)
    oldest = mine.where(ts >= moments.c.at).order_by(ts).limit(1)
    earlier, later = (each.correlate(moments).scalar_subquery() for each in (newest, oldest))
    return moments, earlier.label("earlier"), later.label("later")


@lru_cache
def counts_of_tags_statement(width: int) -> Select[Any]:
    """Return tag (place from 0), bucket, n of a rollup of `tags` in [start, stop).

    Parameters
    ----------
    width : of the rollup [s]
    """
    tags, rollup = tag_rows(), ROLLUPS[width].c
    inside = (rollup.tag_name == tags.c.tag_name, rollup.bucket >= START, rollup.bucket < STOP)
    rows = lateral(select(rollup.bucket, rollup.n).where(*inside).correlate(tags), "rows")
    return select(tag_place(tags), rows.c.bucket, rows.c.n).select_from(tags.join(rows, true()))


@lru_cache
def more_of_tags_statement() -> Select[Any]:
    """Return tag (place from 0) of those stretches that hold more than `count` readings.

    Each is of one of `tags`, from its `start` to its `stop`; `start` and `stop` lie around all.
    """
    tags, ts = tag_rows("count", times=("start", "stop")), influx_hist.c.ts
    inside = (influx_hist.c.tag_name == tags.c.tag_name, ts >= START, ts < STOP)
    mine = select(ts).where(*inside, ts >= tags.c.start, ts < tags.c.stop)
    more = mine.offset(cast(tags.c.count, BigInteger)).limit(1).correlate(tags).exists()
    return select(tag_place(tags)).where(more)


def _newest_rows(relation: Table, count: Any, tags: Any) -> Any:
    bucket = relation.c.bucket
    inside = (relation.c.tag_name == tags.c.tag_name, bucket < tags.c.before)
    mine = select(bucket, cast(count, BigInteger).label("n")).where(*inside).correlate(tags)
    return mine.order_by(bucket.desc()).limit(spacing.BEFORE).subquery()


@lru_cache
def reading_times_statement(most: int) -> Select[Any]:
    """Return ts of the first `most` readings of `tag` in [start, stop), by time."""
    ts = influx_hist.c.ts
    inside = (influx_hist.c.tag_name == TAG, ts >= START, ts < STOP)
    return select(ts).where(*inside).order_by(ts).limit(most)


@lru_cache
def counts_statement(width: int, left: bool) -> Select[Any]:
    """Return bucket and n of a rollup of `tag` in [start, stop), by time.

    Parameters
    ----------
    width : of the rollup [s]
    left : what it leaves out is counted apart; then n is the readings with those left out
    """
    rollup = ROLLUPS[width].c
    inside = (rollup.tag_name == TAG, rollup.bucket >= START, rollup.bucket < STOP)
    stored = select(rollup.bucket, rollup.n).where(*inside)
    if not left:
        return stored.order_by(rollup.bucket)
    lost = LEFT[width].c
    count = (lost.flagged + lost.not_finite + lost.absurd).label("n")
    inside = (lost.tag_name == TAG, lost.bucket >= START, lost.bucket < STOP)
    every = union_all(stored, select(lost.bucket, count).where(*inside)).subquery("counts")
    number = cast(func.sum(every.c.n), BigInteger).label("n")
    return select(every.c.bucket, number).group_by(every.c.bucket).order_by(every.c.bucket)


@lru_cache
def probes_statement(width: int, left: bool) -> Select[Any]:
    """Return place (from 1), where a source has more readings of `tag` than `counts` says.

    `starts` and `stops` are the stretches, of which as few rows are read as decide it.

    Parameters
    ----------
    width : of the source [s], 0: readings
    left : what a rollup leaves out is counted apart, and counts
    """
    times = (cast(bindparam(name), ARRAY(TIME)) for name in ("starts", "stops"))
    counts = cast(bindparam("counts"), ARRAY(BigInteger))
    columns = (column("start", TIME), column("stop", TIME), column("n", BigInteger))
    rows = func.unnest(*times, counts).table_valued(*columns, with_ordinality="place", name="spans")
    spans = rows.render_derived()
    more = _more(width, left, spans)
    place = cast(spans.c.place, BigInteger).label("place")
    return select(place).where(more).order_by(place)


@lru_cache
def held_statement(most: int) -> Select[Any]:
    """Return place (from 1) and n: how many readings of `tag` stretches hold, if any.

    Stretch by stretch in their order, until there are `most` in all: the last one has more then.
    """
    times = (cast(bindparam(name), ARRAY(TIME)) for name in ("starts", "stops"))
    columns = (column("start", TIME), column("stop", TIME))
    rows = func.unnest(*times).table_valued(*columns, with_ordinality="place", name="spans")
    spans = rows.render_derived()
    mine = select(influx_hist.c.ts).where(*_in_stretch(influx_hist, "ts", spans))
    each = lateral(mine.correlate(spans), "each_one")
    held = select(cast(spans.c.place, BigInteger).label("place"))
    few = held.select_from(spans.join(each, true())).limit(most).subquery("few")
    return select(few.c.place, func.count().label("n")).group_by(few.c.place)


def _more(width: int, left: bool, spans: Any) -> Any:
    """Return whether a source has more readings in a stretch than are known of it."""
    if width == RAW:
        mine = select(influx_hist.c.ts).where(*_in_stretch(influx_hist, "ts", spans))
        return mine.offset(spans.c.n).limit(1).correlate(spans).exists()
    sums = []
    for relation in (ROLLUPS[width], *([LEFT[width]] if left else [])):
        held = relation.c
        number = held.n if "n" in held else held.flagged + held.not_finite + held.absurd
        total: Any = select(func.sum(number)).where(*_in_stretch(relation, "bucket", spans))
        total = total.correlate(spans).scalar_subquery()
        sums.append(func.coalesce(total, literal_column("0")))
    return sum(sums[1:], sums[0]) > spans.c.n


def _in_stretch(relation: Table, time_name: str, spans: Any) -> list[ColumnElement[bool]]:
    """Return what is true of the rows of `tag` in a stretch.

    The outermost bounds are constants, so that chunks outside them are left out of the plan.
    """
    time = relation.c[time_name]
    inside = [relation.c.tag_name == TAG, time >= START, time < STOP]
    return [*inside, time >= spans.c.start, time < spans.c.stop]


@lru_cache
def count_statement() -> Select[Any]:
    """Return how many readings of `tag` lie in [start, stop)."""
    return select(func.count().label("n")).select_from(influx_hist).where(*_inside())


#: Width of a source [s], 0: readings; and its first or its newest.
Edge = tuple[int, Literal["first", "newest", "later"]]


@lru_cache
def edges_statement(edges: tuple[Edge, ...], beside: bool = False) -> Select[Any]:
    """Return now and, for each edge, the outermost bucket or reading of `tag` that is found there.

    Behind the first reading `later` is FEW readings after it; where these are fewer, the end.

    Parameters
    ----------
    edges : which, of which source; each is sought in [`low_first_60`, `high_first_60`) and the like
    beside : with earlier and later of `beside_moments_statement`, so that a row is of a moment
    """
    columns: list[Any] = [type_coerce(func.now(), TIME).label("now")]
    for width, name in edges:
        relation = influx_hist if width == RAW else ROLLUPS[width]
        time = relation.c.ts if width == RAW else relation.c.bucket
        low, high = (bindparam(f"{end}_{name}_{width}", type_=TIME) for end in ("low", "high"))
        outermost = func.min(time) if name == "first" else func.max(time)
        edge = select(outermost).where(relation.c.tag_name == TAG, time >= low, time < high)
        columns.append(edge.scalar_subquery().label(f"{name}_{width}"))
        if (width, name) == (RAW, "first"):
            inside = (relation.c.tag_name == TAG, time >= low, time < high)
            later = select(time).where(*inside).order_by(time).offset(gaps.FEW).limit(1)
            columns.append(func.coalesce(later.scalar_subquery(), high).label("later_0"))
    if not beside:
        return select(*columns)
    moments, *sides = _beside_moments()
    return select(*columns, *sides).select_from(moments)


def _inside() -> tuple[ColumnElement[bool], ...]:
    hist = influx_hist.c
    return hist.tag_name == TAG, hist.ts >= START, hist.ts < STOP


#: How many readings the planner guesses in a window of some tags. A text: EXPLAIN is no query.
PLANNED = text(
    "EXPLAIN (FORMAT JSON) SELECT ts FROM influx_hist"
    " WHERE tag_name = ANY(:tags) AND ts >= :start AND ts < :stop"
)
