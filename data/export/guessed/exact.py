"""Rows of a file counted one by one, where that is quick: by its readings, or by its buckets."""

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from data import buckets
from data.analysis import arrays
from data.db import Snapshot
from data.export.contract import BY_TAG, GOOD, WIDE, Question
from data.export.guessed.places import Counts, Place
from data.export.guessed.rows import Rows
from data.export.rows import COUNTED, blocks, why_left_out
from data.export.stream import rows_of
from data.queries import Tag
from data.sql import FUTURE

#: So many readings, or buckets of all tags, are looked at one by one; more would take seconds.
MOST_READINGS, MOST_BUCKETS = 2_000_000, 500_000
#: A bucket is read as quickly as so many readings.
READINGS_A_BUCKET = 4
#: How long is counted at most [s], and at how many places however long it takes.
COUNTING_S, LEAST_PLACES = 3.0, 3


class _TimeIsOver(Exception):
    """It takes longer than anybody would wait for a number."""


def rows_one_by_one(question: Question, counted: Rows, state: Snapshot) -> int | None:
    """Return how many rows a file has; None where there are too many, or time is over.

    Parameters
    ----------
    question : for buckets, or for readings of several tags side by side
    counted : what rollups tell

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    by_readings, until = _is_by_readings(question, counted), time.monotonic() + COUNTING_S
    if question.resolution is None or by_readings:
        is_little = counted.readings <= MOST_READINGS
    else:
        is_little = _buckets_in(question) <= MOST_BUCKETS
    try:
        return _rows(question, by_readings, state, until) if is_little else None
    except _TimeIsOver:
        return None


def share_at(places: Sequence[Place], question: Question, counted: Rows, state: Snapshot) -> float:
    """Return how many rows a file has for each of those counted, as it is at some places."""
    until, shares = time.monotonic() + COUNTING_S, list[float]()
    by_readings = _is_by_readings(question, counted)
    for place in places:
        count = _rows(place.question, by_readings, state)
        shares.append(count / max(place.rows, 1e-9))
        if len(shares) >= LEAST_PLACES and time.monotonic() > until:
            break
    return sum(shares) / len(shares)


def _rows(question: Question, by_readings: bool, state: Snapshot, until: float = np.inf) -> int:
    if question.resolution is not None and by_readings:
        return _by_readings(question, question.resolution, state, until)
    return _counted(question, state, until)


def _buckets_in(question: Question) -> float:
    """Return how many buckets of all tags there may be; infinite of single readings."""
    seconds, width = (question.stop - question.start).total_seconds(), question.resolution
    return len(question.tags) * seconds / width.seconds if width else np.inf


def _is_by_readings(question: Question, counted: Rows) -> bool:
    """Return whether buckets are counted quickest by the times of readings, which are all there."""
    width = question.resolution
    if width is None or width.local or counted.is_gone:
        return False
    return counted.readings <= READINGS_A_BUCKET * _buckets_in(question)


def with_edges(question: Question, every: Sequence[Counts], state: Snapshot) -> tuple[Counts, ...]:
    """Return the counts of single readings of each tag with those counted anew that a bound cuts.

    Within a bucket nobody knows where they lie. When time is over the rest stays as it is.
    """
    until = time.monotonic() + COUNTING_S
    return tuple(
        counts if time.monotonic() > until else _with_edges(question, counts, tag, state)
        for counts, tag in zip(every, question.tags, strict=True)
    )


def _with_edges(question: Question, counts: Counts, tag: Tag, state: Snapshot) -> Counts:
    rows = counts.rows.copy()
    for place in sorted({0, len(rows) - 1}) if len(rows) else ():
        start, stop = counts.bounds(place)
        if start == question.start or stop == question.stop:
            part = replace(question, tags=(tag,), start=start, stop=stop)
            rows[place] = _counted(part, state)
    some = rows > 0
    return Counts(counts.start[some], counts.stop[some], rows[some])


def _counted(question: Question, state: Snapshot, until: float = np.inf) -> int:
    """Return the rows of a file as it is sent, of which only times are read."""
    only = replace(question, columns=("time",), compare=None, order=BY_TAG)
    count = 0
    for batch in rows_of(only, state):
        count += batch.num_rows
        _check(until)
    return count


def _by_readings(
    question: Question, width: buckets.Resolution, state: Snapshot, until: float
) -> int:
    """Return in how many buckets there are readings."""
    start, stop = buckets.snapped(question.start, question.stop, width, question.zone)
    stop = min(stop, question.now + FUTURE)  # no bucket tells what is to come
    starts, step = list[arrays.Whole](), width.seconds * 1_000_000
    for tag in question.tags:
        own = [np.zeros(0, np.int64)]
        for block in blocks(state, tag.name, start, stop):
            _check(until)
            if question.quality == GOOD:
                block = block.part(why_left_out(block, tag) == COUNTED)
            own.append(np.unique(block.at // step))
        starts.append(np.unique(np.concatenate(own)))
    if question.shape == WIDE:
        return len(np.unique(np.concatenate(starts)))
    return sum(map(len, starts))


def _check(until: float) -> None:
    if time.monotonic() > until:
        raise _TimeIsOver
