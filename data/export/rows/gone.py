"""What must be said of the rows of a file: what is gone of its tags, and how sure buckets are."""

from dataclasses import replace
from datetime import datetime

import numpy as np
import pandas as pd

from data import queries, views
from data.analysis import UNCHECKED, arrays, gaps
from data.buckets import Resolution
from data.export.contract import Question
from data.queries import Request, Tag
from data.views import Caveats, Rows, TagSeries

#: Of so many readings at the start of a window some may have come late.
FIRST = 64
NONE: Rows = (np.zeros(0, np.int64), np.zeros(0, np.int64))


class Look:
    """Looks once, by the first rows of a tag, what must be said of them all.

    Where these end is known when others come, or the file ends.

    Parameters
    ----------
    request : the question for all rows of the tag
    caveats : it is put there; None: nobody asks
    """

    def __init__(self, request: Request, caveats: Caveats | None) -> None:
        self._request, self._caveats = request, caveats
        self._first: tuple[Rows, float | None] | None = None

    @property
    def is_due(self) -> bool:
        """Whether somebody asks, and it was not looked yet."""
        return self._caveats is not None

    def at(self, rows: Rows, spacing: float | None) -> None:
        """Note rows, and look where others begin; as `views.finest_whole`, with its errors."""
        if not self.is_due or not len(rows[0]):
            return
        if self._first is None:
            self._first = rows, spacing
        else:
            self._look(queries.time_of(int(rows[0][0])))

    def at_part(self, part: TagSeries) -> None:
        """Look, by the buckets that there are; each part tells how sure all of them are."""
        if self._caveats is None:
            return
        if self._first is None:
            self._caveats.add(self._request.tag, None, part.unchecked, part.deleted)
        width = self._request.resolution
        spacing = queries.spacing_in(part.frame, width.seconds if width else None)
        self.at(views.with_readings(part.frame), spacing)

    def end(self) -> None:
        """Look, where no other rows came."""
        self._look(self._request.stop)

    def _look(self, stop: datetime) -> None:
        if self._caveats is None:
            return
        rows, spacing = self._first or (NONE, None)
        request = replace(self._request, stop=stop)
        self._caveats.add(request.tag, views.finest_whole(request, rows, spacing))
        self._caveats = self._first = None


def gone_of(question: Question, most: int) -> Caveats:
    """Return which width tells what is gone of the first tags of a file, so many.

    The first byte of a file of any number of tags waits for them; of the rest it is told how many
    they are.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    bounds, width = [(question.start, question.stop)], question.resolution
    if question.compare is not None and width is not None:
        bounds.append(question.compare.of(width).moved(*bounds[0]))
    caveats = Caveats(not_looked_at=max(len(question.tags) - most, 0))
    for tag in question.tags[:most]:
        for each in bounds:
            request = request_of(tag, width, each, question.zone)
            if not queries.has_others(request):
                continue
            caveats.add(tag.name, queries.whole_width(request, None, _silences(request)))
    return caveats


def _silences(request: Request) -> tuple[gaps.Silence, ...]:
    """Return the silences among the readings of a window, as all of their times would tell.

    The first readings say how far apart they are, and those beside some moments the rest.
    """
    frame = queries.first_readings(request, FIRST)
    at = arrays.nanoseconds(pd.DatetimeIndex(frame["ts"]))
    spacing, seen = queries.median_step(at // 1_000), at[-1:].max(initial=0)
    if len(at) < FIRST:
        return views.silences_of(request, (at, at), spacing)
    bounds = queries.ns_of(request.start), queries.ns_of(request.stop)
    moments = gaps.moments_in_silences(*bounds, float(gaps.limit(UNCHECKED, spacing)))
    at = np.union1d(at, queries.beside(request, moments))
    silences = views.silences_of(request, (at, at), spacing)
    # Between two of these times others may lie, but not about a moment.
    return tuple(
        each
        for each in silences
        if each.stop <= seen or any(each.start <= moment < each.stop for moment in moments)
    )


def request_of(
    tag: Tag, width: Resolution | None, bounds: tuple[datetime, datetime], zone: str
) -> Request:
    """Return the question for all rows of a tag, of a window of any length."""
    if width is None:
        return queries.request(tag.name, None, *bounds, zone, tag.checks)
    return views.Window(tag, width, *bounds, bounds[1], zone).request
