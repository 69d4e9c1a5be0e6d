"""A year's trend and its excursions against a day's trend; 1,000 tags against a scan of minutes.

A year of eight tags: one of 31.5 million readings, of seven the rollups alone are left. A month of
1,000 tags by the API, as a program asks, against the one statement that reads least and greatest
value of each minute of theirs and sends nothing back.
"""

import argparse
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

import flask
import psycopg2

from bench.historian import scratch
from bench.trend import Asker, in_turns
from bench.verdict import Verdict, at_most
from data import queries, views
from data.db import cache
from data.store import install

LIMITS = {
    "excursions of 8 tags over 12 months / the trend answer itself": at_most(1.5),
    "trend of 12 months / 24 h, both cold": at_most(1.2),
    "excursions of 1,000 tags over 30 days by API / one scan of their minutes": at_most(2),
}
YEAR, MONTH = 365 * 86_400, 30 * 86_400
BIG = "BIG"
SMALL = tuple(f"R{tag}" for tag in range(7))
RULES = """
    INSERT INTO influx_qc_rule (tag_name, min_val, max_val, warn_min, warn_max, crit_min, crit_max,
        max_gap_seconds, deadband_pct) SELECT each, 0, 100, 10, 80, 5, 90, 900, 2
    FROM unnest(%s::text[]) AS each
"""
#: About 50, and outside for some minutes a week: at a time of its own for each tag.
VALUE = """
    round((50 + 5 * sin(extract(epoch FROM ts) / 3600) + 2 * random()
    + CASE WHEN (extract(epoch FROM ts)::bigint + 7919 * tag) %% 604800 < 1200 THEN 33 ELSE 0 END
    )::numeric, 2)::float8
"""
READINGS = """
    INSERT INTO influx_hist (ts, tag_name, value)
    SELECT ts, name, VALUE FROM unnest(%s::text[]) WITH ORDINALITY AS named (name, tag),
        generate_series(%s::timestamptz, %s::timestamptz, %s::interval) AS ts
""".replace("VALUE", VALUE)
OF_READINGS = """
    INSERT INTO influx_agg_1m (bucket, tag_name, n, sum, min, max, last, first)
    SELECT date_bin('1 min', ts, '1970-01-01 00:00+00'), tag_name, count(*), sum(value),
        min(value), max(value), max(value), min(value)
    FROM influx_hist GROUP BY 1, 2
"""
#: Minutes without readings, as where these are dropped after a while.
MINUTES = """
    INSERT INTO influx_agg_1m (bucket, tag_name, n, sum, min, max, last, first)
    SELECT ts, name, 60, 60 * value, value - 1, value + 1, value, value
    FROM (SELECT ts, name, VALUE AS value
        FROM unnest(%s::text[]) WITH ORDINALITY AS named (name, tag),
        generate_series(%s::timestamptz, %s::timestamptz, '1 min') AS ts) AS made
""".replace("VALUE", VALUE)
COARSER = """
    INSERT INTO influx_agg_{to} (bucket, tag_name, n, sum, min, max, last, first)
    SELECT date_bin('{width}', bucket, '1970-01-01 00:00+00'), tag_name, sum(n), sum(sum),
        min(min), max(max), max(last), min(first)
    FROM influx_agg_{of} GROUP BY 1, 2
"""
SCAN = """
    SELECT count(*) FROM (SELECT tag_name, min(min), max(max) FROM influx_agg_1m
    WHERE bucket >= %s AND bucket < %s GROUP BY tag_name, date_bin('1 h', bucket, '1970-01-01')) a
"""


@contextmanager
def historian() -> Iterator[str]:
    """Yield the DSN of an empty historian of our own schema."""
    with scratch() as (dsn, _folder):
        with closing(psycopg2.connect(dsn)) as connection:
            install.install(connection)
            connection.commit()
        yield dsn


def fill(dsn: str, names: list[str], start: datetime, stop: datetime, step: str) -> None:
    """Write readings of tags so far apart, and their rollups."""
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("ALTER TABLE influx_hist DISABLE TRIGGER USER")
        cursor.execute(READINGS, (names, start, stop, step))
        cursor.execute("ALTER TABLE influx_hist ENABLE TRIGGER USER")
        cursor.execute(OF_READINGS)
        cursor.execute(RULES, (names,))
        connection.commit()


