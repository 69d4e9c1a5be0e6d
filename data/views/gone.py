"""Which width tells of a window what is gone at the one that is asked for: retention took it."""

from collections.abc import Iterable
from datetime import timedelta

import pandas as pd

from data import queries
from data.analysis import UNCHECKED, gaps
from data.buckets import Resolution
from data.queries import Request, Whole
from data.views.presence import with_readings


def finest_whole(
    request: Request, first: int | None, spacing: float | None, least: Resolution | None = None
) -> Whole | None:
    """Return the finest width that tells a window whose first readings are gone, None elsewhere.

    Nobody is asked where the first row comes when it is due: retention takes the oldest.

    Parameters
    ----------
    first : of the rows with readings [ns], None without one
    spacing : of the readings of the window [s], None where it is not known
    least : no finer width; None: that of the request

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    due = request.start + timedelta(seconds=float(gaps.limit(UNCHECKED, spacing)))
    if first is not None and first <= pd.Timestamp(due).as_unit("ns").value:
        return None
    return queries.whole_width(request, least)


def first_of(frame: pd.DataFrame) -> int | None:
    """Return the first row with readings, good or not, of rows with n and bad [ns]."""
    at, _ends = with_readings(frame)
    return int(at[0]) if len(at) else None


def widest(pairs: Iterable[tuple[str, Whole | None]]) -> dict[str, Whole]:
    """Return of each tag of which something is gone the widest: it tells all that is."""
    found: dict[str, Whole] = {}
    for tag, whole in pairs:
        if whole is not None:
            found[tag] = max(whole, found.get(tag, whole), key=lambda each: each.width.seconds)
    return found
