"""Features and indicators over a window, and a real data set as another engine reads it."""

import sys
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from data import queries
from data.errors import BadInput
from tests.support.historians import START, ZONE, Historian, asked, wave, window
from tests.support.places import SHARED

pytestmark = pytest.mark.db


@pytest.mark.parametrize("stored", [True, False])
def test_features_leave_out_readings_too_large_to_be_squared(own: Historian, stored: bool) -> None:
    readings = wave(START, 1, 7)
    readings.iloc[[10, 11, 200], 0] = [1.7e308, 1.7e308, -1.7e308]
    own.write(readings)
    if not stored:
        own.drop("features_5m")
    found = queries.features(asked("D1", "5m", *window(1), ZONE))
    assert found["n_5m"].sum() == len(readings) - 3
    assert found["max_5m"].max() < 200


@pytest.mark.parametrize("most", [0, 32])
@pytest.mark.parametrize("stored", [True, False])
def test_features_leave_out_readings_beyond_the_span_of_the_rule(
    own: Historian, stored: bool, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["data.queries.indicators"], "MOST_SPANS", most)
    readings = wave(START, 1, 7)
    readings.iloc[[10, 200], 0] = [9_999.0, -9_999.0]
    minutes = (readings.index - readings.index[0]) // pd.Timedelta("1min")
    readings.loc[(minutes >= 40) & (minutes < 45), "value"] = 9_999.0
    own.write(readings)
    if not stored:
        own.drop("features_5m")
    question = replace(asked("D1", "5m", *window(1), ZONE), low=0.0, high=1_000.0)
    found = queries.features(question)
    good = readings["value"][readings["value"].between(0, 1_000)]
    groups = good.groupby(good.index.floor("5min"))
    assert list(found.index) == list(groups.size().index)
    np.testing.assert_allclose(found["mean_5m"], groups.mean(), rtol=1e-12)
    assert found["n_5m"].sum() == len(good) and found["max_5m"].max() < 1_000
    assert found.attrs["source"] == ("features_5m, influx_hist" if stored else "influx_hist")


@pytest.mark.parametrize("stored", [True, False])
def test_features_are_mean_deviation_and_percentiles_of_five_minutes(
    own: Historian, stored: bool
) -> None:
    readings = own.write(wave(START, 2, 7))
    if not stored:
        own.drop("features_5m")
    found = queries.features(asked("D1", "5m", *window(2), ZONE))
    groups = readings["value"].groupby(readings.index.floor("5min"))
    expected = pd.DataFrame(
        {
            "mean_5m": groups.mean(),
            "std_5m": groups.std(),
            "min_5m": groups.min(),
            "max_5m": groups.max(),
            "p10_5m": groups.quantile(0.1),
            "p90_5m": groups.quantile(0.9),
            "n_5m": groups.size(),
        }
    )
    assert list(found.index) == list(expected.index)
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-12)
    assert found.attrs["source"] == ("features_5m" if stored else "influx_hist")


def test_indicators_are_right_from_the_first_row_on(own: Historian) -> None:
    times = pd.date_range(START, periods=6 * 360, freq="10s")
    random = np.random.default_rng(3)
    own.write(pd.DataFrame({"value": 1e6 + random.normal(0, 1, len(times)).cumsum()}, times))
    own.refresh()
    start, stop = START + timedelta(hours=3), START + timedelta(hours=5)
    found = queries.indicators(asked("D1", "1m", start, stop, ZONE))
    mean = queries.history(asked("D1", "1m", START, stop, ZONE))["avg"]
    assert list(found.index) == list(pd.date_range(start, stop, freq="1min", inclusive="left"))
    np.testing.assert_allclose(found["sma_10"], mean.rolling(10).mean()[start:][: len(found)])
    np.testing.assert_allclose(found["sma_60"], mean.rolling(60).mean()[start:][: len(found)])
    band = 2 * mean.rolling(20).std(ddof=0)
    middle = mean.rolling(20).mean()
    np.testing.assert_allclose(found["upper"], (middle + band)[start:][: len(found)])
    np.testing.assert_allclose(found["sigma"], (band / 2)[start:][: len(found)], rtol=1e-6)
    assert found["slope"].notna().all()
    warm = mean[start - timedelta(minutes=7 * 20) :][: 140 + len(found)]
    run = pd.concat([pd.Series([warm.iloc[:20].mean()]), warm.iloc[20:]])
    ema = run.ewm(span=20, adjust=False).mean().to_numpy()[-len(found) :]
    np.testing.assert_allclose(found["ema_20"], ema, rtol=1e-12)
    assert found.attrs["source"].startswith("influx_agg_1m")


#: The slope of the 60 buckets that end with each, by PostgreSQL, of the values less an offset: its
#: own sums lose digits at 1e8. `r` has a row for every minute, also for those without readings.
REGRESSION = """
SELECT regr_slope(avg - %(offset)s, extract(epoch FROM minute - %(start)s::timestamptz)::float8)
    OVER (ORDER BY minute ROWS 59 PRECEDING) * 3600
FROM generate_series(%(start)s::timestamptz, %(stop)s - interval '1 minute', '1 minute') AS minute
    LEFT JOIN influx_agg_1m ON bucket = minute AND tag_name = 'D1' ORDER BY minute
"""


