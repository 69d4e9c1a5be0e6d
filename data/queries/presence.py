"""When a tag had readings: how far apart, and the times themselves where there are not too many."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from data import buckets
from data.analysis import arrays, coverage
from data.db import cached, read_frame, read_times
from data.queries.history import history_seconds, live_key
from data.queries.plan import Request
from data.queries.relations import degrading
from data.sql import before_moments_statement, reading_times_statement

#: Most readings of a tag whose times are read to list its gaps exactly: a third of a second.
MOST_TIMES = 200_000
#: How long the spacings of a window are shared [s]: readings before a moment seldom change.
SPACINGS_S = 86_400.0
#: Moments lie on a grid of this share of the window, but no coarser than that [s], so that a live
#: one does not ask at each tick, and yet knows how far apart readings are now.
GRID_SHARE, COARSEST_GRID = 48, 300


def expectation(
    tag: str, start: datetime, stop: datetime, period: float | None = None
) -> coverage.Expectation:
    """Return how far apart the readings of a tag are in each twelfth of [start, stop).

    Parameters
    ----------
    start, stop : aware; where readings cannot be yet there is nothing to expect, so not past now
    period : of the tag, where its description gives one; wins over what is measured [s]

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer and no earlier answer is stored.
    """
    edges = coverage.parts(*(pd.Timestamp(edge).as_unit("ns").value for edge in (start, stop)))
    most = max(1, min(COARSEST_GRID, (stop - start).total_seconds() / GRID_SHARE))
    width = [each for each in buckets.RESOLUTIONS if each.seconds <= most][-1]
    ends = (datetime.fromtimestamp(edge // 10**9, UTC) for edge in edges[1:].tolist())
    moments = tuple(buckets.floor(end, width, "UTC") for end in ends)
    found = _expectation.answer(tag, moments).value
    if found.first == arrays.NEVER:  # a reading may come in the next minute, and not after a day
        _expectation.expire(tag, moments)
    found = found.cut_at(edges)
    return found.with_period(period) if period else found


def _live_key(tag: str, moments: tuple[datetime, ...]) -> tuple[str, float]:
    """Return what the windows of one tag and length have in common: in an outage one stands in."""
    return tag, (moments[-1] - moments[0]).total_seconds()


@cached(SPACINGS_S, live_key=_live_key)
@degrading
def _expectation(tag: str, moments: tuple[datetime, ...]) -> coverage.Expectation:
    """Return what is expected of parts that end at moments, whose edges are still to be set."""
    frame = read_frame(before_moments_statement(), {"tag": tag, "moments": list(moments)})
    place, at = frame["place"].to_numpy(), arrays.nanoseconds(frame["ts"])
    first = int(at[place == 0][0]) if (place == 0).any() else arrays.NEVER
    readings = [np.sort(at[place == k]) for k in range(1, coverage.PARTS + 1)]
    return coverage.expectation(coverage.parts(0, coverage.PARTS), readings, first)


class Runs(NamedTuple):
    """The readings of a window as runs, within which they are as close as they should be.

    Parameters
    ----------
    start, end : times of the first and the last reading of each run (UTC)
    counts : how many readings lie between two edges that were asked for
    """

    start: pd.DatetimeIndex
    end: pd.DatetimeIndex
    counts: arrays.Floats


def _runs_key(request: Request, _longest: float, _edges: tuple[int, ...]) -> Any:
    return live_key(request)


@cached(history_seconds, live_key=_runs_key)
@degrading
def runs(request: Request, longest: float, edges: tuple[int, ...]) -> Runs | None:
    """Return the runs of readings in a request's window, None where there are too many readings.

    Their times are read and let go: they are a megabyte, and the runs mostly a few numbers.

    Parameters
    ----------
    longest : spacing that ends no run [s]
    edges : between which readings are counted, in order [ns]

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    values = {"tag": request.tag, "start": request.start, "stop": request.stop}
    times = read_times(reading_times_statement(MOST_TIMES + 1), values)
    if len(times) > MOST_TIMES:
        return None
    at = arrays.nanoseconds(times)
    last = np.append(np.flatnonzero(np.diff(at) / 1e9 > longest), len(at) - 1)[: len(at)]
    first = np.concatenate([[0], last[:-1] + 1])[: len(at)]
    counts = np.diff(np.searchsorted(at, edges)).astype(np.float64)
    return Runs(times[first], times[last], counts)
