"""The other side of a comparison: which of its buckets or readings belongs to each of a window."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

import numpy as np
import pandas as pd

from data import buckets, queries
from data.analysis import arrays, comparison, gaps
from data.buckets import Resolution
from data.db import HistorianUnavailable
from data.errors import BadInput
from data.queries import Tag
from data.views.gone import Caveats
from data.views.presence import reaches
from data.views.series import TagSeries, histories, series_of
from data.views.view import View
from data.views.widths import width_of

#: How far before an earlier window a reading is sought that still holds at its start, at most.
MOST_BEFORE = timedelta(hours=1)


class Why(StrEnum):
    """Why a tag is not compared."""

    NOTHING = ""
    EMPTY = "empty"
    BEFORE_FIRST = "before_first"
    ONLY_BAD = "only_bad"
    OTHER_WIDTH = "other_width"
    GONE = "gone"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class Compared:
    """What one tag of a view is compared with.

    Parameters
    ----------
    shift : as far as it holds for these buckets
    start, stop : of the other window, half-open, aware
    width : of the buckets of both, None where single readings are compared
    frame : history of the other window, or a part of it; None where that could not be had
    statistic : of a value, what is compared
    other : the series that the frame is of, None of a part
    reaches : from when on [ns] a single reading of the other window holds for how long [s]
    why : why there is nothing
    """

    tag: Tag
    shift: comparison.TimeShift
    start: datetime
    stop: datetime
    width: Resolution | None
    frame: pd.DataFrame | None
    statistic: str = "avg"
    other: TagSeries | None = None
    reaches: tuple[tuple[int, float], ...] = ()
    why: Why = Why.NOTHING

    def of(self, frame: pd.DataFrame | None) -> "Compared":
        """Return the same with another part of the earlier history."""
        return replace(self, frame=frame)

    @property
    def column(self) -> str | None:
        """Which column is compared; None where the two differ by no number."""
        name = comparison.column(self.tag.kind, self.statistic)
        # A counter goes on by single readings as often as it is read: these are not compared.
        return None if name == "difference" and self.width is None else name

    def rows(self, at: arrays.Whole) -> pd.DataFrame:
        """Return what each time [ns] of the window is compared with, a row each.

        Columns of the history, empty where there is nothing, and `at`: start of the bucket or time
        of the reading [ns], `arrays.NEVER` where no such bucket begins, or no reading holds.
        """
        earlier = self.shift.earlier(at) if self.width is None else self.shift.alike(at, self.width)
        if self.frame is None:
            return pd.DataFrame({"at": earlier if self.width else np.full(len(at), arrays.NEVER)})
        frame = self.frame if self.width else self.frame[self.frame["n"].to_numpy() > 0]
        there = arrays.nanoseconds(frame.index)
        if self.width is None:
            place = np.searchsorted(there, earlier, side="right") - 1
            held = np.where(place >= 0, there[place], arrays.NEVER) if len(there) else earlier
            fits = (place >= 0) & (earlier != arrays.NEVER)
            fits &= np.where(fits, earlier - held, 0) <= arrays.stepped(self.reaches, held) * 1e9
            earlier = np.where(fits, held, arrays.NEVER)
        else:
            place = np.searchsorted(there, earlier).clip(max=max(len(there) - 1, 0))
            fits = (there[place] == earlier) if len(there) else np.zeros(len(at), bool)
        rows = frame.reset_index(drop=True).reindex(np.where(fits, place, -1))
        return rows.reset_index(drop=True).assign(at=earlier)


#: The series of the other window, made where it is needed first; None of single readings.
Other = Callable[[], TagSeries | None]


def both(view: View) -> tuple[list[TagSeries], list[BadInput], list[Compared]]:
    """Return what `histories` and `compared` do: the two windows are read side by side."""
    shift = view.compare
    others = {name: queries.Once(partial(_other, view, name, shift)) for name in view.tags if shift}
    with queries.ahead(list(others.values())):
        series, refusals = histories(view)
        against = compared(view, series, others)
        if view.resolution is None:
            pairs = [_of_one_width(view, *pair) for pair in zip(series, against, strict=False)]
            series, against = map(list, zip(*pairs, strict=True)) if pairs else (series, against)
        return series, refusals, against


def every_both(view: View) -> tuple[list[TagSeries], list[Compared]]:
    """Return what `both` does of tags that all exist.

    Raises
    ------
    BadInput
        If there is no tag of one of the names.
    HistorianUnavailable
        If the historian does not answer and no earlier answer is stored.
    """
    series, unknown, against = both(view)
    if unknown:
        raise unknown[0]
    return series, against


def _of_one_width(view: View, item: TagSeries, against: Compared) -> tuple[TagSeries, Compared]:
    """Return both sides, where readings of the other are gone at the width that tells it."""
    wider = against.other.wider if against.other else None
    if wider is None or wider.zone or view.compare is None:
        return item, against
    item = series_of(view, item.tag, wider.width)
    return item, _compared(view, item, view.compare, None)


def compared(
    view: View, series: Sequence[TagSeries], others: Mapping[str, Other] | None = None
) -> list[Compared]:
    """Return what each series of a view is compared with; nothing where nobody asks for that.

    Parameters
    ----------
    others : by tag, where they are read already

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer and no earlier answer is stored.
    """
    shift, at_hand = view.compare, others or {}
    if shift is None:
        return []
    return [_compared(view, item, shift, at_hand.get(item.tag.name)) for item in series]


def _other(view: View, name: str, shift: comparison.TimeShift) -> TagSeries | None:
    tag = queries.tag(name)
    width = width_of(view, tag) if tag else None
    if tag is None or width is None:
        return None
    start, stop = shift.of(width).moved(view.start, view.stop)
    return series_of(_window(view, start, stop), tag, width)


def _window(view: View, start: datetime, stop: datetime) -> View:
    return replace(view, start=start, stop=stop, live=False, window="", compare=None)


def _compared(
    view: View, item: TagSeries, shift: comparison.TimeShift, at_hand: Other | None
) -> Compared:
    width = buckets.resolution(item.resolution) if item.seconds else None
    shift = shift.of(width)
    start, stop = shift.moved(view.start, view.stop)
    held = () if width else _reaches(view, item, start, stop)
    side = Compared(item.tag, shift, start, stop, width, None, view.statistic, reaches=held)
    before = min(timedelta(seconds=held[0][1]), MOST_BEFORE) if held else timedelta()
    try:
        other = at_hand() if at_hand else None
        if other is None or other.resolution != item.resolution:
            other = series_of(_window(view, start - before, stop), item.tag, width)
    except BadInput as refusal:
        if refusal.key != "too_many_readings":
            raise
        return replace(side, why=Why.TOO_MANY)
    side = replace(side, frame=other.frame, other=other)
    return replace(side, why=_why(side, item, other))


def _reaches(
    view: View, item: TagSeries, start: datetime, stop: datetime
) -> tuple[tuple[int, float], ...]:
    """Return how long readings of the other window hold: they may lie farther apart than here.

    While nobody can say that, as long as those of this window.
    """
    try:
        return reaches(item.tag, start, min(stop, view.now), view.zone)
    except HistorianUnavailable:
        return ((0, float(gaps.limit(item.tag.checks, item.spacing))),)


def caveats_of(series: Sequence[TagSeries], against: Sequence[Compared] = ()) -> Caveats:
    """Return what must be said of the rows of tags, and of what these are compared with."""
    every = Caveats()
    for item in (*series, *(each.other for each in against if each.other is not None)):
        every.add(item.tag.name, item.wider, item.unchecked, item.deleted)
    return every


def _why(side: Compared, item: TagSeries, other: TagSeries) -> Why:
    if other.wider is not None:
        return Why.GONE
    if not len(other.frame):
        first = other.presence.expectation.first
        stop = pd.Timestamp(side.stop).as_unit("ns").value
        return Why.BEFORE_FIRST if first == arrays.NEVER or first >= stop else Why.EMPTY
    if not (other.frame["n"] > 0).any():
        return Why.ONLY_BAD
    at, width = arrays.nanoseconds(item.frame.index), side.width
    is_none = width and len(at) and (side.shift.alike(at, width) == arrays.NEVER).all()
    return Why.OTHER_WIDTH if is_none else Why.NOTHING
