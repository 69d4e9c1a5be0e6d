"""Files of readings: what their columns mean, and their rows as columns.

CSV is read by pyarrow as a whole; only a file in which that finds a fault is read again line by
line (`data/files/scan.py`), which names the line or leaves it out.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from data.files import csvfile, ours, quality
from data.files.cells import Numbers, broken, name_fault, told_trimmed, trimmed
from data.files.columns import (
    FIRST_US,
    STOP_US,
    Layout,
    Quality,
    Table,
    Unclear,
    layout,
)
from data.files.csvfile import CsvFile
from data.store import Readings


def fast_csv(
    file: CsvFile, shape: Layout, zone: tzinfo, numbers: Numbers, choice: str | None
) -> Table:
    """Return a faultless CSV file.

    Parameters
    ----------
    choice : of the user, how its quality columns are to be read

    Raises
    ------
    Unclear
        If any row is not plainly right.
    """
    if numbers.thousands:
        raise Unclear
    words = pa.dictionary(pa.int32(), pa.string())
    kinds: dict[int, Any] = {at: pa.float64() for at, _ in shape.values()}
    kinds |= {at: words for at in (shape.time, shape.tag) if at is not None}
    kinds |= {each.at: words for each in shape.qualities}
    try:
        return _table(csvfile.columns(file, kinds, numbers.decimal), shape, zone, choice)
    except pa.ArrowInvalid as error:
        raise Unclear from error


def parquet(path: Path, ignore: Sequence[str] = ()) -> tuple[pa.Table, Layout]:
    """Return the columns of a Parquet file, named by their place, and what they mean.

    Raises
    ------
    BadFile
        If it is no Parquet file, or has neither the long nor the wide form.
    """
    try:
        # Read by arrow itself, see `csvfile._own_memory`; Python says why a file cannot be opened.
        with path.open("rb"), pa.OSFile(str(path)) as content:
            schema = pq.read_schema(content)
            names = schema.names
            own = None if ignore else ours.parquet_layout(path, schema)
            shape = own or layout(path, names, ignore)
            places = [*shape.places(), *(at for at, _ in shape.unused)]
            stored = pq.read_table(content, columns=[names[at] for at in places])
    except OSError as error:
        raise broken(
            path, None, f"{error.strerror or error}; mend the path or its rights"
        ) from error
    except pa.ArrowInvalid as error:
        reason = str(error).split("\n")[0].rstrip(".")
        raise broken(path, None, f"no Parquet file ({reason}); write it anew") from error
    return stored.rename_columns([str(at) for at in places]), shape


def fast_parquet(columns: pa.Table, shape: Layout, zone: tzinfo, choice: str | None) -> Table:
    """Return a faultless Parquet file.

    Raises
    ------
    Unclear
        If any row is not plainly right.
    """
    try:
        named = {str(at): columns.column(str(at)) for at in shape.places()}
        return _table(pa.table(_plain(named, shape)), shape, zone, choice)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
        raise Unclear from error


def parquet_rows(columns: pa.Table, shape: Layout) -> Iterator[tuple[int, list[str]]]:
    """Yield (number, cells) of each row, the cells as a CSV file would write them."""
    width = max(shape.places()) + 1
    row = 0
    for batch in columns.to_batches(65_536):
        words = {at: cells_of(batch.column(str(at))) for at in shape.places()}
        for at in range(batch.num_rows):
            row += 1
            yield row, [words[place][at] if place in words else "" for place in range(width)]


def cells_of(column: Any) -> list[str]:
    """Return the cells of a Parquet column as a CSV file would write them."""
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
        return ["" if time is None else time.isoformat() for time in column.to_pylist()]
    return ["" if value is None else str(value) for value in column.to_pylist()]


def _plain(columns: dict[str, Any], shape: Layout) -> dict[str, Any]:
    """Return Parquet columns in the types that a CSV file gives."""
    words = {str(shape.tag), *(str(each.at) for each in shape.qualities)}
    if not pa.types.is_temporal(columns[str(shape.time)].type):
        words.add(str(shape.time))
    floats = {str(at) for at, _ in shape.values()}
    plain = {}
    for name, column in columns.items():
        if name in words:
            plain[name] = _worded(column)
        else:
            plain[name] = column.cast(pa.float64()) if name in floats else column
    return plain


def _worded(column: Any) -> Any:
    """Return a column of any kind as a dictionary of words; a quality may be a number or a bool."""
    if pa.types.is_dictionary(column.type):
        return column
    if pa.types.is_string(column.type):
        return column.dictionary_encode()
    return column.cast(pa.string()).dictionary_encode()


def _table(columns: pa.Table, shape: Layout, zone: tzinfo, choice: str | None) -> Table:
    """Return readings from columns named by their place; Unclear where a row is not right."""
    times = _times(columns.column(str(shape.time)), zone)
    if ((times < FIRST_US) | (times >= STOP_US)).any():
        raise Unclear
    notes: list[str] = []
    judged = [_judged(columns, each, choice, notes) for each in shape.qualities]
    if shape.wide:
        readings = _from_wide(columns, shape, times, judged)
    else:
        codes, names = _encoded(columns.column(str(shape.tag)))
        if any(name_fault(name) for name in names):
            raise Unclear
        codes, names = (codes, names) if shape.own else _trimmed(codes, names, notes)
        qc = np.maximum.reduce([np.zeros(len(times), np.int16), *judged])
        readings = Readings(times, codes, names, _floats(columns.column(str(shape.value))), qc)
    return Table(readings, notes=tuple(notes), judged=bool(judged))


def _judged(
    columns: pa.Table, column: Quality, choice: str | None, notes: list[str]
) -> NDArray[np.int16]:
    """Return what a quality column says of each row; Unclear where that is not plain."""
    cells = columns.column(str(column.at))
    if cells.null_count:
        cells = cells.cast(pa.string()).fill_null("").dictionary_encode()
    codes, words = _encoded(cells)
    counts = dict(zip(words, np.bincount(codes, minlength=len(words)).tolist(), strict=True))
    try:
        scheme = quality.scheme(column.name, column.kind, counts, choice)
    except quality.NotUnderstoodError as error:
        raise Unclear from error
    codes_of = [
        quality.GOOD if quality.empty(each) else scheme.code(trimmed(each)) for each in words
    ]
    if None in codes_of:
        raise Unclear
    notes += quality.told(column.name, scheme, counts)
    return np.array(codes_of, np.int16)[codes] if len(codes) else np.zeros(0, np.int16)


def _trimmed(
    codes: NDArray[np.int32], names: tuple[str, ...], notes: list[str]
) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Return codes and names without blanks and marks around the names; say which had some."""
    bare = [trimmed(name) for name in names]
    if list(names) == bare:
        return codes, names
    notes.append(told_trimmed(name for name in names if name != trimmed(name)))
    numbers = {name: number for number, name in enumerate(dict.fromkeys(bare))}
    return np.array([numbers[name] for name in bare], np.int32)[codes], tuple(numbers)


