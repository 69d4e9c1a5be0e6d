"""Every reading of a tag is in its file, whatever the historian, in blocks of any size."""

import gzip
import io
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import psycopg2
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook

from data import export, queries
from data.db import HistorianUnavailable, cache, pool
from data.export.rows import Block, blocks
from data.export.stream import rows_of
from tests.conftest import TIMESCALE
from tests.db import test_timescale
from tests.db.test_history_timescale import _is_reached
from tests.support import defaults
from tests.support.historians import Historian
from tests.support.servers import until

pytestmark = pytest.mark.db
timescale = test_timescale.timescale
START = datetime(2026, 3, 1, tzinfo=UTC)
STOP = START + timedelta(days=1)
TABLE = "CREATE TABLE influx_hist (ts timestamptz, tag_name text, value float8, qc int)"


def read(most: int, start: datetime = START, stop: datetime = STOP, tag: str = "D1") -> Block:
    """Return the readings of a tag in blocks of so many."""
    with pool.snapshot() as state:
        every = list(blocks(state, tag, start, stop, most))
    assert all(len(each.at) <= max(most, 100) for each in every)
    columns = zip(*every, strict=True) if every else ([np.zeros(0)],) * 4
    return Block(*(np.concatenate(column) for column in columns))


def same(one: Block, other: Block) -> None:
    """Assert that two files have the same readings in the same order."""
    for name in Block._fields:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


def stored(historian: Historian, tag: str = "D1") -> pd.DataFrame:
    """Return what is in the table, by plain SQL."""
    with historian.connection.cursor() as cursor:
        cursor.execute(
            "SELECT (extract(epoch FROM ts) * 1000000)::bigint, value, coalesce(qc, 0)"
            " FROM influx_hist WHERE tag_name = %s AND ts >= %s AND ts < %s"
            " ORDER BY ts, value NULLS LAST, 3", (tag, START, STOP),
        )  # fmt: skip
        rows = cursor.fetchall()
    return pd.DataFrame(rows, columns=["at", "value", "qc"]).astype({"value": float})


def check(found: Block, expected: pd.DataFrame) -> None:
    np.testing.assert_array_equal(found.at, expected["at"])
    np.testing.assert_array_equal(found.value, expected["value"])
    np.testing.assert_array_equal(found.qc, expected["qc"])


def test_readings_of_one_time_are_all_there_in_blocks_of_any_size(empty: Historian) -> None:
    """Without a unique index a time may have many, more than a block holds."""
    empty.run(TABLE)
    empty.run(
        "INSERT INTO influx_hist SELECT %s + (n / 7) * interval '1 s', 'D1', n %% 5, 0"
        " FROM generate_series(0, 999) n",
        (START,),
    )
    empty.run(
        "INSERT INTO influx_hist SELECT %s + interval '30 s', 'D1', n, 0"
        " FROM generate_series(0, 39) n",
        (START,),
    )
    expected = stored(empty)
    assert len(expected) == 1_040
    for most in (1, 2, 7, 47, 64, 5_000):
        check(read(most), expected)


def test_what_is_no_number_is_a_reading_too(empty: Historian) -> None:
    empty.run(TABLE)
    empty.run(
        "INSERT INTO influx_hist SELECT %s + n * interval '1 s', 'D1', CASE n %% 4 WHEN 0 THEN NULL"
        " WHEN 1 THEN 'NaN' WHEN 2 THEN 'Infinity' ELSE 1.5 END,"
        " CASE n %% 3 WHEN 0 THEN NULL WHEN 1 THEN 1 ELSE 0 END FROM generate_series(0, 99) n",
        (START,),
    )
    for most in (1, 13, 5_000):
        found = read(most)
        assert len(found.at) == 100
        assert np.isnan(found.value).sum() == 50 and np.isinf(found.value).sum() == 25
        assert found.qc.sum() == 33


def test_what_is_no_number_is_missing_in_every_format(empty: Historian) -> None:
    """Infinity too: the mean of a column that has it would be infinite in one format alone."""
    empty.run(TABLE)
    empty.run(
        "INSERT INTO influx_hist SELECT %s + row_number() OVER () * interval '1 s', 'D1', v, 0"
        " FROM unnest(ARRAY[1.5, NULL, 'NaN', 'Infinity', '-Infinity', 2]::float8[]) v",
        (START,),
    )
    bounds = {"start": [START.isoformat()], "stop": [STOP.isoformat()]}
    asked = export.question({"tag": ["D1"], "columns": ["value"], **bounds}, STOP, "UTC")
    files = {}
    for kind in export.FORMATS:
        with pool.snapshot() as state:
            batches = rows_of(asked, state)
            parts = export.FORMATS[kind].written(asked, export.schema(asked), batches)
            files[kind] = b"".join(parts)
    lines = files["csv"].decode().split("\r\n")[1:-1]
    assert gzip.decompress(files["csv.gz"]) == files["csv"]
    sheet = load_workbook(io.BytesIO(files["xlsx"])).worksheets[0]
    found = {
        "csv": [float(line) if line.strip('"') else None for line in lines],
        "parquet": pq.read_table(io.BytesIO(files["parquet"])).column("value").to_pylist(),
        "arrow": pa.ipc.open_stream(files["arrow"]).read_all().column("value").to_pylist(),
        "xlsx": [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)],
    }
    assert found == dict.fromkeys(found, [1.5, None, None, None, None, 2.0])


