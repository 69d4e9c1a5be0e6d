"""A CSV file as it comes: packed or not, in whatever encoding and delimiter, with its header."""

import codecs
import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from data.errors import BadFile

#: What stands for no value, besides an empty cell.
NULL_WORDS = ("", "NULL", "null", "Null", "NaN", "nan", "NAN", "None", "none", "NA", "N/A", "#N/A")
DELIMITERS = ",;\t|"
#: Marks without width that spreadsheets and editors leave: byte order mark, joiner, direction.
_MARKS = "\ufeff\u200b\u2060\u200e\u200f"
_OUTSIDE = re.compile(rf"^[\s{_MARKS}]+|[\s{_MARKS}]+$")
_QUOTED = re.compile(r'"[^"]*"')


def broken(path: Path, line: int | None, reason: str) -> BadFile:
    """Return the complaint about a file, or about one of its lines."""
    if line is None:
        return BadFile("file_broken", file=path.name, reason=reason)
    return BadFile("file_line_broken", file=path.name, line=line, reason=reason)


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A CSV file in memory: UTF-8 without BOM.

    names : of the columns; body : where the rows begin in `content`
    """

    path: Path
    content: bytes
    delimiter: str
    names: tuple[str, ...]
    body: int


def opened(path: Path) -> CsvFile:
    """Return a CSV file, unpacked and in UTF-8.

    Raises
    ------
    BadFile
        If it cannot be read, is a broken archive, no text, or has no header.
    """
    content = _utf8(path, _unpacked(path))
    if b"\r" in content and b"\n" not in content:
        content = content.replace(b"\r", b"\n")
    first = content.partition(b"\n")[0].decode()
    if not first.strip():
        raise broken(path, 1, "no header; the first line must name the columns")
    delimiter = max(DELIMITERS, key=_QUOTED.sub("", first).count)
    reader = csv.reader(io.StringIO(content.decode(), newline=""), delimiter=delimiter)
    names = tuple(map(trimmed, next(reader)))
    return CsvFile(path, content, delimiter, names, _after(content, reader.line_num))


def trimmed(name: str) -> str:
    """Return a column's name without blanks (NBSP too) and invisible marks around it."""
    return _OUTSIDE.sub("", name)


def word(name: str) -> str:
    """Return a column's name as it is compared: in small letters, without invisible marks."""
    return trimmed(name).translate(dict.fromkeys(map(ord, _MARKS))).lower()


def cells_fault(count: int, width: int) -> str:
    """Return the complaint about a row with more or fewer cells than the header."""
    return f"{count} columns, the header has {width}; quote cells that hold a delimiter"


def listed(names: Iterable[str]) -> str:
    """Return the names that a header has, so that a reader sees what is hidden in them."""
    return ", ".join(map(repr, names))[:200] or "nothing"


def _after(content: bytes, lines: int) -> int:
    """Return the offset of what follows that many lines."""
    at = 0
    for _ in range(lines):
        at = content.find(b"\n", at) + 1 or len(content)
    return at


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


def _utf8(path: Path, content: bytes) -> bytes:
    """Return text as UTF-8: also from UTF-16 with BOM and from Korean Windows (CP949)."""
    try:
        if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return content.decode("utf-16").lstrip("\ufeff").encode()
        while content.startswith(codecs.BOM_UTF8):  # two where a file was saved twice
            content = content.removeprefix(codecs.BOM_UTF8)
        content.decode()
    except UnicodeDecodeError as error:
        return _korean(path, content, content.count(b"\n", 0, error.start) + 1)
    return content


def _korean(path: Path, content: bytes, line: int) -> bytes:
    try:
        return content.decode("cp949").encode()
    except UnicodeDecodeError as error:
        raise broken(path, line, "neither UTF-8 nor CP949 text; save it as CSV UTF-8") from error


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
