"""Readings and buckets judged in blocks of any size are judged as all of them at once."""

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.analysis import Checks, Limits, alarms, quality, seams, spikes

BACK = timedelta(seconds=200)
GAP = 3.0
RULE = Checks(
    "ACTIVE",
    min_val=0.0,
    low=0.0,
    high=100.0,
    step=9.0,
    rate=500.0,
    zscore=3.0,
    flat_seconds=6.0,
    span=100.0,
    limits=Limits(20.0, 40.0, 60.0, 80.0),
    deadband=15.0,
)
RULES = {
    "whole": RULE,
    "without tests": Checks("ACTIVE", 0.0, 0.0, 100.0, limits=RULE.limits, deadband=15.0),
    "stuck for long": Checks("ACTIVE", 0.0, 0.0, 100.0, flat_seconds=100.0),
    "angle": Checks("ACTIVE", 0.0, 0.0, 360.0, step=9.0, zscore=3.0, span=360.0, turn=360.0),
    "none": Checks(),
}


def series(seed: int, count: int) -> pd.DataFrame:
    """Return readings that walk, stand still, are BAD for a while, and are silent for a while."""
    chance = np.random.default_rng(seed)
    value = np.round(50 + np.cumsum(chance.normal(0, 4, count)), 1) % 110
    for _ in range(6):
        first, length = chance.integers(0, count), int(chance.integers(5, 250))
        held = float(chance.choice([45.0, 55.0, 79.0, 21.0]))
        value[first : first + length] = chance.choice([held, np.nan, 500.0])
    spacing = chance.choice(
        [0.0, 1.0, 1.0, 1.0, 2.0, 60.0], count, p=[0.05, 0.5, 0.3, 0.1, 0.04, 0.01]
    )
    at = pd.Timestamp("2026-01-01", tz="UTC") + pd.to_timedelta(np.cumsum(spacing), unit="s")
    qc = (chance.random(count) < 0.03).astype(np.int64)
    return pd.DataFrame({"value": value, "qc": qc}, pd.DatetimeIndex(at).as_unit("ns"))


def at_once(rows: pd.DataFrame, checks: Checks) -> pd.DataFrame:
    """Return what is said of readings all at once."""
    found = quality.assess(rows, checks, GAP)
    value = rows["value"].mask((found["quality"] == quality.BAD).to_numpy())
    return found.assign(alarm=alarms.levels(rows.assign(value=value), checks, BACK))


def in_blocks(rows: pd.DataFrame, before: pd.DataFrame, checks: Checks, sizes: list[int]) -> Any:
    """Return what is said of readings in blocks of these sizes, over and over."""
    judge, found, first = seams.Readings(checks, GAP, BACK, before), [], 0
    while first < len(rows):
        block = rows.iloc[first : first + sizes[len(found) % len(sizes)]]
        numbers = (block["value"].to_numpy(), block.index.asi8, block["qc"].to_numpy())
        found.append(judge.judged(*numbers))
        first += len(block)
    return pd.DataFrame(
        {name: np.concatenate([getattr(each, name) for each in found]) for name in found[0]._fields}
    )


def nothing_before() -> pd.DataFrame:
    none = pd.DatetimeIndex([], tz="UTC").as_unit("us")
    return pd.DataFrame({"value": [], "qc": [], "place": []}, none).astype({"place": "i8"})


sizes = st.lists(st.sampled_from([1, 2, 30, 61, 90, 200]), min_size=1, max_size=5).filter(
    lambda each: sum(each) >= 20 * len(each)
)


@pytest.mark.parametrize("checks", RULES.values(), ids=RULES)
@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1), sizes=sizes, before=st.integers(0, 150))
def test_readings_in_blocks_of_any_size_are_judged_as_at_once(checks, seed, sizes, before):
    rows = series(seed, 420)
    expected = at_once(rows, checks).iloc[before:].reset_index(drop=True)
    earlier = rows.iloc[:before].assign(place=np.arange(-before, 0))
    found = in_blocks(rows.iloc[before:], earlier, checks, sizes)
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)


def test_a_reading_is_compared_with_none_that_lies_too_far_back():
    """5,000 readings are looked through, however they are cut into blocks."""
    count = spikes.LOOK_BACK + 40
    value = np.full(count, 500.0)
    value[[3, 20, -3]] = [10.0, 50.0, 90.0]
    at = pd.date_range("2026-01-01", periods=count, freq="1ms", tz="UTC", unit="ns")
    rows = pd.DataFrame({"value": value, "qc": 0}, at)
    expected = at_once(rows, RULE).reset_index(drop=True)
    assert expected["reasons"].iloc[-3] == 0, "nothing is near enough to be compared with"
    for block in (1_000, 4_999, 5_000, 77):
        found = in_blocks(rows, nothing_before(), RULE, [block])
        pd.testing.assert_frame_equal(found, expected, check_dtype=False)


def test_what_decided_an_alarm_before_the_window_counts_until_it_is_too_old():
    times = pd.date_range("2026-01-01", periods=300, freq="1s", tz="UTC", unit="ns")
    rows = pd.DataFrame({"value": 55.0, "qc": 0}, times)
    before = pd.DataFrame(
        {"value": [62.0], "qc": [0], "place": [seams.BEYOND]}, times[:1] - pd.Timedelta("100s")
    )
    found = in_blocks(rows, before, RULE, [7])
    held = np.flatnonzero(found["alarm"] == alarms.WARNING)
    assert held.tolist() == list(range(101)), "as long as it is at most 200 s old"


