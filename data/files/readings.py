"""Files of readings: what their columns mean, and their rows as columns.

CSV is read by pyarrow as a whole; only a file in which that finds a fault is read again line by
line (`data/files/scan.py`), which names the line or leaves it out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from data.files.csvfile import NULL_WORDS, CsvFile, broken, listed, trimmed, word
from data.store import Readings

#: Words that head a column, in small letters, without blanks and underscores.
TIME_WORDS = (
    *("ts", "time", "timestamp", "datetime", "date", "시간", "시각", "일시", "날짜", "타임스탬프"),
    *("측정시간", "측정시각", "측정일시", "수집시간", "수집시각", "수집일시"),
)
TAG_WORDS = (
    *("tagname", "tag", "sensor", "point"),
    *("태그", "태그명", "태그이름", "센서", "센서명"),
)
VALUE_WORDS = ("value", "val", "reading", "값", "측정값", "측정치", "계측값")
QC_WORDS = ("qc", "quality", "품질", "품질코드")

FIRST_US = 0
STOP_US = 7_258_118_400_000_000  # 2200-01-01, where influx_hist ends
LONGEST_NAME = 2000  # bytes; PostgreSQL cannot index a longer one


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a file keeps what: long has `tag` and `value`, wide a column a tag."""

    time: int
    tag: int | None = None
    value: int | None = None
    qc: int | None = None
    wide: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Reject:
    """A line left out."""

    line: int
    reason: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """What a file says: every reading in file order, NaN where it has no value.

    lines : of each reading, None where nobody had to count them
    """

    readings: Readings
    lines: NDArray[np.int64] | None = None
    rejects: Sequence[Reject] = field(default=())
    rejected: int = 0


class Unclear(Exception):
    """The fast path met something that only a look at each line can name."""


def layout(path: Path, names: Sequence[str]) -> Layout:
    """Return what the columns mean.

    Raises
    ------
    BadFile
        If there is no time column, or neither the long nor the wide form.
    """
    words = ["".join(word(name).split()).replace("_", "") for name in names]
    time = _only(path, names, words, TIME_WORDS)
    if time is None:
        raise broken(path, 1, f"no time column among {listed(names)}; call it ts")
    tag, value = (_only(path, names, words, known) for known in (TAG_WORDS, VALUE_WORDS))
    if tag is not None and value is not None:
        return Layout(time, tag, value, _only(path, names, words, QC_WORDS))
    if tag is not None or value is not None:
        lacking = "value" if value is None else "tag_name"
        raise broken(path, 1, f"no column {lacking} among {listed(names)}; add it")
    wide = tuple((at, trimmed(name)) for at, name in enumerate(names) if at != time)
    _check_wide(path, [name for _, name in wide])
    return Layout(time, wide=wide)


def _only(
    path: Path, names: Sequence[str], words: Sequence[str], known: Sequence[str]
) -> int | None:
    found = [at for at, each in enumerate(words) if each in known]
    if len(found) > 1:
        both = " and ".join(repr(names[at]) for at in found)
        raise broken(path, 1, f"the columns {both} mean the same; keep one")
    return found[0] if found else None


def _check_wide(path: Path, tags: Sequence[str]) -> None:
    if not tags:
        raise broken(
            path, 1, "no column besides the time; add tag_name and value, or a column a tag"
        )
    for at, name in enumerate(tags):
        fault = name_fault(name)
        if fault:
            raise broken(path, 1, f"column {at + 2}: {fault}")
        if name in tags[:at]:
            raise broken(path, 1, f"there are two columns {name!r}; keep one")


def name_fault(name: str) -> str | None:
    """Return what forbids a tag name, None for a usable one."""
    if not name.strip():
        return f"the tag name is empty ({name!r}); name the tag"
    if "\0" in name:
        return f"the tag name {name!r} holds a zero byte; take it out"
    if len(name.encode()) > LONGEST_NAME:
        return f"the tag name {name[:20]!r}… has more than {LONGEST_NAME} bytes; shorten it"
    return None


def fast_csv(file: CsvFile, shape: Layout, zone: tzinfo) -> Table:
    """Return a faultless CSV file.

    Raises
    ------
    Unclear
        If any row is not plainly right.
    """
    try:
        return _table(_arrow(file, shape, "."), shape, zone)
    except pa.ArrowInvalid as error:
        if file.delimiter == ",":
            raise Unclear from error
    try:
        return _table(_arrow(file, shape, ","), shape, zone)
    except pa.ArrowInvalid as error:
        raise Unclear from error


