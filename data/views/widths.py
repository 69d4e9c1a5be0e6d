"""Which buckets a view is drawn of: the width that is asked for, or that its pixels choose."""

from data import buckets, queries
from data.analysis import kinds
from data.buckets import Resolution
from data.queries import Tag
from data.views.gone import finest_whole
from data.views.presence import Rows, newest_spacing
from data.views.view import View


def request_of(view: View, tag: Tag, width: Resolution | None) -> queries.Request:
    """Return the question for a tag's buckets of this width, or for every reading of it.

    Raises
    ------
    BadInput
        If the window is empty or holds over 4,000 buckets.
    """
    return queries.request(tag.name, width, view.start, view.stop, view.zone, tag.checks)


def width_of(view: View, tag: Tag) -> Resolution | None:
    """Return the width asked for, else the one that the chart's pixels choose."""
    if view.resolution:
        return view.resolution
    spacing = newest_spacing(tag, view.start, min(view.stop, view.now))
    width = buckets.finest_for(view.seconds, view.pixels, spacing)
    return _of_days(view.seconds, width, spacing or 0.0) if tag.kind == kinds.VALUE else width


def _of_days(seconds: float, width: Resolution | None, spacing: float) -> Resolution | None:
    """Return the width of buckets of a value: in a long window never less than a day.

    Of weeks, a line that follows each day is a block of ink; the day's mean is a line, and no peak
    is lost, for its extremes stand around it.
    """
    finer = width.seconds if width else spacing
    return buckets.BY_DAY if seconds > buckets.LONG and finer < buckets.BY_DAY.seconds else width


def finest(view: View) -> Resolution:
    """Return the finest width that the chart and the limit of rows allow."""
    width = buckets.finest_for(view.seconds, view.pixels) or buckets.RESOLUTIONS[0]
    wide = [r for r in buckets.RESOLUTIONS if view.seconds / r.seconds <= buckets.MAX_ROWS]
    return max(width, wide[0], key=lambda r: r.seconds)


def no_finer_than(spacing: float | None) -> Resolution:
    """Return the finest width whose buckets have a reading each."""
    wide = [width for width in buckets.RESOLUTIONS if width.seconds >= (spacing or 0)]
    return wide[0] if wide else buckets.RESOLUTIONS[-1]


def whole_width(
    view: View, request: queries.Request, rows: Rows, spacing: float | None
) -> queries.Whole | None:
    """Return the finest width that tells a window whose first readings are gone, None elsewhere.

    Parameters
    ----------
    rows, spacing : what the request gave [s]
    """
    return finest_whole(request, rows.with_readings, spacing, request.resolution or finest(view))
