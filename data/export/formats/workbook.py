"""A spreadsheet as a file: made whole in a temporary folder, then sent with its length."""

import io
import re
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import IO

import pyarrow as pa

from data.errors import BadInput
from data.export.contract import Question
from data.export.formats import sheet
from data.export.formats.streams import Batches

MEGABYTE = 1_048_576
#: As zlib counts; harder costs three times the time for a fifth of the bytes.
LEVEL = 1
#: The part that holds the rows, and most of it, unpacked [bytes]: beyond, zip needs an extension
#: that not every spreadsheet reads.
PART, MOST = "xl/worksheets/sheet1.xml", 2**31 - 1
#: How large the empty sheet is, and its cells.
ROOM = re.compile(rb"<dimension [^>]*/>|(?<=<sheetData>).*(?=</sheetData>)")
#: Said in each to be the time of its making: files of the same rows are the same bytes.
CREATED = datetime(1980, 1, 1)  # noqa: DTZ001 - of the library, which takes no zone
#: Pieces in which a file is read [bytes].
PIECE = 65_536


class Workbook:
    """The bytes of a spreadsheet; the first is there when all of it is written to a file.

    The file is gone after the last one, or when this is closed.

    Parameters
    ----------
    question, schema, batches : of the rows
    """

    def __init__(self, question: Question, schema: pa.Schema, batches: Batches) -> None:
        self._question, self._schema, self._batches = question, schema, batches
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._file: IO[bytes] | None = None

    def make(self, most: int | None = None) -> int:
        """Write the file; return its size [bytes].

        Parameters
        ----------
        most : megabytes that it may have, None: as many as it needs

        Raises
        ------
        BadInput
            If it has more than that, or more rows than a sheet holds; then nothing is left of it.
        """
        self._folder = tempfile.TemporaryDirectory(prefix="ksys-export-")
        path = Path(self._folder.name, "export.xlsx")
        with ExitStack() as on_failure:  # nobody is to find half a file
            on_failure.callback(self.close)
            with path.open("wb") as file:
                self._write(file, most)
            _check_size(path.stat().st_size, most)
            on_failure.pop_all()
        self._file = path.open("rb")
        return path.stat().st_size

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._file is None:
            self.make()
        file = self._file
        piece = file.read(PIECE) if file and not file.closed else b""
        if not piece:
            self.close()
            raise StopIteration
        return piece

    def close(self) -> None:
        """Remove the file."""
        if self._file is not None:
            self._file.close()
        if self._folder is not None:
            self._folder.cleanup()

    def _write(self, file: IO[bytes], most: int | None) -> None:
        names = sheet.with_offset(self._schema)
        header = sheet.header(names)
        parts = skeleton(names)
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as archive:
            for name, content in parts.items():
                if name != PART:
                    archive.writestr(_entry(name), content)
            before, end, after = parts[PART].partition(b"</sheetData>")
            with archive.open(_entry(PART), "w") as part:
                part.write(before + header)
                size = 0
                for rows in self._rows():
                    size += len(rows)
                    _check_size(size, MOST // MEGABYTE)
                    part.write(rows)
                    _check_size(file.tell(), most)
                part.write(end + after)

    def _rows(self) -> Iterator[bytes]:
        count = 1
        for batch in self._batches:
            if count + batch.num_rows > sheet.ROWS + 1:
                raise BadInput("export_sheet_rows", most=sheet.ROWS)
            yield sheet.rows(batch, self._question.zone, count)
            count += batch.num_rows


def _entry(name: str) -> zipfile.ZipInfo:
    """Return a part without the time of its making."""
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _check_size(size: int, most: int | None) -> None:
    """Refuse a file that has more than so many megabytes."""
    if most is not None and size > most * MEGABYTE:
        raise BadInput("export_sheet_size", most=most)


def skeleton(names: list[str]) -> dict[str, bytes]:
    """Return the parts of a workbook with one empty sheet, as a library makes them."""
    import xlsxwriter  # 8 MB of memory: only who asks for a spreadsheet pays them

    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        book.set_properties({"created": CREATED})
        page = book.add_worksheet("ksys")
        formats = [book.add_format({"num_format": text}) for text in sheet.TIMES]
        for place, each in enumerate(formats):  # what no cell has is not written
            page.write_number(0, place, 0, each)
        for place, name in enumerate(names):
            page.set_column(place, place, 20 if name == "time" else 12)
        page.freeze_panes(1, 0)
    with zipfile.ZipFile(content) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[PART] = ROOM.sub(b"", parts[PART])
    return parts
