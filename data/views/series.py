"""What the historian has for a view: histories or indicators, described, and their rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from data import buckets, queries
from data.analysis import Checks, Expectation, arrays, coverage, gaps, kinds, quality
from data.buckets import Resolution
from data.db import Answer, HistorianUnavailable
from data.errors import BadInput
from data.queries import Tag
from data.views.kinds import OfKind, of_kind
from data.views.presence import Presence, expectation, presence
from data.views.view import View

#: Columns of a table or file of rows: of buckets, of indicators, and what stands beside either.
BUCKET_COLUMNS = ("avg", "min", "max", "last", "first", "n")
INDICATOR_COLUMNS = ("avg", "sma_10", "sma_60", "lower", "middle", "upper", "slope", "n")
EXTRA_COLUMNS = ("bad", "bad_value", "coverage", "unit", "filling", "quality")
KIND_COLUMNS = ("state", "difference", "reset", "resultant")


@dataclass(frozen=True, slots=True)
class TagSeries:
    """What there is of one tag in a view.

    Parameters
    ----------
    frame : history or indicators, index `bucket`, without break rows
    resolution, seconds : width of the buckets as a token and in seconds, 0 for single readings
    source : the relations read
    spacing : median spacing of the readings [s], None if unknown
    presence : gaps, coverage and what was expected
    quality : of each row (see `quality.QUALITIES`)
    readings : how many there are, those left out of the statistics included
    until : the database's clock when the view was asked for, or the time of an old answer
    as_of : when the historian gave this; `error` says why it gave nothing newer
    of_kind : what is said of a state, an angle or a counter, None for a value
    """

    tag: Tag
    frame: pd.DataFrame
    resolution: str
    seconds: float
    source: str
    spacing: float | None
    presence: Presence
    quality: pd.Series
    readings: int
    until: datetime
    as_of: datetime
    error: Exception | None
    of_kind: OfKind | None = None

    @property
    def with_breaks(self) -> pd.DataFrame:
        """The frame of the line: rows with a good value, and an empty row in every gap."""
        good = self.frame[self.frame["n"] > 0]
        at, due = arrays.nanoseconds(good.index), self.presence.expectation
        return gaps.with_breaks(good, due.limits(self.tag.checks, at), self.gaps)

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
        found = self.frame["n"].fillna(0) + self.frame["bad"].fillna(0)
        start, stop = map(arrays.nanoseconds, (self.frame.index, gaps.ends(self.frame)))
        now = pd.Timestamp(self.until).as_unit("ns").value  # a bucket that fills is due so far
        stop, due = np.minimum(stop, np.maximum(start, now)), self.presence.expectation
        return coverage.bucket_shares(due, start, stop, found.to_numpy(dtype=float))

    @property
    def uncounted(self) -> tuple[datetime, datetime] | None:
        """Start of the first and of the last bucket of which nobody counted what was left out."""
        index = pd.DatetimeIndex(self.frame.index)[self.frame["unknown"].eq(True)]
        return (index[0].to_pydatetime(), index[-1].to_pydatetime()) if len(index) else None

    @property
    def bad(self) -> pd.DataFrame:
        """The rows that hold BAD readings: `bad` how many, `bad_value` the extreme."""
        return self.frame.loc[self.frame["bad"] > 0, ["bad", "bad_value"]]


def histories(view: View) -> tuple[list[TagSeries], list[BadInput]]:
    """Return the series of every tag of a view that exists, and a refusal for each other name.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer and no earlier answer is stored.
    """
    tags = {name: queries.tag(name) for name in view.tags}
    unknown = [BadInput("unknown_tag", tag=name) for name, tag in tags.items() if tag is None]
    return [_history(view, tag) for tag in tags.values() if tag is not None], unknown


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
    due = expectation(tag, view.start, min(view.stop, view.now))
    spacing = due.newest_spacing
    width = view.resolution or buckets.finest_for(view.seconds, view.pixels, spacing)
    request = _request(view, tag, width or _no_finer_than(spacing))
    return _tag_series(view, tag, due, request, queries.indicators.answer(request))


def _request(view: View, tag: Tag, width: Resolution | None) -> queries.Request:
    return queries.request(tag.name, width, view.start, view.stop, view.zone, tag.checks)


def _history(view: View, tag: Tag) -> TagSeries:
    """Return the history at the width asked for, else at the one that the chart's pixels choose."""
    due = expectation(tag, view.start, min(view.stop, view.now))
    width = view.resolution
    width = width or buckets.finest_for(view.seconds, view.pixels, due.newest_spacing)
    request = _request(view, tag, width)
    try:
        answer = queries.history.answer(request)
    except BadInput as refusal:
        if refusal.key != "too_many_readings" or view.resolution:
            raise
        request = _request(view, tag, _finest(view))
        answer = queries.history.answer(request)
    return _tag_series(view, tag, due, request, answer)


