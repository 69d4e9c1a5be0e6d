"""Of which tags of a file readings are gone, and which width tells of them."""

from datetime import datetime

import pandas as pd

from data import queries, views
from data.buckets import Resolution
from data.export.contract import Question
from data.queries import Request, Tag, Whole

#: Tag -> the finest width that tells what of it is gone.
Wider = dict[str, Whole]


class Look:
    """Looks once, at the first rows of a tag, whether there were readings before them.

    Parameters
    ----------
    request : the question for all rows of the tag
    wider : the answer is put there; None: nobody asks
    """

    def __init__(self, request: Request, wider: Wider | None) -> None:
        self._request, self._wider = request, wider

    def at(self, first: int | None, spacing: float | None) -> None:
        """Look, where nobody did before; as `views.finest_whole`, with its errors."""
        if self._wider is None:
            return
        width = views.finest_whole(self._request, first, spacing)
        self._wider |= views.widest([*self._wider.items(), (self._request.tag, width)])
        self._wider = None

    def at_rows(self, frame: pd.DataFrame) -> None:
        """Look, by the first buckets that there are."""
        if self._wider is None:
            return
        width = self._request.resolution
        seconds = width.seconds if width else None
        self.at(views.first_of(frame), queries.spacing_in(frame, seconds))


def wider_of(question: Question, most: int) -> Wider:
    """Return which width tells what is gone of the first tags of a file, so many.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    bounds, width = [(question.start, question.stop)], question.resolution
    if question.compare is not None and width is not None:
        bounds.append(question.compare.of(width).moved(*bounds[0]))
    requests = [
        request_of(tag, width, each, question.zone)
        for tag in question.tags[:most]
        for each in bounds
    ]
    return views.widest((each.tag, queries.whole_width(each)) for each in requests)


def request_of(
    tag: Tag, width: Resolution | None, bounds: tuple[datetime, datetime], zone: str
) -> Request:
    """Return the question for all rows of a tag, of a window of any length."""
    if width is None:
        return queries.request(tag.name, None, *bounds, zone, tag.checks)
    return views.Window(tag, width, *bounds, bounds[1], zone).request
