"""A clock that fell behind the steady one is found out, and nothing else is said of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.db.pace import BEHIND_S, Look, Pace, following

START = 1_800_000_000.0


def looked(*looks: tuple[float, float], here: float = 0.0, took: float = 0.0) -> Pace:
    """Return what looks at these steady times show of a clock that is so far ahead.

    Parameters
    ----------
    here : how far this machine's clock is ahead of the true time [s]
    took : by how much each answer is late [s]
    """
    pace = None
    for steady, ahead in looks:
        look = Look(START + steady + ahead, steady, steady + took, START + steady + here)
        pace = following(pace, look)
    assert pace is not None
    return pace


@pytest.mark.parametrize("step", [60.0, 3_600.0, 86_400.0])
def test_a_step_back_is_told_until_the_clock_has_caught_up(step):
    before, after = [(0, 0.0), (10, 0.0)], [(12, -step), (50, -step)]
    assert looked(*before, after[0]).behind == pytest.approx(step, abs=0.1)
    assert looked(*before, *after).behind == pytest.approx(step, abs=0.1)
    assert looked(*before, *after, (60, 0.0)).behind == 0
    assert looked(*before, *after, (60, 0.0), (70, 0.0)).behind == 0


@pytest.mark.parametrize("step", [60.0, 3_600.0, 86_400.0])
def test_a_step_ahead_is_none_back(step):
    assert looked((0, 0.0), (10, step), (20, step)).behind == 0


def test_a_clock_that_was_ahead_is_right_again_once_it_passes_the_time_from_which_it_fell():
    looks = [(0, 60.0), (10, 60.0), (12, 0.0)]
    assert looked(*looks, (69, 0.0)).behind > BEHIND_S, "what was newest is of the future"
    assert looked(*looks, (71, 0.0)).behind == 0
    assert looked(*looks, (71, 0.0), (81, 0.0)).behind == 0
    assert looked(*looks, (71, 0.0), here=30).behind > BEHIND_S, "no other clock agrees with it"


@given(
    st.lists(st.tuples(st.floats(0, 60), st.floats(0, 60), st.floats(0, 1)), min_size=1),
    st.floats(-1e-4, 1e-4),
)
def test_a_slow_answer_and_a_clock_that_drifts_say_nothing(waits, drift):
    pace, steady = None, 0.0
    for rest, took, part in waits:
        steady += rest
        now = START + (steady + took * part) * (1 + drift)
        pace = following(pace, Look(now, steady, steady + took, now))
        assert pace.behind == 0
        steady += took


def test_a_small_difference_is_no_fall():
    assert looked((0, 0.0), (10, -4.9)).behind == 0
    assert looked((0, 0.0), (10, -5.1)).behind == pytest.approx(5.1, abs=0.02)
