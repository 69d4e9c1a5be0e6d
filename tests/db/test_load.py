"""Loading files: every form they come in, every fault they have, and what the store holds after."""

import csv
import gzip
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import psycopg2
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import BadInput
from data.files import load
from data.files import readings as sources
from data.files.cells import trimmed
from data.store import install, rollups
from tests.conftest import TIMESCALE
from tests.support.places import SHARED
from tests.support.sentences import WAY_OUT

SHARED_SETS = {"skab": 364_128, "ett_hourly": 243_880, "appliances_10min": 513_110}
LONG = "ts,tag_name,value\n2025-01-31T08:00:00Z,D100,1.5\n2025-01-31T08:00:05Z,D101,2\n"
READ = [("2025-01-31T08:00:00+00:00", "D100", 1.5, 0), ("2025-01-31T08:00:05+00:00", "D101", 2, 0)]


def written(directory: Path, content: str | bytes, name: str = "readings.csv") -> Path:
    path = directory / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def told(table):
    """The readings of a table as plain rows, without those that have no value."""
    readings = table.readings
    return [
        (
            sources.from_microseconds(int(time)).isoformat(),
            readings.names[code],
            None if np.isnan(value) else float(value),
            int(qc),
        )
        for time, code, value, qc in zip(
            readings.times, readings.codes, readings.values, readings.qc, strict=True
        )
    ]


def line_by_line(path, **how):
    """What a file says when the fast reader does not take it."""

    def unclear(*_args, **_kwargs):
        raise sources.Unclear

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sources, "fast_csv", unclear)
        return load.read(path, "UTC", **how)


# ---- forms

FORMS = {
    "plain": LONG.encode(),
    "with BOM": b"\xef\xbb\xbf" + LONG.encode(),
    "CRLF": LONG.replace("\n", "\r\n").encode(),
    "CR alone": LONG.replace("\n", "\r").encode(),
    "no newline at the end": LONG.rstrip("\n").encode(),
    "blank lines": LONG.replace("\n", "\n\n").encode(),
    "semicolons and decimal commas": LONG.replace(",", ";").replace("1.5", "1,5").encode(),
    "semicolons and decimal points": LONG.replace(",", ";").encode(),
    "tabs": LONG.replace(",", "\t").encode(),
    "quoted": LONG.replace("D100", '"D100"').replace("1.5", '"1.5"').encode(),
    "Korean header": LONG.replace("ts,tag_name,value", "측정시각,태그명,측정값").encode(),
    "Korean header with blanks": LONG.replace(
        "ts,tag_name,value", "측정 시각, 태그 이름, 값"
    ).encode(),
    "Korean Windows": LONG.replace("ts,tag_name,value", "일시,태그,값").encode("cp949"),
    "UTF-16": LONG.encode("utf-16"),
    "other words": LONG.replace("ts,tag_name,value", "Timestamp,TagName,Value").encode(),
    "columns in another order": (
        b"value,note,tag_name,ts\n1.5,x,D100,2025-01-31T08:00:00Z\n2,,D101,2025-01-31 08:00:05Z\n"
    ),
    "packed": gzip.compress(LONG.encode()),
    "offsets": LONG.replace("08:00:00Z", "17:00:00+09:00").replace("05Z", "05+00:00").encode(),
    "nanoseconds": LONG.replace("00Z", "00.000000000Z").encode(),
    "mixed times": LONG.replace("2025-01-31T08:00:05Z", "2025/1/31 8:00:05").encode(),
    "Korean clock": LONG.replace("2025-01-31T08:00:05Z", "2025-01-31 오전 8:00:05").encode(),
    "qc": b"ts,tag_name,value,qc\n2025-01-31T08:00:00Z,D100,1.5,0\n2025-01-31T08:00:05Z,D101,2,\n",
    "wide": b"ts,D100,D101\n2025-01-31T08:00:00Z,1.5,\n2025-01-31T08:00:05Z,,2\n",
}


