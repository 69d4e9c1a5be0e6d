"""The history of one tag against pandas, whatever rollups there are."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data import buckets, queries
from data.buckets import resolution
from data.db import pool
from data.errors import BadInput
from data.queries.grouped import rows
from data.queries.plan import dividing
from tests.support.historians import (
    NASTY,
    START,
    WIDTHS,
    ZONE,
    Historian,
    asked,
    regrouped,
    rolled,
    same,
    wave,
    window,
)

pytestmark = pytest.mark.db


DAY = timedelta(days=1)
SHAPES: dict[str, tuple[str, ...]] = {
    "all": tuple(WIDTHS),
    "no day": tuple(WIDTHS)[:3],
    "only hours": ("influx_agg_1h",),
    "only minutes": ("influx_agg_1m",),
    "none": (),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_history_equals_pandas_whatever_rollups_there_are(bare: Historian, shape: str) -> None:
    readings = bare.write(wave(START, 60, 40))
    rolled(bare, *SHAPES[shape])
    for token in ("30s", "1m", "2m", "15m", "1h", "4h", "12h", "1d", "1w"):
        hours = 60 if resolution(token).seconds >= 60 else 20
        start, stop = buckets.snapped(*window(hours), resolution(token), ZONE)
        inside = readings[(readings.index >= start) & (readings.index < stop)]
        same(queries.history(asked("D1", token, start, stop, ZONE)), regrouped(inside, token))


@pytest.mark.parametrize("token", ["10m", "1h", "1d", "1w"])
@pytest.mark.parametrize("shape", [*SHAPES, "our own"])
def test_a_bucket_that_fills_holds_no_reading_of_the_future(
    request: pytest.FixtureRequest, shape: str, token: str
) -> None:
    """Of a tag whose clock is ahead, some of whose readings lie in the bucket of now."""
    is_own = shape == "our own"
    historian: Historian = request.getfixturevalue("own" if is_own else "bare")
    now = pd.Timestamp(pool.database_now()).floor("s")
    past = pd.DataFrame({"value": 10.0}, pd.date_range(end=now, periods=1_000, freq="10s"))
    ahead = pd.DataFrame({"value": 99.0}, now + pd.to_timedelta([60, 90, 3_600, 90_000], "s"))
    historian.write(pd.concat([past, ahead]))
    historian.refresh() if is_own else rolled(historian, *SHAPES[shape])
    start, stop = buckets.snapped(past.index[0], now + timedelta(hours=2), resolution(token), ZONE)
    same(queries.history(asked("D1", token, start, stop)), regrouped(past, token))
    bounds = buckets.snapped(past.index[0], now + timedelta(hours=2), resolution("5m"), ZONE)
    assert queries.features(asked("D1", "5m", *bounds))["max_5m"].max() == 10


@pytest.mark.parametrize("shape", [*SHAPES, "our own"])
def test_a_bucket_of_nothing_but_readings_of_the_future_is_none(
    request: pytest.FixtureRequest, shape: str
) -> None:
    """Of a tag that was silent, then wrote with a clock that is ahead."""
    is_own = shape == "our own"
    historian: Historian = request.getfixturevalue("own" if is_own else "bare")
    now = pd.Timestamp(pool.database_now()).floor("s")
    past = pd.DataFrame({"value": 10.0}, pd.date_range(end=now - 9 * DAY, periods=50, freq="1h"))
    ahead = pd.DataFrame({"value": 99.0}, now + pd.to_timedelta([60, 90, 3_600], "s"))
    historian.write(pd.concat([past, ahead]))
    historian.refresh() if is_own else rolled(historian, *SHAPES[shape])
    for token in ("10m", "1h", "1d"):
        start, stop = buckets.snapped(past.index[0], now, resolution(token), ZONE)
        same(queries.history(asked("D1", token, start, stop)), regrouped(past, token))


@pytest.mark.parametrize(
    "zone", ["UTC", "Asia/Kathmandu", "America/New_York", "Australia/Lord_Howe"]
)
def test_site_days_and_weeks_are_right_in_every_zone_also_over_a_change_of_clocks(
    own: Historian, zone: str
) -> None:
    start = datetime(2026, 3, 6, tzinfo=UTC)  # New York changes on the 8th, Lord Howe on 5 April
    readings = own.write(wave(start, 24 * 35, 900))
    own.refresh()
    for token in ("1d", "1w"):
        found = queries.history(asked("D1", token, start, start + timedelta(days=35), zone))
        same(found, regrouped(readings, token, zone))


def test_days_are_built_from_hours_only_where_the_offset_is_a_whole_number_of_them() -> None:
    rollup_widths, day = (86_400, 3_600, 600, 60), resolution("1d")

    def ask(zone: str) -> list[int]:
        return dividing(rollup_widths, asked("D1", "1d", *window(24), zone), day)

    assert ask("UTC")[0] == 86_400
    assert ask("Asia/Seoul")[0] == 3_600
    assert ask("Asia/Kolkata")[0] == 600
    assert ask("Asia/Kathmandu")[0] == 60


def test_history_equals_pandas_on_our_own_rollups_with_gaps_and_late_rows(own: Historian) -> None:
    readings = own.write(wave(START, 48, 30))
    own.refresh()
    late = own.write(wave(START + timedelta(hours=21), 1, 7, seed=2))
    own.refresh()
    whole = pd.concat([readings, late]).sort_index()
    for token in ("1m", "10m", "6h", "1d"):
        start, stop = buckets.snapped(*window(48), resolution(token), ZONE)
        same(queries.history(asked("D1", token, start, stop, ZONE)), regrouped(whole, token))


def test_every_reading_is_seen_as_it_is_when_asked_raw(own: Historian) -> None:
    readings = own.write(wave(START, 2, 1))
    found = queries.history(asked("D1", "raw", *window(1), ZONE))
    expected = readings[readings.index < START + timedelta(hours=1)]
    assert list(found.index) == list(expected.index)
    for name in ("avg", "min", "max", "first", "last", "sum"):
        np.testing.assert_array_equal(found[name], expected["value"])
    assert (found["n"] == 1).all()
    assert found.attrs["seconds"] is None
    assert str(found.index.tz) == ZONE


def test_a_mean_of_buckets_of_unequal_size_is_the_mean_of_the_readings(own: Historian) -> None:
    """Ten readings of 10 and one of 20 an hour later: 10.9, and never 15."""
    times = [START + timedelta(minutes=m) for m in range(10)] + [START + timedelta(hours=1)]
    own.write(pd.DataFrame({"value": [10.0] * 10 + [20.0]}, pd.DatetimeIndex(times)))
    own.refresh()
    found = queries.history(asked("D1", "6h", *window(6), ZONE))
    assert found["avg"].iloc[0] == pytest.approx(120 / 11)


def test_the_first_bucket_starts_before_and_the_last_ends_after_the_window(own: Historian) -> None:
    own.write(wave(START, 5, 30))
    own.refresh()
    start, stop = START + timedelta(minutes=61), START + timedelta(minutes=119)
    found = queries.history(asked("D1", "1h", start, stop, ZONE))
    assert list(found.index) == [pd.Timestamp(START + timedelta(hours=1))]
    assert found.attrs["stop"] == START + timedelta(hours=2)


def test_bad_readings_are_left_out_counted_and_their_extreme_is_kept(own: Historian) -> None:
    readings = wave(START, 4, 20)
    readings["qc"] = 0
    bad = readings.iloc[[50, 51, 200, 300]].index
    readings.loc[bad, "value"] = [9_999.0, math.nan, -50.0, 100.0]
    readings.loc[bad[3], "qc"] = 3
    own.write(readings)
    own.refresh()
    good = readings.drop(bad)
    for token in ("30s", "1m", "10m", "1h"):
        found = queries.history(asked("D1", token, *window(4), ZONE, 0.0, 200.0))
        same(found, regrouped(good, token))
        assert not found["marked"].any()
        extremes = found["bad_value"].dropna()
        assert {9_999.0, -50.0} <= set(extremes)
        assert found["max"].max() < 200
    raw = queries.history(asked("D1", "raw", *window(4), ZONE, 0.0, 200.0))
    assert list(raw.index[raw["bad"] > 0]) == list(bad)
    assert raw.loc[raw["bad"] > 0, "avg"].isna().all()
    np.testing.assert_array_equal(raw.loc[bad, "bad_value"], [9_999.0, math.nan, -50.0, 100.0])


def test_infinity_and_nan_in_foreign_rollups_are_read_again_from_the_readings(
    bare: Historian, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the buckets that hold them, and in no others."""
    readings = wave(START, 3, 20)
    bad = readings.index[[100, 101, 300]]
    readings.loc[bad, "value"] = [math.inf, math.nan, -math.inf]
    bare.write(readings)
    rolled(bare, *WIDTHS)
    spans: list[timedelta] = []
    read = rows._read

    def noted(*args: Any, **how: Any) -> rows.Columns:
        if how.get("repaired"):
            spans.extend(stop - start for stretches in args[3] for start, stop in stretches)
        return read(*args, **how)

    monkeypatch.setattr(rows, "_read", noted)
    for token, minutes in (("1m", 3), ("10m", 20), ("1h", 120), ("2h", 240)):
        found = queries.history(asked("D1", token, *window(3), ZONE))
        same(found, regrouped(readings.drop(bad), token))
        assert found["bad"].sum() == 3
        assert not found["marked"].any()
        assert sum(spans, timedelta()) <= timedelta(minutes=minutes)
        assert spans
        spans.clear()


