"""From when to when each source of a tag has something, and may be believed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import numpy as np

from data import windows
from data.analysis import arrays, gaps
from data.buckets import RAW
from data.db import clock, read_columns
from data.queries.plan import Request, Source, ns_of, time_of
from data.queries.relations import LAST, catalog, waiting
from data.sql import FUTURE, Edge, edges_statement

#: A continuous aggregate finds its outermost bucket by a walk over all that is asked of it. So as
#: many buckets, and as many seconds at least, are asked before all of a window is.
NEAR, NEAR_S = 128, 86_400
#: What waits at the end of a rollup that is refreshed by and by: as many of its buckets, and at
#: least [s]. A finer source answers it; of a longer stretch it is first asked what it holds.
TAIL, TAIL_S = 3, 900
ENDS: tuple[Literal["first"], Literal["newest"]] = ("first", "newest")
#: Edges, each with where it lies; None where nothing was found.
Found = dict[Edge, datetime | None]
#: Edges, each with the bounds that it is sought between.
Bounds = dict[Edge, tuple[datetime, datetime]]
NO_MOMENTS: Mapping[str, Any] = {}


def sources(request: Request, widths: Sequence[int]) -> tuple[datetime, list[Source]]:
    """Return the database's now, and the sources that have something in a window.

    A reading of the future is none of it, nor is a bucket that begins then.

    Parameters
    ----------
    widths : of the sources [s], from coarse to fine

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    edges = [(width, name) for width in widths for name in ENDS]
    now, ends, beside = _sought(request, edges, _in_silences(request))
    outermost = [(width, ends[width, "first"], ends[width, "newest"]) for width in widths]
    later = ends.get((RAW, "later"))
    of_readings = later, beside
    there = [
        Source(width, first, newest, *(of_readings if width == RAW else ()))
        for width, first, newest in outermost
        if first and newest
    ]
    settled = [_settled(each, now) for each in there] if catalog().refreshes else there
    return now, [each for each in settled if each.first <= each.newest]


def firsts(request: Request, widths: Sequence[int]) -> dict[int, datetime | None]:
    """Return the first bucket or reading in a window of each source, None where it has none.

    Parameters and errors as for `sources`.
    """
    _now, edges, _beside = _sought(request, [(width, "first") for width in widths])
    return {width: at for (width, name), at in edges.items() if name == "first"}


