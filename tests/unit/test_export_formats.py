"""Parquet, Arrow and gzip, read back by others: every row and type; cut, none of them is whole."""

import gzip
import math
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from pyarrow import ipc, parquet

from data.export import FORMATS, batches, csv_text, schema
from data.export.formats import streams
from tests.support.questions import asked, rows

NAMES = ("D101", "a,b", 'say "so"', "two\nlines", "가열 1호 🔥", "=1+1", " x ", "NULL", "nan")
ZONE = "Europe/Berlin"
#: Over the change of clocks in October, every 30 min and a bit.
TIMES = [1_792_880_000_000_000 + n * 1_800_000_001 for n in range(60)]
NUMBERS = (0.1, -0.0, 5e-324, 1e22, None, 1 / 3, math.nan, -1.5, 1.7976931348623157e308)
#: Rows of the three batches, one of them empty.
PARTS = (25, 0, 35)


@pytest.fixture
def question():
    """A question for some tags with nasty names."""
    return asked(*NAMES, zone=ZONE)


@pytest.fixture
def lines():
    """What the rows of the file are, as Python has them."""
    return [
        (NAMES[n % len(NAMES)], at, NUMBERS[n % len(NUMBERS)], n % 3) for n, at in enumerate(TIMES)
    ]


@pytest.fixture
def parts(question, lines):
    """The same as batches."""
    ends = np.cumsum((0, *PARTS))
    return [
        rows(question, *zip(*lines[a:b], strict=True)) if b > a else rows(question, [], [], [], [])
        for a, b in zip(ends, ends[1:], strict=False)
    ]


def bytes_of(kind, question, parts):
    """Return a file of batches."""
    return b"".join(FORMATS[kind].written(question, schema(question), iter(parts)))


def read(kind, content):
    """Return what arrow reads in a file."""
    source = pa.BufferReader(content)
    return parquet.read_table(source) if kind == "parquet" else ipc.open_stream(source).read_all()


def cells(lines):
    """Return rows as a reader has to give them: numbers by their spelling, -0.0 is not 0.0."""
    none = [None if value is None or math.isnan(value) else repr(value) for _, _, value, _ in lines]
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return [
        (tag, epoch + timedelta(microseconds=at), value, qc)
        for (tag, at, _, qc), value in zip(lines, none, strict=True)
    ]


def found(table):
    """Return the rows of a table of arrow likewise."""
    columns = table.to_pydict()
    values = [None if value is None else repr(value) for value in columns["value"]]
    times = [time.astimezone(UTC) for time in columns["time"]]
    return list(zip(columns["tag"], times, values, columns["qc"], strict=True))


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_arrow_reads_back_every_row_with_its_type_and_zone(kind, question, lines, parts):
    table = read(kind, bytes_of(kind, question, parts))
    assert found(table) == cells(lines)
    assert table.schema.field("time").type == pa.timestamp("us", tz=ZONE)
    assert table.schema.field("value").type == pa.float64()
    assert table.schema.field("qc").type == pa.int64()
    shown = table.column("time")[0].as_py()
    assert shown.isoformat() == cells(lines)[0][1].astimezone(ZoneInfo(ZONE)).isoformat()


def test_duckdb_reads_back_every_row_of_parquet(question, lines, parts, tmp_path):
    path = tmp_path / "a.parquet"
    path.write_bytes(bytes_of("parquet", question, parts))
    with duckdb.connect() as connection:
        got = connection.execute(
            "SELECT tag, epoch_us(time), value, qc, typeof(time) FROM read_parquet(?)", [str(path)]
        ).fetchall()
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert [
        (tag, epoch + timedelta(microseconds=at), None if value is None else repr(value), qc)
        for tag, at, value, qc, _ in got
    ] == cells(lines)
    assert {kind for *_, kind in got} == {"TIMESTAMP WITH TIME ZONE"}


def test_gzip_holds_the_same_csv(question, parts):
    assert gzip.decompress(bytes_of("csv.gz", question, parts)) == bytes_of("csv", question, parts)