@pytest.mark.parametrize("foreign", [False, True])
def test_readings_too_large_to_be_summed_up_are_bad_and_break_no_answer(
    empty: Historian, request: pytest.FixtureRequest, foreign: bool
) -> None:
    historian = request.getfixturevalue("bare" if foreign else "own")
    readings = wave(START, 3, 20)
    bad = readings.index[[100, 101, 102, 300, 301]]
    readings.loc[bad, "value"] = [1.7e308, 1.7e308, -1e140, -1.7e308, -1.7e308]
    historian.write(readings)
    if foreign:
        swap = "UPDATE influx_hist SET value = sign(value) * %s WHERE abs(value) > %s"
        historian.run(swap, (1e130, 1e120))
        rolled(historian, *WIDTHS)
        historian.run(swap, (1.7e308, 1e120))
        for name in WIDTHS:
            historian.run(f"UPDATE {name} SET sum = 1.7e308, last = 1.7e308, first = -1.7e308, "
                          "max = 1.7e308 WHERE max > 1e120 OR min < -1e120")  # fmt: skip
    for token in ("raw", "30s", "1m", "10m", "1h", "2h"):
        found = queries.history(asked("D1", token, *window(3), ZONE))
        assert found["bad"].sum() == 5
        assert not found["marked"].any()
        assert 1.7e308 in set(found["bad_value"])
        if token != "raw":
            same(found, regrouped(readings.drop(bad), token))


