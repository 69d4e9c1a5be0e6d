"""The rows of a view for programs: tag by tag, oldest first, whole or a page at a time.

A page goes on at a time and not at a count, so what is written meanwhile moves no row from one page
to another.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd

from data import buckets, queries
from data.analysis import arrays, gaps, quality
from data.buckets import MAX_ROWS, Resolution
from data.errors import BadInput
from data.queries import Tag
from data.views.comparison import beside, caveats_of, compared
from data.views.gone import Caveats, finest_whole
from data.views.judging import reading_quality, spacing_at
from data.views.rows import BUCKET_COLUMNS, rows
from data.views.series import TagSeries, every_history
from data.views.view import View

#: Columns of a reading.
READING_COLUMNS = ("tag_name", "ts", "value", "qc", "quality", "reasons")
#: Most parts that one page is put together from: of a window without readings there are many.
MOST_PARTS = 16
NUMBERS = (*BUCKET_COLUMNS, "sum", "diff")
#: What is told of the other side of a comparison.
OTHER = (*NUMBERS, "difference", "reset", "resultant", "state")


class Place(NamedTuple):
    """Where a page begins: which tag of a view, and from when on."""

    tag: int
    at: datetime


class Part(NamedTuple):
    """Some rows of one tag, and from when on there are more; None where there are none."""

    table: pd.DataFrame
    goes_on: datetime | None
    caveats: Caveats


class Page(NamedTuple):
    """Tables of rows one after the other, and where the next page begins; None: there is none."""

    tables: list[pd.DataFrame]
    following: Place | None
    caveats: Caveats

    @property
    def length(self) -> int:
        """How many rows it has."""
        return sum(len(table) for table in self.tables)


#: Gives the rows of a tag from a time on, at most so many.
Reader = Callable[[View, Tag, datetime, int], Part]


def page(view: View, place: Place, most: int, read: Reader, parts: int = MOST_PARTS) -> Page:
    """Return the rows of a view from a place on: at most `most`, of at most so many parts.

    Raises
    ------
    BadInput
        If there is no tag of a name, or the question cannot be answered, or more rows are of one
        time than a page holds.
    HistorianUnavailable
        If the historian does not answer.
    """
    tags = _tags(view)
    tables, count, following = list[pd.DataFrame](), 0, Place(*place)
    caveats = Caveats()
    while count < most and len(tables) < parts:
        part = read(view, tags[following.tag], following.at, most - count)
        if not len(part.table) and part.goes_on == following.at:
            if count:
                break
            raise BadInput("too_many_rows", limit=most)
        tables.append(part.table)
        caveats.update(part.caveats)
        count += len(part.table)
        if part.goes_on is not None:
            following = Place(following.tag, part.goes_on)
        elif following.tag + 1 < len(tags):
            following = Place(following.tag + 1, view.start)
        else:
            return Page(tables, None, caveats)
    return Page(tables, following, caveats)


def _tags(view: View) -> list[Tag]:
    tags = []
    for name in view.tags:
        tag = queries.tag(name)
        if tag is None:
            raise BadInput("unknown_tag", tag=name)
        tags.append(tag)
    return tags


def readings(view: View, tag: Tag, start: datetime, most: int) -> Part:
    """Return readings of a tag as they are, columns READING_COLUMNS, `ts` in the view's zone.

    A page ends between two times: of readings of one time none is on another page. There is no row
    where more are of one time than fit.
    """
    request = queries.request(tag.name, None, view.start, view.stop, view.zone, tag.checks)
    request = replace(request, start=max(start, view.start), stop=view.stop)
    frame = queries.first_readings(request, most + 1)
    goes_on = None
    if len(frame) > most:
        goes_on = frame["ts"].iloc[most]
        frame = frame[frame["ts"] < goes_on]
        goes_on = goes_on.to_pydatetime()
    table = pd.DataFrame({"tag_name": tag.name, "ts": frame["ts"].dt.tz_convert(view.zone)})
    table["value"] = frame["value"].where(np.isfinite(frame["value"]))
    table["qc"] = frame["qc"].astype("int64")
    at = arrays.nanoseconds(pd.DatetimeIndex(frame["ts"]))
    caveats, spacing = Caveats(), queries.median_step(at // 1_000)
    part = request if goes_on is None else replace(request, stop=goes_on)
    caveats.add(tag.name, finest_whole(part, (at, at), spacing))
    return Part(_judged(view, tag, table), goes_on, caveats)


def _judged(view: View, tag: Tag, table: pd.DataFrame) -> pd.DataFrame:
    """Return readings with what is to be said of each, whatever page it is on."""
    if not len(table):
        return table.assign(quality=pd.Series(dtype=object), reasons=pd.Series(dtype=object))
    frame = table.set_index("ts")[["qc"]].assign(last=table["value"].to_numpy(), bad_value=np.nan)
    gap = float(gaps.limit(tag.checks, spacing_at(tag.name, view.stop, False)))
    earlier = None
    if tag.checks.compares:
        earlier = queries.before(tag.name, table["ts"].iloc[0].to_pydatetime(), tag.checks)
    marks = reading_quality(frame, tag.checks, gap, earlier)
    words = [quality.QUALITIES[code] for code in marks.quality.tolist()]
    reasons = [" ".join(quality.reason_keys(bits)) for bits in marks.reasons.tolist()]
    return table.assign(quality=words, reasons=reasons)


def buckets_of(
    view: View, tag: Tag, start: datetime, most: int, width: Resolution, fill: Resolution | None
) -> Part:
    """Return buckets of a tag, see `bucket_rows`; `width` is the view's resolution."""
    begin = buckets.floor(max(start, view.start), width, view.zone)
    edge = _edge(begin, min(most, MAX_ROWS), width, view.zone)
    stop = min(edge, view.stop)
    part = replace(view, tags=(tag.name,), start=begin, stop=stop, live=False)
    (item,) = every_history(part)
    table, caveats = bucket_rows(part, item, fill)
    return Part(table, edge if edge < view.stop else None, caveats)


