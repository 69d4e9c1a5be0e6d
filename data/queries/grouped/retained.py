"""The finest width that tells all of a window, where readings or finer rollups of it are gone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from data import buckets
from data.analysis import gaps
from data.buckets import RAW, Resolution
from data.db import cached
from data.queries.grouped import reach
from data.queries.plan import HISTORY_S, Request, dividing, ns_of, time_of
from data.queries.relations import LAST, catalog, degrading, waiting
from data.windows import EPOCH

#: Whose clock each rollup goes by.
ROLLED_IN = "UTC"


@dataclass(frozen=True, slots=True)
class Whole:
    """The finest width that tells a window.

    Parameters
    ----------
    width : of its buckets
    zone : in whose clock they begin; empty: in that of the request, else in none of its widths do
    """

    width: Resolution
    zone: str = ""

    @classmethod
    def of(cls, token: str) -> "Whole":
        """Return what `token` gave."""
        width, _mark, zone = token.partition(";tz=")
        return cls(buckets.resolution(width), zone)

    @property
    def token(self) -> str:
        """As programs read it: 1h, or 1h;tz=UTC."""
        return f"{self.width.token};tz={self.zone}" if self.zone else self.width.token


def whole_width(
    request: Request, least: Resolution | None = None, silences: Sequence[gaps.Silence] = ()
) -> Whole | None:
    """Return the finest width whose sources tell a window from its start on, as far as any does.

    None where the request's own do, or nobody tells more: retention drops the oldest first. Where
    the clock of the zone is off by half an hour no hour of it is made of those of a rollup: then it
    is a width of UTC.

    Parameters
    ----------
    least : no finer width; None: that of the request
    silences : stretches without rows of the request, see `gaps.silences`: one of which others tell
        is gone, and what is before it came late

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    first_of = _short(request, silences)
    return None if first_of is None else _finest(request, least, first_of)


def began_before(request: Request, silences: Sequence[gaps.Silence] = ()) -> datetime | None:
    """Return when the first bucket of a tag begins that is over when a window starts.

    None without one, and where the beginning of the window is told by others than its own sources.

    Parameters
    ----------
    silences : as for `whole_width`

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    return None if _short(request, silences) is not None else _earliest(request.tag, request.start)


def has_others(request: Request) -> bool:
    """Return whether there are sources that may tell more than a request's own."""
    rollups = catalog().rollups
    return len(_sources(request, rollups)) <= len(rollups)


@cached(HISTORY_S, in_process=True)
@degrading
def _earliest(tag: str, start: datetime) -> datetime | None:
    firsts = reach.firsts(Request(tag, None, EPOCH, start, "UTC"), catalog().rollups)
    over = [at for width, at in firsts.items() if at and at + timedelta(seconds=width) <= start]
    return min(over, default=None)


def _short(
    request: Request, silences: Sequence[gaps.Silence] = ()
) -> Mapping[int, datetime | None] | None:
    """Return what each source has first, where those of a request do not tell its beginning."""
    if not has_others(request):
        return None
    if _kept() <= ns_of(request.start) and _has_before(request.tag, request.start):
        return None  # what is not there was deleted, or never came
    rollups = catalog().rollups
    step = rollups[0] * 10**9
    start, stop = ns_of(request.start) // step * step, -(-ns_of(request.stop) // step) * step
    first_of = _firsts(request.tag, time_of(start), time_of(stop))
    own, reaching = _sources(request, rollups), _reaching(request, first_of)
    finest = tuple(width for width in rollups if width <= (reaching or width))
    since = None
    for each in reversed(silences):
        tells = _telling(request, own, finest, each)
        if not tells and each[:2] == _whole_of(request):
            return None  # nobody tells of any reading in the window
        if tells and since is None and not set(tells) & set(own):
            since = each.stop
    if since is not None:  # what the sources have before that came late
        until = None if since == ns_of(request.stop) else time_of(since)
        late = [width for width in own if (at := first_of.get(width)) and ns_of(at) < since]
        first_of = {**first_of, **dict.fromkeys(late, until)}
    return first_of if _is_short(request, own, first_of) else None