def roll_up(dsn: str) -> None:
    """Make the coarser rollups of the minutes."""
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        for to, width, of in (("10m", "10 min", "1m"), ("1h", "1 h", "10m"), ("1d", "1 day", "1h")):
            cursor.execute(COARSER.format(to=to, width=width, of=of))
        connection.commit()
        connection.autocommit = True
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


def measure_year(verdict: Verdict, rounds: int, seconds: int) -> None:
    """Print what the excursions of a year cost beside its trend."""
    stop = datetime.now(UTC).replace(microsecond=0)
    start = datetime.fromtimestamp(stop.timestamp() - seconds, UTC)
    names = [BIG, *SMALL]
    with historian() as dsn:
        fill(dsn, [BIG], start, stop, "1 s")
        with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
            minute = start.replace(second=0)
            cursor.execute(MINUTES, (list(SMALL), minute, stop))
            cursor.execute(RULES, (list(SMALL),))
            connection.commit()
        roll_up(dsn)
        ask = Asker(dsn)
        question = {"tag": names, "start": start.isoformat(), "stop": stop.isoformat()}
        found: list[int] = []

        def excursions() -> None:
            cache.forget()
            tags = [queries.tags()[name] for name in names]
            told = views.every_excursion(tags, start, stop)
            found[:] = [len(told.frame)]

        low, high = in_turns(rounds, lambda: ask.cold(ask.draw, **question), excursions)
        note = f"{high * 1e3:.0f} ms / {low * 1e3:.0f} ms, {sum(found)} excursions"
        verdict.add(
            "excursions of 8 tags over 12 months / the trend answer itself", high / low, note=note
        )
        day = {"start": (stop - timedelta(days=1)).isoformat(), "stop": stop.isoformat()}
        for words, tags in (("8 tags", names), (f"{seconds:,} readings", [BIG])):
            year = {**question, "tag": tags}
            low, high = in_turns(
                rounds,
                partial(ask.cold, ask.draw, **day, tag=tags),
                partial(ask.cold, ask.draw, **year),
            )
            note = f"{high * 1e3:.0f} ms / {low * 1e3:.0f} ms"
            verdict.add("trend of 12 months / 24 h, both cold", high / low, words, note)


def measure_many(verdict: Verdict, rounds: int, tags: int, step: str) -> None:
    """Print what the excursions of many tags cost beside a scan of their minutes."""
    stop = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    start = datetime.fromtimestamp(stop.timestamp() - MONTH, UTC)
    with historian() as dsn:
        fill(dsn, [f"T{tag}" for tag in range(tags)], start, stop, step)
        roll_up(dsn)
        client: flask.testing.FlaskClient = Asker(dsn).client
        query = {"start": start.isoformat(), "stop": stop.isoformat()}
        found: list[int] = []

        def ask() -> None:
            cache.forget()
            answer = client.get("/api/v1/excursions", query_string=query)
            assert answer.status_code == 200, answer.text
            found[:] = [len(answer.json["rows"]) - tags]

        with closing(psycopg2.connect(dsn, options="-c jit=off")) as connection:
            connection.autocommit = True

            def scan() -> None:
                with connection.cursor() as cursor:
                    cursor.execute(SCAN, (start, stop))

            low, high = in_turns(rounds, scan, ask)
        name = "excursions of 1,000 tags over 30 days by API / one scan of their minutes"
        note = f"{high * 1e3:.0f} ms / {low * 1e3:.0f} ms, {found[0]} excursions"
        verdict.add(name, high / low, note=note)


def main() -> None:
    """Fill two historians, one after the other, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=YEAR, help="of the year")
    parser.add_argument("--tags", type=int, default=1_000)
    parser.add_argument("--step", default="1 min", help="between readings of the 1,000 tags")
    asked = parser.parse_args()
    verdict = Verdict(LIMITS)
    measure_many(verdict, asked.rounds, asked.tags, asked.step)
    measure_year(verdict, asked.rounds, asked.seconds)
    verdict.end()


if __name__ == "__main__":
    main()
