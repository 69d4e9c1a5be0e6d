"""The age that is shown of a reading never falls, whatever the database's clock does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.analysis import gaps
from data.analysis.arrays import NEVER

#: The time of the first reading [s since 1970].
START = 1_800_000_000
STEPS = (-86_400, -3_600, -60, -1, 0, 1, 60, 3_600, 86_400)
#: Tenths of a second that pass, by how much the clock steps then, whether there is a new reading.
MOMENT = st.tuples(st.integers(0, 3_000), st.sampled_from(STEPS), st.booleans())


def whole(*seconds: float | None) -> np.ndarray:
    """Return times [ns since 1970]; NEVER for None."""
    return np.array([NEVER if each is None else round(each * 1e9) for each in seconds])


def told(now: float, at: float | None, steady: float, before: gaps.ShownAges) -> tuple:
    """Return the age of one tag's newest reading, and what is shown from now on."""
    age, after = gaps.carried_ages(int(whole(now)[0]), whole(at), steady, before)
    return float(age[0]), after


@given(st.lists(MOMENT, min_size=2, max_size=30))
def test_no_step_of_a_clock_makes_a_reading_younger_than_time_that_passed(moments):
    """The feed writes the right time; only the database's clock steps, to and fro."""
    true, offset, at, shown = 0.0, 0.0, 0.0, gaps.never_shown(1)
    last = None
    for tenths, step, is_new in moments:
        true, offset = true + tenths / 10, offset + step
        now = START + true + offset
        if is_new and START + true > START + at and offset >= 0:  # else it is of the future
            at, last = true, None
        age, shown = told(now, START + at, true, shown)
        assert age >= true - at - 1e-6 or offset < 0
        assert age >= now - (START + at) - 1e-6
        if last is not None:
            assert age >= last[1] + (true - last[0]) - 1e-6
        last = (true, age)


@pytest.mark.parametrize("step", [60, 3_600, 86_400])
def test_a_corrected_clock_heals_with_the_next_reading(step):
    age, shown = told(START + 10 + step, START, 10, gaps.never_shown(1))
    assert age == 10 + step
    age, shown = told(START + 20, START, 20, shown)
    assert age == 20 + step, "the reading is the same"
    age, _shown = told(START + 30, START + 29, 30, shown)
    assert age == 1


@pytest.mark.parametrize("step", [60, 3_600, 86_400])
def test_what_comes_to_light_behind_readings_of_the_future_is_older_than_they(step):
    """The clock steps back, the feed is silent: the newest up to now was there all the time."""
    _age, shown = told(START + 5, START, 5, gaps.never_shown(1))
    for passed in (10, 20, 40):
        earlier = START + passed - step - 2
        age, shown = told(START + passed - step, earlier, passed, shown)
        assert age == pytest.approx(START + passed - earlier)


def test_a_reading_that_is_gone_for_a_while_is_no_younger_when_it_is_back():
    _age, shown = told(START + 100, START, 100, gaps.never_shown(1))
    age, shown = told(START - 3_600, None, 110, shown)
    assert np.isnan(age)
    age, _shown = told(START + 1, START, 120, shown)
    assert age == 120


def test_tags_are_told_apart_and_the_clock_of_a_source_ahead_makes_no_age_below_zero():
    _age, shown = gaps.carried_ages(
        int(whole(START)[0]), whole(START - 7, START + 3, None), 0.0, gaps.never_shown(3)
    )
    age, _shown = gaps.carried_ages(
        int(whole(START - 100)[0]), whole(START - 7, START - 50, START - 100), 4.0, shown
    )
    np.testing.assert_allclose(age, [11, 57, 0])
