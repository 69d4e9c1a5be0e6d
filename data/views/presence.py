"""Whether a tag was there in a window: gaps and coverage, the same at every resolution."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
import pandas as pd

from data import buckets, queries, windows
from data.analysis import Expectation, Gaps, arrays, coverage, gaps
from data.db import HistorianUnavailable
from data.queries import Request, Tag

#: Counts of readings that come from buckets need so many of them in a window: a window of seven
#: days has not twelve parts of whole days.
FINE_BUCKETS = 240


class Rows(NamedTuple):
    """The rows of a frame as arrays.

    Parameters
    ----------
    at, ends : their starts and ends, sorted [ns]
    good, bad : how many good readings each has, and how many that were left out
    """

    at: arrays.Whole
    ends: arrays.Whole
    good: arrays.Floats
    bad: arrays.Floats

    @property
    def counts(self) -> arrays.Floats:
        """How many readings each has, good or not."""
        return self.good + self.bad

    @property
    def with_readings(self) -> tuple[arrays.Whole, arrays.Whole]:
        """Starts and ends of those that have readings [ns]."""
        there = self.counts > 0
        return self.at[there], self.ends[there]


def rows_of(frame: pd.DataFrame) -> Rows:
    """Return the rows of a history as arrays, to be made of it once."""
    at, counts = arrays.nanoseconds(frame.index), (frame["n"], frame["bad"])
    return Rows(at, arrays.ends(frame), *map(arrays.counts, counts))


@dataclass(frozen=True, slots=True)
class Presence:
    """When a tag had readings in a window.

    Parameters
    ----------
    gaps : every gap
    gaps_from : where they are listed from buckets: a gap that long is seen for certain [s]
    coverage : share of expected readings, 0…1, NaN where none can be expected
    expectation : what was expected
    since : the tag's first reading, where that lies in the window
    """

    gaps: Gaps
    gaps_from: float | None
    coverage: float
    expectation: Expectation
    since: datetime | None


def presence(
    tag: Tag,
    due: Expectation,
    request: Request,
    rows: Rows,
    stop: datetime,
    times: queries.Times,
) -> Presence:
    """Return when a tag had readings, from the start of what is expected to `stop`.

    Parameters
    ----------
    due : what is expected of the window, see `expectation`
    request : the question that the rows answer
    rows : of a history, or of indicators
    stop : end of the window, aware; not past the time of the answer
    times : of the readings behind the rows

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer and no earlier answer is stored.
    """
    width = request.resolution.seconds if request.resolution else 0
    at, ends = rows.with_readings
    start, last = int(due.edges[0]), pd.Timestamp(stop).as_unit("ns").value
    due = _expected(due, request, at, ends, last)
    begin = start if due.first == arrays.NEVER else min(max(start, due.first), last)
    zone, surely = windows.site_zone(request.zone), None

    def longest(at: arrays.Whole) -> arrays.Floats:
        return due.limits(tag.checks, at)

    runs = _runs(request, due, tag, times) if width else None
    if not width:
        listed = gaps.gaps_between(at, longest, begin, last, None, zone)
        share = coverage.share(due, coverage.counts(due, at))
    elif runs is None:
        listed = gaps.gaps_between(at, longest, begin, last, ends, zone)
        surely = float(longest(due.since).max()) + 2 * width
        share = _share_of_buckets(tag, due, request, rows, stop, times.gone)
    else:
        listed = gaps.gaps_between(runs.start, longest, begin, last, runs.end, zone)
        share = coverage.share(due, runs.counts)
    return Presence(listed, surely, share, due, _since(due, start, last))


def expectation_of(
    due: Expectation, request: Request, frame: pd.DataFrame, stop: datetime
) -> Expectation:
    """Return what is expected of the window of a frame up to `stop`, from its first row on.

    Parameters
    ----------
    frame : its rows from the first one on; of a window in parts the first of them
    """
    last = pd.Timestamp(stop).as_unit("ns").value
    return _expected(due, request, *with_readings(frame), last)


def _expected(
    due: Expectation, request: Request, at: arrays.Whole, ends: arrays.Whole, last: int
) -> Expectation:
    """Return what is expected up to `last` [ns], from the first of the rows with readings on."""
    start = int(due.edges[0])
    bounds = request.alike(start, last) if request.resolution else (start, last)
    return _from_first_row(due.cut_at(coverage.parts(*bounds)), request, at, ends)


def with_readings(frame: pd.DataFrame) -> tuple[arrays.Whole, arrays.Whole]:
    """Return starts and ends of the rows that have readings [ns]."""
    return rows_of(frame).with_readings


def nothing_missing(due: Expectation) -> Presence:
    """Return what is known of a part of a window, whose gaps nobody asks for."""
    none = gaps.gaps_between(np.zeros(0, np.int64), np.inf, 0, 0, None, UTC)
    return Presence(none, None, np.nan, due, None)


def held(frame: pd.DataFrame) -> arrays.Floats:
    """Return how many readings each row has, good or not."""
    return arrays.counts(frame["n"]) + arrays.counts(frame["bad"])


def _utc(ns: int) -> datetime:
    return pd.Timestamp(ns, tz="UTC").floor("us").to_pydatetime()


def _since(due: Expectation, start: int, stop: int) -> datetime | None:
    return _utc(due.first) if start < due.first < stop else None


def newest_spacing(tag: Tag, start: datetime, stop: datetime) -> float | None:
    """Return how far apart the newest readings of [start, stop) are [s], None if unknown."""
    try:
        return queries.newest_spacing(tag.name, start, stop, tag.period)
    except HistorianUnavailable:
        return None


def may_be_read(tag: Tag, start: datetime, stop: datetime) -> bool:
    """Return whether the readings of [start, stop) may be few enough to read the times of each."""
    try:
        return queries.may_be_read(tag.name, start, stop)
    except HistorianUnavailable:
        return False


def reaches(tag: Tag, start: datetime, stop: datetime, zone: str) -> tuple[tuple[int, float], ...]:
    """Return from when on [ns] a reading of a tag holds for how long at most [s], in order.

    The gap of its rule; without one it follows from the spacing of that time.

    Parameters
    ----------
    start, stop : of the window, aware; `stop` not past now

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    if tag.checks.gap_seconds is not None:
        return ((0, tag.checks.gap_seconds),)
    request = queries.request(tag.name, None, start, stop, zone, tag.checks)
    due = queries.expectation(tag.name, start, stop, queries.Times(request), tag.period)
    return due.all_limits(tag.checks)


