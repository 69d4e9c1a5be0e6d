"""A trend in a plant of 100,000 tags against one of 1,000, with the same history of each tag.

Both plants lie on servers of their own, and one app asks them in turns, blocks of questions that
nobody asked before; what the app knows of tags and relations it knows already.
"""

import argparse
import itertools
import statistics
from collections.abc import Callable
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta

import psycopg2

from bench.historian import scratch
from bench.rules import fill
from bench.trend import Asker, seconds
from bench.verdict import Verdict, at_most
from data.db import cache, pool

FIGURE = "trend of 7 minutes, 100,000 tags / 1,000, what is known of tags at hand"
LIMITS = {FIGURE: at_most(1.3)}
TAGS, READINGS = (1_000, 100_000), 120
#: Questions in a row to one plant, of which the first ones bring what is known of its tags.
BLOCK, WARM = 15, 5


def filled(stack: ExitStack, tags: int) -> str:
    """Return the DSN of a plant of so many tags, which is gone with the stack."""
    dsn, _folder = stack.enter_context(scratch())
    fill(dsn, tags, READINGS)
    with closing(psycopg2.connect(dsn)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    return dsn


def block(dsn: str, ask: Callable[[], object]) -> float:
    """Return the median of questions to a plant [s]."""
    pool.connect(dsn)
    cache.forget()
    return statistics.median([seconds(ask) for _ in range(WARM + BLOCK)][WARM:])


def main() -> None:
    """Fill both plants, ask them in turns, and hold the ratio against its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=8)
    rounds = parser.parse_args().rounds
    verdict, places, filled_at = Verdict(LIMITS), itertools.count(), datetime.now(UTC)
    with ExitStack() as stack:
        few, many = (filled(stack, tags) for tags in TAGS)
        asker = Asker(few)

        def ask() -> None:
            stop = filled_at - timedelta(seconds=60, milliseconds=next(places))
            bounds = {"start": (stop - timedelta(minutes=7)).isoformat(), "stop": stop.isoformat()}
            asker.kept(asker.draw, tag=["T5"], **bounds)

        pairs = [(block(few, ask), block(many, ask)) for _ in range(rounds)]
        low, high = (statistics.median(each) for each in zip(*pairs, strict=True))
        verdict.add(FIGURE, high / low, note=f"{high * 1e3:.1f} ms / {low * 1e3:.1f} ms")
    verdict.end()


if __name__ == "__main__":
    main()
