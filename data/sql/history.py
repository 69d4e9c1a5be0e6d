"""What is asked of the historian about one tag.

Pure builders of SQLAlchemy Core statements with named parameters. A builder takes only what
changes the text of the SQL and keeps its statement, so that each shape is compiled once; of
`history_statement`, which has thousands of shapes, who asks keeps the text (`preparing`).

Buckets are half-open and start at UTC multiples of their width; those of an hour and more start on
the clock of the question's zone. A reading is good when it is sane (finite, and small enough to be
summed up and squared, as in our rollups), not flagged by its source (`qc`) and inside the span of
its rule (`low`, `high`, infinite where there is none); statistics are of good readings.
"""

from datetime import timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Double,
    Integer,
    Select,
    Subquery,
    and_,
    bindparam,
    case,
    cast,
    func,
    lateral,
    literal,
    literal_column,
    not_,
    or_,
    select,
    true,
    type_coerce,
    union_all,
)
from sqlalchemy.dialects.postgresql import INTERVAL, aggregate_order_by

from data.buckets import RAW, Resolution
from data.sql.qc import QcCode
from data.sql.readings import (
    ABSURD,
    FIRST_COLUMN,
    HIGH,
    INFINITY,
    LOW,
    ONE,
    START,
    STOP,
    TAG,
    TIME,
    ZERO,
    bucket_of,
    finite,
    flag,
    good,
    sane,
    stretch_by_stretch,
    unflagged,
)
from data.sql.tables import LEFT, ROLLUPS, VALUE, influx_hist
from data.windows import DAY


def _inside(start: Any, stop: Any) -> tuple[ColumnElement[bool], ...]:
    hist = influx_hist.c
    return hist.tag_name == TAG, hist.ts >= start, hist.ts < stop


@lru_cache
def raw_statement(flagged: QcCode | None, most: int) -> Select[Any]:
    """Return ts, value, qc of the first `most` readings of `tag` in [start, stop), by time."""
    hist = influx_hist.c
    columns = (hist.ts, VALUE.label("value"), flag(flagged).label("qc"))
    return select(*columns).where(*_inside(START, STOP)).order_by(hist.ts).limit(most)


@lru_cache
def unflagged_statement(flagged: QcCode | None, most: int) -> Select[Any]:
    """Return ts, value of the same readings, NULL where the source of one finds fault with it."""
    value = case((unflagged(flagged), VALUE)).label("value") if flagged else VALUE.label("value")
    times = influx_hist.c.ts
    return select(times, value).where(*_inside(START, STOP)).order_by(times).limit(most)


def history_statement(
    widths: tuple[int, ...],
    width: Resolution,
    cuts: str,
    flagged: QcCode | None,
    *,
    whole: bool = False,
    repaired: bool = False,
    left: bool = False,
    many: bool = False,
) -> Select[Any]:
    """Return a row a bucket of `tag` from pieces of rollups and readings, by time.

    Parameters
    ----------
    widths : source of each piece (0: readings), the piece k being [start_k, stop_k)
    width : of the buckets
    cuts : how they lie, see `bucket_of`
    flagged : what the qc of readings means, None where they have none
    whole : the first piece is of a rollup and ends where a bucket does; the bulk of a long
        window is answered apart from its tail, with as few sums as it takes
    repaired : sum up stored buckets that contain bad values from the readings again
    left : there are relations that count what the rollups leave out
    many : the piece k is of the stretches [starts_k, stops_k), two arrays, inside [start_k, stop_k)

    Returns
    -------
    With `left` a bucket may come twice, the second time with no readings but those left out.
    Columns bucket, n, avg, sum, min, max, last, first, diff, bad (readings left out), bad_value
    (their extreme), marked (readings in stored buckets with bad values that are not left out),
    stored (how long the stored buckets are together [s]) and least (of them, the fewest readings a
    second); these two are NULL where a bucket has none.
    """
    how = (flagged, repaired, left, many)
    parts = [_piece(place, source, *how) for place, source in enumerate(widths)]
    answers = []
    if whole:
        answers.append(_whole(parts.pop(0).subquery("stored"), widths[0], width, cuts, left))
    if parts:
        rows = _together(parts).subquery("rows")
        totals = {total.key: total.element for total in _totals(rows)}
        totals |= _stock(rows)
        answers.append(_outcome(bucket_of(rows.c.time, width, cuts), totals).group_by(FIRST_COLUMN))
    stored = [(place, source) for place, source in enumerate(widths) if source != RAW]
    if left and stored:
        lost = _together([_left(*piece, many) for piece in stored]).subquery("lost")
        answers.append(_left_outcome(lost, width, cuts))
    outcome = _together(answers).subquery("outcome")
    return select(*outcome.c).order_by(outcome.c.bucket)


