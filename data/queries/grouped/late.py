"""Before which time only rollups tell, also where some readings came late into it."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from data.analysis import UNCHECKED, arrays, gaps
from data.buckets import RAW
from data.db import cached, clock
from data.queries.grouped import reach
from data.queries.paged import first_readings
from data.queries.plan import HISTORY_S, Plan, Request, Source, ns_of, time_of
from data.queries.relations import catalog, degrading
from data.sql import FUTURE
from data.windows import EPOCH


def gone_before(request: Request, plan: Plan, frame: pd.DataFrame | None) -> datetime | None:
    """Return the end of the time that only rollups know, whose readings are gone; None without one.

    Between the first reading and the one that is FEW after it no bucket can hold more: if some do,
    the first ones came late, and those behind the last silence that a bucket tells of did not.
    However many came late, a silence follows that is longer than all of the window before it.

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
    some = held > 0
    inside = arrays.nanoseconds(frame.index)[some], arrays.ends(frame)[some]
    ends = plan.gone_before, _of_first(request, raw, inside, held[some])
    return max(filter(None, (*ends, _of_silences(request, raw, inside, held[some]))), default=None)


#: Starts and ends of rows that have readings, sorted [ns].
_Rows = tuple[arrays.Whole, arrays.Whole]


def _of_first(request: Request, raw: Source, rows: _Rows, held: arrays.Floats) -> datetime | None:
    """Return the end of what is gone between the first readings; None where nothing is."""
    at, ends = rows
    between = (at > ns_of(raw.first)) & (ends <= ns_of(raw.later or raw.first))
    if held[between].sum() <= gaps.FEW:
        return None
    readings = first_readings(request, gaps.FEW + 1)
    times = arrays.nanoseconds(pd.DatetimeIndex(readings["ts"]))
    if len(times) <= gaps.FEW:
        times = np.append(times, ns_of(request.stop))
    place = np.searchsorted(times, at)  # of the first reading behind each bucket's start
    alone = (place > 0) & (place < len(times))
    alone[alone] &= ends[alone] <= times[place[alone]]
    return time_of(int(times[place[alone].max()])) if alone.any() else None


def _of_silences(
    request: Request, raw: Source, rows: _Rows, held: arrays.Floats
) -> datetime | None:
    """Return the end of the last silence that buckets tell of, longer than all before it.

    None where chunks of the readings tell, and where these go on from before the window: then
    somebody deleted what follows.
    """
    (at, ends), start, stop = rows, ns_of(request.start), ns_of(request.stop)
    times = raw.beside
    if not len(at) or times is None:
        return None
    spacing = float(np.median((ends - at) / held)) / 1e9
    longest = float(gaps.limit(UNCHECKED, spacing))
    moments = gaps.moments_in_silences(start, stop, gaps.LEAST_GAP_S)
    silences = [
        each
        for each in gaps.silences(times, times, start, stop, spacing)
        if any(each.start <= moment < each.stop for moment in moments)
        and ((at >= each.start) & (ends <= each.stop)).any()
    ]
    if not silences or _is_whole(request.tag):
        return None
    if silences[-1].start > start and _goes_on(request, longest):
        return None
    return time_of(silences[-1].stop)


@cached(HISTORY_S, in_process=True)
@degrading
def _is_whole(tag: str) -> bool:
    """Return whether the readings of a tag go back as far as its rollups: none was dropped."""
    every = Request(tag, None, EPOCH, clock.now().value + FUTURE, "UTC")
    first_of = reach.firsts(every, (*catalog().rollups, RAW))
    first = first_of.pop(RAW)
    ends = [at + timedelta(seconds=width) for width, at in first_of.items() if at]
    return first is not None and all(first < end for end in ends)


def _goes_on(request: Request, longest: float) -> bool:
    """Return whether a reading lies less than so long [s] before a window."""
    near = Request(
        request.tag, None, request.start - timedelta(seconds=longest), request.start, request.zone
    )
    return bool(len(first_readings(near, 1)))
