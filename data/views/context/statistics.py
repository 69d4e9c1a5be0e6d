"""What a window holds of a tag: from its readings, or as far as a rollup tells it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from data import buckets, queries
from data.analysis import arrays, kinds
from data.analysis import statistics as summing
from data.buckets import MAX_ROWS
from data.queries import Tag
from data.views.context.excursions import question_of, stretch
from data.views.presence import reaches

#: What tells the numbers of a window where the readings do.
READINGS = "readings"
#: Buckets that tell a window whose readings are gone are so many at least, where such are left.
OF_WINDOW = 24


@dataclass(frozen=True, slots=True)
class OfWindow:
    """The statistics of one tag.

    Parameters
    ----------
    start, stop : of what they are: wider than asked for where buckets tell
    width : of the buckets whose means tell spread and quantiles; None where the readings do
    gone : buckets tell for the readings are gone, not for they are many
    unchecked, deleted : of the buckets that tell, as those of `TagSeries`
    """

    tag: Tag
    start: datetime
    stop: datetime
    numbers: summing.Statistics
    width: buckets.Resolution | None = None
    gone: bool = False
    unchecked: int = 0
    deleted: int = 0

    @property
    def made_of(self) -> str:
        """What spread and quantiles are of, as programs read it, such as `1h means`."""
        return READINGS if self.width is None else f"{self.width.token} means"


def statistics(tag: Tag, start: datetime, stop: datetime, zone: str, now: datetime) -> OfWindow:
    """Return what [start, stop) holds of a tag; `stop` not past now.

    Rollups outlast readings: where they know of some before the first that is left, they tell.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    if start >= stop:
        return OfWindow(tag, start, stop, summing.Statistics())
    question, window = question_of(tag), stretch(start, stop)
    holds = reaches(tag, start, stop, zone)
    answer = queries.statistics.answer(question, tag.kind, window, holds)
    if answer.error is not None:
        raise answer.error
    numbers = answer.value
    if numbers is not None and not numbers.silences:
        return OfWindow(tag, start, stop, numbers)
    whole, wide = None, _wide(start, stop)
    if numbers is not None:
        request = queries.request(tag.name, None, start, stop, zone, tag.checks)
        whole = queries.whole_width(request, _fine(start, stop, wide), numbers.silences)
        if whole is None:
            return OfWindow(tag, start, stop, numbers)
        zone = whole.zone or zone
    request, frame = _buckets(tag, start, stop, zone, whole.width if whole else wide)
    fine = _finest(start, stop)
    if whole is None and fine.seconds < wide.seconds and frame["marked"].any():
        # Of fewer readings in buckets that hold BAD ones, more can be read again.
        request, frame = _buckets(tag, start, stop, zone, fine)
    return replace(_of_buckets(tag, now, request, frame), gone=whole is not None)


def _wide(start: datetime, stop: datetime) -> buckets.Resolution:
    """Return the width of an hour, or of more where a window has too many."""
    hour = next(each for each in buckets.RESOLUTIONS if each.seconds == 3_600)
    return max(hour, _finest(start, stop), key=lambda each: each.seconds)


def _finest(start: datetime, stop: datetime) -> buckets.Resolution:
    """Return the finest width of which a window has not too many."""
    seconds = (stop - start).total_seconds()
    return next(each for each in buckets.RESOLUTIONS if seconds / each.seconds < MAX_ROWS - 1)


def _fine(start: datetime, stop: datetime, wide: buckets.Resolution) -> buckets.Resolution:
    """Return the widest buckets, no wider than this, of which a window has `OF_WINDOW`."""
    most = min(wide.seconds, (stop - start).total_seconds() / OF_WINDOW)
    fitting = [each for each in buckets.RESOLUTIONS if each.seconds <= most]
    return fitting[-1] if fitting else buckets.RESOLUTIONS[0]


def _buckets(
    tag: Tag, start: datetime, stop: datetime, zone: str, width: buckets.Resolution
) -> tuple[queries.Request, pd.DataFrame]:
    """Return the question for a window in buckets, and its answer."""
    request = queries.request(tag.name, width, start, stop, zone, tag.checks)
    answer = queries.history.answer(request)
    if answer.error is not None:
        raise answer.error
    return request, answer.value


def _of_buckets(tag: Tag, now: datetime, request: queries.Request, frame: pd.DataFrame) -> OfWindow:
    """Return what buckets of an hour or more tell: no time in state, no time-weighted mean.

    A bucket that holds BAD readings which could not be left out tells nothing.
    """
    good = frame[(frame["n"] > 0) & ~frame["marked"]]
    unclear = int(frame["n"][frame["marked"]].sum())
    uncounted = bool(frame["unknown"].any())
    numbers = summing.Statistics(int(good["n"].sum()), int(frame["bad"].sum()), unclear, uncounted)
    until = min(request.stop, now)
    if len(good):
        newest = _newest(tag, good, request.start, until)
        numbers = replace(numbers, newest=newest, **_extremes(tag, good), **_means(tag, good))
    of = (tag, request.start, until, numbers, request.resolution)
    told = {name: frame.attrs[name] for name in ("unchecked", "deleted")}
    return OfWindow(*of, **told)


def _newest(tag: Tag, good: pd.DataFrame, start: datetime, until: datetime) -> summing.Moment:
    """Return the newest value; where its reading is gone, at the start of its bucket."""
    newest = queries.newest(question_of(tag), stretch(start, until))
    begin = int(arrays.nanoseconds(good.index)[-1])
    if newest.at != arrays.NEVER and newest.at >= begin:
        return newest
    return summing.Moment(float(good["last"].iloc[-1]), begin)


def _extremes(tag: Tag, good: pd.DataFrame) -> dict[str, Any]:
    """Return the least and greatest value with their times; an angle, which goes round, has none.

    Where the reading is gone it is that of its bucket's start.
    """
    if tag.kind == kinds.ANGLE:
        return {}
    rows = [good.iloc[[int(good["min"].argmin())]], good.iloc[[int(good["max"].argmax())]]]
    values = [float(rows[0]["min"].iloc[0]), float(rows[1]["max"].iloc[0])]
    start = [int(arrays.nanoseconds(row.index)[0]) for row in rows]
    stop = [int(arrays.ends(row)[0]) for row in rows]
    of = tuple(zip(start, stop, values, strict=True))
    at = queries.moments(question_of(tag), of)
    pairs = zip(("least", "greatest"), values, at, strict=True)
    return {name: summing.Moment(value, each) for name, value, each in pairs}


def _means(tag: Tag, good: pd.DataFrame) -> dict[str, Any]:
    if tag.kind != kinds.VALUE:
        return {}
    means, n = good["avg"].to_numpy(), good["n"].to_numpy()
    numbers: dict[str, Any] = {"mean": float(good["sum"].sum() / n.sum())}
    numbers["quantiles"] = tuple(np.quantile(means, summing.QUANTILES).tolist())
    if len(means) > 1:
        numbers["sd"] = float(np.std(means, ddof=1))
    return numbers
