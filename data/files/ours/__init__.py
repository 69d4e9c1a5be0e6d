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
LONG = ["tag", "time", "value", "qc"]
#: What ends every line, and how each time is spelled: few others do both.
END = b"\r\n"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?[+-]\d\d:\d\d(:\d\d)?")
#: The cells beside local times in a file for a spreadsheet.
OFFSET = re.compile(r"UTC[+-]\d\d:\d\d(:\d\d)?")
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
    if not head or not header.endswith(END):
        return None
    names = next(csv.reader(io.StringIO(header.decode(), newline=""), delimiter=file.delimiter))
    _refuse_sheet(file.path, names, head)
    if "time" not in names or not all(TIME.fullmatch(row[names.index("time")]) for row in head):
        return None
    if names[: len(LONG)] == LONG:
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
    told = (schema.metadata or {}).get(KEY)
    if told is None:
        return None
    token = parse_qs(json.loads(told)["query"]).get("resolution", ["raw"])[0]
    if token != "raw":
        reason = f"numbers of buckets of {token}, which are no readings; export it with raw"
        raise broken(path, None, f"{reason} as its resolution")
    if set(LONG) <= set(schema.names) and b"tag" not in (schema.field("value").metadata or {}):
        return _long(schema.names)
    values, qcs = {}, {}
    for at, field in enumerate(schema):
        tag = (field.metadata or {}).get(b"tag", b"").decode()
        column = field.name.removeprefix(tag).lstrip() if tag else ""
        if tag and column in ("", "value"):
            values[tag] = at
        elif tag and column == "qc":
            qcs[tag] = at
    lacking = None if values.keys() == qcs.keys() and values else "value and qc"
    if lacking:
        reason = f"no {lacking} of each tag; export it with columns=tag,time,value,qc"
        raise broken(path, None, reason)
    return _wide([(values[tag], tag, qcs[tag]) for tag in values])


def _long(names: Sequence[str]) -> Layout:
    tag, time, value, qc = map(list(names).index, LONG)
    unused = tuple((at, name) for at, name in enumerate(names) if name not in LONG)
    return Layout(time, tag, value, (), (Quality(qc, "qc", STORED),), unused, own=True)


def _wide(places: Sequence[tuple[int, str, int]]) -> Layout:
    wide = tuple((at, tag) for at, tag, _ in places)
    qualities = tuple(Quality(qc, f"{tag} qc", STORED, n) for n, (_, tag, qc) in enumerate(places))
    return Layout(0, wide=wide, qualities=qualities, own=True)


def _refuse_sheet(path: Path, names: Sequence[str], head: Sequence[Sequence[str]]) -> None:
    for at, pair in enumerate(zip(names, names[1:], strict=False), 1):
        if pair == ("time", "offset") and all(OFFSET.fullmatch(row[at]) for row in head):
            reason = "made for a spreadsheet, with local times and names that may be changed"
            raise broken(path, 1, f"{reason}; export it without excel=1")
