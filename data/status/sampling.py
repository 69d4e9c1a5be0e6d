"""Is a rollup whole? A few tags, the last thirty days: where it has no row, and where it counts
fewer readings than there are. Never all of the readings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeVar

from data import queries
from data.analysis import arrays
from data.db import HistorianUnavailable
from data.queries import OF_ONE_STATEMENT
from data.sql import ROLLUPS, QcCode, influx_hist
from data.status import statements
from data.status.asking import Look
from data.status.facts import Relation, Whole
from data.status.relations import WIDTHS, allowed

#: Tags that stand for the others, and stretches of each rollup without a row in which readings are
#: sought.
TAGS, PROBES = 3, 64
#: Stretches of each tag whose readings are counted: so many newest, and as many spread over all.
NEWEST, SPREAD = 8, 8
HOUR_S = 3_600
T = TypeVar("T")
#: Tags with first and newest reading.
Ends = Sequence[tuple[str, datetime, datetime]]


class Stretch(NamedTuple):
    """A tag and the start of a stretch [s since 1970]."""

    tag: str
    start: int


def sample(things: Sequence[T], count: int = TAGS) -> list[T]:
    """Return so many of them, equally spaced, the first and the last among them."""
    if len(things) <= count:
        return list(things)
    step = (len(things) - 1) / (count - 1)
    return [things[round(k * step)] for k in range(count)]


def with_wholeness(
    look: Look,
    relations: Mapping[str, Relation],
    now: datetime,
    flagged: QcCode | None,
    *,
    ours: bool,
) -> dict[str, Relation]:
    """Return the relations, the rollups among them with what sampling tells of them.

    Parameters
    ----------
    relations : with what `with_reach` found of the sampled tags
    now : the database's clock
    flagged : which readings are no good ones by their qc; None: qc does not tell
    ours : whether the rollups leave out what pages do, and count it
    """
    sampled = dict(relations)
    for table in ROLLUPS.values():
        relation = relations[table.name]
        if relation.usable and relation.newest:
            whole = _whole(look, relation, relations[influx_hist.name].ends, now, flagged)
            if whole and ours:
                whole = replace(whole, over=(), more=0)
            unread = relation.unread | ({"whole"} if whole is None else set())
            sampled[table.name] = replace(relation, whole=whole, unread=unread)
    return sampled


def with_waits(relations: Mapping[str, Relation], now: datetime) -> dict[str, Relation]:
    """Return the relations, the rollups among them with what waits for a refresh for too long.

    TimescaleDB writes that down, exactly and for all tags; nothing is known elsewhere, nor where a
    chunk of readings may have been dropped: a rollup that waits there holds all there is.

    Parameters
    ----------
    relations : with what `with_reach` found of the sampled tags
    now : the database's clock

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer at all.
    """
    first = relations[influx_hist.name].first
    if first is None or not queries.catalog().refreshes:
        return dict(relations)
    try:
        waiting = queries.waiting()
    except HistorianUnavailable as failure:
        if failure.key not in OF_ONE_STATEMENT:
            raise
        return dict(relations)
    marked = dict(relations)
    since = max(_ns(first), waiting.kept)
    for name, width in WIDTHS.items():
        until = max(since, _ns(now - allowed(name)))
        inside = arrays.within(waiting.stretches.get(width, ()), since, until)
        spans = tuple((_time(a // 10**9), _time(b // 10**9)) for a, b in inside)
        marked[name] = replace(relations[name], waits=spans)
    return marked


def _ns(moment: datetime) -> int:
    return int(moment.timestamp()) * 10**9


def _whole(
    look: Look, relation: Relation, ends: Ends, now: datetime, flagged: QcCode | None
) -> Whole | None:
    width = max(WIDTHS[relation.name], HOUR_S)
    start = _floor(now - timedelta(days=statements.DAYS), width)
    values = {"tags": [tag for tag, _, _ in ends], "start": _time(start), "stop": now}
    rows = look.rows(statements.rows_statement(relation.name, width), values)
    if rows is None:
        return None
    present: dict[str, set[int]] = {}
    for row in rows:
        present.setdefault(row["tag_name"], set()).add(row["start"])
    missing_tags = without_any_row(present, ends, _span(relation, start, width), width)
    empty = without_row(present, width) + missing_tags
    empty.sort(key=lambda each: -each.start)
    probed = _counts(look, empty[:PROBES], width, flagged, 1)
    compared = _compared(
        look, relation.name, compared_stretches(present, width), width, flagged, ends
    )
    if probed is None or compared is None:
        return None
    missing = {each.start for each, n in probed.items() if n}
    return replace(
        compared,
        missing=tuple(sorted(_time(each) for each in missing)),
        unprobed=tuple(sorted({_time(each.start) for each in empty[PROBES:]})),
        width=width,
    )


def without_row(present: Mapping[str, set[int]], width: int) -> list[Stretch]:
    """Return the stretches between each tag's first and last one that have no row."""
    return [
        Stretch(tag, start)
        for tag, starts in present.items()
        for start in range(min(starts), max(starts), width)
        if start not in starts
    ]


