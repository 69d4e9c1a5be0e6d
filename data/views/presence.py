"""Whether a tag was there in a window: gaps and coverage, the same at every resolution."""

from dataclasses import dataclass, replace
from datetime import datetime

import pandas as pd

from data import buckets, queries
from data.analysis import Expectation, arrays, coverage, gaps
from data.db import HistorianUnavailable
from data.queries import Request, Tag

#: Counts of readings that come from buckets need so many of them in a window: a window of seven
#: days has not twelve parts of whole days.
FINE_BUCKETS = 240


@dataclass(frozen=True, slots=True)
class Presence:
    """When a tag had readings in a window.

    Parameters
    ----------
    gaps : start, stop, seconds of every gap
    gaps_from : where they are listed from buckets: a gap that long is seen for certain [s]
    coverage : share of expected readings, 0…1, NaN where none can be expected
    expectation : what was expected
    since : the tag's first reading, where that lies in the window
    """

    gaps: pd.DataFrame
    gaps_from: float | None
    coverage: float
    expectation: Expectation
    since: datetime | None


def presence(
    tag: Tag, due: Expectation, request: Request, frame: pd.DataFrame, stop: datetime
) -> Presence:
    """Return when a tag had readings, from the start of what is expected to `stop`.

    Parameters
    ----------
    due : what is expected of the window, see `expectation`
    request : the question that the frame answers
    frame : history or indicators, rows sorted by time
    stop : end of the window, aware; not past the time of the answer

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer and no earlier answer is stored.
    """
    width = request.resolution.seconds if request.resolution else 0
    rows = frame[_there(frame)]
    index, ends = pd.DatetimeIndex(rows.index), gaps.ends(rows)
    start = _utc(int(due.edges[0]))
    due = due.cut_at(coverage.parts(*arrays.nanoseconds(pd.DatetimeIndex([start, stop])).tolist()))
    due = _from_first_row(due, index, ends)
    begin = start if due.first == arrays.NEVER else min(max(start, _utc(due.first)), stop)
    surely = None

    def longest(at: arrays.Whole) -> arrays.Floats:
        return due.limits(tag.checks, at)

    runs = _runs(request, frame, due, tag) if width else None
    if not width:
        listed = gaps.gaps(index, longest, begin, stop)
        share = coverage.share(due, coverage.counts(due, arrays.nanoseconds(index)))
    elif runs is None:
        listed = gaps.gaps(index, longest, begin, stop, ends)
        surely = float(longest(due.since).max()) + 2 * width
        share = _share_of_buckets(tag, due, request, frame, stop)
    else:
        first, last = (at.tz_convert(index.tz) for at in (runs.start, runs.end))
        listed = gaps.gaps(first, longest, begin, stop, last)
        share = coverage.share(due, runs.counts)
    return Presence(listed, surely, share, due, _since(due, start, stop))


def _there(frame: pd.DataFrame) -> arrays.Mask:
    """Return which rows have a reading, good or not."""
    return (frame["n"].fillna(0) + frame["bad"].fillna(0)).to_numpy() > 0


def _utc(ns: int) -> datetime:
    return pd.Timestamp(ns, tz="UTC").floor("us").to_pydatetime()


def _since(due: Expectation, start: datetime, stop: datetime) -> datetime | None:
    if due.first == arrays.NEVER or not start < _utc(due.first) < stop:
        return None
    return _utc(due.first)


def expectation(tag: Tag, start: datetime, stop: datetime) -> Expectation:
    """Return what is expected in [start, stop), `stop` not past now.

    Nothing, while the historian does not say how far readings are apart.
    """
    try:
        return queries.expectation(tag.name, start, stop, tag.period)
    except HistorianUnavailable:
        edges = coverage.parts(*arrays.nanoseconds(pd.DatetimeIndex([start, stop])).tolist())
        return coverage.expectation(edges, [], arrays.NEVER)


def _from_first_row(
    due: Expectation, index: pd.DatetimeIndex, ends: pd.DatetimeIndex
) -> Expectation:
    """Return the expectation from the first row on, where that is older than the first reading.

    Rollups are kept longer than the readings that they were made of.
    """
    if len(index) and arrays.nanoseconds(ends[:1])[0] <= due.first:
        return replace(due, first=int(arrays.nanoseconds(index[:1])[0]))
    return due


def _runs(request: Request, frame: pd.DataFrame, due: Expectation, tag: Tag) -> queries.Runs | None:
    """Return the runs of the readings behind a frame of buckets; None where they are too many."""
    if frame["n"].sum() + frame["bad"].sum() > queries.MOST_READINGS:
        return None
    try:
        edges, limits = tuple(due.edges.tolist()), due.all_limits(tag.checks)
        return queries.runs.answer(replace(request, resolution=None), limits, edges).value
    except HistorianUnavailable:
        return None


def _share_of_buckets(
    tag: Tag, due: Expectation, request: Request, frame: pd.DataFrame, stop: datetime
) -> float:
    """Return the coverage by the counts of buckets, the parts cut at edges of these."""
    seconds = (request.stop - request.start).total_seconds()
    width = request.resolution or buckets.RESOLUTIONS[0]
    if width.seconds * FINE_BUCKETS > seconds:
        width = buckets.finest_for(seconds, None) or buckets.RESOLUTIONS[0]
        request = queries.request(
            tag.name, width, request.start, request.stop, request.zone, tag.checks
        )
        frame = queries.history.answer(request).value
    edges = [buckets.floor(_utc(edge), width, request.zone) for edge in due.edges.tolist()]
    edges = [request.start, *edges[1:-1], min(request.stop, stop)]
    due = due.cut_at(arrays.nanoseconds(pd.DatetimeIndex(edges)))
    number = (frame["n"].fillna(0) + frame["bad"].fillna(0)).to_numpy(dtype=float)
    return coverage.share(due, coverage.counts(due, arrays.nanoseconds(frame.index), number))
