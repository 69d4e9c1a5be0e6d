"""What goes out comes back: our own files, loaded, make the same store."""

import itertools
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2
import psycopg2.extras
import pytest

from data import export
from data.errors import BadFile
from data.files import load
from tests.support.historians import NASTY, Historian

pytestmark = [pytest.mark.db, pytest.mark.one_server("no file is loaded there")]
START = datetime(2026, 10, 24, 22, tzinfo=UTC)  # a clock in Berlin changes two hours later
NAMES = (*NASTY, "D1 value", "qc", "quality", "Status", "no", "NULL", "가열 1호")
VALUES = (0.1 + 0.2, -0.0, 5e-324, 1e22, -1.5, 123456.7890123456, 3.0)
ROWS = "SELECT ts, tag_name, value::text, qc FROM influx_hist ORDER BY tag_name, ts"
NUMBERS = "SELECT ts, tag_name, value::text, qc FROM influx_hist WHERE value = value ORDER BY 2, 1"


def stored(historian: Historian, statement: str = ROWS) -> list[tuple]:
    """Return all rows of the store, each number as PostgreSQL writes it shortest."""
    with historian.connection.cursor() as cursor:
        cursor.execute(statement.replace("value = value", "value < 'NaN'"))
        return list(cursor.fetchall())


def write(historian: Historian, codes: tuple[int, ...]) -> None:
    """Write readings of all tags: some share times, some have a fraction of a second."""
    code, rows = itertools.cycle(codes), []
    for (place, name), n in itertools.product(enumerate(NAMES), range(20)):
        at = START + timedelta(minutes=30 * n, microseconds=(n % 4 == 1) * (place + 1) * 7)
        rows.append((at, name, VALUES[(n + place) % len(VALUES)], next(code)))
    insert = "INSERT INTO influx_hist (ts, tag_name, value, qc) VALUES %s"
    with historian.connection.cursor() as cursor:
        psycopg2.extras.execute_values(cursor, insert, rows)


def sent(kind: str, path: Path, **query: str) -> Path:
    """Write a file as an address gives it."""
    given = {
        "start": START.isoformat(),
        "stop": "2026-10-27T00:00Z",
        "tz": "Europe/Berlin",
        **query,
    }
    asked = {name: [text] for name, text in given.items()} | {"tag": list(NAMES)}
    question = export.question(asked, datetime(2026, 11, 1, tzinfo=UTC), "UTC")
    pump = export.stream(question)
    made = export.FORMATS[kind].written(question, export.schema(question), pump.batches())
    file = path / f"ours.{kind}"
    file.write_bytes(b"".join(made))
    return file


def loaded(historian: Historian, path: Path) -> load.Summary:
    """Load a file into the emptied store."""
    historian.run("DELETE FROM influx_hist")
    with closing(psycopg2.connect(historian.dsn)) as connection:
        return load.load(connection, path)


@pytest.mark.parametrize("codes", [(0, 1, 2), (0, 1), (1,)])
@pytest.mark.parametrize(
    ("kind", "query"),
    [
        ("csv", {}),
        ("csv", {"order": "time"}),
        ("csv", {"separator": "tab"}),
        ("csv", {"decimal": ","}),
        ("csv", {"columns": "value,qc,time,tag"}),
        ("csv.gz", {"columns": "unit,time,lo,qc,reasons,tag,quality,value", "separator": ";"}),
        ("parquet", {"columns": "qc,time,value,tag"}),
        ("csv.gz", {}),
        ("parquet", {}),
        ("parquet", {"columns": "value,qc,unit,time,tag"}),
        ("csv", {"shape": "wide", "columns": "time,value,qc"}),
        ("csv.gz", {"shape": "wide", "columns": "time,value,qc"}),
        ("parquet", {"shape": "wide", "columns": "time,qc,value"}),
        ("csv", {"shape": "wide", "columns": "time,lo,value,hi,qc,quality,alarm,unit"}),
        ("csv.gz", {"shape": "wide", "columns": "time,qc,value"}),
        ("parquet", {"shape": "wide", "columns": "time,lo,value,hi,qc,quality"}),
    ],
)
def test_the_store_is_the_same_with_every_code_and_fraction(own, tmp_path, kind, query, codes):
    write(own, codes)
    before = stored(own)
    summary = loaded(own, sent(kind, tmp_path, **query))
    assert stored(own) == before
    assert summary.rejected == 0 and summary.loaded == len(before)


