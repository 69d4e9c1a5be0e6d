"""Batches of one size: arrow and Parquet show where batches end, which days must not."""

from collections.abc import Iterable, Iterator

import pyarrow as pa

#: Rows of a batch: those of a row group of Parquet.
ROWS = 65_536


def even(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the same rows in batches of ROWS, the last one shorter, whatever came as what."""
    held: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        while count + batch.num_rows >= ROWS:
            part = batch.slice(0, ROWS - count)
            batch = batch.slice(ROWS - count)
            yield _one([*held, part])
            held, count = [], 0
        held.append(batch)
        count += batch.num_rows
    if count:
        yield _one(held)


def _one(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    """Return one batch; the dictionaries of its texts hold them in the order of its rows."""
    schema = batches[0].schema
    columns = []
    for place, field in enumerate(schema):
        chunks = [batch.column(place) for batch in batches]
        if pa.types.is_dictionary(field.type):
            texts = pa.concat_arrays([chunk.cast(field.type.value_type) for chunk in chunks])
            columns.append(texts.dictionary_encode().cast(field.type))
        else:
            columns.append(pa.concat_arrays(chunks))
    return pa.RecordBatch.from_arrays(columns, schema=schema)
