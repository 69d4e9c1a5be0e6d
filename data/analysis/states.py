"""What is true of many tags now: freshness, quality, alarm, badge; one numpy pass for all.

The tests and latches are those of `quality` and `alarms`, here on a matrix with a row a tag whose
last column is the newest reading.
"""

import datetime as dt
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.analysis import alarms, quality, spikes
from data.analysis.arrays import (
    NEVER,
    Bits,
    Codes,
    Floats,
    Mask,
    Whole,
    decimals,
    flagged,
    nanoseconds,
    short_way,
)
from data.analysis.checks import RULE_STATES, ManyChecks
from data.analysis.presence import gaps

#: Badges, worst first; the code of a badge is its place here.
BADGES = (
    "CRITICAL",
    "STALE",
    "NO DATA",
    "BAD",
    "CLOCK",
    "WARNING",
    "LATE",
    "SUSPECT",
    "RULE ERROR",
    "NO RULE",
    "DISABLED",
    "NORMAL",
)
#: How long a CRITICAL leads the badge of a tag that has fallen silent [s]: a trip is the last thing
#: that many sensors say, and the shift after must still see it.
HOLD_S = 86_400.0
#: The level of a question whether a value is stuck; 0 to 3 are the four limits.
FLAT = 4


class Tails(NamedTuple):
    """The last readings of n tags, newest in the last column, each with what is wrong with it.

    `at` is NEVER where there is no reading [ns since 1970]; value [tag unit].
    """

    value: Floats
    at: Whole
    reasons: Bits
    trusted: Mask


def tails(latest: pd.DataFrame, trusted: pd.DataFrame, checks: ManyChecks) -> Tails:
    """Return the trusted readings before the latest one of each tag, and the latest at the end.

    Parameters
    ----------
    latest : index tag_name, a row a tag (ts NaT where none); columns ts, value, qc
    trusted : the newest readings that are not BAD, as far as a look-back goes (see
        `spikes.LOOK_BACK`); columns tag (place in `latest`), ts, value, qc, sorted by tag, ts
    checks : of the tags of `latest`
    """
    newest, at = nanoseconds(latest["ts"]), nanoseconds(trusted["ts"])
    tag = trusted["tag"].to_numpy(np.int64)
    earlier = np.flatnonzero(at < newest[tag])
    tag, at = tag[earlier], at[earlier]
    count = np.bincount(tag, minlength=len(newest))
    width = int(count.max(initial=1)) + 1  # at least one column before the newest
    column = np.arange(len(tag)) - np.repeat(np.cumsum(count), count) + width - 1
    value = np.full((len(newest), width), np.nan)
    times = np.full(value.shape, NEVER)
    flags = np.zeros(value.shape, dtype=bool)
    value[tag, column], times[tag, column] = trusted["value"].to_numpy(np.float64)[earlier], at
    flags[tag, column] = flagged(trusted)[earlier]
    value[:, -1], times[:, -1], flags[:, -1] = latest["value"], newest, flagged(latest)
    reasons = quality.range_reasons(value, flags, checks.columns())
    return Tails(value, times, reasons, (reasons & quality.BAD_REASONS) == 0)


def _newest(mask: Mask) -> Whole:
    """Return the last column that is True in each row, -1 where there is none."""
    last = mask.shape[1] - 1 - np.argmax(mask[:, ::-1], axis=1)
    return np.where(mask.any(axis=1), last, -1)


def _at(matrix: NDArray[Any], column: Whole, absent: float) -> NDArray[Any]:
    numbers = matrix[np.arange(len(matrix)), column]
    return np.where(column >= 0, numbers, np.asarray(absent, dtype=matrix.dtype))


def _decisions(readings: Tails, zone: alarms.Zones) -> Codes:
    """Return the side on which the newest trusted reading outside each zone lies, n x 4."""
    value = np.where(readings.trusted, readings.value, np.nan)
    sides = np.zeros((len(value), 4), dtype=np.int8)
    for k in range(4):
        side = alarms.sides(value, zone.low[:, k, None], zone.high[:, k, None])
        sides[:, k] = _at(side, _newest(side != alarms.WITHIN), alarms.WITHIN)
    return sides


