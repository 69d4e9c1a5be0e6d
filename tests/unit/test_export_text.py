"""Every digit of a CSV file, against Python's own csv, datetime and zoneinfo."""

import csv
import io
import itertools
import math
import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.export import batches, csv_text
from data.export.formats.local import offsets_of
from data.export.formats.page_rows import document
from data.views import Columns
from tests.support.questions import asked, rows

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST, STOP = 0, 7_258_118_400_000_000
ZONES = (
    *("UTC", "Asia/Seoul", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns"),
    *("Australia/Lord_Howe", "Africa/Casablanca", "America/New_York"),
)
NUMBERS = (
    *(0.0, -0.0, 1.0, -1.5, 0.1, 1 / 3, 5e-324, 1e22, 1e21, 123456789012345680.0, 1e16, 1e15),
    *(1.7976931348623157e308, -2.2250738585072014e-308, 1e-5, 1e-7, 100.0, 0.1 + 0.2, 12_345_678.9),
)
NAMES = (
    *("D101", "a,b", 'say "so"', '"', "two\nlines", "two\r\nlines", "cr\ronly", "가열 1호", "🔥,"),
    *(" leading", "trailing ", "semi;colon", "tab\there", "=1+1", "+1", "-1", "@x", "\tx", "\rx"),
    *("'=1", "''", "'", "NULL", "nan", "1e5", "é", "e\u0301", "\ufeffbom", "\u2028", "#1", "\\"),
)


def instant(micros):
    """Return a time of microseconds since 1970, aware."""
    return EPOCH + timedelta(microseconds=int(micros))


def text_of(question, *parts):
    """Return the text of a file of these batches."""
    head = csv_text.head(question, question.columns)
    return (head + b"".join(csv_text.lines(part, question) for part in parts)).decode()


def digits(text):
    """Return the digits of a number without those that only place its point."""
    return text.replace(".", "").partition("e")[0].strip("-0")


def same_number(cell, value, decimal="."):
    """Whether a cell is that number to the last bit, with as few digits as Python needs."""
    if value is None or not math.isfinite(value):
        return cell == ""
    cell = cell.replace(decimal, ".")
    sign = math.copysign(1, float(cell)) == math.copysign(1, value)
    if 1 <= abs(value) < 1e16 and cell != repr(value).removesuffix(".0"):
        return False  # an exponent where a person reads on
    return sign and float(cell) == value and digits(cell) == digits(repr(value))


def written(lines, separator=","):
    """Return rows of cells as Python's csv writes them."""
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=separator).writerows(lines)
    return file.getvalue()


def read(text, separator=","):
    """Return the rows of cells that Python's csv reads."""
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))


def around_changes(zone, year):
    """Return times around each change of a zone's clock in a year, to the microsecond."""
    site, found = ZoneInfo(zone), []
    hours = [datetime(year, 1, 1, tzinfo=UTC) + timedelta(minutes=30 * n) for n in range(17_568)]
    offsets = [hour.astimezone(site).utcoffset() for hour in hours]
    for after, (one, other) in zip(hours[1:], itertools.pairwise(offsets), strict=True):
        if one != other:
            at = (after - EPOCH) // timedelta(microseconds=1)
            found += [at + step for step in (-1_800_000_000, -1, 0, 1, 500_000, 3_600_000_000)]
    return sorted(found)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("year", [1970, 1996, 2026, 2037, 2038, 2199])
def test_times_are_those_of_the_zone_s_clock(zone, year):
    """A year in steps that share no factor with a day, both changes, fractions among seconds."""
    start = int((datetime(year, 1, 1, tzinfo=UTC) - EPOCH) / timedelta(microseconds=1))
    steps = [start + each * 86_399_000_000 for each in range(365)]
    some = [start + each * 40_000_000_003 for each in range(700)]
    at = sorted(t for t in {*steps, *some, *around_changes(zone, year), STOP - 1} if t < STOP)
    question = asked("D1", zone=zone, columns=("time",))
    for times in (at, at[::-1], random.Random(year).sample(at, len(at))):
        part = rows(question, ["D1"] * len(at), times, [1.0] * len(at), [0] * len(at))
        cells = [line[0] for line in read(text_of(question, part))[1:]]
        assert cells == [instant(each).astimezone(ZoneInfo(zone)).isoformat() for each in times]


@given(
    st.lists(st.integers(FIRST, STOP - 1), min_size=1, max_size=30),
    st.sampled_from(ZONES),
)
def test_the_offset_of_any_times_in_any_order_is_that_of_the_zone(at, zone):
    offsets = offsets_of(np.array(at, np.int64), zone)
    expected = [instant(each).astimezone(ZoneInfo(zone)).utcoffset() for each in at]
    assert [timedelta(seconds=int(each)) for each in offsets] == expected


@pytest.mark.parametrize("decimal", [".", ","])
def test_a_number_reads_back_to_the_last_bit_and_is_as_short_as_python_s(decimal):
    chance = np.random.default_rng(11)
    bits = chance.integers(0, 2**64, 20_000, np.uint64).view(np.float64).tolist()
    short = np.round(chance.normal(100, 50, 20_000), 3).tolist()
    large = [*(float(n) for n in range(10**10, 10**16, 10**14)), 12345678901.25, 99999999999.999]
    values = [*NUMBERS, *bits, *short, *large, math.nan, math.inf, -math.inf, None]
    question = asked("D1", columns=("tag", "value"), decimal=decimal, separator=";")
    part = rows(question, ["D1"] * len(values), [0] * len(values), values, [0] * len(values))
    cells = [line[1] for line in read(text_of(question, part), ";")[1:]]
    assert all(same_number(cell, value, decimal) for cell, value in zip(cells, values, strict=True))


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_names_come_byte_for_byte_as_python_s_csv_writes_them(separator):
    at = [1_000_000 * n for n in range(len(NAMES))]
    question = asked(*NAMES, separator=separator)
    part = rows(question, NAMES, at, [1.0] * len(at), [0] * len(at))
    each = [(name, instant(t).isoformat(), "1", "0") for name, t in zip(NAMES, at, strict=True)]
    assert text_of(question, part) == written([question.columns, *each], separator)


