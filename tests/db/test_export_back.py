"""What goes out comes back: files of ours, loaded into an empty store, make it what it was."""

import csv
import io
import random
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data import export
from data.buckets import resolution
from data.db import cache, pool
from data.errors import BadFile
from data.export import Question, columns
from data.files import buckets, load, ours
from data.files.cells import Choices
from data.queries import Tag
from data.store import install
from tests.conftest import _new_database

pytestmark = pytest.mark.db

START, STOP = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
#: Names that a loader would trim, split or take for something else.
NAMES = (
    "D101",
    " 앞뒤 빈칸 ",
    'a, "b"',
    "two\nlines",
    "=1+1",
    "time",
    "qc",
    "D101 qc",
    "NA",
    "\u200b보이지 않는 표",
    "온도\r\n1",
    "no",
)
NUMBERS = (0.0, -0.0, 5e-324, 1e22, -1.5, 12345678901.25, 1 / 3, 1.234, 1e-7, 99999.0)
EVERY = "SELECT ts, tag_name, value::text, qc FROM influx_hist ORDER BY tag_name, ts"
READINGS, WIDE = ("tag", "time", "value", "qc"), ("time", "value", "qc")


def stored(dsn):
    """Return every reading of a store, numbers with every digit."""
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(EVERY)
        return cursor.fetchall()


def made(dsn, codes=(0, 1, 2)):
    """Fill an empty store with readings that share some of their times."""
    chance = random.Random(11)
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        install.install(connection)
        for name in NAMES:
            for second in chance.sample(range(0, 7_258_118_400, 1_814_529_600), 4) + [7, 8]:
                at = datetime.fromtimestamp(second + chance.choice([0, 0.25, 0.000001]), UTC)
                values = (at, name, chance.choice(NUMBERS), chance.choice(codes))
                cursor.execute("INSERT INTO influx_hist VALUES (%s, %s, %s, %s)", values)
        connection.commit()


@pytest.fixture
def plant(database: str) -> Iterator[str]:
    """A store that Ksys reads."""
    made(database)
    pool.connect(database)
    cache.forget()
    yield database
    pool.dispose()


def asked(**changes):
    """Return a question for every reading of every tag."""
    tags = tuple(map(Tag, NAMES))
    given = Question(tags, START, STOP, STOP, "Africa/Monrovia", None, READINGS)
    return replace(given, **changes)


def file_of(question, kind, folder):
    """Return the file of a question as it is sent."""
    pump = export.stream(question)
    path = Path(folder, f"sent.{kind}")
    schema = export.schema(question)
    path.write_bytes(b"".join(export.FORMATS[kind].written(question, schema, pump.batches())))
    return path


def loaded(path, dsn, server_dsn):
    """Load a file into an empty store of its own; return what is in that."""
    other = _new_database(server_dsn)
    with closing(psycopg2.connect(other)) as connection:
        install.install(connection)
        load.load(connection, path, zone="Asia/Seoul")
    return stored(other)


