"""The newest readings of many tags against those of nine, over one table of raw readings.

The figure is for 20 million readings (`--full`); the routine run takes a twentieth of that.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import psycopg2
from psycopg2.extensions import connection as Connection

from bench.verdict import Verdict, at_most
from data import embedded, queries
from data.db import pool
from data.db.copy_out import prepared
from data.sql import latest as newest
from data.sql.qc import QcCode

LIMITS = {"latest of 1,000 tags / of 9": at_most(40)}
TAGS = 5_000
ROUTINE, FULL = 1_000_000, 20_000_000
COUNTS = (9, 1_000, 5_000)
# A historian without rollups and triggers: only its readings matter here, as do its indexes.
TABLE = """
    CREATE TABLE influx_hist (ts timestamptz NOT NULL, tag_name text NOT NULL, value float8,
                              qc smallint DEFAULT 0, meta jsonb)
"""
READINGS = """
    INSERT INTO influx_hist (ts, tag_name, value)
    SELECT now() - (%(each)s - n) * interval '5 s', 'T' || lpad(k::text, 4, '0'), random() * 100
    FROM generate_series(1, %(each)s) n, generate_series(1, %(tags)s) k
"""
INDEXES = (
    "ALTER TABLE influx_hist ADD UNIQUE (ts, tag_name)",
    "CREATE INDEX ON influx_hist (tag_name, ts DESC)",
    "VACUUM ANALYZE influx_hist",
)


def fill(connection: Connection, rows: int) -> None:
    """Write that many readings, evenly over the tags."""
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute(READINGS, {"each": rows // TAGS, "tags": TAGS})
        for statement in INDEXES:
            cursor.execute(statement)


def names(count: int) -> tuple[str, ...]:
    """Return that many tags, spread over all there are."""
    step = TAGS // count
    return tuple(f"T{k * step + 1:04}" for k in range(count))


def plan(connection: Connection, count: int) -> str:
    """Return how the database answers."""
    form = prepared(newest.latest_statement(QcCode.FLAG))
    with connection.cursor() as cursor:
        values = {**form.values, "tags": list(names(count))}
        cursor.execute(f"EXPLAIN {form.sql}", values)
        return "\n".join(line for (line,) in cursor.fetchall())


def measure(rounds: int) -> dict[int, float]:
    """Return the median time of each count of tags [s], timed in turns."""
    times: dict[int, list[float]] = {count: [] for count in COUNTS}
    for _ in range(rounds + 1):
        for count in COUNTS:
            start = time.perf_counter()
            frame = queries.latest.function(names(count))
            times[count].append(time.perf_counter() - start)
            assert frame["value"].notna().all()
    return {count: statistics.median(found[1:]) for count, found in times.items()}


def main() -> None:
    """Measure on a scratch server."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help=f"{FULL:,} readings")
    parser.add_argument("--rounds", type=int, default=15)
    asked = parser.parse_args()
    verdict = Verdict(LIMITS)
    rows = FULL if asked.full else ROUTINE
    with tempfile.TemporaryDirectory() as name:
        server = embedded.start(Path(name) / "pg", fsync=False)
        connection = psycopg2.connect(server.dsn)
        pool.connect(server.dsn)
        try:
            fill(connection, rows)
            times = measure(asked.rounds)
            for count in COUNTS:
                scans = "a sequential scan" if "Seq Scan" in plan(connection, count) else "by index"
                verdict.add(
                    f"latest of {count:,} tags / of 9",
                    times[count] / times[9],
                    note=f"{times[count] * 1e3:.2f} ms over {rows:,} readings, {scans}",
                )
        finally:
            pool.dispose()
            connection.close()
            server.release()
    verdict.end()


if __name__ == "__main__":
    main()
