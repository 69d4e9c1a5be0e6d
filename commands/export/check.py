"""Is a file the one that a manifest tells of: its rows, bytes and SHA-256."""

import hashlib
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import pyarrow as pa
import pyarrow.parquet as pq

from data.errors import BadFile

PIECE = 1 << 20
GZIP = 16 + zlib.MAX_WBITS
#: What is compared, in this order.
COMPARED = ("rows", "bytes", "sha256")


def differences(file: Path, manifest: Path) -> list[str]:
    """Return in what a file is not what a manifest tells; nothing where it is.

    Raises
    ------
    BadFile
        If the manifest tells nothing to compare with, or the file is not of its kind.
    """
    told = _told(manifest)
    facts = {"bytes": file.stat().st_size, "sha256": _digest(file)}
    if "rows" in told:
        facts["rows"] = rows(file)
    return [
        f"{name}: {facts[name]} in the file, {told[name]} in the manifest"
        for name in COMPARED
        if name in told and facts[name] != told[name]
    ]


def _told(manifest: Path) -> dict[str, Any]:
    try:
        content = json.loads(manifest.read_text(encoding="utf8"))
    except ValueError as error:
        raise BadFile("export_manifest", file=str(manifest)) from error
    told = content if isinstance(content, dict) else {}
    told = {name: told[name] for name in COMPARED if told.get(name) is not None}
    if "bytes" not in told and "sha256" not in told:
        raise BadFile("export_manifest", file=str(manifest))
    return told


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while piece := opened.read(PIECE):
            yield piece


def _digest(file: Path) -> str:
    digest = hashlib.sha256()
    for piece in _pieces(file):
        digest.update(piece)
    return digest.hexdigest()


def rows(file: Path) -> int | None:
    """Return the rows of a file of ours without its head; None where it is not whole.

    The kind is that of its name; a name that tells none is of CSV.
    """
    try:
        if file.name.endswith(".parquet"):
            return int(pq.read_metadata(file).num_rows)
        if file.name.endswith(".arrow"):
            with pa.memory_map(str(file)) as opened, pa.ipc.open_stream(opened) as reader:
                return sum(batch.num_rows for batch in reader)
        if file.name.endswith(".xlsx"):
            return _sheet_rows(file)
        pieces = _unpacked(file) if file.name.endswith(".gz") else _pieces(file)
        return _lines(pieces) - 1
    except (pa.ArrowInvalid, BadZipFile, OSError, zlib.error, KeyError):
        return None


def _unpacked(file: Path) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(GZIP)
    for piece in _pieces(file):
        yield unpacker.decompress(piece)
    if not unpacker.eof:
        raise zlib.error("cut off")


def _lines(pieces: Iterator[bytes]) -> int:
    """Return the lines of CSV; a line break in quotes ends none."""
    lines, inside = 0, False
    for piece in pieces:
        for number, part in enumerate(piece.split(b'"')):
            inside = inside ^ (number > 0)
            lines += 0 if inside else part.count(b"\n")
    return lines


def _sheet_rows(file: Path) -> int:
    """Return the rows of the first sheet without its head."""
    count, tail = 0, b""
    with ZipFile(file) as book, book.open("xl/worksheets/sheet1.xml") as sheet:
        while piece := sheet.read(PIECE):
            text = tail + piece
            count += text.count(b"<row ")
            tail = text[-4:]
    return count - 1
