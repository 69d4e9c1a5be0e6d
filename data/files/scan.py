"""A CSV file line by line: names the first broken line, or leaves broken lines out."""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import numpy as np

from data.files import quality
from data.files.cells import (
    NULL_WORDS,
    Choices,
    Numbers,
    broken,
    cells_fault,
    name_fault,
    number_fault,
    plain,
    told_trimmed,
    trimmed,
)
from data.files.columns import FIRST_US, STOP_US, Layout, Quality, Reject, Table
from data.store import Readings

_TIME = re.compile(
    r"(\d{4})[-/.] ?(\d{1,2})[-/.] ?(\d{1,2})"
    r"(?:[T ] ?(?:(오전|오후|AM|PM) )?(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?"
    r" ?(Z|[+-]\d\d(?::?\d\d(?::\d\d)?)?)?"
)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?inf(inity)?", re.IGNORECASE)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Fault(Exception):
    """Why a line cannot be loaded."""


#: Called anew for each look at the rows: (number of the line it begins on, cells).
Rows = Callable[[], Iterable[tuple[int, list[str]]]]


@dataclass(frozen=True, slots=True)
class Source:
    """A file to look through: its rows, how many cells each has, and what its columns mean.

    unended : number of the last line if nothing ends it
    """

    path: Path
    rows: Rows
    width: int
    layout: Layout
    numbers: Numbers = Numbers()
    unended: int | None = None


def scanned(source: Source, zone: tzinfo, choices: Choices, keep_going: bool) -> Table:
    """Return the sound rows of a file.

    Parameters
    ----------
    keep_going : leave broken rows out and list them, instead of raising; of a wide row with its
        time only the cells that are broken

    Raises
    ------
    BadFile
        For the first broken row, or a quality column that is not understood.
    """
    schemes, notes = _schemes(source, choices.quality)
    scan = _Scan(source, zone, schemes)
    for line, cells in source.rows():
        for reject in scan.add(line, cells):
            if not keep_going:
                raise broken(source.path, line, reject.reason)
            scan.rejects.append(reject)
    return scan.table(notes)


def _schemes(source: Source, choice: str | None) -> tuple[list[quality.Scheme], list[str]]:
    """Return how each quality column is to be read, and what the user is told of it."""
    columns = source.layout.qualities
    counts: list[dict[str, int]] = [{} for _ in columns]
    first: dict[tuple[int, str], int] = {}
    for line, cells in source.rows() if columns else ():
        for number, column in enumerate(columns):
            if len(cells) == source.width:
                cell = cells[column.at]
                counts[number][cell] = counts[number].get(cell, 0) + 1
                first.setdefault((number, trimmed(cell)), line)
    schemes, notes = [], []
    for number, column in enumerate(columns):
        try:
            scheme = quality.scheme(column.name, column.kind, counts[number], choice)
        except quality.NotUnderstoodError as error:
            at = None if error.cell is None else first[number, error.cell]
            raise broken(source.path, at, error.reason) from error
        schemes.append(scheme)
        notes += quality.told(column.name, scheme, counts[number])
    return schemes, notes