def _last_change(readings: Tails) -> Whole:
    """Return when a trusted reading last differed from the newest one; NEVER if none did."""
    differs = readings.trusted & (readings.value != readings.value[:, -1:])
    return _at(readings.at, _newest(differs), NEVER)


def _reaches(readings: Tails, since: Whole) -> Mask:
    """Return whether the tail holds a trusted reading at or before `since`."""
    reaching: Mask = readings.trusted & (readings.at <= since[:, None])
    return np.asarray(reaching.any(axis=1))


def _since(readings: Tails, checks: ManyChecks) -> Whole:
    """Return where flat_seconds before the newest reading begins [ns]; NEVER where not tested."""
    tested = readings.trusted[:, -1] & np.isfinite(checks.flat_seconds)
    ahead = (np.where(tested, checks.flat_seconds, 0) * 1e9).astype(np.int64)
    return np.where(tested, readings.at[:, -1] - ahead, NEVER)


def ambiguous(readings: Tails, checks: ManyChecks) -> pd.DataFrame:
    """Return the questions that the trusted readings leave open and a look-back must answer.

    A question asks for the newest reading of a tag with `value < low or value >= high` and
    `floor <= value <= ceiling`, older than the trusted ones.

    Returns
    -------
    DataFrame with columns tag (its place), level (0 lo_lo, 1 lo, 2 hi, 3 hi_hi, 4 flat),
    low, high, floor, ceiling [tag unit], side (of what sets the limit), since (where the flat
    stretch would begin, else NaT)
    """
    zone = alarms.zones(checks.limits, checks.deadband)
    has_reading = readings.at[:, -1] != NEVER
    open_limit = (_decisions(readings, zone) == alarms.WITHIN) & ~np.isnan(zone.low)
    tag, level = np.nonzero(open_limit & has_reading[:, None])
    since = _since(readings, checks)
    unchanged = (since != NEVER) & (_last_change(readings) == NEVER) & ~_reaches(readings, since)
    flat = np.flatnonzero(unchanged)
    value, tags = readings.value[flat, -1], np.concatenate([tag, flat])
    return pd.DataFrame(
        {
            "tag": tags,
            "level": np.concatenate([level, np.full(len(flat), FLAT)]).astype(np.int8),
            "low": np.concatenate([zone.low[tag, level], value]),
            "high": np.concatenate([zone.high[tag, level], np.nextafter(value, np.inf)]),
            "floor": checks.low[tags],
            "ceiling": checks.high[tags],
            "side": np.append(alarms.SET_SIDE[level], np.full(len(flat), alarms.ABOVE)),
            "since": pd.to_datetime(np.append(np.full(len(tag), NEVER), since[flat]), utc=True),
        }
    )


