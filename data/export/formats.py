"""The kinds of file there are, and how the batches of a question become their bytes."""

import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import pyarrow as pa

from data.export import csv_text
from data.export.contract import Question

#: gzip: a third of the bytes; harder costs twice the time for a tenth of them.
LEVEL = 1
GZIP = 16 + zlib.MAX_WBITS
Batches = Iterable[pa.RecordBatch]


class Format(NamedTuple):
    """A kind of file: its media type, and what makes its bytes of batches."""

    media: str
    written: Callable[[Question, Batches], Iterator[bytes]]


def _csv(question: Question, batches: Batches) -> Iterator[bytes]:
    yield csv_text.head(question)
    for batch in batches:
        yield csv_text.lines(batch, question)


def _gzipped(question: Question, batches: Batches) -> Iterator[bytes]:
    packer = zlib.compressobj(LEVEL, wbits=GZIP)
    yield packer.compress(csv_text.head(question)) + packer.flush(zlib.Z_SYNC_FLUSH)
    for batch in batches:
        yield packer.compress(csv_text.lines(batch, question))
    yield packer.flush()


#: Extension -> format.
FORMATS = {
    "csv": Format("text/csv; charset=utf-8", _csv),
    "csv.gz": Format("application/gzip", _gzipped),
}
