"""A question day by day: pieces that follow one another as the rows of the whole file do."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from data import buckets, windows
from data.export import Question

ONE_DAY = timedelta(days=1)


def pieces(question: Question) -> list[Question]:
    """Return the questions whose rows, one after the other, are those of a question.

    A file tag by tag has a piece a tag and day of its zone, any other a piece a day. Where buckets
    do not begin at midnight, a piece ends with the bucket that holds it.
    """
    edges = [question.start, *_inner(question), question.stop]
    days = list(zip(edges, edges[1:], strict=False))
    by_tag = question.shape == "long" and question.order == "tag"
    groups = [(tag,) for tag in question.tags] if by_tag else [question.tags]
    return [
        replace(question, tags=tags, start=start, stop=stop, live=False)
        for tags in groups
        for start, stop in days
    ]


def _inner(question: Question) -> list[datetime]:
    """Return the edges of pieces within a window."""
    found = {_edge(midnight, question) for midnight in _midnights(question)}
    return sorted(edge for edge in found if question.start < edge < question.stop)


def _midnights(question: Question) -> Iterator[datetime]:
    zone = windows.site_zone(question.zone)
    day = question.start.astimezone(zone).date()
    last = question.stop.astimezone(zone).date()
    while day <= last:
        yield buckets.midnight(day, question.zone)
        day += ONE_DAY


def _edge(midnight: datetime, question: Question) -> datetime:
    if question.resolution is None:
        return midnight
    return buckets.floor(midnight, question.resolution, question.zone)
