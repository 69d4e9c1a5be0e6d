"""How large a file will be: by its rows, and by the bytes of some of them."""

import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from data.analysis import Floats
from data.buckets import MAX_ROWS
from data.db import Snapshot, lanes, snapshot
from data.export.contract import Question
from data.export.formats import FORMATS
from data.export.guessed.exact import LEAST_PLACES, rows_one_by_one, share_at, with_edges
from data.export.guessed.places import Place, counted, number, uncounted
from data.export.guessed.rows import (
    COUNTED,
    PLANNER,
    ROLLUPS,
    UNKNOWN,
    Rows,
    is_beside,
    rows_of_question,
)
from data.export.stream import rows_of, schema
from data.views import Caveats

#: Rows whose bytes are counted: of a packed file more, for few rows pack worse than many.
SAMPLE, SAMPLE_PACKED = 1_000, 16_384
#: Parquet packs so many rows at once; two of these groups are looked at.
GROUP = 65_536
SAMPLE_PARQUET = 2 * GROUP
#: How long places are read [s].
READING_S = 3.0
#: Where rows are not what was counted: at how many places they are counted, of how many each.
PLACES, ROWS_OF_PLACE = 32, 1_000.0
SAMPLED = "sampled"
#: Where buckets are shorter than readings are apart most may be empty: so many times as many are
#: looked at, as few rows pack worse than many.
EMPTIEST = 4.0


class Sample(NamedTuple):
    """Rows of some places of a file.

    Parameters
    ----------
    batches : of each place
    weights : how many rows of the file each place stands for, to one another
    """

    batches: list[list[pa.RecordBatch]]
    weights: Floats

    @property
    def counts(self) -> list[int]:
        """How many rows there are of each place."""
        return [sum(batch.num_rows for batch in each) for each in self.batches]

    def rows(self, most: int) -> list[pa.RecordBatch]:
        """Return about so many rows, of each place as many as it stands for."""
        shares = self.weights / max(float(self.weights.sum()), 1e-9)
        return [
            batch
            for each, share in zip(self.batches, shares.tolist(), strict=True)
            for batch in _first(iter(each), max(round(share * most), 1))
        ]


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
        with lanes.within("export"), lanes.waiting(), snapshot() as state:
            rows, sample = _sampled(question, rows, _most(question, kind), state)
        size = None if rows.total is None else _size(question, kind, sample, rows.total)
    if rows.gone is not None:
        gone = rows.gone.astimezone(ZoneInfo(question.zone)).isoformat(timespec="seconds")
    caveats = rows.caveats or Caveats(not_looked_at=len(question.tags))
    return {
        "rows": rows.total,
        "bytes": size,
        "rows_known": rows.how,
        "bytes_known": UNKNOWN if size is None else SAMPLED,
        "gone_before": gone,
        "readings_gone": {name: whole.token for name, whole in caveats.gone.items()},
        "tags_not_looked_at": caveats.not_looked_at,
    }