def test_names_in_a_header_come_as_python_s_csv_writes_them():
    question = asked(*NAMES)
    assert csv_text.head(question, NAMES).decode() == written([NAMES])


@pytest.mark.parametrize("column", ["value", "unit"])
def test_a_line_of_one_empty_cell_is_no_blank_line(column):
    """A reader that leaves out blank lines would lose the row."""
    question = asked("D1", columns=(column,))
    cells = {"value": batches.numbers(np.array([1.5, np.nan])), "unit": batches.texts(["1.5", ""])}
    part = batches.batch(cells, (column,), "UTC")
    assert text_of(question, part) == written([[column], ["1.5"], [""]])


def test_columns_that_are_the_same_in_all_rows_stand_in_all_of_them():
    columns = {"tag": batches.text("a,b", 3), "unit": batches.text("", 3)}
    for names, line in ((("tag", "unit"), '"a,b",'), (("unit",), '""'), (("tag",), '"a,b"')):
        part = batches.batch(columns, names, "UTC")
        text = text_of(asked("a,b", columns=names), part)
        assert text == "\r\n".join([",".join(names), line, line, line, ""])


def test_excel_gets_inert_texts_and_its_own_clock_and_numbers_as_they_are():
    names = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "'=1", "'ok", "D1", '=a"b']
    inert = ["'=1+1", "'+1", "'-1", "'@x", "'\tx", "'\rx", "''=1", "'ok", "D1", "'=a\"b"]
    zone, at = "Europe/Berlin", [1_792_886_400_000_000 + 600_500_000 * n for n in range(10)]
    values = [-1.5, 1e22, -0.0, None, 5e-324, -math.inf, 2.0, 3.0, -1e-7, 0.5]
    question = asked(*names, zone=zone, excel=True, decimal=",", separator=";", resolution=None)
    text = text_of(question, rows(question, names, at, values, [0] * 10))
    assert text.startswith("\ufefftag;time;offset;value;qc\r\n")
    local = [instant(each).astimezone(ZoneInfo(zone)) for each in at]
    cells = [line[:3] for line in read(text, ";")[1:]]
    assert cells == [
        [name, each.isoformat(" ")[:-6].replace(".", ","), f"UTC{each.isoformat()[-6:]}"]
        for name, each in zip(inert, local, strict=True)
    ]
    numbers = [line[3] for line in read(text, ";")[1:]]
    assert all(same_number(cell, value, ",") for cell, value in zip(numbers, values, strict=True))
    assert {line[2] for line in read(text, ";")[1:]} == {"UTC+02:00", "UTC+01:00"}


def test_a_batch_without_rows_has_no_lines():
    question = asked("D1")
    assert csv_text.lines(rows(question, [], [], [], []), question) == b""


def test_counts_and_truths_that_are_missing_are_empty():
    columns = {
        "tag": batches.texts(["D1", "D1"]),
        "n": batches.counts(np.array([3, 0]), np.array([False, True])),
        "filling": pa.array([True, None]),
    }
    question = asked("D1", columns=("tag", "n", "filling"))
    part = batches.batch(columns, question.columns, "UTC")
    assert text_of(question, part) == "tag,n,filling\r\nD1,3,true\r\nD1,,\r\n"


@given(
    st.lists(
        st.tuples(
            st.sampled_from(NAMES),
            st.integers(FIRST, STOP - 1) | st.integers(0, 7_000_000).map(lambda s: s * 10**9),
            st.floats() | st.none() | st.sampled_from(NUMBERS),
            st.integers(0, 2),
        ),
        max_size=20,
    ),
    st.integers(1, 20),
    st.sampled_from(ZONES),
    st.booleans(),
)
def test_blocks_of_any_size_have_the_same_bytes(lines, size, zone, excel):
    question = asked(*NAMES, zone=zone, excel=excel)
    parts = [lines[at : at + size] for at in range(0, len(lines), size)]
    made = [rows(question, *zip(*part, strict=True)) for part in parts]
    whole = [rows(question, *zip(*lines, strict=True))] if lines else []
    assert text_of(question, *made) == text_of(question, *whole)


@pytest.mark.parametrize("times", [1, 40])
def test_numbers_that_come_again_are_written_as_those_that_do_not(times):
    few = [-0.0, 0.0, np.nan, 900.0, 1e-05, 1e22, -1.5, np.inf, 0.1 + 0.2, 123456789012.0]
    values = np.array(few * times)
    rows = Columns(len(values), "UTC", {"avg": values, "min": values, "max": values[::-1]})
    lines = document(rows, ("avg", "min", "max")).decode().split("\r\n")[1:-1]
    texts = ["" if value != value else repr(value) for value in values.tolist()]
    wanted = zip(texts, texts, reversed(texts), strict=True)
    assert lines == [",".join(each) for each in wanted]