def expectation(tag: Tag, start: datetime, stop: datetime, times: queries.Times) -> Expectation:
    """Return what is expected in [start, stop), `stop` not past now.

    Nothing, while the historian does not say how far readings are apart.
    """
    try:
        return queries.expectation(tag.name, start, stop, times, tag.period)
    except HistorianUnavailable:
        edges = coverage.parts(queries.ns_of(start), queries.ns_of(stop))
        return coverage.expectation(edges, [], arrays.NEVER)


def _from_first_row(
    due: Expectation, request: Request, at: arrays.Whole, ends: arrays.Whole
) -> Expectation:
    """Return the expectation from the first row on, where that is older than the first reading.

    Rollups are kept longer than the readings that they were made of; where they tell of a time
    before the window, it begins in a gap.
    """
    if len(at) and ends[0] > due.first:
        return due
    first = int(at[0]) if len(at) else due.first
    silences: tuple[gaps.Silence, ...] = ()
    if not len(at):
        edges = queries.ns_of(request.start), queries.ns_of(request.stop)
        silences = (gaps.Silence(*edges, 0.0),)
    earlier = queries.began_before(request, silences) if first > due.edges[0] else None
    if earlier is not None:
        first = min(first, pd.Timestamp(earlier).as_unit("ns").value)
    return replace(due, first=first)


def _runs(
    request: Request, due: Expectation, tag: Tag, times: queries.Times
) -> queries.Runs | None:
    """Return the runs of the readings behind a frame of buckets; None where they are too many."""
    if not times.few:
        return None
    try:
        edges, limits = tuple(due.edges.tolist()), due.all_limits(tag.checks)
        return queries.runs.answer(replace(request, resolution=None), limits, edges, times).value
    except HistorianUnavailable:
        return None


def _share_of_buckets(
    tag: Tag,
    due: Expectation,
    request: Request,
    rows: Rows,
    stop: datetime,
    gone: datetime | None,
) -> float:
    """Return the coverage by the counts of buckets, the parts cut at edges of these.

    Parameters
    ----------
    gone : time before which the readings are, so that no finer buckets count than rollups tell
    """
    seconds = (request.stop - request.start).total_seconds()
    width = request.resolution or buckets.RESOLUTIONS[0]
    if width.seconds * FINE_BUCKETS > seconds:
        width = buckets.finest_for(seconds, None) or buckets.RESOLUTIONS[0]
        if gone is not None:
            first, last = queries.ns_of(request.start), queries.ns_of(gone)
            before = (gaps.Silence(first, last, 0.0),)
            whole = queries.whole_width(replace(request, resolution=width), None, before)
            width = whole.width if whole and not whole.zone else width
        request = queries.request(
            tag.name, width, request.start, request.stop, request.zone, tag.checks
        )
        rows = rows_of(queries.history.answer(request).value)
    edges = [buckets.floor(_utc(edge), width, request.zone) for edge in due.edges.tolist()]
    edges = [request.start, *edges[1:-1], min(request.stop, stop)]
    due = due.cut_at(arrays.nanoseconds(pd.DatetimeIndex(edges)))
    return coverage.share(due, coverage.counts(due, rows.at, rows.counts))
