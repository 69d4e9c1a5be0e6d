"""The buckets of a window of any length, part by part, as a page shows them.

What is true of a whole window is found first: who answers it, what is expected of it, and whether
its readings are few enough to be read. So its rows are the same, however it is parted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import numpy as np
import pandas as pd

from data import buckets, queries
from data.analysis import arrays, coverage, kinds
from data.buckets import MAX_ROWS, Resolution
from data.queries import Request, Tag
from data.views.judging import bucket_marks
from data.views.kinds import Counter, Ends, angle, ends_of, last_before
from data.views.presence import expectation_of, held, nothing_missing
from data.views.series import TagSeries

#: Nobody asks what is expected.
NOTHING_DUE = coverage.expectation(coverage.parts(0, 1), [], arrays.NEVER)


@dataclass(frozen=True)
class Window:
    """The buckets of one tag that touch a stretch of time.

    Parameters
    ----------
    start, stop : half-open, aware, as asked
    now : the database's clock
    """

    tag: Tag
    width: Resolution
    start: datetime
    stop: datetime
    now: datetime
    zone: str

    @property
    def request(self) -> Request:
        """The question for its whole buckets, however many there are."""
        start, stop = buckets.snapped(self.start, self.stop, self.width, self.zone)
        checks = self.tag.checks
        bounds = (checks.low, checks.high)
        return Request(self.tag.name, self.width, start, stop, self.zone, *bounds)


def parts(window: Window, most: int = MAX_ROWS, covered: bool = True) -> Iterator[TagSeries]:
    """Yield the series of a window in parts that follow one another, none without rows.

    Parameters
    ----------
    most : buckets of a part
    covered : whether `bucket_coverage` is asked for: what is expected takes a look of its own

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    request = window.request
    stretches = list(_stretches(request, window.width, most))
    who, _ = queries.answering(request, window.width, stretches)
    kind = _Kind(window, request, who, stretches)
    series = None
    for start, stop in stretches:
        frame = who.frame(start, stop)
        if not len(frame):
            continue
        series = series or _of_window(window, request, who, frame, covered)
        yield _of_part(series, kind.told(frame))


def _stretches(
    request: Request, width: Resolution, most: int
) -> Iterator[tuple[datetime, datetime]]:
    """Yield a window in stretches of whole buckets, about so many each."""
    start = request.start
    while start < request.stop:
        stop = buckets.floor(start + timedelta(seconds=most * width.seconds), width, request.zone)
        stop = min(
            stop if stop > start else buckets.after(start, width, request.zone), request.stop
        )
        yield start, stop
        start = stop


def _of_window(
    window: Window, request: Request, who: queries.Answering, first: pd.DataFrame, covered: bool
) -> TagSeries:
    """Return what all parts have in common; `first`: the first rows of the window."""
    tag, due = window.tag, NOTHING_DUE
    if covered:
        stop, times = min(window.stop, window.now), queries.Times(request, few=False)
        due = queries.expectation(tag.name, window.start, stop, times, tag.period)
        due = expectation_of(due, request, first, stop)
    return TagSeries(
        tag=tag,
        frame=first,
        resolution=request.token,
        seconds=float(window.width.seconds),
        source=who.told["source"],
        spacing=None,
        find_presence=partial(nothing_missing, due),
        marks=partial(bucket_marks, first, tag.checks),
        readings=int(held(first).sum()),
        until=window.now,
        as_of=window.now,
        error=None,
        unchecked=who.told["unchecked"],
        deleted=who.told["deleted"],
        gone=who.told["gone"],
    )


def _of_part(series: TagSeries, frame: pd.DataFrame) -> TagSeries:
    marks = partial(bucket_marks, frame, series.tag.checks)
    return replace(series, frame=frame, marks=marks, readings=int(held(frame).sum()))


class _Kind:
    """Says of the parts of a window what `of_kind` says of it at once."""

    def __init__(
        self,
        window: Window,
        request: Request,
        who: queries.Answering,
        stretches: Sequence[tuple[datetime, datetime]],
    ) -> None:
        self._tag, self._request = window.tag, request
        self._known: queries.OfReadings | None = None
        self._ends = Ends(arrays.NEVER, arrays.NEVER)
        if self._tag.kind in (kinds.ANGLE, kinds.COUNTER):
            self._read(who, stretches)
        self._counter = Counter(self._tag, request, self._known, self._ends)

    def _read(self, who: queries.Answering, stretches: Sequence[tuple[datetime, datetime]]) -> None:
        """Read the readings of the window, if they are few enough by the counts of its buckets."""
        total, last = 0.0, arrays.NEVER
        for start, stop in stretches:
            frame = who.frame(start, stop)
            total += float(held(frame).sum())
            last = int(arrays.nanoseconds(frame.index[-1:])[0]) if len(frame) else last
            if total > queries.MOST_READINGS:
                return
        earlier: tuple[tuple[int, float], ...] = ()
        if self._tag.kind == kinds.COUNTER:
            earlier = last_before(self._tag, self._request)
        self._known = queries.read_of_readings(self._request, self._tag.kind, earlier)
        self._ends = ends_of(self._request, self._known, last)

    def told(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the rows that follow without a wrong mean."""
        if self._tag.kind == kinds.VALUE:
            return frame
        frame = frame.assign(avg=np.nan)
        if self._tag.kind == kinds.ANGLE:
            return angle(self._request, frame, self._known, self._ends)[0]
        return self._counter.told(frame)[0] if self._tag.kind == kinds.COUNTER else frame
