"""Files that go out as they are read: how the batches of a question become their bytes."""

import zlib
from collections.abc import Iterable, Iterator

import pyarrow as pa

from data.export.contract import Question
from data.export.formats import csv_text
from data.export.formats.even import even

#: gzip: a third of the bytes; harder costs twice the time for a tenth of them.
LEVEL = 1
GZIP = 16 + zlib.MAX_WBITS
#: Most rows of a row group of Parquet, so that readers can leave some out, and of a batch of arrow,
#: of which none are left out; and most cells, for all of them are held until they are written.
GROUP, BATCH, CELLS = 65_536, 8_192, 524_288
#: How times are stored: each but for the one before takes a bit or two, and no list of all of them.
DELTA = "DELTA_BINARY_PACKED"
Batches = Iterable[pa.RecordBatch]


class Sink:
    """What a writer of arrow writes into, and what is taken out of it piece by piece."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._place = 0

    def write(self, part: object) -> int:
        """Take some bytes."""
        taken = bytes(memoryview(part))  # type: ignore[arg-type]  # a buffer of arrow
        self._parts.append(taken)
        self._place += len(taken)
        return len(taken)

    def tell(self) -> int:
        """Return how many came so far."""
        return self._place

    def flush(self) -> None:
        """Keep nothing back."""

    def taken(self) -> bytes:
        """Return what came since this was asked last."""
        whole, self._parts = b"".join(self._parts), []
        return whole


def csv(question: Question, schema: pa.Schema, batches: Batches) -> Iterator[bytes]:
    """Yield lines of text, the names of the columns first."""
    yield csv_text.head(question, schema.names)
    for batch in batches:
        yield csv_text.lines(batch, question)


def gzipped(question: Question, schema: pa.Schema, batches: Batches) -> Iterator[bytes]:
    """Yield the same packed by gzip."""
    packer = zlib.compressobj(LEVEL, wbits=GZIP)
    first = packer.compress(csv_text.head(question, schema.names))
    yield first + packer.flush(zlib.Z_SYNC_FLUSH)
    for batch in batches:
        yield packer.compress(csv_text.lines(batch, question))
    yield packer.flush()


def arrow(_question: Question, schema: pa.Schema, batches: Batches) -> Iterator[bytes]:
    """Yield a stream of arrow, which can be read while it comes."""
    sink = Sink()
    with pa.ipc.new_stream(sink, schema) as writer:
        yield sink.taken()
        for batch in even(batches, _most(schema, BATCH)):
            writer.write_batch(batch.cast(schema))
            yield sink.taken()
    yield sink.taken()


def parquet(_question: Question, schema: pa.Schema, batches: Batches) -> Iterator[bytes]:
    """Yield a file of Parquet; where its parts lie is said at its end, so a cut one is none."""
    from pyarrow import parquet as writers  # 20 MB of memory: only who asks for one pays them

    sink = Sink()
    schema = pa.schema([_plain(field) for field in schema], schema.metadata)
    times = [field.name for field in schema if pa.types.is_timestamp(field.type)]
    others = [field.name for field in schema if field.name not in times]
    how = {"use_dictionary": others, "column_encoding": dict.fromkeys(times, DELTA)}
    with writers.ParquetWriter(sink, schema, compression="zstd", **how) as writer:
        yield sink.taken()
        for group in even(batches, _most(schema, GROUP)):
            writer.write_batch(group.cast(schema), row_group_size=GROUP)
            del group
            pa.default_memory_pool().release_unused()  # else 30 MB stay with the worker
            yield sink.taken()
    yield sink.taken()


def _plain(field: pa.Field) -> pa.Field:
    """Return a column of texts as such: Parquet makes dictionaries of its own."""
    return field.with_type(pa.string()) if pa.types.is_dictionary(field.type) else field


def _most(schema: pa.Schema, rows: int) -> int:
    """Return how many rows are held until they are written: of many columns fewer."""
    return min(rows, max(1, CELLS // len(schema)))
