"""A spreadsheet, read back by openpyxl: numbers, local times, and texts that are only texts."""

import io
import math
import re
import zipfile
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import numpy as np
import openpyxl
import pyarrow as pa
import pytest
import xlsxwriter
from openpyxl.utils import get_column_letter

from data.errors import BadInput
from data.export import FORMATS, Workbook, batches, schema
from data.export.formats import sheet
from tests.support.questions import asked, rows

ZONE = "Europe/Berlin"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NAMES = (
    *("D101", "=1+1", "+1", "-1", "@x", "http://a.b/?c=d", "a,b", 'say "so"', "two\nlines", "t\t"),
    *(" leading", "trailing ", "가열 1호", "🔥", "<b>&amp;</b>", "1e5", "007", "TRUE", "NULL"),
)
NUMBERS = (0.1 + 0.2, -0.0, 1e22, None, 1 / 3, math.nan, -1.5, math.inf, 5e-324, 123456.7890123456)
#: Over the change of clocks in October, every half an hour; every third with a fraction.
TIMES = [1_792_880_000_000_000 + n * 1_800_000_000 + (n % 3 == 2) * 250_000 for n in range(40)]


def content_of(question, parts):
    """Return the bytes of a spreadsheet."""
    return b"".join(FORMATS["xlsx"].written(question, schema(question), iter(parts)))


def cells_of(content):
    """Return the rows of cells of a spreadsheet, as openpyxl reads them."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["ksys"]
    return [list(row) for row in book["ksys"].iter_rows()]


def numbers_of(content, letter):
    """Return what stands in the cells of a column, as it is written."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        text = archive.read("xl/worksheets/sheet1.xml").decode()
    return dict(re.findall(rf'<c r="{letter}(\d+)"[^>]*><v>([^<]*)</v></c>', text))


@pytest.fixture
def lines():
    """Rows with nasty names and numbers."""
    return [
        (NAMES[n % len(NAMES)], at, NUMBERS[n % len(NUMBERS)], n % 3) for n, at in enumerate(TIMES)
    ]


@pytest.fixture
def content(lines):
    """The spreadsheet of them, of three batches."""
    question = asked(*NAMES, zone=ZONE)
    parts = [lines[:7], lines[7:8], lines[8:]]
    return content_of(question, [rows(question, *zip(*part, strict=True)) for part in parts])


def test_texts_are_only_texts_sign_by_sign(content, lines):
    found = cells_of(content)
    assert [cell.value for cell in found[0]] == ["tag", "time", "offset", "value", "qc"]
    assert [row[0].value for row in found[1:]] == [tag for tag, *_ in lines]
    assert {row[0].data_type for row in found[1:]} <= {"s", "inlineStr"}
    assert not any(row[0].hyperlink for row in found)


def test_times_are_those_of_the_local_clock_with_their_offset_beside_them(content, lines):
    found = cells_of(content)[1:]
    local = [(EPOCH + timedelta(microseconds=at)).astimezone(ZoneInfo(ZONE)) for _, at, *_ in lines]
    assert [row[1].value for row in found] == [each.replace(tzinfo=None) for each in local]
    assert [row[2].value for row in found] == [each.isoformat()[-6:] for each in local]
    assert {row[2].value for row in found} == {"+02:00", "+01:00"}
    formats = [row[1].number_format for row in found]
    assert formats == [sheet.TIMES[at % 1_000_000 != 0] for _, at, *_ in lines]


def test_numbers_are_numbers_to_the_last_bit_and_what_is_none_is_empty(content, lines):
    found = cells_of(content)[1:]
    written = numbers_of(content, "D")
    for place, (row, (_, _, value, qc)) in enumerate(zip(found, lines, strict=True)):
        assert row[4].value == qc
        if value is None or not math.isfinite(value):
            assert row[3].value is None and str(place + 2) not in written
        else:
            assert row[3].data_type == "n"
            assert repr(float(written[str(place + 2)])) == repr(value)


def test_signs_that_xml_cannot_hold_are_written_as_spreadsheets_do():
    names = ["a\x01b", "a\rb", "_x0041_", "\ufffe"]
    question = asked(*names, columns=("tag",))
    content = content_of(question, [rows(question, names, [0] * 4, [1] * 4, [0] * 4)])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        tree = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    texts = [each.text for each in tree.iter() if each.tag.endswith("}t")]
    assert texts == ["tag", "a_x0001_b", "a_x000D_b", "_x005F_x0041_", "_xFFFE_"]


def test_the_cells_are_those_that_xlsxwriter_writes(lines, content, tmp_path):
    """Numbers aside, of which it writes 16 digits."""
    path = tmp_path / "own.xlsx"
    texts = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(path, {"constant_memory": True, **texts}) as book:
        page = book.add_worksheet("ksys")
        formats = [book.add_format({"num_format": text}) for text in sheet.TIMES]
        page.write_row(0, 0, ["tag", "time", "offset", "value", "qc"])
        for number, (tag, at, value, qc) in enumerate(lines, 1):
            local = (EPOCH + timedelta(microseconds=at)).astimezone(ZoneInfo(ZONE))
            page.write_string(number, 0, tag)
            bare = local.replace(tzinfo=None)
            page.write_datetime(number, 1, bare, formats[at % 1_000_000 != 0])
            page.write_string(number, 2, local.isoformat()[-6:])
            if value is not None and math.isfinite(value):
                page.write_number(number, 3, value)
            page.write_number(number, 4, qc)
    expected = elements(path.read_bytes())
    assert elements(content) == expected and len(expected) == 5 + 5 * len(lines) - 12


