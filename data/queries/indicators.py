"""What is computed from a history: indicators and five-minute features."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from data import buckets, windows
from data.analysis import arrays
from data.analysis import indicators as formulas
from data.buckets import Resolution
from data.db import cached, clock, read_frame
from data.errors import BadInput
from data.queries.history import history_seconds, in_zone, live_key, read_history
from data.queries.plan import Request, time_of
from data.queries.relations import catalog, degrading
from data.sql import FUTURE, features_statement, influx_hist, raw_features_statement

#: How long features are shared: nobody watches a five-minute bucket fill.
FEATURES_S = 60.0
FIVE_MINUTES = buckets.resolution("5m")
#: Stretches that are read one by one at most: a statement takes a millisecond and more.
MOST_SPANS = 32


@dataclass(frozen=True, slots=True)
class Widths:
    """The window of each indicator [buckets]; 0 or none leaves it out."""

    sma: tuple[int, ...] = (10, 60)
    ema: tuple[int, ...] = (20,)
    bands: int = 20
    slope: int = 60
    deviations: float = 2.0  # half width of the band [standard deviations]

    @property
    def warm_up(self) -> int:
        """Buckets before the first visible one that the widest of them needs."""
        longest = (max(self.sma, default=0), max(self.ema, default=0))
        return formulas.warm_up(*longest, self.bands, self.slope)


#: Those of the tech page, as its legend says.
WIDTHS = Widths()


@cached(history_seconds, live_key=live_key)
@degrading
def indicators(request: Request, widths: Widths = WIDTHS) -> pd.DataFrame:
    """Return a tag's indicators over a window, a row for every bucket of it.

    Parameters
    ----------
    request : of buckets: single readings lie on no grid
    widths : of the indicators [buckets]

    Returns
    -------
    DataFrame with index, columns and attrs of `history`, buckets without readings NaN; besides
    sma_<n> and ema_<n> of the bucket means, middle, lower, upper, sigma, percent_b, bandwidth, and
    slope (tag unit per hour), r2. As much is read before `start` as the widest of them needs, so
    the first row is as right as the last.

    Raises
    ------
    BadInput
        If single readings are asked for.
    HistorianUnavailable
        If the historian does not answer.
    """
    width = request.resolution
    if width is None:
        choices = ", ".join(each.token for each in buckets.RESOLUTIONS)
        raise BadInput("unknown_resolution", resolution=request.token, choices=choices)
    longer = replace(request, start=_ahead(request, width, widths.warm_up))
    frame = read_history(longer)
    starts = buckets.edges(longer.start, request.stop, width, request.zone)
    grid = formulas.on_grid(frame, in_zone(pd.DatetimeIndex(starts), request.zone))
    mean = grid["avg"]
    parts = [grid, *(formulas.sma(mean, n) for n in widths.sma)]
    parts += [formulas.ema(mean, n) for n in widths.ema]
    if widths.bands:
        parts.append(formulas.bollinger(mean, widths.bands, widths.deviations))
    if widths.slope:
        parts.append(formulas.slope(mean, widths.slope))
    whole = pd.concat(parts, axis=1)
    visible = whole[(whole.index >= request.start) & (whole.index < request.stop)]
    visible.attrs = {**frame.attrs, "start": request.start, "widths": widths}
    return visible


def _ahead(request: Request, width: Resolution, count: int) -> datetime:
    before = max(request.start - timedelta(seconds=count * width.seconds), windows.EPOCH)
    return buckets.floor(before, width, request.zone)


@cached(FEATURES_S)
@degrading
def features(request: Request) -> pd.DataFrame:
    """Return the five-minute features of a tag.

    Parameters
    ----------
    request : of five-minute buckets

    Returns
    -------
    DataFrame, index bucket (zone of the request); columns mean_5m, std_5m, min_5m, max_5m, p10_5m,
    p90_5m [tag unit], n_5m; attrs source: the relations read.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    has = catalog()
    until = clock.now().value + FUTURE
    start, stop = request.start, min(request.stop, until)
    read = {}
    if has.trusts_stored and has.has("features_5m"):
        whole = min(request.stop, buckets.floor(until, FIVE_MINUTES, "UTC"))
        read["features_5m"] = _read(features_statement(), request, start, whole)
        start = max(start, whole)  # the five minutes that fill may hold readings of the future
    if start < stop or not read:
        read[influx_hist.name] = _of_readings(request, start, stop)
    frame = pd.concat(read.values()) if len(read) > 1 else next(iter(read.values()))
    within = (frame["min_5m"] >= request.low) & (frame["max_5m"] <= request.high)
    if not within.all():  # what is stored knows no span: these hold readings that are BAD
        beyond = frame.index[~within]
        anew = [_of_readings(request, *span) for span in _spans(beyond, until)]
        read.setdefault(influx_hist.name, anew[0])
        parts = [frame[within], *(each[each.index.isin(beyond)] for each in anew)]
        frame = pd.concat([each for each in parts if len(each)] or parts[:1]).sort_index()
    frame.attrs["source"] = ", ".join(read)
    return frame


def _spans(starts: pd.Index, until: datetime) -> list[tuple[datetime, datetime]]:
    """Return stretches of five minutes up to a time; those that touch, or too many, as one."""
    at = arrays.nanoseconds(pd.DatetimeIndex(starts)).tolist()
    joined = arrays.joined((each, each + FIVE_MINUTES.seconds * 10**9) for each in at)
    if len(joined) > MOST_SPANS:
        joined = ((joined[0][0], joined[-1][1]),)
    return [(time_of(first), min(time_of(last), until)) for first, last in joined]


def _of_readings(request: Request, start: datetime, stop: datetime) -> pd.DataFrame:
    """Return the features of the readings within the span, which alone these know."""
    statement = raw_features_statement(catalog().flagged)
    return _read(statement, request, start, stop, low=request.low, high=request.high)


def _read(
    statement: Any, request: Request, start: datetime, stop: datetime, **span: float
) -> pd.DataFrame:
    values = {"tag": request.tag, "start": start, "stop": stop, **span}
    frame = read_frame(statement, values).set_index("bucket")
    return frame.set_index(in_zone(frame.index, request.zone))