@pytest.mark.parametrize("form", FORMS)
def test_a_file_says_the_same_in_every_form(form, tmp_path):
    table = load.read(written(tmp_path, FORMS[form]), "UTC")
    assert [row for row in told(table) if row[2] is not None] == READ


@pytest.mark.parametrize("form", FORMS)
def test_line_by_line_a_file_says_what_it_says_as_a_whole(form, tmp_path):
    slow = line_by_line(written(tmp_path, FORMS[form]))
    assert [row for row in told(slow) if row[2] is not None] == READ


def test_a_bare_time_is_one_of_the_zone(tmp_path):
    path = written(tmp_path, "ts,D100\n2025-01-31 17:00:00,1.5\n")
    assert told(load.read(path, "Asia/Seoul"))[0][0] == "2025-01-31T08:00:00+00:00"
    assert told(load.read(path, "UTC"))[0][0] == "2025-01-31T17:00:00+00:00"


@pytest.mark.parametrize("zone", ["Asia/Nowhere", "Asia", "../etc", ""])
def test_a_zone_that_does_not_exist_is_named(zone, tmp_path):
    with pytest.raises(BadInput, match="There is no time zone"):
        load.read(written(tmp_path, LONG), zone)


def test_wide_columns_are_tags_whatever_they_are_called(tmp_path):
    names = ("가나/다 q", "<script>", "'; drop table", "=1+1", "a,b", "온도 🌡")
    header = ",".join(f'"{name}"' for name in ("시각", *names))
    path = written(tmp_path, f"{header}\n2025-01-31T08:00:00Z,1,2,3,4,5,6\n")
    table = load.read(path, "UTC")
    assert table.readings.names == names
    assert table.readings.values.tolist() == [1, 2, 3, 4, 5, 6]


def test_a_delimiter_within_a_quoted_name_delimits_nothing(tmp_path):
    path = written(tmp_path, 'ts;"a,b,c,d"\n2025-01-31T08:00:00Z;1,5\n')
    table = load.read(path, "UTC")
    assert (table.readings.names, table.readings.values.tolist()) == (("a,b,c,d",), [1.5])


def test_no_value_is_written_in_many_ways(tmp_path):
    words = ("", "NULL", "null", "NaN", "None", "N/A", "inf", "-inf", "Infinity")
    rows = "".join(f"2025-01-31T08:00:{n:02}Z,D100,{word}\n" for n, word in enumerate(words))
    table = load.read(written(tmp_path, "ts,tag_name,value\n" + rows), "UTC")
    assert len(table.readings) == len(words)
    assert not np.isfinite(table.readings.values).any()


TIME = pa.array([1_738_310_400_000_000, 1_738_310_405_000_000], pa.timestamp("us", "UTC"))
PARQUET = {
    "long": {"ts": TIME, "tag_name": ["D100", "D101"], "value": [1.5, 2.0]},
    "time in words": {
        "ts": ["2025-01-31T08:00:00Z", "2025-01-31T08:00:05Z"],
        "tag": pa.array(["D100", "D101"]).dictionary_encode(),
        "value": pa.array([1.5, 2], pa.float32()),
    },
    "bare nanoseconds": {
        "시각": TIME.cast(pa.timestamp("ns")),
        "태그": ["D100", "D101"],
        "값": pa.array([1.5, 2.0]),
        "qc": pa.array([None, 0], pa.int64()),
    },
    "wide": {"ts": TIME, "D100": [1.5, None], "D101": pa.array([None, 2], pa.int32())},
}


@pytest.mark.parametrize("form", PARQUET)
def test_parquet_says_the_same_as_csv(form, tmp_path):
    path = tmp_path / "readings.parquet"
    pq.write_table(pa.table(PARQUET[form]), path)
    table = load.read(path, "UTC")
    assert [row for row in told(table) if row[2] is not None] == READ


