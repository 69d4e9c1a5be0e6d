"""Rows of buckets as one statement gives them, from pieces of rollups and of readings."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from data import buckets, windows
from data.analysis import arrays
from data.buckets import Resolution
from data.db import copy_out, read_columns
from data.queries.plan import Request, Segment, Spans, ns_of, time_of
from data.queries.relations import catalog
from data.sql import cuts_of, history_statement

#: Columns of which a bucket that comes twice has the sum.
ADDED = ("n", "bad", "marked")
#: Most readings that are read again to mend stored buckets; more take longer than a page waits.
REREAD = 200_000
_history = copy_out.preparing(history_statement, most=256)
#: Stretches of time of one source, sorted.
Stretches = Sequence[tuple[datetime, datetime]]
#: Columns of a history by name: arrays, `bucket` as an index of times.
Columns = dict[str, Any]


def framed(columns: Columns) -> pd.DataFrame:
    """Return columns as a frame, index bucket."""
    others = {name: each for name, each in columns.items() if name != "bucket"}
    return copy_out.table(others, columns["bucket"])


def lengths(starts: pd.DatetimeIndex, request: Request) -> Any:
    """Return the width of the bucket at each start [s], 0 for readings; one for all, or each."""
    width = request.resolution
    if width is None or not width.local:
        return float(width.seconds if width else 0)
    pieces = buckets.pieces(request.start, request.stop, width, request.zone)
    if len(pieces) == 1 and pieces[0].origin:  # no clock changes
        return float(width.seconds)
    every = buckets.edges(request.start, request.stop, width, request.zone)
    edges = arrays.nanoseconds(pd.DatetimeIndex(every))
    place = np.searchsorted(edges, arrays.nanoseconds(starts), side="right")
    return (edges[place.clip(max=len(edges) - 1)] - arrays.nanoseconds(starts)) / 1e9


def in_zone(times: pd.Index, zone: str) -> pd.DatetimeIndex:
    """Return aware times as those of a zone (an IANA name)."""
    return pd.DatetimeIndex(times).tz_convert(windows.site_zone(zone))


def values_of(request: Request) -> dict[str, Any]:
    """Return what every statement about a request binds."""
    names = ("tag", "start", "stop", "low", "high")
    return {name: getattr(request, name) for name in names}


def of_segments(
    request: Request,
    width: Resolution,
    segments: Sequence[Segment],
    *,
    bulk: bool,
    mended: bool | None,
) -> Columns:
    """Return the rows of a request, answered by segments that make up its window.

    Parameters
    ----------
    bulk : the first of them is of a rollup and ends where a bucket does
    mended : whether stored buckets with bad values are summed up again from their readings; None:
        where these are no more than REREAD

    Returns
    -------
    Columns of `history_statement`, remade (False) and seconds; `bucket` is UTC. What becomes of
    them is seldom one frame, and to take a frame apart costs more than to read it
    """
    sources = tuple(segment.width for segment in segments)
    stretches = [[(segment.start, segment.stop)] for segment in segments]
    return _rows(request, width, sources, stretches, mended, whole=bulk)


def of_stretches(request: Request, width: Resolution, pieces: Spans) -> pd.DataFrame:
    """Return what `of_segments` does as a frame, of stretches that each source answers."""
    return framed(_rows(request, width, tuple(pieces), [*pieces.values()], None, many=True))


def _rows(
    request: Request,
    width: Resolution,
    sources: tuple[int, ...],
    stretches: Sequence[Stretches],
    mended: bool | None,
    *,
    whole: bool = False,
    many: bool = False,
) -> Columns:
    """Return the rows of a statement; those that are marked are read again, and no others."""
    columns = _read(request, width, sources, stretches, many=many, whole=whole)
    marked = columns["marked"].sum()
    if marked > 0 and (marked <= REREAD if mended is None else mended):
        spans = _spans(columns["bucket"][columns["marked"] > 0], request)
        parts = [_inside(each, spans) for each in stretches]
        of_parts = [(source, part) for source, part in zip(sources, parts, strict=True) if part]
        mine, inside = zip(*of_parts, strict=True)
        again = _read(request, width, mine, inside, many=True, repaired=True)
        places = np.searchsorted(columns["bucket"], again["bucket"])
        for name, column in columns.items():
            column[places] = again[name]
    starts = copy_out.utc(columns["bucket"]).rename("bucket")
    columns |= {"marked": columns["marked"] > 0, "remade": np.zeros(len(starts), bool)}
    return columns | {"bucket": starts, "seconds": np.full(len(starts), lengths(starts, request))}


def _read(
    request: Request,
    width: Resolution,
    sources: tuple[int, ...],
    stretches: Sequence[Stretches],
    *,
    many: bool,
    **how: bool,
) -> Columns:
    """Return the columns of `history_statement`, a row a bucket.

    Parameters
    ----------
    stretches : of each source; one of each, unless there are `many`
    """
    has, cuts, bounds = catalog(), "", dict[str, Any]()
    for place, each in enumerate(stretches):
        starts, stops = map(list, zip(*each, strict=True))
        bounds |= {f"start_{place}": min(starts), f"stop_{place}": max(stops)}
        bounds |= {f"starts_{place}": starts, f"stops_{place}": stops} if many else {}
    if width.local:
        cuts, edges = cuts_of(buckets.pieces(request.start, request.stop, width, request.zone))
        bounds |= edges
    statement = _history(sources, width, cuts, has.flagged, left=has.left, many=many, **how)
    columns = read_columns(statement, {**values_of(request), **bounds})
    return _merged(columns, request.low, request.high)


def _spans(at: Any, request: Request) -> arrays.Stretches:
    """Return the stretches [ns] of buckets that begin at these times, sorted."""
    starts = copy_out.utc(at)
    first = arrays.nanoseconds(starts)
    last = arrays.after(first, np.full(len(starts), lengths(starts, request)))
    return arrays.joined(zip(first.tolist(), last.tolist(), strict=True))


def _inside(stretches: Stretches, spans: arrays.Stretches) -> Stretches:
    """Return what of stretches lies in spans [ns]."""
    each = ((ns_of(start), ns_of(stop)) for start, stop in stretches)
    return [
        (time_of(max(start, first)), time_of(min(stop, last)))
        for start, stop in each
        for first, last in spans
        if start < last and first < stop
    ]


def _merged(every: Columns, low: float, high: float) -> Columns:
    """Return rows of buckets with those joined that come twice: with readings, and left out.

    Parameters
    ----------
    every : columns of `history_statement`, sorted by `bucket`, which comes twice at most
    low, high : outside them lies the extreme that `bad_value` is to tell [tag unit]
    """
    at = every["bucket"]
    twice = np.append(False, at[1:] == at[:-1])[: len(at)]
    if not twice.any():
        return every
    places = np.flatnonzero(twice)
    rows = places - 1 - np.arange(len(places))  # a row has gone for each twin before it
    columns: Columns = {}
    for name, values in every.items():
        one, other, column = values[places - 1], values[places], values[~twice]
        if name in ADDED:
            column[rows] = one + other
        elif name == "bad_value":
            column[rows] = _extreme_of(one, other, low, high)
        elif name != "bucket":
            column[rows] = np.where(np.isnan(one), other, one)
        columns[name] = column
    return columns


def _extreme_of(one: arrays.Floats, other: arrays.Floats, low: float, high: float) -> arrays.Floats:
    """Return of two values what lies outside the span, first above; inside it the greater."""
    least, most = np.fmin(one, other), np.fmax(one, other)
    return np.where(most > high, most, np.where(least < low, least, most))
