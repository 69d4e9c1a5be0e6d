"""What the cards show of the last hours: states of a day, what stands for the curve of a kind."""

from collections.abc import Mapping
from datetime import timedelta
from itertools import groupby
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data import queries
from data.analysis import arrays, held, hours, kinds
from data.queries import Tag

#: A state is on or off, and so is started, where it has no more words than these.
ON_AND_OFF = 2
#: What an hour of a card shows: a number, of a state with more words the values that it had.
Hour = float | list[float] | None


class Day(NamedTuple):
    """The last 24 hours of n tags: codes of `hours.states`, n x 24, and the start of the last.

    `by_hour` is what `_by_hour` returns, `held` what `_held` does, of readings up to `held_at` [ms
    since 1970].
    """

    states: NDArray[np.int8]
    newest: pd.Timestamp
    by_hour: dict[str, list[Hour]]
    held: dict[str, list[float | None]]
    held_at: int


def last_day(tags: Mapping[str, Tag]) -> Day | None:
    """Return the worst state of each of the last 24 hours of these tags; None if not to be had.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    names = tuple(tags)
    rows = queries.day(names)
    if rows is None:
        return None
    newest = rows.attrs["newest"]
    many = queries.many_checks([tag.checks for tag in tags.values()])
    numbers = hours.matrix(rows, len(names), newest)
    questions = hours.undecided(numbers, many)
    value = np.zeros(0)
    if len(questions):
        start = newest - timedelta(hours=hours.HOURS - 1)
        least = queries.least_spacing(queries.spacings(names).to_numpy()[questions["tag"]])
        named = queries.questions_of(names, questions)
        value = np.array(queries.before_day(named, start.to_pydatetime(), least))
    before = hours.sides_before(questions, value, len(names))
    worst = hours.states(numbers, many, before)
    of_states, at = _held(tags, rows, newest), int(rows.attrs["now"].timestamp() * 1000)
    return Day(worst, newest, _by_hour(tags, numbers), of_states, at)


def _by_hour(tags: Mapping[str, Tag], numbers: hours.Hours) -> dict[str, list[Hour]]:
    """Return what each counter added in each hour, and where a state was on, by the tag's place.

    A state is 1 where it was never 0 in an hour, 0 where it was nothing else, 0.5 where it was
    both; one of more words has the values that are known of the hour. None is not known: of a
    counter its first hour too, for from where it went on then was read before these hours.
    """
    numeric, had = {}, dict[str, list[Hour]]()
    for place, tag in enumerate(tags.values()):
        if tag.kind == kinds.COUNTER:
            columns = ("min", "max", "first", "last")
            rows = pd.DataFrame({name: getattr(numbers, name)[place] for name in columns})
            rows["marked"] = numbers.bad[place]
            added = kinds.counter_differences(rows).difference
            added[np.flatnonzero(rows["last"].notna())[:1]] = np.nan
            numeric[str(place)] = added
        elif tag.kind == kinds.STATE and len(tag.states or ()) > 1 and not _is_started(tag):
            had[str(place)] = _values(numbers, place)
        elif tag.kind == kinds.STATE:
            least, most = np.abs(numbers.min[place]), np.abs(numbers.max[place])
            on = np.where(least > 0, 1.0, np.where(most > 0, 0.5, 0.0))
            numeric[str(place)] = np.where(np.isnan(least), np.nan, on)
    return had | {place: [_known(each) for each in row.tolist()] for place, row in numeric.items()}


def _values(numbers: hours.Hours, place: int) -> list[Hour]:
    """Return the values that a state had in each hour: the first, its extremes, the last."""
    every = (numbers.first, numbers.min, numbers.max, numbers.last)
    rows = zip(*(each[place].tolist() for each in every), strict=True)
    return [None if np.isnan(row[0]) else _in_turn(*row) for row in rows]


def _in_turn(first: float, least: float, most: float, last: float) -> list[float]:
    between = [each for each in (least, most) if each not in (first, last)]
    return [value for value, _again in groupby([first, *between, last])]


def _known(number: float) -> float | None:
    return number if np.isfinite(number) else None


def _held(
    tags: Mapping[str, Tag], rows: pd.DataFrame, newest: pd.Timestamp
) -> dict[str, list[float | None]]:
    """Return of each state its last value, its starts, since when, by the tag's place.

    Starts are None where they are not known, or the tag is not simply on or off. The time [ms since
    1970] is None where it is before these hours, and left out where it is not known.
    """
    places = [place for place, tag in enumerate(tags.values()) if tag.kind == kinds.STATE]
    if not places:
        return {}
    names = tuple(tags)
    of = queries.held_states(tuple(names[each] for each in places), np.array(places), rows, newest)
    rows_of = {}
    for each, place in enumerate(places):
        starts = float(of.starts[each]) if _is_started(tags[names[place]]) else np.nan
        since = int(of.since[each])
        row = [float(of.value[each]), _known(starts)]
        if since != arrays.NEVER:
            row.append(None if since == held.LONGER else since // 1_000_000)
        if np.isfinite(of.value[each]):
            rows_of[str(place)] = row
    return rows_of


def _is_started(tag: Tag) -> bool:
    words = tag.states or kinds.WORDS
    return "0" in words and len(words) <= ON_AND_OFF


def arcs(tags: Mapping[str, Tag], minutes: pd.DataFrame) -> dict[str, list[float]]:
    """Return where the arc of the last hour of each angle begins and ends, by the tag's place.

    Clockwise, the shortest that holds the last value of each minute [tag unit].

    Parameters
    ----------
    minutes : what `queries.sparklines` returns of these tags
    """
    arcs_of = {}
    for place, tag in enumerate(tags.values()):
        if tag.kind == kinds.ANGLE:
            last = minutes["last"][minutes["tag"] == place].to_numpy(np.float64)
            ends = kinds.arc(last)
            if np.isfinite(ends).all():
                arcs_of[str(place)] = list(ends)
    return arcs_of