cell = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\x85\u2028\u2029"),
    max_size=8,
)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.datetimes(
                datetime(1970, 1, 1),  # noqa: DTZ001 - hypothesis takes bounds without a zone
                datetime(2199, 12, 31),  # noqa: DTZ001 - as above
            ),
            cell.filter(trimmed),
            st.floats(allow_nan=False, allow_infinity=False),
            st.integers(0, 2),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_whatever_is_written_is_read_by_both_readers(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("any") / "readings.csv"
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(("ts", "tag_name", "value", "qc"))
        writer.writerows((time.isoformat() + "Z", tag, value, qc) for time, tag, value, qc in rows)
    expected = [(t.replace(tzinfo=UTC).isoformat(), trimmed(tag), v, qc) for t, tag, v, qc in rows]
    if 2 not in {qc for _, _, _, qc in expected}:  # then it is a flag, and 1 is bad
        expected = [(*rest, 2 * qc) for *rest, qc in expected]
    assert told(line_by_line(path)) == expected
    assert told(load.read(path)) == expected


# ---- faults

HEAD = "ts,tag_name,value,qc\n2025-01-31T08:00:00Z,D100,1,0\n"
FAULTS = {
    "value": (HEAD + "2025-01-31T08:00:05Z,D100,abc,0\n", 3, "value is 'abc', not a number"),
    "comma in a comma file": (HEAD + '2025-01-31T08:00:05Z,D100,"1,5",0\n', 3, "'1,5', not a num"),
    "underscore": (HEAD + "2025-01-31T08:00:05Z,D100,1_0,0\n", 3, "'1_0'"),
    "time": (HEAD + "yesterday,D100,1,0\n", 3, "time is 'yesterday'; write 2025"),
    "epoch": (HEAD + "1738310400,D100,1,0\n", 3, "time is '1738310400'"),
    "no time": (HEAD + ",D100,1,0\n", 3, "time is ''"),
    "day": (HEAD + "2025-02-30T08:00:00Z,D100,1,0\n", 3, "day is out of range"),
    "too early": (HEAD + "1969-12-31T23:59:59Z,D100,1,0\n", 3, "outside 1970 to 2199"),
    "too late": (HEAD + "2200-01-01T00:00:00Z,D100,1,0\n", 3, "outside 1970 to 2199"),
    "no tag": (HEAD + "2025-01-31T08:00:05Z, ,1,0\n", 3, "the tag name is empty"),
    "long tag": (HEAD + f"2025-01-31T08:00:05Z,{'가' * 700},1,0\n", 3, "more than 2000 bytes"),
    "qc": (HEAD + "2025-01-31T08:00:05Z,D100,1,bad\n", 3, "qc is 'bad'"),
    "big qc": (HEAD + "2025-01-31T08:00:05Z,D100,1,40000\n", 3, "qc is '40000'"),
    "few columns": (HEAD + "2025-01-31T08:00:05Z,D100\n", 3, "2 columns, the header has 4"),
    "many columns": (HEAD + "2025-01-31T08:00:05Z,D100,1,0,9\n", 3, "5 columns, the header has 4"),
    "after a quoted line break": (
        HEAD.replace("D100", '"D\n100"') + "x,D100,1,0\n",
        4,
        "time is 'x'",
    ),
    "after blank lines": (HEAD + "\n\nx,D100,1,0\n", 5, "time is 'x'"),
    "open quote": (HEAD + '2025-01-31T08:00:05Z,"D100,1,0\n', 3, "2 columns"),
    "empty": ("", 1, "no header"),
    "no header": ("2025-01-31T08:00:05Z,D100,1\n", 1, "no time column"),
    "no value": ("ts,tag_name\n2025-01-31T08:00:05Z,D100\n", 1, "no column value"),
    "no tag column": ("ts,value\n2025-01-31T08:00:05Z,1\n", 1, "no column tag_name"),
    "two times": ("date,time,D100\n", 1, "columns 'date' and 'time' mean the same"),
    "two columns of a tag": ("ts,D100,D100\n", 1, "two columns 'D100'"),
    "unnamed column": ("ts,D100,\n", 1, "column 3: the tag name is empty"),
    "only times": ("ts\n2025-01-31T08:00:05Z\n", 1, "no column besides the time"),
    "wide value": ("ts,D100,D101\n2025-01-31T08:00:05Z,1,x\n", 2, "D101 is 'x', not a number"),
    "two decimal signs": (
        "ts;tag;value\n2025-01-31T08:00:05Z;D100;1.5\n2025-01-31T08:00:06Z;D100;1,5\n",
        3,
        "value is '1,5'",
    ),
}


#: What hides in the names of a header: marks and blanks around them, marks inside, two marks.
HIDDEN = ("\ufeff{}", "\xa0{}\xa0", " {} ", "{}\u200b", "\ufeff\ufeff{}", "\u200e{}")


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("head", ["ts,tag_name,value", "TS,Tag Name,VALUE", "ts,D100"])
def test_a_header_is_understood_whatever_hides_around_its_names(tmp_path, head, hidden):
    names = ",".join(hidden.format(name) for name in head.split(","))
    row = "2025-01-31T08:00:00Z," + ("D100,1" if head.count(",") == 2 else "1")
    found = load.read(written(tmp_path, f"{names}\n{row}\n"), "UTC").readings
    assert found.names == ("D100",)
    assert found.values.tolist() == [1.0]


def test_what_hides_inside_a_name_is_ignored_or_shown(tmp_path):
    inside = written(tmp_path, "t\ufeffs,tag_\u200bname,value\n2025-01-31T08:00:00Z,D100,1\n")
    assert load.read(inside, "UTC").readings.names == ("D100",)
    with pytest.raises(
        load.BadFile, match=r"no column tag_name among 'ts', 'tag\\xa0nom', 'value'"
    ):
        load.read(written(tmp_path, "ts,tag\xa0nom,value\n"), "UTC")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_by_file_line_and_reason(fault, tmp_path):
    content, line, reason = FAULTS[fault]
    with pytest.raises(load.BadFile) as caught:
        load.read(written(tmp_path, content), "UTC")
    assert caught.value.values["line"] == line
    assert reason in str(caught.value)
    assert str(caught.value).startswith(f"readings.csv, line {line}: ")
    assert WAY_OUT.search(str(caught.value).partition(": ")[2])


@pytest.mark.parametrize(
    ("word", "reason"),
    [("2025-03-30 02:30", "does not exist in"), ("2025-10-26 02:30", "occurs twice in")],
)
def test_a_bare_time_that_the_zone_does_not_know_is_refused(word, reason, tmp_path):
    path = written(tmp_path, f"ts,D100\n2025-01-31 08:00,1\n{word},2\n")
    with pytest.raises(load.BadFile, match=f"line 3.*{reason} Europe/Berlin"):
        load.read(path, "Europe/Berlin")
    assert len(load.read(path, "Asia/Seoul").readings) == 2


def test_what_is_no_text_archive_or_parquet_is_refused(tmp_path):
    damaged = gzip.compress(LONG.encode() * 50)[:-20]
    for name, content in (
        ("noise.csv", b"ts,D100\n\xff\xfe\xfa\xff\x81\n"),
        ("damaged.csv.gz", damaged),
        ("not.parquet", LONG.encode()),
    ):
        with pytest.raises(load.BadFile, match=name):
            load.read(written(tmp_path, content, name), "UTC")
    with pytest.raises(load.BadFile, match=r"absent\.csv: No such file"):
        load.read(tmp_path / "absent.csv", "UTC")
    with pytest.raises(load.BadFile, match=r"absent\.parquet: No such"):
        load.read(tmp_path / "absent.parquet", "UTC")


def test_a_parquet_row_without_time_or_tag_is_refused(tmp_path):
    path = tmp_path / "readings.parquet"
    for broken in (
        {
            "ts": pa.array([TIME[0].as_py(), None], TIME.type),
            "tag": ["a", "b"],
            "value": [1.0, 2.0],
        },
        {"ts": TIME, "tag": ["a", None], "value": [1.0, 2.0]},
        {"ts": ["2025-01-31", "x"], "tag": ["a", "b"], "value": [1.0, 2.0]},
    ):
        pq.write_table(pa.table(broken), path)
        with pytest.raises(load.BadFile, match=r"readings\.parquet, line 2"):
            load.read(path, "UTC")


def test_a_parquet_column_of_another_kind_is_refused(tmp_path):
    path = tmp_path / "readings.parquet"
    pq.write_table(pa.table({"ts": TIME, "tag": ["a", "b"], "value": ["1", "x"]}), path)
    with pytest.raises(load.BadFile, match=r"readings\.parquet, line 2: value is 'x'"):
        load.read(path, "UTC")
    kept = load.read(path, "UTC", keep_going=True)
    assert told(kept) == [("2025-01-31T08:00:00+00:00", "a", 1, 0)]
    assert kept.rejects[0].cells == ("2025-01-31T08:00:05+00:00", "b", "x")


def test_the_shift_brings_the_newest_reading_of_all_files_to_now(tmp_path):
    first = written(tmp_path, LONG, "a.csv")
    second = written(tmp_path, LONG.replace("08:00:05", "09:00:00"), "b.csv")
    now = datetime(2026, 1, 1, 0, 0, 0, 900_000, UTC)
    shift = load.shift_to_now([first, second], "UTC", now)
    assert datetime(2025, 1, 31, 9, tzinfo=UTC) + shift == now.replace(microsecond=0)
    empty = written(tmp_path, "ts,tag_name,value\n", "empty.csv")
    assert load.shift_to_now([empty], "UTC", now) == timedelta(0)


# ---- in a database


@pytest.fixture
def connection(database) -> Iterator[psycopg2.extensions.connection]:
    connection = psycopg2.connect(database)
    install.install(connection)
    yield connection
    connection.close()


def stored(connection):
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT ts AT TIME ZONE 'UTC', tag_name, value, qc FROM influx_hist ORDER BY 1, 2"
        )
        return [(ts.isoformat() + "+00:00", *rest) for ts, *rest in cursor.fetchall()]


