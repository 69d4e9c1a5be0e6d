"""The states of the last hours of many tags: each hour by the worst that it contained.

The latches are those of `alarms.bucket_levels`, here on a matrix with a row a tag and a column an
hour, the newest last.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from data.analysis import alarms
from data.analysis.alarms import ABOVE, UNJUDGED, WARNING, WITHIN
from data.analysis.arrays import Codes, Floats, Mask, nanoseconds
from data.analysis.checks import ManyChecks
from data.analysis.presence.doubtful import FEWER

#: Hours that are shown, the one that is filling included.
HOURS = 24
#: Codes of an hour's state besides the levels of `alarms`: worse than WARNING, but for CRITICAL, as
#: on a badge; and nothing at all.
BAD, NO_DATA = 3, 4
#: The words of the codes.
WORDS = {**alarms.ALARMS, BAD: "BAD", NO_DATA: "NO DATA"}
_NUMBERS = ("min", "max", "first", "last")


class Hours(NamedTuple):
    """The hours of n tags, n x HOURS: numbers of what is not BAD, NaN where there is none.

    min, max, first, last in the tag's unit; `bad`: whether anything in the hour is BAD.
    """

    min: Floats
    max: Floats
    first: Floats
    last: Floats
    bad: Mask


def matrix(rows: pd.DataFrame, count: int, newest: pd.Timestamp) -> Hours:
    """Return rows of hours as a matrix.

    Parameters
    ----------
    rows : columns tag (place of a tag), bucket, min, max, first, last, bad (how many); a row an
        hour of a tag
    count : of the tags
    newest : start of the last hour
    """
    numbers = [grid(rows, name, count, newest) for name in _NUMBERS]
    bad = grid(rows, "bad", count, newest) > 0
    return Hours._make([*numbers, bad])


def grid(rows: pd.DataFrame, name: str, count: int, newest: pd.Timestamp) -> Floats:
    """Return a column of rows of hours as a matrix, n x HOURS; NaN where there is no row.

    Parameters
    ----------
    rows : columns tag (place of a tag), bucket, and that one
    """
    back = (newest.value - nanoseconds(rows["bucket"])) // (3600 * 10**9)
    tag, place = rows["tag"].to_numpy(np.int64), HOURS - 1 - back
    inside = (place >= 0) & (place < HOURS)
    matrix = np.full((count, HOURS), np.nan)
    matrix[tag[inside], place[inside]] = rows[name].to_numpy(np.float64)[inside]
    return matrix


def missing(rows: pd.DataFrame, count: int, start: pd.Timestamp) -> pd.DataFrame:
    """Return the hours from `start` to a tag's newest one that have no row, the newest first.

    Parameters
    ----------
    rows : columns tag (place of a tag), bucket
    count : of the tags; one without any row lacks none

    Returns
    -------
    DataFrame, columns tag, bucket
    """
    step = 3600 * 10**9
    tag = rows["tag"].to_numpy(np.int64)
    place = (nanoseconds(rows["bucket"]) - start.value) // step
    there = np.zeros((count, HOURS), dtype=bool)
    there[tag, place] = True
    followed = np.flip(np.logical_or.accumulate(np.flip(there, axis=1), axis=1), axis=1)
    hour, lacking = np.nonzero((followed & ~there).T[::-1])
    bucket = pd.to_datetime(start.value + (HOURS - 1 - hour) * step, utc=True)
    return pd.DataFrame({"tag": lacking, "bucket": bucket})


def short(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the hours of which a rollup may hold only a part of the readings, the newest first.

    Those of a rollup with fewer readings than 0.9 of the most that an hour of the tag has.

    Parameters
    ----------
    rows : columns tag, bucket, n (readings), stored (whether the rollup by hour alone tells)

    Returns
    -------
    DataFrame, columns tag, bucket, n, most
    """
    most = rows.groupby("tag")["n"].transform("max")
    few = rows["stored"] & (rows["n"] < FEWER * most)
    return rows.assign(most=most)[few].sort_values(["bucket", "tag"], ascending=[False, True])[
        ["tag", "bucket", "n", "most"]
    ]


