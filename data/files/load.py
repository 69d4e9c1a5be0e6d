"""Load files of readings, tags and rules; a file wholly or not at all."""

import csv
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray
from psycopg2.extensions import connection as Connection

from data.errors import BadFile, BadInput, naming
from data.files import csvfile, ours, quality, scan, settle
from data.files import readings as sources
from data.files.cells import (
    UNSAID,
    Choices,
    EitherError,
    Numbers,
    alike,
    broken,
    number_signs,
    written,
)
from data.files.columns import FIRST_US, STOP_US, Layout, Summary, Table, Unclear, layout
from data.files.csvfile import CsvFile
from data.files.tags import load_rules, load_tags, stored_rules
from data.store import Progress, Readings, copy_in

__all__ = [
    "BadFile",
    "Choices",
    "Summary",
    "load",
    "load_rules",
    "load_tags",
    "shift_to_now",
    "stored_rules",
]

_READ_SHARE = 0.3
_SAMPLE_ROWS = 1000
_KEEP_ONE = "take one out, or choose --on-duplicate last or first"
#: Every tag of the store, by a loose scan of its index (tag_name, ts).
_STORED_NAMES = """
WITH RECURSIVE names AS (
    (SELECT tag_name FROM influx_hist ORDER BY tag_name LIMIT 1)
    UNION ALL
    SELECT (SELECT h.tag_name FROM influx_hist h WHERE h.tag_name > names.tag_name
            ORDER BY h.tag_name LIMIT 1)
    FROM names WHERE names.tag_name IS NOT NULL
)
SELECT tag_name FROM names WHERE tag_name IS NOT NULL
"""
_EXISTING = """
SELECT EXISTS (
    SELECT FROM unnest(%s) AS name
    WHERE EXISTS (
        SELECT FROM influx_hist
        WHERE tag_name = name AND ts >= %s AND ts <= %s
    )
)
"""


def load(
    connection: Connection,
    path: Path,
    *,
    zone: tzinfo | str = "UTC",
    on_duplicate: str = "last",
    shift: timedelta | None = None,
    skip_bad: Path | None = None,
    progress: Progress | None = None,
    choices: Choices = UNSAID,
) -> Summary:
    """Load the readings of a CSV, CSV.GZ or Parquet file in one transaction, committed.

    Parameters
    ----------
    zone : of times without an offset
    on_duplicate : the same time and tag twice, in the file or in the store: `last` and `first`
        keep one of them, `error` refuses the file
    shift : added to every time
    skip_bad : list broken lines in this file (appended to) and load the others; of a wide line
        only its broken cells are left out
    choices : what the file does not say and the user does

    Raises
    ------
    BadFile
        Naming file, line and reason; then nothing of the file is loaded.
    """
    table = read(path, zone, skip_bad is not None, choices)
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
            _check_new(connection, path, table, rows, chosen)
        told = _alike(connection, chosen)
        loaded = _written(connection, chosen, on_duplicate, _rest_of(progress))
    if progress:
        progress(1.0)
    return _summary(replace(table, notes=(*table.notes, *told)), len(present), chosen, loaded)


def _check_new(
    connection: Connection, path: Path, table: Table, rows: NDArray[np.int64], chosen: Readings
) -> None:
    """Refuse a file of which the store has a reading."""
    clash = copy_in.first_present(connection, chosen)
    if clash is not None:
        what = f"is already in the store; {_KEEP_ONE}"
        raise _complaint(path, table, int(rows[clash]), what)


def read(
    path: Path,
    zone: tzinfo | str = "UTC",
    keep_going: bool = False,
    choices: Choices = UNSAID,
) -> Table:
    """Return what a file says.

    Raises
    ------
    BadFile
        For the first broken line, unless `keep_going`, and for a file that could mean two things.
    BadInput
        If there is no such zone.
    """
    zone = _zone(zone) if isinstance(zone, str) else zone
    if _is_parquet(path):
        return _read_parquet(path, zone, keep_going, choices)
    file = csvfile.opened(path, choices.encoding, partial(_named, choices))
    head = csvfile.sample(file)
    own = None if choices.ignore else ours.csv_layout(file, head)
    shape = own or layout(path, file.names, choices.ignore)
    shape, notes = settle.settled(
        path, shape, choices, lambda at: [row[at] for row in head], partial(csvfile.texts, file)
    )
    numbers = _numbers(file, shape, head, choices)
    try:
        table = sources.fast_csv(file, shape, zone, numbers, choices.quality)
    except Unclear:
        rows = partial(csvfile.rows, file)
        source = scan.Source(path, rows, len(file.names), shape, numbers, file.unended)
        table = scan.scanned(source, zone, choices, keep_going)
    notes = csvfile.remarks(file) + notes
    tags = tuple(name for _, name in shape.wide)
    return replace(table, notes=(*notes, *table.notes), tags=tags, encoding=file.encoding)


