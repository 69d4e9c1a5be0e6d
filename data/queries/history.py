"""The history of one tag: the coarsest rollup that answers, finer sources where it ends."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from data import buckets, windows
from data.analysis import arrays, quality
from data.buckets import MAX_READINGS, RAW, Resolution
from data.db import cached, copy_out, read_columns, read_frame
from data.errors import BadInput
from data.queries import whole
from data.queries.plan import (
    HISTORY_S,
    Plan,
    Request,
    Segment,
    Source,
    cut,
    dividing,
    ends_at_edge,
    median_step,
    ns_of,
    replaced,
    segments_of,
    whole_buckets,
    within,
)
from data.queries.relations import catalog, degrading, left_since
from data.sql import (
    ROLLUPS,
    count_statement,
    cuts_of,
    edges_statement,
    history_statement,
    influx_hist,
    raw_statement,
)

#: The same for a window that ends now, whose last bucket fills (HISTORY_S for any other).
LIVE_S = 2.0
#: Columns of which a bucket that comes twice has the sum.
ADDED = ("n", "bad", "marked")
#: Most readings that are read again to mend stored buckets; more take longer than a page waits.
REREAD = 200_000
_history = copy_out.preparing(history_statement, most=256)


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
    lack readings and were not looked after), gone (time before which rollups alone tell, or None).

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
    if request.resolution is None:
        columns, told = _readings(request), dict[str, Any]()
        told |= {"source": influx_hist.name, "unchecked": 0, "uncounted": [], "gone": None}
    else:
        columns, told = _buckets(request, request.resolution)
    seconds = request.resolution.seconds if request.resolution else None
    index = in_zone(columns.pop("bucket"), request.zone)
    columns["unknown"] = _overlapping(index, columns["seconds"], told.pop("uncounted"))
    frame = pd.DataFrame(columns, index.rename("bucket"), copy=False)
    told |= {"resolution": request.token, "seconds": seconds}
    told |= {"spacing": _spacing_in(frame, seconds), "start": request.start, "stop": request.stop}
    frame.attrs.update(told)
    return frame


def lengths(starts: pd.DatetimeIndex, request: Request) -> Any:
    """Return the width of the bucket at each start [s], 0 for readings; one for all, or each."""
    width = request.resolution
    if width is None or not width.local:
        return float(width.seconds if width else 0)
    pieces = buckets.pieces(request.start, request.stop, width, request.zone)
    if len(pieces) == 1 and pieces[0].origin:  # no clock changes
        return float(width.seconds)
    every = buckets.edges(request.start, request.stop, width, request.zone)
    edges = arrays.nanoseconds(pd.DatetimeIndex(every))
    place = np.searchsorted(edges, arrays.nanoseconds(starts), side="right")
    return (edges[place.clip(max=len(edges) - 1)] - arrays.nanoseconds(starts)) / 1e9


def in_zone(times: pd.Index, zone: str) -> pd.DatetimeIndex:
    """Return aware times as those of a zone (an IANA name)."""
    return pd.DatetimeIndex(times).tz_convert(windows.site_zone(zone))


def _values(request: Request) -> dict[str, Any]:
    """Return what every statement about a request binds."""
    names = ("tag", "start", "stop", "low", "high")
    return {name: getattr(request, name) for name in names}


def _spacing_in(frame: pd.DataFrame, seconds: int | None) -> float | None:
    """Return the median spacing of the readings behind a frame [s]."""
    step = median_step(pd.DatetimeIndex(frame.index).asi8)
    if seconds is None or not len(frame):
        return step
    counts = frame["n"].to_numpy() + frame["bad"].to_numpy()
    return (step or seconds) / max(float(np.median(counts)), 1.0)


#: Columns of a history by name: arrays, `bucket` as an index of times.
Columns = dict[str, Any]


def _readings(request: Request) -> Columns:
    values = _values(request)
    # The limit drops nothing: with one row more than may be shown the answer is a refusal.
    frame = read_frame(raw_statement(catalog().flagged, MAX_READINGS + 1), values)
    if len(frame) > MAX_READINGS:
        count = int(read_frame(count_statement(), values)["n"].iloc[0])
        raise BadInput("too_many_readings", count=count, tag=request.tag, limit=MAX_READINGS)
    value, good_value = frame["value"].to_numpy(), good_values(frame, request)
    good = np.isfinite(good_value)
    columns: Columns = {"bucket": pd.DatetimeIndex(frame["ts"]), "n": good.astype("i8")}
    columns |= dict.fromkeys(("avg", "sum", "min", "max", "last", "first"), good_value)
    columns |= {"diff": np.where(good, 0.0, np.nan), "bad": (~good).astype("i8")}
    columns["bad_value"] = np.where(~good & np.isfinite(value), value, np.nan)
    columns |= {"marked": np.zeros(len(good), bool), "remade": np.zeros(len(good), bool)}
    return columns | {"qc": frame["qc"].to_numpy(), "seconds": np.zeros(len(good))}


def good_values(readings: pd.DataFrame, request: Request) -> arrays.Floats:
    """Return the values that count in statistics, NaN where left out [tag unit].

    Parameters
    ----------
    readings : columns value, qc
    request : of the tag: outside its low and high no reading counts
    """
    value = arrays.numbers(readings["value"])
    inside = (value >= request.low) & (value <= request.high)
    good = inside & (np.abs(value) < quality.LARGEST) & (readings["qc"].to_numpy() == 0)
    return np.where(good, value, np.nan)


def _buckets(request: Request, width: Resolution) -> tuple[Columns, dict[str, Any]]:
    """Return the grouped rows, and of them source, uncounted, gone and unchecked."""
    has = catalog()
    plan = _plan(request, width, has.rollups)
    segments = plan.segments
    sources = tuple(segment.width for segment in segments)
    bounds = {f"start_{place}": segment.start for place, segment in enumerate(segments)}
    bounds |= {f"stop_{place}": segment.stop for place, segment in enumerate(segments)}
    is_whole = ends_at_edge(segments[0], width, request.zone)
    columns = _rows(request, width, sources, bounds, whole=is_whole)
    unchecked = 0
    if not has.logged:
        frame = pd.DataFrame(columns).set_index("bucket")
        lacking = whole.lacks(request, plan, frame)
        unchecked = lacking.unchecked
        segments = replaced(segments, lacking.segments)
        frame = _remade(request, width, segments, lacking, frame)
        columns = {"bucket": frame.index, **{str(name): frame[name].to_numpy() for name in frame}}
    names = [_name(each.width) for each in segments]
    told = {"source": ", ".join(dict.fromkeys(names)), "unchecked": unchecked}
    told |= {"uncounted": _uncounted(request, segments)}
    told |= {"gone": None if has.logged else plan.gone_before}
    return {name: columns[name] for name in columns if name not in ("stored", "least")}, told


def _name(width: int) -> str:
    return influx_hist.name if width == RAW else ROLLUPS[width].name


def _rows(
    request: Request,
    width: Resolution,
    sources: tuple[int, ...],
    bounds: dict[str, Any],
    *,
    whole: bool = False,
    many: bool = False,
) -> Columns:
    """Return the rows of a statement; those that are marked are read again."""
    has, cuts = catalog(), ""
    if width.local:
        cuts, edges = cuts_of(buckets.pieces(request.start, request.stop, width, request.zone))
        bounds = bounds | edges

    def read(**how: bool) -> Columns:
        shape = (sources, width, cuts, has.flagged)
        statement = _history(*shape, left=has.left, many=many, **how)
        columns = read_columns(statement, {**_values(request), **bounds})
        return _merged(columns, request.low, request.high)

    columns = read(whole=whole)
    if 0 < columns["marked"].sum() <= REREAD:
        columns = read(repaired=True)
    starts = copy_out.utc(columns["bucket"])
    count = len(starts)
    columns |= {"bucket": starts, "marked": columns["marked"] > 0, "remade": np.zeros(count, bool)}
    return columns | {"seconds": np.full(count, lengths(starts, request))}


def _remade(
    request: Request,
    width: Resolution,
    segments: Sequence[Segment],
    lacking: whole.Lacking,
    frame: pd.DataFrame,
) -> pd.DataFrame:
    """Return the rows with those made anew of which a rollup lacks readings.

    Parameters
    ----------
    segments : who answers which part now
    lacking : what another source answers in the rollup's place, and why
    """
    if not lacking.segments:
        return frame
    spans = whole_buckets(lacking.segments, width, request.zone)
    pieces = within(segments, spans)
    bounds: dict[str, Any] = {}
    for place, stretches in enumerate(pieces.values()):
        starts, stops = map(list, zip(*stretches, strict=True))
        bounds |= {f"starts_{place}": starts, f"stops_{place}": stops}
        bounds |= {f"start_{place}": min(starts), f"stop_{place}": max(stops)}
    rows = _rows(request, width, tuple(pieces), bounds, many=True)
    again = pd.DataFrame(rows).set_index("bucket")
    so = whole.said_again(frame.index.union(again.index), request, lacking)
    return whole.in_place(frame, again, so)


def _plan(request: Request, width: Resolution, rollups: Sequence[int]) -> Plan:
    """Return who answers which part, after a look at where each source begins and ends."""
    widths = dividing(rollups, request, width)
    if not widths:
        return Plan([Segment(RAW, request.start, request.stop)], [])
    every = (*widths, RAW)
    columns = read_columns(edges_statement(every), _values(request))
    now, *times = (_aware(times[0].item()) for times in columns.values())
    bounds = zip(every, times[::2], times[1::2], strict=True)
    sources = [Source(*source) for source in bounds if source[1] is not None]
    live = request.stop > now - timedelta(seconds=2 * widths[0])
    arrangement = segments_of(sources, request.start, request.stop, live)
    segments = arrangement or [Segment(widths[0], request.start, request.stop)]
    return Plan(cut(segments, width, request.zone), sources)


def _aware(time: datetime | None) -> Any:
    """Return a time of numpy's, which is UTC, as aware; None where there is none."""
    return time and time.replace(tzinfo=UTC)


