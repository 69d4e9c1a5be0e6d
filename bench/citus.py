"""A Citus cluster against itself and against one server: a tick of 1,000 tags, and one tag's day.

Needs `TEST_CITUS_DSN`, the coordinator of a real cluster; without it nothing is measured, and that
is said. The cluster is a database of its own on all nodes, laid out as docs/citus.md has it; beside
it lies a database of the same server with the same rows that is no cluster.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta

import psycopg2
from psycopg2.extensions import make_dsn

from bench.verdict import Verdict, at_most
from data import queries
from data.analysis import Checks
from data.buckets import resolution
from data.db import cache, database_now, pool
from data.queries.tick import known
from tests.support import citus

TICK = "tick on a cluster / its newest readings alone, 1,000 tags"
HISTORY = "a day of one tag on a cluster / on one server"
LIMITS = {TICK: at_most(4), HISTORY: at_most(2)}
TAGS, READINGS, BEHIND_S, TICKS_A_MINUTE, WARM = 1_000, 1_500, 3_600.0, 6, 7
#: A reading a minute for a day, for a chart of one tag; for the tick only the newest matter.
FILL = """
INSERT INTO influx_tag (tag_name) SELECT 'T' || k FROM generate_series(1, {tags}) k;
INSERT INTO influx_hist (ts, tag_name, value)
SELECT now() - make_interval(secs => n * 60 + k / 1000.0), 'T' || k, 50 + 10 * sin(n + k)
FROM generate_series(1, {readings}) n, generate_series(1, {tags}) k;
"""
NEXT = """
INSERT INTO influx_hist (ts, tag_name, value)
SELECT now() - make_interval(secs => k / 1e6), 'T' || k, 50 + 10 * sin(k + %s)
FROM generate_series(1, %s) k
"""


def seconds(ask: Callable[[], object]) -> float:
    """Return how long a reader takes without its cache."""
    start = time.perf_counter()
    ask()
    return time.perf_counter() - start


def tick(verdict: Verdict, dsn: str, rounds: int, pause: float) -> None:
    """A tick, and the newest readings alone, in turns; between two a reading of each tag comes."""
    pool.connect(dsn, statement_timeout_ms=60_000)
    cache.forget()
    names = tuple(f"T{k}" for k in range(1, TAGS + 1))
    queries.tags(), queries.spacings(names)
    floor, subject = [], []
    known.ANEW_S = TICKS_A_MINUTE * pause
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        for turn in range(rounds + WARM):
            cursor.execute(NEXT, (turn, TAGS))
            begun = time.monotonic()
            floor.append(seconds(lambda: queries.latest.function(names)))
            subject.append(seconds(lambda: queries.recent.function(names, BEHIND_S)))
            time.sleep(max(0.0, begun + pause - time.monotonic()))
    low, high = (statistics.median(each[WARM:]) for each in (floor, subject))
    verdict.add(TICK, high / low, note=f"{1e3 * high:.1f} ms / {1e3 * low:.1f} ms")
    pool.dispose()


def history(verdict: Verdict, one: str, cluster: str, rounds: int) -> None:
    """A day of one tag by minutes, on each of the two by turns."""
    times: dict[str, list[float]] = {one: [], cluster: []}
    for turn in range(rounds):
        for dsn, found in times.items():
            pool.connect(dsn, statement_timeout_ms=60_000)
            cache.forget()
            stop = database_now().replace(second=0, microsecond=0) - timedelta(minutes=5)
            day(stop, "T1")  # the catalogue, and the connection
            found.append(seconds(lambda stop=stop, turn=turn: day(stop, f"T{turn + 2}")))
    low, high = (statistics.median(found) for found in times.values())
    verdict.add(HISTORY, high / low, note=f"{1e3 * high:.1f} ms / {1e3 * low:.1f} ms")
    pool.dispose()


def day(stop: datetime, tag: str) -> object:
    """Return a day of a tag by minutes."""
    start = stop - timedelta(days=1)
    asked = queries.request(tag, resolution("1m"), start, stop, "UTC", Checks())
    return queries.history.function(asked)


def main() -> None:
    """Measure the cluster that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--pause", type=float, default=2.0, help="between two ticks [s]")
    asked = parser.parse_args()
    verdict = Verdict(LIMITS)
    if not citus.CITUS:
        print("no TEST_CITUS_DSN, which names the coordinator of a real cluster: not measured")
        return
    name, one, laid = citus.new_database(), citus.single(), citus.layout()
    cluster = make_dsn(citus.CITUS, dbname=name)
    try:
        citus.run(one, "SET jit = off", laid.relations, FILL.format(tags=TAGS, readings=READINGS))
        citus.run(cluster, laid.relations, laid.distributed)
        citus.copied(one, cluster)
        for dsn in (one, cluster):
            citus.run(dsn, "VACUUM ANALYZE influx_hist", "ANALYZE influx_tag")
        history(verdict, one, cluster, asked.rounds)
        tick(verdict, cluster, asked.rounds, asked.pause)
    finally:
        citus.drop_databases([name, citus.database_of(one)])
    verdict.end()


if __name__ == "__main__":
    main()