def tag_states(
    now: dt.datetime,
    latest: pd.DataFrame,
    readings: Tails,
    checks: ManyChecks,
    spacing: Floats | None = None,
    answers: pd.DataFrame | None = None,
    hold: float = HOLD_S,
    age: Floats | None = None,
    lag: float = 0.0,
) -> pd.DataFrame:
    """Return what is true of every tag now.

    Parameters
    ----------
    now : the database's clock
    latest : as for `tails`, which made the readings; clock (True where a reading in the future was
        left out) may be absent
    spacing : median spacing of each tag [s]; needed where a rule has no max_gap_seconds
    answers : the rows of `ambiguous` with `value` and `ts` of the reading that answers, NaN without
        one, and `reached`: whether there is a trusted reading at or before `since`
    hold : a STALE tag that was CRITICAL is shown as STALE from this age on [s]
    age : of the newest readings [s], NaN without one; None: by the database's clock alone
    lag : how far the replica that was read is behind its primary [s]

    Returns
    -------
    DataFrame, index as `latest`: ts, value, age [s], gap_seconds, freshness, quality, reasons,
    alarm, rule_state, badge (codes of the tables of words), limit (the place in Limits of the one
    that the alarm is of, -1 without an alarm), clock
    """
    gap = np.broadcast_to(gaps.limit(checks, spacing), len(latest))
    if age is None:
        age = gaps.ages(pd.Timestamp(now).as_unit("ns").value, readings.at[:, -1])
    none, clock = readings.at[:, -1] == NEVER, _clock(latest)
    reasons = np.where(none, 0, _reasons(readings, checks, gap, answers)).astype(np.int16)
    trust = quality.quality_codes(reasons, checks.active & ~none)
    fresh = gaps.freshness_codes(age, gap, lag)
    latched, is_judged = _latched(readings, checks, answers)
    level = np.where(is_judged, alarms.worst(latched), alarms.UNJUDGED).astype(np.int8)
    return pd.DataFrame(
        {
            "ts": latest["ts"],
            "value": readings.value[:, -1],
            "age": age,
            "gap_seconds": gap,
            "freshness": fresh,
            "quality": trust,
            "reasons": reasons,
            "alarm": level,
            "limit": _named(latched, level),
            "rule_state": checks.state,
            "badge": _badges(fresh, trust, clock, level, checks.state, ~(age >= hold)),
            "clock": clock,
        },
        index=latest.index,
    )


def _clock(latest: pd.DataFrame) -> Mask:
    if "clock" not in latest:
        return np.zeros(len(latest), dtype=bool)
    return latest["clock"].to_numpy(dtype=bool)


def _reasons(
    readings: Tails, checks: ManyChecks, gap: Floats, answers: pd.DataFrame | None
) -> Bits:
    """Return the reasons of the newest readings, by the tests of `quality.assess`."""
    value, before = readings.value[:, -1], readings.trusted[:, :-1]
    last = _newest(before)
    with np.errstate(over="ignore", invalid="ignore"):
        change = np.abs(short_way(value - _at(readings.value, last, np.nan), checks.turn))
    seconds = (readings.at[:, -1] - _at(readings.at, np.maximum(last, 0), NEVER)) / 1e9
    reasons = quality.change_reasons(change, seconds, checks, gap)
    reasons |= _spikes(readings, checks)
    reasons |= _stuck(readings, checks, answers)
    return readings.reasons[:, -1] | np.where(readings.trusted[:, -1], reasons, 0)


def _spikes(readings: Tails, checks: ManyChecks) -> Bits:
    far = np.zeros(len(readings.value), dtype=bool)
    tested = np.flatnonzero(np.isfinite(checks.zscore))
    history = np.where(readings.trusted, readings.value, np.nan)[tested, :-1]
    before = history[:, -spikes.COMPARED :]
    if before.size:
        value = readings.value[tested, -1]

        def digits(rows: Whole) -> Codes:
            return np.maximum(decimals(before[rows]).max(axis=1), decimals(value[rows]))

        far[tested] = spikes.are_far(value, before, digits, checks.take(tested))
    return np.where(far, quality.SPIKE, 0).astype(np.int16)


def _stuck(readings: Tails, checks: ManyChecks, answers: pd.DataFrame | None) -> Bits:
    since, changed = _since(readings, checks), _last_change(readings)
    reaches = _reaches(readings, since)
    if answers is not None:
        answer = answers[answers["level"] == FLAT]
        flat = answer["tag"].to_numpy(np.int64)
        changed[flat], reaches[flat] = nanoseconds(answer["ts"]), answer["reached"].to_numpy(bool)
    flat_readings = (readings.trusted & (readings.at >= since[:, None])).sum(axis=1)
    enough = flat_readings >= quality.LEAST_FLAT
    stuck = (since != NEVER) & (changed < since) & enough & reaches
    return np.where(stuck, quality.STUCK, 0).astype(np.int16)