@pytest.mark.parametrize("name", [" ", "  ", "\t", "\u3000"])
def test_a_tag_whose_name_is_blanks_alone_is_asked_for_like_any(empty: Historian, name: str):
    empty.run(TABLE)
    empty.run("INSERT INTO influx_hist VALUES (%s, %s, 1.5, 0)", (START, name))
    bounds = {"start": [START.isoformat()], "stop": [STOP.isoformat()]}
    for query in ({"tag": [name]}, {"tag_like": [name]}):
        asked = export.question({**query, **bounds}, STOP, "UTC")
        with pool.snapshot() as state:
            (batch,) = rows_of(asked, state)
        assert batch.select(["tag", "value"]).to_pylist() == [{"tag": name, "value": 1.5}]


@pytest.mark.parametrize(
    ("code", "good", "bad"), [("da", 192, 24), ("ua", 0, -2_147_483_648), ("flag", 0, 2)]
)
def test_the_code_of_a_source_is_as_it_is_stored_beside_what_it_means(
    database: str, empty: Historian, code: str, good: int, bad: int
) -> None:
    empty.run(TABLE)
    empty.run(
        "INSERT INTO influx_hist SELECT %s + n * interval '1 s', 'D1', n,"
        " CASE WHEN n %% 5 = 0 THEN %s ELSE %s END FROM generate_series(0, 99) n",
        (START, bad, good),
    )
    pool.connect(database, qc_code=code)
    cache.forget()
    whole = read(5_000)
    assert (whole.flagged != 0).sum() == 20
    assert ((whole.qc == good) == (whole.flagged == 0)).all()
    for most in (1, 9):
        same(read(most), whole)


def test_partitions_are_read_one_after_the_other_and_none_is_passed_over(database: str) -> None:
    """As an administrator left them; readings are dense, then absent for weeks, then dense."""
    with closing(psycopg2.connect(database)) as connection, connection:
        defaults.partitioned(connection)
        today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        with connection.cursor() as cursor:
            for days, count in ((45, 3_000), (44, 10), (3, 2_000), (1, 1)):
                cursor.execute(
                    "INSERT INTO influx_hist (ts, tag_name, value) SELECT"
                    " %s - make_interval(days => %s) + n * interval '3.7 s', 'D1', n"
                    " FROM generate_series(0, %s) n",
                    (today, days, count - 1),
                )
    pool.connect(database)
    cache.forget()
    window = (today - timedelta(days=400), today + timedelta(days=1))
    whole = read(100_000, *window)
    assert len(whole.at) == 5_011 and (np.diff(whole.at) > 0).all()
    for most in (1, 97, 1_000):
        if most > 1:
            same(read(most, *window), whole)
    same(read(1, today - timedelta(days=44), today), whole.part(slice(3_000, 5_011)))
    pool.dispose()


@pytest.fixture
def hypertable(timescale: str) -> Iterator[Any]:
    """Readings in chunks of a TimescaleDB, which takes one connection at a time."""
    historian = Historian(timescale)
    historian.run("CREATE EXTENSION IF NOT EXISTS timescaledb")
    historian.run("DROP TABLE IF EXISTS influx_hist CASCADE")
    historian.run(TABLE)
    historian.run("SELECT create_hypertable('influx_hist', 'ts')")
    historian.run(
        "INSERT INTO influx_hist SELECT %s + n * interval '31 s', 'D1', n, 0"
        " FROM generate_series(0, 2999) n WHERE n < 900 OR n > 2700",
        (START - timedelta(days=0),),
    )
    expected = stored(historian)
    historian.connection.close()
    for _ in range(2):  # what there is is known when its connection has made room for another
        pool.connect(timescale, schema="public", pool_size=1, statement_timeout_ms=60_000)
        until(_is_reached, 30)
        cache.forget()
        queries.catalog()
    pool.connect(timescale, schema="public", pool_size=1, statement_timeout_ms=60_000)
    until(_is_free, 30)
    yield expected
    pool.dispose()


def _is_free() -> bool:
    try:
        with pool.snapshot():
            return True
    except HistorianUnavailable:
        return False


@pytest.mark.optional("node")
@pytest.mark.skipif(
    not TIMESCALE and not (test_timescale.SERVER / "node_modules").is_dir(),
    reason="no TimescaleDB: `npm ci --legacy-peer-deps` in tests/support/npm/timescale has it",
)
def test_chunks_of_a_hypertable_are_read_one_after_the_other(hypertable: pd.DataFrame) -> None:
    assert len(hypertable) == 987
    for most in (10, 100, 5_000):
        check(read(most), hypertable)
