"""What must be said of the rows of a file: what is gone of its tags, and how sure buckets are."""

from datetime import datetime

from data import queries, views
from data.buckets import Resolution
from data.export.contract import Question
from data.queries import Request, Tag
from data.views import Caveats, TagSeries


class Look:
    """Looks once, at the first rows of a tag, what must be said of them all.

    Parameters
    ----------
    request : the question for all rows of the tag
    caveats : it is put there; None: nobody asks
    """

    def __init__(self, request: Request, caveats: Caveats | None) -> None:
        self._request, self._caveats = request, caveats

    def at(self, first: int | None, spacing: float | None) -> None:
        """Look, where nobody did before; as `views.finest_whole`, with its errors."""
        if self._caveats is None:
            return
        self._caveats.add(self._request.tag, views.finest_whole(self._request, first, spacing))
        self._caveats = None

    def at_part(self, part: TagSeries) -> None:
        """Look, by the first buckets that there are; each part tells how sure all of them are."""
        if self._caveats is None:
            return
        self._caveats.add(self._request.tag, None, part.unchecked, part.deleted)
        width = self._request.resolution
        spacing = queries.spacing_in(part.frame, width.seconds if width else None)
        self.at(views.first_of(part.frame), spacing)


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
            caveats.add(tag.name, queries.whole_width(request_of(tag, width, each, question.zone)))
    return caveats


def request_of(
    tag: Tag, width: Resolution | None, bounds: tuple[datetime, datetime], zone: str
) -> Request:
    """Return the question for all rows of a tag, of a window of any length."""
    if width is None:
        return queries.request(tag.name, None, *bounds, zone, tag.checks)
    return views.Window(tag, width, *bounds, bounds[1], zone).request
