"""Signals of the demonstration plant as pure functions of time: noise, cycles, episodes.

Every function takes times as int64 seconds since 1970 (UTC) and gives float64 of the same shape. A
value depends only on (time, key), never on its neighbours, so any part of a signal can be made
alone and a thinned history is a subset of the full one.
"""

import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.int64]
Values = NDArray[np.floating[Any]]

DAY = 86_400
HOUR = 3_600
MINUTE = 60
_PARTS = (0, 16, 32, 48)
#: 2020-01-01 UTC [s since 1970]: long before the oldest history.
FIRST_DAY = 1_577_836_800


def key(name: str, seed: int) -> int:
    """Return the number that tells the signals of one name and seed from all others."""
    return (zlib.crc32(name.encode()) << 32 | (seed & 0xFFFFFFFF)) & 0xFFFFFFFFFFFFFFFF


def bits(numbers: NDArray[np.int64], salt: int) -> NDArray[np.uint64]:
    """Return 64 well mixed bits a number (the finaliser of splitmix64, S. Vigna, 2015)."""
    mixed = numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(salt)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def uniform(numbers: NDArray[np.int64], salt: int) -> Values:
    """Return a number in [0, 1) for each whole number."""
    return (bits(numbers, salt) >> np.uint64(11)).astype(np.float64) / 2.0**53


def normal(numbers: NDArray[np.int64], salt: int) -> Values:
    """Return nearly normal numbers of mean 0 and deviation 1, never beyond 3.47.

    The sum of four uniform 16-bit parts: bounded, so that a rule can be drawn around the noise.
    """
    mixed = bits(numbers, salt)
    parts = sum(((mixed >> np.uint64(k)) & np.uint64(0xFFFF)).astype(np.float64) for k in _PARTS)
    return (parts / 65_536 - 2.0) * np.sqrt(3.0)


def wander(times: Times, period: int, salt: int) -> Values:
    """Return a smooth random line through a new level every `period` seconds, deviation about 1."""
    knots, rest = np.divmod(times, period)
    first = int(knots.min()) if knots.size else 0
    levels = normal(np.arange(first, (int(knots.max()) if knots.size else 0) + 2), salt)
    part = eased(rest / period)
    return levels[knots - first] * (1 - part) + levels[knots - first + 1] * part


def eased(part: Values) -> Values:
    """Return 0 below 0, 1 above 1 and a ramp without corners between."""
    clipped = np.clip(part, 0.0, 1.0)
    return clipped * clipped * (3 - 2 * clipped)


def daily(times: Times, peak_hour: float) -> Values:
    """Return the daily cycle -1…1 at each time, with its peak at that hour.

    Parameters
    ----------
    times : n times [s since 1970]
    peak_hour : of the UTC day, 0…24 [h]
    """
    return np.cos(2 * np.pi * (times / DAY - peak_hour / 24))


def hours(times: Times) -> Values:
    """Return the hours since the first day of 2020, when the counters of the plant began."""
    return (times - FIRST_DAY) / HOUR


def daily_hours(times: Times, peak_hour: float) -> Values:
    """Return the daily cycle summed up over time [h]: between -3.8 and 3.8, its rate `daily`.

    Parameters
    ----------
    peak_hour : as for `daily`
    """
    return 12 / np.pi * np.sin(2 * np.pi * (times / DAY - peak_hour / 24))


def days_from(times: Times, anchor: int) -> NDArray[np.int64]:
    """Return the number of the day a time lies in, days being centred on the anchor."""
    return (times - anchor + DAY // 2) // DAY


def episode(times: Times, anchor: int, salt: int, length: int) -> Values:
    """Return the seconds since the start of the day's episode; negative or > length outside it.

    One episode a day, 11 to 5 hours before that day's centre: never near the anchor.
    """
    day = days_from(times, anchor)
    starts = anchor + day * DAY - 11 * HOUR + (uniform(day, salt) * 6 * HOUR).astype(np.int64)
    since = (times - starts).astype(np.float64)
    return np.where(since <= length, since, -1.0)


def stopped(times: Times, anchor: int, salt: int) -> Values:
    """Return how far a pump has stopped, 0…1: 35 minutes a day, a minute to run down."""
    since = episode(times, anchor, salt, 35 * MINUTE)
    inside = since >= 0
    return np.where(inside, eased(since / 60) * eased((35 * MINUTE - since) / 60), 0.0)


def spikes(times: Times, anchor: int, salt: int) -> Values:
    """Return -1 or 1 at single readings: one three hours before the anchor, others every ten days.

    They lie on whole ten minutes, so thinning the history keeps them.
    """
    slots = times // 600
    latest = (anchor - 3 * HOUR) // 600
    chance = uniform(slots, salt ^ 0x5B1CE)
    hit = (slots == latest) | ((chance < 1 / 1440) & (slots < latest))
    sign = np.where(chance * 1e6 % 1 < 0.3, -1.0, 1.0)
    return np.where(hit & (times % 600 == 0), np.where(slots == latest, 1.0, sign), 0.0)


def levels(times: Times, anchor: int, salt: int) -> Values:
    """Return a level that steps every eight hours, last three hours before the anchor."""
    return normal((times - anchor + 3 * HOUR) // (8 * HOUR), salt)


def missing(times: Times, anchor: int, salt: int, always: int | None) -> NDArray[np.bool_]:
    """Return True inside gaps of 20 to 180 minutes, on one day in 16, never after the anchor.

    Parameters
    ----------
    always : a day, counted from the anchor (0, -1, …), that has a gap in any case
    """
    day = days_from(times, anchor)
    lengths = 20 * MINUTE + uniform(day, salt ^ 0x1E46) * 160 * MINUTE
    since = episode(times, anchor, salt ^ 0x6A9, 3 * HOUR)
    chosen = uniform(day, salt ^ 0xDA4) < 1 / 16
    if always is not None:
        chosen |= day == always
    return chosen & (since >= 0) & (since <= lengths) & (times < anchor)
