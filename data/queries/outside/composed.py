"""Rows of one tag that tell of its excursions: stored buckets, finer ones in their place, readings.

A bucket within which nothing turns tells as much as its readings do. Any other is read again from
what is finer, as long as that is little enough.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from data.analysis import Checks, alarms, arrays, excursions
from data.queries.outside.asking import Asked, Pieces, pieces, readings, stored
from data.sql import ROLLUPS, influx_hist

#: Rows of a finer rollup that are read of a tag at most: two weeks of minutes.
MOST_FINER = 20_000
#: Readings of a tag that are read at most in place of its buckets.
MOST_READ = 200_000
COLUMNS = ["at", "seconds", "min", "max", "first", "last", "n"]
NUMBERS = ["min", "max", "first", "last"]


class Composed(NamedTuple):
    """The rows of a tag by time, and the relations that they are of."""

    rows: pd.DataFrame
    source: str


def of_stored(
    asked: Asked, place: int, before: pd.DataFrame, coarse: pd.DataFrame, width: int, finest: int
) -> Composed:
    """Return the rows of a tag with too many readings to be read, from those of a coarse rollup.

    Parameters
    ----------
    place : of the tag
    before : readings before the first row, from which the state there follows
    coarse : rows of a rollup, see `asking.stored`, by time
    width, finest : of that rollup, and of the finest one [s]
    """
    checks = asked.questions[place].checks
    rows, relations = coarse[COLUMNS], [ROLLUPS[width].name]
    state = _state(before, checks)
    if finest < width:
        some = _undecided(rows, checks, state, asked.window)
        if some.sum() * width // finest <= MOST_FINER:
            finer = stored(asked, _pieces(place, rows, some), finest) if some.any() else rows[:0]
            rows = _in_place(rows, some, finer[COLUMNS])
            relations.append(ROLLUPS[finest].name)
    some = _undecided(rows, checks, state, asked.window)
    if some.any() and rows["n"][some].sum() <= MOST_READ:
        read, gone = _read(asked, _pieces(place, rows, some), rows, some)
        rows = _in_place(rows, some & ~gone, read)
        relations.append(influx_hist.name)
    return Composed(_without_bad(rows, checks), ", ".join(relations))


def _state(before: pd.DataFrame, checks: Checks) -> arrays.Mask:
    """Return which latches the readings before a window leave set."""
    if not len(before):
        return np.zeros(4, dtype=bool)
    index = pd.DatetimeIndex(before["at"].to_numpy(), tz="UTC")
    rows = before[NUMBERS].set_axis(index)
    return np.asarray(alarms.bucket_latches(rows, checks)[-1])


def _undecided(
    rows: pd.DataFrame, checks: Checks, state: arrays.Mask, window: excursions.Stretch
) -> arrays.Mask:
    """Return which buckets must be read again: those that turn, and those on an edge."""
    at = rows["at"].to_numpy()
    ends = arrays.after(at, rows["seconds"].to_numpy())
    is_bucket = ends > at
    on_edge = ((at < window.start) & (ends > window.start)) | (ends > window.stop)
    return np.asarray(is_bucket & (excursions.undecided(rows, checks, state) | on_edge))


def _pieces(place: int, rows: pd.DataFrame, some: arrays.Mask) -> Pieces:
    """Return buckets of a tag as stretches, those that touch as one."""
    at = rows["at"].to_numpy()[some]
    ends = arrays.after(at, rows["seconds"].to_numpy()[some])
    spans = arrays.joined(zip(at.tolist(), ends.tolist(), strict=True))
    return pieces([(place, start, stop) for start, stop in spans])


def _read(
    asked: Asked, of: Pieces, rows: pd.DataFrame, some: arrays.Mask
) -> tuple[pd.DataFrame, arrays.Mask]:
    """Return the readings of stretches, and the buckets whose readings are gone."""
    found = readings(asked, of, MOST_READ + 1)
    piece = np.searchsorted(of.start, rows["at"].to_numpy(), side="right") - 1
    stretches = range(len(of.start))
    there = found.groupby("piece")["total"].max().reindex(stretches, fill_value=0).to_numpy()
    due = np.bincount(piece[some], rows["n"].to_numpy()[some], len(stretches))
    is_gone = there < due
    gone = some & is_gone[piece.clip(min=0)]
    return found[~is_gone[found["piece"].to_numpy()]][COLUMNS], np.asarray(gone)


def _in_place(rows: pd.DataFrame, some: arrays.Mask, finer: pd.DataFrame) -> pd.DataFrame:
    return _by_time([rows[~some], finer])


def _by_time(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    whole = pd.concat([part for part in parts if len(part)] or parts[:1])
    return whole.sort_values("at", kind="stable").reset_index(drop=True)


def _without_bad(rows: pd.DataFrame, checks: Checks) -> pd.DataFrame:
    """Return rows where a bucket is BAD that holds BAD readings which could not be read."""
    fine = (rows["min"] >= checks.low) & (rows["max"] <= checks.high)
    return rows.assign(**{name: rows[name].where(fine) for name in NUMBERS})