def _spacing(view: View, tag: str) -> float | None:
    """Return the spacing at a view's end; in an outage that of now, which a live view left."""
    if not view.live:
        try:
            return queries.spacing(tag, _next_day(view.stop))
        except HistorianUnavailable:
            pass
    return queries.spacing(tag)


def _next_day(moment: datetime) -> datetime:
    """Return a time that all views of one day share, so that they share the answer."""
    return buckets.ceiling(moment, buckets.resolution("1d"), "UTC")


def _finest(view: View) -> Resolution:
    """Return the finest width that the chart and the limit of rows allow."""
    width = buckets.finest_for(view.seconds, view.pixels) or buckets.RESOLUTIONS[0]
    wide = [r for r in buckets.RESOLUTIONS if view.seconds / r.seconds <= buckets.MAX_ROWS]
    return max(width, wide[0], key=lambda r: r.seconds)


def _no_finer_than(spacing: float | None) -> Resolution:
    """Return the finest width whose buckets have a reading each."""
    wide = [width for width in buckets.RESOLUTIONS if width.seconds >= (spacing or 0)]
    return wide[0] if wide else buckets.RESOLUTIONS[-1]


def _tag_series(
    view: View,
    tag: Tag,
    due: Expectation,
    request: queries.Request,
    answer: Answer[pd.DataFrame],
) -> TagSeries:
    attrs = answer.value.attrs
    # pandas copies attrs deeply at every step that makes a new frame.
    frame = answer.value.copy(deep=False)
    frame.attrs = {}
    # An old answer says nothing of the time after it: without readings there is no gap there.
    until = min(view.now, answer.as_of) if answer.error else view.now
    marks, failure = _quality(view, tag, answer.value)
    there = presence(tag, due, request, frame, min(view.stop, until))
    frame, words, trouble = of_kind(tag, due, request, frame, min(view.stop, until))
    return TagSeries(
        tag=tag,
        frame=frame,
        resolution=attrs["resolution"],
        seconds=float(attrs["seconds"] or 0),
        source=attrs["source"],
        spacing=attrs["spacing"],
        presence=there,
        quality=marks,
        readings=int(frame["n"].sum() + frame["bad"].sum()),
        until=until,
        as_of=answer.as_of,
        error=answer.error or failure or trouble,
        of_kind=words,
    )


def _quality(
    view: View, tag: Tag, frame: pd.DataFrame
) -> tuple[pd.Series, HistorianUnavailable | None]:
    """Return the quality of each row, and why readings before the first could not be asked for."""
    if frame.attrs["seconds"]:
        return quality.bucket_quality(frame, tag.checks), None
    # The spacing of this window would judge a reading in another window by another gap.
    gap = float(gaps.limit(tag.checks, _spacing(view, tag.name)))
    earlier, failure = None, None
    if tag.checks.compares:
        try:
            earlier = queries.before(tag.name, frame.attrs["start"], tag.checks)
        except HistorianUnavailable as error:
            failure = error
    return reading_quality(frame, tag.checks, gap, earlier), failure