@pytest.mark.parametrize("offset", [0.0, 1e8])
def test_the_slope_is_regr_slope_of_the_stored_buckets_from_the_first_row_on(
    own: Historian, offset: float
) -> None:
    """To 1e-9, also on both sides of a gap; what is read before the window is the warm-up alone."""
    times = pd.date_range(START, periods=6 * 600, freq="10s")
    steps = np.random.default_rng(13).integers(-64, 65, len(times)).cumsum() / 64
    there = (times < times[6 * 300]) | (times >= times[6 * 340])
    own.write(pd.DataFrame({"value": offset + steps}, times)[there])
    own.refresh()
    start, stop = START + timedelta(hours=2), START + timedelta(hours=10)
    found = queries.indicators(asked("D1", "1m", start, stop, ZONE))["slope"]
    with own.connection.cursor() as cursor:
        cursor.execute(REGRESSION, {"offset": offset, "start": START, "stop": stop})
        expected = np.array([row[0] for row in cursor.fetchall()][120:], float)
    shown = found.notna().to_numpy()
    assert len(expected) == len(found) and shown[0] and shown[-1]
    assert (~shown[180:220]).sum() == 40 - 12  # 12 of 60 buckets may be missing
    assert shown.sum() > 400
    np.testing.assert_allclose(found[shown], expected[shown], rtol=1e-9, atol=1e-9)


def test_indicators_break_where_buckets_are_missing(own: Historian) -> None:
    times = pd.date_range(START, periods=600, freq="1min")
    kept = times[(times < times[200]) | (times >= times[260])]
    own.write(pd.DataFrame({"value": 1.0}, kept))
    own.refresh()
    found = queries.indicators(asked("D1", "1m", times[0], times[599], ZONE))
    assert len(found) == 599
    there = found["sma_10"].notna().to_numpy()
    expected = np.ones(599, bool)  # 8 of 10 buckets must have data
    expected[:7] = expected[202:267] = False
    np.testing.assert_array_equal(there, expected)


def test_indicators_choose_their_widths_and_refuse_single_readings(own: Historian) -> None:
    own.write(wave(START, 12, 60))
    own.refresh()
    widths = queries.Widths(sma=(5,), ema=(12,), bands=0, slope=0)
    found = queries.indicators(asked("D1", "10m", *window(12), ZONE), widths)
    assert {"sma_5", "ema_12"} <= set(found) and not {"middle", "slope"} & set(found)
    with pytest.raises(BadInput):
        queries.indicators(asked("D1", "raw", *window(12), ZONE))


@pytest.mark.parametrize("token", ["1d", "1w"])
def test_indicators_of_days_lie_on_the_days_of_the_site(own: Historian, token: str) -> None:
    own.write(wave(START - timedelta(days=60), 24 * 90, 3_600))
    own.refresh()
    widths = queries.Widths(sma=(2,), bands=2, slope=2)
    found = queries.indicators(asked("D1", token, *window(24 * 28), "America/New_York"), widths)
    local = found.index
    assert (local.hour == 0).all()
    assert len(found) in (29, 5)
    assert found["sma_2"].notna().any()


def test_a_value_that_counts_hours_rises_by_one_an_hour_in_every_row(own: Historian) -> None:
    """Days of Berlin over both changes of clocks; the first row is as right as the last."""
    days = pd.date_range("2024-12-01", "2026-01-01", freq="D", tz="Europe/Berlin")
    hours = (days - days[0]) / pd.Timedelta(hours=1)
    own.write(pd.DataFrame({"value": hours}, days.tz_convert("UTC")))
    own.refresh()
    start, stop = days[65].to_pydatetime(), days[-1].to_pydatetime()
    found = queries.indicators(asked("D1", "1d", start, stop, "Europe/Berlin"))
    assert len(found) > 300
    np.testing.assert_allclose(found["slope"], 1.0, rtol=1e-9)


@pytest.mark.samples
def test_a_real_data_set_is_read_as_duckdb_reads_it(own: Historian) -> None:
    import duckdb

    from data.files import load

    own.connection.autocommit = False
    path = SHARED / "ett_hourly.csv.gz"
    load.load(own.connection, path, zone="UTC")
    own.connection.commit()
    own.refresh()
    tag = next(iter(queries.tags()))
    own.connection.autocommit = True
    with own.connection.cursor() as cursor:
        cursor.execute("SELECT ts, value FROM influx_hist WHERE tag_name = %s ORDER BY ts", (tag,))
        rows = pd.DataFrame(cursor.fetchall(), columns=["ts", "value"])
    start, stop = rows["ts"].iloc[0].to_pydatetime(), rows["ts"].iloc[-1].to_pydatetime()
    found = queries.history(asked(tag, "1w", start, stop, "UTC"))
    relation = duckdb.sql(
        "SELECT date_trunc('week', ts AT TIME ZONE 'UTC') AS bucket, count(*) AS n, "
        "avg(value) AS avg, min(value) AS min, max(value) AS max FROM rows GROUP BY 1 ORDER BY 1"
    ).df()
    assert found["n"].tolist() == relation["n"].tolist()
    for name in ("avg", "min", "max"):
        np.testing.assert_allclose(found[name], relation[name])
