"""A CSV file as it comes: packed or not, in whatever encoding and delimiter, with its header."""

import codecs
import csv
import gzip
import io
import re
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv

from data.errors import BadFile
from data.files import encoding as encodings
from data.files.cells import DELIMITERS, NULL_WORDS, broken, trimmed

_QUOTED = re.compile(r'"[^"]*"')
_SAMPLE_BYTES = 65_536
_SHOWN = 60  # characters of a last line
#: From the header, which of its names are names of tags, and the places of cells that are.
Named = Callable[[Path, Sequence[str]], tuple[Collection[str], Collection[int]]]


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A CSV file in memory: UTF-8 without BOM.

    names : of the columns; body : where the rows begin in `content`; encoding : what it came in
    """

    path: Path
    content: bytes
    delimiter: str
    names: tuple[str, ...]
    body: int
    encoding: str = "utf-8"

    @property
    def unended(self) -> int | None:
        """The number of the last line if nothing ends it, else None."""
        if len(self.content) <= self.body or self.content.endswith((b"\n", b"\r")):
            return None
        return self.content.count(b"\n") + 1


#: How files begin that are taken for CSV by their names or by mistake -> what they are.
SHEET = "a spreadsheet or a ZIP archive; save its sheet as CSV UTF-8, or export CSV or Parquet"
ARROW = "Arrow, which is not loaded; write it as CSV or Parquet"
OTHERS = {
    b"PK\x03\x04": SHEET,
    b"\xd0\xcf\x11\xe0": SHEET,
    b"\xff\xff\xff\xff": ARROW,
    b"ARROW1": ARROW,
    b"PAR1": "Parquet; name it so that it ends in .parquet, unpacked",
}


def opened(path: Path, encoding: str | None = None, named: Named | None = None) -> CsvFile:
    """Return a CSV file, unpacked and in UTF-8.

    Parameters
    ----------
    encoding : what the user says that the file is in
    named : which columns hold names or units, for a file that can be read in two encodings

    Raises
    ------
    BadFile
        If it cannot be read, is a broken archive, no text, text of two meanings, or has no header.
    """
    content = _unpacked(path)
    _refuse_others(path, content)
    if encoding:
        return _headed(path, _decoded(path, content, encoding), encoding)
    if content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return _headed(path, _decoded(path, content, "utf-16"), "utf-16")
    bare = encodings.without_mark(content)
    if bare:
        raise broken(path, 1, f"zero bytes, as in UTF-16 without its mark; try --encoding {bare}")
    while content.startswith(codecs.BOM_UTF8):  # two where a file was saved twice
        content = content.removeprefix(codecs.BOM_UTF8)
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        if error.end == len(content) and error.reason == "unexpected end of data":
            reason = "the file ends within a letter: it was cut off; make it anew, or end the line"
            raise broken(path, line, reason) from error
        return _not_utf8(path, content, line, named)
    return _headed(path, content)


def remarks(file: CsvFile) -> list[str]:
    """Return what the user should know of a file: its encoding, and a last line without its end."""
    told = []
    if file.encoding != "utf-8":
        told.append(f"it is not UTF-8 and was read as {file.encoding}; --encoding chooses another")
    if file.unended:
        last = file.content.rpartition(b"\n")[2].decode()
        told.append(
            f"nothing ends its last line, line {file.unended} ({last[-_SHOWN:]!r}): if the file was"
            " cut off, its last value may lack digits; end the line, or make the file anew"
        )
    return told


def _headed(path: Path, content: bytes, encoding: str = "utf-8") -> CsvFile:
    """Return a file of UTF-8 bytes with its header read."""
    if b"\r" in content and b"\n" not in content:
        content = content.replace(b"\r", b"\n")
    first = content.partition(b"\n")[0].decode()
    if not first.strip():
        raise broken(path, 1, "no header; the first line must name the columns")
    delimiter = max(DELIMITERS, key=_QUOTED.sub("", first).count)
    reader = csv.reader((line.decode() for line in io.BytesIO(content)), delimiter=delimiter)
    try:
        names = tuple(map(trimmed, next(reader)))
    except csv.Error as error:
        reason = f"no CSV ({error}); quote cells that hold a delimiter, and close every quote"
        raise broken(path, 1, reason) from error
    return CsvFile(path, content, delimiter, names, _after(content, reader.line_num), encoding)


def _decoded(path: Path, content: bytes, encoding: str) -> bytes:
    """Return text of an encoding as UTF-8."""
    try:
        return content.decode(encoding).lstrip("\ufeff").encode()
    except UnicodeError as error:
        line = content.count(b"\n", 0, getattr(error, "start", 0)) + 1
        raise broken(
            path, line, f"not {encoding} text; choose another --encoding, or save it as CSV UTF-8"
        ) from error
    except LookupError as error:
        reason = f"there is no encoding {encoding!r}; use a name such as cp949, cp1252 or utf-16"
        raise broken(path, None, reason) from error


def _not_utf8(path: Path, content: bytes, line: int, named: Named | None) -> CsvFile:
    """Return a file in the one encoding in which it makes sense; refuse it where two do."""
    cells = encodings.special_cells(content)
    tried = [each for each in encodings.TRIED if encodings.readable(each, cells)]
    understood: dict[str, CsvFile] = {}
    faults = []
    for encoding in tried:
        file = _headed(path, _decoded(path, content, encoding), encoding)
        try:
            _said_columns(file, named)
            understood[encoding] = file
        except BadFile as fault:  # no header in words that we know: not this encoding
            faults.append(fault)
    if tried and not understood:
        raise faults[0]
    natural = [each for each in understood if encodings.natural(each, cells)]
    if not natural:
        reads = encodings.as_read(cells[0])
        ways = f"; {reads}: choose with --encoding" if reads else ""
        raise broken(path, line, f"not UTF-8 text{ways}; or save it as CSV UTF-8")
    if len(understood) > 1:
        names = {encoding: _said_names(file, named) for encoding, file in understood.items()}
        if len(set(map(frozenset, names.values()))) > 1:
            raise _two_meanings(path, content, names)
    return understood[natural[0]]


def _said_columns(file: CsvFile, named: Named | None) -> tuple[Collection[str], Collection[int]]:
    """Return the names of the header that count, and the places of cells that do."""
    return named(file.path, file.names) if named else (file.names, range(len(file.names)))


def _said_names(file: CsvFile, named: Named | None) -> set[str]:
    """Return the names and units of a file."""
    heads, places = _said_columns(file, named)
    said = set(heads)
    for _, cells in rows(file):
        said.update(trimmed(cells[at]) for at in places if at < len(cells))
    return said


def _two_meanings(path: Path, content: bytes, meanings: dict[str, set[str]]) -> BadFile:
    """Return the complaint about a name that is another one in another encoding."""
    (first, names), (second, others) = meanings.items()
    for cell in encodings.special_cells(content):
        one, other = (trimmed(cell.decode(each)) for each in (first, second))
        if one in names - others or other in others - names:
            line = content.count(b"\n", 0, content.find(cell)) + 1
            return broken(
                path,
                line,
                f"not UTF-8: a name or unit is {one!r} in {first} and {other!r} in {second}; "
                f"choose --encoding {first} or --encoding {second}",
            )
    return broken(
        path,
        None,
        f"not UTF-8: {first} and {second} give other names; choose --encoding {first} or {second}",
    )


def _after(content: bytes, lines: int) -> int:
    """Return the offset of what follows that many lines."""
    at = 0
    for _ in range(lines):
        at = content.find(b"\n", at) + 1 or len(content)
    return at


def _refuse_others(path: Path, content: bytes) -> None:
    """Refuse what is no text by what it is: its zero bytes look like those of another encoding."""
    for begin, reason in OTHERS.items():
        if content.startswith(begin):
            raise broken(path, None, reason)


def _unpacked(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise broken(path, None, f"the archive is broken ({error}); pack it again") from error
    except OSError as error:
        raise broken(
            path, None, f"{error.strerror or error}; mend the path or its rights"
        ) from error


def rows(file: CsvFile) -> Iterator[tuple[int, list[str]]]:
    """Yield (number of the line it begins on, cells) of each row that is not blank."""
    reader = csv.reader(io.StringIO(file.content.decode(), newline=""), delimiter=file.delimiter)
    next(reader)
    line = reader.line_num + 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise broken(
            file.path, line, f"no CSV ({error}); quote cells that hold a delimiter or a quote"
        ) from error


def sample(file: CsvFile) -> list[list[str]]:
    """Return the cells of the first whole rows, those of about 64 kB."""
    stop = file.body + _SAMPLE_BYTES
    if stop < len(file.content):
        stop = file.content.rfind(b"\n", 0, stop) + 1
    head = replace(file, content=file.content[: max(stop, file.body)])
    try:
        return [cells for _, cells in rows(head) if len(cells) == len(file.names)]
    except BadFile:  # the reader of the whole names the line
        return []


def columns(file: CsvFile, kinds: dict[int, Any], decimal_point: str = ".") -> pa.Table:
    """Return the columns at the places given, in their types and named by their place.

    Raises
    ------
    pa.ArrowInvalid
        If a row has too many or too few cells, or a cell is not of its type.
    """
    types = {str(at): kind for at, kind in kinds.items()}
    if not file.content[file.body :].strip():
        return pa.table({name: pa.array([], kind) for name, kind in types.items()})
    return pacsv.read_csv(
        pa.BufferReader(_own_memory(memoryview(file.content)[file.body :])),
        pacsv.ReadOptions(column_names=[str(at) for at in range(len(file.names))]),
        pacsv.ParseOptions(
            delimiter=file.delimiter, newlines_in_values=file.content.find(b'"', file.body) >= 0
        ),
        pacsv.ConvertOptions(
            column_types=types,
            include_columns=list(types),
            null_values=NULL_WORDS,
            strings_can_be_null=False,
            decimal_point=decimal_point,
        ),
    )


def _own_memory(content: memoryview) -> pa.Buffer:
    """Return a copy in arrow's memory, which its threads let go of without asking Python.

    After a refusal the process ends at once; a thread of arrow's that lets go of Python's memory
    just then aborts it, and the exit code with it.
    """
    own = pa.allocate_buffer(len(content))
    memoryview(own).cast("B")[:] = content
    return own


def texts(file: CsvFile, at: int) -> Any:
    """Return the cells of a column, of the rows that have it: an arrow array of strings."""
    try:
        return columns(file, {at: pa.string()}).column(str(at))
    except pa.ArrowInvalid:
        cells = [cells[at] for _, cells in rows(file) if at < len(cells)]
        return pa.array(cells, pa.string())
