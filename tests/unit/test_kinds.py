"""Kinds of tag: what each is, circular means, differences of counters, shares of time."""

import cmath
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.analysis import UNCHECKED, arrays, checks, kinds

ANGLES = st.lists(st.floats(-720, 720, allow_nan=False), min_size=1, max_size=30)
#: A counter's life: how far it goes on with each reading, None where it starts again at 0 first.
LIFE = st.lists(st.one_of(st.integers(0, 50), st.none()), min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("stated", "states"),
    [
        ({"0": "off", "3": "trip"}, {"0": "off", "3": "trip"}),
        (["idle", "run", "trip"], {"0": "idle", "1": "run", "2": "trip"}),
        (["idle", None, "trip"], {"0": "idle", "2": "trip"}),
        ({"0": 5, "1": {}}, {"0": "5"}),
        ({}, None),
        ([], None),
        ([1, 2], None),
        (None, None),
        ("off,on", None),
    ],
)
def test_words_of_a_state_are_an_object_by_value_or_a_list_from_zero_on(stated, states):
    assert kinds.states_of(stated) == states


@pytest.mark.parametrize(
    ("stated", "unit", "has_states", "kind"),
    [
        (None, "bar", False, "value"),
        (None, "", True, "state"),
        (None, "deg", False, "angle"),
        (None, " ° ", False, "angle"),
        (None, "Deg", False, "angle"),
        (None, "degC", False, "value"),
        (None, "°C", False, "value"),
        ("counter", "m³", False, "counter"),
        ("value", "deg", False, "value"),
        ("angle", "", True, "angle"),
        ("totaliser", "deg", False, "angle"),
        (["counter"], "bar", False, "value"),
    ],
)
def test_a_tag_is_what_its_description_says_else_what_its_words_or_unit_say(
    stated, unit, has_states, kind
):
    assert kinds.kind_of(stated, unit, has_states) == kind


def test_345_and_15_degrees_give_0():
    mean, resultant = kinds.circular_mean(np.array([345.0, 15.0]))
    assert mean == 0
    assert resultant == pytest.approx(math.cos(math.radians(15)))


def test_angles_that_cancel_out_have_no_mean():
    mean, resultant = kinds.circular_mean(np.array([0.0, 120.0, 240.0]))
    assert math.isnan(mean)
    assert resultant == pytest.approx(0, abs=1e-12)
    assert all(math.isnan(each) for each in kinds.circular_mean(np.array([np.nan])))


def test_a_mean_of_angles_below_zero_is_written_as_they_are():
    assert kinds.circular_mean(np.array([-170.0, 170.0, -170.0, 170.0]))[0] == -180
    assert kinds.circular_mean(np.array([-30.0, -10.0]))[0] == -20


@given(ANGLES)
def test_a_circular_mean_is_the_direction_of_the_sum_of_complex_numbers(angles):
    total = sum(cmath.exp(1j * math.radians(angle)) for angle in angles) / len(angles)
    mean, resultant = kinds.circular_mean(np.array(angles))
    assert resultant == pytest.approx(abs(total), abs=1e-9)
    if abs(total) > 1e-3:
        apart = math.degrees(cmath.phase(total)) - mean
        assert abs(math.remainder(apart, 360)) < 1e-6
        low = -180 if min(angles) < 0 else 0
        assert low <= mean < low + 360


@given(ANGLES, st.integers(1, 4))
def test_means_by_group_are_those_of_each_group_alone(angles, count):
    angles = np.abs(np.array(angles))
    place = np.arange(len(angles)) % count
    every = kinds.circular_means(angles, place, count)
    for group in range(count):
        alone = kinds.circular_mean(angles[place == group])
        np.testing.assert_allclose([every.mean[group], every.resultant[group]], alone)


