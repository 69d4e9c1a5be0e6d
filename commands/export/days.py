"""A question day by day: pieces that follow one another as the rows of the whole file do."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from data import buckets, windows
from data.export import Question

ONE_DAY = timedelta(days=1)


def pieces(question: Question) -> list[Question]:
    """Return the questions whose rows, one after the other, are those of a question.

    A file tag by tag has a piece a tag and day of its zone, any other a piece a day; each is judged
    by the spacing of the whole, as one run does. Buckets are not cut: the last digit of a mean, and
    coverage, depend on the window that is asked for.
    """
    edges = [question.start, question.stop]
    if question.resolution is None:
        edges[1:1] = [each for each in _midnights(question) if question.start < each < edges[-1]]
    days = list(zip(edges, edges[1:], strict=False))
    by_tag = question.shape == "long" and question.order == "tag"
    groups = [(tag,) for tag in question.tags] if by_tag else [question.tags]
    whole = replace(question, live=False, whole_stop=question.stop)
    return [
        replace(whole, tags=tags, start=start, stop=stop) for tags in groups for start, stop in days
    ]


def _midnights(question: Question) -> Iterator[datetime]:
    zone = windows.site_zone(question.zone)
    day = question.start.astimezone(zone).date()
    last = question.stop.astimezone(zone).date()
    while day <= last:
        yield buckets.midnight(day, question.zone)
        day += ONE_DAY