@pytest.mark.parametrize("block", [1, 7, 61, 90, 165])
def test_a_value_is_stuck_when_it_stood_still_long_enough_over_any_seam(block):
    times = pd.date_range("2026-01-01", periods=400, freq="1s", tz="UTC", unit="ns")
    value = np.where(np.arange(400) < 100, np.arange(400) % 7, 3.0)
    found = in_blocks(
        pd.DataFrame({"value": value, "qc": 0}, times),
        nothing_before(),
        RULES["stuck for long"],
        [block],
    )
    assert np.flatnonzero(found["reasons"] & quality.STUCK)[0] == 200


@pytest.mark.parametrize("block", [1, 7, 61, 90, 165])
def test_what_sets_an_alarm_of_buckets_long_before_holds_it_over_any_seam(block):
    """120 buckets in the deadband after one beyond the limit, of which 200 s are looked back."""
    times = pd.date_range("2026-01-01", periods=400, freq="1s", tz="UTC", unit="ns")
    inside = pd.DataFrame(dict.fromkeys(seams.EXTREMES, np.full(400, 55.0)), times)
    inside = inside.assign(n=10, bad=0, marked=False)
    inside.iloc[50, :4] = 62.0
    judge = seams.Buckets(RULE, BACK, nothing_before())
    parts = [judge.alarm(inside.iloc[k : k + block]) for k in range(0, 400, block)]
    held = np.flatnonzero(np.concatenate(parts) == alarms.WARNING)
    assert held.tolist() == list(range(50, 251))


def buckets(seed: int, count: int) -> pd.DataFrame:
    """Return buckets of a history, some without a good reading, some with bad ones."""
    chance = np.random.default_rng(seed)
    middle = 50 + 25 * np.sin(np.arange(count) / 60 + chance.uniform(0, 6))
    numbers = np.sort(middle[:, None] + chance.normal(0, 1, (count, 4)), axis=1)
    frame = pd.DataFrame({"min": numbers[:, 0], "max": numbers[:, 3]})
    frame["first"], frame["last"] = numbers[:, 1], numbers[:, 2]
    frame.loc[chance.random(count) < 0.1] = np.nan
    frame["n"] = np.where(frame["min"].isna(), 0, chance.integers(1, 900, count))
    frame["bad"] = np.where(frame["n"] == 0, 3, 0)
    frame["marked"] = chance.random(count) < 0.03
    times = pd.date_range("2026-01-01", periods=count, freq="1s", tz="UTC", unit="ns")
    return frame.set_axis(times)


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), sizes=sizes, limit=st.sampled_from([0.0, 5.0, 15.0]))
def test_buckets_in_blocks_of_any_size_alarm_as_at_once(seed, sizes, limit):
    checks = Checks("ACTIVE", 0.0, 0.0, 100.0, limits=RULE.limits, deadband=limit)
    frame = buckets(seed, 500)
    before = pd.DataFrame(
        {"value": [62.0, np.nan, 57.0], "place": [seams.BEYOND, -2, -1]},
        frame.index[:3] - pd.Timedelta("60s"),
    )
    numbers = dict.fromkeys(seams.EXTREMES, before["value"])
    earlier = pd.DataFrame(numbers).assign(place=before["place"])
    good = frame[seams.EXTREMES].mask(frame["marked"])
    whole = pd.concat([earlier, good.assign(place=(frame["n"] + frame["bad"]).cumsum() - 1)])
    expected = alarms.bucket_levels(whole, checks, BACK).iloc[len(earlier) :].tolist()
    judge, found, first = seams.Buckets(checks, BACK, before), [], 0
    while first < len(frame):
        block = frame.iloc[first : first + sizes[first % len(sizes)]]
        found += judge.alarm(block).tolist()
        first += len(block)
    assert found == expected


def test_each_limit_is_left_as_its_own_of_several_answers_of_one_time_says() -> None:
    """An hour has a last, a greatest and a least value: the first of them that decides answers."""
    random = np.random.default_rng(8)
    apart = 0
    for _ in range(3_000):
        zone = alarms.zones(np.array([5.0, 10, 20, 30]), random.choice([0.5, 4.0, 8.0]))
        last, other, third = random.choice([3.0, 8, 12, 15, 17, 19, 25, 28, 35], 3)
        hour = (last, max(last, other, third), min(last, other, third))
        ways = [alarms.sides(np.array(hour), *ends) for ends in zip(*zone, strict=True)]
        first = [np.flatnonzero(each != alarms.WITHIN)[:1] for each in ways]
        some = np.array([bool(len(each)) for each in first])
        value = np.array([hour[each[0]] for each in first if len(each)])
        mine = alarms.Zones(*(edge[some] for edge in zone))
        at = seams.in_turn(np.full(len(value), 7_200 * 10**9), value, mine)
        order = np.argsort(at, kind="stable")
        apart += len(np.unique(at)) > 1
        for place, ends in enumerate(zip(*mine, strict=True)):
            sides = alarms.sides(value[order], *ends)
            newest = sides[sides != alarms.WITHIN][-1]
            assert newest == alarms.sides(value[[place]], *ends)[0], (hour, value, at)
    assert apart > 500


def test_readings_of_one_time_that_contradict_each_other_are_taken_as_they_agree_most() -> None:
    zone = alarms.zones(np.array([5.0, 10, 20, 30]), 0.5)
    moment = 7_200 * 10**9
    value = np.array([15.0, 15.0, 35.0, 15.0])
    at = seams.in_turn(np.full(4, moment), value, zone)
    assert at.tolist() == [moment, moment, moment - 1_000, moment]