def _edge(start: datetime, count: int, width: Resolution, zone: str) -> datetime:
    """Return where at most so many buckets end, at least one."""
    stop = buckets.floor(start + count * timedelta(seconds=width.seconds), width, zone)
    return stop if stop > start else buckets.after(start, width, zone)


def bucket_rows(
    view: View, item: TagSeries, fill: Resolution | None
) -> tuple[pd.DataFrame, Caveats]:
    """Return the rows of one tag of a view as its table has them, oldest first.

    And what must be said of them, and of what they are compared with.

    Columns tag_name, bucket, resolution besides those of `rows`, and sum, diff. A state, an angle
    or a counter has no sum: it would make a mean that is wrong. With a comparison columns of the
    other side besides, see `beside`.

    Parameters
    ----------
    fill : the resolution of the view: a bucket without readings has a row with n = 0, unless it
        has not begun yet; None: it has none

    Raises
    ------
    HistorianUnavailable
        If this is an old answer: rows cannot say so.
    """
    if item.error is not None:
        raise item.error
    table = rows([item], view.whole_until, NUMBERS)[::-1].drop(columns="no")
    if item.of_kind is not None:
        table["sum"] = np.nan
    table = table.rename(columns={"tag": "tag_name", "time": "bucket"})
    table = table.assign(resolution=item.resolution).reset_index(drop=True)
    table = table if fill is None else _filled(view, table, item.tag.name, fill)
    if view.compare is None:
        return table, caveats_of([item])
    (against,) = compared(view, [item])
    if against.other is not None and against.other.error is not None:
        raise against.other.error
    named = table.rename(columns={"bucket": "time"})
    whole = beside(named, against, OTHER).rename(columns={"time": "bucket"})
    return whole, caveats_of([item], [against])


def _filled(view: View, table: pd.DataFrame, name: str, width: Resolution) -> pd.DataFrame:
    start, stop = buckets.snapped(view.start, view.stop, width, view.zone)
    every = [each for each in buckets.edges(start, stop, width, view.zone)[:-1] if each < view.now]
    index = pd.DatetimeIndex(every, tz="UTC").tz_convert(view.zone).as_unit("us")
    whole = table.set_index(table["bucket"].dt.as_unit("us")).reindex(index)
    whole = whole.assign(tag_name=name, bucket=index, resolution=width.token)
    counts = {"n": whole["n"].fillna(0).astype("int64")}
    truths = {each: whole[each].eq(True) for each in ("filling", "remade")}
    return whole.assign(**counts, **truths).reset_index(drop=True)