#: What a refresh has to bring into the rollups.
LOG = (
    "_timescaledb_catalog.continuous_aggs_hypertable_invalidation_log"
    if TIMESCALE
    else "ksys_dirty"
)


def one(connection, statement):
    with connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


@pytest.mark.db
@pytest.mark.parametrize("content", [LONG, FORMS["wide"]])
def test_a_loaded_file_is_in_the_store_and_a_second_load_changes_nothing(
    connection, tmp_path, content
):
    path = written(tmp_path, content)
    shares = []
    summary = load.load(connection, path, zone="UTC", progress=shares.append)
    assert stored(connection) == READ
    assert (summary.loaded, summary.unchanged) == (2, 0)
    assert shares == sorted(shares)
    assert shares[-1] == 1
    rollups.refresh(connection)
    for policy in ("last", "first"):
        again = load.load(connection, path, zone="UTC", on_duplicate=policy)
        assert (again.loaded, again.unchanged) == (0, 2)
        assert one(connection, f"SELECT count(*) FROM {LOG}") == 0
    assert stored(connection) == READ


@pytest.mark.db
def test_another_connection_sees_the_file_after_the_load(connection, tmp_path, database):
    load.load(connection, written(tmp_path, LONG), zone="UTC")
    other = psycopg2.connect(database)
    assert stored(other) == READ
    other.close()


