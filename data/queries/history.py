"""The history of one tag: the coarsest rollup that answers, finer sources where it ends.

A window is half-open and moved outward to whole buckets, so that equal views share an answer.
"""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from data import buckets, windows
from data.analysis import quality
from data.buckets import MAX_READINGS, MAX_ROWS, RAW, Resolution
from data.db import cached, read_frame
from data.errors import BadInput
from data.queries.catalog import catalog, degrading
from data.queries.plan import Piece, Source, arranged, cut, ends_at_edge
from data.sql import (
    ROLLUPS,
    count_statement,
    edges_statement,
    history_statement,
    influx_hist,
    raw_statement,
)

HISTORY_S = 30.0
LIVE_S = 2.0
CLOCKS = timedelta(minutes=5)  # how far our clock may be ahead of the database's
REREAD = 200_000  # most readings that are read again to mend stored buckets


def median_step(times: Any) -> float | None:  # noqa: ANN401
    """Return the median distance of sorted times [s], from their microseconds; None without two."""
    return float(np.median(np.diff(times))) / 1e6 if len(times) > 1 else None


def history_arguments(
    tag: str,
    resolution: str,
    start: datetime,
    stop: datetime,
    zone: str,
    low: float | None = None,
    high: float | None = None,
) -> tuple[Any, ...]:
    if not _is_text(tag):
        raise BadInput("unknown_tag", tag=tag)
    width = None if resolution == "raw" else buckets.resolution(resolution)
    start, stop = buckets.snapped(start, stop, width, zone)
    if start >= stop:
        raise BadInput("start_after_stop", start=start.isoformat(), stop=stop.isoformat())
    if width is not None:
        _check_rows(width, start, stop)
    return tag, width.token if width else "raw", start, stop, zone, low, high


def _is_text(tag: str) -> bool:
    """Whether PostgreSQL can hold a name: no NUL, no half of a surrogate pair."""
    return "\0" not in tag and not any("\ud800" <= sign <= "\udfff" for sign in tag)


def _check_rows(width: Resolution, start: datetime, stop: datetime) -> None:
    count = math.ceil((stop - start).total_seconds() / width.seconds)
    if count > MAX_ROWS + 2:  # moving outward adds one at either end
        raise BadInput("too_many_buckets", count=count, resolution=width.token, limit=MAX_ROWS)


def history_seconds(tag: str, resolution: str, start: datetime, stop: datetime, *_: Any) -> float:
    width = HISTORY_S if resolution == "raw" else buckets.resolution(resolution).seconds
    return min(HISTORY_S, width, LIVE_S if _is_live(stop) else HISTORY_S)


def _is_live(stop: datetime) -> bool:
    return stop >= datetime.now(UTC) - CLOCKS


def moving(
    tag: str, resolution: str, start: datetime, stop: datetime, *others: Any
) -> tuple[Any, ...] | None:
    """Return what a window that ends now keeps while it moves on."""
    return (tag, resolution, stop - start, *others) if _is_live(stop) else None


@cached(history_seconds, snapped=history_arguments, moving=moving)
@degrading
def history(
    tag: str,
    resolution: str,
    start: datetime,
    stop: datetime,
    zone: str,
    low: float | None = None,
    high: float | None = None,
) -> pd.DataFrame:
    """Return a tag's values over a window, a row a bucket that has readings.

    Parameters
    ----------
    resolution : a token of `buckets.RESOLUTIONS`, or raw for a row a reading
    start, stop : bounds, moved outward to whole buckets
    zone : IANA name of the site zone
    low, high : span of the rule; what lies outside is left out of the statistics [tag unit]

    Returns
    -------
    DataFrame, index bucket (site zone), sorted. Columns n, avg, sum, min, max, last, first, diff
    of the good readings; bad: readings left out (out of span, absurd, not finite, flagged),
    bad_value: their extreme, NaN where none is finite; marked (bool): a stored bucket that holds
    bad values which could not be left out. A row with n = 0 holds bad readings only. raw has qc
    besides. attrs: source (relations read), resolution, seconds (None for raw), spacing (median
    [s] or None), start, stop.

    Raises
    ------
    BadInput
        If the window holds over 50,000 single readings, or over 4,000 buckets.
    HistorianUnavailable
        If the historian does not answer.
    """
    return history_frame(tag, resolution, start, stop, zone, low, high)


