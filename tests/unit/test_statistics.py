"""Statistics of a window: by hand, and equal to DuckDB to 1e-9."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.analysis import arrays, kinds, statistics
from data.analysis.checks import ACTIVE, Checks, Limits
from data.analysis.statistics import Moment, Statistics
from tests.support.excursions import at

NAN = float("nan")
CHECKS = Checks(ACTIVE, limits=Limits(lo=10, hi=80, hi_hi=90), deadband=2.0)


def of(
    values: list[float],
    times: list[float],
    stop: float = 100,
    kind: str = kinds.VALUE,
    checks: Checks = CHECKS,
    gap: float = 30,
) -> Statistics:
    """Return the statistics of [0, stop)."""
    index = pd.DatetimeIndex([at(each) for each in times], tz="UTC")
    frame = pd.DataFrame({"value": np.array(values, float)}, index)
    window = (at(0).value, at(stop).value)
    return statistics.of_readings(frame, checks, kind, window, gap)


def test_numbers_of_a_window_are_of_what_is_not_bad_in_it() -> None:
    found = of([70, 20, NAN, 85, 20, 999], [-5, 10, 20, 30, 40, 100])
    assert (found.n, found.bad, found.good) == (3, 1, 0.75)
    assert found.newest == Moment(20, at(40).value)
    assert found.least == Moment(20, at(10).value), "the first of several"
    assert found.greatest == Moment(85, at(30).value)
    assert found.mean == pytest.approx(125 / 3, abs=1e-12)


def test_a_mean_by_time_weighs_each_value_by_how_long_it_holds() -> None:
    found = of([70, 20, 50, NAN, 80], [-10, 10, 20, 80, 90])
    # 70 for 10 s of the window, 20 for 10 s, 50 for one gap, BAD for none, 80 for 10 s
    assert found.weighted == pytest.approx((700 + 200 + 1500 + 800) / 60, abs=1e-12)
    assert found.mean == 50


def test_time_in_state_sums_to_100_also_where_no_reading_lies_in_the_window() -> None:
    assert of([], []).states["NO DATA"] == 100
    found = of([95.0], [-10])
    assert (found.n, found.newest.at) == (0, arrays.NEVER)
    assert np.isnan([found.mean, found.sd, found.good, *found.quantiles]).all()
    assert found.states["CRITICAL"] == 20 and found.states["NO DATA"] == 80
    assert found.weighted == 95, "it holds in the window"


def test_a_window_of_one_reading_has_no_deviation() -> None:
    found = of([50.0], [10])
    assert np.isnan(found.sd) and found.mean == 50 and found.quantiles == (50, 50, 50)


def test_a_window_of_bad_readings_alone_has_no_numbers() -> None:
    found = of([NAN, NAN], [10, 20])
    assert (found.n, found.bad, found.good) == (0, 2, 0)
    assert np.isnan([found.mean, found.weighted, found.sd]).all()
    assert found.states["BAD"] == 40 and found.states["NO DATA"] == 60


def test_without_a_rule_in_force_time_is_unjudged_and_not_normal() -> None:
    found = of([50.0], [0], checks=Checks())
    assert found.states["UNJUDGED"] == 30 and found.states["NORMAL"] == 0


@pytest.mark.parametrize("kind", [kinds.STATE, kinds.COUNTER, kinds.ANGLE])
def test_no_mean_is_given_that_would_be_wrong_for_the_kind(kind: str) -> None:
    found = of([359.0, 1.0], [10, 20], kind=kind)
    assert np.isnan([found.weighted, found.sd, *found.quantiles]).all()
    if kind == kinds.ANGLE:
        assert found.mean == pytest.approx(0, abs=1e-6)
        assert np.isnan([found.least.value, found.greatest.value]).all()
    else:
        assert np.isnan(found.mean) and found.greatest.value == 359


NUMBERS = """
    SELECT avg(value), stddev_samp(value), quantile_cont(value, 0.05), quantile_cont(value, 0.5),
        quantile_cont(value, 0.95), min(value), max(value), count(*), arg_min(ts, (value, ts)),
        arg_min(ts, (-value, ts))
    FROM inside WHERE value IS NOT NULL
"""
BY_TIME = """
    WITH held AS (
        SELECT value, greatest(least(coalesce(lead(ts) OVER (ORDER BY ts), 100), ts + 30, 100)
            - greatest(ts, 0), 0) AS seconds
        FROM readings
    ) SELECT sum(value * seconds) / sum(seconds) FROM held WHERE value IS NOT NULL AND seconds > 0
"""


@st.composite
def series(draw: st.DrawFn) -> tuple[list[float], list[float]]:
    steps = draw(st.lists(st.sampled_from([0.25, 1.0, 7.5, 40.0]), min_size=1, max_size=80))
    offset = draw(st.sampled_from([0.0, 1e6]))
    number = st.one_of(st.floats(-100, 100).map(lambda x: offset + round(x, 3)), st.just(NAN))
    times = (np.cumsum(steps) - 20).tolist()
    return [draw(number) for _ in times], times


@given(series())
def test_numbers_are_those_of_duckdb(readings: tuple[list[float], list[float]]) -> None:
    values, times = readings
    found = of(values, times)
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE readings (ts DOUBLE, value DOUBLE)")
        pairs = [
            (ts, None if np.isnan(value) else value)
            for ts, value in zip(times, values, strict=True)
        ]
        connection.executemany("INSERT INTO readings VALUES (?, ?)", pairs)
        connection.execute(
            "CREATE VIEW inside AS SELECT * FROM readings WHERE ts >= 0 AND ts < 100"
        )
        mean, sd, p05, p50, p95, low, high, n, low_at, high_at = connection.execute(
            NUMBERS
        ).fetchone()
        (weighted,) = connection.execute(BY_TIME).fetchone()
    assert found.n == n

    def same(one: float, other: float | None) -> None:
        assert (np.isnan(one) and other is None) or one == pytest.approx(other, rel=1e-9, abs=1e-9)

    for one, other in zip(
        (found.mean, *found.quantiles, found.least.value, found.greatest.value, found.weighted),
        (mean, p05, p50, p95, low, high, weighted),
        strict=True,
    ):
        same(one, other)
    if n > 1:
        two_pass = float(np.std(np.array([v for v, t in zip(values, times, strict=True)
            if 0 <= t < 100 and not np.isnan(v)], dtype=np.longdouble), ddof=1))  # fmt: skip
        assert found.sd == pytest.approx(two_pass, rel=1e-9, abs=1e-9)
        assert found.sd == pytest.approx(sd, rel=1e-9, abs=1e-6)
    if n:
        assert (found.least.at, found.greatest.at) == (at(low_at).value, at(high_at).value)
    assert sum(found.states.values()) == pytest.approx(100, abs=1e-9)
