"""Keep the rollups equal to the readings.

On plain PostgreSQL triggers log which ranges changed (schema/001_plain.sql) and a refresh recomputes just
those. A log row is written by the transaction that writes the readings, so whoever sees the row sees the
readings. The refresh takes all rows it sees, and reads in later statements (READ COMMITTED: later
snapshots): it can never take a row and miss its readings. What commits meanwhile leaves its own row.
On TimescaleDB the continuous aggregates are asked to do the same.
"""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection, cursor

log = logging.getLogger(__name__)

REFRESH_LOCK = (0x6B737973, 1)  # "ksys": one refresh at a time
WATCH_LOCK = (0x6B737973, 2)  # one watcher at a time

FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Level:
    """A rollup, the width of its buckets and what it is computed from."""

    relation: str
    width: str
    source: str


LEVELS = (
    Level("influx_agg_1m", "1 minute", "influx_hist"),
    Level("influx_agg_10m", "10 minutes", "influx_agg_1m"),
    Level("influx_agg_1h", "1 hour", "influx_agg_10m"),
    Level("influx_agg_1d", "1 day", "influx_agg_1h"),
)


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh did: `done` is False if another one was at work; buckets counted at 1 minute."""

    done: bool
    ranges: int = 0
    buckets: int = 0


# What a bucket holds, from readings and from finer buckets. Values that are not finite (or so large that a
# sum might not be) and readings with a source flag stay out: DEFINITIONS 1.
FROM_READINGS = """
    date_bin({width}, s.ts, 'epoch') AS bucket, count(*) AS n, sum(s.value) AS sum,
    min(s.value) AS min, max(s.value) AS max,
    (array_agg(s.value ORDER BY s.ts))[1] AS first, (array_agg(s.value ORDER BY s.ts))[count(*)::int] AS last"""
FROM_BUCKETS = """
    date_bin({width}, s.bucket, 'epoch') AS bucket, sum(s.n)::bigint AS n, sum(s.sum) AS sum,
    min(s.min) AS min, max(s.max) AS max,
    (array_agg(s.first ORDER BY s.bucket))[1] AS first,
    (array_agg(s.last ORDER BY s.bucket))[count(*)::int] AS last"""

TAKE = """
WITH taken AS (DELETE FROM ksys_dirty RETURNING tag_name, start, stop),
merged AS (SELECT tag_name, unnest(range_agg(tstzrange(start, stop))) AS span FROM taken GROUP BY tag_name)
SELECT tag_name IS NULL, array_agg(tag_name), array_agg(lower(span)::text), array_agg(upper(span)::text)
FROM merged GROUP BY 1 ORDER BY 1 DESC
"""

# Ranges are widened to whole buckets and merged again, or a bucket of two ranges would come twice.
# LATERAL, and no plan but index scans: the planner cannot know how many ranges there are, and a sequential
# scan of a rollup would cost more with every month of history.
BY_INDEX = "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
REFRESH = """
WITH wanted AS MATERIALIZED (
    SELECT tag_name, lower(span) AS start, upper(span) AS stop
    FROM (
        SELECT tag_name, unnest(range_agg(tstzrange(
            date_bin({width}, start, 'epoch'),
            date_bin({width}, stop - interval '1 microsecond', 'epoch') + interval {width}))) AS span
        FROM unnest(%s::text[], %s::timestamptz[], %s::timestamptz[]) AS dirty (tag_name, start, stop)
        GROUP BY tag_name
    ) merged
),
fresh AS MATERIALIZED (
    SELECT w.tag_name, b.* FROM wanted w CROSS JOIN LATERAL (
        SELECT {columns} FROM {source} s
        WHERE s.tag_name = w.tag_name AND s.{time} >= w.start AND s.{time} < w.stop {trusted}
        GROUP BY 1
    ) b
),
emptied AS MATERIALIZED (
    SELECT w.tag_name, old.bucket FROM wanted w CROSS JOIN LATERAL (
        SELECT r.bucket FROM {relation} r
        WHERE r.tag_name = w.tag_name AND r.bucket >= w.start AND r.bucket < w.stop OFFSET 0
    ) old
    EXCEPT SELECT tag_name, bucket FROM fresh
),
removed AS (
    DELETE FROM {relation} r USING emptied e WHERE r.tag_name = e.tag_name AND r.bucket = e.bucket
)
INSERT INTO {relation} AS r (tag_name, bucket, n, sum, min, max, first, last)
SELECT tag_name, bucket, n, sum, min, max, first, last FROM fresh
ON CONFLICT (tag_name, bucket) DO UPDATE
SET n = excluded.n, sum = excluded.sum, min = excluded.min, max = excluded.max,
    first = excluded.first, last = excluded.last
WHERE (r.n, r.sum, r.min, r.max, r.first, r.last) IS DISTINCT FROM
      (excluded.n, excluded.sum, excluded.min, excluded.max, excluded.first, excluded.last)
