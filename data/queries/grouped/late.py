"""Before which time only rollups tell, also where some readings came late into it."""

from datetime import datetime

import numpy as np
import pandas as pd

from data.analysis import arrays, gaps
from data.buckets import RAW
from data.queries.paged import first_readings
from data.queries.plan import Plan, Request, ns_of, time_of


def gone_before(request: Request, plan: Plan, frame: pd.DataFrame | None) -> datetime | None:
    """Return the end of the time that only rollups know, whose readings are gone; None without one.

    Between the first reading and the one that is FEW after it no bucket can hold more: if some do,
    the first ones came late, and those behind the last silence that a bucket tells of did not.

    Parameters
    ----------
    frame : the rows of the request, columns n, bad and seconds; None: nobody looked

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    raw = next((each for each in plan.sources if each.width == RAW), None)
    if frame is None or raw is None or raw.later is None:
        return plan.gone_before
    held = arrays.counts(frame["n"]) + arrays.counts(frame["bad"])
    at, ends = arrays.nanoseconds(frame.index), arrays.ends(frame)
    between = (at > ns_of(raw.first)) & (ends <= ns_of(raw.later))
    if held[between].sum() <= gaps.FEW:
        return plan.gone_before
    readings = first_readings(request, gaps.FEW + 1)
    times = arrays.nanoseconds(pd.DatetimeIndex(readings["ts"]))
    if len(times) <= gaps.FEW:
        times = np.append(times, ns_of(request.stop))
    inside = at[held > 0], ends[held > 0]
    place = np.searchsorted(times, inside[0])  # of the first reading behind each bucket's start
    alone = (place > 0) & (place < len(times))
    alone[alone] &= inside[1][alone] <= times[place[alone]]
    if not alone.any():
        return plan.gone_before
    return time_of(int(times[place[alone].max()]))