def without_any_row(
    present: Mapping[str, set[int]], ends: Ends, span: tuple[int, int], width: int
) -> list[Stretch]:
    """Return the stretches with readings of tags that have no row at all.

    Parameters
    ----------
    ends : first and newest reading of each tag
    span : from when to when the rollup has rows of other tags, the one that fills apart [s]
    """
    return [
        Stretch(tag, start)
        for tag, first, newest in ends
        if tag not in present
        for start in range(
            max(span[0], _floor(first, width)),
            min(span[1], _floor(newest, width) + width),
            width,
        )
    ]


def _span(relation: Relation, start: int, width: int) -> tuple[int, int]:
    first, newest = (_floor(at, width) if at else start for at in (relation.first, relation.newest))
    return max(start, first), newest


def compared_stretches(present: Mapping[str, set[int]], width: int) -> list[Stretch]:
    """Return the stretches with a row whose readings are counted, but the newest, which fills.

    Those of a day are only two a tag: counting reads each of a day's readings.
    """
    newest, spread = (NEWEST, SPREAD) if width <= HOUR_S else (2, 0)
    stretches = []
    for tag, starts in present.items():
        done = sorted(starts)[:-1]
        chosen = {*done[-newest:], *(sample(done, spread) if spread else [])}
        stretches += [Stretch(tag, start) for start in sorted(chosen)]
    return stretches


def _compared(
    look: Look,
    relation: str,
    stretches: Sequence[Stretch],
    width: int,
    flagged: QcCode | None,
    ends: Ends,
) -> Whole | None:
    there = _counts(look, stretches, width, flagged, None)
    statement = statements.rolled_statement(relation, width)
    rolled = _numbers(look, statement, stretches)
    if there is None or rolled is None:
        return None
    short = [each for each, n in there.items() if n > rolled[each]]
    since = {tag: first.timestamp() for tag, first, _ in ends}  # what lies before may be dropped
    over = [each for each, n in there.items() if n < rolled[each] and each.start >= since[each.tag]]
    return Whole(
        compared=len(there),
        short=tuple(sorted({_time(each.start) for each in short})),
        lost=sum(there[each] - rolled[each] for each in short),
        over=tuple(sorted({_time(each.start) for each in over})),
        more=sum(rolled[each] - there[each] for each in over),
        counted=sum(there.values()),
    )


def _counts(
    look: Look, stretches: Sequence[Stretch], width: int, flagged: QcCode | None, most: int | None
) -> dict[Stretch, int] | None:
    """Return how many good readings stand in each stretch, None where that takes too long."""
    return _numbers(look, statements.readings_statement(width, flagged, most), stretches)


def _numbers(
    look: Look, statement: object, stretches: Sequence[Stretch]
) -> dict[Stretch, int] | None:
    if not stretches:
        return {}
    values = {
        "tags": [each.tag for each in stretches],
        "starts": [_time(each.start) for each in stretches],
    }
    rows = look.rows(statement, values)
    return None if rows is None else {stretches[row["place"] - 1]: row["n"] for row in rows}


def _floor(moment: datetime, width: int) -> int:
    return int(moment.timestamp() // width * width)


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