def _kept() -> int:
    """Return from when on no chunk of readings was dropped [ns], LAST where nobody knows it."""
    return waiting().kept if catalog().refreshes else LAST


@cached(HISTORY_S, in_process=True)
@degrading
def _has_before(tag: str, start: datetime) -> bool:
    """Return whether a tag has a reading before a window; if not, all before it may be gone."""
    return reach.first_reading(tag, start) is not None


def _reaching(request: Request, first_of: Mapping[int, datetime | None]) -> int | None:
    """Return the finest rollup that has something before a window, None where none has.

    In a silence that it tells of, wider ones tell of what is around it.
    """
    reach_back = (w for w, at in first_of.items() if w != RAW and at and at <= request.start)
    return min(reach_back, default=None)


def _whole_of(request: Request) -> tuple[int, int]:
    return ns_of(request.start), ns_of(request.stop)


@cached(HISTORY_S, in_process=True)
@degrading
def _telling(
    request: Request, own: tuple[int, ...], rollups: tuple[int, ...], silence: gaps.Silence
) -> tuple[int, ...]:
    """Return which rollups tell of readings within a silence.

    At the edges of a window it may begin before it, and end behind it. Where no chunk was dropped
    somebody deleted them; where nobody knows of chunks, behind rows that go on from those before
    the window.
    """
    start, stop = _whole_of(request)
    kept = _kept()
    if start < silence.start and kept <= silence.start:
        return ()
    low, high = time_of(silence.start), time_of(silence.stop)
    if silence.start == start and (tells := reach.telling(request, rollups, low, high)):
        return tells
    before, behind = reach.around(request, own, catalog().rollups[0])
    goes_on = before and start - ns_of(before) <= silence.longest * 1e9
    if silence.start > start and kept == LAST and goes_on:
        return ()
    if silence.start == start:  # no bucket of a window reaches so far
        low = before or low - timedelta(seconds=catalog().rollups[0])
    if silence.stop == stop:
        high = behind or high + timedelta(seconds=catalog().rollups[0])
    return reach.telling(request, rollups, low, high)


def _finest(
    request: Request, least: Resolution | None, first_of: Mapping[int, datetime | None]
) -> Whole | None:
    """Return the finest width by the clock of a request, else of UTC, that tells its beginning."""
    rollups = catalog().rollups
    finest = (least or request.resolution or buckets.RESOLUTIONS[0]).seconds
    widths = [each for each in buckets.RESOLUTIONS if each.seconds >= finest]
    for zone in (request.zone, ROLLED_IN):
        for width in widths:
            edges = buckets.snapped(request.start, request.stop, width, zone)
            wide = replace(request, resolution=width, start=edges[0], stop=edges[1], zone=zone)
            if not _is_short(request, _sources(wide, rollups), first_of):
                return Whole(width, "" if zone == request.zone else zone)
    return None


def _sources(request: Request, rollups: tuple[int, ...]) -> tuple[int, ...]:
    """Return the widths of the sources that can tell a request [s]."""
    width = request.resolution
    return (*(dividing(rollups, request, width) if width else ()), RAW)


@cached(HISTORY_S, in_process=True)
@degrading
def _firsts(tag: str, start: datetime, stop: datetime) -> dict[int, datetime | None]:
    """Return what each source has first of a tag in whole buckets of the coarsest rollup."""
    return reach.firsts(Request(tag, None, start, stop, "UTC"), (*catalog().rollups, RAW))


def _is_short(
    request: Request, sources: Sequence[int], first_of: Mapping[int, datetime | None]
) -> bool:
    """Return whether sources begin within a window, and others tell of readings before that.

    A bucket in which they have a reading, or which begins behind the window, tells of none.
    """
    own = [at for width in sources if (at := first_of.get(width))]
    begin = min(own, default=None)
    if begin is not None and begin <= request.start:
        return False
    ends = (
        at + timedelta(seconds=width)
        for width, at in first_of.items()
        if at and width not in sources and at < request.stop
    )
    return any(begin is None or end <= begin for end in ends)
