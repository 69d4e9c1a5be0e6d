"""Files that Ksys exported: known for sure, they come back sign by sign, qc as it was stored."""

import csv
import io
import json
import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import parse_qs

import pyarrow as pa

from data.files.cells import broken
from data.files.columns import Layout, Quality
from data.files.csvfile import CsvFile
from data.files.quality import STORED

__all__ = ["csv_layout", "parquet_layout"]

#: How the header of a long file begins; what else may follow is not of the reading.
HEADER = ["tag", "time", "value", "qc"]
#: What ends every line, and how each time is spelled: few others do both.
END = b"\r\n"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?[+-]\d\d:\d\d(:\d\d)?")
#: The cells beside local times in a file for a spreadsheet.
OFFSET = re.compile(r"(UTC)?[+-]\d\d:\d\d(:\d\d)?")
#: Where Parquet says that it is ours.
KEY = b"ksys"


def csv_layout(file: CsvFile, head: Sequence[Sequence[str]]) -> Layout | None:
    """Return where one of our CSV files keeps what; None for any other file.

    Parameters
    ----------
    head : cells of the first rows

    Raises
    ------
    BadFile
        If it was made for a spreadsheet: its times alone do not say when they were.
    """
    header = file.content[: file.body]
    names = next(csv.reader(io.StringIO(header.decode(), newline=""), delimiter=file.delimiter))
    _refuse_sheet(file.path, names, head)
    if not head or not header.endswith(END):
        return None
    if "time" not in names or not all(TIME.fullmatch(row[names.index("time")]) for row in head):
        return None
    if names[: len(HEADER)] == HEADER:
        return _long(names)
    pairs = list(zip(names[1::2], names[2::2], strict=False))
    if names[0] != "time" or len(names) != 1 + 2 * len(pairs) or not pairs:
        return None
    tags = [value.removesuffix(" value") for value, _ in pairs]
    if pairs != [(f"{tag} value", f"{tag} qc") for tag in tags]:
        return None
    return _wide([(1 + 2 * n, tag, 2 + 2 * n) for n, tag in enumerate(tags)])


def parquet_layout(path: Path, schema: pa.Schema) -> Layout | None:
    """Return where one of our Parquet files keeps what; None for any other file.

    Raises
    ------
    BadFile
        If it holds numbers of buckets: these are no readings.
    """
    asked = _question(schema)
    if asked is None:
        return None
    resolution = asked.get("resolution", "raw")
    if resolution != "raw":
        reason = f"numbers of buckets of {resolution}, which are no readings"
        raise broken(path, None, f"{reason}; export it with resolution=raw")
    if asked.get("shape") != "wide" and set(HEADER) <= set(schema.names):
        return _long(schema.names)
    values, qcs = _places(schema)
    if not values or "time" not in schema.names:
        reason = "no time, or no value of any tag; export it with columns=tag,time,value,qc"
        raise broken(path, None, reason)
    return _wide([(values[tag], tag, qcs.get(tag)) for tag in values])


def _question(schema: pa.Schema) -> dict[str, str] | None:
    """Return the parameters of the address that a file of ours answers, None for any other file."""
    try:
        query = json.loads((schema.metadata or {})[KEY])["query"]
    except (KeyError, TypeError, ValueError):
        return None
    return {name: texts[-1] for name, texts in parse_qs(query).items()}


def _places(schema: pa.Schema) -> tuple[dict[str, int], dict[str, int]]:
    """Return by tag where a wide file has its values, and where their qc."""
    values, qcs = {}, {}
    for at, field in enumerate(schema):
        tag = (field.metadata or {}).get(b"tag", b"").decode()
        if tag and field.name == f"{tag} qc":
            qcs[tag] = at
        elif tag and field.name in (tag, f"{tag} value"):
            values[tag] = at
    return values, qcs


def _long(names: Sequence[str]) -> Layout:
    tag, time, value, qc = map(list(names).index, HEADER)
    unused = tuple((at, name) for at, name in enumerate(names) if name not in HEADER)
    return Layout(time, tag, value, (), (Quality(qc, "qc", STORED),), unused, own=True)


def _wide(places: Sequence[tuple[int, str, int | None]]) -> Layout:
    wide = tuple((at, tag) for at, tag, _ in places)
    qualities = tuple(
        Quality(qc, f"{tag} qc", STORED, n)
        for n, (_, tag, qc) in enumerate(places)
        if qc is not None
    )
    return Layout(0, wide=wide, qualities=qualities, own=True)


def _refuse_sheet(path: Path, names: Sequence[str], head: Sequence[Sequence[str]]) -> None:
    for at, pair in enumerate(zip(names, names[1:], strict=False), 1):
        cells = [row[at] for row in head if row[at]]
        if pair == ("time", "offset") and cells and all(map(OFFSET.fullmatch, cells)):
            reason = "the offsets of the times stand in a column of their own, as in a file"
            way = "for spreadsheets; export it without excel=1, or --ignore offset"
            raise broken(path, 1, f"{reason} {way}")
