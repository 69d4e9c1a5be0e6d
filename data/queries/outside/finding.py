"""The excursions of many tags in a window, by a number of statements that does not grow with them.

The readings tell of each tag that has up to 200,000 in the window. Where our own rollups show that
most of them are quiet, only the others are read, with the same outcome. Of a tag with more, least
and greatest values of a rollup tell, and readings where something turns.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from data.analysis import arrays, excursions
from data.db import cached
from data.errors import BadInput
from data.queries.outside import composed
from data.queries.outside.coarse import Coarse, coarse_rows
from data.queries.readings import MOST_READINGS
from data.queries.relations import catalog, degrading
from data.queries.stretches import Asked, Pieces, Question, asking, before
from data.sql import influx_hist

#: Readings that are read of all tags of one question together; of those with most of them the
#: rollups tell instead.
MOST_TOGETHER = 2_000_000
#: Most readings of one stretch: those of a window, with what came since the rollups were made.
MOST_OF_STRETCH = 2 * MOST_READINGS


class Found(NamedTuple):
    """The excursions of a tag, see `excursions.of_rows`, and the relations that tell of them."""

    frame: pd.DataFrame
    source: str


def _seconds(_questions: object, window: excursions.Stretch) -> float:
    return asking.shared_seconds(window)


@cached(_seconds)
@degrading
def every_excursion(
    questions: tuple[Question, ...], window: excursions.Stretch
) -> tuple[Found, ...]:
    """Return the excursions of tags in a window, in their order.

    Raises
    ------
    BadInput
        If there are too many readings of a tag, and no rollup.
    HistorianUnavailable
        If the historian does not answer.
    """
    if not questions:
        return ()
    asked, has = Asked(questions, window), catalog()
    widths = [width for width in has.rollups if width <= 3_600]
    if not widths:
        return _of_readings(asked)
    live = asking.is_live(window.stop, 2 * widths[0])
    coarse = coarse_rows(asked, widths, live=live, whole=has.logged)
    return _of_rollups(asked, coarse, has.logged)


def _of_readings(asked: Asked) -> tuple[Found, ...]:
    """Return the excursions where there are only readings: all of them are looked at."""
    places = np.arange(len(asked.questions))
    earlier = before.rows_before(asked, places, asked.window.start)
    whole = _whole(asked, places)
    parts = _by_tag([earlier, whole], len(places))
    source = influx_hist.name
    return _told(asked, parts, [source] * len(places))


def _whole(asked: Asked, places: arrays.Whole) -> pd.DataFrame:
    """Return the readings of the whole window of tags."""
    start, stop = (np.full(len(places), edge) for edge in asked.window)
    return _few(asked, asking.readings(asked, Pieces(places, start, stop), MOST_OF_STRETCH + 1))


def _few(asked: Asked, rows: pd.DataFrame) -> pd.DataFrame:
    """Return readings, where no stretch of them was too long to be read whole."""
    most = rows["total"].to_numpy()
    if len(most) and most.max() > MOST_OF_STRETCH:
        name = asked.questions[int(rows["tag"].iloc[int(most.argmax())])].tag
        raise BadInput("too_many_readings", count=int(most.max()), tag=name, limit=MOST_READINGS)
    return rows


def _of_rollups(asked: Asked, coarse: Coarse, logged: bool) -> tuple[Found, ...]:
    few, to_read = coarse.total <= MOST_READINGS, coarse.to_read(asked)
    none = np.zeros(len(few), dtype=bool)
    if not logged and coarse.total[few].sum() <= MOST_TOGETHER:
        return _mixed(asked, coarse, few, to_read, whole=few)
    rows = coarse.rows[to_read]
    due = np.bincount(rows["tag"].to_numpy(), rows["n"].to_numpy(), len(few))
    order, together = np.argsort(due, kind="stable"), none.copy()
    together[order] = np.cumsum(np.where(few, due, 0)[order]) <= MOST_TOGETHER
    return _mixed(asked, coarse, few & together, to_read, whole=none)


def _mixed(
    asked: Asked, coarse: Coarse, few: arrays.Mask, to_read: arrays.Mask, whole: arrays.Mask
) -> tuple[Found, ...]:
    """Return the excursions of tags.

    Parameters
    ----------
    few : of which tags the readings tell; of the others a rollup, and readings where it ends
    to_read : rows of the rollup that may be a part of an excursion
    whole : of which tags all readings are read
    """
    tag = coarse.rows["tag"].to_numpy()
    singly = to_read & (few & ~whole)[tag]
    every = [(place, coarse.begin, asked.window.stop) for place in np.flatnonzero(whole).tolist()]
    of = asking.pieces(sorted(coarse.stretches(singly, ~whole) + every)).some
    read = coarse.rows[:0]
    if len(of.tag):
        read = _few(asked, asking.readings(asked, of, MOST_OF_STRETCH + 1))
    gone = coarse.gone(of, read, singly)
    read = read[~np.isin(read["piece"], gone.pieces)] if len(gone.pieces) else read
    limits = asking.gaps_of(asked, np.flatnonzero(~few).tolist())
    many = composed.of_stored(asked, coarse, to_read & ~few[tag], limits)
    parts = _by_tag([coarse.before, coarse.rows[gone.rows], read, *many.rows.values()], len(few))
    exact, both = influx_hist.name, f"{coarse.name}, {influx_hist.name}"
    names = np.where(few & (whole | coarse.logged), exact, both).astype(object)
    names[coarse.rows["tag"][gone.rows]] = both
    sources = names.tolist()
    for place, name in many.sources.items():
        sources[place] = name
    return _told(asked, parts, sources)


def _by_tag(parts: Sequence[pd.DataFrame], count: int) -> dict[int, pd.DataFrame]:
    """Return the rows of each tag that has any, by time."""
    filled = [part for part in parts if len(part)]
    if not filled:
        return {}
    names = [*composed.COLUMNS[:-1], "seen"]
    whole = pd.concat([part.reindex(columns=names) for part in filled], ignore_index=True)
    whole = whole.iloc[np.lexsort((whole["at"], whole["tag"]))]
    bounds = np.searchsorted(whole["tag"], np.arange(count + 1))
    return {
        place: whole.iloc[bounds[place] : bounds[place + 1]]
        for place in np.flatnonzero(np.diff(bounds)).tolist()
    }


def _told(asked: Asked, parts: dict[int, pd.DataFrame], sources: list[str]) -> tuple[Found, ...]:
    """Return the excursions that rows of tags make up; of the others there are none."""
    none = excursions.none()
    found = [Found(none, source) for source in sources]
    some = [place for place, rows in parts.items() if _may_be_outside(asked, place, rows)]
    limits = asking.gaps_of(asked, some)
    for place in some:
        rows, checks = parts[place], asked.questions[place].checks
        by_time = rows.set_axis(pd.DatetimeIndex(rows["at"].to_numpy(), tz="UTC"))
        frame = excursions.of_rows(by_time, checks, asked.window, limits[place])
        found[place] = Found(frame, sources[place])
    return _with_moments(asked, found, parts)


def _may_be_outside(asked: Asked, place: int, rows: pd.DataFrame) -> bool:
    low, high = rows["min"].to_numpy(), rows["max"].to_numpy()
    floor, ceiling = (each[place] for each in asked.quiet)
    return bool(((low < floor) | (high >= ceiling)).any())


def _with_moments(
    asked: Asked, found: list[Found], parts: dict[int, pd.DataFrame]
) -> tuple[Found, ...]:
    """Return excursions whose extreme is of a bucket with the time of its reading."""
    wanted, owners, extremes = list[tuple[int, int, int]](), list[tuple[int, int]](), list[float]()
    for place, rows in parts.items():
        wide = rows["seconds"].to_numpy() > 0
        frame = found[place].frame
        if not len(frame) or not wide.any():
            continue
        seconds = dict(zip(rows["at"][wide].tolist(), rows["seconds"][wide].tolist(), strict=True))
        for row, at in enumerate(arrays.nanoseconds(frame["extreme_at"]).tolist()):
            if at in seconds:
                wanted.append((place, at, at + int(seconds[at] * 1e9)))
                owners.append((place, row))
                extremes.append(float(frame["extreme"].iloc[row]))
    if wanted:
        of = asking.pieces(wanted)
        for piece, at in asking.moments(asked, of, np.array(extremes)).items():
            place, row = owners[piece]
            found[place].frame.loc[row, "extreme_at"] = pd.Timestamp(at, tz="UTC")
    return tuple(found)