def test_a_stored_bucket_whose_readings_are_gone_is_marked_and_kept(bare: Historian) -> None:
    readings = wave(START, 3, 20)
    readings.loc[readings.index[100], "value"] = 9_999.0
    bare.write(readings)
    rolled(bare, *WIDTHS)
    bare.run("DELETE FROM influx_hist")
    found = queries.history(asked("D1", "10m", *window(3), ZONE, 0.0, 200.0))
    marked = found[found["marked"]]
    assert list(marked["max"]) == [9_999.0]
    assert list(marked["bad_value"]) == [9_999.0]
    same(found, regrouped(readings, "10m"))


def test_a_bucket_of_bad_readings_only_has_no_value_but_is_told(own: Historian) -> None:
    times = pd.DatetimeIndex([START, START + timedelta(minutes=5)])
    own.write(pd.DataFrame({"value": [9_999.0, 50.0]}, times))
    own.refresh()
    found = queries.history(asked("D1", "1m", *window(1), ZONE, 0.0, 100.0))
    assert list(found["n"]) == [0, 1]
    assert list(found["bad"]) == [1, 0]
    assert math.isnan(found["avg"].iloc[0])


@pytest.mark.parametrize("behind", [1, 30, 60 * 5, 60 * 26])
def test_a_rollup_that_lags_is_completed_from_the_finer_sources(
    bare: Historian, behind: int
) -> None:
    """Materialised-only aggregates lack their newest part, each its own."""
    now = pool.database_now()
    start = now - timedelta(hours=60)
    readings = bare.write(wave(start, 60, 60))
    rolled(bare, *WIDTHS)
    for name, minutes in (("1m", behind), ("10m", behind + 20), ("1h", behind * 2), ("1d", 4_000)):
        bare.run(
            f"DELETE FROM influx_agg_{name} WHERE bucket > now() - %s * interval '1 minute'",
            (minutes,),
        )
    for token in ("1m", "10m", "1h", "6h", "1d"):
        for stop in (now, now - timedelta(hours=1)):
            begin, end = buckets.snapped(start, stop, resolution(token), ZONE)
            inside = readings[(readings.index >= begin) & (readings.index < end)]
            same(queries.history(asked("D1", token, begin, end, ZONE)), regrouped(inside, token))