REPEATED = (
    "ts,tag_name,value\n2025-01-31T08:00:00Z,D100,1\n2025-01-31T08:00:00Z,D101,7\n"
    "2025-01-31T08:00:00Z,D100,2\n2025-01-31T08:00:00Z,D100,\n"
)


@pytest.mark.db
@pytest.mark.parametrize(("policy", "value"), [("last", 2), ("first", 1)])
def test_of_repeated_readings_one_is_kept(connection, tmp_path, policy, value):
    path = written(tmp_path, REPEATED)
    summary = load.load(connection, path, zone="UTC", on_duplicate=policy)
    assert [row[2] for row in stored(connection)] == [value, 7]
    assert (summary.read, summary.loaded, summary.duplicates, summary.nulls) == (4, 2, 1, 1)


@pytest.mark.db
def test_a_repeated_reading_can_refuse_the_file(connection, tmp_path):
    path = written(tmp_path, REPEATED)
    with pytest.raises(load.BadFile, match="line 4: the reading of 'D100'.*twice in the file"):
        load.load(connection, path, zone="UTC", on_duplicate="error")
    assert stored(connection) == []


@pytest.mark.db
@pytest.mark.parametrize(("policy", "value"), [("last", 1.5), ("first", 9)])
def test_a_reading_in_the_store_is_overwritten_or_kept(connection, tmp_path, policy, value):
    with connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO influx_hist VALUES ('2025-01-31T08:00:00Z', 'D100', 9)")
    summary = load.load(connection, written(tmp_path, LONG), zone="UTC", on_duplicate=policy)
    assert [row[2] for row in stored(connection)] == [value, 2]
    assert summary.loaded + summary.unchanged == 2
    assert summary.unchanged == (policy == "first")


