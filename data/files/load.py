"""Load files of readings, tags and rules; a file wholly or not at all."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray
from psycopg2.extensions import connection as Connection

from data.errors import BadFile, BadInput
from data.files import csvfile, scan
from data.files import readings as sources
from data.files.csvfile import broken
from data.files.readings import Table
from data.files.tags import load_rules, load_tags, stored_rules
from data.store import Progress, Readings, copy_in

__all__ = ["BadFile", "Summary", "load", "load_rules", "load_tags", "shift_to_now", "stored_rules"]

_READ_SHARE = 0.3
_KEEP_ONE = "take one out, or choose --on-duplicate last or first"
_EXISTING = """
SELECT EXISTS (
    SELECT FROM unnest(%s) AS name
    WHERE EXISTS (
        SELECT FROM influx_hist
        WHERE tag_name = name AND ts >= %s AND ts <= %s
    )
)
"""


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of the readings of a file.

    read = loaded + unchanged + duplicates + nulls + rejected. `duplicates` are those that another
    reading of the file overrules, `unchanged` those that the store keeps as it is. A broken line of
    a wide file counts as one reading a tag. first, last : times of what was loaded or unchanged.
    """

    read: int
    loaded: int
    duplicates: int
    nulls: int
    rejected: int
    first: datetime | None
    last: datetime | None
    unchanged: int = 0

    def __str__(self) -> str:
        counts = ("read", "loaded", "unchanged", "duplicates", "nulls", "rejected")
        said = ", ".join(f"{name} {getattr(self, name):,}" for name in counts)
        if self.first is None or self.last is None:
            return said
        first, last = (time.isoformat(timespec="seconds") for time in (self.first, self.last))
        return f"{said}, first {first}, last {last}"


def load(
    connection: Connection,
    path: Path,
    *,
    zone: tzinfo | str = "UTC",
    on_duplicate: str = "last",
    shift: timedelta | None = None,
    skip_bad: Path | None = None,
    progress: Progress | None = None,
) -> Summary:
    """Load the readings of a CSV, CSV.GZ or Parquet file in one transaction, committed.

    Parameters
    ----------
    zone : of times without an offset
    on_duplicate : the same time and tag twice, in the file or in the store: `last` and `first`
        keep one of them, `error` refuses the file
    shift : added to every time
    skip_bad : list broken lines in this file (appended to) and load the others

    Raises
    ------
    BadFile
        Naming file, line and reason; then nothing of the file is loaded.
    """
    table = read(path, zone, keep_going=skip_bad is not None)
    if skip_bad and table.rejects:
        _write_rejects(skip_bad, path, table)
    if progress:
        progress(_READ_SHARE)
    present = np.flatnonzero(np.isfinite(table.readings.values))
    rows = present[_unrepeated(table.readings.take(present), on_duplicate)]
    if on_duplicate == "error" and len(rows) < len(present):
        raise _repeated(path, table, present, rows)
    chosen = _shifted(path, table.readings.take(rows), shift)
    with connection:
        if on_duplicate == "error" and _is_there(connection, chosen):
            clash = copy_in.first_present(connection, chosen)
            if clash is not None:
                at, what = int(rows[clash]), f"is already in the store; {_KEEP_ONE}"
                raise _complaint(path, table, at, what)
        loaded = _written(connection, chosen, on_duplicate, _rest_of(progress))
    if progress:
        progress(1.0)
    return _summary(table, len(present), chosen, loaded)


def read(path: Path, zone: tzinfo | str = "UTC", keep_going: bool = False) -> Table:
    """Return what a file says.

    Raises
    ------
    BadFile
        For the first broken line, unless `keep_going`.
    BadInput
        If there is no such zone.
    """
    zone = _zone(zone) if isinstance(zone, str) else zone
    if _is_parquet(path):
        columns, shape = sources.parquet(path)
        try:
            return sources.fast_parquet(columns, shape, zone)
        except sources.Unclear:
            return scan.scanned_parquet(path, columns, shape, zone, keep_going)
    file = csvfile.opened(path)
    shape = sources.layout(path, file.names)
    try:
        return sources.fast_csv(file, shape, zone)
    except sources.Unclear:
        return scan.scanned_csv(file, shape, zone, keep_going)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadInput("unknown_zone", zone=name) from error


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() in (".parquet", ".pq")