SHAPES = {
    "long": {},
    "by time": {"order": "time"},
    "with more columns": {"columns": (*READINGS, "unit", "description")},
    "wide": {"shape": "wide", "columns": WIDE},
    "semicolons and decimal commas": {"separator": ";", "decimal": ","},
    "tabs, in UTC": {"separator": "\t", "zone": "UTC"},
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", ["csv", "csv.gz", "parquet"])
def test_a_file_of_ours_makes_another_store_the_same(shape, kind, plant, server_dsn, tmp_path):
    path = file_of(asked(**SHAPES[shape]), kind, tmp_path)
    found, before = loaded(path, plant, server_dsn), stored(plant)
    assert found == before and len(before) == 6 * len(NAMES)


@pytest.mark.parametrize("shape", ["long", "wide"])
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_store_of_uncertain_readings_alone_comes_back_as_that(
    shape, kind, database, server_dsn, tmp_path
):
    """By its values alone 1 would be a flag, and bad."""
    made(database, codes=(0, 1))
    pool.connect(database)
    cache.forget()
    path = file_of(asked(**SHAPES[shape]), kind, tmp_path)
    pool.dispose()
    assert loaded(path, database, server_dsn) == stored(database)


def test_line_by_line_a_file_of_ours_says_the_same(plant, tmp_path, monkeypatch):
    def unclear(*_args, **_kwargs):
        raise load.Unclear

    path = file_of(asked(), "csv", tmp_path)
    whole = load.read(path)
    monkeypatch.setattr(load.sources, "fast_csv", unclear)
    lines = load.read(path)
    for name in ("times", "values", "qc"):
        assert getattr(whole.readings, name).tolist() == getattr(lines.readings, name).tolist()
    assert [lines.readings.names[code] for code in lines.readings.codes] == [
        whole.readings.names[code] for code in whole.readings.codes
    ]


def test_codes_that_ksys_does_not_store_are_read_as_of_any_file(database, tmp_path):
    """Good in OPC DA must not become bad where 0 is good."""
    made(database, codes=(192, 64))
    pool.connect(database)
    cache.forget()
    path = file_of(asked(), "csv", tmp_path)
    pool.dispose()
    table = load.read(path)
    assert set(table.readings.qc.tolist()) == {0, 1}
    assert any("OPC DA" in note for note in table.notes)


def test_a_file_for_a_spreadsheet_is_refused_with_the_way_out(plant, tmp_path):
    path = file_of(asked(excel=True), "csv", tmp_path)
    with pytest.raises(BadFile, match="without excel=1, or --ignore offset"):
        load.read(path)


def test_numbers_of_buckets_in_parquet_are_no_readings(tmp_path):
    told = {"ksys": '{"query": "tag=D1&resolution=10m"}'}
    path = tmp_path / "means.parquet"
    pq.write_table(pa.table({"time": [1], "D1": [1.5]}).replace_schema_metadata(told), path)
    with pytest.raises(BadFile, match="numbers of buckets of 10m"):
        load.read(path)


MINUTES = {"start": START, "stop": START + timedelta(minutes=10)}
#: A question for buckets -> the column that the refusal names.
BUCKETS = {
    "long": ({"columns": ("tag", "time", "avg", "min", "max", "n", "bad", "unit")}, "avg"),
    "long, of one number": ({"columns": ("tag", "time", "last")}, "last"),
    "without the tag": ({"columns": ("time", "max", "n"), "tags": (Tag("D101"),)}, "max"),
    "means, without the tag": (
        {"columns": ("time", "avg"), "tags": (Tag("D101"),)},
        "avg",
    ),
    "wide": ({"shape": "wide", "columns": ("time", "avg", "min", "max", "n")}, "D101 avg"),
    "wide, with what judges": (
        {"shape": "wide", "columns": ("time", "avg", "quality", "unit", "lo")},
        "D101 avg",
    ),
    "wide, of counts": ({"shape": "wide", "columns": ("time", "n", "bad")}, "D101 n"),
    "wide, of what was left out": ({"shape": "wide", "columns": ("time", "share", "n")}, "share"),
}


def again(path):
    """Write a file of ours by another program: what Ksys says in it goes, its columns stay."""
    if path.suffix == ".parquet":
        pq.write_table(pq.read_table(path).replace_schema_metadata(None), path)
    else:
        path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n"))


@pytest.mark.parametrize("is_again", [False, True])
@pytest.mark.parametrize("kind", ["csv", "csv.gz", "parquet"])
@pytest.mark.parametrize("form", BUCKETS)
def test_numbers_of_buckets_are_never_taken_for_readings(form, kind, is_again, plant, tmp_path):
    changes, column = BUCKETS[form]
    tags = Tag("D101"), Tag("qc")
    given = MINUTES | {"tags": tags, "resolution": resolution("1m")} | changes
    path = file_of(asked(**given), kind, tmp_path)
    if is_again and kind != "csv.gz":
        again(path)
    with pytest.raises(BadFile, match="numbers of buckets.*resolution=raw") as refused:
        load.read(path)
    if kind != "parquet" or is_again:
        assert f"{column}' holds numbers of buckets" in str(refused.value)


@pytest.mark.parametrize(
    "header",
    ["time,D1 avg,D2 avg", "time,D1 avg,D1 compare_avg,D1 compare_delta", "ts;D1 max;D1 unit"],
)
def test_nor_are_those_of_a_file_that_others_made(header, tmp_path):
    path = tmp_path / "means.csv"
    path.write_text(f"{header}\n2026-01-01 09:00\n")
    with pytest.raises(BadFile, match="'D1 (avg|max)' holds numbers of buckets.*call the column"):
        load.read(path)


def test_they_are_not_where_some_of_their_columns_are_left_out(plant, tmp_path):
    given = {"shape": "wide", "columns": ("time", "avg", "n"), "resolution": resolution("1m")}
    path = file_of(asked(tags=(Tag("D101"), Tag("qc")), **MINUTES, **given), "csv", tmp_path)
    with pytest.raises(BadFile, match="'D101 avg' holds numbers of buckets"):
        load.read(path, choices=Choices(ignore=("D101 n", "qc n")))


def test_the_columns_of_buckets_that_load_knows_are_those_of_files():
    every = {*columns.OF_BUCKETS, *columns.OF_OTHER} - {"tag", "time"}
    assert every <= buckets.WORDS
    assert {word.removeprefix("compare_") for word in buckets.WORDS} - {"time", "delta"} <= every


@pytest.mark.parametrize(
    "header",
    [
        "time,Pump1 state,Pump2 state",
        "time,D100 max,D101",
        "time,P1 n,P1 p",
        "time,D100_avg",
    ],
)
def test_tags_of_others_that_end_alike_stay_tags(header, tmp_path):
    path = tmp_path / "others.csv"
    names = header.split(",")[1:]
    path.write_text(f"{header}\n2026-01-01T09:00:00+09:00{',1.5' * len(names)}\n")
    assert list(load.read(path).tags) == names


def test_a_wide_parquet_without_qc_says_that_all_counts_as_good(plant, tmp_path):
    table = load.read(file_of(asked(shape="wide", columns=("time", "value")), "parquet", tmp_path))
    assert any("every reading counts as good" in note for note in table.notes)
    assert set(table.readings.qc.tolist()) == {0} and list(table.tags) == list(NAMES)


def test_a_parquet_without_values_is_refused_with_the_way_out(plant, tmp_path):
    path = file_of(asked(columns=("tag", "time", "qc")), "parquet", tmp_path)
    with pytest.raises(BadFile, match="columns=tag,time,value,qc"):
        load.read(path)


@pytest.mark.parametrize(
    ("changes", "columns"),
    [({"shape": "wide"}, ("value", "qc")), ({"order": "time"}, ("tag", "value"))],
)
def test_rows_stand_by_time_whether_or_not_it_is_named(changes, columns, plant, tmp_path):
    named = ("time", *columns)
    text = file_of(asked(columns=columns, **changes), "csv", tmp_path).read_bytes().decode()
    with_time = file_of(asked(columns=named, **changes), "csv", tmp_path).read_bytes().decode()
    if changes.get("shape") == "wide":
        assert text == with_time
    else:
        rows = [row[1:] for row in csv.reader(io.StringIO(with_time, newline=""))]
        assert list(csv.reader(io.StringIO(text, newline=""))) == rows


LINE = "D1,2026-01-01T09:00:00+09:00,1.5,1\r\n"
OTHERS = {
    "of other line ends": ("tag,time,value,qc\r\n" + LINE).replace("\r\n", "\n"),
    "of times that we do not write so": "tag,time,value,qc\r\n" + LINE.replace("T09", " 09"),
    "of UTC by its letter": "tag,time,value,qc\r\n" + LINE.replace("+09:00", "Z"),
    "of another order, and a column that we do not write": (
        "time,tag,value,qc,no\r\n2026-01-01T09:00:00+09:00,D1,1.5,1,7\r\n"
    ),
}


@pytest.mark.parametrize("other", OTHERS)
def test_a_file_that_may_be_of_others_is_read_by_its_values(other, tmp_path):
    path = tmp_path / "others.csv"
    path.write_bytes(OTHERS[other].encode())
    assert load.read(path).readings.qc.tolist() == [2]
    path.write_bytes(("tag,time,value,qc\r\n" + LINE).encode())
    assert load.read(path).readings.qc.tolist() == [1]


def test_loader_and_export_agree_on_the_default_columns():
    from data.export.columns import READINGS as sent

    assert list(sent) == ours.HEADER


def test_loader_and_export_agree_on_the_columns_of_readings():
    from data.export.columns import OF_READINGS as sent

    assert set(sent) == ours.LONG
