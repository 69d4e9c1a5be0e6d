"""From when to when each source of a tag has something, and may be believed."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from data import windows
from data.buckets import RAW
from data.db import clock, read_columns
from data.queries.plan import Request, Source, ns_of, time_of
from data.queries.relations import catalog, waiting
from data.sql import Edge, edges_statement

#: A continuous aggregate finds its outermost bucket by a walk over all that is asked of it. So as
#: many buckets, and as many seconds at least, are asked first at that end of a window, then more.
NEAR, FARTHER = (128, 86_400), (4_096, 32 * 86_400)
STEPS = 3
#: What waits at the end of a rollup that is refreshed by and by: as many of its buckets, and at
#: least [s]. A finer source answers it; of a longer stretch it is first asked what it holds.
TAIL, TAIL_S = 3, 900
ENDS: tuple[Literal["first"], Literal["newest"]] = ("first", "newest")
#: Edges, each with where it lies; None where nothing was found.
Found = dict[Edge, datetime | None]


def sources(request: Request, widths: Sequence[int]) -> tuple[datetime, list[Source]]:
    """Return the database's now, and the sources that have something in a window.

    Parameters
    ----------
    widths : of the sources [s], from coarse to fine

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    every: list[Edge] = [(width, name) for width in widths for name in ENDS]
    now, found = _read(request.tag, _bounds(request, every, 0, {}))
    for step in range(1, STEPS if catalog().timescaledb else 0):
        missing = [edge for edge in every if found[edge] is None]
        if missing:
            found |= _read(request.tag, _bounds(request, missing, step, found))[1]
    outermost = [(width, found[width, "first"], found[width, "newest"]) for width in widths]
    there = [Source(width, first, newest) for width, first, newest in outermost if first and newest]
    settled = [_settled(each, now) for each in there] if catalog().refreshes else there
    return now, [each for each in settled if each.first <= each.newest]


def first_reading(tag: str, stop: datetime) -> datetime | None:
    """Return the time of the first reading of a tag before a time (aware), None without one.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    edge: Edge = (RAW, "first")
    return _read(tag, {edge: (windows.EPOCH, stop)})[1][edge]


def _bounds(
    request: Request, edges: Sequence[Edge], step: int, found: Found
) -> dict[Edge, tuple[datetime, datetime]]:
    """Return where in its window each edge is sought: near that end, in the last step everywhere.

    Parameters
    ----------
    step : from 0
    found : in the steps before; a finer source mostly begins and ends where a coarser one does
    """
    start, stop = request.start, request.stop
    if step == STEPS - 1 or not catalog().timescaledb:
        return dict.fromkeys(edges, (start, stop))
    end = min(stop, clock.now().value)
    bounds = {}
    for edge in edges:
        width, name = edge
        coarser = [at for (_, end), at in found.items() if at and end == name]
        buckets, seconds = NEAR if not step or coarser else FARTHER
        span = timedelta(seconds=max(buckets * width, seconds))
        if name == "first":
            bounds[edge] = (start, min((coarser or [start])[0] + span, stop))
        else:
            bounds[edge] = (max(start, (coarser or [end])[0] - span), stop)
    return bounds


def _read(
    tag: str, bounds: Mapping[Edge, tuple[datetime, datetime]]
) -> tuple[datetime, dict[Edge, datetime | None]]:
    """Return the database's now, and each edge, sought between its bounds."""
    values: dict[str, Any] = {"tag": tag}
    for (width, name), (low, high) in bounds.items():
        values |= {f"low_{name}_{width}": low, f"high_{name}_{width}": high}
    columns = read_columns(edges_statement(tuple(bounds)), values)
    now, *times = (_aware(times[0].item()) for times in columns.values())
    return now, dict(zip(bounds, times, strict=True))


def _aware(time: datetime | None) -> Any:
    """Return a time of numpy's, which is UTC, as aware; None where there is none."""
    return time and time.replace(tzinfo=UTC)


def _settled(source: Source, now: datetime) -> Source:
    """Return a source up to what waits for a refresh at its end, where that is little."""
    stretches = waiting().stretches.get(source.width, ()) if source.width != RAW else ()
    if not stretches or stretches[-1][1] < ns_of(now):
        return source
    start, tail = stretches[-1][0], max(TAIL * source.width, TAIL_S)
    if ns_of(now) - start > tail * 10**9:
        return source
    newest = time_of(start - source.width * 10**9)
    return source._replace(newest=min(source.newest, newest))
