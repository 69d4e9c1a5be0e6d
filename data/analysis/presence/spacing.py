"""How far apart the readings of a tag are, and since when: from looks at a few of them.

A look is at the readings before a moment. Where two looks differ, the change lies between them; it
is sought there until it lies among readings that a look has seen, and is then known to the reading.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from data.analysis.arrays import NEVER, Floats, Mask, Whole

#: The median spacing of so many readings is not moved by a few gaps.
BEFORE = 100
#: Where one spacing in ten is over so many medians a tag reports by exception: nothing is expected.
IRREGULAR, IRREGULAR_SHARE = 10.0, 0.9
#: Of fewer spacings beside a change one gap is a tenth: they are not judged.
FEW_STEPS = 20
#: Spacings that differ by more than this factor are sought for the moment of the change; a smaller
#: one moves coverage by less than 2 % where it lies, and lies within what is no gap.
DIFFERS = 1.25
#: A change is one where so large a share of the spacings before it and of those after it lie on
#: their side of the middle: readings that come as they like do not change at every look.
APART = 0.8
#: So many spacings tell what readings were at either end of a look.
END = 8
#: Between two looks so many more are taken at once. Eight narrow a month of seconds in six rounds.
PROBES = 8
#: Most rounds, and looks in all, until the place of a change is told as it is known by then.
ROUNDS, MOST_LOOKS = 12, 400


class Look(NamedTuple):
    """Up to 100 readings before a moment.

    Parameters
    ----------
    moment : up to which nothing else was read [ns]
    times : of the readings, sorted [ns]
    before, after : how far apart the oldest and the newest of them are [s]; NaN where unknown
    change : time of the reading from which on it is `after` [ns]; NEVER where both are one
    irregular : whether there is no typical spacing
    """

    moment: int
    times: Whole
    before: float
    after: float
    change: int
    irregular: bool


def look(moment: int, times: Whole) -> Look:
    """Return what readings before a moment tell [ns], sorted."""
    steps = np.diff(times) / 1e9
    if not len(steps):
        return Look(moment, times, np.nan, np.nan, NEVER, False)
    place = _change_in(steps)
    if place is None:
        ordered = np.sort(steps)
        middle = _at_share(ordered, 0.5)
        return Look(moment, times, middle, middle, NEVER, is_irregular(ordered))
    sides = np.sort(steps[:place]), np.sort(steps[place:])
    before, after = (_at_share(side, 0.5) for side in sides)
    enough = [side for side in sides if len(side) >= FEW_STEPS]
    irregular = any(is_irregular(side) for side in enough)
    return Look(moment, times, before, after, int(times[place]), irregular)


def _at_share(steps: Floats, share: float) -> float:
    """Return a percentile of sorted numbers as numpy does, by line; a tenth of its cost."""
    place = share * (len(steps) - 1)
    low = int(place)
    high = min(low + 1, len(steps) - 1)
    return float(steps[low] + (steps[high] - steps[low]) * (place - low))


def is_irregular(ordered: Floats) -> bool:
    """Return whether sorted spacings are such that none is typical."""
    return _at_share(ordered, IRREGULAR_SHARE) > IRREGULAR * _at_share(ordered, 0.5)


def _change_in(steps: Floats) -> int | None:
    """Return the place from which on readings are differently far apart; None without one."""
    if len(steps) < 2 * END:
        return None
    before, after = (_at_share(np.sort(end), 0.5) for end in (steps[:END], steps[-END:]))
    if not _far(before, after):
        return None
    place = _place_of(steps, before, after)
    sides = steps[:place], steps[place:]
    return place if _are_apart(*sides, before, after) else None


def _far(one: float, other: float) -> bool:
    """Return whether two spacings differ; one that is not known does not."""
    return max(one, other) > DIFFERS * min(one, other)


def _slow(steps: Floats, one: float, other: float) -> Mask:
    """Return which steps are nearer to the longer of two spacings, by their ratio."""
    return steps > np.sqrt(max(one, 1e-6) * max(other, 1e-6))


def _are_apart(earlier: Floats, later: Floats, before: float, after: float) -> bool:
    """Return whether most of the steps on either side are such as their side should have."""
    if not (len(earlier) and len(later)):
        return False
    slows = (float(_slow(steps, before, after).mean()) for steps in (earlier, later))
    slow_before, slow_after = slows
    slower, faster = (slow_before, slow_after) if before > after else (slow_after, slow_before)
    return slower >= APART and 1 - faster >= APART


def _place_of(steps: Floats, before: float, after: float) -> int:
    """Return the step from which on readings are rather `after` than `before` apart.

    A long step among short ones counts half of a short one among long ones: it may be a gap.
    """
    slow = _slow(steps, before, after)
    of_fast, of_slow = np.where(slow, 1, 0), np.where(slow, 0, 2)
    left, right = (of_slow, of_fast) if before > after else (of_fast, of_slow)
    wrong = np.concatenate([[0], np.cumsum(left)])
    wrong = wrong + np.concatenate([np.cumsum(right[::-1])[::-1], [0]])
    return int(wrong.argmin())


def least_between(looks: Sequence[Look], start: int, stop: int) -> float:
    """Return how many readings [start, stop) [ns] holds at least, about, as looks in order tell.

    Where two looks differ the longer spacing is taken to hold between them; holes are not seen.
    """
    total = 0.0
    for earlier, later in pairwise(looks):
        since, until = max(earlier.moment, start), min(later.moment, stop)
        spacings = [each for each in (earlier.after, later.before) if each > 0]
        if spacings and until > since:
            total += (until - since) / 1e9 / max(spacings)
    return total


class Spacings(NamedTuple):
    """How far apart readings are from when on.

    Parameters
    ----------
    since : sorted [ns]; the first stands for all the time before it too
    seconds : of each, NaN where none is known [s]
    irregular : whether a look has found no typical spacing
    """

    since: Whole
    seconds: Floats
    irregular: bool


def _begins(earlier: Look, later: Look) -> float:
    """Return how far apart the first readings are that a look has seen beyond an earlier one."""
    return later.after if later.change <= earlier.moment else later.before


def _differ(earlier: Look, later: Look) -> bool:
    before, after = earlier.after, _begins(earlier, later)
    if not _far(before, after):
        return False
    sides = _newest(earlier), _oldest(earlier, later)
    return _are_apart(np.diff(sides[0]) / 1e9, np.diff(sides[1]) / 1e9, before, after)


def _newest(of: Look) -> Whole:
    """Return the readings of a look since its change."""
    return of.times[of.times >= of.change]


def _oldest(earlier: Look, of: Look) -> Whole:
    """Return the readings of a look up to its change, where an earlier one has not seen that."""
    if of.change <= earlier.moment:
        return _newest(of)
    return of.times[of.times <= of.change]


def _touch(earlier: Look, later: Look) -> bool:
    """Return whether no reading lies between what two looks have seen."""
    return bool(later.times[0] <= earlier.moment)


def _known(looks: Sequence[Look]) -> list[Look]:
    return [each for each in looks if not np.isnan(each.after)]


def moments_between(looks: Sequence[Look]) -> list[int]:
    """Return the moments to look at next [ns]: where two looks differ, and may have a change.

    Parameters
    ----------
    looks : sorted by moment
    """
    moments: list[int] = []
    for earlier, later in pairwise(_known(looks)):
        if not _touch(earlier, later) and _differ(earlier, later):
            first, last = earlier.moment, int(later.times[0])
            moments += [first + (last - first) * k // PROBES for k in range(1, PROBES + 1)]
    return sorted(set(moments) - {each.moment for each in looks})


def spacings(looks: Sequence[Look]) -> Spacings:
    """Return how far apart readings are, from when on, by looks that are sorted by moment.

    The spacing before a moment counts from the look before that on: a change below `DIFFERS` is
    not sought. A look at less than two readings has the spacing of the next one that has them.
    """
    telling = _known(looks)
    if not telling:
        return Spacings(np.zeros(1, dtype=np.int64), np.full(1, np.nan), False)
    stretches = [*_of_first(telling[0])]
    for earlier, later in pairwise(telling):
        stretches += _of_next(earlier, later)
    # A change that is seen at the reading where it is takes back what looks said since then: those
    # with few readings behind it had not noticed.
    at = np.array([begin for begin, _ in stretches], dtype=np.int64)
    since = np.minimum.accumulate(at[::-1])[::-1]
    seconds = np.array([each for _, each in stretches])
    last = np.append(since[1:] > since[:-1], True)  # of those that begin at once the last counts
    since, seconds = since[last], seconds[last]
    new = np.append(True, seconds[1:] != seconds[:-1])
    irregular = any(each.irregular for each in looks)
    return Spacings(since[new], seconds[new], irregular)


def _of_first(first: Look) -> Iterator[tuple[int, float]]:
    yield int(first.times[0]), first.before
    if first.change != NEVER:
        yield first.change, first.after


def _of_next(earlier: Look, later: Look) -> Iterator[tuple[int, float]]:
    """Return the stretches that begin between two looks: time [ns] and spacing [s]."""
    if _differ(earlier, later):
        yield _changed(earlier, later), _begins(earlier, later)
    else:
        yield earlier.moment, _begins(earlier, later)
    if later.change > earlier.moment:
        yield later.change, later.after


def _changed(earlier: Look, later: Look) -> int:
    """Return the time of the reading from which on they are as the later look has it [ns]."""
    if not _touch(earlier, later):
        return int(later.times[0])
    times = np.union1d(_newest(earlier), _oldest(earlier, later))
    times = times[times >= earlier.change]
    place = _place_of(np.diff(times) / 1e9, earlier.after, _begins(earlier, later))
    return int(times[place])
