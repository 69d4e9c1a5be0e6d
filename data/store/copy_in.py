"""Readings as columns, written to `influx_hist` by binary COPY."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg2.errors import UniqueViolation
from psycopg2.extensions import connection as Connection

#: What a long operation calls with the share of its work that is done, 0…1.
Progress = Callable[[float], None]

_POSTGRES_EPOCH_US = 946_684_800_000_000
_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"
_ROWS_A_BLOCK = 32_768
_READ_BYTES = 1 << 18

COPY_HISTORY = "COPY influx_hist (ts, tag_name, value, qc) FROM STDIN (FORMAT binary)"
COPY_STAGING = "COPY ksys_staging (ts, tag_name, value, qc) FROM STDIN (FORMAT binary)"
_CREATE_STAGING = """
CREATE TEMP TABLE ksys_staging (ts timestamptz, tag_name text, value float8, qc smallint)
ON COMMIT DROP
"""
_DROP_STAGING = "DROP TABLE ksys_staging"
_INSERT = """
INSERT INTO influx_hist (ts, tag_name, value, qc)
SELECT ts, tag_name, value, qc FROM ksys_staging
"""
#: TimescaleDB touches only 100,000 compressed readings a statement; PostgreSQL ignores it.
UNPACK_ANY_NUMBER = "SET LOCAL timescaledb.max_tuples_decompressed_per_dml_transaction = 0"
_FIRST_PRESENT = """
SELECT (extract(epoch FROM ts) * 1000000)::bigint, tag_name
FROM ksys_staging JOIN influx_hist USING (ts, tag_name)
ORDER BY ts, tag_name LIMIT 1
"""
#: What becomes of a reading that is there already; an equal one is not written again.
_ON_CONFLICT = {
    "first": "ON CONFLICT (ts, tag_name) DO NOTHING",
    "last": """
ON CONFLICT (ts, tag_name) DO UPDATE SET value = excluded.value, qc = excluded.qc
WHERE (influx_hist.value, influx_hist.qc) IS DISTINCT FROM (excluded.value, excluded.qc)
""",
}


@dataclass(frozen=True, slots=True)
class Readings:
    """Columns of n readings.

    times : int64 [microseconds since 1970 UTC]; codes : int32, place of the tag in `names`;
    values : float64 [tag unit]; qc : int16.
    """

    times: NDArray[np.int64]
    codes: NDArray[np.int32]
    names: tuple[str, ...]
    values: NDArray[np.float64]
    qc: NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.times)

    def take(self, rows: NDArray[Any] | slice) -> "Readings":
        """Return the chosen rows (a mask, an order or a slice)."""
        columns = (self.times[rows], self.codes[rows], self.names, self.values[rows], self.qc[rows])
        return Readings(*columns)


def copy(
    connection: Connection,
    readings: Readings,
    statement: str = COPY_HISTORY,
    progress: Progress | None = None,
) -> None:
    """Copy readings into a table with the columns ts, tag_name, value, qc."""
    with connection.cursor() as cursor:
        cursor.copy_expert(statement, _Stream(_blocks(readings, progress)), _READ_BYTES)


def write(
    connection: Connection,
    readings: Readings,
    on_duplicate: str = "last",
    progress: Progress | None = None,
) -> int:
    """Write readings, no two at one time of one tag; return how many were new or changed.

    By COPY where none is there already, else through a staging table (half as fast).

    Parameters
    ----------
    on_duplicate : `last` overwrites a reading that is there, `first` keeps it, `error` raises

    Raises
    ------
    psycopg2.errors.UniqueViolation
        With `error`, if a reading is there already.
    """
    with connection.cursor() as cursor:
        cursor.execute(UNPACK_ANY_NUMBER)
        cursor.execute("SAVEPOINT bare_copy")
        try:
            copy(connection, readings, progress=progress)
        except UniqueViolation:
            cursor.execute("ROLLBACK TO SAVEPOINT bare_copy")
            if on_duplicate == "error":
                raise
            return merge(connection, readings, on_duplicate, progress)
        cursor.execute("RELEASE SAVEPOINT bare_copy")
    return len(readings)


def merge(
    connection: Connection,
    readings: Readings,
    on_duplicate: str = "last",
    progress: Progress | None = None,
) -> int:
    """Do as `write` does where readings are there already: `last` or `first`."""
    with connection.cursor() as cursor:
        cursor.execute(UNPACK_ANY_NUMBER)
        cursor.execute(_CREATE_STAGING)
        copy(connection, readings, COPY_STAGING, progress)
        cursor.execute(_INSERT + _ON_CONFLICT[on_duplicate])
        changed = int(cursor.rowcount)
        cursor.execute(_DROP_STAGING)
    return changed


def first_present(connection: Connection, readings: Readings) -> int | None:
    """Return the row of the earliest reading that is in the store already."""
    with connection.cursor() as cursor:
        cursor.execute(_CREATE_STAGING)
        copy(connection, readings, COPY_STAGING)
        cursor.execute(_FIRST_PRESENT)
        row = cursor.fetchone()
        cursor.execute(_DROP_STAGING)
    if row is None:
        return None
    code = readings.names.index(row[1])
    return int(np.flatnonzero((readings.times == row[0]) & (readings.codes == code))[0])


def _blocks(readings: Readings, progress: Progress | None) -> Iterator[bytes]:
    """Yield the COPY file in pieces; rows keep their order within a block and a length of name."""
    names = [name.encode() for name in readings.names]
    lengths = np.array([len(name) for name in names], dtype=np.int32)
    yield _HEADER
    for start in range(0, len(readings), _ROWS_A_BLOCK):
        block = readings.take(slice(start, start + _ROWS_A_BLOCK))
        widths = lengths[block.codes]
        for width in np.unique(widths):
            yield _rows(block.take(widths == width), names, int(width))
        if progress:
            progress(min(1.0, (start + _ROWS_A_BLOCK) / len(readings)))
    yield _TRAILER


def _rows(readings: Readings, names: Iterable[bytes], width: int) -> bytes:
    """Return binary COPY rows of readings whose tag names all have `width` bytes."""
    fixed = np.array([name if len(name) == width else b"" for name in names], dtype=f"S{width}")
    rows = np.empty(len(readings), dtype=_row_type(width))
    rows["fields"], rows["ts_bytes"], rows["tag_bytes"] = 4, 8, width
    rows["value_bytes"], rows["qc_bytes"] = 8, 2
    rows["ts"] = readings.times - _POSTGRES_EPOCH_US
    rows["tag"] = fixed[readings.codes]
    rows["value"], rows["qc"] = readings.values, readings.qc
    return rows.tobytes()


def _row_type(width: int) -> np.dtype[Any]:
    return np.dtype(
        [
            ("fields", ">i2"),
            ("ts_bytes", ">i4"),
            ("ts", ">i8"),
            ("tag_bytes", ">i4"),
            ("tag", f"S{width}"),
            ("value_bytes", ">i4"),
            ("value", ">f8"),
            ("qc_bytes", ">i4"),
            ("qc", ">i2"),
        ]
    )


class _Stream:
    """A file that psycopg2 reads, fed from pieces of any size."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def read(self, size: int) -> bytes:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._rest = memoryview(piece)
        answer, self._rest = self._rest[:size], self._rest[size:]
        return bytes(answer)
