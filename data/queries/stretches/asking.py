"""What is asked of stretches of many tags at once, and what comes back as arrays."""

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from data.analysis import Checks, Floats, ManyChecks, arrays, checks, excursions, gaps, quality
from data.buckets import Resolution
from data.db import clock
from data.queries.asking import read_columns
from data.queries.plan import HISTORY_S, time_of
from data.queries.relations import catalog
from data.queries.rolled import spacings_of
from data.sql import (
    extremes_statement,
    held_time_statement,
    loud_statement,
    reads_statement,
    times_statement,
)

#: Rows of a rollup that one statement looks at, but for those of one stretch: a second of work.
ROWS_AT_ONCE = 250_000
#: What is before a time is up to this much before it [ns].
JUST = 1_000
#: The spacing at a window's end is the median of so many readings.
SPACING_READINGS = 100
#: How long an answer about a window that ends now is shared [s].
LIVE_S = 2.0
#: A window ends now if it stops no earlier than this before the database's clock [s].
NEAR_S = 300.0


class Question(NamedTuple):
    """A tag whose excursions are asked for.

    Parameters
    ----------
    checks : of the tag, in force and with limits; without faults
    period : time between its readings, where its description gives one [s]
    """

    tag: str
    checks: Checks
    period: float | None = None


class Asked(NamedTuple):
    """The tags of one question, what they are held against, and the window [ns].

    Parameters
    ----------
    many : the checks of all tags
    quiet : the values of each tag that are surely inside
    """

    questions: tuple[Question, ...]
    window: excursions.Stretch
    many: ManyChecks
    quiet: excursions.Quiet

    @classmethod
    def of(cls, questions: tuple[Question, ...], window: excursions.Stretch) -> "Asked":
        """Return a question about tags over a window."""
        many = checks.stacked([each.checks for each in questions])
        return cls(questions, window, many, excursions.quiet(many))

    def values(self, pieces: "Pieces") -> dict[str, Any]:
        """Return what statements of stretches bind."""
        floor, ceiling = (each[pieces.tag].tolist() for each in self.quiet)
        return {
            "tags": [self.questions[place].tag for place in pieces.tag.tolist()],
            "floors": floor,
            "ceilings": ceiling,
            "starts": [time_of(ns) for ns in pieces.start.tolist()],
            "stops": [time_of(ns) for ns in pieces.stop.tolist()],
            "start": time_of(int(pieces.start.min())),
            "stop": time_of(int(pieces.stop.max())),
        }


class Pieces(NamedTuple):
    """Stretches [start, stop) [ns] of tags, by their places."""

    tag: arrays.Whole
    start: arrays.Whole
    stop: arrays.Whole

    @property
    def some(self) -> "Pieces":
        """Those that are not empty."""
        return self.take(self.start < self.stop)

    def holding(self, tag: arrays.Whole, at: arrays.Whole) -> arrays.Whole:
        """Return the place of the stretch, by tag and time, that begins last up to each time."""
        tags, times = np.append(self.tag, tag), np.append(self.start, at)
        order = np.lexsort((times, tags))  # of one time the stretch comes first
        holding = np.zeros(len(tags), dtype=np.int64)
        holding[order] = np.cumsum(order < len(self.tag)) - 1
        return holding[len(self.tag) :]

    def take(self, rows: arrays.Mask) -> "Pieces":
        """Return the chosen ones."""
        return Pieces._make(each[rows] for each in self)


def is_live(stop: int, seconds: float = 0.0) -> bool:
    """Return whether a window that stops then [ns] ends now, or up to so many seconds before.

    Yes, while nobody knows what time it is.
    """
    now = clock.shared()
    return math.isnan(now) or stop / 1e9 >= now - NEAR_S - seconds


def shared_seconds(window: excursions.Stretch) -> float:
    """Return how long an answer about a window may be shared [s]."""
    return LIVE_S if is_live(window.stop) else HISTORY_S


def pieces(rows: Sequence[tuple[int, int, int]]) -> Pieces:
    """Return stretches given one by one: place of the tag, start, stop [ns]."""
    table = np.array(rows, dtype=np.int64).reshape(len(rows), 3)
    return Pieces(*table.T)


def stored(asked: Asked, of: Pieces, width: int) -> pd.DataFrame:
    """Return the rows of a rollup in stretches, see `loud_statement`, by stretch and time.

    Returns
    -------
    DataFrame, columns piece, tag (places), at [ns], seconds, min, max, first, last, n, place, total
    """
    parts = list[dict[str, Any]]()
    for first, last in _parts(of, width * 10**9):
        part = Pieces._make(each[first:last] for each in of)
        columns = read_columns(loud_statement(width), asked.values(part))
        parts.append(columns | {"tag": columns["tag"] + first})
    rows: dict[str, Any] = {
        name: np.concatenate([part[name] for part in parts]) for name in parts[0]
    }
    piece, at = rows.pop("tag"), arrays.nanoseconds(rows.pop("bucket"))
    rows |= {
        "piece": piece,
        "tag": of.tag[piece],
        "at": at,
        "seconds": np.full(len(at), width, float),
    }
    return _by_stretch(rows)


