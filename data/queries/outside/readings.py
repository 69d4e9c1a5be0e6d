"""The excursions of a tag from its readings, where these are few enough to be read."""

import numpy as np
import pandas as pd

from data.analysis import Checks, arrays, excursions, quality
from data.db import cached, read_frame
from data.queries.history import history_seconds, live_key
from data.queries.plan import Request
from data.queries.readings import MOST_READINGS
from data.queries.relations import catalog, degrading
from data.sql import raw_statement

#: Time [ns] and value of readings, NaN where they are BAD.
Earlier = tuple[tuple[int, float], ...]
#: From when on [ns] which spacing is the longest that is no gap [s], in order.
Limits = tuple[tuple[int, float], ...]


@cached(history_seconds, live_key=lambda request, *_others: live_key(request))
@degrading
def excursions_of_readings(
    request: Request, checks: Checks, window: excursions.Stretch, earlier: Earlier, limits: Limits
) -> pd.DataFrame | None:
    """Return the excursions of a window, see `excursions.of_readings`; None: too many readings.

    Parameters
    ----------
    request : for the readings of the window
    earlier : the readings before it that decide
    limits : how long a reading stands at most

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    values = {"tag": request.tag, "start": request.start, "stop": request.stop}
    frame = read_frame(raw_statement(catalog().flagged, MOST_READINGS + 1), values)
    if len(frame) > MOST_READINGS:
        return None
    value = trusted(arrays.numbers(frame["value"]), arrays.flagged(frame), checks)
    at = [ns for ns, _ in earlier if ns < window.start]
    numbers = [number for _, number in earlier][: len(at)]
    index = pd.DatetimeIndex(np.append(np.array(at, np.int64), arrays.nanoseconds(frame["ts"])))
    rows = pd.DataFrame({"value": np.append(numbers, value)}, index.tz_localize("UTC"))
    return excursions.of_readings(rows, checks, window, longest(limits))


def trusted(value: arrays.Floats, flags: arrays.Mask, checks: Checks) -> arrays.Floats:
    """Return the values of readings, NaN where they are BAD."""
    reasons = quality.range_reasons(value, flags, checks)
    return np.where(reasons & quality.BAD_REASONS, np.nan, value)


def longest(limits: Limits) -> "excursions.Longest":
    """Return what says for how long a reading stands at most [s], by its time [ns]."""
    since, seconds = (np.array(each) for each in zip(*limits, strict=True))
    if len(seconds) == 1:
        return float(seconds[0])

    def of_times(at: arrays.Whole) -> arrays.Floats:
        return np.asarray(seconds[np.searchsorted(since[1:], at, side="right")], np.float64)

    return of_times
