"""What only readings tell of the kind of a tag: means of angles, steps of counters, shares."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from data import buckets
from data.analysis import Checks, Floats, arrays, kinds
from data.buckets import Resolution
from data.db import cached, read_packed
from data.queries.deciding import before
from data.queries.history import good_values, history_seconds, live_key
from data.queries.plan import Request, ns_of
from data.queries.readings import MOST_READINGS
from data.queries.relations import catalog, degrading
from data.sql import raw_statement

#: Starts and ends [ns], in order.
Stretches = tuple[tuple[int, int], ...]


class OfReadings(NamedTuple):
    """Numbers of a window that its buckets cannot give.

    Parameters
    ----------
    starts : of the buckets, or times of the readings [ns]
    counts : how many readings each of them holds
    first, second : of each of them: circular mean and resultant length of an angle,
        difference and reset (0 or 1) of a counter; none for a state
    mean, resultant : of an angle over the window
    shares : of time in each value of a state, None for others
    """

    starts: arrays.Whole
    counts: arrays.Whole
    first: Floats
    second: Floats
    mean: float = np.nan
    resultant: float = np.nan
    shares: kinds.Shares | None = None


def readings_before(request: Request, checks: Checks) -> pd.DataFrame:
    """Return the readings before a window that decide; column value, NaN where left out.

    Index ts (UTC), sorted; the last row is the newest of them.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer and no earlier answer is stored.
    """
    rows = before(request.tag, request.start, checks)
    good = good_values(arrays.numbers(rows["value"]), rows["qc"].to_numpy(), request)
    return pd.DataFrame({"value": good}, rows.index)


@cached(history_seconds, live_key=lambda request, kind, *_others: live_key(request, kind))
@degrading
def of_readings(
    request: Request,
    kind: str,
    earlier: tuple[tuple[int, float], ...] = (),
    limits: tuple[tuple[int, float], ...] = (),
    until: int = 0,
    gone: Stretches = (),
) -> OfReadings | None:
    """Return what the readings of a window say of its kind; None where there are too many.

    Parameters
    ----------
    earlier : time [ns] and value of the last reading before the window, NaN if left out; or none
    limits : from when on [ns] a reading holds how long at most [s], in order; of a state
    until : end of the time that is shared out [ns]; of a state
    gone : stretches of which readings are gone, in order [ns]; of a state

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    good_readings = _readings(request)
    if good_readings is None:
        return None
    at, good = good_readings
    starts = at if request.resolution is None else _starts(request, request.resolution)
    if kind == kinds.STATE:
        told = _shares(request, at, good, earlier, limits, until, gone)
        none = np.zeros(0)
        return OfReadings(starts, _counts(starts, at)[1], none, none, shares=told)
    return _grouped(kind, starts, at, good, earlier)


def read_of_readings(
    request: Request, kind: str, earlier: tuple[tuple[int, float], ...]
) -> OfReadings | None:
    """Return what `of_readings` does of an angle or a counter, past the cache.

    Only of the buckets that hold readings, however many others the window has.
    """
    good_readings = _readings(request)
    if good_readings is None or request.resolution is None:
        return None
    at, good = good_readings
    starts = np.unique(_floors(at, request, request.resolution))
    return _grouped(kind, starts, at, good, earlier)


def _readings(request: Request) -> tuple[arrays.Whole, Floats] | None:
    """Return time [ns] and value of the readings of a window, NaN if left out; None: too many."""
    values = {"tag": request.tag, "start": request.start, "stop": request.stop}
    frame = read_packed(raw_statement(catalog().flagged, MOST_READINGS + 1), values)
    if len(frame) > MOST_READINGS:
        return None
    frame = arrays.as_files_have(frame)
    value, qc = arrays.numbers(frame["value"]), frame["qc"].to_numpy()
    return arrays.nanoseconds(frame["ts"]), good_values(value, qc, request)


def _counts(starts: arrays.Whole, at: arrays.Whole) -> tuple[arrays.Whole, arrays.Whole]:
    """Return the place of each reading among starts of buckets, and how many each holds."""
    place = (np.searchsorted(starts, at, side="right") - 1).clip(min=0)
    return place, np.bincount(place, minlength=len(starts))


def _grouped(
    kind: str,
    starts: arrays.Whole,
    at: arrays.Whole,
    good: Floats,
    earlier: tuple[tuple[int, float], ...],
) -> OfReadings:
    place, counts = _counts(starts, at)
    count = len(starts)
    if kind == kinds.ANGLE:
        means = kinds.circular_means(good, place, count)
        return OfReadings(starts, counts, *means, *kinds.circular_mean(good))
    counted = kinds.counter_steps(good, earlier[-1][1] if earlier else np.nan)
    there = np.isfinite(good)
    moved = np.bincount(place[there], counted.difference[there], count)
    number = np.bincount(place[there], minlength=count)
    reset = np.bincount(place[there], counted.reset[there].astype(np.float64), count)
    difference = np.where(number > 0, moved.astype(np.float64), np.nan)
    return OfReadings(starts, counts, difference, reset.astype(np.float64))


def _floors(at: arrays.Whole, request: Request, width: Resolution) -> arrays.Whole:
    """Return the start of the bucket that holds each time [ns], sorted."""
    floors, first, step = at.copy(), 0, width.seconds * 10**9
    for piece in buckets.pieces(request.start, request.stop, width, request.zone):
        last = int(np.searchsorted(at, ns_of(piece.until)))
        mine = at[first:last]
        if piece.held is not None:
            floors[first:last] = ns_of(piece.held)
        elif piece.origin is not None:
            origin = ns_of(piece.origin)
            floors[first:last] = origin + (mine - origin) // step * step
        first = max(first, last)
    return floors


def _starts(request: Request, width: Resolution) -> arrays.Whole:
    edges = buckets.edges(request.start, request.stop, width, request.zone)
    return arrays.nanoseconds(pd.DatetimeIndex(edges))


def _shares(
    request: Request,
    at: arrays.Whole,
    good: Floats,
    earlier: tuple[tuple[int, float], ...],
    limits: tuple[tuple[int, float], ...],
    until: int,
    gone: Stretches,
) -> kinds.Shares:
    start = pd.Timestamp(request.start).as_unit("ns").value
    times = np.concatenate([np.array([ns for ns, _ in earlier], dtype=np.int64), at])
    values = np.concatenate([np.array([value for _, value in earlier]), good])
    reach = arrays.stepped(limits, times)
    seconds, unknown = kinds.held_outside(times, reach, start, until, gone)
    return kinds.shares(values, seconds, (until - start) / 1e9, unknown)