"""

EMPTY = "DELETE FROM {relation} WHERE bucket >= date_bin({width}, %s::timestamptz, 'epoch') AND bucket < %s"
FILL = """
INSERT INTO {relation} (tag_name, bucket, n, sum, min, max, first, last)
SELECT tag_name, bucket, n, sum, min, max, first, last
FROM (
    SELECT s.tag_name, {columns} FROM {source} s
    WHERE s.{time} >= date_bin({width}, %s::timestamptz, 'epoch')
      AND s.{time} < date_bin({width}, %s::timestamptz - interval '1 microsecond', 'epoch') + interval {width}
      {trusted}
    GROUP BY 1, 2
) b
"""

MARK = """
INSERT INTO ksys_dirty (tag_name, start, stop)
SELECT unnest(%s::text[]), coalesce(%s, '-infinity'::timestamptz), coalesce(%s, 'infinity'::timestamptz)
"""


def _statement(template: str, level: Level) -> sql.Composed:
    from_readings = level.source == "influx_hist"
    width = sql.Literal(level.width)
    columns = sql.SQL(FROM_READINGS if from_readings else FROM_BUCKETS).format(width=width)
    trusted = "AND abs(s.value) < 1e140 AND coalesce(s.qc, 0) = 0" if from_readings else ""
    return sql.SQL(template).format(
        relation=sql.Identifier(level.relation),
        source=sql.Identifier(level.source),
        time=sql.Identifier("ts" if from_readings else "bucket"),
        columns=columns,
        trusted=sql.SQL(trusted),
        width=width,
    )


@contextmanager
def _transaction(conn: connection) -> Iterator[cursor]:
    """Commit what is open, then run one READ COMMITTED transaction.

    At a stricter level the snapshot would be older than the lock, and a log row could be taken whose
    readings are not seen.
    """
    conn.commit()
    with conn, conn.cursor() as cur:
        cur.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        cur.execute("SET LOCAL statement_timeout = 0; SET LOCAL jit = off; SET LOCAL work_mem = '64MB'")
        yield cur


def on_timescale(conn: connection) -> bool:
    """Whether the rollups are continuous aggregates (they are views; our own are tables)."""
    with conn.cursor() as cur:
        cur.execute("SELECT relkind = 'v' FROM pg_class WHERE oid = to_regclass('influx_agg_1m')")
        found = cur.fetchone()
    return bool(found and found[0])


def refresh(conn: connection) -> Refreshed:
    """Recompute what the log calls dirty; commits, also what the connection had open before.

    Returns at once, with `done` False, while another refresh is at work.
    """
    if on_timescale(conn):
        return _refresh_timescale(conn, None, None)
    with _transaction(conn) as cur:
        cur.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", REFRESH_LOCK)
        if not cur.fetchone()[0]:
            return Refreshed(done=False)
        cur.execute(TAKE)
        ranges = buckets = 0
        for every_tag, tags, starts, stops in cur.fetchall():
            ranges += len(tags)
            if every_tag:
                buckets += sum(_fill(cur, *span) for span in zip(starts, stops, strict=True))
            else:
                buckets += _recompute(cur, tags, starts, stops)
    return Refreshed(done=True, ranges=ranges, buckets=buckets)


def rebuild(conn: connection, start: datetime = FIRST, stop: datetime = LAST) -> Refreshed:
    """Recompute every bucket that overlaps [start, stop), for all tags; commits.

    Waits for a running refresh. Meanwhile readers see the buckets as they were.
    """
    if on_timescale(conn):
        return _refresh_timescale(conn, start, stop)
    with _transaction(conn) as cur:
        cur.execute("SELECT pg_advisory_xact_lock(%s, %s)", REFRESH_LOCK)
        buckets = _fill(cur, start, stop)
    return Refreshed(done=True, ranges=1, buckets=buckets)


def _recompute(cur: cursor, tags: list[str], starts: list[str], stops: list[str]) -> int:
    cur.execute(BY_INDEX)
    for level in LEVELS:
        cur.execute(_statement(REFRESH, level), (tags, starts, stops))
        if level is LEVELS[0]:
            written = cur.rowcount
    return written


def _fill(cur: cursor, start: datetime | str, stop: datetime | str) -> int:
    for level in LEVELS:
        cur.execute(_statement(EMPTY, level), (start, stop))
        cur.execute(_statement(FILL, level), (start, stop))
        if level is LEVELS[0]:
            written = cur.rowcount
    cur.execute("ANALYZE influx_agg_1m, influx_agg_10m, influx_agg_1h, influx_agg_1d")
    return written


@contextmanager
def suspended(
    conn: connection,
    tags: Sequence[str] | None = None,
    start: datetime | None = None,
    stop: datetime | None = None,
) -> Iterator[None]:
    """Load in bulk inside without the cost of the log; [start, stop) of `tags` (default: all) is marked dirty.

    The mark is written first, in the same transaction as the readings: it becomes visible with them and
    goes with them. Only this transaction stops logging; after a commit inside, logging goes on.
    """
    if not on_timescale(conn):
        with conn.cursor() as cur:
            cur.execute(MARK, (list(tags) if tags is not None else [None], start, stop))
            cur.execute("SELECT set_config('ksys.suspended', 'on', true)")
    yield
    with conn.cursor() as cur:
        cur.execute("SELECT set_config('ksys.suspended', 'off', true)")


def _refresh_timescale(conn: connection, start: datetime | None, stop: datetime | None) -> Refreshed:
    raise NotImplementedError


def watch(dsn: str, seconds: float, stop_event: threading.Event) -> None:
    """Refresh every `seconds` until `stop_event`; of several watchers one works, the others stand by.

    A lost database is waited for, with a line in the log when it goes and when it is back.
    """
    lost = False
    while not stop_event.is_set():
        try:
            conn = psycopg2.connect(dsn)
            lost = False
            try:
                _watch_connected(conn, seconds, stop_event)
            finally:
                conn.close()
        except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
            if not lost:
                log.warning("rollups wait for the historian: %s", error)
            lost = True
            stop_event.wait(max(seconds, 1.0))


def _watch_connected(conn: connection, seconds: float, stop_event: threading.Event) -> None:
    leading = False
    while not stop_event.wait(seconds):
        if not leading:
            with conn, conn.cursor() as cur:
                cur.execute("SELECT pg_try_advisory_lock(%s, %s)", WATCH_LOCK)
                leading = cur.fetchone()[0]
        if leading:
            refresh(conn)