@pytest.mark.db
def test_a_reading_in_the_store_can_refuse_the_file(connection, tmp_path):
    with connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO influx_hist VALUES ('2025-01-31T08:00:05Z', 'D101', 9)")
    with pytest.raises(
        load.BadFile, match="line 3: the reading of 'D101' at .* is already in the store"
    ):
        load.load(connection, written(tmp_path, LONG), zone="UTC", on_duplicate="error")
    assert len(stored(connection)) == 1


@pytest.mark.db
def test_a_reading_that_comes_in_meanwhile_is_no_fault(connection, tmp_path, monkeypatch):
    """The look for readings that are there already sees none; then there is one."""
    load.load(connection, written(tmp_path, LONG), zone="UTC")
    monkeypatch.setattr(load, "_is_there", lambda *_: False)
    path = written(tmp_path, LONG.replace("1.5", "3"))
    assert load.load(connection, path, zone="UTC").loaded == 1
    assert [row[2] for row in stored(connection)] == [3, 2]


@pytest.mark.db
def test_of_a_broken_file_nothing_is_loaded(connection, tmp_path):
    content, line, reason = FAULTS["value"]
    with pytest.raises(load.BadFile):
        load.load(connection, written(tmp_path, content), zone="UTC")
    assert stored(connection) == []


@pytest.mark.db
def test_broken_lines_can_be_left_out_and_are_listed(connection, tmp_path):
    rejects = tmp_path / "rejects.csv"
    path = written(tmp_path, HEAD + "x,D100,1,0\n2025-01-31T08:00:05Z,D101,2,0\nshort\n")
    summary = load.load(connection, path, zone="UTC", skip_bad=rejects)
    assert (summary.read, summary.loaded, summary.rejected) == (4, 2, 2)
    with rejects.open(encoding="utf-8", newline="") as listed:
        rows = list(csv.reader(listed))
    assert rows[0] == ["file", "line", "reason", "cells"]
    assert rows[1][:2] == ["readings.csv", "3"]
    assert rows[1][3:] == ["x", "D100", "1", "0"]
    assert rows[2][:2] == ["readings.csv", "5"]
    load.load(connection, path, zone="UTC", skip_bad=rejects)
    assert len(rejects.read_text(encoding="utf-8").splitlines()) == 5


@pytest.mark.db
def test_a_sound_file_leaves_no_list_of_rejects(connection, tmp_path):
    load.load(connection, written(tmp_path, LONG), zone="UTC", skip_bad=tmp_path / "rejects.csv")
    assert not (tmp_path / "rejects.csv").exists()


