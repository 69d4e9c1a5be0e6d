"""A historian with more readings than the buffers of a connection hold, and clients of files."""

import http.client
import subprocess
import urllib.error
import urllib.request
from contextlib import closing
from typing import Any

import pandas as pd
import psycopg2

from tests.support.historians import spread

#: A file of 24 MB: sockets take up to 10 at both ends, so it is under way when its reader pauses.
READINGS = 600_000
TABLE = """
    CREATE TABLE influx_hist (ts timestamptz, tag_name text, value float8, qc smallint DEFAULT 0,
        UNIQUE (ts, tag_name));
    CREATE INDEX ON influx_hist (tag_name, ts DESC);
    INSERT INTO influx_hist (ts, tag_name, value)
    SELECT timestamptz '2026-01-01 00:00+00' + each * interval '1 s', 'D1',
        round((100 + 10 * sin(each / 3600.0))::numeric, 3)::float8
    FROM generate_series(0, %s) AS each;
    ANALYZE influx_hist
"""
ADDRESS = "/api/v1/export.csv?tag=D1&start=2026-01-01T00:00Z&stop=2026-02-01T00:00Z&tz=UTC"
END_ALL = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = 'ksys' AND datname = current_database() AND query ILIKE '%string_agg%'
"""


def fill(dsn: str, readings: int = READINGS) -> None:
    """Make a foreign historian with so many readings of one tag."""
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(TABLE, (readings - 1,))
        connection.commit()
    spread(dsn)


def ask(dsn: str, sql: str) -> list[tuple[Any, ...]]:
    """Return the rows of a statement."""
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(sql)
        return list(cursor.fetchall())


class Cut(Exception):
    """A client saw that the file is not whole."""


class TurnedAway(Exception):
    """Others are served at the moment."""


def by_curl(address: str) -> int:
    """Return how many rows curl brings."""
    done = subprocess.run(["curl", "-sS", "--fail", address], capture_output=True)
    if b" 429" in done.stderr:
        raise TurnedAway
    if done.returncode:
        raise Cut(done.stderr.decode())
    return done.stdout.count(b"\n") - 1


def by_urllib(address: str) -> int:
    """Return how many rows Python's own client brings."""
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:
            return int(answer.read().count(b"\n")) - 1
    except (OSError, http.client.HTTPException) as error:
        raise _said(error) from error


def by_pandas(address: str) -> int:
    """Return how many rows pandas brings."""
    try:
        return len(pd.read_csv(address))
    except (OSError, http.client.HTTPException) as error:
        raise _said(error) from error


def _said(error: Exception) -> Exception:
    if isinstance(error, urllib.error.HTTPError):
        with error:
            return TurnedAway() if error.code == 429 else Cut()
    return Cut()
