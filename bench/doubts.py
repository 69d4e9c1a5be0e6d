"""A year of a rollup that others keep: what it costs to look whether it is whole, and of holes.

On PostgreSQL also of a tag of whose readings a month is left: whether some came late before that;
and of one with a reading that is no number, which the rollups hold as they are given it.

On PostgreSQL without our log, or with --dsn on a TimescaleDB, where the readings are compressed.
The same answer is asked for in turns with the looks and without.
"""

import argparse
from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import Any
from unittest.mock import patch

import psycopg2

from bench.historian import scratch
from bench.trend import Asker, in_turns
from bench.verdict import Verdict, at_most
from data.queries.grouped import late, reach, whole
from data.queries.relations import LAST
from data.sql import ROLLUPS
from data.store import install, rollups

LIMITS = {
    "12 months of a whole rollup, looked at / believed": at_most(1.15),
    "12 months of a rollup with 64 holes / believed": at_most(3),
}
LEFT = "12 months, readings of one of them left, looked at / believed"
NAN = "12 months with a reading that is no number / without"
TAG, GONE, NOT = "YEAR", "GONE", "NOT"
READINGS = """
    INSERT INTO influx_hist (ts, tag_name, value)
    SELECT ts, %s, 50 + 30 * sin(extract(epoch FROM ts) / 13000)
    FROM generate_series(now() - interval '364 days', now(), '1 minute') AS ts
"""
COMPRESS = (
    "SELECT compress_chunk(c) FROM show_chunks('influx_hist', older_than => interval '7 days') c"
)
STORED = """
    SELECT format('%I.%I', materialization_hypertable_schema, materialization_hypertable_name)
    FROM timescaledb_information.continuous_aggregates WHERE view_name = 'influx_agg_1h'
"""
#: A reading of half a year ago, and what rollups make of it that leave nothing out.
NO_NUMBER = """
    UPDATE influx_hist SET value = 'NaN' WHERE tag_name = 'NOT' AND ts = (
        SELECT min(ts) FROM influx_hist
        WHERE tag_name = 'NOT' AND ts > now() - interval '182 days')
"""
OF_NO_NUMBER = """
    UPDATE {} SET sum = 'NaN', max = 'NaN' WHERE tag_name = 'NOT'
        AND bucket = (SELECT date_bin('{} s', ts, '1970-01-01 00:00Z') FROM influx_hist
                      WHERE tag_name = 'NOT' AND value = 'NaN')
"""
DROP = "DELETE FROM influx_hist WHERE tag_name = 'GONE' AND ts < now() - interval '30 days'"
#: An hour of each 130: 67 in a year.
HOLES = """
    DELETE FROM {} WHERE bucket IN (
        SELECT bucket FROM (SELECT bucket, row_number() OVER (ORDER BY bucket) AS place
                            FROM influx_agg_1h WHERE tag_name = 'YEAR') AS numbered
        WHERE place % 130 = 60) AND tag_name = 'YEAR'
"""


def believed(ask: Callable[[], object]) -> Callable[[], None]:
    """Return a question that is answered without a look whether rollups are whole."""

    def asked() -> None:
        with (
            patch.object(whole, "lacks", lambda *_: whole.Lacking([], [], LAST, 0)),
            patch.object(late, "gone_before", lambda _request, plan, _rows: plan.gone_before),
            patch.object(reach, "_in_silences", lambda _request: {}),
        ):
            ask()

    return asked


def filled(connection: Any) -> str:
    """Fill an empty database; return the table of the hours."""
    install.install(connection)
    with connection.cursor() as cursor:
        for tag in (TAG, GONE, NOT):
            cursor.execute(READINGS, (tag,))
    connection.commit()
    rollups.refresh(connection)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb')")
        (is_timescale,) = cursor.fetchone()
        if is_timescale:
            cursor.execute(COMPRESS)
            cursor.execute(STORED)
            hours = str(cursor.fetchone()[0])
        else:
            cursor.execute("ALTER TABLE influx_hist DISABLE TRIGGER ALL")
            cursor.execute("DROP TABLE ksys_dirty")
            cursor.execute(DROP)
            cursor.execute(NO_NUMBER)
            for width, table in ROLLUPS.items():
                cursor.execute(OF_NO_NUMBER.format(table.name, width))
            hours = "influx_agg_1h"
        cursor.execute("VACUUM ANALYZE")
    return hours


def measure(dsn: str, rounds: int) -> None:
    """Print the ratios for an empty database, which is filled."""
    with closing(psycopg2.connect(dsn)) as connection:
        hours = filled(connection)
        is_plain = hours == "influx_agg_1h"  # of a TimescaleDB chunks tell what was dropped
        verdict = Verdict(LIMITS | ({LEFT: at_most(1.15), NAN: at_most(1.2)} if is_plain else {}))
        asker = Asker(dsn)

        def ask(tag: str = TAG) -> None:
            asker.cold(asker.draw, tag=[tag], window="12mo")

        if is_plain:
            of_left = partial(ask, GONE)
            low, high = in_turns(rounds, believed(of_left), of_left)
            verdict.add(LEFT, high / low, note=f"{high * 1e3:.1f} ms / {low * 1e3:.1f} ms")
            low, high = in_turns(rounds, ask, partial(ask, NOT))
            verdict.add(NAN, high / low, note=f"{high * 1e3:.1f} ms / {low * 1e3:.1f} ms")
        for name in LIMITS:
            low, high = in_turns(rounds, believed(ask), ask)
            verdict.add(name, high / low, note=f"{high * 1e3:.1f} ms / {low * 1e3:.1f} ms")
            with connection.cursor() as cursor:
                cursor.execute(HOLES.format(hours))
    verdict.end()


def main() -> None:
    """Measure an embedded historian, or an empty database of a TimescaleDB that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dsn", help="an empty database, which is filled")
    parser.add_argument("--rounds", type=int, default=20)
    asked = parser.parse_args()
    if asked.dsn:
        measure(asked.dsn, asked.rounds)
        return
    with scratch() as (dsn, _folder):
        measure(dsn, asked.rounds)


if __name__ == "__main__":
    main()