def _arrow(file: CsvFile, shape: Layout, decimal_point: str) -> pa.Table:
    """Return the columns named by their place."""
    words = pa.dictionary(pa.int32(), pa.string())
    types: dict[str, Any] = {str(shape.time): words}
    if shape.wide:
        types |= {str(at): pa.float64() for at, _ in shape.wide}
    else:
        types |= {str(shape.tag): words, str(shape.value): pa.float64()}
    if shape.qc is not None:
        types[str(shape.qc)] = pa.int16()
    names = [str(at) for at in range(len(file.names))]
    if not file.content[file.body :].strip():
        return pa.table({name: pa.array([], kind) for name, kind in types.items()})
    return pacsv.read_csv(
        pa.BufferReader(pa.py_buffer(file.content).slice(file.body)),
        pacsv.ReadOptions(column_names=names),
        pacsv.ParseOptions(
            delimiter=file.delimiter, newlines_in_values=file.content.find(b'"', file.body) >= 0
        ),
        pacsv.ConvertOptions(
            column_types=types,
            include_columns=list(types),
            null_values=NULL_WORDS,
            strings_can_be_null=False,
            decimal_point=decimal_point,
        ),
    )


def parquet(path: Path) -> tuple[pa.Table, Layout]:
    """Return the columns of a Parquet file that count, named by their place, and what they mean.

    Raises
    ------
    BadFile
        If it is no Parquet file, or has neither the long nor the wide form.
    """
    try:
        with path.open("rb") as content:
            names = pq.read_schema(content).names
            shape = layout(path, names)
            stored = pq.read_table(content, columns=[names[at] for at in _places(shape)])
    except OSError as error:
        raise broken(
            path, None, f"{error.strerror or error}; mend the path or its rights"
        ) from error
    except pa.ArrowInvalid as error:
        reason = str(error).split("\n")[0].rstrip(".")
        raise broken(path, None, f"no Parquet file ({reason}); write it anew") from error
    return stored.rename_columns([str(at) for at in _places(shape)]), shape


def _places(shape: Layout) -> list[int]:
    given = (shape.time, shape.tag, shape.value, shape.qc, *(at for at, _ in shape.wide))
    return [at for at in given if at is not None]


def fast_parquet(columns: pa.Table, shape: Layout, zone: tzinfo) -> Table:
    """Return a faultless Parquet file.

    Raises
    ------
    Unclear
        If any row is not plainly right.
    """
    try:
        named = {name: columns.column(name) for name in columns.column_names}
        return _table(pa.table(_plain(named, shape)), shape, zone)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
        raise Unclear from error


def parquet_rows(columns: pa.Table, shape: Layout) -> Iterator[tuple[int, list[str]]]:
    """Yield (number, cells) of each row, the cells as a CSV file would write them."""
    width = max(_places(shape)) + 1
    row = 0
    for batch in columns.to_batches(65_536):
        words = {int(name): _words(batch.column(name)) for name in columns.column_names}
        for at in range(batch.num_rows):
            row += 1
            yield row, [words[place][at] if place in words else "" for place in range(width)]


def _words(column: Any) -> list[str]:
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
        return ["" if time is None else time.isoformat() for time in column.to_pylist()]
    return ["" if value is None else str(value) for value in column.to_pylist()]


def _plain(columns: dict[str, Any], shape: Layout) -> dict[str, Any]:
    """Return Parquet columns in the types that a CSV file gives."""
    words = {str(shape.tag)}
    if not pa.types.is_temporal(columns[str(shape.time)].type):
        words.add(str(shape.time))
    kinds: dict[str, Any] = {str(at): pa.float64() for at, _ in shape.wide}
    kinds[str(shape.value)] = pa.float64()
    kinds[str(shape.qc)] = pa.int16()
    plain = {}
    for name, column in columns.items():
        if name in words:
            dictionary = pa.types.is_dictionary(column.type)
            plain[name] = column if dictionary else column.cast(pa.string()).dictionary_encode()
        else:
            plain[name] = column.cast(kinds[name]) if name in kinds else column
    return plain


def _table(columns: pa.Table, shape: Layout, zone: tzinfo) -> Table:
    """Return readings from columns named by their place; Unclear where a row is not right."""
    times = _times(columns.column(str(shape.time)), zone)
    if ((times < FIRST_US) | (times >= STOP_US)).any():
        raise Unclear
    if shape.wide:
        return Table(_from_wide(columns, shape, times))
    codes, names = _encoded(columns.column(str(shape.tag)))
    if any(name_fault(name) for name in names):
        raise Unclear
    qc = np.zeros(len(times), np.int16)
    if shape.qc is not None:
        qc = columns.column(str(shape.qc)).fill_null(0).to_numpy().astype(np.int16)
    return Table(Readings(times, codes, names, _floats(columns.column(str(shape.value))), qc))


def _from_wide(columns: pa.Table, shape: Layout, times: NDArray[np.int64]) -> Readings:
    values = np.column_stack([_floats(columns.column(str(at))) for at, _ in shape.wide])
    width = len(shape.wide)
    return Readings(
        np.repeat(times, width),
        np.tile(np.arange(width, dtype=np.int32), len(times)),
        tuple(name for _, name in shape.wide),
        values.ravel(),
        np.zeros(values.size, np.int16),
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
