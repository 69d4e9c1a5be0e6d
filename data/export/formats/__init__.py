"""The kinds of file there are, and what makes the bytes of each."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pyarrow as pa

from data.export.contract import Question
from data.export.formats import csv_text, streams
from data.export.formats.csv_text import harmless
from data.export.formats.page_rows import document
from data.export.formats.streams import Batches
from data.export.formats.workbook import Workbook

__all__ = ["FORMATS", "Format", "Workbook", "csv_text", "document", "harmless"]


class Format(NamedTuple):
    """A kind of file: its media type, and what makes its bytes of batches of a schema."""

    media: str
    written: Callable[[Question, pa.Schema, Batches], Iterator[bytes]]


#: Extension -> format.
FORMATS = {
    "csv": Format("text/csv; charset=utf-8", streams.csv),
    "csv.gz": Format("application/gzip", streams.gzipped),
    "parquet": Format("application/vnd.apache.parquet", streams.parquet),
    "arrow": Format("application/vnd.apache.arrow.stream", streams.arrow),
    "xlsx": Format("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Workbook),
}