def _latched(
    readings: Tails, checks: ManyChecks, answers: pd.DataFrame | None
) -> tuple[Mask, Mask]:
    """Return which latches the last trusted readings set, n x 4; whether a tag is judged at all."""
    zone = alarms.zones(checks.limits, checks.deadband)
    side, trusted = _decisions(readings, zone), np.asarray(readings.trusted.any(axis=1))
    if answers is not None:
        answer = answers[(answers["level"] != FLAT) & answers["value"].notna()]
        tag, level = answer["tag"].to_numpy(np.int64), answer["level"].to_numpy(np.int64)
        value = answer["value"].to_numpy(np.float64)
        side[tag, level] = alarms.sides(value, zone.low[tag, level], zone.high[tag, level])
        trusted[tag] = True
    return side == alarms.SET_SIDE, checks.active & trusted


def _named(latched: Mask, level: Codes) -> Codes:
    """Return the place of the limit that an alarm is of, -1 where there is none."""
    of_level = latched & (level[:, None] == alarms.SEVERITY)
    return np.where(level >= alarms.WARNING, np.argmax(of_level, axis=1), -1).astype(np.int8)


def crossings(tag_states: pd.DataFrame, readings: Tails, checks: ManyChecks) -> pd.DataFrame:
    """Return by how much each tag in alarm is over its limit, and since when its readings tell.

    The limit is crossed from the first trusted reading that set its latch after the last one that
    reset it.

    Parameters
    ----------
    tag_states : what `tag_states` returned of these readings

    Returns
    -------
    DataFrame, a row a tag in alarm: tag (its place), limit (place in Limits), over (how far
    the newest trusted reading is beyond the limit, below 0 within the deadband, NaN without a
    reading) [tag unit], since (NaT where no reading resets the latch), oldest and newest (of the
    readings, NaT without one); low, high (the zone of the latch), floor, ceiling [tag unit]
    """
    limit = tag_states["limit"].to_numpy(np.int64)
    tag = np.flatnonzero(limit >= 0)
    limit, mine = limit[tag], checks.take(tag)
    low, high = (edge[tag, limit] for edge in alarms.zones(checks.limits, checks.deadband))
    at, sound, set_side = readings.at[tag], readings.trusted[tag], alarms.SET_SIDE[limit]
    value = np.where(sound, readings.value[tag], np.nan)
    side = alarms.sides(value, low[:, None], high[:, None]) * set_side[:, None]
    reset, newest = _newest(side == -1), _newest(sound)
    sets = (side == 1) & (np.arange(side.shape[1]) > reset[:, None])
    first = np.where((reset >= 0) & sets.any(axis=1), np.argmax(sets, axis=1), -1)
    oldest = np.where(newest >= 0, np.argmax(sound, axis=1), -1)
    beyond = _at(value, newest, np.nan) - mine.limits[np.arange(len(tag)), limit]
    times = {"since": first, "oldest": oldest, "newest": newest}
    return pd.DataFrame(
        {"tag": tag, "limit": limit, "over": beyond * set_side}
        | {name: pd.to_datetime(_at(at, column, NEVER), utc=True) for name, column in times.items()}
        | {"low": low, "high": high, "floor": mine.low, "ceiling": mine.high, "side": set_side}
    )


def _badges(
    fresh: Codes, trust: Codes, clock: Mask, level: Codes, state: Codes, held: Mask
) -> Codes:
    """Return the first badge of BADGES that holds."""
    holds = [
        (level == alarms.CRITICAL) & ((fresh != gaps.STALE) | held),
        fresh == gaps.STALE,
        fresh == gaps.NO_DATA,
        trust == quality.BAD,
        clock,
        level == alarms.WARNING,
        fresh == gaps.LATE,
        trust == quality.SUSPECT,
        *(state == code for code in range(1, len(RULE_STATES))),
        np.ones(len(state), dtype=bool),
    ]
    return np.argmax(np.stack(holds), axis=0).astype(np.int8)
