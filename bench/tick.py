"""A tick of the overview against the statement of the newest readings alone, of 1,000 tags.

Over fifty partitions by time, on a server with PostgreSQL's own settings; or over the historian of
`--dsn`, a database of its own that holds `influx_hist` with 1,000 tags T1… of ten seconds. Between
two ticks a reading of each tag comes in, and a sixth of the tags is read anew at each: as with
pages that ask every ten seconds, though here less time passes.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from contextlib import closing

import psycopg2

from bench.historian import scratch
from bench.verdict import Verdict, at_most
from data import queries
from data.db import cache, pool
from data.queries.tick import recent
from tests.support import defaults

LIMITS = {"tick / newest readings alone, 1,000 tags": at_most(4)}
TAGS, BEHIND_S = 1_000, 3_600.0
#: Ticks of ten seconds in the minute after which a tag is read anew.
TICKS_A_MINUTE = 6
#: Ticks until the tags that are read anew are spread evenly.
WARM = 7
READINGS = """
INSERT INTO influx_hist (ts, tag_name, value)
SELECT now() - make_interval(secs => CASE WHEN n < 700 THEN n * 10 ELSE 7000 + (n - 700) * 14000 END
                                     + k / 1000.0), 'T' || k, 50 + 10 * sin(n + k)
FROM generate_series(0, 999) n, generate_series(1, %s) k
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


def in_turns(dsn: str, rounds: int, pause: float) -> tuple[float, float]:
    """Return the medians of the newest readings alone and of a tick [s], timed in turns.

    Between two turns a reading of each tag comes, and a sixth of the tags is read anew at each.
    """
    pool.connect(dsn, statement_timeout_ms=60_000)
    cache.forget()
    names = tuple(f"T{k}" for k in range(1, TAGS + 1))
    queries.tags(), queries.spacings(names)
    floor, subject = [], []
    recent.ANEW_S = TICKS_A_MINUTE * pause
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        for turn in range(rounds + WARM):
            cursor.execute(NEXT, (turn, TAGS))
            begun = time.monotonic()
            floor.append(seconds(lambda: queries.latest.function(names)))
            subject.append(seconds(lambda: queries.recent.function(names, BEHIND_S)))
            time.sleep(max(0.0, begun + pause - time.monotonic()))
    pool.dispose()
    low, high = (statistics.median(each[WARM:]) for each in (floor, subject))
    return low, high


def measure(dsn: str, rounds: int, pause: float) -> None:
    """Print the ratio of the medians."""
    low, high = in_turns(dsn, rounds, pause)
    verdict = Verdict(LIMITS)
    note = f"{1e3 * high:.1f} ms / {1e3 * low:.1f} ms"
    verdict.add("tick / newest readings alone, 1,000 tags", high / low, note=note)
    verdict.end()


def main() -> None:
    """Measure a historian of its own, or the one that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dsn", help="a historian to measure; readings are added to it")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--pause", type=float, default=2.0, help="between two ticks [s]")
    asked = parser.parse_args()
    if asked.dsn:
        measure(asked.dsn, asked.rounds, asked.pause)
        return
    with scratch() as (dsn, _folder):
        with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
            connection.autocommit = True
            defaults.partitioned(connection)
            cursor.execute(READINGS, (TAGS,))
            cursor.execute("ANALYZE influx_hist")
        measure(dsn, asked.rounds, asked.pause)


if __name__ == "__main__":
    main()
