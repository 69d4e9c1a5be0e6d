"""What is true of many tags now: freshness, quality, alarm, badge, delta; one numpy pass for all.

The tests and latches are those of `quality` and `alarm`, here on a matrix with a row a tag whose
last column is the newest reading.
"""

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.analysis import alarms, deltas, quality, rules
from data.analysis.quality import Bits, Bounds, Codes, Floats
from data.analysis.rules import Rule

#: Badges, worst first; the code of a badge is its place here.
BADGES = (
    "STALE",
    "NO DATA",
    "BAD",
    "CLOCK",
    "CRITICAL",
    "WARNING",
    "LATE",
    "SUSPECT",
    "RULE ERROR",
    "NO RULE",
    "DISABLED",
    "NORMAL",
)
RULE_STATES = (rules.ACTIVE, rules.RULE_ERROR, rules.NO_RULE, rules.DISABLED)
#: Levels of a look-back question beside the four limits: is the value stuck?
FLAT = 4
NEVER = np.iinfo(np.int64).min

Mask = NDArray[np.bool_]
Times = NDArray[np.int64]


class _Rules(NamedTuple):
    """The rules of n tags as arrays."""

    bounds: Bounds
    unsigned: Mask
    gap: Floats
    state: Codes
    low: Floats
    high: Floats


class _Readings(NamedTuple):
    """The tail of n tags, newest in the last column; `at` is NEVER where there is no reading."""

    value: Floats
    at: Times
    reasons: Bits
    trusted: Mask


@lru_cache(maxsize=16_384)
def _numbers(rule: Rule | None) -> tuple[float, ...]:
    used, gap = rules.applied(rule), rules.applied(rule).max_gap_seconds
    zone = alarms.zones(rules.limits(used), rules.deadband(used))
    state = RULE_STATES.index(rules.state(rule))
    rest = (not used.allow_negative, np.nan if gap is None else gap, state)
    return (*quality.bounds(used), *rest, *zone.low, *zone.high)


def _stacked(tags: pd.Index, known: Mapping[str, Rule]) -> _Rules:
    rows = [_numbers(known.get(tag)) for tag in tags]
    table = np.array(rows, dtype=np.float64).reshape(len(rows), -1 if rows else 18)
    unsigned, gap, state = table[:, 7] > 0, table[:, 8], table[:, 9].astype(np.int8)
    return _Rules(Bounds(*table[:, :7].T), unsigned, gap, state, table[:, 10:14], table[:, 14:])


def _columns(limit: Bounds) -> Bounds:
    return Bounds(*(np.asarray(number)[:, None] for number in limit))


def _nanoseconds(times: pd.Series) -> Times:
    """Return times as ns since 1970; NaT is NEVER, as pandas itself has it."""
    return pd.DatetimeIndex(times).as_unit("ns").asi8


def _gathered(latest: pd.DataFrame, tail: pd.DataFrame, known: _Rules) -> _Readings:
    """Return the readings of the tail before the latest one, and the latest at the end."""
    newest, at = _nanoseconds(latest["ts"]), _nanoseconds(tail["ts"])
    tag = tail["tag"].to_numpy(np.int64)
    kept = np.flatnonzero(at < newest[tag])
    tag, at = tag[kept], at[kept]
    count = np.bincount(tag, minlength=len(newest))
    width = int(count.max(initial=1)) + 1  # at least one column before the newest
    column = np.arange(len(tag)) - np.repeat(np.cumsum(count), count) + width - 1
    value = np.full((len(newest), width), np.nan)
    times = np.full(value.shape, NEVER)
    flagged = np.zeros(value.shape, dtype=bool)
    value[tag, column], times[tag, column] = tail["value"].to_numpy(np.float64)[kept], at
    flagged[tag, column] = _flags(tail)[kept]
    value[:, -1], times[:, -1], flagged[:, -1] = latest["value"], newest, _flags(latest)
    reasons = quality.range_reasons(value, flagged, _columns(known.bounds), known.unsigned[:, None])
    return _Readings(value, times, reasons, (reasons & quality.BAD_REASONS) == 0)


def _flags(readings: pd.DataFrame) -> Mask:
    if "qc" not in readings:
        return np.zeros(len(readings), dtype=bool)
    return readings["qc"].fillna(0).to_numpy() != 0


def _newest(mask: Mask) -> NDArray[np.int64]:
    """Return the last column that is True in each row, -1 where there is none."""
    last = mask.shape[1] - 1 - np.argmax(mask[:, ::-1], axis=1)
    return np.where(mask.any(axis=1), last, -1)


def _at(matrix: NDArray[Any], column: NDArray[np.int64], absent: float) -> NDArray[Any]:
    picked = matrix[np.arange(len(matrix)), column]
    return np.where(column >= 0, picked, np.asarray(absent, dtype=matrix.dtype))


