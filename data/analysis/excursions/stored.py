"""Which stored buckets do not tell by themselves when a limit was set or reset."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from data.analysis import alarms
from data.analysis.arrays import Floats, Mask, Whole, numbers
from data.analysis.checks import Checks, ManyChecks

#: What a bucket leaves of a latch: nothing, set, reset, or nobody knows.
KEPT, SET, RESET, OPEN = 0, 1, -1, 2


class Quiet(NamedTuple):
    """The values [floor, ceiling) of each tag that reset every limit and are not BAD [tag unit]."""

    floor: Floats
    ceiling: Floats


def quiet(many: ManyChecks) -> Quiet:
    """Return the values that are surely inside: beyond every deadband, and within the span."""
    zone = alarms.zones(many.limits, many.deadband)
    lowest, above = many.low, np.nextafter(many.high, np.inf)
    floor = np.fmax.reduce([lowest, *zone.high[:, alarms.SET_SIDE < 0].T])
    ceiling = np.fmin.reduce([above, *zone.low[:, alarms.SET_SIDE > 0].T])
    return Quiet(np.asarray(floor), np.asarray(ceiling))


class Stored(NamedTuple):
    """Rows of a rollup of many tags, by tag and time, without most of the quiet ones.

    Parameters
    ----------
    tag : place of each row's tag
    place : number of the row among all of its tag in the window, from 1
    low, high : least and greatest value [tag unit]
    """

    tag: Whole
    place: Whole
    low: Floats
    high: Floats


def runs_to_read(rows: Stored, many: ManyChecks, is_on: Mask) -> Mask:
    """Return which rows may be a part of an excursion, or hold its end: their readings tell.

    Those are the runs of rows that are not quiet in which a limit may be set, each with the quiet
    row after it; and what a tag begins with that may be outside before its first row.

    Parameters
    ----------
    many, is_on : of each tag: its checks, and whether it may be outside before its first row
    """
    of_each, inside = many.take(rows.tag), quiet(many)
    floor, ceiling = inside.floor[rows.tag], inside.ceiling[rows.tag]
    loud = ~((rows.low >= floor) & (rows.high < ceiling))
    first = (rows.place == 1) & is_on[rows.tag]
    follows = np.append(False, (np.diff(rows.tag) == 0) & (np.diff(rows.place) == 1))[: len(loud)]
    after_loud = follows & np.append(False, loud[:-1])[: len(loud)]
    run = np.cumsum((loud & ~after_loud) | first)
    matters = np.zeros(len(loud) + 1, dtype=bool)
    sets = loud & (_sets(rows, of_each) | first)
    matters[run[sets | first]] = True
    return np.asarray((loud | after_loud | first) & matters[run])


def _sets(rows: Stored, of_each: ManyChecks) -> Mask:
    """Return which rows hold a reading that sets a limit."""
    limit = of_each.limits
    is_low = (rows.low[:, None] <= limit[:, :2]).any(axis=1)
    return np.asarray(is_low | (rows.high[:, None] >= limit[:, 2:]).any(axis=1))


def undecided(rows: pd.DataFrame, checks: Checks, before: Mask) -> Mask:
    """Return within which buckets a limit is set or reset, or nobody knows; or one may be BAD.

    Parameters
    ----------
    rows : by time; columns min, max, first, last [tag unit]
    before : which latches are set before the first of them, by Limits
    """
    low, high = numbers(rows["min"]), numbers(rows["max"])
    unclear = ~((low >= checks.low) & (high <= checks.high))
    is_bad = (low < checks.low) | (high > checks.high)
    for (is_set, resets, last), was_set in zip(_of_latches(rows, checks), before, strict=True):
        # What is BAD may be all that seems to decide; the readings besides may leave it otherwise.
        sorts = [is_bad, is_set & resets, is_set, resets]
        end = np.select(sorts, [OPEN, last, SET, RESET], KEPT)
        decided = np.where(end != KEPT, np.arange(1, len(end) + 1), 0)
        newest = np.maximum.accumulate(np.append(0, decided))[:-1]
        earlier = np.append(SET if was_set else RESET, end)[newest]
        turns = (is_set & (earlier != SET)) | (resets & (earlier != RESET))
        unclear = unclear | (is_set & resets) | turns
    return np.asarray(unclear)


def _of_latches(rows: pd.DataFrame, checks: Checks) -> list[tuple[Mask, Mask, np.ndarray]]:
    """Return of each latch which buckets hold what sets it, what resets it, and how they end."""
    zone = alarms.zones(checks.limits, checks.deadband)
    low, high, last = (numbers(rows[name]) for name in ("min", "max", "last"))
    latches = []
    for floor, ceiling, alarming in zip(*zone, alarms.SET_SIDE, strict=True):
        sides = [alarms.sides(each, floor, ceiling) for each in (low, high, last)]
        is_set = (sides[0] == alarming) | (sides[1] == alarming)
        resets = (sides[0] == -alarming) | (sides[1] == -alarming)
        end = np.select([sides[2] == alarming, sides[2] == -alarming], [SET, RESET], OPEN)
        latches.append((is_set, resets, end))
    return latches
