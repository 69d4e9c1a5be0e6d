"""Rows of a binary COPY as columns: every value 8 bytes wide, read by numpy as it is."""

from collections.abc import Callable, Mapping
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
from sqlalchemy.engine import Dialect

#: PostgreSQL counts microseconds from 2000, numpy from 1970 [us].
PG_EPOCH_US = 946_684_800_000_000
#: The same bits are -infinity in PostgreSQL and NaT in numpy.
NO_TIME = np.iinfo(np.int64).min
#: Bytes before the first row: signature, flags and the length of an extension, each of 4 bytes.
HEADER = len(b"PGCOPY\n\xff\r\n\0") + 8
#: A row of -1 columns ends the file.
TRAILER = b"\xff\xff"
#: What statements are written for, unless who asks knows the historian better.
DIALECT: Dialect = postgresql(paramstyle="pyformat")
#: Stands between two texts of bytes that are put together; an empty one costs 2 ms.
NOTHING: Any = literal_column("NULL::bytea")


class Prepared(NamedTuple):
    """A statement as SQL with pyformat holes, the values bound in it, and its columns' kinds.

    `by_column`: it gives one row, a text of bytes a column.
    """

    sql: str
    values: dict[str, Any]
    kinds: dict[str, str]
    by_column: bool = False


@lru_cache(maxsize=128)
def prepared(statement: Select[Any], dialect: Dialect = DIALECT) -> Prepared:
    """Return a statement ready for COPY: every column 8 bytes wide and never NULL.

    Compiling takes milliseconds, often more than reading, so each statement is compiled once: one
    of a builder that gives the same again. What is kept holds the statement (see `preparing`).

    Raises
    ------
    TypeError
        If a column has no fixed width, as text.
    """
    return _ready(statement, dialect)


def preparing(builder: Callable[..., Select[Any]], most: int) -> Callable[..., Prepared]:
    """Return what prepares the statements of a builder packed, the `most` asked for last once.

    For a builder whose arguments viewers choose: the tree of a statement takes up to 0.4 MB, its
    text 16 kB, so that alone is kept.
    """

    @lru_cache(maxsize=most)
    def ready(*args: Any, **kwargs: Any) -> Prepared:
        return _packed(builder(*args, **kwargs))

    return ready


def _ready(statement: Select[Any], dialect: Dialect = DIALECT) -> Prepared:
    columns, kinds = [], {}
    for column in statement.selected_columns:
        name = str(column.key)
        kinds[name], wide = _wide(column)
        columns.append(wide.label(name))
    sql, values = _text(statement.with_only_columns(*columns), dialect)
    return Prepared(sql, values, kinds)


@lru_cache(maxsize=32)
def compiled(statement: Any, dialect: Dialect = DIALECT) -> tuple[str, dict[str, Any]]:
    """Return the SQL of a statement with pyformat holes, and the values bound in it by name.

    Who asks with the same statement again finds it compiled: do not change what is returned.
    """
    return _text(statement, dialect)


def _text(statement: Any, dialect: Dialect = DIALECT) -> tuple[str, dict[str, Any]]:
    form = statement.compile(dialect=dialect)
    return str(form), dict(form.params)


@lru_cache(maxsize=16)
def as_bytes(statement: Select[Any]) -> tuple[str, dict[str, Any]]:
    """Return what `compiled` does of the one column of a statement, of times, as one text of bytes.

    8 bytes a time, as PostgreSQL sends it.
    """
    (column,) = statement.subquery("times").c
    return _text(select(func.string_agg(func.timestamptz_send(column), NOTHING)))


@lru_cache(maxsize=32)
def prepared_bytes(
    statement: Select[Any], dialect: Dialect = DIALECT, by: str | None = None
) -> Prepared:
    """Return what `prepared` does of a statement of many rows, each column as one text of bytes.

    Of 8 bytes each, as PostgreSQL sends them, NULL as `_wide` says. Row by row the driver would ask
    for Python's lock at each of them, and the server write the length of each value: 1,441 buckets
    take 1.4 ms like this, and 2.6 ms as rows. They keep the order of the statement.

    Parameters
    ----------
    by : a column that is not sent; rows that are alike in it are put together first, and then in no
        order. On a Citus cluster its nodes do that, and the coordinator has a row for each
    """
    return _packed(statement, dialect, by)


def _packed(statement: Select[Any], dialect: Dialect = DIALECT, by: str | None = None) -> Prepared:
    rows = statement.subquery("rows")
    sent = {str(column.key): column for column in rows.c if column.key != by}
    kinds = {name: _wide(column)[0] for name, column in sent.items()}
    text = select(*_joined({name: _sent(column) for name, column in sent.items()}))
    if by is not None:
        each = text.group_by(rows.c[by]).subquery("each")
        text = select(*_joined({name: each.c[name] for name in sent}))
    return Prepared(*_text(text, dialect), kinds, by_column=True)


def _joined(columns: Mapping[str, Any]) -> list[Any]:
    return [func.string_agg(column, NOTHING).label(name) for name, column in columns.items()]


