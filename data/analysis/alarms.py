"""Is a trusted number inside its limits? Levels with deadband, time in state, its changes.

Four latches, one a limit (lo_lo, lo, hi, hi_hi). A latch is decided by the newest trusted reading
outside its zone: for a high limit L with deadband d that is [L - d, L), for a low one (L, L + d].
So the state follows from readings alone, and every worker computes the same one. A decision older
than the look-back no longer counts.
"""

import datetime as dt
from functools import reduce
from typing import NamedTuple

import numpy as np
import pandas as pd

from data.analysis import quality, spikes
from data.analysis.arrays import Codes, Floats, Mask, Whole, nanoseconds, numbers
from data.analysis.checks import Checks, Limits

#: Codes of the levels, in the order of severity; UNJUDGED below all, so that any level is worse.
NORMAL, WARNING, CRITICAL, UNJUDGED = 0, 1, 2, -1
#: Words for the alarm codes; UNJUDGED: no rule in force, or no reading.
ALARMS = {NORMAL: "NORMAL", WARNING: "WARNING", CRITICAL: "CRITICAL", UNJUDGED: "UNJUDGED"}
#: The level of each latch when it is set, in the order of Limits.
SEVERITY = np.array([CRITICAL, WARNING, WARNING, CRITICAL], dtype=np.int8)
#: On which side of a latch's zone a number lies.
ABOVE, BELOW, WITHIN = 1, -1, 0
#: The side of its zone on which a latch is set, in the order of Limits.
SET_SIDE = np.array([BELOW, BELOW, ABOVE, ABOVE], dtype=np.int8)
#: However old they are, a look-back takes in TRUSTED_COUNT trusted readings (the reading itself and
#: the COMPARED before it) out of the newest SEARCH_DEPTH of any quality. The tests of quality look
#: just as far, so alarm and quality are derived from the same readings.
TRUSTED_COUNT, SEARCH_DEPTH = spikes.COMPARED + 1, spikes.LOOK_BACK + 1


class Zones(NamedTuple):
    """The zones [low, high) of the four latches [tag unit]; NaN where there is no limit."""

    low: Floats
    high: Floats


def zones(limits: Limits | Floats, deadband: float | Floats) -> Zones:
    """Return the zones in which a reading leaves a latch as it was.

    Parameters
    ----------
    limits : lo_lo, lo, hi, hi_hi of one tag, or n x 4, NaN where there is none [tag unit]
    deadband : d of one tag, or n [tag unit]
    """
    at, band = np.asarray(limits, dtype=np.float64), np.asarray(deadband)[..., None]
    low, high = at[..., :2], at[..., 2:]
    # (L, L + d] as the half-open interval from the next number above each end
    start = np.concatenate([np.nextafter(low, np.inf), high - band], axis=-1)
    stop = np.concatenate([np.nextafter(low + band, np.inf), high], axis=-1)
    return Zones(start, stop)


def sides(value: Floats, low: float | Floats, high: float | Floats) -> Codes:
    """Return on which side of its zone [low, high) each value lies; WITHIN if a number is NaN.

    Parameters
    ----------
    value : n values [tag unit]
    low, high : bounds of one zone, or of n [tag unit]

    Returns
    -------
    n codes: ABOVE, BELOW or WITHIN
    """
    return (value >= high).astype(np.int8) - (value < low).astype(np.int8)


def worst(latches: Mask) -> Codes:
    """Return the worst level (see ALARMS) of set latches; four, by Limits, in the last axis."""
    each = (latches[..., place] * severity for place, severity in enumerate(SEVERITY))
    return np.asarray(reduce(np.maximum, each))


