"""A Citus cluster against itself and against one server: a tick of 1,000 tags, and one tag's day.

Needs `TEST_CITUS_DSN`, the coordinator of a real cluster; without it nothing is measured, and that
is said. The cluster is a database of its own on all nodes, laid out as docs/citus.md has it; beside
it lies a database of the same server with the same rows that is no cluster.
"""

import argparse
import statistics
from datetime import datetime, timedelta

from psycopg2.extensions import make_dsn

from bench.tick import TAGS, in_turns, seconds
from bench.verdict import Verdict, at_most
from data import queries
from data.analysis import Checks
from data.buckets import resolution
from data.db import cache, database_now, pool
from tests.support import citus

TICK = "tick on a cluster / its newest readings alone, 1,000 tags"
HISTORY = "a day of one tag on a cluster / on one server"
LIMITS = {TICK: at_most(4), HISTORY: at_most(2)}
READINGS = 1_500
#: A reading a minute for a day, for a chart of one tag; for the tick only the newest matter.
FILL = """
INSERT INTO influx_tag (tag_name) SELECT 'T' || k FROM generate_series(1, {tags}) k;
INSERT INTO influx_hist (ts, tag_name, value)
SELECT now() - make_interval(secs => n * 60 + k / 1000.0), 'T' || k, 50 + 10 * sin(n + k)
FROM generate_series(1, {readings}) n, generate_series(1, {tags}) k;
"""


def tick(verdict: Verdict, dsn: str, rounds: int, pause: float) -> None:
    """A tick, and the newest readings alone."""
    low, high = in_turns(dsn, rounds, pause)
    verdict.add(TICK, high / low, note=f"{1e3 * high:.1f} ms / {1e3 * low:.1f} ms")


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
