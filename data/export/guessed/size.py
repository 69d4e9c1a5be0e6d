"""How large a file will be: by its rows, and by the bytes of the first of them."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from data.buckets import MAX_ROWS
from data.db import lanes, snapshot
from data.export.contract import WIDE, Question
from data.export.formats import FORMATS
from data.export.guessed.rows import COUNTED, PLANNER, UNKNOWN, Rows, rows_of_question
from data.export.stream import rows_of, schema

#: Rows whose bytes are counted: of a packed file more, for few rows pack worse than many.
SAMPLE, SAMPLE_PACKED = 1_000, 16_384
#: Parquet packs a group of rows at once: those that come first, in the order of the file.
SAMPLE_PARQUET = 65_536
#: Tags whose first rows are looked at: names and digits of others are another length.
SAMPLED_TAGS = 4
SAMPLED = "sampled"
#: Where buckets are shorter than readings are apart most are empty: so many times as many are
#: looked at, as few rows pack worse than many.
EMPTIEST = 16.0


def estimate(question: Question, kind: str = "csv") -> dict[str, Any]:
    """Return rows and bytes of a file, None where not known, and how they are known.

    Parameters
    ----------
    kind : extension of its format

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    rows, size, gone = rows_of_question(question), None, None
    if rows.total is not None:
        found, is_all = _sample(question, kind, rows)
        rows = _corrected(rows, _count(found), is_all)
        size = None if rows.total is None else _size(question, kind, found, rows.total)
    if rows.gone is not None:
        gone = rows.gone.astimezone(ZoneInfo(question.zone)).isoformat(timespec="seconds")
    return {
        "rows": rows.total,
        "bytes": size,
        "rows_known": rows.how,
        "bytes_known": UNKNOWN if size is None else SAMPLED,
        "gone_before": gone,
    }


def _sample(question: Question, kind: str, rows: Rows) -> tuple[list[pa.RecordBatch], bool]:
    """Return the first rows of a file, and whether they are all that it will have."""
    sample = {"csv": SAMPLE, "parquet": SAMPLE_PARQUET}.get(kind, SAMPLE_PACKED)
    found, parts = list[pa.RecordBatch](), _parts(question, kind)
    is_all = sum(len(part.tags) for part in parts) == len(question.tags)
    most, of_each = MAX_ROWS * _emptiness(question, rows.total or 0), -(-sample // len(parts))
    with lanes.within("export"), lanes.waiting(), snapshot() as state:
        for part in parts:
            begun = _begun(part, rows.since, most)
            first = _first(rows_of(begun, state), of_each)
            is_all = is_all and begun.stop == question.stop and _count(first) < of_each
            found += first
    return found, is_all


def _corrected(rows: Rows, count: int, is_all: bool) -> Rows:
    """Return what the first rows leave of a number: so many there are, or a guess was too low."""
    if is_all:
        return rows._replace(total=count, how=COUNTED)
    if rows.how == PLANNER and count > (rows.total or 0):
        return rows._replace(total=None, how=UNKNOWN)
    return rows


def _count(found: list[pa.RecordBatch]) -> int:
    return sum(batch.num_rows for batch in found)


def _size(question: Question, kind: str, found: list[pa.RecordBatch], rows: int) -> int:
    """Return the bytes of a file of so many rows, by those of its first rows."""
    total = _count(found)
    whole = _bytes(question, kind, found)
    if total >= rows or total < 2:
        return whole
    if kind == "parquet":  # what it says of itself takes kilobytes, once
        one = _bytes(question, kind, [found[0].slice(0, 1)])
        return round(one + (whole - one) / (total - 1) * (rows - 1))
    half = _bytes(question, kind, list(_halves(found)))
    half_rows = sum(batch.num_rows - batch.num_rows // 2 for batch in found)
    each = (whole - half) / max(total - half_rows, 1)
    return round(whole + each * (rows - total))


def _parts(question: Question, kind: str) -> list[Question]:
    """Return the questions for some of the tags, each alone; a wide row is of all."""
    if question.shape == WIDE or kind == "parquet":
        return [question]
    step = max(1, len(question.tags) // SAMPLED_TAGS)
    return [replace(question, tags=(tag,)) for tag in question.tags[::step][:SAMPLED_TAGS]]


def _begun(question: Question, since: datetime | None, most: float) -> Question:
    """Return a question that begins where there are rows, and has no more buckets than that."""
    if question.resolution is None:
        return question
    start = max(question.start, since) if since else question.start
    stop = start + timedelta(seconds=most * question.resolution.seconds)
    return replace(question, start=start, stop=min(stop, question.stop))


def _emptiness(question: Question, rows: int) -> float:
    """Return how many buckets there are to one with readings, as far as is looked."""
    if question.resolution is None or not rows:
        return 1.0
    length = (question.stop - question.start).total_seconds() / question.resolution.seconds
    tags = 1 if question.shape == WIDE else len(question.tags)
    return min(max(length * tags / rows, 1.0), EMPTIEST)


def _first(batches: Any, most: int) -> list[pa.RecordBatch]:
    """Return the first rows, about so many."""
    found, count = list[pa.RecordBatch](), 0
    while count < most and (batch := next(batches, None)) is not None:
        found.append(batch.slice(0, most - count))
        count += found[-1].num_rows
    return found


def _halves(found: list[pa.RecordBatch]) -> Any:
    for batch in found:
        yield batch.slice(0, batch.num_rows - batch.num_rows // 2)


def _bytes(question: Question, kind: str, found: list[pa.RecordBatch]) -> int:
    return sum(map(len, FORMATS[kind].written(question, schema(question), iter(found))))