class _Scan:
    """The columns as they grow."""

    def __init__(self, source: Source, zone: tzinfo, schemes: list[quality.Scheme]) -> None:
        self.rejects: list[Reject] = []
        self._layout, self._width, self._zone = source.layout, source.width, zone
        self._numbers, self._unended = source.numbers, source.unended
        self._judges = list(zip(self._layout.qualities, schemes, strict=True))
        self._codes = {name: code for code, (_, name) in enumerate(self._layout.wide)}
        self._times: dict[str, int] = {}
        self._columns: list[tuple[int, int, float, int, int]] = []
        self._edged: dict[str, None] = {}

    def add(self, line: int, cells: list[str]) -> list[Reject]:
        """Take over what is sound of a row; return what is not."""
        rejects: list[Reject] = []
        try:
            if len(cells) != self._width:
                raise _Fault(cells_fault(len(cells), self._width))
            time = self._time(cells[self._layout.time].strip())
            if not self._layout.wide:
                self._add_long(line, cells, time)
        except _Fault as fault:
            readings = max(1, len(self._layout.wide))
            return [Reject(line, self._reason(line, fault), tuple(cells), readings)]
        for code, (at, name) in enumerate(self._layout.wide):
            try:
                value = self._value(cells[at], name)
                qc = self._qc(cells, code)
            except _Fault as fault:
                rejects.append(Reject(line, self._reason(line, fault), tuple(cells)))
            else:
                self._columns.append((time, code, value, qc, line))
        return rejects

    def _add_long(self, line: int, cells: list[str], time: int) -> None:
        written = cells[self._layout.tag or 0]
        name = written if self._layout.own else trimmed(written)
        fault = name_fault(name)
        if fault:
            raise _Fault(fault)
        value = self._value(cells[self._layout.value or 0], "value")
        qc = self._qc(cells, None)
        if name != written:
            self._edged[written] = None
        code = self._codes.setdefault(name, len(self._codes))
        self._columns.append((time, code, value, qc, line))

    def _reason(self, line: int, fault: _Fault) -> str:
        if line != self._unended:
            return str(fault)
        return f"{fault}; nothing ends this last line, so the file was cut off: make it anew"

    def _time(self, word: str) -> int:
        if word not in self._times:
            self._times[word] = instant(word, self._zone)
        return self._times[word]

    def _value(self, cell: str, name: str) -> float:
        cell = cell.strip()
        if cell in NULL_WORDS:
            return math.nan
        number = plain(cell, self._numbers)
        if not _NUMBER.fullmatch(number):
            raise _Fault(number_fault(name, cell, self._numbers))
        return float(number)

    def _qc(self, cells: list[str], tag: int | None) -> int:
        """Return the worst that the quality columns say of a reading."""
        worst = quality.GOOD
        for column, scheme in self._judges:
            if column.of in (None, tag) and not quality.empty(cells[column.at]):
                worst = max(worst, _code(column, scheme, trimmed(cells[column.at])))
        return worst

    def table(self, notes: list[str]) -> Table:
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
        notes = notes + ([told_trimmed(self._edged)] if self._edged else [])
        judged = bool(self._judges)
        return Table(readings, np.array(lines, np.int64), self.rejects, tuple(notes), judged)


def _code(column: Quality, scheme: quality.Scheme, cell: str) -> int:
    code = scheme.code(cell)
    if code is None:
        way = f"mend it, choose another --quality, or --ignore {column.name!r}"
        raise _Fault(f"{column.name} is {cell!r}, which is not of {scheme.says}; {way}")
    return code


def instant(word: str, zone: tzinfo) -> int:
    """Return microseconds since 1970 of a time as written; a bare time is one of `zone`.

    Raises
    ------
    _Fault
        If it is no time, does not exist in the zone, occurs twice there, or lies too far out.
    """
    match = _TIME.fullmatch(word)
    if not match:
        raise _Fault(f"time is {word!r}; write 2025-01-31T08:00:00 or 2025-01-31T08:00:00+09:00")
    year, month, day, half, hour, minute, second, fraction, offset = match.groups()
    try:
        parts = _clock(year, month, day, half, hour, minute, second)
        local = datetime(*parts)  # noqa: DTZ001 - its zone is found below, from the offset
    except ValueError as error:
        raise _Fault(f"time is {word!r}: {error}; mend the date or the clock") from None
    local += timedelta(microseconds=int((fraction or "0").ljust(6, "0")[:6]))
    utc = local - _offset(offset) if offset else _utc(local, zone, word)
    ticks = (utc.replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
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
    digits = text[1:].replace(":", "").ljust(6, "0")
    size = timedelta(hours=int(digits[:2]), minutes=int(digits[2:4]), seconds=int(digits[4:]))
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
