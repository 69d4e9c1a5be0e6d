"""Readings and buckets judged block by block, as all of them at once would be.

What a block needs of those before it is carried over the seam: the readings that the tests of
`quality` compare with, and of each limit the one that decided it last (see `alarms`). That are some
seventy rows, whose running numbers and times say how far back they lie.
"""

import datetime as dt
from collections.abc import Sequence
from itertools import permutations
from typing import NamedTuple

import numpy as np
import pandas as pd

from data.analysis import alarms, quality
from data.analysis.arrays import Bits, Codes, Floats, Mask, Whole, nanoseconds, numbers
from data.analysis.checks import Checks

#: The place of a reading that no look-back counts: it is found by its age alone.
BEYOND = -(2**62)
#: Of a bucket what its levels are told by.
EXTREMES = ["min", "max", "first", "last"]


class Judged(NamedTuple):
    """What is said of readings: quality and alarm by their codes, reasons as bits."""

    quality: Codes
    reasons: Bits
    alarm: Codes


class Readings:
    """Judges the readings of one tag in turn.

    Parameters
    ----------
    checks : of the tag
    gap_seconds : step and rate are not judged across a longer spacing [s]
    look_back : how old a reading may be that still decides an alarm
    before : the readings before the first block that decide, by time; columns value, qc, place
        (BEYOND: for the alarm alone)
    """

    def __init__(
        self, checks: Checks, gap_seconds: float, look_back: dt.timedelta, before: pd.DataFrame
    ) -> None:
        self._checks, self._gap, self._look_back = checks, gap_seconds, look_back
        self._zones = alarms.zones(checks.limits, checks.deadband)
        self._count = 0
        before = _in_utc(before)
        old = before["place"].to_numpy() == BEYOND
        reasons = np.zeros(len(before), np.int16)
        reasons[~old] = quality.assess(before[~old], checks, gap_seconds)["reasons"]
        self._carried = self._carry(before, reasons)

    def judged(self, value: Floats, at: Whole, qc: Whole) -> Judged:
        """Return what is said of the readings that follow.

        Parameters
        ----------
        value, at, qc : of the readings, by time [tag unit], [ns]; 0 where the source finds no fault
        """
        place = np.arange(self._count, self._count + len(value))
        self._count += len(value)
        columns = {"value": value, "qc": qc, "place": place}
        new = pd.DataFrame(columns, pd.DatetimeIndex(at, tz="UTC"), copy=False)
        rows = pd.concat([self._carried, new]) if len(self._carried) else new
        count = len(self._carried)
        young = rows["place"].to_numpy() != BEYOND
        marks = quality.assess(rows[young], self._checks, self._gap)
        reasons = np.zeros(len(rows), np.int16)
        reasons[young] = marks["reasons"]
        trusted = rows.assign(value=rows["value"].where((reasons & quality.BAD_REASONS) == 0))
        alarm = alarms.levels(trusted, self._checks, self._look_back).to_numpy()
        self._carried = self._carry(rows, reasons)
        codes = marks["quality"].to_numpy()[len(marks) - len(value) :]
        return Judged(codes, reasons[count:], alarm[count:])

    def _carry(self, rows: pd.DataFrame, reasons: Bits) -> pd.DataFrame:
        """Return those of the rows that the next block needs."""
        rows = rows[(reasons & quality.BAD_REASONS) == 0]
        value = numbers(rows["value"])
        needed = _last(np.ones(len(rows), bool), alarms.TRUSTED_COUNT)
        for low, high in zip(*self._zones, strict=True):
            needed |= _last(alarms.sides(value, low, high) != alarms.WITHIN, 1)
        young = np.flatnonzero(rows["place"].to_numpy() != BEYOND)
        if len(young):  # the oldest, and where the value became what it is
            changed = np.flatnonzero(value[young][1:] != value[young][:-1]) + 1
            start = int(changed[-1]) if len(changed) else 0
            needed[young[[0, max(start - 1, 0), start]]] = True
        return rows[needed]


