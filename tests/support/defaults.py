"""A historian as an administrator left it: PostgreSQL's own settings, and partitions by time."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2

#: What PostgreSQL 18 comes with, where the embedded server has other settings; without an LLVM
#: beside it a server takes `jit` and does nothing.
DEFAULTS = {
    "jit": "on",
    "work_mem": "4MB",
    "random_page_cost": "4",
    "effective_cache_size": "4GB",
    "max_parallel_workers_per_gather": "2",
}
DAYS, TAGS, EACH = 50, 100, 10_000
#: A reading every 432 s: 200 a day of each of the 100 tags, a million in all.
SPACING_S = DAYS * 86_400 // EACH
TABLE = """
CREATE TABLE influx_hist (ts timestamptz NOT NULL, tag_name text NOT NULL, value float8,
                          qc smallint DEFAULT 0, meta jsonb, UNIQUE (ts, tag_name))
PARTITION BY RANGE (ts);
CREATE INDEX ON influx_hist (tag_name, ts DESC)
"""
PARTITION = """
CREATE TABLE influx_hist_{} PARTITION OF influx_hist FOR VALUES FROM (%s) TO (%s)
"""
READINGS = """
INSERT INTO influx_hist (ts, tag_name, value)
SELECT now() - make_interval(secs => n * %s + k / 10.0), 'T' || k, 50 + 10 * sin(n + k)
FROM generate_series(0, %s) n, generate_series(1, %s) k
"""


def partitioned(connection: Any) -> None:
    """Put PostgreSQL's settings in force for a database, and make fifty partitions and a table."""
    with connection.cursor() as cursor:
        for name, value in DEFAULTS.items():
            cursor.execute(f'ALTER DATABASE "{connection.info.dbname}" SET {name} = %s', (value,))
        cursor.execute(TABLE)
        # The newest is half full at any time of the day: one that has just begun has other plans.
        newest = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=12)
        for day in range(-1, DAYS + 1):
            start = newest - timedelta(days=day)
            cursor.execute(PARTITION.format(day + 1), (start, start + timedelta(days=1)))


def fill(dsn: str) -> None:
    """Make a historian of fifty partitions and a million readings, under PostgreSQL's settings."""
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        partitioned(connection)
        cursor.execute(READINGS, (SPACING_S, EACH - 1, TAGS))
        cursor.execute("ANALYZE influx_hist")
