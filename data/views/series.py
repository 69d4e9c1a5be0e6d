"""What the historian has for a view: histories or indicators, with quality, gaps and kind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from data import buckets, queries
from data.analysis import arrays, coverage, digits, gaps, kinds
from data.buckets import Resolution
from data.db import Answer, HistorianUnavailable
from data.errors import BadInput
from data.queries import Tag
from data.views.judging import bucket_marks, reading_quality, spacing_at
from data.views.kinds import OfKind, of_kind
from data.views.presence import Presence, expectation, held, may_be_read, newest_spacing, presence
from data.views.view import View
from data.views.widths import finest, no_finer_than, request_of, width_of

#: Columns of which the numbers are readings, and those that are drawn on one axis with means.
READINGS = ("min", "max", "first", "last")
MEANS_AND_BANDS = ("avg", "sma_10", "sma_60", "ema_20", "lower", "middle", "upper")
#: Numbers of indicators that have a scale each of their own.
ALONE = ("sigma", "slope", "r2")
#: Judges the rows of a history: columns quality and reasons, same index.
Marks = Callable[[], pd.DataFrame]


@dataclass(frozen=True, slots=True)
class TagSeries:
    """What there is of one tag in a view.

    Parameters
    ----------
    frame : history or indicators, index `bucket`, without break rows
    resolution, seconds : width of the buckets as a token and in seconds, 0 for single readings
    source : the relations read
    spacing : median spacing of the readings [s], None if unknown
    find_presence : returns `presence`; of single readings that is found when somebody asks for it
    marks : returns quality and reasons of each row (see `quality.QUALITIES`, bits of
        `quality.REASONS`): a table shows them, a chart does not
    readings : how many there are, those left out of the statistics included
    until : the database's clock when the view was asked for, or the time of an old answer
    as_of : when the historian gave this, by its clock; `error` says why it gave nothing newer
    of_kind : what is said of a state, an angle or a counter, None for a value
    unchecked : buckets that may lack readings, and were not looked after
    gone : time before which the rollups alone tell, for the readings are gone; None without one
    """

    tag: Tag
    frame: pd.DataFrame
    resolution: str
    seconds: float
    source: str
    spacing: float | None
    find_presence: Callable[[], Presence]
    marks: Marks
    readings: int
    until: datetime
    as_of: datetime
    error: HistorianUnavailable | None
    of_kind: OfKind | None = None
    unchecked: int = 0
    gone: datetime | None = None
    #: Filled when they are asked for first: a chart, its chips and its table ask for them.
    _digits: dict[str, int] = field(default_factory=dict, init=False, repr=False, compare=False)
    _presence: list[Presence] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def presence(self) -> Presence:
        """Gaps, coverage and what was expected."""
        if not self._presence:
            self._presence.append(self.find_presence())
        return self._presence[0]

    @property
    def with_breaks(self) -> pd.DataFrame:
        """The frame of the line: rows with a good value, and an empty row in every gap."""
        some = self.frame["n"].to_numpy() > 0
        good = self.frame if some.all() else self.frame[some]
        at, due = arrays.nanoseconds(good.index), self.presence.expectation
        return gaps.with_breaks(good, due.limits(self.tag.checks, at), self.gaps)

    @property
    def digits(self) -> dict[str, int]:
        """How the numbers of each column are written, in table and chart alike."""
        if not self._digits:
            self._digits.update(self._digits_by_column())
        return self._digits

    def _digits_by_column(self) -> dict[str, int]:
        if "sma_10" in self.frame:
            decimals = self.tag.decimals
            return {
                **digits.by_column(self.frame, decimals, MEANS_AND_BANDS, ("min", "max")),
                **{name: digits.by_column(self.frame, None, (name,))[name] for name in ALONE},
            }
        if not self.seconds:  # a single reading stands in every column
            told = digits.by_column(self.frame, self.tag.decimals, ("last",))
            return dict.fromkeys(("avg", *READINGS), told["last"])
        return digits.by_column(self.frame, self.tag.decimals, ("avg",), READINGS)

    @property
    def gaps(self) -> pd.DataFrame:
        """Start, stop and seconds of every gap of the window."""
        return self.presence.gaps

    @property
    def coverage(self) -> float:
        """The share of expected readings that is there, 0…1; NaN where none can be expected."""
        return self.presence.coverage

    @property
    def bucket_coverage(self) -> arrays.Floats:
        """The coverage of each bucket, 0…1; NaN for single readings and where none is expected."""
        if not self.seconds:
            return np.full(len(self.frame), np.nan)
        start, stop = arrays.nanoseconds(self.frame.index), arrays.ends(self.frame)
        now = pd.Timestamp(self.until).as_unit("ns").value  # a bucket that fills is due so far
        stop, due = np.minimum(stop, np.maximum(start, now)), self.presence.expectation
        return coverage.bucket_shares(due, start, stop, held(self.frame))

    @property
    def uncounted(self) -> tuple[datetime, datetime] | None:
        """Start of the first and of the last bucket of which nobody counted what was left out."""
        places = np.flatnonzero(arrays.truths(self.frame["unknown"]))
        if not len(places):
            return None
        first, last = pd.DatetimeIndex(self.frame.index)[places[[0, -1]]]
        return first.to_pydatetime(), last.to_pydatetime()

    @property
    def remade(self) -> int:
        """Of how many rows the rollup lacks readings, so that another source answers them."""
        return int(arrays.truths(self.frame["remade"]).sum())

    @property
    def bad(self) -> pd.DataFrame:
        """The rows that hold BAD readings: `bad` how many, `bad_value` the extreme."""
        some = self.frame["bad"].to_numpy() > 0
        columns = {name: self.frame[name].to_numpy()[some] for name in ("bad", "bad_value")}
        return pd.DataFrame(columns, self.frame.index[some])


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
    """Return the history of a tag at this width; None: every reading.

    Raises
    ------
    BadInput
        If the window holds too many of them.
    HistorianUnavailable
        If the historian does not answer and no earlier answer is stored.
    """
    return _read(view, tag, request_of(view, tag, width))


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
    request = request_of(view, tag, width or no_finer_than(spacing))
    times = queries.Times(replace(request, resolution=None))
    return _tag_series(view, tag, request, queries.indicators.answer(request), times)


def _read_ahead(view: View, tag: Tag) -> None:
    """Read what the history of a tag asks for first; it is shared with who asks for it then."""
    queries.history.answer(request_of(view, tag, width_of(view, tag)))


def _history(view: View, tag: Tag) -> TagSeries:
    try:
        return _read(view, tag, request_of(view, tag, width_of(view, tag)))
    except BadInput as refusal:
        if refusal.key != "too_many_readings" or view.resolution:
            raise
        return _read(view, tag, request_of(view, tag, finest(view)))


def _read(view: View, tag: Tag, request: queries.Request) -> TagSeries:
    """Return the history that a request asks for; the times of its readings are read meanwhile."""
    times = queries.Times(replace(request, resolution=None))
    with queries.ahead([lambda: times.at] if _asks_times(view, tag, request) else []):
        answer = queries.history.answer(request)
    return _tag_series(view, tag, request, answer, times)


def _asks_times(view: View, tag: Tag, request: queries.Request) -> bool:
    """Return whether the times of the readings will be asked for: buckets that are read anew."""
    if request.resolution is None:
        return False
    if not may_be_read(tag, view.start, min(view.stop, view.now)):
        return False
    kept = queries.history.kept(request)
    return kept is None or not kept.is_fresh


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
    readings = int(held(frame).sum())
    if request.resolution is None:
        times = queries.Times(request, arrays.nanoseconds(frame.index))
    # Where the readings are gone and rollups tell, those that are left would show that as a gap.
    times.few = readings <= queries.MOST_READINGS and attrs["gone"] is None
    stop = min(view.stop, until)
    find: Callable[[], Presence]
    words, trouble = None, None
    if request.resolution is None and tag.kind == kinds.VALUE:  # nothing is read for it
        find = partial(_presence, view, tag, request, frame, stop, times)
    else:
        due = expectation(tag, view.start, min(view.stop, view.now), times)
        there = presence(tag, due, request, frame, stop, times)
        find = partial(_same, there)
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
        gone=attrs["gone"],
    )


def _presence(
    view: View,
    tag: Tag,
    request: queries.Request,
    frame: pd.DataFrame,
    stop: datetime,
    times: queries.Times,
) -> Presence:
    due = expectation(tag, view.start, min(view.stop, view.now), times)
    return presence(tag, due, request, frame, stop, times)


def _same(presence: Presence) -> Presence:
    return presence


def _marks(
    view: View, tag: Tag, frame: pd.DataFrame, attrs: Mapping[Any, Any]
) -> tuple[Marks, HistorianUnavailable | None]:
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
