"""Rows of a binary COPY as columns: every value 8 bytes wide, read by numpy as it is."""

import io
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sqlalchemy import (
    BigInteger,
    Boolean,
    DateTime,
    Double,
    Integer,
    Select,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import dialect as postgresql

#: PostgreSQL counts microseconds from 2000, numpy from 1970 [us].
PG_EPOCH_US = 946_684_800_000_000
#: The same bits are -infinity in PostgreSQL and NaT in numpy.
NO_TIME = np.iinfo(np.int64).min
#: Bytes before the first row: signature, flags and the length of an extension, each of 4 bytes.
HEADER = len(b"PGCOPY\n\xff\r\n\0") + 8
#: A row of -1 columns ends the file.
TRAILER = b"\xff\xff"
_DIALECT = postgresql(paramstyle="pyformat")


class Prepared(NamedTuple):
    """A statement as SQL with pyformat holes, the values bound in it, and its columns' kinds."""

    sql: str
    values: dict[str, Any]
    kinds: dict[str, str]


@lru_cache(maxsize=256)
def prepared(statement: Select[Any]) -> Prepared:
    """Return a statement ready for COPY: every column 8 bytes wide and never NULL.

    Compiling takes milliseconds, often more than reading, so each statement is compiled once.

    Raises
    ------
    TypeError
        If a column has no fixed width, as text.
    """
    columns, kinds = [], {}
    for column in statement.selected_columns:
        name = str(column.key)
        kinds[name], wide = _wide(column)
        columns.append(wide.label(name))
    sql, values = compiled(statement.with_only_columns(*columns))
    return Prepared(sql, values, kinds)


def compiled(statement: Any) -> tuple[str, dict[str, Any]]:
    """Return the SQL of a statement with pyformat holes, and the values bound in it by name."""
    form = statement.compile(dialect=_DIALECT)
    return str(form), dict(form.params)


def copied(connection: Any, sql: str, values: Mapping[str, Any]) -> memoryview:
    """Return what a statement with pyformat holes gives, as the bytes of a binary COPY."""
    buffer = io.BytesIO()
    with connection.cursor() as cursor:
        # COPY binds nothing: the driver writes the values into the text.
        body = cursor.mogrify(sql, {name: written(value) for name, value in values.items()})
        cursor.copy_expert(b"COPY (" + body + b") TO STDOUT (FORMAT binary)", buffer)
    return buffer.getbuffer()


def written(value: Any) -> Any:
    """Return what is bound for a value: for a list PostgreSQL's text of an array of one dimension.

    The driver writes each element by itself, and holds Python's lock until all are written.
    """
    return "{" + ",".join(map(_element, value)) + "}" if isinstance(value, list) else value


def _element(value: Any) -> str:
    """Return the text of one element: a text, time, number, truth or None."""
    if value is None:
        return "NULL"
    if isinstance(value, float | int):
        return str(value)
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@lru_cache(maxsize=16)
def one_array(statement: Select[Any]) -> tuple[str, dict[str, Any]]:
    """Return what `compiled` does of the one column of a statement as one array."""
    (column,) = statement.subquery("times").c
    return compiled(select(func.array_agg(column)))


def _wide(column: Any) -> tuple[str, Any]:
    bare = getattr(column, "element", column) if column.__visit_name__ == "label" else column
    if isinstance(bare.type, DateTime):
        return "time", func.coalesce(bare, literal_column("timestamptz '-infinity'"))
    if isinstance(bare.type, Boolean):
        truth = func.coalesce(bare, literal_column("false"))
        return "truth", cast(cast(truth, Integer), BigInteger)
    if isinstance(bare.type, Integer):
        return "count", func.coalesce(cast(bare, BigInteger), literal_column("0::bigint"))
    if isinstance(bare.type, Double):
        return "number", func.coalesce(cast(bare, Double), literal_column("'NaN'::float8"))
    raise TypeError(f"column {column.key!r} of type {bare.type!r} has no fixed width")


@lru_cache(maxsize=64)
def _row_type(names: tuple[str, ...]) -> np.dtype[Any]:
    fields = [("columns", ">i2")]
    for name in names:
        fields += [(f"length {name}", ">i4"), (f"value {name}", ">i8")]
    return np.dtype(fields)


def decoded(buffer: memoryview, kinds: dict[str, str]) -> pd.DataFrame:
    """Return the bytes of a binary COPY of 8-byte columns as a frame.

    Parameters
    ----------
    kinds : name -> kind of its columns, as `prepared` gives them

    Raises
    ------
    ValueError
        If the bytes are not rows of that many 8-byte columns.
    """
    row = _row_type(tuple(kinds))
    count, rest = divmod(len(buffer) - HEADER - len(TRAILER), row.itemsize)
    if rest or count < 0:
        raise ValueError(f"binary COPY of {len(buffer)} bytes does not hold whole rows")
    rows = np.frombuffer(buffer, row, count, HEADER)
    if not np.all(rows["columns"] == len(kinds)):
        raise ValueError("binary COPY with rows of another number of columns")
    columns = (_column(rows, name, kind) for name, kind in kinds.items())
    frame = pd.DataFrame(dict(enumerate(columns)), copy=False)
    frame.columns = _labels(tuple(kinds))
    return frame


#: Of an array of times in a row of one column: numbers before its first element [bytes].
ARRAY_HEAD = 2 + 4 + 12 + 8
_ELEMENT = np.dtype([("length", ">i4"), ("value", ">i8")])


def decoded_times(buffer: memoryview) -> pd.DatetimeIndex:
    """Return the times of a binary COPY of one array of them, in its order (UTC).

    Raises
    ------
    ValueError
        If the bytes are no such array, or a time in it is missing.
    """
    size = len(buffer) - HEADER - len(TRAILER) - ARRAY_HEAD
    if size < 0:  # no array, as of no row
        return pd.DatetimeIndex([], tz="UTC").as_unit("us")
    count, rest = divmod(size, _ELEMENT.itemsize)
    elements = np.frombuffer(buffer, _ELEMENT, count, HEADER + ARRAY_HEAD)
    if rest or not np.all(elements["length"] == 8):
        raise ValueError(f"binary COPY of {len(buffer)} bytes does not hold an array of times")
    whole = elements["value"].astype("i8") + PG_EPOCH_US
    return pd.DatetimeIndex(whole.view("M8[us]")).tz_localize("UTC")


@lru_cache(maxsize=64)
def _labels(names: tuple[str, ...]) -> pd.Index:
    """Return column labels, which take pandas longer than a thousand numbers."""
    return pd.Index(names)


def _column(rows: np.ndarray[Any, Any], name: str, kind: str) -> Any:
    if not np.all(rows[f"length {name}"] == 8):
        raise ValueError(f"column {name!r} of a binary COPY is not 8 bytes wide")
    raw = rows[f"value {name}"]
    if kind == "number":
        return raw.view(">f8").astype("f8")
    whole = raw.astype("i8")
    if kind == "truth":
        return whole.astype(bool)
    if kind == "time":
        np.add(whole, PG_EPOCH_US, out=whole, where=whole != NO_TIME)
        return pd.DatetimeIndex(whole.view("M8[us]")).tz_localize("UTC")
    return whole
