"""Arrays for plotly: four bytes a number where neither eye nor text tells it from eight."""

import base64
import random

import numpy as np
import pandas as pd
import pytest

from data.analysis import digits
from figures.axes import Line, bounds
from figures.wire import typed
from tests.support.frames import random_series

WIDE = {"f4": 4, "f8": 8}


def numbers(array):
    """Return what plotly reads from a typed array, as a script has it."""
    return np.frombuffer(base64.b64decode(array["bdata"]), f"<{array['dtype']}").astype(float)


def test_values_travel_as_four_bytes_where_nobody_can_see_the_difference():
    array = typed(np.array([183.4, 190.25, np.nan]), 2)
    assert array["dtype"] == "f4"
    np.testing.assert_allclose(numbers(array), [183.4, 190.25, np.nan], rtol=1e-6)


def test_values_keep_eight_bytes_where_seven_digits_are_not_enough():
    values = 1e8 + np.array([0.25, 0.5, 0.75])
    array = typed(values)
    assert array["dtype"] == "f8"
    np.testing.assert_array_equal(numbers(array), values)


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_a_value_that_is_not_finite_is_a_break(value):
    assert np.isnan(numbers(typed(np.array([1.0, value]), 0))[1])


def test_a_value_beyond_four_byte_floats_does_not_become_infinite():
    np.testing.assert_array_equal(numbers(typed(np.array([1e300, 2e300]), -2)), [1e300, 2e300])


def test_an_empty_series_is_an_empty_array():
    assert numbers(typed(np.array([]), 0)).size == 0


def test_a_value_that_four_bytes_would_write_otherwise_is_moved_by_one_step():
    values = np.array([182.5, 180.4995, 180.4997])
    near = values.astype("<f4")
    assert [digits.written(float(each), 3) for each in near] != ["182.500", "180.500", "180.500"]
    array = typed(values, 3)
    assert array["dtype"] == "f4"
    told = [digits.written(each, 3) for each in numbers(array)]
    assert told == [digits.written(each, 3) for each in values.tolist()]
    assert np.abs(numbers(array) - values).max() < 2e-5


def test_every_number_on_the_wire_has_the_text_of_the_number_read():
    source, sizes = random.Random(3), []
    for _ in range(1500):
        values = np.array(random_series(source))
        told = digits.digits(values)
        array = typed(values, told)
        sizes.append(WIDE[array["dtype"]])
        sent = [digits.written(each, told) for each in numbers(array)]
        assert sent == [digits.written(each, told) for each in values.tolist()], values
    assert set(sizes) == {4, 8}


def test_the_rounding_of_one_and_the_same_number_is_drawn_as_a_line():
    noise = [0.3, 0.1 + 0.2, 0.3]
    frame = pd.DataFrame(dict.fromkeys(("n", "avg", "min", "max", "first", "last"), noise))
    low, high = bounds([Line("a", "bar", frame, None, 60.0)])
    assert high - low > 1e-4
