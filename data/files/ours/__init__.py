"""Files that Ksys exported: known for sure, they come back sign by sign, qc as it was stored."""

import csv
import io
import itertools
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs

import pyarrow as pa

from data.errors import BadFile
from data.files.buckets import NUMBERS, TOLD, WORDS
from data.files.cells import broken
from data.files.columns import Layout, Quality
from data.files.csvfile import CsvFile
from data.files.quality import STORED

__all__ = ["csv_layout", "parquet_layout"]

#: How the header of a long file begins; what else may follow is not of the reading.
HEADER = ["tag", "time", "value", "qc"]
#: All columns that a long file of readings can have, in any order where it names them itself.
LONG = {*HEADER, *TOLD, "quality"}
#: What may stand beside a value, in a column of its own.
COLUMNS = {"value", "qc", *WORDS}
#: Tags that are called like a column of a row: beside one each tag is called by its column, too.
TAKEN = {"time", "offset"}
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
        If it was made for a spreadsheet: its times alone do not say when they were; or if it holds
        what is said of readings, such as limits, and no reading.
    """
    header = file.content[: file.body]
    names = next(csv.reader(io.StringIO(header.decode(), newline=""), delimiter=file.delimiter))
    _refuse_sheet(file.path, names, head)
    if not head or not header.endswith(END):
        return None
    if "time" not in names or not all(TIME.fullmatch(row[names.index("time")]) for row in head):
        return None
    is_ours = names[: len(HEADER)] == HEADER or sorted(LONG.intersection(names)) == sorted(names)
    if is_ours and set(HEADER) <= set(names):
        return _long(names)
    if names[0] != "time" or len(names) < 2:
        return None
    return _wide_csv(file.path, names)


def _wide_csv(path: Path, names: Sequence[str]) -> Layout | None:
    """Return where a file has the values of each tag; None where its columns are not of tags."""
    if len(names) > 2 and set(names[1:]) <= {*WORDS} - {*NUMBERS}:
        raise _no_reading(path, names[1])
    parts = [(tag, word) for tag, _blank, word in (name.rpartition(" ") for name in names[1:])]
    words = [word for _tag, word in itertools.takewhile(lambda part: part[0] == parts[0][0], parts)]
    tags = [tag for tag, _word in parts[:: len(words)]]
    is_told = len(words) > 1 or TAKEN.intersection(tags)
    if not is_told or not set(words) <= COLUMNS or parts != list(itertools.product(tags, words)):
        return None
    if "value" not in words:
        if not set(words).isdisjoint(NUMBERS):
            return None  # those of buckets are refused whoever made them
        raise _no_reading(path, names[1])
    value, qc = (words.index(word) if word in words else None for word in ("value", "qc"))
    firsts = [(1 + n * len(words), tag) for n, tag in enumerate(tags)]
    places = [(at + (value or 0), tag, None if qc is None else at + qc) for at, tag in firsts]
    unused = [(at, names[at]) for at in range(1, len(names)) if parts[at - 1][1] not in HEADER]
    return replace(_wide(places), unused=tuple(unused))


def _no_reading(path: Path, name: str) -> BadFile:
    reason = f"the column {name!r} is of a reading, and no column holds its value"
    return broken(path, 1, f"{reason}; export the file with columns=tag,time,value,qc")


def parquet_layout(path: Path, schema: pa.Schema) -> Layout | None:
    """Return where one of our Parquet files keeps what; None for any other file.

    Raises
    ------
    BadFile
        If it holds numbers of buckets: these are no readings.
    """
    question = _question(schema)
    if question is None:
        return None
    resolution = question.get("resolution", "raw")
    if resolution != "raw":
        reason = f"numbers of buckets of {resolution}, which are no readings"
        raise broken(path, None, f"{reason}; export it with resolution=raw")
    if question.get("shape") != "wide" and set(HEADER) <= set(schema.names):
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
        told = field.metadata or {}
        tag = told.get(b"tag", b"").decode()
        if tag and field.name == f"{tag} qc":
            qcs[tag] = at
        elif tag and told.get(b"column", b"value") == b"value":
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
