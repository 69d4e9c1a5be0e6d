"""What a view says of a state, an angle or a counter, in place of a mean that would be wrong."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from data import queries
from data.analysis import Expectation, arrays, kinds
from data.db import HistorianUnavailable
from data.queries import Request, Tag

#: How many buckets before a window are asked for its last value where the readings are gone.
BUCKETS_BEFORE = 60


@dataclass(frozen=True, slots=True)
class OfKind:
    """What a window says of a tag that has no mean.

    Parameters
    ----------
    needs_readings : there are more than are read: a shorter window is needed
    mean, resultant : of an angle [°], 0…1; NaN where it has none
    shares : of time in each value of a state
    difference : how far a counter went on, NaN where that is not known [tag unit]
    resets : rows in which it began again
    gone : the readings that this needs are gone, and what the rollups hold does not tell it
    """

    needs_readings: bool = False
    mean: float = np.nan
    resultant: float = np.nan
    shares: kinds.Shares | None = None
    difference: float = np.nan
    resets: int = 0
    gone: bool = False


def of_kind(
    tag: Tag, due: Expectation, request: Request, frame: pd.DataFrame, stop: datetime
) -> tuple[pd.DataFrame, OfKind | None, HistorianUnavailable | None]:
    """Return a history without a wrong mean, what the window says instead, and why not.

    `avg` is that of a value, the circular mean of an angle (`resultant` beside it), and empty of
    the others; a counter has `difference` and `reset`.

    Parameters
    ----------
    due : says how long a state holds
    stop : end of the whole buckets of the window, aware, not past the time of the answer
    """
    if tag.kind == kinds.VALUE:
        return frame, None, None
    frame = frame.assign(avg=np.nan)
    failure = None
    try:
        known = _readings(tag, due, request, frame, stop)
    except HistorianUnavailable as error:
        known, failure = None, error
    if tag.kind == kinds.ANGLE:
        frame = frame.assign(resultant=np.nan)
        if known is None:
            return frame, OfKind(needs_readings=failure is None), failure
        lacking = _lacking(request, frame, known)
        numbers = _at(frame, known)
        frame["avg"], frame["resultant"] = (np.where(lacking, np.nan, each) for each in numbers)
        if lacking.any():
            return frame, OfKind(gone=True), failure
        return frame, OfKind(mean=known.mean, resultant=known.resultant), failure
    if tag.kind == kinds.STATE:
        if known is None:
            return frame, OfKind(needs_readings=failure is None), failure
        return frame, OfKind(shares=known.shares), failure
    return _counter(tag, request, frame, known, failure)


def _readings(
    tag: Tag, due: Expectation, request: Request, frame: pd.DataFrame, stop: datetime
) -> queries.OfReadings | None:
    """Return what the readings of a window say, None where they are too many.

    Of a state nothing is told of the time whose readings are gone.
    """
    if frame["n"].sum() + frame["bad"].sum() > queries.MOST_READINGS:
        return None
    earlier: tuple[tuple[int, float], ...] = ()
    limits: tuple[tuple[int, float], ...] = ()
    until = 0
    if tag.kind != kinds.ANGLE:
        rows = queries.readings_before(request, tag.checks)
        rows = rows.dropna() if tag.kind == kinds.COUNTER else rows
        at = arrays.nanoseconds(rows.index[-1:])
        earlier = tuple(zip(at.tolist(), rows["value"].tolist()[-1:], strict=True))
    if tag.kind == kinds.STATE:
        limits = due.all_limits(tag.checks)
        begin = pd.Timestamp(request.start).as_unit("ns").value
        _, until = request.alike(begin, pd.Timestamp(stop).as_unit("ns").value)
    known = queries.of_readings.answer(request, tag.kind, earlier, limits, until).value
    if known is None or tag.kind != kinds.STATE:
        return known
    gone = _stretches(known, frame, _lacking(request, frame, known), until)
    if not gone:
        return known
    return queries.of_readings.answer(request, tag.kind, earlier, limits, until, gone).value


def _lacking(request: Request, frame: pd.DataFrame, known: queries.OfReadings) -> arrays.Mask:
    """Return which rows count more readings than there are: theirs are gone, but for the rollups.

    Not the last row, and of a live window none from the newest reading on: these fill, and may have
    been read later than the readings.
    """
    if request.resolution is None or not len(known.starts):
        return np.zeros(len(frame), dtype=bool)
    at = arrays.nanoseconds(frame.index)
    place = np.searchsorted(known.starts, at).clip(max=len(known.starts) - 1)
    there = np.where(known.starts[place] == at, known.counts[place], 0)
    counts = np.nan_to_num(arrays.numbers(frame["n"]) + arrays.numbers(frame["bad"]))
    there_at = np.flatnonzero(known.counts)
    fills = there_at[-1] if request.live and len(there_at) else len(known.starts) - 1
    return np.asarray((counts > there) & (place < fills) & (np.arange(len(frame)) < len(frame) - 1))


def _stretches(
    known: queries.OfReadings, frame: pd.DataFrame, lacking: arrays.Mask, until: int
) -> tuple[tuple[int, int], ...]:
    """Return the buckets of these rows as stretches, those that follow one another as one [ns]."""
    is_gone = np.isin(known.starts, arrays.nanoseconds(frame.index[lacking]))
    edges = np.append(known.starts, until)
    change = np.flatnonzero(np.diff(is_gone, prepend=False, append=False))
    bounds = edges[change].tolist()
    return tuple(zip(bounds[::2], bounds[1::2], strict=True))


def _at(frame: pd.DataFrame, known: queries.OfReadings) -> tuple[arrays.Floats, arrays.Floats]:
    """Return the numbers of the readings at the rows of a frame, NaN at a row of none."""
    at = arrays.nanoseconds(frame.index)
    place = np.searchsorted(known.starts, at).clip(max=max(len(known.starts) - 1, 0))
    none = np.full(len(frame), np.nan)
    if not len(known.starts):
        return none, none
    fits = known.starts[place] == at  # an old answer stands in for readings in an outage
    first, second = (np.where(fits, each[place], np.nan) for each in (known.first, known.second))
    return first, second


def _counter(
    tag: Tag,
    request: Request,
    frame: pd.DataFrame,
    known: queries.OfReadings | None,
    failure: HistorianUnavailable | None,
) -> tuple[pd.DataFrame, OfKind, HistorianUnavailable | None]:
    """Return what `of_kind` does, from readings where they are at hand, else from buckets."""
    lacking = np.ones(len(frame), dtype=bool)
    if known is not None:
        lacking = _lacking(request, frame, known)
        lacking |= _after(frame, lacking)
    difference, reset = np.zeros(len(frame)), np.zeros(len(frame))
    if known is not None:
        difference, reset = _at(frame, known)
    if lacking.any():
        before = np.nan if failure else _before(tag, request)
        counted = kinds.counter_differences(frame, before)
        difference = np.where(lacking, counted.difference, difference)
        reset = np.where(lacking, counted.reset, reset)
    good = frame["n"].to_numpy() > 0
    unknown = bool(np.isnan(difference[good]).any())
    total = np.nan if unknown or not good.any() else float(difference[good].sum())
    frame = frame.assign(difference=difference, reset=np.where(good, reset > 0, False))
    resets = int(np.nansum(reset[good] > 0))
    unknown = unknown and failure is None
    gone = unknown and known is not None
    told = OfKind(unknown and not gone, difference=total, resets=resets, gone=gone)
    return frame, told, failure


def _before(tag: Tag, request: Request) -> float:
    """Return the last good value of a counter before a window, NaN without one [tag unit].

    Where the readings before it are gone, that of the last buckets before it.
    """
    rows = queries.readings_before(request, tag.checks)["value"].dropna()
    if not len(rows) and request.resolution is not None:
        start = request.start - BUCKETS_BEFORE * timedelta(seconds=request.resolution.seconds)
        stretch = (start, request.start)
        width, zone = request.resolution, request.zone
        earlier = queries.request(tag.name, width, *stretch, zone, tag.checks)
        rows = queries.history.answer(earlier).value["last"].dropna()
    return float(rows.iloc[-1]) if len(rows) else np.nan


def _after(frame: pd.DataFrame, lacking: arrays.Mask) -> arrays.Mask:
    """Return the first row with a number after each run of these rows.

    It goes on from the last number of a row whose readings are gone.
    """
    follows = pd.Series(np.where(frame["n"].to_numpy() > 0, lacking, np.nan)).ffill().shift() == 1
    return np.asarray(follows) & (frame["n"].to_numpy() > 0)
