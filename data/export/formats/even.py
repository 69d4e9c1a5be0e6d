"""Batches of one size: arrow and Parquet show where batches end, which is how they were read."""

from collections.abc import Iterable, Iterator

import pyarrow as pa


def even(batches: Iterable[pa.RecordBatch], most: int) -> Iterator[pa.RecordBatch]:
    """Yield the same rows in batches of so many, the last one shorter, whatever came as what."""
    held: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        while count + batch.num_rows >= most:
            part = batch.slice(0, most - count)
            batch = batch.slice(most - count)
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
        joined = _texts if pa.types.is_dictionary(field.type) else pa.concat_arrays
        columns.append(joined(chunks))
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _texts(chunks: list[pa.DictionaryArray]) -> pa.DictionaryArray:
    kind, first = chunks[0].type, chunks[0].dictionary
    if len(first) == 1 and all(each.dictionary.equals(first) for each in chunks):  # of one tag
        return pa.DictionaryArray.from_arrays(pa.concat_arrays([c.indices for c in chunks]), first)
    texts = pa.concat_arrays([chunk.cast(kind.value_type) for chunk in chunks])
    return texts.dictionary_encode().cast(kind)