def elements(content):
    """Return the cells of a spreadsheet's own text: place, kind, format, and what is in them."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        tree = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    found = [each for each in tree.iter() if each.tag.endswith("}c")]
    return [(cell.get("r"), cell.get("t"), cell.get("s", "0"), texts_of(cell)) for cell in found]


def texts_of(cell):
    """Return the text of a cell, or its number in 14 digits."""
    text = "".join(cell.itertext())
    return text if cell.get("t") == "inlineStr" else f"{float(text):.14g}"


def test_truths_and_constants_stand_in_their_columns():
    columns = {
        "tag": batches.text("D1", 2),
        "unit": batches.text("", 2),
        "filling": pa.array([True, None]),
        "n": batches.counts(np.array([7, 0]), np.array([False, True])),
    }
    question = asked("D1", columns=tuple(columns))
    found = cells_of(content_of(question, [batches.batch(columns, question.columns, "UTC")]))
    assert [[cell.value for cell in row] for row in found[1:]] == [
        ["D1", None, True, 7],
        ["D1", None, None, None],
    ]


def test_a_column_a_tag_has_the_tag_s_name():
    question = asked("=1+1", "b", shape="wide", columns=("time", "value"))
    part = pa.RecordBatch.from_arrays(
        [batches.times(np.array([0]), "UTC"), pa.array([1.5]), pa.array([None], pa.float64())],
        schema=schema(question),
    )
    found = cells_of(content_of(question, [part]))
    assert [cell.value for cell in found[0]] == ["time", "offset", "=1+1", "b"]
    assert [cell.value for cell in found[1]] == [datetime(1970, 1, 1), "+00:00", 1.5, None]  # noqa: DTZ001 - as a sheet has it


def test_a_sheet_without_rows_has_its_header():
    assert [[cell.value for cell in row] for row in cells_of(content_of(asked("D1"), []))] == [
        ["tag", "time", "offset", "value", "qc"]
    ]


def test_two_sheets_of_the_same_rows_are_the_same_bytes(lines, content, monkeypatch):
    """So that a manifest's digest is that of the file, whenever it is made."""
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    question = asked(*NAMES, zone=ZONE)
    parts = [lines[:7], lines[7:8], lines[8:]]
    again = [rows(question, *zip(*part, strict=True)) for part in parts]
    assert content_of(question, again) == content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {each.date_time for each in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"1980-01-01T00:00:00Z" in archive.read("docProps/core.xml")


def test_columns_are_called_as_spreadsheets_do():
    for place in (0, 25, 26, 51, 701, 702, 16_383):
        assert sheet.letters(place) == get_column_letter(place + 1)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder for temporary files."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_the_file_lies_in_the_folder_for_temporary_files_until_it_is_closed(folder):
    question = asked("D1")
    book = Workbook(question, schema(question), iter([rows(question, ["D1"], [0], [1], [0])]))
    size = book.make(1)
    (file,) = folder.glob("*/*.xlsx")
    assert file.stat().st_size == size == len(b"".join(book))
    book.close()
    book.close()
    assert not list(folder.iterdir())


def test_more_rows_than_a_sheet_holds_are_refused_and_nothing_is_left(folder, monkeypatch):
    monkeypatch.setattr(sheet, "ROWS", 5)
    question = asked("D1")
    part = rows(question, ["D1"] * 3, [0, 1, 2], [1] * 3, [0] * 3)
    whole = rows(question, ["D1"] * 5, range(5), [1] * 5, [0] * 5)
    assert len(cells_of(content_of(question, [whole]))) == 6
    book = Workbook(question, schema(question), iter([part, part]))
    with pytest.raises(BadInput, match="A sheet holds 5 rows"):
        book.make()
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_a_file_of_more_megabytes_than_are_allowed_is_refused(folder):
    question = asked("D1")
    numbers = np.random.default_rng(1).normal(size=20_000)
    part = rows(question, ["D1"] * 20_000, range(20_000), numbers, [0] * 20_000)
    book = Workbook(question, schema(question), iter([part] * 10))
    with pytest.raises(BadInput, match="more than 1 MB"):
        book.make(1)
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_what_no_sheet_holds_is_refused():
    tags = [f"T{n}" for n in range(sheet.COLUMNS)]
    question = asked(*tags, shape="wide", columns=("time", "value"))
    with pytest.raises(BadInput, match="16,384 columns"):
        content_of(question, [])
    question = asked("x" * 32_768, columns=("tag",))
    with pytest.raises(BadInput, match="32,767 signs"):
        content_of(question, [rows(question, ["x" * 32_768], [0], [1], [0])])
