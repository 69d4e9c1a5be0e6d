"""What only single readings tell of a window: how far apart they are, and when there were none."""

import itertools
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from data import buckets, windows
from data.analysis import arrays, coverage, spacing
from data.db import Once, cached, copy_out, read_columns, read_times
from data.queries import rolled
from data.queries.history import history_seconds, live_key
from data.queries.plan import Request, ns_of, time_of
from data.queries.relations import degrading
from data.sql import before_moments_statement, reading_times_statement

#: Most readings of a tag and window that are read for this: a third of a second.
MOST_READINGS = 200_000
#: How long the spacings of a window are shared [s]: readings before a moment seldom change.
SPACINGS_S = 86_400.0
#: Moments lie on a grid of this share of the window, but no coarser than that [s], so that a live
#: one does not ask at each tick, and yet knows how far apart readings are now.
GRID_SHARE, COARSEST_GRID = 48, 300


class Times:
    """The times of the readings of a window, read when somebody first asks for them.

    What is answered with them would be answered without, so that to the cache all are alike.

    Parameters
    ----------
    request : for the readings of the window
    at : their times, where they are at hand, sorted [ns]
    few : whether they can be read: they are no more than `MOST_READINGS`; said later where they
        are asked for ahead
    gone : time before which rollups alone tell, None without one; said later
    """

    def __init__(self, request: Request, at: arrays.Whole | None = None, few: bool = True) -> None:
        self._request = request
        self.few = few
        self.gone: datetime | None = None
        self._at = Once(self._read if at is None else lambda: at)

    def __repr__(self) -> str:
        return "times"

    @property
    def at(self) -> arrays.Whole | None:
        """The times, sorted [ns]; None where there are too many."""
        return self._at() if self.few else None

    def _read(self) -> arrays.Whole | None:
        of = self._request
        values = {"tag": of.tag, "start": of.start, "stop": of.stop}
        at = read_times(reading_times_statement(MOST_READINGS + 1), values)
        return at if len(at) <= MOST_READINGS else None


def newest_spacing(
    tag: str, start: datetime, stop: datetime, period: float | None = None
) -> float | None:
    """Return how far apart the newest readings of [start, stop) are [s], None if unknown.

    Parameters and errors as for `expectation`.
    """
    if period:
        return period
    looks, *_ = _first_looks.answer(tag, _moments(start, stop)).value
    spacings = [each.after for each in looks if not np.isnan(each.after)]
    return spacings[-1] if spacings else None


def may_be_read(tag: str, start: datetime, stop: datetime) -> bool:
    """Return whether the readings of [start, stop) may be few enough to read the times of each.

    Where nothing is known of them they are not. Parameters and errors as for `expectation`.
    """
    looks, first, _ = _first_looks.answer(tag, _moments(start, stop)).value
    since = max(ns_of(start), first)
    return (
        first != arrays.NEVER and spacing.least_between(looks, since, ns_of(stop)) <= MOST_READINGS
    )


def expectation(
    tag: str, start: datetime, stop: datetime, times: Times, period: float | None = None
) -> coverage.Expectation:
    """Return how far apart the readings of a tag are, from when on, in [start, stop).

    Parameters
    ----------
    start, stop : aware; where readings cannot be yet there is nothing to expect, so not past now
    times : of the readings of the window
    period : of the tag, where its description gives one; wins over what is measured [s]

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer and no earlier answer is stored.
    """
    edges, moments = _parts(start, stop), _moments(start, stop)
    gone = sum(moment <= times.gone for moment in moments) if times.gone else 0
    expected = _expectation.answer(tag, moments, times, gone).value
    if expected.first == arrays.NEVER:  # a reading may come in the next minute, and not after a day
        _first_looks.expire(tag, moments)
        _expectation.expire(tag, moments, times, gone)
    expected = expected.cut_at(edges)
    return expected.with_period(period) if period else expected


def _parts(start: datetime, stop: datetime) -> arrays.Whole:
    return coverage.parts(ns_of(start), ns_of(stop))


