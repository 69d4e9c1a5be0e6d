"""The history of one tag: the coarsest rollup that answers, finer sources where it ends."""

from typing import Any

import numpy as np
import pandas as pd

from data.analysis import arrays, quality
from data.buckets import MAX_READINGS
from data.db import cached, copy_out, read_columns, read_frame
from data.errors import BadInput
from data.queries.grouped import answering, in_zone, values_of
from data.queries.plan import HISTORY_S, Request, median_step
from data.queries.relations import catalog, degrading
from data.sql import count_statement, influx_hist, raw_statement

#: The same for a window that ends now, whose last bucket fills (HISTORY_S for any other).
LIVE_S = 2.0


def history_seconds(request: Request, *_: object) -> float:
    """Return how long an answer to a request may be shared [s], at most the width of a bucket."""
    width = request.resolution.seconds if request.resolution else HISTORY_S
    return min(HISTORY_S, width, LIVE_S if request.live else HISTORY_S)


def live_key(request: Request, *others: object) -> tuple[Any, ...] | None:
    """Return what the requests of a window that moves with the clock have in common, else None."""
    if not request.live:
        return None
    length = request.stop - request.start
    return (request.tag, request.token, length, request.zone, request.low, request.high, *others)


@cached(history_seconds, live_key=live_key)
@degrading
def history(request: Request) -> pd.DataFrame:
    """Return a tag's values over a window, a row a bucket that has readings.

    Returns
    -------
    DataFrame, index bucket (zone of the request), sorted. Columns n, avg, sum, min, max, last,
    first, diff of the good readings [tag unit]; bad: readings left out (out of span, absurd, not
    finite, flagged), bad_value: their extreme, NaN where none is finite; marked (bool): a stored
    bucket that holds bad values which could not be left out; unknown (bool): nobody counted what
    was left out of it; seconds: the width of the bucket, 0 for readings; remade (bool): a rollup
    lacks readings of it, and another source answers. A row with n = 0 holds bad readings only.
    Single readings have qc besides. attrs: source (relations read), resolution, seconds (None for
    single readings), spacing (median [s] or None), start, stop, unchecked (how many buckets may
    lack readings and were not looked after), deleted (how many count readings that somebody deleted
    since), gone (time before which rollups alone tell, or None).

    Raises
    ------
    BadInput
        If the window holds over 50,000 single readings.
    HistorianUnavailable
        If the historian does not answer.
    """
    return read_history(request)


def read_history(request: Request) -> pd.DataFrame:
    """Return what `history` does, past the cache; the same errors."""
    width = request.resolution
    if width is None:
        frame = _singles(request)
        told: dict[str, Any] = {"source": influx_hist.name, "gone": None}
        told |= {"unchecked": 0, "deleted": 0}
    else:
        who, frame = answering(request, width)
        told = who.told
    seconds = width.seconds if width else None
    frame.attrs.update(told, resolution=request.token, seconds=seconds)
    frame.attrs.update(spacing=spacing_in(frame, seconds), start=request.start, stop=request.stop)
    return frame


def spacing_in(frame: pd.DataFrame, seconds: int | None) -> float | None:
    """Return the median spacing of the readings behind a frame [s]."""
    step = median_step(pd.DatetimeIndex(frame.index).asi8)
    if seconds is None or not len(frame):
        return step
    counts = frame["n"].to_numpy() + frame["bad"].to_numpy()
    return (step or seconds) / max(float(np.median(counts)), 1.0)


def _singles(request: Request) -> pd.DataFrame:
    values = values_of(request)
    # The limit drops nothing: with one row more than may be shown the answer is a refusal.
    statement = raw_statement(catalog().flagged, MAX_READINGS + 1)
    rows = read_columns(copy_out.prepared_bytes(statement), values)
    at, value, qc = rows["ts"], rows["value"], rows["qc"]
    if len(at) > MAX_READINGS:
        count = int(read_frame(count_statement(), values)["n"].iloc[0])
        raise BadInput("too_many_readings", count=count, tag=request.tag, limit=MAX_READINGS)
    order = arrays.file_order(at, qc, value)
    if order is not None:
        at, value, qc = at[order], value[order], qc[order]
    good_value = good_values(value, qc, request)
    good = np.isfinite(good_value)
    columns: dict[str, Any] = {"n": good.astype("i8")}
    columns |= dict.fromkeys(("avg", "sum", "min", "max", "last", "first"), good_value)
    columns |= {"diff": np.where(good, 0.0, np.nan), "bad": (~good).astype("i8")}
    columns["bad_value"] = np.where(~good & np.isfinite(value), value, np.nan)
    columns |= {"marked": np.zeros(len(good), bool), "remade": np.zeros(len(good), bool)}
    columns |= {"qc": qc, "seconds": np.zeros(len(good))}
    columns["unknown"] = np.zeros(len(good), bool)
    index = in_zone(copy_out.utc(at), request.zone).rename("bucket")
    return copy_out.table(columns, index)


def good_values(value: arrays.Floats, qc: arrays.Whole, request: Request) -> arrays.Floats:
    """Return the values that count in statistics, NaN where left out [tag unit].

    Parameters
    ----------
    value, qc : of readings: [tag unit], and other than 0 where their source flags them
    request : of the tag: outside its low and high no reading counts
    """
    inside = (value >= request.low) & (value <= request.high)
    good = inside & (np.abs(value) < quality.LARGEST) & (qc == 0)
    return np.where(good, value, np.nan)
