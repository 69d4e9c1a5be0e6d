"""How many rows a file will have: by what rollups count, else by the planner's guess."""

import json
import math
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from data import buckets, queries
from data.analysis import Floats, arrays
from data.buckets import MAX_ROWS, Resolution
from data.db import HistorianUnavailable, read_bounded
from data.export.contract import GOOD, WIDE, Question
from data.export.guessed.places import Counts, merged
from data.export.rows import gone_of
from data.queries import Request, Tag
from data.sql import PLANNED
from data.views import MAX_TAGS, Caveats
from data.windows import EPOCH

#: How long the counts of rollups are read [s], and the planner asked [ms]: longer, nobody waits.
COUNTING_S, PLANNING_MS = 2.0, 2_000
#: Below this length [s] readings are counted in finer buckets than any rollup has.
SHORT_S = 6_000
MINUTE = buckets.resolution("1m")
COUNTED, PLANNER, UNKNOWN = "counted", "planner", "unknown"
#: By what rollups count of which nobody counted what they leave out.
ROLLUPS = "rollups"


class Rows(NamedTuple):
    """How many rows a file will have, and how that is known.

    Parameters
    ----------
    gone : time before which single readings of some tag are gone, and rollups know of them; None:
        of none, or the file has no single readings
    counts : of each tag, where rollups count them
    caveats : what is gone of the first tags; None: nobody looked
    readings : how many there are by these counts
    is_exact : whether rows are what was counted, and not buckets within the buckets of that, nor
        times that tags may have in common
    is_gone : whether only rollups know some of the readings
    is_uncounted : whether nobody counted what some of these rollups leave out: others made them
    """

    total: int | None
    how: str
    gone: datetime | None = None
    counts: tuple[Counts, ...] = ()
    caveats: Caveats | None = None
    readings: float = 0.0
    is_exact: bool = True
    is_gone: bool = False
    is_uncounted: bool = False


class OfTag(NamedTuple):
    """What `Rows` has, of one tag."""

    counts: Counts
    gone: datetime | None
    readings: float
    is_gone: bool
    is_uncounted: bool


