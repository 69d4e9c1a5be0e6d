"""Historians of every shape for tests, and pandas as the oracle over the same readings."""

import math
import os
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import flask
import numpy as np
import pandas as pd
import psycopg2
import psycopg2.extras
import pytest

from data import buckets
from data.analysis import Checks
from data.buckets import resolution
from data.db import cache, pool
from data.queries import Request, request
from data.store import install, rollups
from tests.support import citus
from tests.support.citus import CITUS

ZONE = "Asia/Seoul"
#: A real TimescaleDB for the tests that read, see tests/conftest.py.
TIMESCALE = os.environ.get("TEST_TIMESCALE_DSN", "")
NASTY = (
    "<script>alert(1)</script>",
    "'; drop table influx_hist; --",
    '가나/다 "q"',
    "=1+1",
    "a,b%s",
)
START = datetime(2026, 3, 1, tzinfo=UTC)
ROLLUP_SQL = """
    INSERT INTO {table} (bucket, tag_name, n, avg, sum, min, max, last, first, diff)
    SELECT date_bin('{width} s', ts, '1970-01-01 00:00+00'), tag_name, count(*), avg(value),
           sum(value), min(value), max(value), (array_agg(value ORDER BY ts DESC))[1],
           (array_agg(value ORDER BY ts))[1],
           (array_agg(value ORDER BY ts DESC))[1] - (array_agg(value ORDER BY ts))[1]
    FROM influx_hist WHERE value IS NOT NULL GROUP BY 1, 2
"""
MATERIALIZED = """
    SELECT format('%%I.%%I', materialization_hypertable_schema, materialization_hypertable_name)
    FROM timescaledb_information.continuous_aggregates WHERE view_name = %s
"""
WIDTHS = {
    "influx_agg_1m": 60,
    "influx_agg_10m": 600,
    "influx_agg_1h": 3_600,
    "influx_agg_1d": 86_400,
}


class Historian:
    """A database with readings, written to beside the engine that reads it."""

    def __init__(self, dsn: str) -> None:
        self.connection = psycopg2.connect(dsn, cursor_factory=citus.Naming if CITUS else None)
        self.connection.autocommit = True
        self.dsn = dsn

    def run(self, sql: str, values: object = None) -> None:
        """Run one statement."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql, values)

    def write(self, readings: pd.DataFrame, tag: str = "D1") -> pd.DataFrame:
        """Write readings (index ts; value, perhaps qc) and return them."""
        flagged = "qc" in readings
        rows = [(ts.to_pydatetime(), tag, *(x.item() for x in row)) for ts, row in zip(
            readings.index, readings.to_numpy(), strict=True
        )]  # fmt: skip
        rows = [(ts, tag, value, int(qc[0]) if qc else 0) for ts, tag, value, *qc in rows]
        columns = "ts, tag_name, value, qc" if flagged else "ts, tag_name, value"
        with self.connection.cursor() as cursor:
            psycopg2.extras.execute_values(
                cursor,
                f"INSERT INTO influx_hist ({columns}) VALUES %s",
                rows if flagged else [row[:3] for row in rows],
                page_size=5_000,
            )
        return readings

    def drop(self, rollup: str) -> None:
        """Drop a rollup of our own schema, with what is made of it."""
        plain = "VIEW" if rollup == "features_5m" else "TABLE"
        self.run(f"DROP {'MATERIALIZED VIEW' if TIMESCALE else plain} {rollup} CASCADE")

    def stored(self, rollup: str) -> str:
        """Return where the rows of a rollup of our own schema are stored: there they can be lost.

        No statement may write to a continuous aggregate; below its watermark it reads this table.
        """
        return rows_of(self.connection, rollup)

    def refresh(self) -> None:
        """Bring the rollups up to date."""
        if CITUS:
            citus.refresh(self.connection)
            return
        self.connection.autocommit = False
        rollups.refresh(self.connection)
        self.connection.commit()
        self.connection.autocommit = True


def rows_of(connection: Any, rollup: str) -> str:
    """Return the table that the rows of a rollup lie in, quoted."""
    with connection.cursor() as cursor:
        cursor.execute(MATERIALIZED if TIMESCALE else "SELECT %s", (rollup,))
        return str(cursor.fetchone()[0])


def filled(database: str, statements: str) -> str:
    """Make our own schema in a database, write to it, and roll it up; return its DSN."""
    factory = citus.Naming if CITUS else None
    with closing(psycopg2.connect(database, cursor_factory=factory)) as connection:
        install.install(connection)
        if CITUS:
            citus.distribute(database)
        with connection, connection.cursor() as cursor:
            cursor.execute(statements)
        if CITUS:
            citus.refresh(connection)
            connection.commit()
            return database
        rollups.refresh(connection)
    return database


def spread(dsn: str) -> None:
    """Distribute a store that has been filled over the nodes, where it is on a cluster."""
    if CITUS:
        citus.distribute(dsn)
        citus.run(dsn, citus.UNNAMED, "SELECT 1")


@pytest.fixture
def asked_there(dsn: str) -> Iterator[None]:
    """The historian of a module's `dsn` is the one that is asked."""
    pool.connect(dsn)
    cache.configure(flask.Flask("test"))
    cache.forget()
    yield
    cache.forget()


