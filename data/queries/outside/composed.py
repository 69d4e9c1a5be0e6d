"""Rows that tell of excursions of tags with too many readings: stored buckets, and finer ones.

A bucket within which nothing turns tells as much as its readings do. Any other is read again from
what is finer, as long as that is little enough: the buckets of all tags by one statement.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd

from data.analysis import Checks, alarms, arrays, excursions
from data.buckets import RESOLUTIONS
from data.queries.outside.coarse import Coarse
from data.queries.stretches import Asked, Pieces, asking
from data.sql import ROLLUPS, influx_hist

#: Rows of a finer rollup that are read of a tag at most, two weeks of minutes; of all together.
MOST_FINER, FINER_TOGETHER = 20_000, 500_000
#: Readings that are read at most in place of buckets, of a tag and of all together.
MOST_READ, READ_TOGETHER = 200_000, 2_000_000
COLUMNS = ["tag", "at", "seconds", "min", "max", "first", "last", "n"]
NUMBERS = ["min", "max", "first", "last"]
#: Rows of each tag by its place.
OfTags = dict[int, pd.DataFrame]


class Composed(NamedTuple):
    """The rows of tags by time, and the relations that they are of."""

    rows: OfTags
    sources: dict[int, str]


def of_stored(
    asked: Asked, coarse: Coarse, to_read: arrays.Mask, reach: Mapping[int, float]
) -> Composed:
    """Return the rows of tags, from those of a coarse rollup that may be a part of an excursion.

    Parameters
    ----------
    to_read : which rows of the rollup these are
    reach : for how long a reading of each of the tags stands at most [s]
    """
    finer = coarse.widths[:0:-1]
    chosen, tag = coarse.rows[to_read], coarse.rows["tag"].to_numpy()[to_read]
    rows = {place: chosen[tag == place][COLUMNS] for place in reach}
    names = {place: [coarse.name] for place in reach}
    refined = _Refined(asked, coarse, rows, names)
    for width in finer:
        refined.from_rollup(width)
    refined.from_readings()
    for place, mine in rows.items():
        rows[place] = _without_bad(mine, asked.questions[place].checks)
    for width in finer:
        _add_seen(asked, coarse, rows, reach, width)
    return Composed(rows, {place: ", ".join(each) for place, each in names.items()})


class _Refined:
    """Puts what is finer in the place of rows within which something turns."""

    def __init__(
        self, asked: Asked, coarse: Coarse, rows: OfTags, names: dict[int, list[str]]
    ) -> None:
        self._asked, self._rows, self._names = asked, rows, names
        self._states = {place: coarse.state_of(asked, place) for place in rows}

    def from_rollup(self, width: int) -> None:
        """Read the rows of a finer rollup, where it has them; coarser ones follow it."""
        some = {place: each for place, each in self._wider(width).items() if each.any()}
        due = {
            place: int(self._rows[place]["seconds"].to_numpy()[each].sum()) // width
            for place, each in some.items()
        }
        chosen = {place: some[place] for place in _affordable(due, MOST_FINER, FINER_TOGETHER)}
        self._put(chosen, lambda of: asking.stored(self._asked, of, width), ROLLUPS[width].name)

    def _wider(self, width: int) -> dict[int, arrays.Mask]:
        """Return of each tag which undecided buckets are wider than this [s]."""
        return {
            place: each & (self._rows[place]["seconds"].to_numpy() > width)
            for place, each in self._undecided().items()
        }

    def from_readings(self) -> None:
        """Read the readings of rows, where these are still there."""
        some = self._undecided()
        due = {place: self._count(place, each) for place, each in some.items()}
        chosen = {place: some[place] for place in _affordable(due, MOST_READ, READ_TOGETHER)}
        read = partial(asking.readings, self._asked, most=MOST_READ + 1)
        self._put(chosen, read, influx_hist.name)

    def _put(
        self,
        chosen: Mapping[int, arrays.Mask],
        read: Callable[[Pieces], pd.DataFrame],
        name: str,
        singly: bool = False,
    ) -> None:
        """Put what is finer in the place of rows of which it counts as much as they do.

        Rows that touch are one stretch; of one that is there in part each row is one.
        """
        if not chosen:
            return
        of = self._pieces(chosen, singly)
        finer = read(of)
        there, rest = np.zeros(len(of.tag)), {}
        np.maximum.at(there, finer["piece"].to_numpy(), finer["total"].to_numpy())
        for place, mask in chosen.items():
            at = self._rows[place]["at"].to_numpy()
            piece = of.holding(np.full(len(at), place), at)
            counts = np.bincount(piece[mask], self._rows[place]["n"].to_numpy()[mask], len(there))
            is_whole = there >= counts
            mine = (finer["tag"] == place) & is_whole[finer["piece"].to_numpy()]
            in_part = at[mask & ((there > 0) & ~is_whole)[piece]]
            self._replace(place, mask & is_whole[piece], finer[mine], name)
            if len(in_part):
                rest[place] = self._rows[place]["at"].isin(in_part).to_numpy()
        if not singly:
            self._put(rest, read, name, singly=True)

    def _undecided(self) -> dict[int, arrays.Mask]:
        """Return of each tag which buckets must be read again: those that turn, or lie on an edge.

        Only of tags that have some. What stood at the window's start is of the last bucket before
        it, and stood only where the first one in it does not begin with a reading.
        """
        start, stop = self._asked.window
        undecided = {}
        for place, rows in self._rows.items():
            at = rows["at"].to_numpy()
            ends = arrays.after(at, rows["seconds"].to_numpy())
            on_edge = (at == start) | ((at < stop) & (ends > stop))
            on_edge[np.flatnonzero(at < start)[-1:]] = True
            checks = self._asked.questions[place].checks
            turns = excursions.undecided(rows, checks, self._states[place])
            some = np.asarray((ends > at) & (turns | on_edge))
            if some.any():
                undecided[place] = some
        return undecided

    def _count(self, place: int, mask: arrays.Mask) -> int:
        return int(self._rows[place]["n"].to_numpy()[mask].sum())

    def _pieces(self, chosen: Mapping[int, arrays.Mask], singly: bool) -> Pieces:
        return asking.pieces(
            [
                (place, *span)
                for place, mask in sorted(chosen.items())
                for span in _spans(self._rows[place], mask, singly)
            ]
        )

    def _replace(self, place: int, mask: arrays.Mask, by: pd.DataFrame, name: str) -> None:
        if not mask.any():
            return
        parts = [each for each in (self._rows[place][~mask], by[COLUMNS]) if len(each)]
        if parts:
            whole = pd.concat(parts).sort_values("at", kind="stable")
            self._rows[place] = whole.reset_index(drop=True)
        self._names[place].append(name)


def _affordable(due: Mapping[int, int], most: int, together: int) -> list[int]:
    """Return the tags that need no more than each may, as many as all together may."""
    total, affordable = 0, []
    for place, count in sorted(due.items(), key=lambda item: (item[1], item[0])):
        total += count
        if count <= most and total <= together:
            affordable.append(place)
    return affordable


def _spans(rows: pd.DataFrame, mask: arrays.Mask, singly: bool = False) -> arrays.Stretches:
    """Return buckets as stretches, those that touch as one unless each is to be one."""
    at = rows["at"].to_numpy()[mask]
    ends = arrays.after(at, rows["seconds"].to_numpy()[mask])
    spans = zip(at.tolist(), ends.tolist(), strict=True)
    return tuple(spans) if singly else arrays.joined(spans)


def _without_bad(rows: pd.DataFrame, checks: Checks) -> pd.DataFrame:
    """Return rows where a bucket is BAD that holds BAD readings which could not be read."""
    fine = (rows["min"] >= checks.low) & (rows["max"] <= checks.high)
    return rows.assign(**{name: rows[name].where(fine) for name in NUMBERS})


def _add_seen(
    asked: Asked, coarse: Coarse, rows: OfTags, reach: Mapping[int, float], finer: int
) -> None:
    """Say for how long readings stand in wide buckets outside, by a finer rollup, if it can."""
    width = coarse.widths[0]
    wide = {place: _wide(asked, coarse, place, mine, width) for place, mine in rows.items()}
    wide = {
        place: mask & np.isnan(arrays.column_of(rows[place], "seen"))
        for place, mask in wide.items()
    }
    stretches = [
        (place, *span)
        for place, mask in sorted(wide.items())
        if mask.any()
        for span in _spans(rows[place], mask)
    ]
    if not stretches:
        return
    of = asking.pieces(stretches)
    reaches = np.array([reach[place] for place in of.tag.tolist()])
    buckets = next(each for each in RESOLUTIONS if each.seconds == width)
    seen = asking.held(asked, of, finer, buckets, reaches)
    for place, mask in wide.items():
        told = arrays.column_of(rows[place], "seen").copy()
        starts = rows[place]["at"].to_numpy()[mask].tolist()
        told[mask] = [seen.get((place, at), np.nan) for at in starts]
        rows[place] = rows[place].assign(seen=told)


def _wide(asked: Asked, coarse: Coarse, place: int, rows: pd.DataFrame, width: int) -> arrays.Mask:
    """Return which rows are buckets of the coarse rollup in which the tag was outside."""
    parts: Sequence[pd.DataFrame] = [coarse.before_of(place), rows]
    whole = pd.concat([each for each in parts if len(each)] or parts[:1])
    index = pd.DatetimeIndex(whole["at"].to_numpy(), tz="UTC")
    latched = alarms.bucket_latches(whole[NUMBERS].set_axis(index), asked.questions[place].checks)
    outside = latched[len(whole) - len(rows) :].any(axis=1)
    return np.asarray(outside & (rows["seconds"].to_numpy() == width))