@given(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
def test_the_short_way_between_two_angles_is_that_of_the_ieee_remainder(one, other):
    way = float(arrays.short_way(np.float64(other - one), 360.0))
    assert -180 <= way < 180
    assert abs(math.remainder(way - math.remainder(other - one, 360), 360)) < 1e-9


def values_of(life, start):
    """What a counter reads, and how far it truly went on with each reading."""
    value, values, steps = start, [], []
    for step in life:
        if step is None:
            value, step = 0, value // 2  # so low that the reading shows the reset
        value += step
        values.append(float(value))
        steps.append(float(step))
    return np.array(values), np.array(steps)


@given(LIFE, st.integers(1, 1000))
def test_a_counter_goes_on_by_what_was_counted_through_resets_too(life, start):
    values, steps = values_of(life, start)
    counted = kinds.counter_steps(values, float(start))
    np.testing.assert_array_equal(counted.difference, steps)


@given(LIFE, st.integers(1, 1000), st.lists(st.integers(1, 6), min_size=40, max_size=40))
def test_a_bucket_says_how_far_a_counter_went_on_or_that_it_is_not_known(life, start, widths):
    values, steps = values_of(life, start)
    bucket = np.repeat(np.arange(len(widths)), widths)[: len(values)]
    readings = pd.DataFrame({"value": values, "step": steps, "bucket": bucket})
    readings["reset"] = readings["value"].diff().fillna(values[0] - start) < 0
    rows = readings.groupby("bucket")["value"].agg(["first", "last", "min", "max"])
    expected = readings.groupby("bucket")["step"].sum().to_numpy()
    resets = readings.groupby("bucket")["reset"].sum().to_numpy()
    counted = kinds.counter_differences(rows, float(start))
    # From 0 to 1, again at 0, up to 5: nothing of this shows in first, last, min and max.
    hidden = ((rows["first"] == rows["min"]) & (rows["last"] == rows["max"])).to_numpy()
    np.testing.assert_array_equal(counted.reset[~hidden], resets[~hidden] > 0)
    first_resets = readings.groupby("bucket")["reset"].first().to_numpy()
    one_inside = resets - first_resets <= 1  # the rollups cannot tell of a second one
    known = one_inside & ~(hidden & (resets > first_resets)) & ~np.isnan(counted.difference)
    np.testing.assert_array_equal(counted.difference[known], expected[known])
    assert known[resets == 0].all()


@pytest.mark.parametrize(
    ("row", "before", "difference", "reset"),
    [
        ((110, 130, 110, 130), 100, 30, False),
        ((110, 5, 0, 120), 100, 25, True),  # 100 to the peak 120, then from 0 to 5
        ((7, 9, 7, 9), 100, 9, True),  # between the buckets
        ((7, 3, 0, 20), 100, 23, True),  # between, and once more inside
        ((3, 5, 3, 10), 3, 12, True),  # again at 0, and past where the bucket began
        ((110, 500, 0, 500), 100, math.nan, True),  # the peak before the reset is not stored
        ((110, 130, 110, 130), math.nan, 20, False),  # the tag begins here
    ],
)
def test_the_difference_of_a_counter_in_one_bucket(row, before, difference, reset):
    rows = pd.DataFrame([row], columns=["first", "last", "min", "max"], dtype=float)
    counted = kinds.counter_differences(rows, before)
    np.testing.assert_array_equal(counted.difference, [difference])
    assert counted.reset.tolist() == [reset]


def test_a_bucket_without_readings_does_not_hide_what_a_counter_went_on():
    rows = pd.DataFrame({name: [10.0, np.nan, 25.0] for name in ("first", "last", "min", "max")})
    counted = kinds.counter_differences(rows, 4.0)
    np.testing.assert_array_equal(counted.difference, [6, np.nan, 15])


def test_a_bad_value_that_a_rollup_holds_is_no_reset_and_what_a_counter_did_there_not_known():
    """Its readings are gone, so that it cannot be left out: 999 is beyond the span."""
    rows = pd.DataFrame(
        [(10, 19, 10, 19), (20, 29, 20, 999), (30, 39, 30, 39), (np.nan,) * 4, (40, 49, 40, 49)],
        columns=["first", "last", "min", "max"],
    )
    rows["marked"] = [False, True, False, False, False]
    counted = kinds.counter_differences(rows, 9.0)
    np.testing.assert_array_equal(counted.difference, [10, np.nan, np.nan, np.nan, 10])
    assert not counted.reset.any()


SECOND = 10**9


def test_each_reading_holds_until_the_next_at_most_one_gap():
    at = np.array([-5, 10, 20, 100]) * SECOND
    held = kinds.held(at, 30.0, 0, 110 * SECOND)
    np.testing.assert_array_equal(held, [10, 10, 30, 10])
    assert kinds.held(at, math.inf, 0, 110 * SECOND).sum() == 110
    assert kinds.held(at[:0], 30.0, 0, SECOND).tolist() == []


def test_shares_of_time_are_those_of_the_seconds_counted_one_by_one():
    draw = np.random.default_rng(4)
    at = np.sort(draw.choice(np.arange(-20, 600), 60, replace=False))
    values = draw.choice([0.0, 1.0, 2.0, np.nan], 60)
    gap, stop = 15, 600
    told = kinds.shares(values, kinds.held(at * SECOND, float(gap), 0, stop * SECOND), stop)
    stands = []
    for second in range(stop):
        before = np.flatnonzero(at <= second)
        old = not len(before) or second >= at[before[-1]] + gap
        stands.append("none" if old else str(values[before[-1]]))
    counts = {word: stands.count(word) / stop for word in set(stands)}
    assert dict(told.by_value) == pytest.approx({n: counts[str(n)] for n in (0.0, 1.0, 2.0)})
    assert told.left_out == pytest.approx(counts["nan"])
    assert told.no_data == pytest.approx(counts["none"])


def changes(values, before, of_kind, lowest=None):
    """Return the changes of tags whose reference lies just over an hour back."""
    now = pd.Timestamp("2026-11-22T12:00Z")
    tags = pd.DataFrame({"value": values, "gap_seconds": 60.0})
    ago = pd.DataFrame({"tag": range(len(values)), "value": before})
    ago["ts"] = now - pd.Timedelta("3610s")
    many = checks.stacked([UNCHECKED] * len(values))
    found = kinds.deltas(now, tags, ago, many, 3600, of_kind, lowest)
    return found["delta"].tolist(), found["reset"].tolist()


def test_a_change_is_what_the_kind_of_the_tag_allows():
    delta, reset = changes([15.0, 15.0, 1.0, 400.0], [345.0, 345.0, 0.0, 350.0], kinds.KINDS[:1] + (
        "angle", "state", "counter",
    ))  # fmt: skip
    np.testing.assert_array_equal(delta, [-330, 30, np.nan, 50])
    assert reset == [False] * 4


def test_a_counter_that_began_again_since_has_no_change_but_says_so():
    lowest = np.array([np.nan, 3.0, 350.0])
    delta, reset = changes([7.0, 400.0, 400.0], [350.0] * 3, ("counter",) * 3, lowest)
    np.testing.assert_array_equal(delta, [np.nan, np.nan, 50])
    assert reset == [True, True, False]


@given(st.data())
def test_of_stretches_whose_readings_are_gone_no_second_is_told(data):
    """Seconds counted one by one: unknown from the stretch on until the next reading or a gap."""
    stop, gap = 60, data.draw(st.integers(1, 20))
    every = data.draw(st.sets(st.integers(0, stop - 1)))
    edges = sorted(data.draw(st.sets(st.integers(0, stop), min_size=4, max_size=4)))
    stretches = [(edges[0], edges[1]), (edges[2], edges[3])]
    gone = {second for begin, end in stretches for second in range(begin, end)}
    at = np.array(sorted(every - gone), dtype=np.int64)
    unknown = set(gone)
    for _begin, end in stretches:
        for second in range(end, min(stop, end + gap)):
            if second in every - gone:
                break
            unknown.add(second)
    holder = {}
    for reading in at.tolist():  # the later one takes the seconds over
        holder |= dict.fromkeys(range(reading, min(stop, reading + gap)), reading)
    wanted = [
        sum(holder.get(second) == reading and second not in unknown for second in range(stop))
        for reading in at.tolist()
    ]
    ns = [(begin * SECOND, end * SECOND) for begin, end in stretches]
    limits = np.full(len(at), float(gap))
    if not len(at):
        return
    seconds, lost = kinds.held_outside(at * SECOND, limits, 0, stop * SECOND, ns)
    assert seconds.tolist() == wanted
    assert lost == len(unknown)