def test_wide_parquet_without_codes_has_every_number_under_any_name(own, tmp_path):
    write(own, (0,))
    before = stored(own)
    loaded(own, sent("parquet", tmp_path, shape="wide"))
    assert stored(own) == before


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_what_is_no_number_is_not_loaded_and_counted(own, tmp_path, kind):
    write(own, (0,))
    own.run("UPDATE influx_hist SET value = 'NaN' WHERE tag_name = 'qc' AND value = 3")
    before = stored(own, NUMBERS)
    summary = loaded(own, sent(kind, tmp_path))
    assert stored(own) == before
    assert summary.nulls == 20 * len(NAMES) - len(before) > 0


def test_a_file_for_spreadsheets_is_refused_as_its_times_have_no_offset(own, tmp_path):
    for query in ({"excel": "1"}, {"excel": "1", "shape": "wide"}):
        write(own, (0,))
        with pytest.raises(BadFile, match="offsets of the times stand in a column of their own"):
            loaded(own, sent("csv", tmp_path, **query))


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize(
    ("shape", "columns"),
    [
        ("wide", "time,lo,hi"),
        ("wide", "time,unit,alarm"),
        ("wide", "time,lo"),
        ("long", "time,lo,hi"),
    ],
)
def test_what_is_said_of_readings_alone_is_no_reading(own, tmp_path, kind, shape, columns):
    write(own, (0,))
    path = sent(kind, tmp_path, shape=shape, columns=columns)
    if (kind, columns) == ("csv", "time,lo"):
        return  # headed by the tag alone it does not say what it holds
    with pytest.raises(BadFile, match=r"columns=tag,time,value,qc"):
        loaded(own, path)


@pytest.mark.parametrize("columns", ["time,value", "time,value,qc"])
def test_beside_a_tag_that_is_called_time_the_others_keep_their_names(own, tmp_path, columns):
    own.run(
        "INSERT INTO influx_hist (ts, tag_name, value, qc) SELECT %s, each, 1.5, 0"
        " FROM unnest(%s) AS each",
        (START, ["time", "D1"]),
    )
    before = stored(own)
    query = {"tag": ["time", "D1"], "start": [START.isoformat()], "stop": ["2026-10-27"]}
    query |= {"shape": ["wide"], "columns": [columns]}
    asked = export.question(query, datetime(2026, 11, 1, tzinfo=UTC), "UTC")
    path = tmp_path / "ours.csv"
    made = export.FORMATS["csv"].written(
        asked, export.schema(asked), export.stream(asked).batches()
    )
    path.write_bytes(b"".join(made))
    assert b"time value" in path.read_bytes()
    loaded(own, path)
    assert stored(own) == before


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("time", ["2026-01-01 00:00:00", "2026-01-01T00:00:00+09:00"])
def test_tags_that_are_called_as_limits_are_tags_where_nothing_says_what_they_are_of(
    own, tmp_path, time, end
):
    path = tmp_path / "other.csv"
    path.write_bytes(f"time,lo,hi{end}{time},1,2{end}".encode())
    if (time, end) == ("2026-01-01T00:00:00+09:00", "\r\n"):  # as ours, of limits
        with pytest.raises(BadFile, match="'lo' is of a reading"):
            loaded(own, path)
        return
    assert loaded(own, path).tags == ("lo", "hi")
    path.write_bytes(f"time,Tank hi,Tank{end}{time},1,2{end}".encode())
    assert loaded(own, path).tags == ("Tank hi", "Tank")
    path.write_bytes(f"time,D1 value,D1 hi{end}{time},1,2{end}".encode())
    if end == "\n" or " " in time:
        with pytest.raises(BadFile, match="'D1 hi' is said of 'D1 value'.*--ignore"):
            loaded(own, path)


def test_a_flag_of_others_is_still_one(own, tmp_path):
    """The same header without our times."""
    path = tmp_path / "other.csv"
    path.write_text("tag,time,value,qc\nD1,2026-01-01 00:00:00,1,0\nD1,2026-01-01 00:00:01,1,1\n")
    loaded(own, path)
    assert [qc for *_, qc in stored(own)] == [0, 2]
