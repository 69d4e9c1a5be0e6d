"""Rows of a file on their way out: batches of arrow, one schema for all of a file.

A batch has the asked columns in their order. Times are microseconds UTC in the zone that was asked
for, texts are dictionaries, a number that is missing is null and never NaN; what is no number but
is stored (infinities) stays.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

from data.analysis import Floats, arrays, comparison

#: Columns that are no number, by their type; `n` and its kin are counts.
TEXTS = {"tag", "unit", "description", "quality", "reasons", "alarm", "state"}
COUNTS = {"qc", "n", "bad"}
TRUTHS = {"filling", "remade", "reset"}
TEXT = pa.dictionary(pa.int32(), pa.string())


def schema(columns: Sequence[str], zone: str) -> pa.Schema:
    """Return the columns of batches, in their order."""
    return pa.schema([(name, type_of(name, zone)) for name in columns])


def type_of(name: str, zone: str) -> pa.DataType:
    """Return the type of a column in batches."""
    name = name.removeprefix(comparison.PREFIX)  # the other side has the types of this one
    if name == "time":
        return pa.timestamp("us", tz=zone)
    if name in TEXTS:
        return TEXT
    if name in COUNTS:
        return pa.int64()
    return pa.bool_() if name in TRUTHS else pa.float64()


def times(at: arrays.Whole, zone: str, missing: arrays.Mask | None = None) -> pa.Array:
    """Return times [us since 1970] as a column, null where they are missing."""
    return pa.array(at, pa.int64(), mask=missing).view(pa.timestamp("us", tz=zone))


def numbers(values: Floats) -> pa.Array:
    """Return numbers as a column, null where they are NaN or infinite, in every format alike."""
    missing = ~np.isfinite(values)
    return pa.array(values, pa.float64(), mask=missing if missing.any() else None)


def counts(values: arrays.Whole, missing: arrays.Mask | None = None) -> pa.Array:
    """Return counts as a column, null where they are missing."""
    return pa.array(values, pa.int64(), mask=missing)


def text(value: str, count: int) -> pa.Array:
    """Return one text for so many rows."""
    return pa.DictionaryArray.from_arrays(np.zeros(count, np.int32), pa.array([value], pa.string()))


def texts(values: Sequence[str]) -> pa.Array:
    """Return a text a row."""
    return pa.array(values, pa.string()).dictionary_encode()


def words(codes: arrays.Codes | arrays.Bits, word: Callable[[int], str]) -> pa.Array:
    """Return the word of each code; of each code it is asked for once."""
    each, places = np.unique(codes, return_inverse=True)
    of_each = pa.array([word(code) for code in each.tolist()], pa.string())
    return pa.DictionaryArray.from_arrays(places.astype(np.int32), of_each)


def number(value: float | None, count: int) -> pa.Array:
    """Return one number for so many rows; null for None and what is not finite."""
    there = value is not None and np.isfinite(value)
    return numbers(np.full(count, value if there else np.nan))


def batch(columns: dict[str, pa.Array], names: Sequence[str], zone: str) -> pa.RecordBatch:
    """Return those of the columns that are named, in this order, as a batch."""
    return pa.RecordBatch.from_arrays([columns[name] for name in names], schema=schema(names, zone))