def rows_of_question(question: Question) -> Rows:
    """Return how many rows a file will have.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    try:
        if not queries.catalog().rollups:  # nobody knows of readings that are gone
            return _planned(question)._replace(caveats=Caveats())
        return _counted(question) or _planned(question)
    except HistorianUnavailable as failure:
        if failure.key not in queries.OF_ONE_STATEMENT:
            raise
        return Rows(None, UNKNOWN)


def _counted(question: Question) -> Rows | None:
    """Return the rows by what rollups count; None where that takes too long."""
    until, of_tags = time.monotonic() + COUNTING_S, list[OfTag]()
    for tag in question.tags:
        if time.monotonic() > until:
            return None
        try:
            of_tags.append(_of_tag(question, tag))
        except HistorianUnavailable as failure:
            if failure.key not in queries.OF_ONE_STATEMENT:
                raise
            return None
    counts = tuple(each.counts for each in of_tags)
    gone = max((each.gone for each in of_tags if each.gone), default=None)
    is_wide, width = question.shape == WIDE, question.resolution
    every = merged(counts, width.seconds if is_wide and width else None)
    total, readings = round(float(every.rows.sum())), sum(each.readings for each in of_tags)
    is_gone, is_uncounted = (
        any(every) for every in zip(*(each[-2:] for each in of_tags), strict=True)
    )
    is_exact = width == _width(question)
    if width is None:
        is_exact = not is_beside(question) and not is_uncounted
    caveats = gone_of(question, MAX_TAGS)
    told = readings, is_exact, is_gone, is_uncounted
    return Rows(total, COUNTED, gone, counts, caveats, *told)


def is_beside(question: Question) -> bool:
    """Return whether single readings of several tags stand side by side.

    How many rows these are depends on how many times they have in common.
    """
    return question.shape == WIDE and len(question.tags) > 1 and question.resolution is None


def _of_tag(question: Question, tag: Tag) -> OfTag:
    """Return how many rows a tag has, and when."""
    width = _width(question)
    bounds = (question.start, question.stop, question.zone)
    request = queries.request(tag.name, width, *bounds, tag.checks)
    frame = queries.history(request)
    counts = arrays.numbers(frame["n"])
    counts = counts if question.quality == GOOD else counts + arrays.numbers(frame["bad"])
    gone: datetime | None = None
    if question.resolution is None and frame.attrs["gone"] is not None:
        lost = np.asarray(frame.index < frame.attrs["gone"]) & (counts > 0)
        counts[lost], gone = 0.0, frame.attrs["gone"] if lost.any() else None
    readings = float(counts.sum())
    if question.resolution == width:
        counts = np.minimum(counts, 1.0)
    else:
        inside = _inside(frame, request, question)
        counts = counts * inside
        if question.resolution is not None:  # so many of its buckets are there at most
            seconds = arrays.numbers(frame["seconds"]) * inside
            counts = np.minimum(counts, np.ceil(seconds / question.resolution.seconds))
    first, last = (_nanoseconds(each) for each in (question.start, question.stop))
    start = np.maximum(arrays.nanoseconds(frame.index), first)
    stop = np.minimum(arrays.ends(frame), last)
    some, is_gone = counts > 0, frame.attrs["gone"] is not None
    counted = Counts(start[some], stop[some], counts[some])
    return OfTag(counted, gone, readings, is_gone, bool(frame["unknown"].any()))


def _inside(frame: pd.DataFrame, request: Request, question: Question) -> Floats:
    """Return which share of each bucket lies in the window."""
    start, stop = arrays.nanoseconds(frame.index), arrays.ends(frame)
    first, last = (_nanoseconds(each) for each in (question.start, question.stop))
    if request.stop > question.now:  # what is not yet is in no bucket
        last = max(min(last, _nanoseconds(question.now)), first)
        stop = np.minimum(stop, np.maximum(last, start + 1))
    part = np.minimum(stop, last) - np.maximum(start, first)
    return np.asarray((part / np.maximum(stop - start, 1)).clip(0, 1), dtype=np.float64)


def _nanoseconds(time: datetime) -> int:
    return (time - EPOCH) // timedelta(microseconds=1) * 1_000


def _width(question: Question) -> Resolution:
    """Return how wide the buckets are that are counted: those of the file, if not too many."""
    seconds, wanted = (question.stop - question.start).total_seconds(), question.resolution
    if wanted is not None and seconds / wanted.seconds <= MAX_ROWS:
        return wanted
    width = buckets.finest_for(seconds, None) or buckets.RESOLUTIONS[0]
    return max(width, MINUTE, key=lambda each: each.seconds) if seconds > SHORT_S else width


def planned_rows(plan: Mapping[str, Any]) -> int:
    """Return the rows of a plan; of one that Citus shares out, as many as its nodes guess.

    The coordinator itself always says 100,000. It shows one of the tasks, which stands for all.
    """
    job = plan.get("Distributed Query", {}).get("Job")
    if job is None:
        return int(plan["Plan Rows"])
    shown = [each for task in job["Tasks"] for row in task["Remote Plan"] for each in row]
    rows = sum(int(each["Plan"]["Plan Rows"]) for each in shown)
    return round(rows * int(job["Task Count"]) / max(len(shown), 1))


def _planned(question: Question) -> Rows:
    """Return the rows that the planner guesses."""
    names = [tag.name for tag in question.tags]
    values = {"tags": names, "start": question.start, "stop": question.stop}
    (row,) = read_bounded(PLANNED, values, PLANNING_MS)
    told = row["QUERY PLAN"]
    plan = json.loads(told) if isinstance(told, str) else told
    count = planned_rows(plan[0]["Plan"])
    if question.resolution is not None:
        seconds = (question.stop - question.start).total_seconds()
        most = math.ceil(seconds / question.resolution.seconds)
        count = min(count, most * len(names))
    return Rows(count, PLANNER)
