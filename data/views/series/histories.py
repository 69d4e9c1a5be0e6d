"""What the historian has for a view: histories or indicators, with quality, gaps and kind."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pandas as pd

from data import buckets, queries
from data.analysis import gaps, kinds
from data.buckets import Resolution
from data.db import Answer, HistorianUnavailable
from data.errors import BadInput
from data.queries import Tag
from data.views.judging import bucket_marks, reading_quality, spacing_at
from data.views.kinds import of_kind
from data.views.presence import (
    Presence,
    Rows,
    expectation,
    may_be_read,
    newest_spacing,
    presence,
    rows_of,
)
from data.views.series.tag_series import Judge, TagSeries
from data.views.view import View
from data.views.widths import finest, no_finer_than, request_of, whole_width, width_of


def histories(view: View) -> tuple[list[TagSeries], list[BadInput]]:
    """Return the series of every tag of a view that exists, and a refusal for each other name.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer and no earlier answer is stored.
    """
    tags = {name: queries.tag(name) for name in view.tags}
    unknown = [BadInput("unknown_tag", tag=name) for name, tag in tags.items() if tag is None]
    drawn = [tag for tag in tags.values() if tag is not None]
    with queries.ahead([partial(_read_ahead, view, tag) for tag in drawn[1:]]):
        return [_history(view, tag) for tag in drawn], unknown


def every_history(view: View) -> list[TagSeries]:
    """Return the series of every tag of a view, in its order.

    Raises
    ------
    BadInput
        If there is no tag of one of the names.
    HistorianUnavailable
        If the historian does not answer and no earlier answer is stored.
    """
    series, unknown = histories(view)
    if unknown:
        raise unknown[0]
    return series


def series_of(view: View, tag: Tag, width: Resolution | None) -> TagSeries:
    """Return the history of a tag at this width, which stays; None: every reading.

    Raises
    ------
    BadInput
        If the window holds too many of them.
    HistorianUnavailable
        If the historian does not answer and no earlier answer is stored.
    """
    return _whole(view, _read_at(view, tag, width), _read_at, True)


def indicator_series(view: View) -> TagSeries:
    """Return the indicators of a view's first tag: `frame` has a row for every bucket.

    Raises
    ------
    BadInput
        If the view has no tag, or there is none of that name, or it is no value; or the view holds
        too many buckets.
    HistorianUnavailable
        If the historian does not answer and no earlier answer is stored.
    """
    name = view.tags[0] if view.tags else ""
    tag = queries.tag(name)
    if tag is None:
        raise BadInput("unknown_tag", tag=name)
    if tag.kind != kinds.VALUE:
        raise BadInput(f"indicators_of_{tag.kind}", tag=name)
    spacing = newest_spacing(tag, view.start, min(view.stop, view.now))
    width = view.resolution or buckets.finest_for(view.seconds, view.pixels, spacing)
    item = _indicators_at(view, tag, width or no_finer_than(spacing))
    return _whole(view, item, _indicators_at, view.resolution is not None)


def _indicators_at(view: View, tag: Tag, width: Resolution | None) -> TagSeries:
    request = request_of(view, tag, width)
    times = queries.Times(replace(request, resolution=None))
    return _tag_series(view, tag, request, queries.indicators.answer(request), times)


def _read_ahead(view: View, tag: Tag) -> None:
    """Read what the history of a tag asks for first; it is shared with who asks for it then."""
    queries.history.answer(request_of(view, tag, width_of(view, tag)))


def _history(view: View, tag: Tag) -> TagSeries:
    try:
        item = _read_at(view, tag, width_of(view, tag))
    except BadInput as refusal:
        if refusal.key != "too_many_readings" or view.resolution:
            raise
        item = _read_at(view, tag, finest(view))
    return _whole(view, item, _read_at, view.resolution is not None)


def _whole(
    view: View,
    item: TagSeries,
    read: Callable[[View, Tag, Resolution | None], TagSeries],
    stays: bool,
) -> TagSeries:
    """Return a series, at the finest width that tells what of it is gone at its own.

    Where that is one of another zone, the series says so and stays.

    Parameters
    ----------
    stays : its width is asked for; the series says which one tells
    """
    if item.error is not None:
        return item
    request = request_of(view, item.tag, item.width)
    wider = whole_width(view, request, item.rows, item.spacing)
    if wider is None:
        return item
    whole = read(replace(view, zone=wider.zone or view.zone), item.tag, wider.width)
    if not whole.tells_more(item):
        return item
    return replace(item, wider=wider) if stays or wider.zone else whole


def _read_at(view: View, tag: Tag, width: Resolution | None) -> TagSeries:
    """Return the history at a width; what else it takes is read meanwhile."""
    request = request_of(view, tag, width)
    times = queries.Times(replace(request, resolution=None))
    answer = queries.history.fresh(request)
    if answer is None:
        with queries.ahead(_needed(view, tag, request, times)):
            answer = queries.history.answer(request)
    return _tag_series(view, tag, request, answer, times)


def _needed(
    view: View, tag: Tag, request: queries.Request, times: queries.Times
) -> list[Callable[[], object]]:
    """Return what reads the times of buckets, or what judges single readings."""
    if request.resolution is None:
        needed = partial(queries.before, tag.name, request.start, tag.checks)
        return [needed] if tag.checks.compares else []
    few = may_be_read(tag, view.start, min(view.stop, view.now))
    return [partial(getattr, times, "at")] if few else []


def _tag_series(
    view: View,
    tag: Tag,
    request: queries.Request,
    answer: Answer[pd.DataFrame],
    times: queries.Times,
) -> TagSeries:
    # pandas copies attrs deeply at every step that makes a new frame; this one is ours alone.
    frame = answer.value
    attrs, frame.attrs = frame.attrs, {}
    # An old answer says nothing of the time after it: without readings there is no gap there.
    as_of = view.now - timedelta(seconds=answer.age)
    until = as_of if answer.error else view.now
    marks, failure = _marks(view, tag, frame, attrs)
    rows = rows_of(frame)
    readings = int(rows.counts.sum())
    if request.resolution is None:
        times = queries.Times(request, rows.at)
    # Where the readings are gone and rollups tell, those that are left would show that as a gap.
    times.gone = attrs["gone"]
    times.few = readings <= queries.MOST_READINGS and times.gone is None
    stop = min(view.stop, until)
    find: Callable[[], Presence]
    words, trouble = None, None
    if request.resolution is None and tag.kind == kinds.VALUE:  # nothing is read for it
        find = partial(_presence, view, tag, request, rows, stop, times)
    else:
        due = expectation(tag, view.start, min(view.stop, view.now), times)
        find = partial(_same, presence(tag, due, request, rows, stop, times))
        frame, words, trouble = of_kind(tag, due, request, frame, min(request.stop, until))
    return TagSeries(
        tag=tag,
        frame=frame,
        resolution=attrs["resolution"],
        seconds=float(attrs["seconds"] or 0),
        source=attrs["source"],
        spacing=attrs["spacing"],
        find_presence=find,
        marks=marks,
        readings=readings,
        until=until,
        as_of=as_of,
        error=answer.error or failure or trouble,
        of_kind=words,
        unchecked=attrs["unchecked"],
        deleted=attrs["deleted"],
        gone=attrs["gone"],
    ).with_rows(answer.value, rows)


def _presence(
    view: View,
    tag: Tag,
    request: queries.Request,
    rows: Rows,
    stop: datetime,
    times: queries.Times,
) -> Presence:
    due = expectation(tag, view.start, min(view.stop, view.now), times)
    return presence(tag, due, request, rows, stop, times)


def _same(presence: Presence) -> Presence:
    return presence


def _marks(
    view: View, tag: Tag, frame: pd.DataFrame, attrs: Mapping[Any, Any]
) -> tuple[Judge, HistorianUnavailable | None]:
    """Return what judges the rows, and why those before them could not be asked for."""
    if attrs["seconds"]:
        return partial(bucket_marks, frame, tag.checks), None
    # The spacing of this window would judge a reading in another window by another gap.
    gap = float(gaps.limit(tag.checks, spacing_at(tag.name, view.stop, view.live)))
    earlier, failure = None, None
    if tag.checks.compares:
        try:
            earlier = queries.before(tag.name, attrs["start"], tag.checks)
        except HistorianUnavailable as error:
            failure = error
    return partial(reading_quality, frame, tag.checks, gap, earlier), failure
