"""What a view says of a state, an angle or a counter, in place of a mean that would be wrong."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd

from data import queries
from data.analysis import Expectation, arrays, kinds
from data.db import HistorianUnavailable
from data.queries import Request, Tag

#: What of a bucket tells how far a counter went on.
COUNTED = ["first", "last", "min", "max", "marked"]
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
        counted = _readings(tag, due, request, frame, stop)
    except HistorianUnavailable as error:
        counted, failure = None, error
    ends = _ends_of(request, frame, counted)
    if tag.kind == kinds.ANGLE:
        frame, lacking = angle(request, frame, counted, ends)
        if counted is None:
            return frame, OfKind(needs_readings=failure is None), failure
        if lacking.any():
            return frame, OfKind(gone=True), failure
        return frame, OfKind(mean=counted.mean, resultant=counted.resultant), failure
    if tag.kind == kinds.STATE:
        if counted is None:
            return frame, OfKind(needs_readings=failure is None), failure
        return frame, OfKind(shares=counted.shares), failure
    frame, unknown = Counter(tag, request, counted, ends, is_lost=failure is not None).told(frame)
    good = frame["n"].to_numpy() > 0
    total = np.nan if unknown or not good.any() else float(frame["difference"][good].sum())
    resets = int(frame["reset"].sum())
    unknown = unknown and failure is None
    gone = unknown and counted is not None
    told = OfKind(unknown and not gone, difference=total, resets=resets, gone=gone)
    return frame, told, failure


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
        earlier = last_before(tag, request)
    if tag.kind == kinds.STATE:
        limits = due.all_limits(tag.checks)
        begin = pd.Timestamp(request.start).as_unit("ns").value
        _, until = request.alike(begin, pd.Timestamp(stop).as_unit("ns").value)
    counted = queries.of_readings.answer(request, tag.kind, earlier, limits, until).value
    if counted is None or tag.kind != kinds.STATE:
        return counted
    ends = _ends_of(request, frame, counted)
    gone = _stretches(counted, frame, _lacking(request, frame, counted, ends), until)
    if not gone:
        return counted
    return queries.of_readings.answer(request, tag.kind, earlier, limits, until, gone).value


def last_before(tag: Tag, request: Request) -> tuple[tuple[int, float], ...]:
    """Return time [ns] and value of the last reading before a window that decides; or none."""
    rows = queries.readings_before(request, tag.checks)
    rows = rows.dropna() if tag.kind == kinds.COUNTER else rows
    at = arrays.nanoseconds(rows.index[-1:])
    return tuple(zip(at.tolist(), rows["value"].tolist()[-1:], strict=True))


class Ends(NamedTuple):
    """Where a window may still fill: from `fills` on, and the row at `last` [ns]."""

    fills: int
    last: int


def _ends_of(request: Request, frame: pd.DataFrame, counted: queries.OfReadings | None) -> Ends:
    """Return the ends of a window that a frame shows whole."""
    at = arrays.nanoseconds(frame.index[-1:])
    return ends_of(request, counted, int(at[0]) if len(at) else arrays.NEVER)


def ends_of(request: Request, counted: queries.OfReadings | None, last: int) -> Ends:
    """Return the ends of a window: of a live one the newest reading's bucket on fills."""
    stop = pd.Timestamp(request.stop).as_unit("ns").value
    if counted is None or not request.live:
        return Ends(stop, last)
    held = np.flatnonzero(counted.counts)
    return Ends(int(counted.starts[held[-1]]) if len(held) else stop, last)


def _lacking(
    request: Request, frame: pd.DataFrame, counted: queries.OfReadings, ends: Ends
) -> arrays.Mask:
    """Return which rows count more readings than there are: theirs are gone, but for the rollups.

    Not the last row, and of a live window none from the newest reading on: these fill, and may have
    been read later than the readings.
    """
    if request.resolution is None:
        return np.zeros(len(frame), dtype=bool)
    at = arrays.nanoseconds(frame.index)
    counts = np.nan_to_num(arrays.numbers(frame["n"]) + arrays.numbers(frame["bad"]))
    there = np.zeros(len(frame), np.int64)
    if len(counted.starts):
        place = np.searchsorted(counted.starts, at).clip(max=len(counted.starts) - 1)
        there = np.where(counted.starts[place] == at, counted.counts[place], 0)
    return np.asarray((counts > there) & (at < ends.fills) & (at < ends.last))


