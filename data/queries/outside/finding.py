"""The excursions of many tags in a window, by a number of statements that does not grow with them.

The readings tell of each tag that has up to 200,000 in the window. Where our own rollups show that
most of them are quiet, only the others are read, with the same outcome. Of a tag with more, least
and greatest values of a rollup tell, and readings where something turns.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from data.analysis import arrays, excursions
from data.db import cached
from data.errors import BadInput
from data.queries.outside import composed
from data.queries.outside.coarse import Coarse, coarse_rows
from data.queries.outside.lacking import without_holes
from data.queries.readings import MOST_READINGS
from data.queries.relations import catalog, degrading
from data.queries.stretches import Asked, Pieces, Question, asking, before
from data.sql import ROLLUPS, influx_hist

#: Readings that are read of all tags of one question together; of those with most of them the
#: rollups tell instead.
MOST_TOGETHER = 2_000_000
#: Most readings of one stretch: those of a window, with what came since the rollups were made.
MOST_OF_STRETCH = 2 * MOST_READINGS
#: Readings behind a stretch that the rollup does not answer, of which one ends what stands in it.
FEW = 5
#: What tells of the state before a window whose readings, and those before it, are gone.
HOURS = ROLLUPS[3_600].name


class Outside(NamedTuple):
    """The excursions of tags, see `excursions.of_rows`.

    Parameters
    ----------
    sources : of each tag the relations that tell
    unchecked : how many of its buckets may lack readings, and were not looked after
    """

    frame: pd.DataFrame
    sources: tuple[str, ...]
    unchecked: tuple[int, ...]


def _seconds(_questions: object, window: excursions.Stretch) -> float:
    return asking.shared_seconds(window)


@cached(_seconds)
@degrading
def every_excursion(questions: tuple[Question, ...], window: excursions.Stretch) -> Outside:
    """Return the excursions of tags in a window; column tag is the place of the question.

    Raises
    ------
    BadInput
        If there are too many readings of a tag, and no rollup.
    HistorianUnavailable
        If the historian does not answer.
    """
    if not questions:
        return Outside(excursions.none(), (), ())
    asked, has = Asked.of(questions, window), catalog()
    widths = [width for width in has.rollups if width <= 3_600]
    if not widths:
        return _of_readings(asked)
    live = asking.is_live(window.stop, 2 * widths[0])
    coarse = coarse_rows(asked, widths, live=live, whole=has.logged)
    return _of_rollups(asked, coarse, has.logged)


def _of_readings(asked: Asked) -> Outside:
    """Return the excursions where there are only readings: all of them are looked at."""
    places = np.arange(len(asked.questions))
    earlier = before.rows_before(asked, places, asked.window.start)
    whole = _whole(asked, places)
    return _outside(asked, [earlier, whole], [influx_hist.name] * len(places), 0 * places)


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


def _of_rollups(asked: Asked, coarse: Coarse, logged: bool) -> Outside:
    few = coarse.total <= MOST_READINGS
    none = np.zeros(len(few), dtype=bool)
    if not logged and coarse.total[few].sum() <= MOST_TOGETHER:
        coarse = _told(asked, coarse, ~few)
        return _mixed(asked, coarse, few, coarse.to_read(asked), whole=few)
    if not logged:
        coarse = _told(asked, coarse, ~none)
    rows = coarse.rows[coarse.to_read(asked)]
    due = np.bincount(rows["tag"].to_numpy(), rows["n"].to_numpy(), len(few))
    order, together = np.argsort(due, kind="stable"), none.copy()
    together[order] = np.cumsum(np.where(few, due, 0)[order]) <= MOST_TOGETHER
    coarse = coarse.to_its_end(~(few & together))
    return _mixed(asked, coarse, few & together, coarse.to_read(asked), whole=none)


def _told(asked: Asked, coarse: Coarse, tags: arrays.Mask) -> Coarse:
    """Return what the rollup has where it tells of some tags: to its end, and where it is whole."""
    return without_holes(asked, coarse.to_its_end(tags), tags, MOST_OF_STRETCH // 2)


def _mixed(
    asked: Asked,
    coarse: Coarse,
    few: arrays.Mask,
    to_read: arrays.Mask,
    whole: arrays.Mask,
    lacking: arrays.Mask | None = None,
) -> Outside:
    """Return the excursions of tags.

    Parameters
    ----------
    few : of which tags the readings tell; of the others a rollup, and readings where it ends
    to_read : rows of the rollup that may be a part of an excursion
    whole : of which tags all readings are read
    lacking : of which tags some are gone, that are few
    """
    lacking = np.zeros(len(few), dtype=bool) if lacking is None else lacking
    tag = coarse.rows["tag"].to_numpy()
    singly = to_read & (few & ~whole)[tag]
    every = [(place, coarse.begin, coarse.end) for place in np.flatnonzero(whole).tolist()]
    of = asking.pieces(sorted(coarse.stretches(singly, ~whole) + every)).some
    read = coarse.rows[:0]
    if len(of.tag):
        read = _few(asked, asking.readings(asked, of, MOST_OF_STRETCH + 1))
    there = np.zeros(len(few))
    np.maximum.at(there, read["tag"].to_numpy(np.int64), read["total"].to_numpy(np.float64))
    short = whole & (there < coarse.total)
    short |= coarse.gone(of, read, singly)
    if short.any():  # some of their readings are gone: rollups tell, and what is left
        coarse, lacking = _told(asked, coarse, short), lacking | short
        return _mixed(asked, coarse, few & ~short, coarse.to_read(asked), whole & ~short, lacking)
    limits = asking.gaps_of(asked, np.flatnonzero(~few).tolist())
    many = composed.of_stored(asked, coarse, to_read & ~few[tag], limits)
    silent = _first_bad(asked, coarse.holes(asked, to_read, (few & ~whole) | lacking))
    behind = coarse.behind(~whole)
    after = asking.readings(asked, behind, FEW) if len(behind.tag) else read[:0]
    parts = [coarse.before, read, after, silent, *many.rows.values()]
    alone = few & (whole | coarse.logged)
    sources = _sources(asked, coarse, alone, read, many.sources)
    return _outside(asked, parts, sources, coarse.unchecked)


def _sources(
    asked: Asked,
    coarse: Coarse,
    alone: arrays.Mask,
    read: pd.DataFrame,
    rollups: Mapping[int, str],
) -> list[str]:
    """Return the relations that tell of each tag.

    Parameters
    ----------
    alone : of which tags the readings tell alone
    read : readings of tags
    rollups : those of each other tag, by its place
    """
    exact, having = influx_hist.name, set(read["tag"].tolist())
    names = [exact if each else f"{coarse.name}, {exact}" for each in alone.tolist()]
    silent = alone & coarse.is_on
    silent[sorted(having)] = False
    for place in before.stored(asked, coarse.before, np.flatnonzero(silent)):
        names[place] = HOURS
    for place, name in rollups.items():
        names[place] = f"{name}, {exact}" if place in having and exact not in name else name
    return names


def _first_bad(asked: Asked, holes: Pieces) -> pd.DataFrame:
    """Return the first reading in each stretch without a good one: it ends what stood before it."""
    if not len(holes.tag):
        return pd.DataFrame(columns=composed.COLUMNS)
    return asking.readings(asked, holes, 1).assign(**dict.fromkeys(composed.NUMBERS, np.nan))


def _outside(
    asked: Asked, parts: Sequence[pd.DataFrame], sources: list[str], unchecked: arrays.Whole
) -> Outside:
    """Return the excursions that rows of tags make up; of the others there are none."""
    filled = [part for part in parts if len(part)]
    outside = Outside(excursions.none(), tuple(sources), tuple(unchecked.tolist()))
    if not filled:
        return outside
    rows = _together(filled)
    some = _may_be_outside(asked, rows)
    rows = rows[some[rows["tag"].to_numpy()]]
    longest = np.full(len(some), np.nan)
    for place, seconds in asking.gaps_of(asked, np.flatnonzero(some).tolist()).items():
        longest[place] = seconds
    frame = excursions.of_rows(rows, asked.many, asked.window, longest)
    return outside._replace(frame=_with_moments(asked, frame, rows))


def _together(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of parts by tag and time."""
    names = (*composed.COLUMNS[:-1], "seen")
    rows = {
        name: np.concatenate([arrays.column_of(part, name) for part in parts]) for name in names
    }
    # A time in nanoseconds has more digits than a float.
    rows |= {name: np.concatenate([part[name] for part in parts]) for name in ("tag", "at")}
    order = np.lexsort((rows["at"], rows["tag"]))
    return pd.DataFrame({name: column[order] for name, column in rows.items()})