@pytest.fixture
def empty(database: str) -> Iterator[Historian]:
    """A database without any relation."""
    pool.connect(database)
    cache.forget()
    historian = Historian(database)
    yield historian
    historian.connection.close()
    pool.dispose()


@pytest.fixture
def own(empty: Historian) -> Historian:
    """A historian of our own schema."""
    empty.connection.autocommit = False
    install.install(empty.connection)
    empty.connection.commit()
    empty.connection.autocommit = True
    if CITUS:
        citus.distribute(empty.dsn)
    return empty


@pytest.fixture
def bare(empty: Historian) -> Historian:
    """A foreign historian with nothing but readings, without qc and meta."""
    empty.run(
        "CREATE TABLE influx_hist (ts timestamptz, tag_name text, value float8, "
        "UNIQUE (ts, tag_name))"
    )
    empty.run("CREATE INDEX ON influx_hist (tag_name, ts DESC)")
    if CITUS:
        citus.distribute(empty.dsn)
    return empty


def rolled(historian: Historian, *names: str) -> None:
    """Give a foreign historian rollups that hold whatever the readings hold."""
    for name in names:
        historian.run(
            f"CREATE TABLE {name} (bucket timestamptz, tag_name text, n bigint, avg float8, "
            "sum float8, min float8, max float8, last float8, first float8, diff float8, "
            "PRIMARY KEY (tag_name, bucket))"
        )
        if CITUS:
            historian.run(citus.BESIDE, (name,))
        historian.run(ROLLUP_SQL.format(table=name, width=WIDTHS[name]))


def wave(start: datetime, hours: float, seconds: float, seed: int = 1) -> pd.DataFrame:
    """Return readings at irregular times with a gap, around 100."""
    random = np.random.default_rng(seed)
    count = int(hours * 3_600 / seconds)
    offset = np.sort(random.uniform(0, hours * 3_600, count)).round(3)
    offset = np.unique(offset[(offset < hours * 1_500) | (offset > hours * 1_800)])
    times = pd.DatetimeIndex(pd.Timestamp(start) + pd.to_timedelta(offset, unit="s"))
    return pd.DataFrame({"value": 100 + random.normal(0, 5, len(offset))}, times.as_unit("us"))


def asked(
    tag: str,
    token: str,
    start: datetime,
    stop: datetime,
    zone: str = ZONE,
    low: float = -math.inf,
    high: float = math.inf,
) -> Request:
    """Return the question for a window of a tag, at a resolution or raw."""
    width = None if token == "raw" else resolution(token)
    return request(tag, width, start, stop, zone, Checks(low=low, high=high))


def regrouped(readings: pd.DataFrame, token: str, zone: str = ZONE) -> pd.DataFrame:
    """Return the history as pandas computes it from the readings."""
    width = resolution(token)
    starts = [buckets.floor(ts.to_pydatetime(), width, zone) for ts in readings.index]
    groups = readings["value"].groupby(pd.DatetimeIndex(starts, name="bucket").tz_convert(zone))
    frame = groups.agg(["size", "mean", "sum", "min", "max", "first", "last"])
    return frame.rename(columns={"size": "n", "mean": "avg"})


def same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Assert that a history equals the oracle's."""
    names = ["n", "avg", "sum", "min", "max", "first", "last"]
    pd.testing.assert_frame_equal(
        found[found["n"] > 0][names],
        expected[names],
        check_index_type=False,
        check_dtype=False,
        check_column_type=False,
        check_freq=False,
        rtol=1e-12,
    )
    assert found.index.is_monotonic_increasing and found.index.is_unique
    assert found.index.name == "bucket"


def window(hours: float, start: datetime = START) -> tuple[datetime, datetime]:
    """Return bounds that long."""
    return start, start + timedelta(hours=hours)