def history_frame(
    tag: str,
    resolution: str,
    start: datetime,
    stop: datetime,
    zone: str,
    low: float | None,
    high: float | None,
) -> pd.DataFrame:
    values = {
        "tag": tag,
        "low": -math.inf if low is None else low,
        "high": math.inf if high is None else high,
    }
    if resolution == "raw":
        frame, source, seconds = _readings(values, start, stop), influx_hist.name, None
    else:
        width = buckets.resolution(resolution)
        frame, source = _buckets(values, width, start, stop, zone)
        seconds = width.seconds
    frame.index = in_zone(frame.index, zone)
    frame.attrs = {"source": source, "resolution": resolution, "seconds": seconds}
    frame.attrs |= {"spacing": _spacing_in(frame, seconds), "start": start, "stop": stop}
    return frame


def in_zone(times: pd.Index, zone: str) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(times).tz_convert(windows.site_zone(zone))


def _spacing_in(frame: pd.DataFrame, seconds: int | None) -> float | None:
    """Return the median spacing of the readings behind a frame [s]."""
    step = median_step(pd.DatetimeIndex(frame.index).asi8)
    if seconds is None or not len(frame):
        return step
    counts = frame["n"].to_numpy() + frame["bad"].to_numpy()
    return (step or seconds) / max(float(np.median(counts)), 1.0)


def _readings(values: dict[str, Any], start: datetime, stop: datetime) -> pd.DataFrame:
    values = {**values, "start": start, "stop": stop}
    # The limit drops nothing: with one row more than may be shown the answer is a refusal.
    frame = read_frame(raw_statement(catalog().flagged, MAX_READINGS + 1), values)
    if len(frame) > MAX_READINGS:
        count = int(read_frame(count_statement(), values)["n"].iloc[0])
        raise BadInput("too_many_readings", count=count, tag=values["tag"], limit=MAX_READINGS)
    value, qc = frame["value"].to_numpy(), frame["qc"].to_numpy()
    inside = (value >= values["low"]) & (value <= values["high"])
    good = inside & (np.abs(value) < quality.LARGEST) & (qc == 0)
    shown = np.where(good, value, np.nan)
    columns: dict[str, Any] = {"n": good.astype("i8")}
    columns |= dict.fromkeys(("avg", "sum", "min", "max", "last", "first"), shown)
    columns |= {"diff": np.where(good, 0.0, np.nan), "bad": (~good).astype("i8")}
    columns["bad_value"] = np.where(~good & np.isfinite(value), value, np.nan)
    columns |= {"marked": np.zeros(len(good), bool), "qc": qc}
    return pd.DataFrame(columns, pd.DatetimeIndex(frame["ts"], name="bucket"))


def _buckets(
    values: dict[str, Any], width: Resolution, start: datetime, stop: datetime, zone: str
) -> tuple[pd.DataFrame, str]:
    """Return the grouped rows and the relations they were read from."""
    has = catalog()
    widths = dividing(has.rollups, width, start, stop, zone)
    pieces = [Piece(RAW, start, stop)]
    if widths:
        pieces = cut(_pieces(values["tag"], widths, start, stop), width, zone)
    sources = tuple(piece.width for piece in pieces)
    bounds = {f"start_{place}": piece.start for place, piece in enumerate(pieces)}
    bounds |= {f"stop_{place}": piece.stop for place, piece in enumerate(pieces)}

    def asked(**how: bool) -> pd.DataFrame:
        statement = history_statement(sources, width, zone, has.flagged, **how)
        return read_frame(statement, {**values, **bounds})

    frame = asked(whole=ends_at_edge(pieces[0], width, zone))
    if 0 < frame["marked"].sum() <= REREAD:
        frame = asked(repaired=True)
    frame["marked"] = frame["marked"] > 0
    names = [influx_hist.name if source == RAW else ROLLUPS[source].name for source in sources]
    return frame.set_index("bucket"), ", ".join(dict.fromkeys(names))


def dividing(
    rollups: Sequence[int], width: Resolution, start: datetime, stop: datetime, zone: str
) -> list[int]:
    """Return the widths, from coarse to fine, whose buckets fill those of `width` exactly [s].

    Site days are built from whole hours where every offset of the zone in the window is one.
    """
    if not width.local:
        return [w for w in rollups if width.seconds % w == 0]
    offsets = buckets.offsets(start, stop, zone)
    return [w for w in rollups if all(offset % w == 0 for offset in offsets)]


def _pieces(tag: str, widths: list[int], start: datetime, stop: datetime) -> list[Piece]:
    """Return who answers which part, after a look at where each source begins and ends."""
    asked = (*widths, RAW)
    edges = read_frame(edges_statement(asked), {"tag": tag, "start": start, "stop": stop})
    now, *times = (time.to_pydatetime() for time in edges.iloc[0])
    bounds = zip(asked, times[::2], times[1::2], strict=True)
    sources = [Source(*source) for source in bounds if not pd.isna(source[1])]
    live = stop > now - timedelta(seconds=2 * widths[0])
    return arranged(sources, start, stop, live) or [Piece(widths[0], start, stop)]