def angle(
    request: Request, frame: pd.DataFrame, counted: queries.OfReadings | None, ends: Ends
) -> tuple[pd.DataFrame, arrays.Mask]:
    """Return rows of an angle with its circular means, and which have none as readings are gone."""
    frame = frame.assign(resultant=np.nan)
    if counted is None:
        return frame, np.ones(len(frame), dtype=bool)
    lacking = _lacking(request, frame, counted, ends)
    numbers = _at(frame, counted)
    frame["avg"], frame["resultant"] = (np.where(lacking, np.nan, each) for each in numbers)
    return frame, lacking


def _stretches(
    counted: queries.OfReadings, frame: pd.DataFrame, lacking: arrays.Mask, until: int
) -> tuple[tuple[int, int], ...]:
    """Return the buckets of these rows as stretches, those that follow one another as one [ns]."""
    is_gone = np.isin(counted.starts, arrays.nanoseconds(frame.index[lacking]))
    edges = np.append(counted.starts, until)
    change = np.flatnonzero(np.diff(is_gone, prepend=False, append=False))
    bounds = edges[change].tolist()
    return tuple(zip(bounds[::2], bounds[1::2], strict=True))


def _at(frame: pd.DataFrame, counted: queries.OfReadings) -> tuple[arrays.Floats, arrays.Floats]:
    """Return the numbers of the readings at the rows of a frame, NaN at a row of none."""
    at = arrays.nanoseconds(frame.index)
    place = np.searchsorted(counted.starts, at).clip(max=max(len(counted.starts) - 1, 0))
    none = np.full(len(frame), np.nan)
    if not len(counted.starts):
        return none, none
    fits = counted.starts[place] == at  # an old answer stands in for readings in an outage
    first, second = (
        np.where(fits, each[place], np.nan) for each in (counted.first, counted.second)
    )
    return first, second


class Counter:
    """Says how far a counter went on in each bucket of a window, part by part.

    From the readings where they are at hand, else from the buckets, each of which goes on from the
    one before: over the edge of a part too.

    Parameters
    ----------
    known : what the readings say, None where they are too many or not to be had
    ends : of the window
    is_lost : nothing is asked of the historian
    """

    def __init__(
        self,
        tag: Tag,
        request: Request,
        counted: queries.OfReadings | None,
        ends: Ends,
        is_lost: bool = False,
    ) -> None:
        self._tag, self._request, self._known, self._ends = tag, request, counted, ends
        self._before: float | None = np.nan if is_lost else None
        self._lacked, self._last = False, pd.DataFrame()

    def told(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
        """Return the rows that follow with `difference` and `reset`; and is one not known?"""
        lacking = np.ones(len(frame), dtype=bool)
        good = frame["n"].to_numpy() > 0
        difference, reset = np.zeros(len(frame)), np.zeros(len(frame))
        if self._known is not None:
            alone = _lacking(self._request, frame, self._known, self._ends)
            lacking = alone | _after(good, alone, self._lacked)
            self._lacked = bool(alone[good][-1]) if good.any() else self._lacked
            difference, reset = _at(frame, self._known)
        if lacking.any():
            counted = self._of_buckets(frame)
            difference = np.where(lacking, counted.difference, difference)
            reset = np.where(lacking, counted.reset, reset)
        self._keep(frame)
        unknown = bool(np.isnan(difference[good]).any())
        frame = frame.assign(difference=difference, reset=np.where(good, reset > 0, False))
        return frame, unknown

    def _of_buckets(self, frame: pd.DataFrame) -> kinds.Counted:
        if self._before is None:
            self._before = _before(self._tag, self._request)
        rows = pd.concat([self._last, frame[COUNTED]]) if len(self._last) else frame
        counted = kinds.counter_differences(rows, self._before)
        new = slice(len(self._last), None)
        return kinds.Counted(counted.difference[new], counted.reset[new])

    def _keep(self, frame: pd.DataFrame) -> None:
        """Keep what the next part goes on from: the last value, and whether bad ones follow it."""
        rows = pd.concat([self._last, frame[COUNTED]]) if len(self._last) else frame[COUNTED]
        there = rows["last"].notna().to_numpy()
        newest = np.flatnonzero(there)[-1:]
        marked = np.flatnonzero(there | rows["marked"].to_numpy(bool))[-1:]
        self._last = rows.iloc[np.unique(np.concatenate([newest, marked]))]


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


def _after(good: arrays.Mask, lacking: arrays.Mask, lacked: bool) -> arrays.Mask:
    """Return the first row with a number after each run of these rows.

    It goes on from the last number of a row whose readings are gone; `lacked`: so does the first.
    """
    rows = np.concatenate([[float(lacked)], np.where(good, lacking, np.nan)])
    return np.asarray(pd.Series(rows).ffill().to_numpy()[:-1] == 1) & good
