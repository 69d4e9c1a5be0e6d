"""Since when states are what they are, and how often they were started in the last hours.

An hour in which a tag had one value only holds no change; between two hours there is one where the
last value of the earlier is not the first of the later. What other hours hold is counted in the
readings. Where that was not done nothing is said: no number is guessed.
"""

from typing import NamedTuple

import numpy as np

from data.analysis.arrays import NEVER, Floats, Mask, Whole

#: In the place of a time: the value is held for longer than all the hours.
LONGER = NEVER + 1


class Hourly(NamedTuple):
    """What is known of hours without their readings, a row a tag, the newest hour last.

    first, last : value of what is not BAD [tag unit], NaN where there is none
    mixed : whether an hour has more than one value
    hidden : whether good readings of an hour may be missing in its numbers
    """

    first: Floats
    last: Floats
    mixed: Mask
    hidden: Mask


class Counted(NamedTuple):
    """What the readings of hours hold, as rows and columns of `Hourly`; only where `known`.

    Of those that are not BAD: first and last value [tag unit], NaN without any; the time of the
    first, and of the last one that differs from the one before it [ns], NEVER without one; how
    often 0 was followed by another value.
    """

    known: Mask
    first: Floats
    last: Floats
    first_at: Whole
    changed_at: Whole
    starts: Whole


class Held(NamedTuple):
    """The value that each of n tags has [tag unit], since when [ns], and its starts.

    value : NaN where it is not known
    since : LONGER than all hours; NEVER where it is not known
    starts : NaN where they are not known
    """

    value: Floats
    since: Whole
    starts: Floats


def nothing_counted(shape: tuple[int, ...]) -> Counted:
    """Return hours that nobody looked into, so many tags times so many hours."""
    none, never = np.full(shape, np.nan), np.full(shape, NEVER)
    counted, starts = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=np.int64)
    return Counted(counted, none, none.copy(), never, never.copy(), starts)


def to_count(hours: Hourly, before: Floats) -> Mask:
    """Return the hours that hold a change, or may: those of which the readings must be looked into.

    Parameters
    ----------
    before : the last value before all hours, NaN where it is not known [tag unit]
    """
    wanted = hours.hidden | hours.mixed
    value, is_unsure = before.copy(), np.zeros(len(before), dtype=bool)
    for hour in range(wanted.shape[1]):
        first = hours.first[:, hour]
        is_there = ~np.isnan(first)
        differs = ~np.isnan(value) & (first != value)
        wanted[:, hour] |= is_there & (differs | is_unsure)
        value = np.where(is_there, hours.last[:, hour], value)
        is_unsure = hours.hidden[:, hour] | (is_unsure & ~is_there)
    return wanted


def missing(there: Mask) -> Mask:
    """Return the hours without a row before the newest one that each tag has.

    Parameters
    ----------
    there : a row a tag, whether an hour has a row
    """
    followed = np.flip(np.logical_or.accumulate(np.flip(there, axis=1), axis=1), axis=1)
    return np.asarray(followed & ~there)


def held(hours: Hourly, wanted: Mask, counted: Counted, before: Floats) -> Held:
    """Return since when each tag holds its last value, and how often it was started.

    A value is held since the first reading of it after the last other one; a start is a value that
    is not 0 after one that is, whatever silence lies between the two.

    Parameters
    ----------
    wanted : what `to_count` returns; such an hour is not known before it is counted
    before : as there
    """
    value, starts = before.copy(), np.zeros(len(before))
    since = np.where(np.isnan(before), NEVER, LONGER)
    for hour in range(wanted.shape[1]):
        is_counted = counted.known[:, hour]
        unknown = wanted[:, hour] & ~is_counted
        first = np.where(is_counted, counted.first[:, hour], hours.first[:, hour])
        last = np.where(is_counted, counted.last[:, hour], hours.last[:, hour])
        is_there = ~np.isnan(first) & ~unknown
        differs = is_there & ~np.isnan(value) & (first != value)
        since = np.where(differs, counted.first_at[:, hour], since)
        starts += differs & (value == 0)
        starts[is_there & np.isnan(value) & (first != 0)] = np.nan
        changed_at = counted.changed_at[:, hour]
        since = np.where(is_there & is_counted & (changed_at != NEVER), changed_at, since)
        starts += np.where(is_counted, counted.starts[:, hour], 0)
        value = np.where(is_there, last, value)
        value[unknown], since[unknown], starts[unknown] = np.nan, NEVER, np.nan
    return Held(value, since, starts)
