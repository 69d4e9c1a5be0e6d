"""Two tags of a view on one time axis, and how they go together there."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from data import buckets
from data.analysis import arrays, kinds, pairs
from data.buckets import Resolution
from data.queries import Tag
from data.views.presence import reaches
from data.views.series import TagSeries, series_of
from data.views.view import View

#: More single readings than these are joined by buckets: a browser draws no more points at once.
MOST_POINTS = 4_000


class NoPair(StrEnum):
    """Why two tags have no pairs, or no correlation."""

    NOTHING = ""
    KIND = "kind"
    NO_READINGS = "no_readings"
    NO_COMMON_TIME = "no_common_time"
    TOO_FEW = "too_few"
    CONSTANT = "constant"


@dataclass(frozen=True, slots=True)
class Pair:
    """One tag against another.

    Parameters
    ----------
    one, other : their series: x and y
    joined : their pairs
    width : of the buckets whose means are joined, None where single readings are
    why : why there is no correlation, and of which of the two
    of : the tag that is why; None where both are
    """

    one: TagSeries
    other: TagSeries
    joined: pairs.Joined
    width: Resolution | None = None
    why: NoPair = NoPair.NOTHING
    of: Tag | None = None

    def correlation(self, inside: arrays.Mask | None = None) -> tuple[float, int]:
        """Return r, NaN where there is none, and of how many pairs; of those `inside` alone."""
        x, y = self.joined.x, self.joined.y
        if inside is not None:
            x, y = x[inside], y[inside]
        return pairs.correlation(x, y), len(x)


def pair(view: View, one: TagSeries, other: TagSeries) -> Pair:
    """Return two series of a view as pairs: their readings where both have these, else buckets.

    Of different widths both are read at the wider one; so are more than MOST_POINTS readings.

    Raises
    ------
    BadInput
        If a window holds too many buckets of the common width.
    HistorianUnavailable
        If the historian does not answer and no earlier answer is stored.
    """
    for each in (one, other):
        if _column(each.tag, grouped=True) is None:
            return Pair(one, other, _none(), why=NoPair.KIND, of=each.tag)
    width = _width(view, one, other)
    sides = [_at_width(view, each, width) for each in (one, other)]
    first, second = (_line(each, width is not None) for each in sides)
    if width is None:
        joined = pairs.of_readings(first, second, _reaches(view, other.tag))
    else:
        joined = pairs.of_buckets(first, second)
    why, of = _why(joined, [(one.tag, first), (other.tag, second)])
    return Pair(sides[0], sides[1], joined, width, why, of)


def _none() -> pairs.Joined:
    empty = np.empty(0)
    return pairs.Joined(np.empty(0, np.int64), empty, empty)


def _column(tag: Tag, grouped: bool) -> str | None:
    """Return what of a tag is a number that goes up and down; None of a state or an angle."""
    if tag.kind == kinds.VALUE:
        return "avg" if grouped else "last"
    return "difference" if tag.kind == kinds.COUNTER else None


def _width(view: View, one: TagSeries, other: TagSeries) -> Resolution | None:
    """Return the width that both are read at, None for single readings.

    A counter's single readings only go on: it is joined by what it counted in a bucket.
    """
    wide = max((one, other), key=lambda each: each.seconds)
    if wide.seconds:
        return buckets.resolution(wide.resolution)
    counted = kinds.COUNTER in (one.tag.kind, other.tag.kind)
    if not counted and one.readings <= MOST_POINTS and other.readings <= MOST_POINTS:
        return None
    spacing = max(each.spacing or 0.0 for each in (one, other))
    least = max(view.seconds / MOST_POINTS, spacing)
    wide_enough = (each for each in buckets.RESOLUTIONS if each.seconds >= least)
    return next(wide_enough, buckets.RESOLUTIONS[-1])


def _at_width(view: View, item: TagSeries, width: Resolution | None) -> TagSeries:
    if item.seconds == (width.seconds if width else 0):
        return item
    return series_of(view, item.tag, width)


def _line(item: TagSeries, grouped: bool) -> tuple[arrays.Whole, arrays.Floats]:
    """Return the times and good values of a series, NaN where there is none."""
    values = arrays.column_of(item.frame, _column(item.tag, grouped) or "")
    some = arrays.numbers(item.frame["n"]) > 0
    return arrays.nanoseconds(item.frame.index), np.where(some, values, np.nan)


def _reaches(view: View, tag: Tag) -> tuple[tuple[int, float], ...]:
    stop = max(min(view.stop, view.now), view.start)
    return reaches(tag, view.start, stop, view.zone) if view.start < stop else ((0, 0.0),)


def _why(
    joined: pairs.Joined, lines: list[tuple[Tag, tuple[arrays.Whole, arrays.Floats]]]
) -> tuple[NoPair, Tag | None]:
    for tag, (_at, values) in lines:
        if not np.isfinite(values).any():
            return NoPair.NO_READINGS, tag
    if not len(joined.at):
        return NoPair.NO_COMMON_TIME, None
    if len(joined.at) < pairs.LEAST:
        return NoPair.TOO_FEW, None
    for (tag, _line), values in zip(lines, (joined.x, joined.y), strict=True):
        if np.ptp(values) == 0:
            return NoPair.CONSTANT, tag
    return NoPair.NOTHING, None