@lru_cache
def marked_statement(widths: tuple[int, ...]) -> Select[Any]:
    """Return how many readings stored buckets with bad values hold, in pieces of rollups.

    Parameters
    ----------
    widths : of the rollup of each piece, the piece k being [start_k, stop_k)
    """
    parts = []
    for place, width in enumerate(widths):
        rollup = ROLLUPS[width].c
        parts.append(_of_piece(_stored(width, False), rollup.tag_name, rollup.bucket, place, False))
    rows = _together(parts).subquery("rows")
    return select(type_coerce(func.sum(rows.c.marked), Double).label("marked"))


def _whole(stored: Subquery, source: int, width: Resolution, cuts: str, ours: bool) -> Select[Any]:
    """Return the buckets of a rollup as they are, or summed up."""
    if source == width.seconds and source < DAY:  # an hour of a rollup is one of its zone
        itself = {"stored": stored.c.width, "least": stored.c.n / stored.c.width}
        return _outcome(stored.c.time, {name: stored.c[name] for name in TOTALS} | itself)
    some = None if ours else stored.c.n > ZERO
    sums = {total.key: total.element for total in _plain_totals(stored, some)}
    low, high = sums["min"], sums["max"]
    over, under = _sides(low, high)
    beyond = func.sum(stored.c.n).filter(stored.c.marked > ZERO)
    bad = ZERO if ours else func.sum(stored.c.bad)
    rest = {"bad": bad, "bad_value": case((over, high), (under, low)), "marked": beyond}
    whole = sums | rest | _stock(stored)
    return _outcome(bucket_of(stored.c.time, width, cuts), whole).group_by(FIRST_COLUMN)


def _stock(rows: Subquery) -> dict[str, Any]:
    """Return how much is stored of a bucket; of readings, whose width is 0, nothing."""
    width = func.nullif(rows.c.width, ZERO, type_=Double)
    return {"stored": func.sum(width), "least": func.min(rows.c.n / width)}


def _together(parts: list[Select[Any]]) -> Any:
    return union_all(*parts) if len(parts) > 1 else parts[0]


def _bounds(place: int) -> tuple[Any, Any]:
    return bindparam(f"start_{place}", type_=TIME), bindparam(f"stop_{place}", type_=TIME)


def _left(place: int, width: int, many: bool) -> Select[Any]:
    """What a piece of a rollup leaves out: time, how many, least and greatest finite value."""
    left = LEFT[width].c
    number = cast(left.flagged + left.not_finite + left.absurd, Double).label("bad")
    rows = select(left.bucket.label("time"), number, left.low, left.high)
    return _of_piece(rows, left.tag_name, left.bucket, place, many)


def _of_piece(rows: Select[Any], tag: Any, time: Any, place: int, many: bool) -> Select[Any]:
    """Return those of the rows of a relation that belong to a piece."""
    start, stop = _bounds(place)
    rows = rows.where(tag == TAG, time >= start, time < stop)
    return stretch_by_stretch(rows, time, str(place)) if many else rows