def levels(
    readings: pd.DataFrame, checks: Checks, look_back: dt.timedelta | None = None
) -> pd.Series:
    """Return the alarm level of each reading of one tag, deadband included.

    Parameters
    ----------
    readings : in order of time; columns value, NaN where BAD: it leaves every latch as it was
        [tag unit]; place, as for `quality.assess`
    checks : of the tag; its limits and deadband
    look_back : how old a reading may be that still decides, where it is not one of the newest
        TRUSTED_COUNT; None: of any age. A latch that no reading decides is not set.

    Returns
    -------
    Series of int8 (see ALARMS), same index; UNJUDGED before the first trusted reading and without
    a rule in force
    """
    value, zone = numbers(readings["value"]), zones(checks.limits, checks.deadband)
    oldest = _oldest_rows(readings, ~np.isnan(value), look_back)
    latches = [
        _is_set(sides(value, low, high), side, oldest)
        for low, high, side in zip(*zone, SET_SIDE, strict=True)
    ]
    has_level = np.logical_or.accumulate(~np.isnan(value)) & checks.active
    level = np.where(has_level, worst(np.stack(latches, axis=-1)), UNJUDGED)
    return pd.Series(level, readings.index, np.int8, "alarm")


def _oldest_rows(rows: pd.DataFrame, trusted: Mask, look_back: dt.timedelta | None) -> Whole:
    """Return the row of the oldest reading that a look-back from each row takes in."""
    if look_back is None:
        return np.zeros(len(rows), dtype=np.int64)
    ns, place = nanoseconds(rows.index), quality.places(rows)
    young = np.searchsorted(ns, ns - pd.Timedelta(look_back).as_unit("ns").value)
    rank = np.cumsum(trusted)
    newest = np.searchsorted(rank, rank - (TRUSTED_COUNT - 1))
    return np.minimum(young, np.maximum(newest, np.searchsorted(place, place - (SEARCH_DEPTH - 1))))


def _is_set(side: Codes, alarming: int, oldest: Whole) -> Mask:
    """Return whether a latch is set at each reading, by those from `oldest` on."""
    sets = np.asarray(side == alarming)
    # Most limits of a window are never crossed: what sets none need not be looked through.
    return np.asarray(_newest_decisions(side, oldest) == alarming) if sets.any() else sets


def _newest_decisions(side: Codes, oldest: Whole) -> Codes:
    """Return the newest decision from `oldest` up to each reading, WITHIN without one."""
    newest = np.maximum.accumulate(np.where(side != WITHIN, np.arange(len(side)), 0))
    return np.where(newest >= oldest, side[newest], WITHIN).astype(np.int8)


def bucket_levels(
    buckets: pd.DataFrame, checks: Checks, look_back: dt.timedelta | None = None
) -> pd.Series:
    """Return the worst level that each bucket contained, deadband included; never by its mean.

    A bucket with a reading beyond a limit sets its latch; one with a reading beyond the deadband,
    and none beyond the limit, resets it. With both, its last reading decides; where that lies in
    the zone, their order is unknown and the latch stays set. So no level is ever too low, and a
    level can be too high only from such a bucket to the next one that decides.

    Parameters
    ----------
    buckets : columns min, max, first, last in order of time, NaN where empty [tag unit]; place, as
        for `quality.assess`
    look_back : as for `levels`

    Returns
    -------
    Series of int8 (see ALARMS), same index; UNJUDGED where the bucket is empty, and without a rule
    in force
    """
    has_level = buckets["max"].notna().to_numpy() & checks.active
    level = np.where(has_level, worst(bucket_latches(buckets, checks, look_back)), UNJUDGED)
    return pd.Series(level, buckets.index, np.int8, "alarm")


def bucket_latches(
    buckets: pd.DataFrame, checks: Checks, look_back: dt.timedelta | None = None
) -> Mask:
    """Return which latches were set at some time in each bucket, n x 4 by Limits.

    Parameters as for `bucket_levels`. An empty bucket leaves every latch as it was.
    """
    oldest = _oldest_rows(buckets, buckets["last"].notna().to_numpy(), look_back)
    return latches_since(buckets, zones(checks.limits, checks.deadband), oldest)