def _decisions(readings: _Readings, known: _Rules) -> Codes:
    """Return the side on which the newest trusted reading outside each zone lies, n x 4."""
    value = np.where(readings.trusted, readings.value, np.nan)
    found = np.zeros((len(value), 4), dtype=np.int8)
    for k in range(4):
        side = alarms.sides(value, known.low[:, k, None], known.high[:, k, None])
        found[:, k] = _at(side, _newest(side != alarms.WITHIN), alarms.WITHIN)
    return found


def _last_change(readings: _Readings) -> Times:
    """Return when a trusted reading last differed from the newest one; NEVER if none did."""
    differs = readings.trusted & (readings.value != readings.value[:, -1:])
    return _at(readings.at, _newest(differs), NEVER)


def _reaches(readings: _Readings, since: Times) -> Mask:
    """Return whether the tail holds a trusted reading at or before `since`."""
    reaching: Mask = readings.trusted & (readings.at <= since[:, None])
    return np.asarray(reaching.any(axis=1))


def _since(readings: _Readings, known: _Rules) -> Times:
    """Return where flat_seconds before the newest reading begins [ns]; NEVER where not tested."""
    flat = np.asarray(known.bounds.flat_seconds)
    tested = readings.trusted[:, -1] & ~np.isnan(flat)
    ahead = np.where(tested, flat * 1e9, 0).astype(np.int64)
    return np.where(tested, readings.at[:, -1] - ahead, NEVER)


def ambiguous(latest: pd.DataFrame, tail: pd.DataFrame, known: Mapping[str, Rule]) -> pd.DataFrame:
    """Return the questions that the tail leaves open and a look-back must answer.

    A question asks for the newest reading of a tag with `value < low or value >= high` and
    `floor <= value <= ceiling`, older than the tail.

    Parameters
    ----------
    as for `condition`

    Returns
    -------
    DataFrame with columns tag (place in `latest`), level (0 lo_lo, 1 lo, 2 hi, 3 hi_hi, 4 flat),
    low, high, floor, ceiling [tag unit]
    """
    table = _stacked(latest.index, known)
    readings = _gathered(latest, tail, table)
    seen = readings.at[:, -1] != NEVER
    open_limit = (_decisions(readings, table) == alarms.WITHIN) & ~np.isnan(table.low)
    tag, level = np.nonzero(open_limit & seen[:, None])
    since = _since(readings, table)
    unchanged = (since != NEVER) & (_last_change(readings) == NEVER) & ~_reaches(readings, since)
    flat = np.flatnonzero(unchanged)
    value = readings.value[flat, -1]
    tags = np.concatenate([tag, flat])
    floor = np.nan_to_num(np.asarray(table.bounds.low)[tags], nan=-np.inf)
    return pd.DataFrame(
        {
            "tag": tags,
            "level": np.concatenate([level, np.full(len(flat), FLAT)]).astype(np.int8),
            "low": np.concatenate([table.low[tag, level], value]),
            "high": np.concatenate([table.high[tag, level], np.nextafter(value, np.inf)]),
            "floor": np.where(table.unsigned[tags], np.fmax(floor, 0.0), floor),
            "ceiling": np.nan_to_num(np.asarray(table.bounds.high)[tags], nan=np.inf),
        }
    )