def _left_outcome(lost: Subquery, width: Resolution, cuts: str) -> Select[Any]:
    low, high = func.min(lost.c.low), func.max(lost.c.high)
    names = ("sum", "min", "max", "first", "last", "stored", "least")
    none = dict.fromkeys(names, literal_column("NULL::float8", Double))
    extreme = case((high > HIGH, high), (low < LOW, low), else_=high)
    counts = {"n": ZERO, "bad": func.sum(lost.c.bad), "bad_value": extreme, "marked": ZERO}
    return _outcome(bucket_of(lost.c.time, width, cuts), none | counts).group_by(FIRST_COLUMN)


def _piece(
    place: int, width: int, flagged: QcCode | None, repaired: bool, left: bool, many: bool
) -> Select[Any]:
    if width == RAW:
        hist = influx_hist.c
        return _of_piece(_readings(flagged), hist.tag_name, hist.ts, place, many)
    rollup = ROLLUPS[width].c
    stored = _of_piece(_stored(width, left), rollup.tag_name, rollup.bucket, place, many)
    return _repaired(stored, width, flagged, left) if repaired else stored


def _readings(flagged: QcCode | None) -> Select[Any]:
    """Each reading as a bucket of its own; a bad one counts in `bad` only."""
    counts = and_(good(flagged), VALUE >= LOW, VALUE <= HIGH)
    return select(
        influx_hist.c.ts.label("time"),
        case((counts, ONE), else_=ZERO).label("n"),
        *(case((counts, VALUE)).label(name) for name in ("sum", "min", "max", "first", "last")),
        case((counts, ZERO), else_=ONE).label("bad"),
        case((and_(not_(counts), finite(VALUE)), VALUE)).label("bad_value"),
        ZERO.label("marked"),
        ZERO.label("width"),
    )


def _stored(width: int, ours: bool) -> Select[Any]:
    """Each bucket of a rollup; of one of ours n is what its sum is of."""
    rollup = ROLLUPS[width].c
    rows, low, high = cast(rollup.n, Double), rollup.min, rollup.max
    n = rows if ours else _summed(rollup, rows)
    beyond = or_(low < LOW, high > HIGH, not_(sane(low)), not_(sane(high)))
    over, under = _sides(low, high)
    return select(
        rollup.bucket.label("time"),
        n.label("n"),
        _summable(rollup.sum).label("sum"),
        *(rollup[name] for name in ("min", "max")),
        *(_summable(rollup[name]).label(name) for name in ("first", "last")),
        (ZERO if ours else rows - n).label("bad"),
        case((over, high), (under, low)).label("bad_value"),
        case((beyond, n), else_=ZERO).label("marked"),
        literal_column(f"{width}::float8", Double).label("width"),
    )


def _summed(rollup: Any, rows: Any) -> ColumnElement[Any]:
    """Return how many values a foreign rollup sums up: its n may count rows without a value.

    A mean of means, or a rounded one, fits no number of values and says nothing of it. Where no
    number stands in a row, all that it counts were without one.
    """
    fitting = rollup.sum / rollup.avg
    summed = func.round(fitting, type_=Double)
    is_one = func.abs(fitting - summed) < literal_column("1e-6")
    fewer = case((and_(is_one, summed > ZERO, summed < rows), summed), else_=rows)
    some = func.abs(rollup.avg) > literal_column("1e-140::float8")
    none = func.num_nonnulls(rollup.sum, rollup.avg, rollup.min, rollup.max) == literal_column("0")
    return case((and_(sane(rollup.sum), sane(rollup.avg), some), fewer), (none, ZERO), else_=rows)