@lru_cache(maxsize=64)
def _moments(start: datetime, stop: datetime) -> tuple[datetime, ...]:
    """Return the moments that windows look at whose parts have edges just after them.

    All tags of a view look at the same.
    """
    edges = _parts(start, stop)
    most = max(1, min(COARSEST_GRID, (stop - start).total_seconds() / GRID_SHARE))
    width = [each for each in buckets.RESOLUTIONS if each.seconds <= most][-1]
    ends = (datetime.fromtimestamp(edge // 10**9, UTC) for edge in edges.tolist())
    return tuple(buckets.floor(end, width, "UTC") for end in ends)


def _live_key(tag: str, moments: tuple[datetime, ...], *_times: Times) -> tuple[str, float]:
    """Return what the windows of one tag and length have in common: in an outage one stands in."""
    return tag, (moments[-1] - moments[0]).total_seconds()


@cached(SPACINGS_S, live_key=_live_key)
@degrading
def _first_looks(
    tag: str, moments: tuple[datetime, ...]
) -> tuple[list[spacing.Look], int, spacing.Look]:
    """Return what is read to each moment, when the tag's first reading was [ns], and the first."""
    return _looks(tag, [ns_of(moment) for moment in moments], windows.EPOCH)


@cached(SPACINGS_S, live_key=_live_key)
@degrading
def _expectation(
    tag: str, moments: tuple[datetime, ...], times: Times, gone: int
) -> coverage.Expectation:
    """Return what is expected between moments, where the edges of the parts are still to be set.

    Parameters
    ----------
    gone : so many of the first moments lie in a time that rollups alone tell
    """
    edges = np.array([ns_of(moment) for moment in moments])
    looks, first, oldest = _first_looks(tag, moments)
    until = int(edges[gone - 1]) if gone else arrays.NEVER
    stored = gone > 0 or all(np.isnan(each.after) for each in looks)
    if stored:
        looks = _with_rows(tag, looks, until)
    if all(np.isnan(each.after) for each in looks):  # of what is gone the first that is left tells
        return coverage.expectation(edges, [oldest], first)
    for _ in range(spacing.ROUNDS):
        between = spacing.moments_between(looks)
        if not between or len(looks) + len(between) > spacing.MOST_LOOKS:
            break
        more = _more_looks(tag, between, looks, times.at)
        more = _with_rows(tag, more, until) if stored else more
        looks = sorted(looks + more, key=lambda each: each.moment)
    return coverage.expectation(edges, looks, first)


def _with_rows(tag: str, looks: list[spacing.Look], until: int) -> list[spacing.Look]:
    """Return looks with those at rollups where no reading tells, and up to a moment [ns].

    Readings before that came late, and are too few to tell how far apart all were.
    """
    due = [np.isnan(each.after) or each.moment <= until for each in looks]
    moments = [each.moment for each, is_due in zip(looks, due, strict=True) if is_due]
    by_rows = iter(rolled.looks([tag] * len(moments), moments) if moments else [])
    mixed = [next(by_rows) if is_due else each for each, is_due in zip(looks, due, strict=True)]
    pairs = zip(mixed, looks, strict=True)
    return [own if np.isnan(each.after) else each for each, own in pairs]


def _more_looks(
    tag: str, moments: list[int], looks: list[spacing.Look], at: arrays.Whole | None
) -> list[spacing.Look]:
    """Return looks to moments between others [ns]: in the times at hand, where they reach back."""
    ends = np.zeros(len(moments), np.int64) if at is None else np.searchsorted(at, moments)
    looks_here, others = [], []
    for moment, end in zip(moments, ends.tolist(), strict=True):
        if at is not None and end >= spacing.BEFORE:
            looks_here.append(spacing.look(moment, at[end - spacing.BEFORE : end]))
        else:
            others.append(moment)
    if others:
        since = _utc(min(int(each.times[0]) for each in looks if len(each.times)))
        looks_here += _looks(tag, others, since)[0]
    return looks_here


def _utc(ns: int) -> datetime:
    """Return a time that the database can hold, not before one [ns]: a reading's is as it is."""
    return time_of(ns + 999)


def _looks(
    tag: str, moments: list[int], start: datetime
) -> tuple[list[spacing.Look], int, spacing.Look]:
    """Return what is read from `start` to each moment [ns], and when the first reading there was.

    And a look at the first 100, which may lie behind all moments.

    What lies before the oldest reading of earlier looks is in no look between them.
    """
    values = {"tag": tag, "moments": [_utc(moment) for moment in moments], "start": start}
    columns = read_columns(copy_out.prepared_bytes(before_moments_statement()), values)
    place, at = columns["place"], columns["ts"].astype("M8[ns]").astype(np.int64)
    order = np.lexsort((at, place))
    bounds = np.searchsorted(place[order], np.arange(len(moments) + 2))
    each = [at[order[low:high]] for low, high in itertools.pairwise(bounds.tolist())]
    first = int(each[0][0]) if len(each[0]) else arrays.NEVER
    oldest = spacing.look(int(each[0][-1]) if len(each[0]) else first, each[0])
    return [spacing.look(*one) for one in zip(moments, each[1:], strict=True)], first, oldest


class Runs(NamedTuple):
    """The readings of a window as runs, within which they are as close as they should be.

    Parameters
    ----------
    start, end : times of the first and the last reading of each run, sorted [ns]
    counts : how many readings lie between two edges that were asked for
    """

    start: arrays.Whole
    end: arrays.Whole
    counts: arrays.Floats


#: From when on [ns] which spacing is the longest that is no gap [s], in order.
Limits = tuple[tuple[int, float], ...]


@cached(history_seconds, live_key=lambda request, *_others: live_key(request))
@degrading
def runs(request: Request, limits: Limits, edges: tuple[int, ...], times: Times) -> Runs | None:
    """Return the runs of readings in a request's window, None where there are too many readings.

    Their times are read and let go: they are a megabyte, and the runs mostly a few numbers.

    Parameters
    ----------
    limits : from when on [ns] which spacing ends no run [s]; that where a stretch begins counts
    edges : between which readings are counted, in order [ns]
    times : of the readings of the window

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    at = times.at
    if at is None:
        return None
    since, longest = (np.array(each) for each in zip(*limits, strict=True))
    places = [0, *np.searchsorted(at, since[1:]).tolist(), len(at)]
    stretches = zip(itertools.pairwise(places), longest.tolist(), strict=True)
    steps = np.diff(at)
    ends = [low + _too_long(steps[low:high], seconds) for (low, high), seconds in stretches]
    last = np.append(np.concatenate(ends), len(at) - 1)[: len(at)]
    first = np.concatenate([[0], last[:-1] + 1])[: len(at)]
    counts = np.diff(np.searchsorted(at, edges)).astype(np.float64)
    return Runs(at[first], at[last], counts)


def _too_long(steps: arrays.Whole, longest: float) -> arrays.Whole:
    """Return the places of steps [ns] that are longer than a number of seconds.

    All are compared as they are, and only those that may be too long as seconds.
    """
    places = np.flatnonzero(steps >= np.floor(1e9 * longest))
    return places[steps[places] / 1e9 > longest]
