"""Excursions of a window: by hand, and against a plain loop written from the definitions."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from data.analysis import alarms, excursions
from data.analysis.checks import ACTIVE, Checks, Limits
from data.analysis.excursions import Stretch
from tests.support.excursions import assert_alike, at, plain

NAN = float("nan")
BOTH = Limits(lo_lo=5, lo=10, hi=80, hi_hi=90)


def window(start: float, stop: float) -> Stretch:
    return Stretch(at(start).value, at(stop).value)


def readings(values: list[float], times: list[float] | None = None) -> pd.DataFrame:
    seconds = [10.0 * place for place in range(len(values))] if times is None else times
    index = pd.DatetimeIndex([at(each) for each in seconds], tz="UTC")
    return pd.DataFrame({"value": np.asarray(values, float)}, index)


def checked(limits: Limits = BOTH, deadband: float = 2.0) -> Checks:
    return Checks(state=ACTIVE, limits=limits, deadband=deadband)


def found(
    values: list[float],
    stop: float,
    times: list[float] | None = None,
    start: float = 0,
    gap: float = 30.0,
    checks: Checks | None = None,
) -> list[Any]:
    """Return the excursions of a window as records."""
    rows = readings(values, times)
    how = (checks or checked(), window(start, stop), gap)
    return list(excursions.of_readings(rows, *how).itertuples(index=False))


def test_an_excursion_runs_from_its_first_reading_to_the_first_one_inside_again() -> None:
    (one,) = found([50, 81, 95, 82, 50], 50)
    assert (one.start, one.stop, one.seconds) == (at(10), at(40), 30)
    assert (one.level, one.extreme, one.extreme_at) == (alarms.CRITICAL, 95, at(20))
    assert (Limits._fields[one.limit], one.limit_value, one.over) == ("hi_hi", 90, 5)
    assert (one.coverage, one.began_before, one.still_on) == (1, False, False)


def test_an_excursion_that_is_on_at_the_end_is_still_on_and_has_no_stop() -> None:
    (one,) = found([50, 81], 25)
    assert one.stop is pd.NaT and one.still_on
    assert (one.seconds, one.coverage) == (15, 1)


def test_an_excursion_that_is_on_at_the_start_counts_from_there_and_says_so() -> None:
    (one,) = found([95, 85, 50], 40, start=5)
    assert (one.start, one.stop, one.seconds, one.began_before) == (at(5), at(20), 15, True)
    assert (one.extreme, one.extreme_at) == (95, at(0)), "what stood at the start counts"
    assert (one.level, one.over, one.coverage) == (alarms.CRITICAL, 5, 1)


def test_what_stood_before_the_start_does_not_count_where_a_reading_lies_just_there() -> None:
    (one,) = found([95, 85, 50], 40, start=10)
    assert (one.start, one.extreme, one.level) == (at(10), 85, alarms.WARNING)
    assert one.began_before
    assert found([95, 50, 50], 40, start=10) == [], "it ended where the window begins"


def test_a_window_without_a_reading_shows_the_excursion_that_nothing_has_ended() -> None:
    (one,) = found([95], 300, start=100)
    assert (one.start, one.seconds, one.coverage) == (at(100), 200, 0)
    assert (one.extreme, one.extreme_at, one.began_before, one.still_on) == (95, at(0), True, True)
    assert found([50], 300, start=100) == []
    assert found([], 300) == []


def test_a_window_of_one_reading_is_one_excursion_or_none() -> None:
    (one,) = found([81], 20)
    assert (one.start, one.seconds, one.still_on) == (at(0), 20, True)
    assert found([50], 20) == []


def test_a_window_of_bad_readings_alone_leaves_on_what_was_on() -> None:
    assert found([NAN, NAN], 20) == []
    (one,) = found([85, NAN, NAN], 30, start=5)
    assert (one.start, one.seconds, one.extreme) == (at(5), 25, 85)
    assert one.coverage == pytest.approx(5 / 25), "a BAD reading ends what stands"


def test_the_deadband_holds_an_excursion_on() -> None:
    (one,) = found([50, 80, 78, 78, 77.9], 50)
    assert (one.start, one.stop) == (at(10), at(40))
    (held,) = found([80, 79, 79, 50], 40, start=10)
    assert held.over == -1, "below the limit, within the deadband"


def test_an_excursion_through_a_gap_says_how_much_of_it_was_seen() -> None:
    (one,) = found([81, 85, 50], 110, times=[0, 10, 100])
    assert (one.seconds, one.coverage) == (100, pytest.approx(0.4))


def test_a_bad_reading_neither_ends_an_excursion_nor_is_its_extreme() -> None:
    (one,) = found([81, NAN, 82, 50], 40)
    assert (one.seconds, one.extreme, one.coverage) == (30, 82, pytest.approx(2 / 3))


def test_an_excursion_below_has_its_extreme_below() -> None:
    low, high = found([50, 9, 3, 9, 50, 81, 50], 70)
    assert (low.extreme, Limits._fields[low.limit], low.over) == (3, "lo_lo", 2)
    assert (high.extreme, Limits._fields[high.limit], high.over) == (81, "hi", 1)


def test_an_excursion_on_both_sides_is_of_the_limit_of_its_worst_level() -> None:
    (one,) = found([84, 4, 50], 30)
    assert (Limits._fields[one.limit], one.extreme, one.over) == ("lo_lo", 4, 1)
    (two,) = found([91, 1, 50], 30)
    assert (Limits._fields[two.limit], two.extreme) == ("lo_lo", 1), "it was passed by more"


@pytest.mark.parametrize("state", ["NO RULE", "RULE ERROR", "DISABLED"])
def test_without_a_rule_in_force_there_is_no_excursion(state: str) -> None:
    assert found([95, 95], 20, checks=Checks(state=state, limits=BOTH)) == []


def test_a_rule_without_limits_has_no_excursion() -> None:
    assert found([95, 95], 20, checks=checked(Limits())) == []


# --- the plain loop ------------------------------------------------------------------------------


RULES = [
    checked(),
    checked(BOTH, 0.0),
    checked(BOTH, 6.0),
    checked(Limits(hi=60), 5.0),
    checked(Limits(lo_lo=20, hi_hi=70), 10.0),
]


@st.composite
def series(draw: st.DrawFn) -> list[tuple[int, float]]:
    """Return readings of whole seconds, some BAD, some far apart, from before the window on."""
    steps = draw(st.lists(st.sampled_from([1, 2, 3, 7, 40]), min_size=0, max_size=60))
    number = st.one_of(st.integers(0, 100).map(float), st.just(NAN))
    seconds = [int(each) - 30 for each in np.cumsum(steps)]
    return [(second, draw(number)) for second in seconds]


@example([(-10, 95.0), (0, 85.0), (10, 50.0)], checked(), 30)
@example([(-10, 95.0), (0, NAN), (10, 50.0)], checked(), 30)
@given(series(), st.sampled_from(RULES), st.sampled_from([1, 5, 30]))
def test_excursions_are_those_of_a_plain_loop(
    rows: list[tuple[int, float]], checks: Checks, gap: int
) -> None:
    frame = readings([value for _, value in rows], [float(second) for second, _ in rows])
    listed = excursions.of_readings(frame, checks, window(0, 100), float(gap))
    expected = plain([row for row in rows if row[0] < 100], checks, 0, 100, gap)
    assert_alike(listed, expected)