def around(
    request: Request, widths: Sequence[int], step: int
) -> tuple[datetime | None, datetime | None]:
    """Return when what sources have before a window is over, and when what is behind it begins.

    At least a step [s] around it; None where there is nothing; as for `sources` else.
    """
    start, stop = (ns_of(each) // 10**9 for each in (request.start, request.stop))
    low, high = (
        time_of((start // step - 1) * step * 10**9),
        time_of((stop // step + 2) * step * 10**9),
    )
    bounds: Bounds = {(width, "newest"): (low, request.start) for width in widths}
    bounds |= {(width, "first"): (request.stop, high) for width in widths}
    ends = _read(request.tag, bounds)[1]
    lengths = {width: timedelta(seconds=width) or timedelta(microseconds=1) for width in widths}
    over = [at + lengths[w] for (w, name), at in ends.items() if at and name == "newest"]
    begin = [at for (_, name), at in ends.items() if at and name == "first"]
    return max(over, default=None), min(begin, default=None)


def telling(
    request: Request, widths: Sequence[int], start: datetime, stop: datetime
) -> tuple[int, ...]:
    """Return which rollups have a bucket of a window within a stretch; as for `sources` else."""
    bounds: Bounds = {}
    for width in widths:
        first = time_of(ns_of(request.start) // (width * 10**9) * width * 10**9)
        last = stop - timedelta(seconds=width) + timedelta(microseconds=1)
        low, high = max(start, first), min(last, request.stop)
        if low < high:
            bounds[width, "first"] = low, high
    if not bounds:
        return ()
    return tuple(width for (width, _), at in _read(request.tag, bounds)[1].items() if at)


def _in_silences(request: Request) -> dict[str, Any]:
    """Return what is bound to ask for the readings beside moments, one in each silence of a window.

    Nothing where silences tell no more than our log, or the chunks of the readings, do.
    """
    has = catalog()
    if has.logged or (has.refreshes and waiting().kept != LAST):
        return {}
    bounds = ns_of(request.start), ns_of(request.stop)
    moments = gaps.moments_in_silences(*bounds, gaps.LEAST_GAP_S)
    if not moments:
        return {}
    return {"start": request.start, "stop": request.stop, "moments": [*map(time_of, moments)]}


def _sought(
    request: Request, edges: Sequence[Edge], moments: Mapping[str, Any] = NO_MOMENTS
) -> tuple[datetime, Found, arrays.Whole | None]:
    """Return the database's now, and where edges lie in a window up to then.

    And the times of the readings beside moments [ns]; None where there are no moments.
    """
    ends: Found = dict.fromkeys(edges)
    now, times = clock.now().value, None
    request = replace(request, stop=min(request.stop, max(now + FUTURE, request.start)))
    for bounds_of in STAGES if catalog().timescaledb else (_everywhere,):
        missing = [edge for edge, at in ends.items() if at is None]
        bounds = bounds_of(request, missing, ends, now)
        if bounds:
            now, more, beside = _read(request.tag, bounds, moments)
            ends |= more
            moments, times = NO_MOMENTS, beside if times is None else times
    return now, ends, times


def first_reading(tag: str, stop: datetime) -> datetime | None:
    """Return the time of the first reading of a tag before a time (aware), None without one.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    edge: Edge = (RAW, "first")
    return _read(tag, {edge: (windows.EPOCH, stop)})[1][edge]


def _near_ends(request: Request, edges: Sequence[Edge], _found: Found, now: datetime) -> Bounds:
    """Return bounds at the ends of a window, or now."""
    end = min(request.stop, now)
    return {edge: _near(request, edge, request.start, end) for edge in edges}


def _coarsest(request: Request, edges: Sequence[Edge], ends: Found, _now: datetime) -> Bounds:
    """Return all of a window for the coarsest source, where no source was found near an end."""
    unknown = [name for name in ENDS if not _known(ends, name)]
    first = [next((each for each in edges if each[1] == name), None) for name in unknown]
    return {edge: (request.start, request.stop) for edge in first if edge}


def _near_coarser(request: Request, edges: Sequence[Edge], ends: Found, _now: datetime) -> Bounds:
    """Return bounds where a coarser source begins or ends: a finer one mostly does there too."""
    times: dict[str, list[datetime]] = {name: _known(ends, name) for name in ENDS}
    places = [(edge, times[edge[1]]) for edge in edges]
    return {edge: _near(request, edge, at[0], at[0]) for edge, at in places if at}


def _everywhere(request: Request, edges: Sequence[Edge], _found: Found, _now: datetime) -> Bounds:
    return dict.fromkeys(edges, (request.start, request.stop))


STAGES = (_near_ends, _coarsest, _near_coarser, _everywhere)


def _known(ends: Found, name: str) -> list[datetime]:
    """Return where sources begin or end, as far as it was found, from coarse to fine."""
    return [at for (_, end), at in ends.items() if at and end == name]


def _near(
    request: Request, edge: Edge, first: datetime, newest: datetime
) -> tuple[datetime, datetime]:
    """Return bounds that reach from a side of a window to some buckets inside of a place."""
    width, name = edge
    span = timedelta(seconds=max(NEAR * width, NEAR_S))
    if name == "first":
        return request.start, min(first + span, request.stop)
    return max(request.start, newest - span), request.stop


def _read(
    tag: str, bounds: Bounds, moments: Mapping[str, Any] = NO_MOMENTS
) -> tuple[datetime, Found, arrays.Whole | None]:
    """Return what `_sought` does, each edge sought between its bounds."""
    values: dict[str, Any] = {"tag": tag, **moments}
    for (width, name), (low, high) in bounds.items():
        values |= {f"low_{name}_{width}": low, f"high_{name}_{width}": high}
    columns = read_columns(edges_statement(tuple(bounds), bool(moments)), values)
    sides = [columns.pop(name) for name in ("earlier", "later")] if moments else []
    times = {name: _aware(each[0].item()) for name, each in columns.items()}
    ends: Found = {(width, name): times[f"{name}_{width}"] for width, name in bounds}
    if "later_0" in times:
        ends[RAW, "later"] = times["later_0"]
    beside = np.unique(np.concatenate([*map(arrays.nanoseconds, sides)])) if moments else None
    return times["now"], ends, beside if beside is None else beside[beside != arrays.NEVER]


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