class Buckets:
    """Judges the alarm of buckets of one tag in turn.

    Parameters
    ----------
    checks, look_back : as of `Readings`
    before : the readings before the first bucket that decide; columns value (NaN where BAD), place
    """

    def __init__(self, checks: Checks, look_back: dt.timedelta, before: pd.DataFrame) -> None:
        self._checks, self._look_back, self._count = checks, look_back, 0
        self._zones = alarms.zones(checks.limits, checks.deadband)
        rows = pd.DataFrame(dict.fromkeys(EXTREMES, before["value"])).assign(place=before["place"])
        self._carried = self._carry(_in_utc(rows))

    def alarm(self, frame: pd.DataFrame) -> Codes:
        """Return the worst level that each of the buckets contained.

        Parameters
        ----------
        frame : of a history; one that holds bad values which could not be left out tells nothing
        """
        place = self._count - 1 + (frame["n"] + frame["bad"]).to_numpy().cumsum()
        self._count = int(place[-1]) + 1 if len(place) else self._count
        good = _in_utc(frame[EXTREMES].mask(frame["marked"]).assign(place=place))
        rows = pd.concat([self._carried, good]) if len(self._carried) else good
        level = alarms.bucket_levels(rows, self._checks, self._look_back).to_numpy()
        count, self._carried = len(self._carried), self._carry(rows)
        return np.asarray(level[count:])

    def _carry(self, rows: pd.DataFrame) -> pd.DataFrame:
        needed = _last(rows["last"].notna().to_numpy(), alarms.TRUSTED_COUNT)
        for end in alarms.bucket_ends(rows, self._zones):
            needed |= _last(end != alarms.WITHIN, 1)
        return rows[needed]


def in_turn(at: Whole, value: Floats, zone: alarms.Zones) -> Whole:
    """Return times at which readings that decide a limit each leave each limit as its own says.

    An hour whose readings are gone answers for each limit with another of its numbers, all of them
    at its start: the one for one limit may decide another one otherwise. Those of one time are set
    apart by a microsecond each, so that for each limit its own comes last of those that decide it;
    where that leaves a choice, what answers for most limits comes last: the hour ended with it.

    Parameters
    ----------
    at, value, zone : of the limits of one tag: when [ns], what, and where it decides [tag unit]
    """
    times = at.copy()
    for moment in np.unique(at):
        rows = np.flatnonzero(at == moment)
        answers = value[rows].tolist()
        several = sorted(set(answers), key=lambda each: (answers.count(each), each))
        if len(several) > 1:
            pairs = list(zip(value[rows], zone.low[rows], zone.high[rows], strict=True))
            order = min(permutations(several), key=lambda each: _contradicted(each, pairs))
            times[rows] -= [1_000 * (len(order) - 1 - order.index(own)) for own, *_ in pairs]
    return times


def _contradicted(order: Sequence[float], pairs: Sequence[tuple[float, float, float]]) -> int:
    """Return how many limits numbers one after another leave otherwise than the own one says.

    None of an hour's; of several readings at one time there may be some in any order.

    Parameters
    ----------
    pairs : of each limit its number, and the ends of its zone
    """
    count = 0
    for own, low, high in pairs:
        *passed, wanted = alarms.sides(np.array([*order, own]), low, high).tolist()
        count += next(side for side in reversed(passed) if side != alarms.WITHIN) != wanted
    return count


def _in_utc(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows whose times can be joined with any others."""
    return rows.set_axis(pd.DatetimeIndex(nanoseconds(rows.index), tz="UTC"))


def _last(mask: Mask, count: int) -> Mask:
    """Return the last so many of those that are True."""
    last = np.zeros(len(mask), dtype=bool)
    last[np.flatnonzero(mask)[-count:]] = True
    return last