def _sent(column: Any) -> Any:
    kind, wide = _wide(column)
    return {"number": func.float8send, "time": func.timestamptz_send}.get(kind, func.int8send)(wide)


def fields_of(buffer: memoryview) -> list[memoryview]:
    """Return the columns of the one row of a binary COPY; of NULL no bytes.

    Raises
    ------
    ValueError
        If the bytes are not one row.
    """
    place, fields = HEADER + 2, list[memoryview]()
    for _ in range(int.from_bytes(buffer[HEADER:place], signed=True)):
        size = max(int.from_bytes(buffer[place : place + 4], signed=True), 0)
        fields.append(buffer[place + 4 : place + 4 + size])
        place += 4 + size
    if not fields or buffer[place:] != TRAILER:
        raise ValueError(f"binary COPY of {len(buffer)} bytes does not hold one row")
    return fields


def unpacked(buffer: memoryview, kinds: dict[str, str]) -> dict[str, Any]:
    """Return the one row of a binary COPY of `prepared_bytes` as `decoded` does many.

    Raises
    ------
    ValueError
        If the bytes are not one row, or its columns are not of one length.
    """
    fields = fields_of(buffer)
    if len(fields) != len(kinds) or len({len(field) for field in fields}) > 1:
        raise ValueError(f"binary COPY of {len(buffer)} bytes does not hold columns of one length")
    raw = (np.frombuffer(field, ">i8") for field in fields)
    return {
        name: _of_kind(each, kind) for each, (name, kind) in zip(raw, kinds.items(), strict=True)
    }


def numbers_of(field: memoryview) -> Any:
    """Return float64 sent as bytes, NaN for NULL."""
    return np.frombuffer(field, ">f8").astype("f8")


def times_of(field: memoryview) -> Any:
    """Return times sent as bytes [us since 1970]."""
    return np.frombuffer(field, ">i8").astype("i8") + PG_EPOCH_US


def wholes_of(field: memoryview) -> Any:
    """Return whole numbers sent as bytes, int64; 0 for NULL."""
    return np.frombuffer(field, ">i8").astype("i8")


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


def decoded(buffer: memoryview, kinds: dict[str, str]) -> dict[str, Any]:
    """Return the bytes of a binary COPY of 8-byte columns as arrays by name.

    Times are datetime64[us] (UTC), NaT where there is none.

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
    return {name: _column(rows, name, kind) for name, kind in kinds.items()}


def utc(times: np.ndarray[Any, Any]) -> pd.DatetimeIndex:
    """Return times, as `decoded` gives them, as aware ones."""
    return pd.DatetimeIndex(times).tz_localize("UTC")


def framed(columns: dict[str, Any]) -> pd.DataFrame:
    """Return columns by name, as `decoded` gives them, as a frame; times are aware."""
    aware = {k: utc(each) if each.dtype.kind == "M" else each for k, each in columns.items()}
    return table(aware)


def table(columns: dict[str, Any], index: pd.Index | None = None) -> pd.DataFrame:
    """Return columns by name as a frame that holds them as they are.

    Frames of the same columns share their labels, and the table by which pandas finds one.
    """
    frame = pd.DataFrame(dict(enumerate(columns.values())), index, copy=False)
    frame.columns = _labels(tuple(columns))
    return frame


Nanoseconds = np.ndarray[Any, np.dtype[np.int64]]
#: In a row of one column: how many columns, and how long the one is [bytes].
ROW_HEAD = 2 + 4


def decoded_times(buffer: memoryview) -> Nanoseconds:
    """Return the times of a binary COPY of `as_bytes`, in its order [ns since 1970].

    Raises
    ------
    ValueError
        If the bytes are no times.
    """
    size = max(int.from_bytes(buffer[HEADER + 2 : HEADER + ROW_HEAD], signed=True), 0)
    count, rest = divmod(size, 8)  # of no row it is -1, NULL
    if rest or len(buffer) != HEADER + ROW_HEAD + size + len(TRAILER):
        raise ValueError(f"binary COPY of {len(buffer)} bytes does not hold one text of times")
    whole = np.frombuffer(buffer, ">i8", count, HEADER + ROW_HEAD).astype("i8")
    whole += PG_EPOCH_US
    whole *= 1_000
    return whole


@lru_cache(maxsize=64)
def _labels(names: tuple[str, ...]) -> pd.Index:
    """Return column labels, which take pandas longer than a thousand numbers."""
    return pd.Index(names, dtype=object)


def _column(rows: np.ndarray[Any, Any], name: str, kind: str) -> Any:
    if not np.all(rows[f"length {name}"] == 8):
        raise ValueError(f"column {name!r} of a binary COPY is not 8 bytes wide")
    return _of_kind(rows[f"value {name}"], kind)


def _of_kind(raw: np.ndarray[Any, Any], kind: str) -> Any:
    """Return what 8 bytes of each row say, as PostgreSQL sends them."""
    if kind == "number":
        return raw.view(">f8").astype("f8")
    whole = raw.astype("i8")
    if kind == "truth":
        return whole.astype(bool)
    if kind == "time":
        np.add(whole, PG_EPOCH_US, out=whole, where=whole != NO_TIME)
        return whole.view("M8[us]")
    return whole
