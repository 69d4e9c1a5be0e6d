"""Kinds of tag: value, state, angle and counter; what of each can be said without a wrong mean.

A state is told in words and shares of time, an angle by its circular mean, a counter by how far it
went on. Only a value has a mean.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from data.analysis.arrays import Floats, Mask, Whole, numbers, short_way
from data.analysis.checks import ManyChecks
from data.analysis.quality import alone

VALUE, STATE, ANGLE, COUNTER = KINDS = ("value", "state", "angle", "counter")
#: Units that make an angle of a tag, in any case.
DEGREES = ("deg", "°")
#: The type of a tag that is a state, and the words of its values where it has none of its own.
DIGITAL = "digital"
WORDS = {"0": "off", "1": "on"}
#: A full turn [°].
TURN = 360.0
#: Below this resultant length all directions cancel out: there is no mean direction.
NO_DIRECTION = 1e-9
#: An infinite gap holds so many seconds, 31 years: a time plus a hold must still be a time.
LONGEST_HOLD_S = 1e9
#: Digits after the point of a mean direction: beyond them is only the rounding of sine and cosine.
DIRECTION_DIGITS = 9


def kind_of(stated: object, unit: str, has_states: bool, tag_type: str = "") -> str:
    """Return the kind of a tag.

    Parameters
    ----------
    stated : `meta.kind`: wins where it is one of KINDS
    unit : deg or ° make an angle
    has_states : words for values make a state, whatever the unit
    tag_type : DIGITAL makes a state too, in any case
    """
    if isinstance(stated, str) and stated in KINDS:
        return stated
    if has_states or tag_type.strip().lower() == DIGITAL:
        return STATE
    return ANGLE if unit.strip().lower() in DEGREES else VALUE


def states_of(stated: object) -> dict[str, str] | None:
    """Return the words of a state by value as text, None without any.

    stated : `meta.states`: an object of words by value, or a list of those of 0, 1, 2 …; a list of
        numbers says no words
    """
    if isinstance(stated, list) and all(isinstance(word, str | None) for word in stated):
        stated = {str(value): word for value, word in enumerate(stated)}
    if not isinstance(stated, dict):
        return None
    states = {value: str(word) for value, word in stated.items() if isinstance(word, str | int)}
    return states or None


def words(values: Sequence[float], states: Mapping[str, str] | None, minus: str = "-") -> list[str]:
    """Return the word of each value of a state, its number without one, nothing for a NaN.

    Parameters
    ----------
    states : words by value as text, as `meta.states` has them
    minus : of a number; that of `digits` where people read it
    """
    # Plus 0: a negative zero has the word of zero.
    texts = ["" if value != value else f"{value + 0.0:.15g}" for value in values]
    return [(states or {}).get(text, text.replace("-", minus)) for text in texts]


class Directions(NamedTuple):
    """Circular means [°] with their resultant lengths, 0 (all cancel out) to 1 (all agree)."""

    mean: Floats
    resultant: Floats


def circular_means(angles: Floats, place: Whole, count: int) -> Directions:
    """Return the circular mean of each of `count` groups of angles.

    Parameters
    ----------
    angles : of n readings, NaN where left out [°]
    place : group of each of them, 0…count - 1

    Returns
    -------
    Directions in [0, 360), or in [-180, 180) where an angle is negative; NaN for a group without
    angles, the mean also where they cancel out.

    Source: K. V. Mardia and P. E. Jupp, "Directional Statistics", 2000, section 2.2.
    """
    there = np.isfinite(angles)
    radians, group = np.deg2rad(angles[there]), place[there]
    number = np.bincount(group, minlength=count).astype(np.float64)
    number[number == 0] = np.nan
    east = np.bincount(group, np.cos(radians), count) / number
    north = np.bincount(group, np.sin(radians), count) / number
    resultant = np.minimum(np.hypot(east, north), 1.0)
    mean = np.mod(np.round(np.rad2deg(np.arctan2(north, east)), DIRECTION_DIGITS), TURN)
    if (angles[there] < 0).any():
        mean = short_way(mean, TURN)
    return Directions(np.where(resultant < NO_DIRECTION, np.nan, mean), resultant)


def circular_mean(angles: Floats) -> tuple[float, float]:
    """Return mean direction [°] and resultant length of angles, as `circular_means` does."""
    one = circular_means(angles, np.zeros(len(angles), dtype=np.int64), 1)
    return float(one.mean[0]), float(one.resultant[0])


def arc(angles: Floats) -> tuple[float, float]:
    """Return where the shortest arc that holds all angles begins and ends, clockwise.

    As they are written: from 350 to 10, or from -10 to 10.

    Parameters
    ----------
    angles : NaN where left out [°]; without any both ends are NaN
    """
    there = angles[np.isfinite(angles)]
    turned, place = np.unique(np.mod(there, TURN), return_index=True)
    if not len(turned):
        return np.nan, np.nan
    ahead = np.diff(turned, prepend=turned[-1] - TURN)
    start = int(ahead.argmax())
    return float(there[place[start]]), float(there[place[start - 1]])


class Counted(NamedTuple):
    """How far a counter went on in each row [tag unit], and whether it was reset there."""

    difference: Floats
    reset: Mask


def counter_steps(values: Floats, before: float = np.nan) -> Counted:
    """Return how far a counter went on with each reading.

    A value below the one before it is a reset: the counter began again at 0.

    Parameters
    ----------
    values : of readings by time, NaN where left out
    before : the last good value before them, NaN without one: then the first went no way
    """
    previous = pd.Series(np.concatenate([[before], values])).ffill().to_numpy()[:-1]
    previous = np.where(np.isnan(previous), values, previous)
    reset = values < previous
    return Counted(np.where(reset, values, values - previous), reset)


def counter_differences(rows: pd.DataFrame, before: float = np.nan) -> Counted:
    """Return how far a counter went on in each bucket, from what rollups store of it.

    The last value minus that of the bucket before. `first` below that one is a reset between the
    two: the counter began again at 0. `min` below `first`, or `last` below `max`, is one inside:
    the counter rose to its peak, then from 0 to `last`. The peak is `max` if that is above `last`,
    else it is not known. Of more than one reset inside, a bucket tells nothing. Nor does one that
    holds bad values, of itself and of where the next one began: a spike is no reset.

    Parameters
    ----------
    rows : buckets by time; columns first, last, min, max [tag unit], NaN without a good reading;
        marked (bool), where there is one: bad values are among these
    before : the last good value before them, NaN without one: counted from the first reading

    Returns
    -------
    Counted, the difference NaN where there is no reading, or where it cannot be known
    """
    first, last, low, high = (numbers(rows[name]) for name in ("first", "last", "min", "max"))
    previous = pd.Series(np.concatenate([[before], last])).ffill().to_numpy()[:-1]
    previous = np.where(np.isnan(previous), first, previous)
    between, inside = first < previous, (low < first) | (last < high)
    base = np.where(between, 0.0, previous)
    peak = np.where((high > last) | (first >= high), high, np.nan)
    difference = np.where(inside, (peak - base) + last, last - base)
    is_vague = _vague(rows, last)
    return Counted(np.where(is_vague, np.nan, difference), (between | inside) & ~is_vague)


def _vague(rows: pd.DataFrame, last: Floats) -> Mask:
    """Return which buckets hold bad values, or follow on one that does."""
    if "marked" not in rows:
        return np.zeros(len(rows), dtype=bool)
    marked = rows["marked"].to_numpy(bool)
    before = pd.Series(np.where(np.isnan(last) & ~marked, np.nan, marked)).ffill().shift()
    return np.asarray(marked | (before == 1))


def held(at: Whole, limits: Floats | float, start: int, stop: int) -> Floats:
    """Return how long each reading holds inside [start, stop) [s].

    Until the next one, and at most one gap.

    Parameters
    ----------
    at : times of readings, sorted; one before `start` counts for what it holds inside [ns]
    limits : the gap, one or one a reading [s]
    start, stop : of the window [ns]
    """
    until = np.append(at[1:], stop)[: len(at)]
    reach = np.minimum(np.broadcast_to(limits, at.shape), LONGEST_HOLD_S)
    ends = np.minimum(until, at + np.rint(reach * 1e9).astype(np.int64))
    inside = np.minimum(ends, stop) - np.maximum(at, start)
    return np.maximum(inside, 0) / 1e9


def held_outside(
    at: Whole, limits: Floats, start: int, stop: int, gone: Sequence[tuple[int, int]]
) -> tuple[Floats, float]:
    """Return how long each reading holds as far as that is known, and how long it is not [s].

    What held last before a stretch of which readings are gone ends there. What held at its end may
    be gone too, and hold on until the next reading, at most one gap: so long it is prolonged.

    Parameters
    ----------
    at, limits, start, stop : as of `held`
    gone : those stretches, in order, apart from one another [ns]
    """
    seconds, unknown = held(at, limits, start, stop), 0.0
    for begin, end in gone:
        begin, place = max(begin, start), int(np.searchsorted(at, end))
        if not place or at[place - 1] < begin:
            following = int(at[place]) if place < len(at) else stop
            reach = float(limits[min(place, len(at) - 1)]) if len(at) else LONGEST_HOLD_S
            end = min(following, stop, end + round(min(reach, LONGEST_HOLD_S) * 1e9))
        start = max(start, end)
        seconds = seconds - held(at, limits, begin, end)
        unknown += max(end - begin, 0) / 1e9
    return np.maximum(seconds, 0.0), unknown


class Shares(NamedTuple):
    """Shares of a window's time, 0…1; all together are 1.

    Parameters
    ----------
    by_value : (value, share) of each value that occurs, in order
    left_out : of readings that are BAD
    no_data : of the time for which no reading stands
    unknown : of the time whose readings are gone
    """

    by_value: tuple[tuple[float, float], ...]
    left_out: float
    no_data: float
    unknown: float = 0.0


def shares(values: Floats, seconds: Floats, window: float, unknown: float = 0.0) -> Shares:
    """Return the share of time in each value.

    Parameters
    ----------
    values : of readings, NaN where left out
    seconds : how long each holds, see `held`
    window : length [s]
    unknown : for how long of it nothing is known, and no reading holds [s]
    """
    if not window > 0:
        return Shares((), 0.0, 0.0)
    good = np.isfinite(values)
    each, group = np.unique(values[good], return_inverse=True)
    time = np.bincount(group, seconds[good], len(each)) / window
    by_value = tuple(zip(each.tolist(), time.tolist(), strict=True))
    left_out = float(seconds[~good].sum()) / window
    no_data = max(0.0, 1.0 - float(time.sum()) - left_out - unknown / window)
    return Shares(by_value, left_out, no_data, unknown / window)


def deltas(
    now: dt.datetime,
    states: pd.DataFrame,
    reference: pd.DataFrame,
    checks: ManyChecks,
    reference_seconds: float,
    of_kind: Sequence[str] = (),
    lowest: Floats | None = None,
) -> pd.DataFrame:
    """Return the change of every tag since its reference [tag unit]; NaN without one.

    A state has none, that of an angle is the short way round. A counter that was reset since has
    none either: how far it had come before is not among these readings.

    Parameters
    ----------
    now : the database's clock
    states : what `states.tag_states` returns
    reference : candidates; columns tag (place in `states`), ts, value. The newest counts that is
        not BAD, at or before now - reference_seconds and within one gap of it
    checks : of the tags of `states`
    reference_seconds : how long before `now` the reference lies [s]
    of_kind : kind of each tag; none: all are values
    lowest : least value of each tag since about the reference, NaN where not known

    Returns
    -------
    DataFrame, index of `states`: delta; reset (bool), a counter began again since
    """
    value = numbers(states["value"])
    before = _references(now, states, reference, checks, reference_seconds)
    kind = np.array(of_kind or [VALUE] * len(states), dtype=object)
    least = value if lowest is None else np.fmin(value, lowest)
    reset = (kind == COUNTER) & (least < before)
    with np.errstate(invalid="ignore", over="ignore"):
        delta = value - before
        delta = np.where(kind == ANGLE, short_way(delta, TURN), delta)
    delta[(kind == STATE) | reset] = np.nan
    return pd.DataFrame({"delta": delta, "reset": reset}, states.index)


def _references(
    now: dt.datetime,
    states: pd.DataFrame,
    reference: pd.DataFrame,
    checks: ManyChecks,
    seconds: float,
) -> Floats:
    tag = reference["tag"].to_numpy(dtype=np.int64)
    behind = (pd.Timestamp(now) - reference["ts"]).dt.total_seconds().to_numpy() - seconds
    near = (behind >= 0) & (behind <= numbers(states["gap_seconds"])[tag])
    value = numbers(reference["value"])
    usable = near & (alone(value, checks.take(tag)) == 0)
    newest_last = np.argsort(-behind[usable], kind="stable")
    reference_value = np.full(len(states), np.nan)
    reference_value[tag[usable][newest_last]] = value[usable][newest_last]
    return reference_value