def _uncounted(request: Request, segments: Sequence[Segment]) -> list[tuple[datetime, datetime]]:
    """Return the stretches of a window of whose readings nobody counted what was left out.

    Those that a foreign rollup answers; and of our own the time before its readings were counted,
    where they were gone by then and none has come since.
    """
    stored = [(each.start, each.stop) for each in segments if each.width != RAW]
    if not stored or not catalog().left:
        return stored
    since = left_since().get(request.tag)
    if since is None:
        return []
    values = {"tag": request.tag, "start": windows.EPOCH, "stop": since}
    first = read_frame(edges_statement((RAW,)), values)[f"first_{RAW}"].iloc[0]
    since = since if pd.isna(first) else min(since, first.to_pydatetime())
    return [(start, min(stop, since)) for start, stop in stored if start < since]


def _merged(every: Columns, low: float, high: float) -> Columns:
    """Return rows of buckets with those joined that come twice: with readings, and left out.

    Parameters
    ----------
    every : columns of `history_statement`, sorted by `bucket`, which comes twice at most
    low, high : outside them lies the extreme that `bad_value` is to tell [tag unit]
    """
    at = every["bucket"]
    twice = np.append(False, at[1:] == at[:-1])[: len(at)]
    if not twice.any():
        return every
    places = np.flatnonzero(twice)
    rows = places - 1 - np.arange(len(places))  # a row has gone for each twin before it
    columns: Columns = {}
    for name, values in every.items():
        one, other, column = values[places - 1], values[places], values[~twice]
        if name in ADDED:
            column[rows] = one + other
        elif name == "bad_value":
            column[rows] = _extreme_of(one, other, low, high)
        elif name != "bucket":
            column[rows] = np.where(np.isnan(one), other, one)
        columns[name] = column
    return columns


def _extreme_of(one: arrays.Floats, other: arrays.Floats, low: float, high: float) -> arrays.Floats:
    """Return of two values what lies outside the span, first above; inside it the greater."""
    least, most = np.fmin(one, other), np.fmax(one, other)
    return np.where(most > high, most, np.where(least < low, least, most))


def _overlapping(
    index: pd.DatetimeIndex, seconds: arrays.Floats, spans: Sequence[tuple[datetime, datetime]]
) -> arrays.Mask:
    """Return which rows, so long from their index on, overlap a stretch."""
    unknown = np.zeros(len(index), dtype=bool)
    if spans:
        at = arrays.nanoseconds(index)
        ends = arrays.after(at, seconds)
        for start, stop in spans:
            unknown |= (at < ns_of(stop)) & (ends > ns_of(start))
    return unknown