def _most(question: Question, kind: str) -> int:
    """Return of how many rows the bytes are counted."""
    sample = {"csv": SAMPLE, "parquet": SAMPLE_PARQUET}.get(kind, SAMPLE_PACKED)
    if question.resolution is None:
        return sample
    return min(max(sample, MAX_ROWS // len(question.tags)), SAMPLE_PACKED)


def _sampled(
    question: Question, rows: Rows, most: int, state: Snapshot
) -> tuple[Rows, list[pa.RecordBatch]]:
    """Return how many rows a file will have by what some of them tell, and these."""
    is_guess = rows.how == PLANNER
    if (rows.total or 0) <= most or (is_guess and question.resolution is None):
        first = _first(rows_of(question, state), most + 1)
        if _count(first) <= most:
            return rows._replace(total=_count(first), how=COUNTED), first
        if (is_guess and (rows.total or 0) <= most) or not rows.total:  # nobody knows how far off
            return rows._replace(total=None, how=UNKNOWN), first
    if not rows.counts:
        if is_beside(question):
            return rows._replace(total=None, how=UNKNOWN), []
        sample = _by_time(uncounted(question), most, state)
        return rows, sample.rows(most)
    rows, places = _recounted(question, rows, state), number(question)
    each = most / places
    sample = _by_counts(counted(question, rows.counts, each, places), state)
    share = sum(sample.counts) / most * places / len(sample.counts)
    if not rows.is_exact and share < 0.5:  # further apart there are enough
        each *= min(1 / max(share, 1e-9), EMPTIEST)
        sample = _by_counts(counted(question, rows.counts, each, places), state)
    return rows, sample.rows(most)


def _recounted(question: Question, rows: Rows, state: Snapshot) -> Rows:
    """Return the rows of a file where those that were counted are not yet these."""
    if rows.is_exact:
        if question.resolution is not None:
            return rows
        counts = with_edges(question, rows.counts, state)
        inside = round(sum(float(each.rows.sum()) for each in counts))
        return rows._replace(total=inside, counts=counts)
    total = rows_one_by_one(question, rows, state)
    if total is not None:
        return rows._replace(total=total)
    places = counted(question, rows.counts, ROWS_OF_PLACE, max(PLACES, number(question)))
    share = share_at(places, question, rows, state)
    how = ROLLUPS if rows.is_uncounted else SAMPLED  # where they count nothing there is no place
    return rows._replace(total=round((rows.total or 0) * share), how=how)


def _by_counts(places: Sequence[Place], state: Snapshot) -> Sample:
    """Return rows of places between which lie as many counted rows.

    Where buckets are shorter than what was counted, there are fewer or more than that.
    """
    until, batches = time.monotonic() + READING_S, list[list[pa.RecordBatch]]()
    for place in places:
        batches.append(list(rows_of(place.question, state)))
        if len(batches) >= LEAST_PLACES and time.monotonic() > until:
            break
    counts = np.asarray([_count(each) for each in batches], np.float64)
    rows = np.asarray([place.rows for place in places[: len(batches)]])
    return Sample(batches, counts / np.maximum(rows, 1e-9))


def _by_time(places: Sequence[Place], most: int, state: Snapshot) -> Sample:
    """Return the first rows of each place, which stand for as many as there are at that pace."""
    each = -(-most // len(places))
    batches = [_first(rows_of(place.question, state), each) for place in places]
    weights = [_pace(place, sample, each) for place, sample in zip(places, batches, strict=True)]
    return Sample(batches, np.asarray(weights))


def _pace(place: Place, sample: list[pa.RecordBatch], most: int) -> float:
    """Return how many rows there are in a second [1/s], if all are as far apart as the first."""
    count, seconds = _count(sample), (place.question.stop - place.question.start).total_seconds()
    if count >= most and "time" in sample[0].schema.names:
        first, last = sample[0].column("time")[0].as_py(), sample[-1].column("time")[-1].as_py()
        seconds = (last - first).total_seconds()
    return count / max(seconds, 1e-6)


def _count(sample: list[pa.RecordBatch]) -> int:
    return sum(batch.num_rows for batch in sample)


def _size(question: Question, kind: str, sample: list[pa.RecordBatch], rows: int) -> int:
    """Return the bytes of a file of so many rows, by those of some of its rows."""
    total = _count(sample)
    whole = _bytes(question, kind, sample)
    if total >= rows or total < 2:
        return whole
    half = _bytes(question, kind, list(_halves(sample)))
    half_rows = sum(batch.num_rows - batch.num_rows // 2 for batch in sample)
    each = (whole - half) / max(total - half_rows, 1)
    if kind != "parquet":
        return round(whole + each * (rows - total))
    group = max(min(rows, GROUP), total)  # what is in one is told once, and so is the file
    filled = whole + each * (group - total)
    one = _bytes(question, kind, [sample[0].slice(0, 1)])
    return round(one + (filled - one) / (group - 1) * (rows - 1))


def _first(batches: Iterator[pa.RecordBatch], most: int) -> list[pa.RecordBatch]:
    """Return the first rows, about so many."""
    sample, count = list[pa.RecordBatch](), 0
    while count < most and (batch := next(batches, None)) is not None:
        sample.append(batch.slice(0, most - count))
        count += sample[-1].num_rows
    return sample


def _halves(sample: list[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in sample:
        yield batch.slice(0, batch.num_rows - batch.num_rows // 2)


def _bytes(question: Question, kind: str, sample: list[pa.RecordBatch]) -> int:
    return sum(map(len, FORMATS[kind].written(question, schema(question), iter(sample))))