def test_a_rollup_made_late_is_preceded_by_finer_sources(bare: Historian) -> None:
    readings = bare.write(wave(START, 60, 60))
    rolled(bare, *WIDTHS)
    for name, hours in (("10m", 5), ("1h", 20), ("1d", 48)):
        bare.run(
            f"DELETE FROM influx_agg_{name} WHERE bucket < %s", (START + timedelta(hours=hours),)
        )
    bare.run("DELETE FROM influx_agg_1m")
    for token in ("1m", "10m", "1h", "6h", "1d"):
        begin, end = buckets.snapped(*window(60), resolution(token), ZONE)
        same(queries.history(asked("D1", token, begin, end, ZONE)), regrouped(readings, token))


def test_a_bucket_stored_while_it_was_filling_is_read_anew(bare: Historian) -> None:
    now = pool.database_now()
    readings = bare.write(wave(now - timedelta(hours=5), 5, 60))
    rolled(bare, *WIDTHS)
    late = pd.DataFrame({"value": [7.0]}, pd.DatetimeIndex([now - timedelta(milliseconds=1)]))
    whole = pd.concat([readings, bare.write(late)])
    for token in ("1m", "10m", "1h", "6h", "1d"):
        begin, end = buckets.snapped(now - timedelta(hours=4), now, resolution(token), ZONE)
        inside = whole[(whole.index >= begin) & (whole.index < end)]
        same(queries.history(asked("D1", token, begin, end, ZONE)), regrouped(inside, token))


def test_history_whose_readings_are_gone_still_answers_from_the_rollups(bare: Historian) -> None:
    readings = bare.write(wave(START, 30, 60))
    rolled(bare, *WIDTHS)
    bare.run("DELETE FROM influx_hist")
    bare.run("DELETE FROM influx_agg_1m")
    same(queries.history(asked("D1", "1h", *window(30), ZONE)), regrouped(readings, "1h"))


def test_too_many_single_readings_are_refused_with_their_number_and_the_way_out(
    own: Historian,
) -> None:
    own.run(
        "INSERT INTO influx_hist (ts, tag_name, value) SELECT %s + n * interval '10 ms', 'D1', n "
        "FROM generate_series(0, 50000) n",
        (START,),
    )
    with pytest.raises(BadInput, match="50,001 single readings.*shorter window or a resolution"):
        queries.history(asked("D1", "raw", *window(1), ZONE))
    stop = START + timedelta(seconds=500)
    assert len(queries.history(asked("D1", "raw", START, stop, ZONE))) == 50_000


def test_too_many_buckets_are_refused_before_the_historian_is_asked(own: Historian) -> None:
    pool.dispose()
    with pytest.raises(BadInput, match="86,400 buckets of 1s"):
        queries.history(asked("D1", "1s", *window(24), ZONE))


def test_a_window_without_readings_is_an_empty_frame_of_the_same_shape(own: Historian) -> None:
    for token in ("raw", "30s", "1m", "1d"):
        found = queries.history(asked("nobody", token, *window(1), ZONE))
        assert len(found) == 0
        assert {"n", "avg", "min", "max", "bad", "marked"} <= set(found.columns)
        assert str(found.index.tz) == ZONE
        assert found.attrs["spacing"] is None


@pytest.mark.parametrize("tag", ["a\0b", "\ud800"])
def test_a_name_that_no_database_holds_is_an_unknown_tag(own: Historian, tag: str) -> None:
    with pytest.raises(BadInput) as refusal:
        queries.history(asked(tag, "1h", *window(1), ZONE))
    assert refusal.value.key == "unknown_tag"
    assert tag not in queries.tags()


def test_the_spacing_of_the_readings_is_told_at_every_resolution(own: Historian) -> None:
    times = pd.date_range(START, periods=2_000, freq="10s")
    own.write(pd.DataFrame({"value": np.arange(2_000.0)}, times))
    own.refresh()
    for token in ("raw", "5s", "1m", "10m", "1h"):
        found = queries.history(asked("D1", token, *window(5), ZONE))
        assert found.attrs["spacing"] == pytest.approx(10)


@pytest.mark.parametrize("tag", NASTY)
def test_a_tag_of_any_name_is_a_tag_like_others(own: Historian, tag: str) -> None:
    readings = own.write(wave(START, 2, 30), tag)
    own.refresh()
    for token in ("30s", "1m", "1h"):
        same(queries.history(asked(tag, token, *window(2), ZONE)), regrouped(readings, token))
    assert tag in queries.tags()
    assert queries.latest((tag,))["value"].iloc[0] == readings["value"].iloc[-1]