def latches_since(buckets: pd.DataFrame, zone: Zones, oldest: Whole) -> Mask:
    """Return which latches were set at some time in each bucket, by those from `oldest` on.

    Parameters
    ----------
    zone : of one tag; or of the tag of each bucket, n x 4
    oldest : place of the first bucket that counts for each
    """
    edges, numbers = (np.moveaxis(edge, -1, 0) for edge in zone), _bucket_numbers(buckets)
    columns = [
        _set_within(_bucket_sides(numbers, low, high), side, oldest)
        for low, high, side in zip(*edges, SET_SIDE, strict=True)
    ]
    return np.stack(columns, axis=-1)


def latches_after(buckets: pd.DataFrame, zone: Zones, oldest: Whole) -> Mask:
    """Return which latches are set at the end of each bucket; parameters as for `latches_since`."""
    ends = zip(bucket_ends(buckets, zone), SET_SIDE, strict=True)
    return np.stack([_newest_decisions(end, oldest) == side for end, side in ends], axis=-1)


class _BucketSides(NamedTuple):
    """The sides of a zone on which numbers of buckets lie."""

    min: Codes
    max: Codes
    first: Codes
    last: Codes


def _bucket_numbers(buckets: pd.DataFrame) -> list[Floats]:
    return [buckets[name].to_numpy(np.float64) for name in _BucketSides._fields]


def _bucket_sides(numbers: list[Floats], low: float | Floats, high: float | Floats) -> _BucketSides:
    return _BucketSides(*(sides(number, low, high) for number in numbers))


def _set_and_end(side: _BucketSides, alarming: int) -> tuple[Mask, Codes]:
    """Return whether each bucket sets a latch, and on which side it leaves it."""
    extremes = (side.max, side.min) if alarming == ABOVE else (side.min, side.max)
    sets, resets = extremes[0] == alarming, extremes[1] == -alarming
    ends_reset = resets & (~sets | (side.last == -alarming))
    end = np.where(ends_reset, -alarming, np.where(sets, alarming, WITHIN)).astype(np.int8)
    return np.asarray(sets), end


def bucket_ends(buckets: pd.DataFrame, zone: Zones) -> list[Codes]:
    """Return on which side each bucket leaves each of the latches; WITHIN where it decides none."""
    edges, numbers = (np.moveaxis(edge, -1, 0) for edge in zone), _bucket_numbers(buckets)
    return [
        _set_and_end(_bucket_sides(numbers, low, high), side)[1]
        for low, high, side in zip(*edges, SET_SIDE, strict=True)
    ]


def _set_within(side: _BucketSides, alarming: int, oldest: Whole) -> Mask:
    """Return whether a latch was set at some time in each bucket."""
    sets, end = _set_and_end(side, alarming)
    if not sets.any():
        return sets
    before = _newest_decisions(np.append(WITHIN, end)[:-1], oldest + 1)
    return np.asarray(sets | ((before == alarming) & (side.first == WITHIN)))


def annotated(
    readings: pd.DataFrame,
    checks: Checks,
    gap_seconds: float,
    look_back: dt.timedelta | None = None,
) -> pd.DataFrame:
    """Return readings with `quality`, `reasons` and `alarm`: what card, trend and file say of them.

    A BAD reading has the level of the last trusted one; SUSPECT readings alarm like any other.
    Parameters as in `quality.assess` and `levels`.
    """
    frame = readings.join(quality.assess(readings, checks, gap_seconds))
    value = frame["value"].where(frame["quality"] != quality.BAD)
    return frame.assign(alarm=levels(frame.assign(value=value), checks, look_back))


