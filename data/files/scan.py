"""A CSV file line by line: names the first broken line, or leaves broken lines out."""

import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import numpy as np
import pyarrow as pa

from data.files import readings as sources
from data.files.csvfile import NULL_WORDS, CsvFile, broken, cells_fault, rows
from data.files.readings import FIRST_US, STOP_US, Layout, Reject, Table, name_fault
from data.store import Readings

_TIME = re.compile(
    r"(\d{4})[-/.] ?(\d{1,2})[-/.] ?(\d{1,2})"
    r"(?:[T ] ?(?:(오전|오후|AM|PM) )?(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?"
    r" ?(Z|[+-]\d\d(?::?\d\d)?)?"
)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?inf(inity)?", re.IGNORECASE)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Fault(Exception):
    """Why a line cannot be loaded."""


def scanned_csv(file: CsvFile, shape: Layout, zone: tzinfo, keep_going: bool) -> Table:
    """Return the sound lines of a CSV file; see `scanned`."""
    scan = _Scan(shape, len(file.names), zone, _decimal_comma(file, shape))
    return scanned(file.path, rows(file), scan, keep_going)


def scanned_parquet(
    path: Path, columns: pa.Table, shape: Layout, zone: tzinfo, keep_going: bool
) -> Table:
    """Return the sound rows of a Parquet file; see `scanned`."""
    found = sources.parquet_rows(columns, shape)
    scan = _Scan(shape, max(map(int, columns.column_names)) + 1, zone, decimal_comma=False)
    return scanned(path, found, scan, keep_going)


def scanned(
    path: Path, found: Iterable[tuple[int, list[str]]], scan: "_Scan", keep_going: bool
) -> Table:
    """Return the sound rows among those found.

    Parameters
    ----------
    keep_going : leave broken rows out and list them, instead of raising

    Raises
    ------
    BadFile
        For the first broken row.
    """
    for line, cells in found:
        try:
            scan.add(line, cells)
        except _Fault as fault:
            if not keep_going:
                raise broken(path, line, str(fault)) from None
            scan.rejects.append(Reject(line, str(fault), tuple(cells)))
    return scan.table()


class _Scan:
    """The columns as they grow."""

    def __init__(self, shape: Layout, width: int, zone: tzinfo, decimal_comma: bool) -> None:
        self.rejects: list[Reject] = []
        self._layout, self._width, self._zone = shape, width, zone
        self._comma = decimal_comma
        self._codes = {name: code for code, (_, name) in enumerate(shape.wide)}
        self._times: dict[str, int] = {}
        self._columns: list[tuple[int, int, float, int, int]] = []

    def add(self, line: int, cells: list[str]) -> None:
        """Take a row over whole, or raise _Fault."""
        if len(cells) != self._width:
            raise _Fault(cells_fault(len(cells), self._width))
        time = self._time(cells[self._layout.time].strip())
        if self._layout.wide:
            values = [self._value(cells[at], name) for at, name in self._layout.wide]
            self._columns += [(time, code, value, 0, line) for code, value in enumerate(values)]
            return
        name = cells[self._layout.tag or 0]
        fault = name_fault(name)
        if fault:
            raise _Fault(fault)
        value = self._value(cells[self._layout.value or 0], "value")
        qc = 0 if self._layout.qc is None else _flag(cells[self._layout.qc])
        code = self._codes.setdefault(name, len(self._codes))
        self._columns.append((time, code, value, qc, line))

    def _time(self, word: str) -> int:
        if word not in self._times:
            self._times[word] = instant(word, self._zone)
        return self._times[word]

    def _value(self, cell: str, name: str) -> float:
        cell = cell.strip()
        if cell in NULL_WORDS:
            return math.nan
        plain = cell.replace(",", ".", 1) if self._comma and "." not in cell else cell
        if not _NUMBER.fullmatch(plain):
            raise _Fault(f"{name} is {cell!r}, not a number; leave it empty for no value")
        return float(plain)

    def table(self) -> Table:
        """Return what was taken over, and what was not."""
        times, codes, values, qc, lines = (
            zip(*self._columns, strict=True) if self._columns else [()] * 5
        )
        readings = Readings(
            np.array(times, np.int64),
            np.array(codes, np.int32),
            tuple(self._codes),
            np.array(values, np.float64),
            np.array(qc, np.int16),
        )
        cells = max(1, len(self._layout.wide))
        return Table(readings, np.array(lines, np.int64), self.rejects, cells * len(self.rejects))


def _decimal_comma(file: CsvFile, shape: Layout) -> bool:
    """Whether values are written 1,5: never in a file that also writes 1.5."""
    if file.delimiter == ",":
        return False
    places = [at for at, _ in shape.wide] or [shape.value or 0]
    cells = (row[at] for _, row in rows(file) for at in places if at < len(row))
    return not any("." in cell and _NUMBER.fullmatch(cell.strip()) for cell in cells)


def _flag(cell: str) -> int:
    cell = cell.strip()
    if cell in NULL_WORDS:
        return 0
    try:
        flag = float(cell)
    except ValueError:
        flag = math.nan
    if not -32_768 <= flag <= 32_767 or flag != int(flag):
        raise _Fault(f"qc is {cell!r}, not a whole number; write 0 for good")
    return int(flag)


def instant(word: str, zone: tzinfo) -> int:
    """Return microseconds since 1970 of a time as written; a bare time is one of `zone`.

    Raises
    ------
    _Fault
        If it is no time, does not exist in the zone, occurs twice there, or lies too far out.
    """
    found = _TIME.fullmatch(word)
    if not found:
        raise _Fault(f"time is {word!r}; write 2025-01-31T08:00:00 or 2025-01-31T08:00:00+09:00")
    year, month, day, half, hour, minute, second, fraction, offset = found.groups()
    try:
        parts = _clock(year, month, day, half, hour, minute, second)
        local = datetime(*parts)  # noqa: DTZ001 - its zone is found below, from the offset
    except ValueError as error:
        raise _Fault(f"time is {word!r}: {error}; mend the date or the clock") from None
    local += timedelta(microseconds=int((fraction or "0").ljust(6, "0")[:6]))
    known = local - _offset(offset) if offset else _utc(local, zone, word)
    ticks = (known.replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
    if not FIRST_US <= ticks < STOP_US:
        raise _Fault(f"time is {word!r}, outside 1970 to 2199; mend the year")
    return ticks


def _clock(
    year: str, month: str, day: str, half: str | None, hour: str, minute: str, second: str
) -> tuple[int, int, int, int, int, int]:
    hours = int(hour or 0)
    if half:
        if not 1 <= hours <= 12:
            raise ValueError(f"{half} {hours}")
        hours = hours % 12 + (12 if half in ("오후", "PM") else 0)
    return int(year), int(month), int(day), hours, int(minute or 0), int(second or 0)


def _offset(text: str) -> timedelta:
    if text == "Z":
        return timedelta(0)
    digits = text[1:].replace(":", "").ljust(4, "0")
    size = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return -size if text[0] == "-" else size


def _utc(local: datetime, zone: tzinfo, word: str) -> datetime:
    """Return a bare local time in UTC (without tzinfo)."""
    early = local.replace(tzinfo=zone).utcoffset() or timedelta(0)
    late = local.replace(tzinfo=zone, fold=1).utcoffset() or timedelta(0)
    if early < late:
        raise _Fault(f"time is {word!r}, which does not exist in {zone}; write its offset")
    if early > late:
        raise _Fault(f"time is {word!r}, which occurs twice in {zone}; write its offset")
    return local - early