def _parts(of: Pieces, width: int) -> Iterator[tuple[int, int]]:
    """Yield stretches in parts that one statement can answer in its time: from place to place."""
    ahead = np.cumsum((of.stop - of.start) // width + 1) // ROWS_AT_ONCE
    edges = [0, *(np.flatnonzero(np.diff(ahead)) + 1).tolist(), len(ahead)]
    yield from itertools.pairwise(edges)


def readings(asked: Asked, of: Pieces, most: int) -> pd.DataFrame:
    """Return the readings in stretches, see `reads_statement`, by stretch and time.

    Returns
    -------
    DataFrame, columns as of `stored`; the numbers NaN where a reading is BAD, seconds 0
    """
    statement = reads_statement(catalog().flagged)
    rows = read_columns(statement, asked.values(of) | {"most": most})
    piece, at = rows["tag"], arrays.nanoseconds(rows["ts"])
    tag = of.tag[piece]
    value = trusted(rows["value"], rows["qc"] != 0, asked.many.take(tag))
    columns: dict[str, Any] = {"piece": piece, "tag": tag, "at": at, "seconds": np.zeros(len(at))}
    columns |= dict.fromkeys(("min", "max", "first", "last"), value)
    columns |= {"n": np.ones(len(at), np.int64), "total": rows["total"]}
    return _by_stretch(columns)


def _by_stretch(columns: dict[str, Any]) -> pd.DataFrame:
    order = np.lexsort((columns["at"], columns["piece"]))
    return pd.DataFrame({name: column[order] for name, column in columns.items()})


def trusted(value: Floats, flags: arrays.Mask, of_each: ManyChecks | Checks) -> Floats:
    """Return the values of readings, NaN where they are BAD."""
    reasons = quality.range_reasons(value, flags, of_each)
    return np.where(reasons & quality.BAD_REASONS, np.nan, value)


def gaps_of(asked: Asked, places: Sequence[int]) -> dict[int, float]:
    """Return for how long a reading of some tags stands at most [s].

    By the rule's gap, else by the spacing of the readings before the window's end, and where these
    are gone of the rows of a rollup.
    """
    spacing = {place: asked.questions[place].period for place in places}
    limits = {place: asked.questions[place].checks.gap_seconds for place in places}
    unknown = [place for place in places if limits[place] is None and not spacing[place]]
    if unknown:
        names = [asked.questions[place].tag for place in unknown]
        each = spacings(names, SPACING_READINGS, asked.window.stop - JUST)
        gone = np.flatnonzero(np.isnan(each)).tolist()
        each[gone] = spacings_of([names[place] for place in gone], asked.window.stop)
        spacing |= dict(zip(unknown, each.tolist(), strict=True))
    checks = {place: asked.questions[place].checks for place in places}
    return {place: float(gaps.limit(checks[place], spacing[place])) for place in places}


def spacings(names: Sequence[str], count: int, until: int) -> Floats:
    """Return the median spacing of each tag's last readings up to a time [ns], NaN without two."""
    values = {"tags": list(names), "count": count, "at": time_of(until)}
    rows = read_columns(times_statement(), values)
    tag, at = rows["tag"], arrays.nanoseconds(rows["ts"])
    order = np.lexsort((at, tag))
    same = np.diff(tag[order]) == 0
    return _medians(np.diff(at[order])[same] / 1e9, tag[order][1:][same], len(names))


def _medians(steps: Floats, tag: arrays.Whole, count: int) -> Floats:
    """Return the median of the steps of each tag, NaN without any."""
    ordered = np.append(steps[np.lexsort((steps, tag))], np.nan)
    first = np.searchsorted(tag, np.arange(count + 1))
    number = np.diff(first)
    middle = first[:-1] + number // 2
    # Of an even number the mean of the two in the middle.
    medians = (ordered[middle - (number > 0) * (number % 2 == 0)] + ordered[middle]) / 2
    return np.where(number > 0, medians, np.nan)


def held(
    asked: Asked, of: Pieces, width: int, buckets: Resolution, reach: Floats
) -> dict[tuple[int, int], float]:
    """Return for how long readings stand in buckets [s], by tag and the bucket's start [ns].

    Parameters
    ----------
    width : of the rollup that tells [s]
    reach : for how long a reading in each stretch stands at most [s]
    """
    values = asked.values(of) | {"reachs": reach.tolist()}
    del values["floors"], values["ceilings"]
    rows = read_columns(held_time_statement(width, buckets), values)
    keys = zip(
        of.tag[rows["tag"]].tolist(), arrays.nanoseconds(rows["bucket"]).tolist(), strict=True
    )
    return dict(zip(keys, rows["seen"].tolist(), strict=True))


def moments(asked: Asked, of: Pieces, extremes: Floats) -> dict[int, int]:
    """Return when tags first had a value in their stretches, by the place of the stretch [ns]."""
    many = asked.many.take(of.tag)
    values = asked.values(of) | {"extremes": extremes.tolist()}
    values |= {"lows": many.low.tolist(), "highs": many.high.tolist()}
    del values["floors"], values["ceilings"]
    rows = read_columns(extremes_statement(catalog().flagged), values)
    return dict(zip(rows["tag"].tolist(), arrays.nanoseconds(rows["ts"]).tolist(), strict=True))
