"""Since when states hold and how often they started: from hours, as from each reading."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.analysis import held, kinds
from data.analysis.arrays import NEVER

HOUR = 3600
an_hour = st.lists(st.sampled_from([0.0, 1.0]), max_size=5)
many = settings(max_examples=150)


def hourly(day: list[list[float]], hidden: frozenset[int] = frozenset()) -> held.Hourly:
    """Return the numbers of one tag's hours."""
    ends = [[each[0], each[-1]] if each else [np.nan, np.nan] for each in day]
    first, last = np.array(ends).T[:, None]
    mixed = np.array([[len(set(each)) > 1 for each in day]])
    return held.Hourly(first, last, mixed, np.array([[k in hidden for k in range(len(day))]]))


def counted(day: list[list[float]], known: Any) -> held.Counted:
    """Return what readings, one a second from each hour on, hold of the hours that are known."""
    found = held.nothing_counted((1, len(day)))
    for k in np.flatnonzero(known):
        found.known[0, k] = True
        if not day[k]:
            continue
        found.first[0, k], found.last[0, k] = day[k][0], day[k][-1]
        found.first_at[0, k] = k * HOUR
        pairs = list(zip(day[k], day[k][1:], strict=False))
        turns = [place for place, (one, two) in enumerate(pairs, 1) if one != two]
        found.changed_at[0, k] = k * HOUR + turns[-1] if turns else NEVER
        found.starts[0, k] = pairs.count((0.0, 1.0))
    return found


def by_hand(day: list[list[float]], before: float) -> tuple[float, int, float]:
    """Return value, since when, starts; reading by reading."""
    value, since, starts = before, NEVER if np.isnan(before) else held.LONGER, 0.0
    for hour, readings in enumerate(day):
        for second, each in enumerate(readings):
            if np.isnan(value):
                starts = np.nan if each else starts
            elif each != value:
                since, starts = hour * HOUR + second, starts + (value == 0)
            value = each
    return value, since, starts


@many
@given(st.lists(an_hour, min_size=1, max_size=8), st.sampled_from([0.0, 1.0, np.nan]))
def test_hours_tell_what_a_loop_over_the_readings_does(
    day: list[list[float]], before: float
) -> None:
    numbers, start = hourly(day), np.array([before])
    wanted = held.to_count(numbers, start)
    found = held.held(numbers, wanted, counted(day, wanted[0]), start)
    np.testing.assert_equal([each[0] for each in found], by_hand(day, before))


@many
@given(st.lists(an_hour, min_size=1, max_size=8), st.data())
def test_what_is_not_counted_is_never_guessed(day: list[list[float]], data: Any) -> None:
    """Some hours are not looked into: what is said nevertheless is what the loop says."""
    numbers, start = hourly(day), np.zeros(1)
    wanted = held.to_count(numbers, start)
    some = np.array([each and data.draw(st.booleans()) for each in wanted[0]], dtype=bool)
    found = held.held(numbers, wanted, counted(day, some), start)
    value, since, starts = by_hand(day, 0.0)
    assert np.isnan(found.value[0]) or found.value[0] == value
    assert found.since[0] in (NEVER, since)
    assert np.isnan(found.starts[0]) or found.starts[0] == starts
    if (wanted[0] & ~some).any():
        assert np.isnan(found.starts[0])


def test_an_hour_that_may_hide_readings_is_looked_into_and_so_is_the_next_that_has_some() -> None:
    day = [[1.0], [1.0], [], [1.0], [1.0]]
    wanted = held.to_count(hourly(day, frozenset({1})), np.array([1.0]))
    assert wanted.tolist() == [[False, True, False, True, False]]


def test_hours_without_a_row_are_missing_only_before_a_newer_one() -> None:
    there = np.array([[0, 1, 0, 0, 1, 0], [0, 0, 0, 0, 0, 0]], dtype=bool)
    assert held.missing(there).tolist() == [[True, False, True, True, False, False], [False] * 6]


@pytest.mark.parametrize(
    ("angles", "ends"),
    [
        ([350, 319, 9, 352], (319, 9)),
        ([10, 20, 15], (10, 20)),
        ([-20, 30, 0], (-20, 30)),
        ([170, -175, 179], (170, -175)),
        ([5, np.nan, 5], (5, 5)),
        ([360, 0], (360, 360)),
        ([], (np.nan, np.nan)),
    ],
)
def test_an_arc_is_told_clockwise_also_across_north_and_as_the_tag_writes_it(
    angles: list[float], ends: tuple[float, float]
) -> None:
    np.testing.assert_equal(kinds.arc(np.array(angles, dtype=float)), ends)
