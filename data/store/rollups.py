"""Keep the rollups equal to the readings.

On plain PostgreSQL triggers log which ranges changed (schema/001_plain.sql) and a refresh
recomputes just those. A log row is written by the transaction that writes the readings, so whoever
sees the row sees the readings. The refresh takes all rows it sees, and reads in later statements
(READ COMMITTED: later snapshots): it can never take a row and miss its readings. What commits
meanwhile leaves its own row. On TimescaleDB the continuous aggregates are asked to do the same.
"""

import itertools
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import psycopg2
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from data.errors import ForeignSchema, HistorianUnavailable
from data.store import copy_in
from data.store import rollup_sql as statements
from data.store.patience import Patience

logger = logging.getLogger(__name__)

REFRESH_LOCK = (0x6B737973, 1)  # "ksys": one refresh at a time
WATCH_LOCK = (0x6B737973, 2)  # one watcher at a time

#: Continuous aggregates are asked for so much of the past, unless something older was written.
BACK = timedelta(days=364)
#: Where the share that is done is told, all tags are recomputed by so many days.
PART_DAYS = 10
#: What TimescaleDB says of an aggregate in which nothing had changed.
UP_TO_DATE = "already up-to-date"
FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class Span(NamedTuple):
    """A stretch of a continuous aggregate that was asked for, and whether anything had changed.

    `forced`: it was computed anew, whether or not any reading had changed.
    """

    relation: str
    start: datetime
    stop: datetime
    changed: bool
    forced: bool = False

    def __str__(self) -> str:
        what = "brought up to date" if self.changed else "nothing had changed"
        what = "computed anew" if self.forced else what
        return f"{self.relation}: {what}, {self.start:%Y-%m-%d %H:%M} to {self.stop:%Y-%m-%d %H:%M}"


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh did: `done` is False if another one was at work; `buckets` are of 1 minute.

    TimescaleDB does not count buckets: there `spans` says what was asked of each aggregate.
    """

    done: bool
    ranges: int = 0
    buckets: int = 0
    spans: tuple[Span, ...] = field(default=(), compare=False)


@contextmanager
def _transaction(connection: Connection) -> Iterator[Cursor]:
    """Commit what is open, then run one READ COMMITTED transaction.

    At a stricter level the snapshot would be older than the lock, and a log row could be taken
    whose readings are not seen.
    """
    connection.commit()
    with connection, connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        cursor.execute(
            "SET LOCAL statement_timeout = 0; SET LOCAL jit = off; SET LOCAL work_mem = '64MB'"
        )
        yield cursor


def kept_by(connection: Connection) -> str:
    """Return who keeps the rollups: 'timescale' or 'log'.

    Raises
    ------
    ForeignSchema
        If neither does: there is nothing here that could be refreshed.
    """
    with connection.cursor() as cursor:
        cursor.execute(statements.KEPT_BY)
        who = cursor.fetchone()[0]
    if not who:
        raise ForeignSchema("schema_not_kept")
    return str(who)


def refresh(
    connection: Connection,
    since: datetime | None = None,
    progress: copy_in.Progress | None = None,
) -> Refreshed:
    """Recompute what the log calls dirty; commits, also what the connection had open before.

    Returns at once, with `done` False, while another refresh is at work.

    Parameters
    ----------
    since : the earliest reading that was written, None where that is not known. TimescaleDB keeps a
        log of its own, and is asked for a year, or from here on where this is earlier.
    progress : called with the share that is done while all tags are recomputed
    """
    if kept_by(connection) == "timescale":
        older = since is not None and since < datetime.now(UTC) - BACK
        return _refresh_aggregates(connection, since if older else None, None)
    with _transaction(connection) as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", REFRESH_LOCK)
        if not cursor.fetchone()[0]:
            return Refreshed(done=False)
        cursor.execute(statements.TAKE)
        ranges = buckets = 0
        for every_tag, tags, starts, stops in cursor.fetchall():
            ranges += len(tags)
            if every_tag:
                spans = list(zip(starts, stops, strict=True))
                buckets += _fill_in_parts(cursor, spans, progress)
            else:
                buckets += _recompute(cursor, tags, starts, stops)
    return Refreshed(done=True, ranges=ranges, buckets=buckets)


def rebuild(connection: Connection, start: datetime = FIRST, stop: datetime = LAST) -> Refreshed:
    """Recompute every bucket that overlaps [start, stop), for all tags; commits.

    On TimescaleDB: the ones whose readings changed, and from 2.18 on all of which the readings are
    still there. Waits for a running refresh. Meanwhile readers see the buckets as they were.
    """
    if kept_by(connection) == "timescale":
        return _refresh_aggregates(connection, start, stop, forced=True)
    with _transaction(connection) as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", REFRESH_LOCK)
        buckets = _fill_in_parts(cursor, [(start, stop)], None)
    return Refreshed(done=True, ranges=1, buckets=buckets)


def _recompute(cursor: Cursor, tags: list[str], starts: list[str], stops: list[str]) -> int:
    cursor.execute(statements.BY_INDEX)
    for level in statements.LEVELS:
        cursor.execute(statements.statement(statements.REFRESH, level), (tags, starts, stops))
        if level is statements.LEVELS[0]:
            written = cursor.rowcount
    if _has_left(cursor):
        _recompute_left(cursor, tags, starts, stops)
    return written


def _recompute_left(cursor: Cursor, tags: list[str], starts: list[str], stops: list[str]) -> None:
    """Count anew what is left out; coarser buckets only where a finer one is another now."""
    finest, *coarser = statements.LEFT_LEVELS
    telling = statements.statement(statements.REFRESH_TELLING, finest)
    cursor.execute(telling, (tags, starts, stops))
    changed = cursor.fetchone()
    if changed[0]:
        for level in coarser:
            cursor.execute(statements.statement(statements.REFRESH, level), changed)


def _has_left(cursor: Cursor) -> bool:
    cursor.execute(statements.HAS_LEFT)
    return bool(cursor.fetchone()[0])


def _fill_in_parts(
    cursor: Cursor, spans: Sequence[tuple[Any, Any]], progress: copy_in.Progress | None
) -> int:
    """Recompute spans for all tags, part by part where somebody waits to be told how far it is."""
    parts = [part for span in spans for part in (_parts(*span) if progress else [span])]
    buckets = 0
    for done, part in enumerate(parts, 1):
        buckets += _fill(cursor, *part)
        if progress:
            progress(done / len(parts))
    cursor.execute("ANALYZE influx_agg_1m, influx_agg_10m, influx_agg_1h, influx_agg_1d")
    return buckets


def _parts(start: str, stop: str) -> list[tuple[str, str]]:
    """Return a span cut at midnights (UTC), where buckets of every width end."""
    if "infinity" in (start.strip("-"), stop):
        return [(start, stop)]
    first, last = (datetime.fromisoformat(each).astimezone(UTC) for each in (start, stop))
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
    count = (last - midnight).days // PART_DAYS
    cuts = (midnight + timedelta(days=PART_DAYS * k) for k in range(1, count + 1))
    return list(itertools.pairwise([start, *(cut.isoformat() for cut in cuts), stop]))


def _fill(cursor: Cursor, start: datetime | str, stop: datetime | str) -> int:
    levels = (*statements.LEVELS, *(statements.LEFT_LEVELS if _has_left(cursor) else ()))
    for level in levels:
        cursor.execute(statements.statement(statements.EMPTY, level), (start, stop))
        cursor.execute(statements.statement(statements.FILL, level), (start, stop))
        if level is statements.LEVELS[0]:
            written = cursor.rowcount
    return written


@contextmanager
def suspended(
    connection: Connection,
    tags: Sequence[str] | None = None,
    start: datetime | None = None,
    stop: datetime | None = None,
) -> Iterator[None]:
    """Stop the log of changed buckets while rows are loaded in bulk.

    Instead of a log entry for each row, one mark says that [start, stop) of `tags` (default: all)
    changed. It is written first, in the transaction of the rows: both are committed, or neither.
    Only this transaction stops logging; after a commit inside, logging goes on.
    """
    if kept_by(connection) == "log":
        with connection.cursor() as cursor:
            cursor.execute(
                statements.MARK, (list(tags) if tags is not None else [None], start, stop)
            )
            cursor.execute("SELECT set_config('ksys.suspended', 'on', true)")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('ksys.suspended', 'off', true)")


def _refresh_aggregates(
    connection: Connection, start: datetime | None, stop: datetime | None, forced: bool = False
) -> Refreshed:
    """Have the continuous aggregates computed up to the last whole bucket, finest first.

    Where no reading has changed this costs next to nothing, unless it is forced: that computes
    what was lost from a rollup, or written past TimescaleDB's log (a restore, a replica role).
    """
    spans = _refresh_each(connection, statements.AGGREGATES, start, stop, False)
    if forced:
        anew = _refresh_each(connection, statements.AGGREGATES, start, stop, True, forced=True)
        spans = [*spans, *anew]
    return Refreshed(done=True, ranges=len(spans), spans=tuple(spans))


def fill_left(connection: Connection) -> None:
    """Count what is left out of all readings where continuous aggregates do; commits.

    They are made without data: what lies before the first refresh would count as nothing.
    """
    if kept_by(connection) == "timescale":
        _refresh_each(connection, statements.FILL_LEFT)


def _refresh_each(
    connection: Connection,
    spans_statement: str,
    *bounds: datetime | bool | None,
    forced: bool = False,
) -> list[Span]:
    """Refresh the aggregates over the spans that a statement gives, and return those.

    Forced where TimescaleDB cannot do that: nothing.
    """
    connection.commit()
    # A refresh is no part of a transaction.
    autocommit, connection.autocommit = connection.autocommit, True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statements.REFRESH_ONE, (forced,))
            can_force, call = cursor.fetchone()
            cursor.execute(spans_statement, bounds or None)
            spans = cursor.fetchall() if can_force or not forced else []
            done = [_refresh_one(cursor, call, *span) for span in spans]
            return [span._replace(forced=forced) for span in done]
    finally:
        if not connection.closed:
            connection.autocommit = autocommit


def _refresh_one(cursor: Cursor, call: str, relation: str, start: datetime, stop: datetime) -> Span:
    notices: list[Any] = cursor.connection.notices
    notices.clear()
    cursor.execute(call, (relation, start, stop))
    changed = not any(UP_TO_DATE in notice for notice in notices)
    return Span(relation, start, stop, changed)


def watch(
    dsn: str,
    seconds: float,
    stop_event: threading.Event,
    prepare: Callable[[Connection], object] | None = None,
) -> None:
    """Refresh every `seconds` until `stop_event`; of several watchers one works.

    What fails is tried again, on a new connection, after ever longer waits; the log tells the
    first failure of a row.

    Parameters
    ----------
    prepare : called with each new connection, and committed

    Raises
    ------
    ForeignSchema, HistorianUnavailable
        If there never was anything to refresh, or a schema that may be used; what was there before
        is waited for.
    """
    failing = ever = False
    patience = Patience(max(seconds, 1.0))
    while not stop_event.is_set():
        try:
            with closing(psycopg2.connect(dsn)) as connection:
                if prepare:
                    prepare(connection)
                    connection.commit()
                for _ in _refreshes(connection, seconds, stop_event):
                    failing, ever = False, True
                    patience.worked()
        # psycopg2 cannot read what a server says at the door in other letters than UTF-8.
        except (psycopg2.Error, UnicodeDecodeError, ForeignSchema, HistorianUnavailable) as error:
            if not isinstance(error, psycopg2.Error | UnicodeDecodeError) and not ever:
                raise
            if not failing:
                logger.warning("rollups wait for the historian: %s", error)
            failing = True
            stop_event.wait(patience.failed())


def _refreshes(
    connection: Connection, seconds: float, stop_event: threading.Event
) -> Iterator[Refreshed]:
    leading = False
    while not stop_event.wait(seconds):
        if not leading:
            with connection, connection.cursor() as cursor:
                cursor.execute(statements.ELECTION, WATCH_LOCK)
                leading = cursor.fetchone()[0]
        if leading:
            yield refresh(connection)