def reading_quality(
    frame: pd.DataFrame, checks: Checks, gap: float, earlier: pd.DataFrame | None = None
) -> pd.Series:
    """Return the quality of readings by every test, whatever the window they are seen in.

    Parameters
    ----------
    frame : a history of single readings
    gap : step and rate are not judged across a longer spacing [s]
    earlier : the readings before it that decide, as `queries.before` gives them
    """
    readings = frame[["qc"]].assign(value=frame["last"].fillna(frame["bad_value"]))
    readings["place"] = np.arange(len(readings))
    if earlier is None or not len(earlier):
        return quality.assess(readings, checks, gap)["quality"]
    zone = pd.DatetimeIndex(frame.index).tz
    earlier = earlier.set_axis(pd.DatetimeIndex(earlier.index).tz_convert(zone))
    whole = pd.concat([earlier[["qc", "value", "place"]], readings])
    return quality.assess(whole, checks, gap)["quality"].iloc[len(earlier) :]


def rows(
    series: Sequence[TagSeries], now: datetime, columns: Sequence[str] = BUCKET_COLUMNS
) -> pd.DataFrame:
    """Return the rows behind a figure, newest first, tags in their order within one time.

    Parameters
    ----------
    series : of the tags, in their order
    now : the database's clock, which says what still fills
    columns : of the numbers, a selection of BUCKET_COLUMNS or INDICATOR_COLUMNS

    Returns
    -------
    DataFrame with columns no, tag, time (site zone), `columns`, bad (readings left out of the
    numbers, missing where not known), bad_value (their extreme), coverage (of the bucket, 0…1),
    unit, filling (the bucket will still change), quality (a word), state (word of the last value),
    difference and reset (1 or 0, of a counter), resultant (length, of an angle). The row of a
    single reading has its value as read, good or not; n + bad is 1.
    """
    parts = [_rows(place, item, now, columns) for place, item in enumerate(series)]
    if not parts:
        return pd.DataFrame(columns=["no", "tag", "time", *columns, *EXTRA_COLUMNS, *KIND_COLUMNS])
    table = pd.concat(parts, ignore_index=True)
    order = np.lexsort((table.pop("position"), -table["time"].astype("int64")))
    table = table.iloc[order].reset_index(drop=True)
    table.insert(0, "no", np.arange(1, len(table) + 1))
    return table


def _rows(place: int, item: TagSeries, now: datetime, columns: Sequence[str]) -> pd.DataFrame:
    there = _drawn(item.frame, columns)
    frame = item.frame[there]
    numbers = frame[list(columns)].fillna({"n": 0})
    if not item.seconds:
        read = numbers.columns.difference(["avg"]) if item.of_kind else numbers.columns
        numbers[read] = numbers[read].apply(lambda column: column.fillna(frame["bad_value"]))
    part = numbers.reset_index(drop=True).astype({"n": "int64"})
    part["bad"] = _counted(frame)
    part["bad_value"] = frame["bad_value"].to_numpy(dtype=float)
    part["coverage"] = item.bucket_coverage[there]
    part["unit"] = item.tag.unit
    part.insert(0, "time", frame.index)
    part.insert(0, "tag", item.tag.name)
    part["filling"] = (gaps.ends(frame) > pd.Timestamp(now)) & bool(item.seconds)
    part["quality"] = [quality.QUALITIES[int(code)] for code in item.quality[there]]
    for name in ("difference", "reset", "resultant"):
        part[name] = frame[name].to_numpy(dtype=float) if name in frame else np.nan
    part["state"] = states_of(item.tag, numbers["last"]) if "last" in numbers else ""
    return part.assign(position=place)


def states_of(tag: Tag, values: pd.Series) -> list[str]:
    """Return the word of each value of a state, empty texts of any other tag."""
    if tag.kind != kinds.STATE:
        return [""] * len(values)
    return kinds.words(values.tolist(), tag.states)


def _drawn(frame: pd.DataFrame, columns: Sequence[str]) -> arrays.Mask:
    """Return which rows the chart has a point of: readings, or an indicator at an empty bucket."""
    numbers = frame[[name for name in columns if name != "n"]].notna().any(axis=1)
    return (numbers | (frame["n"].fillna(0) + frame["bad"].fillna(0) > 0)).to_numpy()


def _counted(frame: pd.DataFrame) -> pd.Series:
    """Return how many readings were left out of each row, missing where nobody counted them."""
    bad = pd.array(frame["bad"].fillna(0).to_numpy(dtype="int64"), dtype="Int64")
    bad[(frame["unknown"].eq(True) & (frame["bad"] == 0)).to_numpy()] = pd.NA
    return pd.Series(bad)