def shift_to_now(paths: Iterable[Path], zone: tzinfo | str, now: datetime) -> timedelta:
    """Return the whole seconds that bring the newest reading of all files to now or just before."""
    newest = [sources.newest(read(path, zone, keep_going=True)) for path in paths]
    times = [time for time in newest if time is not None]
    if not times:
        return timedelta(0)
    return timedelta(seconds=(now - max(times)) // timedelta(seconds=1))


def _unrepeated(readings: Readings, on_duplicate: str) -> NDArray[np.int64]:
    """Return the rows that stay, in the order of time and tag."""
    order = np.lexsort((readings.codes, readings.times))
    times, codes = readings.times[order], readings.codes[order]
    fresh = np.ones(len(order), dtype=bool)
    differs = (times[1:] != times[:-1]) | (codes[1:] != codes[:-1])
    if on_duplicate == "last":
        fresh[:-1] = differs
    else:
        fresh[1:] = differs
    return order[fresh]


def _repeated(
    path: Path, table: Table, present: NDArray[np.int64], rows: NDArray[np.int64]
) -> BadFile:
    """Return the complaint about the first reading that occurs a second time."""
    at = int(np.setdiff1d(present, rows)[0])
    return _complaint(path, table, at, f"occurs twice in the file; {_KEEP_ONE}")


def _complaint(path: Path, table: Table, at: int, what: str) -> BadFile:
    readings = table.readings
    name = readings.names[readings.codes[at]]
    time = sources.from_microseconds(int(readings.times[at])).isoformat()
    return broken(path, _line(path, table, at), f"the reading of {name!r} at {time} {what}")


def _line(path: Path, table: Table, at: int) -> int | None:
    """Return the line of a reading; the fast path does not count lines, so they are counted now."""
    if table.lines is not None:
        return int(table.lines[at])
    if _is_parquet(path):
        return at // max(1, len(sources.parquet(path)[1].wide)) + 1
    file = csvfile.opened(path)
    row = at // max(1, len(sources.layout(path, file.names).wide))
    return next(line for number, (line, _) in enumerate(csvfile.rows(file)) if number == row)


def _shifted(path: Path, readings: Readings, shift: timedelta | None) -> Readings:
    if not shift:
        return readings
    moved = readings.times + shift // timedelta(microseconds=1)
    if ((moved < sources.FIRST_US) | (moved >= sources.STOP_US)).any():
        reason = f"a shift by {shift} moves readings outside 1970 to 2199; load it without a shift"
        raise broken(path, None, reason)
    return Readings(moved, readings.codes, readings.names, readings.values, readings.qc)


def _written(
    connection: Connection, readings: Readings, on_duplicate: str, progress: Progress | None
) -> int:
    """Write to the store; a staging table at once where a bare COPY is bound to fail."""
    if on_duplicate != "error" and _is_there(connection, readings):
        return copy_in.merge(connection, readings, on_duplicate, progress)
    return copy_in.write(connection, readings, on_duplicate, progress)


def _is_there(connection: Connection, readings: Readings) -> bool:
    """Whether any of the tags has a reading between the first and the last of these."""
    if not len(readings):
        return False
    with connection.cursor() as cursor:
        cursor.execute(_EXISTING, (list(readings.names), *_span(readings)))
        return bool(cursor.fetchone()[0])


def _span(readings: Readings) -> tuple[datetime, datetime]:
    ends = int(readings.times.min()), int(readings.times.max())
    return sources.from_microseconds(ends[0]), sources.from_microseconds(ends[1])


def _rest_of(progress: Progress | None) -> Progress | None:
    if progress is None:
        return None
    return lambda share: progress(_READ_SHARE + (0.95 - _READ_SHARE) * share)


def _summary(table: Table, present: int, chosen: Readings, loaded: int) -> Summary:
    first, last = _span(chosen) if len(chosen) else (None, None)
    return Summary(
        read=len(table.readings) + table.rejected,
        loaded=loaded,
        duplicates=present - len(chosen),
        nulls=len(table.readings) - present,
        rejected=table.rejected,
        first=first,
        last=last,
        unchanged=len(chosen) - loaded,
    )


def _write_rejects(rejects: Path, path: Path, table: Table) -> None:
    """Append broken lines: file, line, reason, then the cells as they were."""
    with rejects.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if file.tell() == 0:
            writer.writerow(("file", "line", "reason", "cells"))
        for reject in table.rejects:
            writer.writerow((path.name, reject.line, reject.reason, *reject.cells))