def time_in_state(
    level: pd.Series,
    bad: pd.Series,
    reach: Floats | float,
    start: dt.datetime,
    stop: dt.datetime,
) -> dict[str, float]:
    """Return the shares of [start, stop) in each state [%]; they sum to 100.

    Each reading holds until the next, at most one gap; what is left is NO DATA.

    Parameters
    ----------
    level : alarm levels, index ts sorted; readings before start count for what they hold inside
    bad : True where the reading is BAD, same index
    reach : how long a reading holds at most, one number or one a reading [s]
    start, stop : half-open bounds of the window, aware

    Returns
    -------
    dict with NORMAL, WARNING, CRITICAL, BAD, NO DATA, and UNJUDGED where no rule was in force
    """
    code, trusted = level.to_numpy(), ~bad.to_numpy()
    first, last = (pd.Timestamp(each).as_unit("ns").value for each in (start, stop))
    # Counted from the window's start: seconds since 1970 have no digits left below 1e-7.
    at, width = (nanoseconds(level.index) - first) / 1e9, (last - first) / 1e9
    until = np.minimum(np.append(at[1:], np.inf), at + reach)
    durations = np.clip(until, 0.0, width) - np.clip(at, 0.0, width)
    # By codes: words of 200,000 readings take as long as to read them.
    of = {ALARMS[each]: trusted & (code == each) for each in (NORMAL, WARNING, CRITICAL)}
    of |= {"BAD": ~trusted}
    unjudged = trusted & (code == UNJUDGED)
    of |= {ALARMS[UNJUDGED]: unjudged} if unjudged.any() else {}
    shares = {name: 100 * float(durations[some].sum()) / width for name, some in of.items()}
    return shares | {"NO DATA": max(0.0, 100 - sum(shares.values()))}


def _stated(level: pd.Series, bad: pd.Series) -> tuple[Floats, np.ndarray]:
    """Return the time of each reading [s since 1970] and the word of its state."""
    return nanoseconds(level.index) / 1e9, _words(level, bad)


def _words(level: pd.Series, bad: pd.Series) -> np.ndarray:
    return np.where(bad.to_numpy(), "BAD", level.map(ALARMS).to_numpy(dtype=object))


def changes(
    level: pd.Series,
    bad: pd.Series,
    reach: Floats | float,
    start: dt.datetime,
    stop: dt.datetime,
    value: pd.Series | None = None,
) -> pd.DataFrame:
    """Return the changes of state within (start, stop), newest first.

    Each reading holds until the next, at most one gap; then the state is NO DATA. Parameters as in
    `time_in_state`, and `value` of the readings of a tag of states: then another value is a change.

    Returns
    -------
    DataFrame, a row a change: since (UTC), state (the word it changed to), seconds (until the next
    change, of the newest one until `stop`), value (NaN without, and of BAD and NO DATA)
    """
    at, state = _stated(level, bad)
    number = np.full(len(at), np.nan) if value is None else value.mask(bad).to_numpy(np.float64)
    end = pd.Timestamp(stop).timestamp()
    holds = np.broadcast_to(reach, at.shape)[at < end]
    at, state, number = at[at < end], state[at < end], number[at < end]
    until = np.minimum(np.append(at[1:], end)[: len(at)], at + holds)
    begin = np.stack([at, until], axis=1).ravel()
    words = np.stack([state, np.full(len(at), "NO DATA", dtype=object)], axis=1).ravel()
    values = np.stack([number, np.full(len(at), np.nan)], axis=1).ravel()
    lasts = np.append(begin[1:], end)[: len(begin)] > begin
    begin, words, values = begin[lasts], words[lasts], values[lasts]
    moved = (values[1:] != values[:-1]) & ~(np.isnan(values[1:]) & np.isnan(values[:-1]))
    other = np.append(words[:1] != "NO DATA", (words[1:] != words[:-1]) | moved)[: len(words)]
    begin, words, values = begin[other], words[other], values[other]
    seconds = np.append(begin[1:], end)[: len(begin)] - begin
    within = begin > pd.Timestamp(start).timestamp()
    since = pd.to_datetime(np.rint(begin[within] * 1e6).astype(np.int64), unit="us", utc=True)
    rows = {"since": since, "state": words[within], "seconds": seconds[within]}
    return pd.DataFrame(rows | {"value": values[within]}).iloc[::-1].reset_index(drop=True)