def _read_parquet(path: Path, zone: tzinfo, keep_going: bool, choices: Choices) -> Table:
    columns, shape = sources.parquet(path, choices.ignore)

    def cells(at: int) -> list[str]:
        return sources.cells_of(columns.column(str(at)))

    head = columns.slice(0, _SAMPLE_ROWS)
    shape, notes = settle.settled(
        path, shape, choices, lambda at: sources.cells_of(head.column(str(at))), cells
    )
    numbers = number_signs(path, choices) or Numbers()
    try:
        table = sources.fast_parquet(columns, shape, zone, choices.quality)
    except Unclear:
        rows = partial(sources.parquet_rows, columns, shape)
        source = scan.Source(path, rows, max(shape.places()) + 1, shape, numbers)
        table = scan.scanned(source, zone, choices, keep_going)
    return replace(table, notes=(*notes, *table.notes), tags=tuple(name for _, name in shape.wide))


def _named(choices: Choices, path: Path, names: Sequence[str]) -> tuple[list[str], Collection[int]]:
    """Return which names of a header are tags, and the places of cells that are."""
    shape = layout(path, names, choices.ignore)
    return [name for _, name in shape.wide], [] if shape.tag is None else [shape.tag]


def _numbers(
    file: CsvFile, shape: Layout, head: Sequence[Sequence[str]], choices: Choices
) -> Numbers:
    """Return how the numbers of a file are written; a point is decimal where commas delimit."""
    chosen = number_signs(file.path, choices)
    if chosen or file.delimiter == ",":
        return chosen or Numbers()
    try:
        return written(shape.values(), head, partial(csvfile.texts, file))
    except EitherError as error:
        if shape.own:  # which never groups digits
            return Numbers("," if "," in error.cell else ".")
        for line, cells in csvfile.rows(file):
            if error.at < len(cells) and cells[error.at].strip() == error.cell:
                raise broken(file.path, line, str(error)) from error
        raise


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadInput("unknown_zone", zone=name) from error


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() in (".parquet", ".pq")


def shift_to_now(
    paths: Iterable[Path], zone: tzinfo | str, now: datetime, choices: Choices = UNSAID
) -> timedelta:
    """Return the whole seconds that bring the newest reading of all files to now or just before."""
    newest = [sources.newest(read(path, zone, True, choices)) for path in paths]
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
    row = at // max(1, len(table.tags))
    if _is_parquet(path):
        return row + 1
    file = csvfile.opened(path, table.encoding)
    return next(line for number, (line, _) in enumerate(csvfile.rows(file)) if number == row)


def _shifted(path: Path, readings: Readings, shift: timedelta | None) -> Readings:
    if not shift:
        return readings
    moved = readings.times + shift // timedelta(microseconds=1)
    if ((moved < FIRST_US) | (moved >= STOP_US)).any():
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
        qualities=_qualities(chosen) if table.judged else None,
        notes=table.notes,
        tags=table.tags,
    )


def _qualities(readings: Readings) -> tuple[int, int, int]:
    good, uncertain, bad = np.bincount(readings.qc, minlength=quality.BAD + 1).tolist()
    return good, uncertain, bad


def _alike(connection: Connection, readings: Readings) -> list[str]:
    """Return what is to be said of names that differ from others, here or in the store, unseen."""
    with connection.cursor() as cursor:
        cursor.execute(_STORED_NAMES)
        return alike(readings.names, [name for (name,) in cursor])


def _write_rejects(rejects: Path, path: Path, table: Table) -> None:
    """Append broken lines: file, line, reason, then the cells as they were."""
    with naming(rejects), rejects.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if file.tell() == 0:
            writer.writerow(("file", "line", "reason", "cells"))
        for reject in table.rejects:
            writer.writerow((path.name, reject.line, reject.reason, *reject.cells))
