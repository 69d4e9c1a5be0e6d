"""Two tags on one time axis: which values belong together, r against numpy, and the points."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.analysis import arrays, pairs
from figures.pairs import Axis, Points, pair_figure
from figures.template import Canvas

NAN = float("nan")
S = 1_000_000_000
ONE, OTHER = Axis("<b>a", "bar", 1), Axis("b", "", 1)


def line(times: list[float], values: list[float]) -> tuple[arrays.Whole, arrays.Floats]:
    return np.array(times, np.int64) * S, np.array(values, float)


def test_buckets_that_begin_at_once_and_have_both_a_value_are_a_pair() -> None:
    found = pairs.of_buckets(
        line([0, 60, 120, 240], [1, NAN, 3, 4]), line([0, 60, 120, 180], [5, 6, 7, 8])
    )
    assert found.at.tolist() == [0, 120 * S]
    assert (found.x.tolist(), found.y.tolist()) == ([1, 3], [5, 7])


def test_a_reading_goes_with_the_last_one_of_the_other_at_or_before_it() -> None:
    found = pairs.of_readings(
        line([9, 10, 15, 40], [1, 2, 3, 4]), line([10, 14, 16], [5, 6, 7]), ((0, 30),)
    )
    assert found.at.tolist() == [10 * S, 15 * S, 40 * S], "before the first there is none"
    assert found.y.tolist() == [5, 6, 7]


def test_a_reading_of_the_other_holds_no_longer_than_its_gap_of_that_time() -> None:
    reaches = ((0, 5), (20 * S, 50))
    found = pairs.of_readings(line([5, 6, 19, 71], [1, 2, 3, 4]), line([0, 20], [8, 9]), reaches)
    assert found.at.tolist() == [5 * S], "as long as the gap, and no second longer"
    found = pairs.of_readings(line([70], [1]), line([20], [9]), reaches)
    assert found.y.tolist() == [9]


def test_a_bad_reading_of_the_other_stands_in_for_nothing() -> None:
    found = pairs.of_readings(line([10], [1]), line([8, 9], [5, NAN]), ((0, 30),))
    assert found.y.tolist() == [5]
    assert len(pairs.of_readings(line([10], [1]), line([9], [NAN]), ((0, 30),)).at) == 0


NUMBERS = st.floats(-1e6, 1e6).map(lambda each: round(each, 3))


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=3, max_size=60))
def test_r_is_that_of_numpy(points: list[tuple[float, float]]) -> None:
    x, y = np.array(points).T
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        assert np.isnan(pairs.correlation(x, y))
    elif min(np.ptp(x) / np.abs(x).max(), np.ptp(y) / np.abs(y).max()) > 1e-6:
        assert pairs.correlation(x, y) == pytest.approx(np.corrcoef(x, y)[0, 1], abs=1e-9)


def test_a_far_offset_and_great_numbers_cost_no_digits() -> None:
    random = np.random.default_rng(4)
    x = random.normal(size=500)
    y = x + random.normal(size=500)
    r = np.corrcoef(x, y)[0, 1]
    assert pairs.correlation(x * 1e139, y * 1e-200) == pytest.approx(r, abs=1e-12)
    assert pairs.correlation(x + 1e8, y) == pytest.approx(r, abs=1e-7)
    assert pairs.correlation(x, -y) == pytest.approx(-r, abs=1e-12)


def test_two_pairs_and_a_side_that_stands_still_tell_no_correlation() -> None:
    assert np.isnan(pairs.correlation(np.array([1.0, 2]), np.array([3.0, 4])))
    assert np.isnan(pairs.correlation(np.array([0.1, 0.1, 0.1]), np.array([3.0, 4, 5])))


def canvas() -> Canvas:
    start = datetime(2026, 11, 25, tzinfo=UTC)
    return Canvas(start, start + timedelta(hours=1), start, timedelta(hours=9))


def drawn(inside: list[int] | None = None) -> tuple[dict, Canvas]:
    surface = canvas()
    at = surface.milliseconds(pd.date_range("2026-11-25", periods=3, freq="1min", tz="UTC"))
    points = Points(at, np.array([1.0, 2, 3]), np.array([4.0, 5, 6]), inside)
    return pair_figure(points, ONE, OTHER, surface), surface


def test_the_first_and_the_last_time_are_those_of_the_clock_and_say_which() -> None:
    start = datetime(2026, 10, 25, tzinfo=UTC)
    surface = Canvas(start, start + timedelta(hours=12), start, timedelta(hours=1))
    surface = replace(surface, zone="Europe/Berlin")
    at = surface.milliseconds(pd.DatetimeIndex(["2026-10-25T00:00Z", "2026-10-25T11:59Z"]))
    points = Points(at, np.array([1.0, 2]), np.array([4.0, 5]))
    scale = pair_figure(points, ONE, OTHER, surface)["data"][0]["marker"]["colorbar"]
    assert scale["ticktext"] == ["2026-10-25 02:00+02:00", "2026-10-25 12:59+01:00"]
    alike = replace(surface, start=start + timedelta(hours=2))
    scale = pair_figure(points, ONE, OTHER, alike)["data"][0]["marker"]["colorbar"]
    assert scale["ticktext"][1] == "2026-10-25 12:59"


def test_points_keep_their_times_to_the_millisecond_and_names_are_escaped() -> None:
    figure, surface = drawn()
    cloud = figure["data"][0]
    times = np.frombuffer(base64.b64decode(cloud["customdata"]["bdata"]), "<f8")
    first = surface.milliseconds(pd.DatetimeIndex(["2026-11-25 00:01"], tz="UTC"))[0]
    assert times[1] == first
    assert figure["layout"]["xaxis"]["title"]["text"] == "&lt;b&gt;a [bar]"
    assert figure["layout"]["yaxis"]["title"]["text"] == "b"


def test_the_first_and_the_last_pair_have_a_sign_and_a_name_beside_their_colour() -> None:
    figure, _surface = drawn()
    first, last = figure["data"][1:]
    assert (first["text"], last["text"]) == (["first pair"], ["last pair"])
    assert first["marker"]["symbol"] != last["marker"]["symbol"]
    assert (first["x"], last["y"]) == ([1.0], [6.0])


def test_the_names_of_a_first_and_a_last_pair_that_are_near_do_not_lie_over_one_another() -> None:
    surface = canvas()
    at = surface.milliseconds(pd.date_range("2026-11-25", periods=4, freq="1min", tz="UTC"))
    around = Points(at, np.array([1.0, 9, 5, 1.2]), np.array([4.0, 6, 9, 4.1]))
    _cloud, first, last = pair_figure(around, ONE, OTHER, surface)["data"]
    assert (first["textposition"], last["textposition"]) == ("top right", "bottom right")
    _cloud, first, last = drawn()[0]["data"]
    assert (first["textposition"], last["textposition"]) == ("top right", "top left")


def test_a_selected_stretch_is_seen_among_the_points() -> None:
    assert drawn([1])[0]["data"][0]["selectedpoints"] == [1]
    assert "selectedpoints" not in drawn()[0]["data"][0]
