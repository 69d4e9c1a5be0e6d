"""What is computed from a history: indicators and five-minute features."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from data import buckets, windows
from data.analysis import indicators as formulas
from data.db import cached, read_frame
from data.queries.catalog import catalog, degrading
from data.queries.history import (
    history_arguments,
    history_frame,
    history_seconds,
    in_zone,
    moving,
)
from data.sql import features_statement, influx_hist, raw_features_statement

FEATURES_S = 60.0


@dataclass(frozen=True, slots=True)
class Widths:
    """How far each indicator looks back [buckets]; 0 or none leaves it out."""

    sma: tuple[int, ...] = (10, 60)
    ema: tuple[int, ...] = ()
    bands: int = 20
    slope: int = 60
    deviations: float = 2.0  # half width of the band [standard deviations]


WIDTHS = Widths()


def _indicator_arguments(
    tag: str,
    resolution: str,
    start: datetime,
    stop: datetime,
    zone: str,
    widths: Widths = WIDTHS,
    low: float | None = None,
    high: float | None = None,
) -> tuple[Any, ...]:
    width = buckets.resolution(resolution)  # single readings lie on no grid
    plain = history_arguments(tag, width.token, start, stop, zone, low, high)
    return (*plain[:5], widths, *plain[5:])


@cached(history_seconds, snapped=_indicator_arguments, moving=moving)
@degrading
def indicators(
    tag: str,
    resolution: str,
    start: datetime,
    stop: datetime,
    zone: str,
    widths: Widths = WIDTHS,
    low: float | None = None,
    high: float | None = None,
) -> pd.DataFrame:
    """Return a tag's indicators over a window, a row for every bucket of it.

    Parameters
    ----------
    resolution : a token of `buckets.RESOLUTIONS`
    widths : of the indicators [buckets]
    otherwise as `history`

    Returns
    -------
    DataFrame with index, columns and attrs of `history`, buckets without readings NaN; besides
    sma_<n> and ema_<n> of the bucket means, middle, lower, upper, percent_b, bandwidth, and slope
    (tag unit per hour), r2. As much is read before `start` as the widest of them needs, so the
    first row is as right as the last.

    Raises
    ------
    BadInput, HistorianUnavailable
        As `history`.
    """
    width = buckets.resolution(resolution)
    widest = (max(widths.sma, default=0), max(widths.ema, default=0), widths.bands, widths.slope)
    ahead = formulas.warm_up(*widest)
    before = max(start - timedelta(seconds=ahead * width.seconds), windows.EPOCH)
    before = buckets.floor(before, width, zone)
    frame = history_frame(tag, resolution, before, stop, zone, low, high)
    grid = formulas.on_grid(frame, width.seconds, before, stop)
    mean = grid["avg"]
    parts = [
        grid,
        *(formulas.sma(mean, n) for n in widths.sma),
        *(formulas.ema(mean, n) for n in widths.ema),
    ]
    if widths.bands:
        parts.append(formulas.bollinger(mean, widths.bands, widths.deviations))
    if widths.slope:
        parts.append(formulas.slope(mean, widths.slope, width.seconds))
    whole = pd.concat(parts, axis=1)
    shown = whole[(whole.index >= start) & (whole.index < stop)]
    shown.attrs = {**frame.attrs, "start": start, "widths": widths}
    return shown


def _feature_arguments(tag: str, start: datetime, stop: datetime, zone: str) -> tuple[Any, ...]:
    tag, _, start, stop, zone, *_ = history_arguments(tag, "5m", start, stop, zone)
    return tag, start, stop, zone


@cached(FEATURES_S, snapped=_feature_arguments)
@degrading
def features(tag: str, start: datetime, stop: datetime, zone: str) -> pd.DataFrame:
    """Return the five-minute features of a tag.

    Parameters
    ----------
    start, stop : bounds, moved outward to whole five minutes; at most 4,000 of them

    Returns
    -------
    DataFrame, index bucket (site zone); columns mean_5m, std_5m, min_5m, max_5m, p10_5m, p90_5m,
    n_5m; attrs source: the relation read.
    """
    has = catalog()
    stored = has.has("features_5m")
    statement = raw_features_statement(has.flagged)
    if stored:
        statement = features_statement()
    frame = read_frame(statement, {"tag": tag, "start": start, "stop": stop}).set_index("bucket")
    frame.index = in_zone(frame.index, zone)
    frame.attrs["source"] = "features_5m" if stored else influx_hist.name
    return frame