@pytest.mark.parametrize("kind", ["parquet", "arrow", "csv.gz", "csv"])
def test_a_file_without_rows_has_its_columns(kind, question):
    content = bytes_of(kind, question, [])
    if kind.startswith("csv"):
        text = gzip.decompress(content) if kind == "csv.gz" else content
        assert text == csv_text.head(question, question.columns)
        return
    table = read(kind, content)
    assert table.column_names == list(question.columns) and table.num_rows == 0


@pytest.mark.parametrize("kind", ["parquet", "arrow", "csv.gz"])
def test_a_file_that_is_cut_anywhere_is_no_whole_one(kind, question, lines, parts):
    """Arrow's stream may end after a batch without its mark: then rows are missing, and are told.

    Whoever cuts a file cannot cut what the server says of its length; this is for files at rest.
    """
    content = bytes_of(kind, question, parts)
    chance = np.random.default_rng(3)
    for end in (0, 1, len(content) - 1, *chance.integers(1, len(content), 300)):
        with pytest.raises((pa.ArrowInvalid, OSError, EOFError)):
            if kind == "csv.gz":
                gzip.decompress(content[:end])
                raise EOFError if not end else AssertionError
            read(kind, content[:end])


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_a_column_a_tag_is_read_back_with_the_tag_s_name(kind):
    names = ("D101", "가열, 1", "=1+1")
    question = asked(*names, zone=ZONE, shape="wide", columns=("time", "value"))
    part = pa.RecordBatch.from_arrays(
        [
            batches.times(np.array(TIMES[:2]), ZONE),
            batches.numbers(np.array([1.5, np.nan])),
            batches.numbers(np.array([np.nan, np.nan])),
            batches.numbers(np.array([-0.0, 2.0])),
        ],
        schema=schema(question),
    )
    table = read(kind, bytes_of(kind, question, [part]))
    assert table.column_names == ["time", *names]
    assert table.column("가열, 1").to_pylist() == [None, None]
    assert repr(table.column("=1+1").to_pylist()) == "[-0.0, 2.0]"


def test_parquet_has_groups_that_a_reader_can_leave_out(question):

    many = streams.GROUP + 10
    at = [n * 1_000_000 for n in range(many)]
    part = rows(question, ["D101"] * many, at, [1.0] * many, [0] * many)
    file = parquet.ParquetFile(pa.BufferReader(bytes_of("parquet", question, [part])))
    assert file.num_row_groups == 2
    assert file.metadata.row_group(0).column(1).statistics.max is not None
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"


def test_arrow_goes_out_in_batches_that_take_little_memory_and_can_be_read_at_once(question):
    """Of as many rows as a group of Parquet they took 8 MB of a worker more."""
    part = rows(question, ["D101"] * 20_000, range(20_000), [1.0] * 20_000, [0] * 20_000)
    schema = batches.schema(question.columns, question.zone)
    sent = streams.arrow(question, schema, iter([part]))
    sizes = [len(each) for each in sent]
    assert sum(sizes) > 24 * 20_000 and max(sizes) < 300_000


@pytest.mark.parametrize("kind", FORMATS)
def test_how_rows_were_read_leaves_no_trace_in_a_file(kind):
    """Of any batches the bytes are the same, where some hold texts that no row of theirs has."""
    question, rng = asked("D1", "D2", zone=ZONE), np.random.default_rng(7)
    count = 3 * streams.GROUP // 2 if kind in ("arrow", "parquet") else 5_000
    at = np.arange(count) * 1_000_000
    places = pa.array(np.sort(rng.integers(1, 3, count)).astype(np.int32))
    columns = {
        "tag": pa.DictionaryArray.from_arrays(places, pa.array(["no", "D2", "D1"])),
        "time": batches.times(at, ZONE),
        "value": batches.numbers(np.where(at % 7, rng.normal(size=count), np.nan)),
        "qc": batches.counts(at % 3),
    }
    whole = batches.batch(columns, question.columns, ZONE)

    def written(*sizes):
        edges = [0, *np.cumsum(sizes).astype(int).tolist(), count]
        parts = [whole.slice(a, b - a) for a, b in pairwise(edges) if b > a]
        return bytes_of(kind, question, parts)

    once = written()
    assert written(1, 2, 777) == once
    assert written(count // 3, count // 3) == once
