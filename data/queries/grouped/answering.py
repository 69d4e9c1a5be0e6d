"""Who answers each part of a window of buckets: decided once, whatever parts of it are read.

Which rollups there are, whether they are whole, and whether their damaged buckets are few enough
to be summed up again, is true of a window. So its buckets are the same read at once or part by
part.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from data.analysis import arrays
from data.buckets import RAW, Resolution
from data.db import clock, read_columns
from data.queries.grouped import late, placing, reach, rows, whole
from data.queries.plan import (
    Plan,
    Request,
    Segment,
    cut,
    dividing,
    ends_at_edge,
    ns_of,
    replaced,
    segments_of,
    time_of,
    whole_buckets,
    within,
)
from data.queries.relations import catalog, left_since
from data.sql import FUTURE, ROLLUPS, influx_hist, marked_statement

#: Columns that a look for what rollups lack needs, and those that only it needs.
LOOKED_AT = ["n", "bad", "stored", "least", "seconds"]
ONLY_LOOKED_AT = ["stored", "least"]
NOTHING = pd.DataFrame({"n": 0.0, "bad": 0.0}, index=pd.DatetimeIndex([], tz="UTC"))


@dataclass(frozen=True)
class Answering:
    """Who answers each part of a window.

    Parameters
    ----------
    request : for the window
    width : of its buckets
    plan : of the window
    mended : whether stored buckets with bad values are summed up again from their readings
    again : rows of other sources in the rollups' place, index bucket
    lacking : why; None where nothing is read again
    uncounted : stretches of whose readings nobody counted what was left out, where the rows are
        of the plan
    still_uncounted : the same where they are those that were made again
    told : source, unchecked, deleted and gone of the history
    """

    request: Request
    width: Resolution
    plan: Plan
    mended: bool | None
    again: pd.DataFrame
    lacking: whole.Lacking | None
    uncounted: Sequence[tuple[datetime, datetime]]
    still_uncounted: Sequence[tuple[datetime, datetime]]
    told: dict[str, Any]

    def frame(self, start: datetime, stop: datetime) -> pd.DataFrame:
        """Return the rows of [start, stop), two edges of buckets in the window."""
        part = replace(self.request, start=start, stop=stop)
        columns = _rows(part, self.width, self.plan, self.mended)
        at = self.again.index
        return self.finished(columns, self.again[(at >= start) & (at < stop)])

    def finished(self, columns: rows.Columns, again: pd.DataFrame) -> pd.DataFrame:
        """Return rows of the plan with those of other sources in their place."""
        is_again: arrays.Mask | bool = False
        if self.lacking is not None and self.lacking.segments:
            both = columns["bucket"].union(again.index)
            so = placing.said_again(both, self.request, self.lacking)
            mended, is_again = placing.in_place(rows.framed(columns), again, so)
            columns = {str(name): mended[name].array for name in mended} | {"bucket": mended.index}
        index = rows.in_zone(columns["bucket"], self.request.zone).rename("bucket")
        told = {name: each for name, each in columns.items() if name not in ONLY_LOOKED_AT}
        told |= {"bucket": index}
        unknown, still = (
            _overlapping(index, np.asarray(columns["seconds"]), spans)
            for spans in (self.uncounted, self.still_uncounted)
        )
        told["unknown"] = np.where(is_again, still, unknown)
        return rows.framed(told)


def answering(
    request: Request, width: Resolution, parts: Sequence[tuple[datetime, datetime]] = ()
) -> tuple[Answering, pd.DataFrame]:
    """Return who answers a window, and its rows; none where it is read in parts.

    Parameters
    ----------
    parts : those that it will be read in, where it is not read at once

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    has = catalog()
    plan = _plan(request, width, has.rollups)
    if parts:
        mended = _mended(request, plan.segments)
        columns: rows.Columns = {}
        looked = None if has.logged else _looked_at(request, width, plan, parts, mended)
    else:
        mended = None
        columns = _rows(request, width, plan, None)
        looked = None if has.logged else rows.framed(columns)
    segments, lacking, again, deleted = plan.segments, None, NOTHING, 0
    gone = late.gone_before(request, plan, looked)
    if looked is not None:
        lacking = whole.lacks(request, plan, looked)
        segments = replaced(segments, lacking.segments)
        again = _again(request, width, _ending(segments, plan.until), lacking)
        deleted = placing.deleted(looked, again, request, lacking) if lacking.waiting else 0
        dropped = placing.gone_before(looked, again, request, lacking)
        gone = max(filter(None, (gone, dropped)), default=None)
        still = placing.answers_still(looked, again, request, lacking)
        segments = replaced(plan.segments, still)
    told: dict[str, Any] = {
        "source": ", ".join(dict.fromkeys(_name(each.width) for each in segments))
    }
    told |= {"unchecked": lacking.unchecked if lacking else 0}
    told |= {"gone": gone, "deleted": deleted}
    unknown = _uncounted(request, plan.segments)
    uncounted = _uncounted(request, segments) if len(again) else unknown
    made = Answering(request, width, plan, mended, again, lacking, unknown, uncounted, told)
    return made, NOTHING if parts else made.finished(columns, again)


