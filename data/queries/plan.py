"""The request for one tag, and which source answers which segment of its window.

The coarsest rollup answers where it has buckets, finer sources before and after them.

A rollup may lack its newest part (refreshed seldom, or the bucket is still filling) and its oldest
(made late, or dropped earlier than what it is made from).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np

from data import buckets, windows
from data.analysis import UNCHECKED, Checks, arrays
from data.buckets import RAW, Resolution
from data.db import clock
from data.errors import BadInput

#: How long an answer is shared: a bucket that is over does not change, except for late readings.
HISTORY_S = 30.0
#: Bounds of a live window lie on a grid of this share of it, no coarser than [s].
ALIKE_SHARE, ALIKE_S = 1e-3, 2.0
#: How far our clock may be ahead of the database's and a window still count as ending now.
CLOCKS = timedelta(minutes=5)
#: What a request for single readings is called, instead of a width.
SINGLE = "raw"


@dataclass(frozen=True, slots=True)
class Request:
    """A question about one tag, snapped where it is made: equal views ask the same.

    Parameters
    ----------
    resolution : width of the buckets; None: every reading
    start, stop : half-open bounds on edges of buckets (whole seconds for readings), aware UTC
    zone : IANA name of the zone that days start in and times are shown in
    low, high : what lies outside is left out of the statistics [tag unit]
    """

    tag: str
    resolution: Resolution | None
    start: datetime
    stop: datetime
    zone: str
    low: float = -math.inf
    high: float = math.inf

    @property
    def token(self) -> str:
        """Its resolution as addresses spell it: 10m, or raw."""
        return self.resolution.token if self.resolution else SINGLE

    @property
    def live(self) -> bool:
        """Whether its window ends now; yes, while nobody knows what time it is."""
        return not self.stop.timestamp() < clock.shared() - CLOCKS.total_seconds()

    def alike(self, start: int, stop: int) -> tuple[int, int]:
        """Return bounds within these [ns] that all who look at once have in common.

        Those of a live window move with each look, and what is asked by them was never shared.
        """
        seconds = min(ALIKE_S, ALIKE_SHARE * (self.stop - self.start).total_seconds())
        grid = int(seconds * 1e9)
        first, last = -(-start // grid) * grid, stop // grid * grid
        return (first, last) if self.live and first < last else (start, stop)


def request(
    tag: str,
    resolution: Resolution | None,
    start: datetime,
    stop: datetime,
    zone: str,
    checks: Checks = UNCHECKED,
) -> Request:
    """Return the question for a tag's window, moved outward to whole buckets.

    Raises
    ------
    BadInput
        If PostgreSQL cannot hold the name, the window is empty or holds over 4,000 buckets.
    """
    if not is_text(tag):
        raise BadInput("unknown_tag", tag=tag)
    start, stop = buckets.snapped(start, stop, resolution, zone)
    if start >= stop:
        first, last = start.isoformat(), stop.isoformat()
        raise BadInput("start_after_stop", name="start", value=first, start=first, stop=last)
    if resolution is not None:
        buckets.check_count(resolution, start, stop)
    return Request(tag, resolution, start, stop, zone, checks.low, checks.high)


def median_step(times: Any) -> float | None:
    """Return the median spacing of sorted times given in microseconds [s]; None without two."""
    return float(np.median(np.diff(times))) / 1e6 if len(times) > 1 else None


def is_text(tag: str) -> bool:
    """Whether PostgreSQL can hold a name: no NUL, no half of a surrogate pair."""
    return "\0" not in tag and not any("\ud800" <= sign <= "\udfff" for sign in tag)


#: Width of a source [s] -> stretches of time.
Spans = dict[int, list[tuple[datetime, datetime]]]


class Source(NamedTuple):
    """A source that has something in a window.

    `width` in seconds, 0 for readings; `first` and `newest` are its outermost buckets or readings.
    `later` is that reading before which FEW others are, or where it was sought in vain; `beside`
    are the readings next to moments of which one lies in each silence [ns], None: nobody asked.
    """

    width: int
    first: datetime
    newest: datetime
    later: datetime | None = None
    beside: arrays.Whole | None = None


class Segment(NamedTuple):
    """A stretch [start, stop) of a window, answered by the source of this width."""

    width: int
    start: datetime
    stop: datetime


class Plan(NamedTuple):
    """Who answers which part of a window, and what each source has in it.

    Readings from `until` on are of the future: the bucket that fills may hold some, and tells none.
    """

    segments: list[Segment]
    sources: list[Source]
    until: datetime

    @property
    def extents(self) -> list[Segment]:
        """Where a rollup answers, from its first bucket to its newest: there it should be whole."""
        of = {source.width: source for source in self.sources}
        extents = []
        for width, start, stop in self.segments:
            if width in of and width != RAW:
                end = of[width].newest + timedelta(seconds=width)
                extents.append(Segment(width, max(start, of[width].first), min(stop, end)))
        return [each for each in _touching(extents) if each.start < each.stop]

    @property
    def gone_before(self) -> datetime | None:
        """The end of the time that only rollups know, whose readings are gone; None without one."""
        first = min((each.start for each in self.extents), default=None)
        raw = next((each.first for each in self.sources if each.width == RAW), None)
        if first is None:
            return None
        if raw is None:
            return self.segments[-1].stop
        width = next(each.width for each in self.extents if each.start == first)
        return raw if first + timedelta(seconds=width) <= raw else None

    def finest(self, width: int, stop: datetime) -> int | None:
        """Return the finest source below a width [s] that reaches back before `stop`, or None."""
        reaching = (each.width for each in self.sources if each.first < stop)
        return min((each for each in reaching if each < width), default=None)


def _touching(segments: list[Segment]) -> list[Segment]:
    """Return segments with those as one that are of one source and follow one another."""
    joined: list[Segment] = []
    for each in segments:
        if joined and joined[-1].width == each.width and joined[-1].stop == each.start:
            joined[-1] = joined[-1]._replace(stop=each.stop)
        else:
            joined.append(each)
    return joined


def replaced(segments: Sequence[Segment], by: Sequence[Segment]) -> list[Segment]:
    """Return segments where others answer their stretches, by time; `by` without overlap."""
    rest = []
    for width, start, stop in segments:
        for each in sorted(by, key=lambda one: one.start):
            if start < each.stop and each.start < stop:
                rest.append(Segment(width, start, each.start))
                start = each.stop
        rest.append(Segment(width, start, stop))
    whole = [*(each for each in rest if each.start < each.stop), *by]
    return sorted(whole, key=lambda each: each.start)


def apart(segments: Sequence[Segment]) -> list[Segment]:
    """Return segments by time with those as one that overlap: the finest of them answers."""
    parts: list[Segment] = []
    for each in sorted(segments, key=lambda one: one.start):
        if parts and each.start < parts[-1].stop:
            finest = min(each.width, parts[-1].width)
            stop = max(each.stop, parts[-1].stop)
            parts[-1] = Segment(finest, parts[-1].start, stop)
        else:
            parts.append(each)
    return parts


def whole_buckets(
    segments: Sequence[Segment], width: Resolution, zone: str
) -> list[tuple[datetime, datetime]]:
    """Return the stretches of whole buckets that hold segments, sorted, without overlap."""
    stretches: list[tuple[datetime, datetime]] = []
    for each in sorted(segments, key=lambda one: one.start):
        start = buckets.floor(each.start, width, zone)
        stop = buckets.ceiling(each.stop, width, zone)
        if stretches and start <= stretches[-1][1]:
            stretches[-1] = (stretches[-1][0], max(stretches[-1][1], stop))
        else:
            stretches.append((start, stop))
    return stretches


def ns_of(time: datetime) -> int:
    """Return a time as nanoseconds since 1970."""
    return int((time - windows.EPOCH) / timedelta(microseconds=1)) * 1_000


def time_of(ns: int) -> datetime:
    """Return nanoseconds since 1970 as a time, aware UTC."""
    return windows.EPOCH + timedelta(microseconds=ns // 1_000)


def within(segments: Sequence[Segment], spans: Sequence[tuple[datetime, datetime]]) -> Spans:
    """Return what of the segments lies in stretches of time: of each source its own."""
    spans_of: Spans = {}
    for width, start, stop in segments:
        for first, last in spans:
            if start < last and first < stop:
                spans_of.setdefault(width, []).append((max(start, first), min(stop, last)))
    return dict(sorted(spans_of.items(), reverse=True))


def dividing(rollups: Sequence[int], request: Request, width: Resolution) -> list[int]:
    """Return the widths of rollups whose buckets fill those of `width` exactly, coarse to fine [s].

    Every edge of the request's zone must be one of theirs: hours where its offset is whole hours.
    """
    fitting = [w for w in rollups if width.seconds % w == 0]
    pieces = buckets.pieces(request.start, request.stop, width, request.zone)
    edges = [each.until if each.held else each.origin for each in pieces]
    seconds = [(edge - windows.EPOCH).total_seconds() for edge in edges if edge]
    return [w for w in fitting if all(second % w == 0 for second in seconds)]


def segments_of(
    sources: Sequence[Source], start: datetime, stop: datetime, live: bool
) -> list[Segment]:
    """Return the segments that make up a window, by time, without overlap.

    Parameters
    ----------
    sources : those that have something in the window, from coarse to fine
    start, stop : half-open bounds of the window, aware
    live : whether the window ends now; then the newest bucket of a rollup may still be filling,
        and the next finer source answers it. In an older window that rollup answers it itself.
    """
    if not sources:
        return []
    source, finer = sources[0], sources[1:]
    head = segments_of(_before(finer, source.first), start, source.first, live=False)
    begin = source.first if head else start
    end = source.newest + timedelta(seconds=0 if live else source.width)
    tail = segments_of(_from(finer, max(end, begin)), max(end, begin), stop, live)
    end = tail[0].start if tail else stop
    own = [Segment(source.width, begin, end)] if end > begin else []
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


def cut(segments: list[Segment], width: Resolution, zone: str) -> list[Segment]:
    """Return the segments, the first one split at the last edge of a bucket inside it, if any."""
    source, start, stop = segments[0]
    edge = buckets.floor(stop, width, zone)
    if source == RAW or not start < edge < stop:
        return segments
    return [Segment(source, start, edge), Segment(source, edge, stop), *segments[1:]]


def ends_at_edge(segment: Segment, width: Resolution, zone: str) -> bool:
    """Return whether a segment of a rollup stops where a bucket of this width does."""
    return segment.width != RAW and buckets.floor(segment.stop, width, zone) == segment.stop
