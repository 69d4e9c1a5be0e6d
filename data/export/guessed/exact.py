"""Rows of a file counted one by one, where that is quick: by its readings, or by its buckets."""

import time
from dataclasses import replace

import numpy as np

from data import buckets
from data.analysis import arrays
from data.db import Snapshot
from data.export.contract import BY_TAG, GOOD, WIDE, Question
from data.export.guessed.places import Counts
from data.export.rows import COUNTED, blocks, why_left_out
from data.export.stream import rows_of
from data.queries import Tag
from data.sql import FUTURE

#: So many readings, or buckets of all tags, are looked at one by one; more would take seconds.
MOST_READINGS, MOST_BUCKETS = 2_000_000, 500_000
#: A bucket is read as quickly as so many readings.
READINGS_A_BUCKET = 4
#: How long is counted at most [s].
COUNTING_S = 3.0


class _TimeIsOver(Exception):
    """It takes longer than anybody would wait for a number."""


def rows_one_by_one(
    question: Question, readings: float, is_gone: bool, state: Snapshot
) -> int | None:
    """Return how many rows a file has; None where there are too many, or time is over.

    Parameters
    ----------
    question : for buckets, or for readings of several tags side by side
    readings : how many there are in its window, by rollups
    is_gone : whether only rollups know some of them

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    width, until = question.resolution, time.monotonic() + COUNTING_S
    seconds = (question.stop - question.start).total_seconds()
    there = len(question.tags) * seconds / width.seconds if width else np.inf
    by_readings = readings <= min(MOST_READINGS, READINGS_A_BUCKET * there) and not is_gone
    try:
        if width and not width.local and by_readings:
            return _by_readings(question, width, state, until)
        if readings <= MOST_READINGS if width is None else there <= MOST_BUCKETS:
            return _counted(question, state, until)
    except _TimeIsOver:
        return None
    return None


def with_edges(question: Question, counts: Counts, tag: Tag, state: Snapshot) -> Counts:
    """Return the counts of single readings with those counted anew that a bound cuts.

    Within a bucket nobody knows where they lie.
    """
    found = counts.rows.copy()
    for place in sorted({0, len(found) - 1}) if len(found) else ():
        start, stop = counts.bounds(place)
        if start == question.start or stop == question.stop:
            part = replace(question, tags=(tag,), start=start, stop=stop)
            found[place] = _counted(part, state)
    some = found > 0
    return Counts(counts.start[some], counts.stop[some], found[some])


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
    found, step = list[arrays.Whole](), width.seconds * 1_000_000
    for tag in question.tags:
        own = [np.zeros(0, np.int64)]
        for block in blocks(state, tag.name, start, stop):
            _check(until)
            if question.quality == GOOD:
                block = block.part(why_left_out(block, tag) == COUNTED)
            own.append(np.unique(block.at // step))
        found.append(np.unique(np.concatenate(own)))
    if question.shape == WIDE:
        return len(np.unique(np.concatenate(found)))
    return sum(map(len, found))


def _check(until: float) -> None:
    if time.monotonic() > until:
        raise _TimeIsOver