def _name(width: int) -> str:
    return influx_hist.name if width == RAW else ROLLUPS[width].name


def _rows(part: Request, width: Resolution, plan: Plan, mended: bool | None) -> rows.Columns:
    """Return the rows of a part of a window.

    Each bucket is summed up as in the whole window: of the first segment alone as the bulk is.
    """
    segments = plan.segments
    inside = [each for each in segments if each.start < part.stop and part.start < each.stop]
    mine = [Segment(w, max(a, part.start), min(b, part.stop)) for w, a, b in inside]
    bulk = inside[0] == segments[0] and ends_at_edge(segments[0], width, part.zone)
    return rows.of_segments(part, width, _ending(mine, plan.until), bulk=bulk, mended=mended)


def _ending(segments: Sequence[Segment], until: datetime) -> list[Segment]:
    """Return segments of which none reaches past a time; one after it has nothing."""
    return [each._replace(stop=min(each.stop, until)) for each in segments]


def _mended(request: Request, segments: Sequence[Segment]) -> bool:
    """Return whether the stored buckets with bad values hold few enough readings to be read."""
    stored = [each for each in segments if each.width != RAW]
    if not stored:
        return False
    values = {f"start_{place}": each.start for place, each in enumerate(stored)}
    values |= {f"stop_{place}": each.stop for place, each in enumerate(stored)}
    statement = marked_statement(tuple(each.width for each in stored))
    marked = read_columns(statement, {**rows.values_of(request), **values})["marked"]
    return bool(np.nan_to_num(marked[0]) <= rows.REREAD)


def _looked_at(
    request: Request,
    width: Resolution,
    plan: Plan,
    parts: Sequence[tuple[datetime, datetime]],
    mended: bool,
) -> pd.DataFrame | None:
    """Return what tells whether rollups lack readings; None where the readings answer all."""
    if all(each.width == RAW for each in plan.segments):
        return None
    frames = []
    for start, stop in parts:
        part = replace(request, start=start, stop=stop)
        frames.append(rows.framed(_rows(part, width, plan, mended))[LOOKED_AT])
    return pd.concat(frames)


def _again(
    request: Request, width: Resolution, segments: Sequence[Segment], lacking: whole.Lacking
) -> pd.DataFrame:
    """Return the rows made anew of which a rollup lacks readings.

    Parameters
    ----------
    segments : who answers which part now
    lacking : what another source answers in the rollup's place, and why
    """
    if not lacking.segments:
        return NOTHING
    spans = whole_buckets(lacking.segments, width, request.zone)
    return rows.of_stretches(request, width, within(segments, spans))


def _plan(request: Request, width: Resolution, rollups: Sequence[int]) -> Plan:
    """Return who answers which part, after a look at where each source begins and ends."""
    widths = dividing(rollups, request, width)
    if not widths:
        until = clock.now().value + FUTURE
        return Plan([Segment(RAW, request.start, request.stop)], [], until)
    now, sources = reach.sources(request, (*widths, RAW))
    live = request.stop > now - timedelta(seconds=2 * widths[0])
    arrangement = segments_of(sources, request.start, request.stop, live)
    segments = arrangement or [Segment(widths[0], request.start, request.stop)]
    until = now + FUTURE
    segments = [part for each in segments for part in _over_by(each, until)]
    return Plan(cut(segments, width, request.zone), sources, until)


def _over_by(segment: Segment, until: datetime) -> Iterator[Segment]:
    """Yield a segment; of a rollup's the buckets that are not over by then from the readings."""
    width, start, stop = segment
    step = width * 10**9
    over = time_of(ns_of(until) // step * step) if width != RAW else stop
    edge = min(max(start, over), stop)
    if start < edge:
        yield Segment(width, start, edge)
    if edge < stop:
        yield Segment(RAW, edge, stop)


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
    first = reach.first_reading(request.tag, since)
    since = since if first is None else min(since, first)
    return [(start, min(stop, since)) for start, stop in stored if start < since]


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