@pytest.mark.db
def test_a_shift_moves_every_reading(connection, tmp_path):
    summary = load.load(connection, written(tmp_path, LONG), zone="UTC", shift=timedelta(days=2))
    assert [row[0][:10] for row in stored(connection)] == ["2025-02-02"] * 2
    assert summary.first == datetime(2025, 2, 2, 8, tzinfo=UTC)


@pytest.mark.db
def test_a_shift_out_of_range_is_refused_as_a_whole(connection, tmp_path):
    with pytest.raises(load.BadFile, match="1970 to 2199"):
        load.load(connection, written(tmp_path, LONG), zone="UTC", shift=timedelta(days=-20_200))
    assert stored(connection) == []


@pytest.mark.db
def test_a_file_without_readings_loads_nothing(connection, tmp_path):
    for content in ("ts,tag_name,value\n", "ts,D100\n", "ts,D100\n2025-01-31T08:00:05Z,\n"):
        summary = load.load(connection, written(tmp_path, content), zone="UTC")
        assert (summary.loaded, summary.first, summary.last) == (0, None, None)
        assert "loaded 0" in str(summary)


@pytest.mark.db
def test_tag_names_of_any_kind_and_length_go_through(connection, tmp_path):
    names = ["a", '가나/다 "q"', "<script>", "'; drop table influx_hist; --", "=1+1", "x" * 2000]
    names += ["back\\slash", "tab\tbed", "two\nlines", "🌡", " lead and trail "]
    path = tmp_path / "names.csv"
    with path.open("w", encoding="utf-8", newline="") as target:
        csv.writer(target).writerows(
            [("ts", "tag_name", "value")]
            + [("2025-01-31T08:00:00Z", name, number) for number, name in enumerate(names)]
        )
    load.load(connection, path, zone="UTC")
    names[-1] = "lead and trail"  # a blank that nobody sees makes no other tag
    assert {row[1]: row[2] for row in stored(connection)} == dict(
        zip(names, range(11), strict=True)
    )


@pytest.mark.db
@pytest.mark.samples
@pytest.mark.parametrize("name", SHARED_SETS)
def test_the_shared_sets_load_as_their_readme_says(connection, name):
    path = SHARED / f"{name}.csv.gz"
    summary = load.load(connection, path, zone="UTC")
    assert (
        summary.loaded == SHARED_SETS[name] == one(connection, "SELECT count(*) FROM influx_hist")
    )
    if name == "skab":
        assert (summary.read, summary.duplicates) == (374_448, 10_320)
    assert load.load(connection, path, zone="UTC").loaded == 0
    with (SHARED / f"{name}_facts.csv").open(encoding="utf-8") as facts:
        for fact in csv.DictReader(facts):
            with connection, connection.cursor() as cursor:
                cursor.execute(
                    "SELECT min(value), max(value), avg(value) FROM influx_hist "
                    "WHERE tag_name = %s",
                    (fact["tag_name"],),
                )
                expected = [float(fact[key]) for key in ("min", "max", "mean")]
                assert cursor.fetchone() == pytest.approx(expected, rel=1e-5)
    assert load.load_tags(connection, SHARED / f"{name}_tags.csv") > 0
    assert load.load_rules(connection, SHARED / f"{name}_qc_rules.csv") > 0


# ---- tags and rules


@pytest.mark.db
def test_tags_come_with_unit_description_and_states(connection, tmp_path):
    path = written(
        tmp_path,
        "태그명,단위,설명,tag_type,decimals,group,states,종류\n"
        "온도/1,°C,급수 온도,,2,배관,,value\nP1,,펌프,digital,,,0=정지; 1=운전,\n",
    )
    assert load.load_tags(connection, path) == 2
    assert load.load_tags(connection, path) == 2
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT tag_name, unit, tag_type, meta FROM influx_tag ORDER BY tag_name")
        assert cursor.fetchall() == [
            ("P1", None, "digital", {"description": "펌프", "states": {"0": "정지", "1": "운전"}}),
            (
                "온도/1",
                "°C",
                None,
                {"description": "급수 온도", "group": "배관", "decimals": 2, "kind": "value"},
            ),
        ]