def undecided(hours: Hours, checks: ManyChecks) -> pd.DataFrame:
    """Return the latches on which the first hours depend: what decides them lies before all hours.

    Returns
    -------
    DataFrame, columns tag (place), latch (by Limits), low, high (its zone), floor, ceiling (between
    which a reading is not BAD) [tag unit], side (of what sets it)
    """
    zone = alarms.zones(checks.limits, checks.deadband)
    held = ~np.isnan(hours.first)
    rows = np.arange(len(held))
    first = np.where(held.any(axis=1), hours.first[rows, held.argmax(axis=1)], np.nan)
    within = (first[:, None] >= zone.low) & (first[:, None] < zone.high) & checks.active[:, None]
    tag, latch = np.nonzero(within)
    return pd.DataFrame(
        {
            "tag": tag,
            "latch": latch,
            "low": zone.low[tag, latch],
            "high": zone.high[tag, latch],
            "floor": checks.low[tag],
            "ceiling": checks.high[tag],
            "side": alarms.SET_SIDE[latch],
        }
    )


def sides_before(questions: pd.DataFrame, value: Floats, count: int) -> Codes:
    """Return on which side of its zone each latch of n tags was decided before all hours.

    Parameters
    ----------
    questions : what `undecided` returns
    value : of the reading that decides each, NaN without one [tag unit]
    count : of the tags

    Returns
    -------
    n x 4 codes: ABOVE, BELOW, or WITHIN where nothing decided
    """
    before = np.full((count, 4), WITHIN, dtype=np.int8)
    low, high = questions["low"].to_numpy(), questions["high"].to_numpy()
    before[questions["tag"].to_numpy(), questions["latch"].to_numpy()] = alarms.sides(
        value, low, high
    )
    return before


def states(hours: Hours, checks: ManyChecks, before: Codes) -> Codes:
    """Return the worst state that each hour contained, deadband included.

    Parameters
    ----------
    before : what `sides_before` returns

    Returns
    -------
    n x HOURS codes (see WORDS): CRITICAL, BAD, WARNING, NORMAL, the first of them that an hour
    contained; UNJUDGED without a rule in force; NO_DATA where there is no reading
    """
    zone = alarms.zones(checks.limits, checks.deadband)
    latches = [
        _set_within(hours, zone.low[:, [k]], zone.high[:, [k]], side, before[:, [k]])
        for k, side in enumerate(alarms.SET_SIDE)
    ]
    level = alarms.worst(np.stack(latches, axis=-1))
    level = np.where(checks.active[:, None], level, UNJUDGED)
    empty = np.isnan(hours.max)
    worst = np.where(hours.bad & (empty | (level <= WARNING)), BAD, level)
    return np.where(empty & ~hours.bad, NO_DATA, worst).astype(np.int8)


def _set_within(hours: Hours, low: Floats, high: Floats, alarming: int, before: Codes) -> Mask:
    """Return whether a latch was set at some time in each hour; its zone a row a tag (n x 1)."""
    least, most, first, last = (alarms.sides(each, low, high) for each in hours[:4])
    extremes = (most, least) if alarming == ABOVE else (least, most)
    sets, resets = extremes[0] == alarming, extremes[1] == -alarming
    ends_reset = resets & (~sets | (last == -alarming))
    end = np.where(ends_reset, -alarming, np.where(sets, alarming, WITHIN)).astype(np.int8)
    earlier = _newest_decisions(np.hstack([before, end[:, :-1]]))
    is_held = (earlier == alarming) & (first == WITHIN) & ~np.isnan(hours.first)
    return np.asarray(sets | is_held)


def _newest_decisions(side: Codes) -> Codes:
    """Return the newest decision of each row up to each column, WITHIN without one."""
    column = np.where(side != WITHIN, np.arange(side.shape[1]), 0)
    return np.take_along_axis(side, np.maximum.accumulate(column, axis=1), axis=1)
