"""What is known of a state, an angle or a counter from its readings alone, where they are few."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from data import buckets
from data.analysis import Checks, Floats, arrays, kinds, quality
from data.buckets import Resolution
from data.db import cached, read_frame
from data.queries.before import before
from data.queries.catalog import catalog, degrading
from data.queries.history import history_seconds, live_key
from data.queries.plan import Request
from data.sql import raw_statement

#: Most readings of a tag and window that are read for this: a third of a second.
MOST_READINGS = 200_000


class OfReadings(NamedTuple):
    """Numbers of a window that its buckets cannot give.

    Parameters
    ----------
    starts : of the buckets, or times of the readings [ns]; none for a state
    first, second : of each of them: circular mean and resultant length of an angle,
        difference and reset (0 or 1) of a counter
    mean, resultant : of an angle over the window
    shares : of time in each value of a state, None for others
    """

    starts: arrays.Whole
    first: Floats
    second: Floats
    mean: float = np.nan
    resultant: float = np.nan
    shares: kinds.Shares | None = None


def last_before(request: Request, checks: Checks) -> pd.DataFrame:
    """Return the last reading before a window, index ts, column value (NaN if left out), or none.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer and no earlier answer is stored.
    """
    rows = before(request.tag, request.start, checks)
    good = _good(rows["value"], rows["qc"], request)
    return pd.DataFrame({"value": good}, rows.index)


def _good(value: pd.Series, qc: pd.Series, request: Request) -> Floats:
    number = arrays.numbers(value)
    inside = (number >= request.low) & (number <= request.high)
    return np.where(inside & (np.abs(number) < quality.LARGEST) & (qc == 0), number, np.nan)


def _key(request: Request, kind: str, *_others: object) -> object:
    return live_key(request, kind)


@cached(history_seconds, live_key=_key)
@degrading
def of_readings(
    request: Request,
    kind: str,
    earlier: tuple[tuple[int, float], ...] = (),
    limits: tuple[tuple[int, float], ...] = (),
    until: int = 0,
) -> OfReadings | None:
    """Return what the readings of a window say of its kind; None where there are too many.

    Parameters
    ----------
    earlier : time [ns] and value of the last reading before the window, NaN if left out; or none
    limits : from when on [ns] a reading holds how long at most [s], in order; of a state
    until : end of the time that is shared out [ns]; of a state

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    values = {"tag": request.tag, "start": request.start, "stop": request.stop}
    frame = read_frame(raw_statement(catalog().flagged, MOST_READINGS + 1), values)
    if len(frame) > MOST_READINGS:
        return None
    at, good = arrays.nanoseconds(frame["ts"]), _good(frame["value"], frame["qc"], request)
    if kind == kinds.STATE:
        return _state(request, at, good, earlier, limits, until)
    starts = at if request.resolution is None else _starts(request, request.resolution)
    place = (np.searchsorted(starts, at, side="right") - 1).clip(min=0)
    count = len(starts)
    if kind == kinds.ANGLE:
        means = kinds.circular_means(good, place, count)
        return OfReadings(starts, *means, *kinds.circular_mean(good))
    counted = kinds.counter_steps(good, earlier[-1][1] if earlier else np.nan)
    there = np.isfinite(good)
    difference = np.bincount(place[there], counted.difference[there], count)
    number = np.bincount(place[there], minlength=count)
    reset = np.bincount(place[there], counted.reset[there].astype(np.float64), count)
    return OfReadings(starts, np.where(number > 0, difference, np.nan), reset.astype(np.float64))


def _starts(request: Request, width: Resolution) -> arrays.Whole:
    edges = buckets.edges(request.start, request.stop, width, request.zone)
    return arrays.nanoseconds(pd.DatetimeIndex(edges))


def _state(
    request: Request,
    at: arrays.Whole,
    good: Floats,
    earlier: tuple[tuple[int, float], ...],
    limits: tuple[tuple[int, float], ...],
    until: int,
) -> OfReadings:
    start = pd.Timestamp(request.start).as_unit("ns").value
    times = np.concatenate([np.array([ns for ns, _ in earlier], dtype=np.int64), at])
    values = np.concatenate([np.array([value for _, value in earlier]), good])
    since = np.array([ns for ns, _ in limits], dtype=np.int64)
    place = (np.searchsorted(since, times, side="right") - 1).clip(min=0)
    reach = np.array([seconds for _, seconds in limits])[place]
    seconds = kinds.held(times, reach, start, until)
    share = kinds.shares(values, seconds, (until - start) / 1e9)
    return OfReadings(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0), shares=share)
