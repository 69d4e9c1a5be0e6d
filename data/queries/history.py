"""The history of one tag: the coarsest rollup that answers, finer sources where it ends."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from data import buckets, windows
from data.analysis import quality
from data.buckets import MAX_READINGS, RAW, Resolution
from data.db import cached, read_frame
from data.errors import BadInput
from data.queries.catalog import catalog, degrading
from data.queries.plan import Request, Segment, Source, arranged, cut, ends_at_edge
from data.sql import (
    ROLLUPS,
    count_statement,
    edges_statement,
    history_statement,
    influx_hist,
    raw_statement,
)

#: How long an answer is shared: a bucket that is over does not change, except for late readings.
HISTORY_S = 30.0
#: The same for a window that ends now: its last bucket fills.
LIVE_S = 2.0
#: Most readings that are read again to mend stored buckets; more take longer than a page waits.
REREAD = 200_000


def history_seconds(asked: Request, *_: object) -> float:
    """Return how long an answer to a request may be shared [s]."""
    width = asked.resolution.seconds if asked.resolution else HISTORY_S
    return min(HISTORY_S, width, LIVE_S if asked.live else HISTORY_S)


def live_key(asked: Request, *others: object) -> tuple[Any, ...] | None:
    """Return what a window that ends now keeps while it moves on; None for another."""
    if not asked.live:
        return None
    length = asked.stop - asked.start
    return (asked.tag, asked.token, length, asked.zone, asked.low, asked.high, *others)


@cached(history_seconds, live_key=live_key)
@degrading
def history(asked: Request) -> pd.DataFrame:
    """Return a tag's values over a window, a row a bucket that has readings.

    Returns
    -------
    DataFrame, index bucket (zone of the request), sorted. Columns n, avg, sum, min, max, last,
    first, diff of the good readings [tag unit]; bad: readings left out (out of span, absurd, not
    finite, flagged), bad_value: their extreme, NaN where none is finite; marked (bool): a stored
    bucket that holds bad values which could not be left out. A row with n = 0 holds bad readings
    only. Single readings have qc besides. attrs: source (relations read), resolution, seconds
    (None for single readings), spacing (median [s] or None), start, stop.

    Raises
    ------
    BadInput
        If the window holds over 50,000 single readings.
    HistorianUnavailable
        If the historian does not answer.
    """
    return read_history(asked)


def read_history(asked: Request) -> pd.DataFrame:
    """Return what `history` does, read anew."""
    if asked.resolution is None:
        frame, source = _readings(asked), influx_hist.name
    else:
        frame, source = _buckets(asked, asked.resolution)
    seconds = asked.resolution.seconds if asked.resolution else None
    frame.index = in_zone(frame.index, asked.zone)
    frame.attrs = {"source": source, "resolution": asked.token, "seconds": seconds}
    frame.attrs |= {"spacing": _spacing_in(frame, seconds)}
    frame.attrs |= {"start": asked.start, "stop": asked.stop}
    return frame


def in_zone(times: pd.Index, zone: str) -> pd.DatetimeIndex:
    """Return times (UTC) as those of a zone."""
    return pd.DatetimeIndex(times).tz_convert(windows.site_zone(zone))


def median_step(times: Any) -> float | None:
    """Return the median distance of sorted times [s], from their microseconds; None without two."""
    return float(np.median(np.diff(times))) / 1e6 if len(times) > 1 else None


def _values(asked: Request) -> dict[str, Any]:
    """Return what every statement about a request binds."""
    names = ("tag", "start", "stop", "low", "high")
    return {name: getattr(asked, name) for name in names}


def _spacing_in(frame: pd.DataFrame, seconds: int | None) -> float | None:
    """Return the median spacing of the readings behind a frame [s]."""
    step = median_step(pd.DatetimeIndex(frame.index).asi8)
    if seconds is None or not len(frame):
        return step
    counts = frame["n"].to_numpy() + frame["bad"].to_numpy()
    return (step or seconds) / max(float(np.median(counts)), 1.0)


def _readings(asked: Request) -> pd.DataFrame:
    values = _values(asked)
    # The limit drops nothing: with one row more than may be shown the answer is a refusal.
    frame = read_frame(raw_statement(catalog().flagged, MAX_READINGS + 1), values)
    if len(frame) > MAX_READINGS:
        count = int(read_frame(count_statement(), values)["n"].iloc[0])
        raise BadInput("too_many_readings", count=count, tag=asked.tag, limit=MAX_READINGS)
    value, qc = frame["value"].to_numpy(), frame["qc"].to_numpy()
    inside = (value >= asked.low) & (value <= asked.high)
    good = inside & (np.abs(value) < quality.LARGEST) & (qc == 0)
    shown = np.where(good, value, np.nan)
    columns: dict[str, Any] = {"n": good.astype("i8")}
    columns |= dict.fromkeys(("avg", "sum", "min", "max", "last", "first"), shown)
    columns |= {"diff": np.where(good, 0.0, np.nan), "bad": (~good).astype("i8")}
    columns["bad_value"] = np.where(~good & np.isfinite(value), value, np.nan)
    columns |= {"marked": np.zeros(len(good), bool), "qc": qc}
    return pd.DataFrame(columns, pd.DatetimeIndex(frame["ts"], name="bucket"))


def _buckets(asked: Request, width: Resolution) -> tuple[pd.DataFrame, str]:
    """Return the grouped rows and the relations they were read from."""
    has = catalog()
    segments = _segments(asked, width, has.rollups)
    sources = tuple(segment.width for segment in segments)
    bounds = {f"start_{place}": segment.start for place, segment in enumerate(segments)}
    bounds |= {f"stop_{place}": segment.stop for place, segment in enumerate(segments)}

    def read(**how: bool) -> pd.DataFrame:
        statement = history_statement(sources, width, asked.zone, has.flagged, **how)
        return read_frame(statement, {**_values(asked), **bounds})

    frame = read(whole=ends_at_edge(segments[0], width, asked.zone))
    if 0 < frame["marked"].sum() <= REREAD:
        frame = read(repaired=True)
    frame["marked"] = frame["marked"] > 0
    names = [influx_hist.name if source == RAW else ROLLUPS[source].name for source in sources]
    return frame.set_index("bucket"), ", ".join(dict.fromkeys(names))


def dividing(rollups: Sequence[int], asked: Request, width: Resolution) -> list[int]:
    """Return the widths, from coarse to fine, whose buckets fill those of `width` exactly [s].

    Site days are built from whole hours where every offset of the zone in the window is one.
    """
    if not width.local:
        return [w for w in rollups if width.seconds % w == 0]
    offsets = buckets.offsets(asked.start, asked.stop, asked.zone)
    return [w for w in rollups if all(offset % w == 0 for offset in offsets)]


def _segments(asked: Request, width: Resolution, rollups: Sequence[int]) -> list[Segment]:
    """Return who answers which part, after a look at where each source begins and ends."""
    widths = dividing(rollups, asked, width)
    if not widths:
        return [Segment(RAW, asked.start, asked.stop)]
    every = (*widths, RAW)
    edges = read_frame(edges_statement(every), _values(asked))
    now, *times = (time.to_pydatetime() for time in edges.iloc[0])
    bounds = zip(every, times[::2], times[1::2], strict=True)
    sources = [Source(*source) for source in bounds if not pd.isna(source[1])]
    live = asked.stop > now - timedelta(seconds=2 * widths[0])
    arrangement = arranged(sources, asked.start, asked.stop, live)
    return cut(arrangement or [Segment(widths[0], asked.start, asked.stop)], width, asked.zone)
