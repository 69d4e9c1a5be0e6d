"""Who answers which part of a window: rollups where they have it, finer sources where they end.

A rollup may lack its newest part (refreshed seldom, or the bucket is still filling) and its oldest
(made late, or kept for a shorter time than what it is made from).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from data import buckets
from data.buckets import RAW, Resolution


class Source(NamedTuple):
    """A source that has something in a window.

    `width` in seconds, 0 for readings; `first` and `newest` are its outermost buckets or readings.
    """

    width: int
    first: datetime
    newest: datetime


class Piece(NamedTuple):
    """A stretch [start, stop) of a window, answered by the source of this width."""

    width: int
    start: datetime
    stop: datetime


def arranged(sources: Sequence[Source], start: datetime, stop: datetime, live: bool) -> list[Piece]:
    """Return the pieces that make up a window, by time, without overlap.

    Parameters
    ----------
    sources : those that have something in the window, from coarse to fine
    live : the window ends now; then the newest bucket of a rollup may still be filling, and is
        read from the next finer source. In an older window only what lies behind it is.
    """
    if not sources:
        return []
    source, finer = sources[0], sources[1:]
    head = arranged(_before(finer, source.first), start, source.first, live=False)
    begin = source.first if head else start
    end = source.newest + timedelta(seconds=0 if live else source.width)
    tail = arranged(_from(finer, max(end, begin)), max(end, begin), stop, live)
    end = tail[0].start if tail else stop
    own = [Piece(source.width, begin, end)] if end > begin else []
    return head + own + tail


def _before(sources: Sequence[Source], stop: datetime) -> list[Source]:
    """Return what the sources have before a time, where a bucket of each of them ends."""
    return [
        source._replace(newest=min(source.newest, stop - timedelta(seconds=source.width)))
        for source in sources
        if source.first < stop
    ]


def _from(sources: Sequence[Source], start: datetime) -> list[Source]:
    """Return what the sources have from a time on, where a bucket of each of them starts."""
    return [
        source._replace(first=max(source.first, start))
        for source in sources
        if source.newest >= start
    ]


def cut(pieces: list[Piece], width: Resolution, zone: str) -> list[Piece]:
    """Return the pieces with the first cut at its last edge of a bucket, if it has one inside."""
    source, start, stop = pieces[0]
    edge = buckets.floor(stop, width, zone)
    if source == RAW or not start < edge < stop:
        return pieces
    return [Piece(source, start, edge), Piece(source, edge, stop), *pieces[1:]]


def ends_at_edge(piece: Piece, width: Resolution, zone: str) -> bool:
    """Return whether a piece of a rollup stops where a bucket does."""
    return piece.width != RAW and buckets.floor(piece.stop, width, zone) == piece.stop
