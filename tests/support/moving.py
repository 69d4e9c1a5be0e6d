"""Clocks that a test moves: this machine's, its steady one, and that of a database."""

import time
from dataclasses import dataclass

import psycopg2
import pytest

from data.db import cache, pool, sessions

#: `now()` and its kin without a schema are these in sessions that look here first.
MOVED = """
    CREATE SCHEMA moved;
    CREATE TABLE moved.clock AS SELECT interval '0' AS by;
    CREATE FUNCTION moved.now() RETURNS timestamptz STABLE LANGUAGE sql
        AS 'SELECT pg_catalog.now() + by FROM moved.clock';
    CREATE FUNCTION moved.clock_timestamp() RETURNS timestamptz VOLATILE LANGUAGE sql
        AS 'SELECT pg_catalog.clock_timestamp() + by FROM moved.clock';
"""
PATH = "moved, public, pg_catalog"
#: Runs Ksys so: its sessions look into PostgreSQL's own schema first, lest another one divert them.
SITE = f"""
from data.db import sessions
sessions.path = lambda _schemas: {PATH!r}
import app
app.serve()
"""


@dataclass
class Clocks:
    """By how much each clock is ahead of the true one that the test began with [s].

    `passed` seconds went by for all of them; `app` and `database` were set besides.
    """

    dsn: str
    passed: float = 0.0
    app: float = 0.0
    database: float = 0.0

    def go(self, seconds: float = 0.0, app: float = 0.0, database: float = 0.0) -> None:
        """Let time pass, and set clocks by so much."""
        self.passed += seconds
        self.app, self.database = self.app + app, self.database + database
        with psycopg2.connect(self.dsn) as connection, connection.cursor() as cursor:
            seconds = self.passed + self.database
            cursor.execute("UPDATE moved.clock SET by = %s * interval '1 s'", [seconds])
        connection.close()


def install(dsn: str, monkeypatch: pytest.MonkeyPatch) -> Clocks:
    """Return the clocks of this process and of a database, which is read by them from now on."""
    with psycopg2.connect(dsn) as connection, connection.cursor() as cursor:
        cursor.execute(MOVED)
    connection.close()
    clocks, wall, steady = Clocks(dsn), time.time, time.monotonic
    monkeypatch.setattr(time, "time", lambda: wall() + clocks.passed + clocks.app)
    monkeypatch.setattr(time, "monotonic", lambda: steady() + clocks.passed)
    monkeypatch.setattr(sessions, "path", lambda _schemas: PATH)
    pool.connect(dsn)
    cache.forget()
    return clocks