def _from_wide(
    columns: pa.Table, shape: Layout, times: NDArray[np.int64], judged: list[NDArray[np.int16]]
) -> Readings:
    values = np.column_stack([_floats(columns.column(str(at))) for at, _ in shape.wide])
    width = len(shape.wide)
    qc = np.zeros(values.shape, np.int16)
    for column, codes in zip(shape.qualities, judged, strict=True):
        tags = slice(None) if column.of is None else [column.of]
        qc[:, tags] = np.maximum(qc[:, tags], codes[:, None])
    return Readings(
        np.repeat(times, width),
        np.tile(np.arange(width, dtype=np.int32), len(times)),
        tuple(name for _, name in shape.wide),
        values.ravel(),
        qc.ravel(),
    )


def _floats(column: Any) -> NDArray[np.float64]:
    return np.asarray(column.fill_null(np.nan).to_numpy(), dtype=np.float64)


def _encoded(column: Any) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Return the codes and names of a dictionary column without nulls."""
    if column.null_count:
        raise Unclear
    whole = column.unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0) if whole.num_chunks else pa.array([], column.type)
    return (
        whole.indices.to_numpy().astype(np.int32),
        tuple(whole.dictionary.cast(pa.string()).to_pylist()),
    )


def _times(column: Any, zone: tzinfo) -> NDArray[np.int64]:
    """Return microseconds since 1970, UTC, of a column of times or of words."""
    if column.null_count:
        raise Unclear
    if not pa.types.is_dictionary(column.type):
        return _microseconds(column, zone)
    codes, words = _encoded(column)
    return _microseconds(_parsed(pa.array(words, pa.string())), zone)[codes]


def _parsed(words: Any) -> Any:
    """Return ISO 8601 words as times, with a zone if all have one."""
    for kind in (pa.timestamp("us", "UTC"), pa.timestamp("us"), pa.timestamp("ns", "UTC")):
        try:
            return words.cast(kind)
        except pa.ArrowInvalid:
            continue
    raise Unclear


def _microseconds(column: Any, zone: tzinfo) -> NDArray[np.int64]:
    if not pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us"))
    if column.type.tz is None:
        column = pc.assume_timezone(column, str(zone), ambiguous="raise", nonexistent="raise")
    scale = {"s": 1_000_000, "ms": 1_000, "us": 1, "ns": 1}[column.type.unit]
    ticks = np.asarray(column.cast(pa.int64()).to_numpy(), dtype=np.int64) * scale
    return ticks // 1_000 if column.type.unit == "ns" else ticks


def newest(table: Table) -> datetime | None:
    """Return the time of the newest reading with a value."""
    times = table.readings.times[np.isfinite(table.readings.values)]
    return None if not len(times) else from_microseconds(int(times.max()))


def from_microseconds(ticks: int) -> datetime:
    """Return a time in UTC."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=ticks)