def _may_be_outside(asked: Asked, rows: pd.DataFrame) -> arrays.Mask:
    """Return which tags have rows that are not quiet."""
    tag = rows["tag"].to_numpy(np.int64)
    floor, ceiling = (each[tag] for each in asked.quiet)
    may_be = np.zeros(len(asked.questions), dtype=bool)
    may_be[tag[(rows["min"].to_numpy() < floor) | (rows["max"].to_numpy() >= ceiling)]] = True
    return may_be


def _with_moments(asked: Asked, frame: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Return excursions whose extreme is of a bucket with the time of its reading."""
    is_wide = rows["seconds"].to_numpy() > 0
    if not is_wide.any() or not len(frame):
        return frame
    wide = rows[is_wide]
    ends = arrays.after(wide["at"].to_numpy(), wide["seconds"].to_numpy()).tolist()
    keys = zip(wide["tag"].tolist(), wide["at"].tolist(), strict=True)
    end_of = dict(zip(keys, ends, strict=True))
    at = arrays.nanoseconds(frame["extreme_at"]).copy()
    sought = list(zip(frame["tag"].tolist(), at.tolist(), strict=True))
    places = [row for row, key in enumerate(sought) if key in end_of]
    if not places:
        return frame
    of = asking.pieces([(*sought[row], end_of[sought[row]]) for row in places])
    for piece, ns in asking.moments(asked, of, frame["extreme"].to_numpy()[places]).items():
        at[places[piece]] = ns
    return frame.assign(extreme_at=pd.DatetimeIndex(at, tz="UTC"))