def condition(
    now: dt.datetime,
    latest: pd.DataFrame,
    tail: pd.DataFrame,
    known: Mapping[str, Rule],
    spacing: pd.Series | None = None,
    held: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return what is true of every tag now.

    Parameters
    ----------
    now : the database's clock
    latest : index tag_name, a row a tag (ts NaT where none); columns ts, value, qc,
        clock (True where a reading in the future was left out; may be absent)
    tail : the last readings; columns tag (place in `latest`), ts, value, qc, sorted by tag, ts
    known : rules by tag name
    spacing : median spacing by tag name [s]; needed where a rule has no max_gap_seconds
    held : the rows of `ambiguous` with `value` and `ts` of the reading that answers, NaN if none

    Returns
    -------
    DataFrame, index as `latest`: ts, value, age [s], gap_seconds, freshness, quality, reasons,
    alarm, rule_state, badge (codes of the tables of words), clock, gauge_pct, outside
    """
    table = _stacked(latest.index, known)
    readings = _gathered(latest, tail, table)
    gap = _gaps(table, spacing, latest.index)
    age = _ages(now, readings.at[:, -1])
    reasons = _reasons(readings, table, gap, held)
    none, clock = readings.at[:, -1] == NEVER, _clock(latest)
    judged = (table.state == RULE_STATES.index(rules.ACTIVE)) & ~none
    trust = quality.quality_codes(np.where(none, 0, reasons).astype(np.int16), judged)
    fresh = quality.freshness_codes(age, gap)
    level = _alarms(readings, table, held)
    gauge, outside = deltas.gauges(readings.value[:, -1], table.bounds.low, table.bounds.high)
    return pd.DataFrame(
        {
            "ts": latest["ts"],
            "value": readings.value[:, -1],
            "age": age,
            "gap_seconds": gap,
            "freshness": fresh,
            "quality": trust,
            "reasons": np.where(none, 0, reasons).astype(np.int16),
            "alarm": level,
            "rule_state": table.state,
            "badge": _badges(fresh, trust, clock, level, table.state),
            "clock": clock,
            "gauge_pct": gauge,
            "outside": outside,
        },
        index=latest.index,
    )


def _gaps(table: _Rules, spacing: pd.Series | None, tags: pd.Index) -> Floats:
    """Return `quality.gap_seconds` of every tag."""
    if spacing is None:
        typical = np.full(len(tags), np.nan)
    else:
        typical = spacing.reindex(tags).to_numpy(np.float64, na_value=np.nan)
    return np.where(np.isnan(table.gap), np.fmax(30.0, 4.1 * typical), table.gap)


def _ages(now: dt.datetime, at: Times) -> Floats:
    """Return now - at [s], NaN where there is no reading; a clock up to 5 s ahead is age 0."""
    known = at != NEVER
    age = (pd.Timestamp(now).as_unit("ns").value - np.where(known, at, 0)) / 1e9
    return np.where(known, np.maximum(age, 0.0), np.nan)


def _clock(latest: pd.DataFrame) -> Mask:
    if "clock" not in latest:
        return np.zeros(len(latest), dtype=bool)
    return latest["clock"].to_numpy(dtype=bool)


def _reasons(readings: _Readings, table: _Rules, gap: Floats, held: pd.DataFrame | None) -> Bits:
    """Return the reasons of the newest readings, by the tests of `quality.assess`."""
    value, before = readings.value[:, -1], readings.trusted[:, :-1]
    last = _newest(before)
    with np.errstate(over="ignore", invalid="ignore"):
        change = np.abs(value - _at(readings.value, last, np.nan))
    seconds = (readings.at[:, -1] - _at(readings.at, np.maximum(last, 0), NEVER)) / 1e9
    found = quality.change_reasons(change, seconds, table.bounds, gap)
    found |= _spikes(readings, table)
    found |= _stuck(readings, table, held)
    return readings.reasons[:, -1] | np.where(readings.trusted[:, -1], found, 0)


def _spikes(readings: _Readings, table: _Rules) -> Bits:
    found = np.zeros(len(readings.value), dtype=np.int16)
    asked = np.flatnonzero(~np.isnan(np.asarray(table.bounds.zscore)))
    limit = Bounds(*(np.asarray(number)[asked] for number in table.bounds))
    history = np.where(readings.trusted, readings.value, np.nan)[asked, :-1]
    before = history[:, -quality.SPIKE_READINGS :]
    if before.size:
        found[asked] = quality.spike_reasons(readings.value[asked, -1], before, limit)
    return found


def _stuck(readings: _Readings, table: _Rules, held: pd.DataFrame | None) -> Bits:
    since, changed = _since(readings, table), _last_change(readings)
    reaches = _reaches(readings, since)
    if held is not None:
        answer = held[held["level"] == FLAT]
        places = answer["tag"].to_numpy(np.int64)
        changed[places], reaches[places] = _nanoseconds(answer["ts"]), True
    enough = (readings.trusted & (readings.at >= since[:, None])).sum(axis=1) >= 3
    stuck = (since != NEVER) & (changed < since) & enough & reaches
    return np.where(stuck, quality.STUCK, 0).astype(np.int16)


def _alarms(readings: _Readings, table: _Rules, held: pd.DataFrame | None) -> Codes:
    """Return the last trusted alarm; UNJUDGED without a rule in force or a trusted reading."""
    side, trusted = _decisions(readings, table), np.asarray(readings.trusted.any(axis=1))
    if held is not None:
        answer = held[(held["level"] != FLAT) & held["value"].notna()]
        tag, level = answer["tag"].to_numpy(np.int64), answer["level"].to_numpy(np.int64)
        value = answer["value"].to_numpy(np.float64)
        side[tag, level] = alarms.sides(value, table.low[tag, level], table.high[tag, level])
        trusted[tag] = True
    judged = (table.state == RULE_STATES.index(rules.ACTIVE)) & trusted
    return np.where(judged, alarms.worst(side == alarms.SET_SIDE), alarms.UNJUDGED).astype(np.int8)


def _badges(fresh: Codes, trust: Codes, clock: Mask, level: Codes, state: Codes) -> Codes:
    """Return the first badge of BADGES that holds."""
    holds = [
        fresh == quality.STALE,
        fresh == quality.NO_DATA,
        trust == quality.BAD,
        clock,
        level == alarms.CRITICAL,
        level == alarms.WARNING,
        fresh == quality.LATE,
        trust == quality.SUSPECT,
        *(state == code for code in range(1, len(RULE_STATES))),
        np.ones(len(state), dtype=bool),
    ]
    return np.argmax(np.stack(holds), axis=0).astype(np.int8)