@pytest.mark.db
def test_what_a_tags_file_leaves_empty_stays(connection, tmp_path):
    load.load_tags(connection, written(tmp_path, "tag_name,unit,description\nD1,bar,first\n"))
    load.load_tags(connection, written(tmp_path, "tag_name,unit,group\nD1,,A\n"))
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT unit, meta FROM influx_tag")
        assert cursor.fetchall() == [("bar", {"description": "first", "group": "A"})]


@pytest.mark.db
@pytest.mark.parametrize("hidden", HIDDEN)
def test_a_tags_file_is_understood_whatever_hides_around_its_names(connection, tmp_path, hidden):
    content = f"{hidden.format('TAG_NAME')},{hidden.format('unit')}\nD1,bar\n"
    assert load.load_tags(connection, written(tmp_path, content)) == 1
    assert one(connection, "SELECT unit FROM influx_tag") == "bar"


@pytest.mark.db
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("tag\xa0nom,unit\nD1,bar\n", r"line 1: no column tag_name among 'tag\\xa0nom', 'unit'"),
        ("name,unit\nD1,bar\n", "line 1: no column tag_name"),
        ("tag_name,unit\nD1,bar\n ,bar\n", "line 3: the tag name is empty"),
        ("tag_name,unit\nD1,bar\nD1,bar\n", "line 3: the tag 'D1' occurs twice"),
        ("tag_name,unit\nD1,bar,x\n", "line 2: 3 columns, the header has 2"),
        ("tag_name,decimals\nD1,many\n", "line 2: decimals is 'many'"),
        ("tag_name,states\nD1,off\n", "line 2: states is 'off'"),
        ("tag_name,kind\nD1,meter\n", "line 2: kind is 'meter'; write one of value, state"),
    ],
)
def test_a_broken_tags_file_changes_nothing(connection, tmp_path, content, reason):
    with pytest.raises(load.BadFile, match=reason):
        load.load_tags(connection, written(tmp_path, content))
    assert one(connection, "SELECT count(*) FROM influx_tag") == 0


SPELLINGS = (
    "warn_min,warn_max,crit_min,crit_max",
    "warning_min,warning_max,critical_min,critical_max",
)


@pytest.mark.db
@pytest.mark.parametrize("in_file", SPELLINGS)
@pytest.mark.parametrize("in_store", SPELLINGS)
def test_rules_load_in_both_spellings_into_both(connection, tmp_path, in_file, in_store):
    with connection, connection.cursor() as cursor:
        for ours, theirs in zip(SPELLINGS[0].split(","), in_store.split(","), strict=True):
            if ours != theirs:
                cursor.execute(f"ALTER TABLE influx_qc_rule RENAME {ours} TO {theirs}")
    path = written(
        tmp_path, f"tag_name,min_val,max_val,{in_file},flat_seconds\nD1,0,9,2,7,1,8,60\n"
    )
    for _ in range(2):
        assert load.load_rules(connection, path) == 1
    rule = load.stored_rules(connection)[0]
    assert (rule.warn_min, rule.warn_max, rule.crit_min, rule.crit_max) == (2, 7, 1, 8)
    assert (rule.min_val, rule.max_val, rule.flat_seconds) == (0, 9, 60)


@pytest.mark.db
def test_a_broken_rules_file_changes_nothing(connection, tmp_path):
    path = written(tmp_path, "tag_name,warn_min,warn_max\nD1,1,2\nD2,5,4\n", "rules.csv")
    with pytest.raises(BadInput, match=r"rules\.csv, line 3, tag 'D2'"):
        load.load_rules(connection, path)
    assert load.stored_rules(connection) == []


@pytest.mark.db
def test_a_store_without_the_table_is_named(database, tmp_path):
    connection = psycopg2.connect(database)
    with pytest.raises(load.BadFile, match="no influx_tag; run manage.py schema install"):
        load.load_tags(connection, written(tmp_path, "tag_name\nD1\n"))
    connection.close()
