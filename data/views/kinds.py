"""What a view says of a state, an angle or a counter, in place of a mean that would be wrong."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from data import queries
from data.analysis import Expectation, arrays, kinds
from data.db import HistorianUnavailable
from data.queries import Request, Tag


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
    """

    needs_readings: bool = False
    mean: float = np.nan
    resultant: float = np.nan
    shares: kinds.Shares | None = None
    difference: float = np.nan
    resets: int = 0


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
        frame["avg"], frame["resultant"] = _at(frame, known)
        return frame, OfKind(mean=known.mean, resultant=known.resultant), failure
    if tag.kind == kinds.STATE:
        if known is None:
            return frame, OfKind(needs_readings=failure is None), failure
        return frame, OfKind(shares=known.shares), failure
    return _counter(tag, request, frame, known, failure)


def _readings(
    tag: Tag, due: Expectation, request: Request, frame: pd.DataFrame, stop: datetime
) -> queries.OfReadings | None:
    """Return what the readings of a window say, None where they are too many."""
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
        until = pd.Timestamp(stop).as_unit("ns").value
    return queries.of_readings.answer(request, tag.kind, earlier, limits, until).value


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
    if known is not None:
        difference, reset = _at(frame, known)
    else:
        before = np.nan
        if failure is None:
            rows = queries.readings_before(request, tag.checks).dropna()
            before = float(rows["value"].iloc[-1]) if len(rows) else np.nan
        counted = kinds.counter_differences(frame, before)
        difference, reset = counted.difference, counted.reset.astype(float)
    good = frame["n"].to_numpy() > 0
    unknown = bool(np.isnan(difference[good]).any())
    total = np.nan if unknown or not good.any() else float(difference[good].sum())
    frame = frame.assign(difference=difference, reset=np.where(good, reset > 0, False))
    resets = int(np.nansum(reset[good] > 0))
    return frame, OfKind(unknown and failure is None, difference=total, resets=resets), failure
