"""Indicators: by hand, then against pandas and PostgreSQL's own aggregate functions."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import psycopg2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import buckets
from data.analysis import indicators

NAN = float("nan")
START = pd.Timestamp("2026-03-01T00:00:00Z")


def series(values: list[float]) -> pd.Series:
    index = pd.date_range(START, periods=len(values), freq="1min", name="bucket")
    return pd.Series(np.asarray(values, float), index=index)


def noise(count: int, missing: float = 0.0, offset: float = 0.0, seed: int = 1) -> pd.Series:
    rng = np.random.default_rng(seed)
    values = offset + rng.normal(size=count)
    values[rng.random(count) < missing] = NAN
    return series(list(values))


EVERY: dict[str, Callable[[pd.Series], pd.DataFrame]] = {
    "sma": lambda x: indicators.sma(x, 10).to_frame(),
    "ema": lambda x: indicators.ema(x, 10).to_frame(),
    "bollinger": lambda x: indicators.bollinger(x, 20),
    "slope": lambda x: indicators.slope(x, 30),
}


def test_sma_by_hand() -> None:
    found = indicators.sma(series([1, 2, 3, 4]), 3).tolist()
    assert found[2:] == [2, 3]
    assert np.isnan(found[:2]).all()


@pytest.mark.parametrize(("n", "needed"), [(2, 2), (5, 4), (10, 8), (11, 9), (20, 16), (60, 48)])
def test_four_fifths_of_the_buckets_are_needed_rounded_up(n: int, needed: int) -> None:
    assert indicators.needed(n) == needed


def test_a_window_exists_only_with_80_per_cent_of_its_buckets() -> None:
    values = [float(i) for i in range(10)]
    values[3] = values[4] = NAN
    assert indicators.sma(series(values), 10).iloc[-1] == pytest.approx(38 / 8)
    values[5] = NAN
    assert np.isnan(indicators.sma(series(values), 10).iloc[-1])


@pytest.mark.parametrize("n", [2, 10, 60])
def test_sma_is_the_rolling_mean_of_pandas_on_full_and_covered_windows(n: int) -> None:
    x = noise(500, missing=0.1)
    expected = x.rolling(n, min_periods=indicators.needed(n)).mean()
    expected.iloc[: n - 1] = NAN
    pd.testing.assert_series_equal(
        indicators.sma(x, n), expected, check_names=False, rtol=1e-12, atol=1e-12
    )


def ema_by_hand(values: list[float], n: int) -> list[float]:
    """The recursion of docs/definitions.md, bucket by bucket."""
    found, e, age = [], None, 0
    for place in range(len(values)):
        last = values[max(0, place - n + 1) : place + 1]
        there = [v for v in last if np.isfinite(v)]
        if len(last) < n or len(there) < 0.8 * n:
            e = None
        elif e is None:
            e, age = sum(there) / len(there), n
        else:
            x, age = values[place], age + 1
            e = e + 2 / (n + 1) * (x - e) if np.isfinite(x) else e
        found.append(e if e is not None and age >= 7 * n else NAN)
    return found


@given(
    st.lists(st.one_of(st.floats(-100, 100), st.just(NAN)), max_size=120), st.sampled_from([2, 5])
)
def test_ema_is_the_recursion_seeded_with_the_sma_and_anew_after_a_break(
    values: list[float], n: int
) -> None:
    np.testing.assert_allclose(
        indicators.ema(series(values), n), ema_by_hand(values, n), rtol=1e-9, atol=1e-9
    )


def test_ema_is_shown_only_after_its_warm_up_and_again_after_a_break() -> None:
    x = noise(200)
    x.iloc[100:110] = NAN
    shown = indicators.ema(x, 10).notna().to_numpy()
    assert np.flatnonzero(np.diff(shown.astype(int))).tolist() == [68, 101, 176]


@pytest.mark.parametrize("offset", [0.0, 1e8])
@pytest.mark.parametrize("n", [10, 20])
def test_ema_is_that_of_pandas_from_the_sma_on_and_anew_after_a_gap(n: int, offset: float) -> None:
    """To 1e-9 at the first bucket that is shown, of the run before a gap and of the one after."""
    x = noise(900, seed=5).cumsum() + offset
    x.iloc[[30, 31, 333]] = NAN  # too few to break it
    x.iloc[400:440] = NAN
    found = indicators.ema(x, n)
    shown = found.notna().to_numpy()
    assert not shown[400 + n // 5 : 440 + 6 * n].any()
    firsts = np.flatnonzero(np.diff(shown.astype(int), prepend=0) == 1)
    assert len(firsts) == 2
    for begins, ends in ((n - 1, 400), (440 + indicators.needed(n) - 1, 900)):
        seed = x.iloc[max(begins - n + 1, 0) : begins + 1].mean()
        run = pd.concat([pd.Series([seed]), x.iloc[begins + 1 : ends]]) - offset
        oracle = run.ewm(span=n, adjust=False, ignore_na=True).mean().to_numpy() + offset
        ours = found.iloc[begins:ends].to_numpy()
        there = ~np.isnan(ours)
        assert there.sum() > 250
        assert begins + np.flatnonzero(there)[0] in firsts
        # The spacing of floats around 1e8 is 1.5e-8: there the difference is told in it.
        np.testing.assert_allclose(
            ours[there],
            oracle[there],
            rtol=1e-9 if not offset else 2e-16,
            atol=1e-9 if not offset else 0,
        )


def test_sigma_is_the_population_deviation_of_the_same_buckets_at_any_offset() -> None:
    for offset in (0.0, 1e8):
        x = noise(300, offset=offset)
        sigma = indicators.bollinger(x, 20)["sigma"]
        expected = (x - offset).rolling(20).std(ddof=0)
        np.testing.assert_allclose(sigma, expected, atol=1e-8 if offset else 1e-12)


def test_ema_after_the_warm_up_has_forgotten_its_seed() -> None:
    x = noise(400)
    late = indicators.ema(x.iloc[100:], 20)
    whole = indicators.ema(x, 20).iloc[100:]
    assert (late - whole).abs().max() < 1e-4


def test_bands_are_two_population_deviations_of_the_same_buckets() -> None:
    x = noise(300)
    found = indicators.bollinger(x, 20, 2.0)
    mean, deviation = x.rolling(20).mean(), x.rolling(20).std(ddof=0)
    np.testing.assert_allclose(found["middle"], mean, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(found["upper"], mean + 2 * deviation, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(found["lower"], mean - 2 * deviation, rtol=1e-10, atol=1e-12)
    expected = (x - found["lower"]) / (found["upper"] - found["lower"])
    np.testing.assert_allclose(found["percent_b"], expected)
    np.testing.assert_allclose(found["bandwidth"], 4 * deviation / mean, rtol=1e-8)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e8 / 3])
def test_a_band_without_width_has_neither_percent_b_nor_bandwidth(value: float) -> None:
    found = indicators.bollinger(series([value] * 25), 20).iloc[-1]
    assert (found["lower"], found["middle"], found["upper"]) == (value, value, value)
    assert np.isnan(found["percent_b"])
    assert np.isnan(found["bandwidth"])


def test_a_band_around_zero_has_no_bandwidth() -> None:
    assert np.isnan(indicators.bollinger(series([-1.0, 1.0] * 10), 20)["bandwidth"].iloc[-1])


def test_the_slope_of_a_straight_line_is_its_rise_per_hour() -> None:
    found = indicators.slope(series([7 + 0.5 * i for i in range(30)]), 10).iloc[-1]
    assert found["slope"] == pytest.approx(30)
    assert found["r2"] == pytest.approx(1)


def test_a_constant_has_slope_zero_and_is_explained_wholly() -> None:
    found = indicators.slope(series([0.1] * 12), 10).iloc[-1]
    assert found.tolist() == [0.0, 1.0]


def test_the_slope_of_a_window_with_missing_buckets_uses_their_true_times() -> None:
    x = series([2.0 * i for i in range(20)])
    x.iloc[[13, 16]] = NAN
    assert indicators.slope(x, 10)["slope"].iloc[-1] == pytest.approx(120)


def test_slope_is_that_of_numpy_polyfit() -> None:
    x = noise(100)
    found = indicators.slope(x, 60)["slope"]
    for place in (59, 80, 99):
        window = x.iloc[place - 59 : place + 1]
        assert found.iloc[place] == pytest.approx(np.polyfit(np.arange(60) / 60, window, 1)[0])


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Australia/Lord_Howe", "Asia/Seoul"])
def test_a_value_that_counts_hours_rises_by_one_an_hour_in_every_row_of_days(zone: str) -> None:
    """Days of 23, 23.5, 24.5 and 25 h among them, for a year holds both changes of clocks."""
    days = pd.date_range("2025-01-01", periods=365, freq="D", tz=zone, name="bucket")
    hours = (days - days[0]) / pd.Timedelta(hours=1)
    found = indicators.slope(pd.Series(hours, days), 60).iloc[59:]
    np.testing.assert_allclose(found["slope"], 1.0, rtol=1e-12)
    np.testing.assert_allclose(found["r2"], 1.0, rtol=1e-12)


@given(
    st.lists(
        st.tuples(st.integers(1, 100_000), st.one_of(st.floats(-100, 100), st.just(NAN))),
        min_size=5,
        max_size=40,
    ),
    st.sampled_from([2, 5, 10]),
)
def test_slope_is_that_of_numpy_polyfit_at_any_times(
    steps: list[tuple[int, float]], n: int
) -> None:
    """A loop over the windows, with times as far apart as they come."""
    seconds = np.cumsum([step for step, _ in steps])
    at = pd.DatetimeIndex(START + pd.to_timedelta(seconds, unit="s"))
    x = pd.Series([value for _, value in steps], at)
    found = indicators.slope(x, n)["slope"]
    for place in range(len(x)):
        first = place - n + 1
        window = x.iloc[max(first, 0) : place + 1]
        there = window.notna().to_numpy()
        if first < 0 or there.sum() < 0.8 * n:
            assert np.isnan(found.iloc[place])
            continue
        t = seconds[first : place + 1][there] / 3600
        t = t - t.mean()
        expected = np.polyfit(t, window[there], 1)[0]
        assert found.iloc[place] == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("name", EVERY)
def test_an_offset_of_1e8_changes_no_more_than_the_digits_it_takes(name: str) -> None:
    near, far = EVERY[name](noise(300)), EVERY[name](noise(300, offset=1e8))
    if name in ("sma", "ema"):
        far = far - 1e8
    if name == "bollinger":
        far[["middle", "lower", "upper"]] -= 1e8
        near, far = near.drop(columns="bandwidth"), far.drop(columns="bandwidth")
    np.testing.assert_allclose(far, near, atol=2e-6)


@pytest.mark.parametrize("name", EVERY)
def test_the_first_visible_bucket_is_as_right_as_the_last(name: str) -> None:
    """Read from start - warm-up, compute, cut: equal to the answer from all of history."""
    x = noise(600, missing=0.02)
    widths = {"sma": {"sma": 10}, "ema": {"ema": 10}, "bollinger": {"bands": 20}}
    before = indicators.warm_up(**widths.get(name, {"slope": 30}))
    cut = EVERY[name](x.iloc[400 - before :]).iloc[before:]
    whole = EVERY[name](x).iloc[400:]
    assert cut.iloc[0].notna().all() == whole.iloc[0].notna().all()
    np.testing.assert_allclose(cut, whole, atol=1e-4 if name == "ema" else 1e-9)


@pytest.mark.parametrize("name", EVERY)
def test_no_indicator_is_computed_through_a_gap(name: str) -> None:
    x = noise(300)
    x.iloc[150:170] = NAN
    assert EVERY[name](x).iloc[160:170].isna().all(axis=None)


@pytest.mark.parametrize("name", EVERY)
def test_a_series_shorter_than_the_window_has_no_indicator(name: str) -> None:
    assert EVERY[name](noise(9)).isna().all(axis=None)
    assert len(EVERY[name](noise(0))) == 0


@pytest.mark.parametrize("name", EVERY)
def test_an_infinite_bucket_counts_as_missing(name: str) -> None:
    x, y = noise(120), noise(120)
    x.iloc[100], y.iloc[100] = np.inf, NAN
    pd.testing.assert_frame_equal(EVERY[name](x), EVERY[name](y))


@pytest.mark.parametrize("n", [0, 1, 1441])
def test_a_window_outside_2_to_1440_buckets_is_refused(n: int) -> None:
    for indicator in (indicators.sma, indicators.ema, indicators.bollinger):
        with pytest.raises(ValueError, match=f"{n} buckets; choose 2 to 1440"):
            indicator(noise(10), n)
    with pytest.raises(ValueError, match="choose 2 to 1440"):
        indicators.slope(noise(10), n)


def test_the_longest_window_equals_pandas() -> None:
    x = noise(1600)
    expected = x.rolling(1440).mean()
    np.testing.assert_allclose(indicators.sma(x, 1440), expected, atol=1e-12)


# --- the grid ------------------------------------------------------------------------------------


def grid(frame: pd.DataFrame, seconds: float, start: str, stop: str) -> pd.DataFrame:
    width = next(each for each in buckets.RESOLUTIONS if each.seconds == seconds)
    zone = str(frame.index.tz)
    bounds = (pd.Timestamp(edge).to_pydatetime() for edge in (start, stop))
    edges = pd.DatetimeIndex(buckets.edges(*bounds, width, zone)).tz_convert(zone)
    return indicators.on_grid(frame, edges)


def test_every_bucket_of_the_window_has_a_row_and_an_empty_one_is_nan() -> None:
    frame = series([1, 2, 3, 4]).to_frame("avg").iloc[[1, 3]]
    found = grid(frame, 60, "2026-03-01T00:00Z", "2026-03-01T00:06Z")
    assert len(found) == 6
    assert found.index.name == "bucket"
    assert found["avg"].notna().tolist() == [False, True, False, True, False, False]
    assert found["avg"].dropna().tolist() == [2, 4]


def test_an_empty_frame_gives_an_empty_grid() -> None:
    frame = series([]).to_frame("avg")
    found = grid(frame, 600, "2026-03-01T00:00Z", "2026-03-01T01:00Z")
    assert len(found) == 6
    assert found["avg"].isna().all()


def test_days_are_calendar_days_of_the_site_zone_also_when_the_clocks_change() -> None:
    days = pd.date_range("2026-03-27", periods=4, freq="D", tz="Europe/Berlin", name="bucket")
    frame = pd.DataFrame({"avg": [1.0, 2, 3, 4]}, index=days).drop(days[1])
    found = grid(frame, 86400, "2026-03-26T23:00Z", "2026-03-30T22:00Z")
    assert found.index.tolist() == days.tolist()
    assert found["avg"].isna().tolist() == [False, True, False, False]


def test_buckets_keep_the_zone_and_the_phase_of_the_frame() -> None:
    at = pd.DatetimeIndex(["2026-03-01T12:00+09:00"], tz="Asia/Seoul", name="bucket")
    found = grid(
        pd.DataFrame({"avg": [1.0]}, index=at), 43200, "2026-02-28T15:00Z", "2026-03-02T03:00Z"
    )
    assert [stamp.hour for stamp in found.index] == [0, 12, 0]
    assert str(found.index.tz) == "Asia/Seoul"


def test_the_grid_keeps_what_the_frame_says_about_itself() -> None:
    frame = series([1.0]).to_frame("avg")
    frame.attrs["source"] = "influx_agg_1m"
    found = grid(frame, 60, "2026-03-01T00:00Z", "2026-03-01T00:02Z")
    assert found.attrs["source"] == "influx_agg_1m"


# --- against PostgreSQL --------------------------------------------------------------------------

WINDOWED = """
SELECT avg(x) OVER w, stddev_pop(x) OVER w, regr_slope(x, t) OVER w * 3600, regr_r2(x, t) OVER w
FROM unnest(%s::float8[], %s::float8[]) AS r(t, x)
WINDOW w AS (ORDER BY t ROWS BETWEEN 29 PRECEDING AND CURRENT ROW) ORDER BY t
"""


@pytest.mark.db
@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_mean_deviation_slope_and_r2_are_those_of_postgresql(database: str, offset: float) -> None:
    x = noise(200, missing=0.05, offset=offset)
    seconds = [60.0 * i for i in range(len(x))]
    values = [None if np.isnan(v) else v for v in x]
    with psycopg2.connect(database) as connection, connection.cursor() as cursor:
        cursor.execute(WINDOWED, (seconds, values))
        rows = cursor.fetchall()
    connection.close()
    expected = pd.DataFrame(rows, index=x.index, dtype=float, columns=["m", "sd", "slope", "r2"])
    band, line = indicators.bollinger(x, 30, 1.0), indicators.slope(x, 30)
    shown = line["slope"].notna()
    assert shown.sum() > 150
    for found, name in (
        (band["middle"], "m"),
        (band["upper"] - band["middle"], "sd"),
        (line["slope"], "slope"),
        (line["r2"], "r2"),
    ):
        tolerance = 1e-9 if offset == 0 else 1e-6
        np.testing.assert_allclose(found[shown], expected.loc[shown, name], atol=tolerance)


@pytest.mark.db
def test_slope_of_days_is_that_of_postgresql_across_both_changes_of_clocks(database: str) -> None:
    days = pd.date_range("2025-01-01", periods=365, freq="D", tz="Europe/Berlin", name="bucket")
    x = pd.Series(noise(365, missing=0.05).to_numpy(), days)
    seconds = ((days - days[0]) / pd.Timedelta(seconds=1)).to_list()
    with psycopg2.connect(database) as connection, connection.cursor() as cursor:
        cursor.execute(WINDOWED, (seconds, [None if np.isnan(v) else v for v in x]))
        rows = cursor.fetchall()
    connection.close()
    expected = pd.DataFrame(rows, index=days, dtype=float, columns=["m", "sd", "slope", "r2"])
    line = indicators.slope(x, 30)
    there = line["slope"].notna()
    assert there.sum() > 250
    for name in ("slope", "r2"):
        np.testing.assert_allclose(line.loc[there, name], expected.loc[there, name], atol=1e-12)


@pytest.mark.db
def test_r2_of_a_constant_is_that_of_postgresql(database: str) -> None:
    with psycopg2.connect(database) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT regr_slope(5, t), regr_r2(5, t) FROM generate_series(1, 10) AS t")
        expected = cursor.fetchone()
    connection.close()
    assert tuple(indicators.slope(series([5.0] * 10), 10).iloc[-1]) == expected