def _sides(low: Any, high: Any) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return whether a finite maximum lies above the span, and a minimum below it."""
    over = and_(or_(high > HIGH, high >= ABSURD), high < INFINITY)
    under = and_(or_(low < LOW, low <= -ABSURD), low > -INFINITY)
    return over, under


def _summable(value: Any) -> ColumnElement[Any]:
    """Return a stored number; NaN where a foreign rollup summed up absurd readings."""
    return case((not_(sane(value)), literal_column("'NaN'::float8", Double)), else_=value)


def _repaired(stored: Select[Any], width: int, flagged: QcCode | None, left: bool) -> Select[Any]:
    """As stored; buckets with bad values summed up again where their readings are all there.

    What the rollup leaves out is not counted here where it is counted apart.
    """
    buckets = stored.subquery("buckets")
    end = buckets.c.time + literal(timedelta(seconds=width), INTERVAL)
    inside = _inside(buckets.c.time, end)
    counted = (good(flagged),) if left else ()
    readings = _readings(flagged).where(buckets.c.marked > 0, *inside, *counted).correlate(buckets)
    again = readings.subquery("again")
    totals = select(func.count().label("total"), *_totals(again)).select_from(again)
    fresh = lateral(totals.correlate(buckets), "fresh")
    whole = and_(buckets.c.marked > 0, fresh.c.total >= buckets.c.n)
    chosen = (case((whole, fresh.c[name]), else_=buckets.c[name]).label(name) for name in TOTALS)
    columns = (buckets.c.time, *chosen, buckets.c.width)
    return select(*columns).select_from(buckets.join(fresh, true()))


#: What every source of a bucket says of it, one column each.
TOTALS = ("n", "sum", "min", "max", "first", "last", "bad", "bad_value", "marked")


def _plain_totals(rows: Subquery, some: ColumnElement[bool] | None) -> list[Any]:
    """Return the sums over stored buckets; first and last by time, of those with `some` value."""
    number = func.count() if some is None else func.count().filter(some)
    return [
        func.sum(rows.c.n).label("n"),
        # By time, or the plan would decide over its last digit (PostgreSQL 15, parts of a file).
        func.sum(aggregate_order_by(rows.c.sum, rows.c.time)).label("sum"),
        func.min(rows.c.min).label("min"),
        func.max(rows.c.max).label("max"),
        _in_order(rows.c.first, rows.c.time, some)[1].label("first"),
        _in_order(rows.c.last, rows.c.time, some)[cast(number, Integer)].label("last"),
    ]


def _totals(rows: Subquery) -> list[Any]:
    """Return the sums over rows of `TOTALS` shape, some of which may hold bad readings only."""
    least, most = func.min(rows.c.bad_value), func.max(rows.c.bad_value)
    return [
        *_plain_totals(rows, rows.c.n > ZERO),
        func.sum(rows.c.bad).label("bad"),
        case((most > HIGH, most), (least < LOW, least), else_=most).label("bad_value"),
        func.sum(rows.c.marked).label("marked"),
    ]


def _in_order(value: Any, time: Any, some: Any) -> Any:
    """Return values by time: the one order for first and last, so that one sort serves both."""
    ordered = func.array_agg(aggregate_order_by(value, time))
    return type_coerce(ordered if some is None else ordered.filter(some), ARRAY(Double))


def _outcome(bucket: Any, total: dict[str, Any]) -> Select[Any]:
    return select(
        bucket.label("bucket"),
        cast(total["n"], BigInteger).label("n"),
        (total["sum"] / func.nullif(total["n"], ZERO, type_=Double)).label("avg"),
        *(type_coerce(total[name], Double).label(name) for name in ("sum", "min", "max")),
        *(type_coerce(total[name], Double).label(name) for name in ("last", "first")),
        type_coerce(total["last"] - total["first"], Double).label("diff"),
        cast(total["bad"], BigInteger).label("bad"),
        type_coerce(total["bad_value"], Double).label("bad_value"),
        cast(total["marked"], BigInteger).label("marked"),
        *(type_coerce(total[name], Double).label(name) for name in ("stored", "least")),
    )
