"""Readers against an oracle: pandas over the same readings, on real databases of every shape."""

import contextlib
import math
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import psycopg2
import psycopg2.extras
import pytest

from data import cache, engine, installation, queries, rollups, windows
from data.engine import HistorianUnavailable
from data.errors import BadInput
from data.history import dividing
from data.windows import resolution

pytestmark = pytest.mark.db

ZONE = "Asia/Seoul"
NASTY = (
    "<script>alert(1)</script>",
    "'; drop table influx_hist; --",
    '가나/다 "q"',
    "=1+1",
    "a,b%s",
)
START = datetime(2026, 3, 1, tzinfo=UTC)
ROLLUP_SQL = """
    INSERT INTO {table} (bucket, tag_name, n, avg, sum, min, max, last, first, diff)
    SELECT date_bin('{width} s', ts, '1970-01-01 00:00+00'), tag_name, count(*), avg(value),
           sum(value), min(value), max(value), (array_agg(value ORDER BY ts DESC))[1],
           (array_agg(value ORDER BY ts))[1],
           (array_agg(value ORDER BY ts DESC))[1] - (array_agg(value ORDER BY ts))[1]
    FROM influx_hist WHERE value IS NOT NULL GROUP BY 1, 2
"""
WIDTHS = {
    "influx_agg_1m": 60,
    "influx_agg_10m": 600,
    "influx_agg_1h": 3_600,
    "influx_agg_1d": 86_400,
}


class Historian:
    """A database with readings, written to beside the engine that reads it."""

    def __init__(self, dsn: str) -> None:
        self.connection = psycopg2.connect(dsn)
        self.connection.autocommit = True
        self.dsn = dsn

    def run(self, sql: str, values: object = None) -> None:
        """Run one statement."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql, values)

    def write(self, readings: pd.DataFrame, tag: str = "D1") -> pd.DataFrame:
        """Write readings (index ts; value, perhaps qc) and return them."""
        flagged = "qc" in readings
        rows = [(ts.to_pydatetime(), tag, *(x.item() for x in row)) for ts, row in zip(
            readings.index, readings.to_numpy(), strict=True
        )]  # fmt: skip
        rows = [(ts, tag, value, int(qc[0]) if qc else 0) for ts, tag, value, *qc in rows]
        columns = "ts, tag_name, value, qc" if flagged else "ts, tag_name, value"
        with self.connection.cursor() as cursor:
            psycopg2.extras.execute_values(
                cursor,
                f"INSERT INTO influx_hist ({columns}) VALUES %s",
                rows if flagged else [row[:3] for row in rows],
                page_size=5_000,
            )
        return readings

    def refresh(self) -> None:
        """Bring the rollups up to date."""
        self.connection.autocommit = False
        rollups.refresh(self.connection)
        self.connection.commit()
        self.connection.autocommit = True


@pytest.fixture
def empty(database: str) -> Iterator[Historian]:
    """A database without any relation."""
    engine.connect(database)
    cache.forget()
    historian = Historian(database)
    yield historian
    historian.connection.close()
    engine.dispose()


@pytest.fixture
def own(empty: Historian) -> Historian:
    """A historian of our own schema."""
    empty.connection.autocommit = False
    installation.install(empty.connection)
    empty.connection.commit()
    empty.connection.autocommit = True
    return empty


@pytest.fixture
def bare(empty: Historian) -> Historian:
    """A foreign historian with nothing but readings, without qc and meta."""
    empty.run(
        "CREATE TABLE influx_hist (ts timestamptz, tag_name text, value float8, "
        "UNIQUE (ts, tag_name))"
    )
    empty.run("CREATE INDEX ON influx_hist (tag_name, ts DESC)")
    return empty


def rolled(historian: Historian, *names: str) -> None:
    """Give a foreign historian rollups that hold whatever the readings hold."""
    for name in names:
        historian.run(
            f"CREATE TABLE {name} (bucket timestamptz, tag_name text, n bigint, avg float8, "
            "sum float8, min float8, max float8, last float8, first float8, diff float8, "
            "PRIMARY KEY (tag_name, bucket))"
        )
        historian.run(ROLLUP_SQL.format(table=name, width=WIDTHS[name]))


def wave(start: datetime, hours: float, seconds: float, seed: int = 1) -> pd.DataFrame:
    """Return readings at irregular times with a gap, around 100."""
    random = np.random.default_rng(seed)
    count = int(hours * 3_600 / seconds)
    offset = np.sort(random.uniform(0, hours * 3_600, count)).round(3)
    offset = np.unique(offset[(offset < hours * 1_500) | (offset > hours * 1_800)])
    times = pd.DatetimeIndex(pd.Timestamp(start) + pd.to_timedelta(offset, unit="s"))
    return pd.DataFrame({"value": 100 + random.normal(0, 5, len(offset))}, times.as_unit("us"))


def regrouped(readings: pd.DataFrame, token: str, zone: str = ZONE) -> pd.DataFrame:
    """Return the history as pandas computes it from the readings."""
    width = resolution(token)
    buckets = [windows.floor(ts.to_pydatetime(), width, zone) for ts in readings.index]
    groups = readings["value"].groupby(pd.DatetimeIndex(buckets, name="bucket").tz_convert(zone))
    frame = groups.agg(["size", "mean", "sum", "min", "max", "first", "last"])
    return frame.rename(columns={"size": "n", "mean": "avg"})


def same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Assert that a history equals the oracle's."""
    names = ["n", "avg", "sum", "min", "max", "first", "last"]
    pd.testing.assert_frame_equal(
        found[found["n"] > 0][names],
        expected[names],
        check_index_type=False,
        check_dtype=False,
        check_freq=False,
        rtol=1e-12,
    )
    assert found.index.is_monotonic_increasing and found.index.is_unique
    assert found.index.name == "bucket"


def window(hours: float, start: datetime = START) -> tuple[datetime, datetime]:
    """Return bounds that long."""
    return start, start + timedelta(hours=hours)


# ---- history --------------------------------------------------------------------------------

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
        start, stop = windows.snapped(*window(hours), resolution(token), ZONE)
        inside = readings[(readings.index >= start) & (readings.index < stop)]
        same(queries.history("D1", token, start, stop, ZONE), regrouped(inside, token))


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
        found = queries.history("D1", token, start, start + timedelta(days=35), zone)
        same(found, regrouped(readings, token, zone))


def test_days_are_built_from_hours_only_where_the_offset_is_a_whole_number_of_them() -> None:
    rollup_widths, day = (86_400, 3_600, 600, 60), resolution("1d")
    ask: Callable[[str], list[int]] = lambda zone: dividing(  # noqa: E731
        rollup_widths, day, *window(24), zone
    )
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
        start, stop = windows.snapped(*window(48), resolution(token), ZONE)
        same(queries.history("D1", token, start, stop, ZONE), regrouped(whole, token))


def test_every_reading_is_seen_as_it_is_when_asked_raw(own: Historian) -> None:
    readings = own.write(wave(START, 2, 1))
    found = queries.history("D1", "raw", *window(1), ZONE)
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
    found = queries.history("D1", "6h", *window(6), ZONE)
    assert found["avg"].iloc[0] == pytest.approx(120 / 11)


def test_the_first_bucket_starts_before_and_the_last_ends_after_the_window(own: Historian) -> None:
    own.write(wave(START, 5, 30))
    own.refresh()
    start, stop = START + timedelta(minutes=61), START + timedelta(minutes=119)
    found = queries.history("D1", "1h", start, stop, ZONE)
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
        found = queries.history("D1", token, *window(4), ZONE, 0.0, 200.0)
        same(found, regrouped(good, token))
        assert not found["marked"].any()
        extremes = found["bad_value"].dropna()
        assert {9_999.0, -50.0} <= set(extremes)
        assert found["max"].max() < 200
    raw = queries.history("D1", "raw", *window(4), ZONE, 0.0, 200.0)
    assert list(raw.index[raw["bad"] > 0]) == list(bad)
    assert raw.loc[raw["bad"] > 0, "avg"].isna().all()
    np.testing.assert_array_equal(raw.loc[bad, "bad_value"], [9_999.0, math.nan, -50.0, 100.0])


def test_infinity_and_nan_in_foreign_rollups_are_read_again_from_the_readings(
    bare: Historian,
) -> None:
    readings = wave(START, 3, 20)
    bad = readings.index[[100, 101, 300]]
    readings.loc[bad, "value"] = [math.inf, math.nan, -math.inf]
    bare.write(readings)
    rolled(bare, *WIDTHS)
    for token in ("1m", "10m", "1h", "2h"):
        found = queries.history("D1", token, *window(3), ZONE)
        same(found, regrouped(readings.drop(bad), token))
        assert found["bad"].sum() == 3
        assert not found["marked"].any()


def test_a_stored_bucket_whose_readings_are_gone_is_marked_and_kept(bare: Historian) -> None:
    readings = wave(START, 3, 20)
    readings.loc[readings.index[100], "value"] = 9_999.0
    bare.write(readings)
    rolled(bare, *WIDTHS)
    bare.run("DELETE FROM influx_hist")
    found = queries.history("D1", "10m", *window(3), ZONE, 0.0, 200.0)
    marked = found[found["marked"]]
    assert list(marked["max"]) == [9_999.0]
    assert list(marked["bad_value"]) == [9_999.0]
    same(found, regrouped(readings, "10m"))


def test_a_bucket_of_bad_readings_only_has_no_value_but_is_told(own: Historian) -> None:
    times = pd.DatetimeIndex([START, START + timedelta(minutes=5)])
    own.write(pd.DataFrame({"value": [9_999.0, 50.0]}, times))
    own.refresh()
    found = queries.history("D1", "1m", *window(1), ZONE, 0.0, 100.0)
    assert list(found["n"]) == [0, 1]
    assert list(found["bad"]) == [1, 0]
    assert math.isnan(found["avg"].iloc[0])


@pytest.mark.parametrize("behind", [1, 30, 60 * 5, 60 * 26])
def test_a_rollup_that_lags_is_completed_from_the_finer_sources(
    bare: Historian, behind: int
) -> None:
    """Materialised-only aggregates lack their newest part, each its own."""
    now = engine.database_now()
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
            begin, end = windows.snapped(start, stop, resolution(token), ZONE)
            inside = readings[(readings.index >= begin) & (readings.index < end)]
            same(queries.history("D1", token, begin, end, ZONE), regrouped(inside, token))


def test_a_bucket_stored_while_it_was_filling_is_read_anew(bare: Historian) -> None:
    now = engine.database_now()
    hour = now.replace(minute=0, second=0, microsecond=0)
    first = wave(hour - timedelta(hours=5), 5, 60)
    bare.write(first)
    rolled(bare, *WIDTHS)
    bare.write(wave(hour, 0.2, 30, seed=3))
    newest = bare.write(wave(hour - timedelta(minutes=2), 0.01, 7, seed=4))
    found = queries.history("D1", "1h", hour - timedelta(hours=5), now + timedelta(hours=1), ZONE)
    hour_before = pd.Timestamp(hour - timedelta(hours=1))
    inside = pd.concat([first, newest]).sort_index()
    inside = inside[(inside.index >= hour_before) & (inside.index < hour)]
    assert found["n"].loc[hour_before] in (len(inside), len(inside) - len(newest))
    assert pd.Timestamp(hour) in found.index


def test_history_whose_readings_are_gone_still_answers_from_the_rollups(bare: Historian) -> None:
    readings = bare.write(wave(START, 30, 60))
    rolled(bare, *WIDTHS)
    bare.run("DELETE FROM influx_hist")
    bare.run("DELETE FROM influx_agg_1m")
    same(queries.history("D1", "1h", *window(30), ZONE), regrouped(readings, "1h"))


def test_too_many_single_readings_are_refused_with_their_number_and_the_way_out(
    own: Historian,
) -> None:
    own.run(
        "INSERT INTO influx_hist (ts, tag_name, value) SELECT %s + n * interval '10 ms', 'D1', n "
        "FROM generate_series(0, 50000) n",
        (START,),
    )
    with pytest.raises(BadInput, match="50001 single readings.*shorter window or a resolution"):
        queries.history("D1", "raw", *window(1), ZONE)
    stop = START + timedelta(seconds=500)
    assert len(queries.history("D1", "raw", START, stop, ZONE)) == 50_000


def test_too_many_buckets_are_refused_before_the_historian_is_asked(own: Historian) -> None:
    engine.dispose()
    with pytest.raises(BadInput, match="86400 buckets of 1s"):
        queries.history("D1", "1s", *window(24), ZONE)


def test_a_window_without_readings_is_an_empty_frame_of_the_same_shape(own: Historian) -> None:
    for token in ("raw", "30s", "1m", "1d"):
        found = queries.history("nobody", token, *window(1), ZONE)
        assert len(found) == 0
        assert {"n", "avg", "min", "max", "bad", "marked"} <= set(found.columns)
        assert str(found.index.tz) == ZONE
        assert found.attrs["spacing"] is None


def test_the_spacing_of_the_readings_is_told_at_every_resolution(own: Historian) -> None:
    times = pd.date_range(START, periods=2_000, freq="10s")
    own.write(pd.DataFrame({"value": np.arange(2_000.0)}, times))
    own.refresh()
    for token in ("raw", "5s", "1m", "10m", "1h"):
        found = queries.history("D1", token, *window(5), ZONE)
        assert found.attrs["spacing"] == pytest.approx(10)


@pytest.mark.parametrize("tag", NASTY)
def test_a_tag_of_any_name_is_a_tag_like_others(own: Historian, tag: str) -> None:
    readings = own.write(wave(START, 2, 30), tag)
    own.refresh()
    for token in ("30s", "1m", "1h"):
        same(queries.history(tag, token, *window(2), ZONE), regrouped(readings, token))
    assert queries.known(tag)
    assert queries.latest((tag,))["value"].iloc[0] == readings["value"].iloc[-1]


# ---- many tags ------------------------------------------------------------------------------


def test_latest_is_the_newest_reading_of_each_tag_in_the_order_asked(own: Historian) -> None:
    for place, tag in enumerate(["D2", "D1", *NASTY]):
        own.write(wave(START, 1, 30, seed=place), tag)
    own.run("INSERT INTO influx_hist (ts, tag_name, value, qc) VALUES (%s, 'D1', 7, 4)",
            (START + timedelta(hours=9),))  # fmt: skip
    names = ("nobody", *NASTY, "D1", "D2")
    found = queries.latest(names)
    assert list(found.index) == list(names)
    assert found.loc["D1", ["value", "qc"]].tolist() == [7.0, 4]
    assert found.loc["D1", "ts"] == pd.Timestamp(START + timedelta(hours=9))
    assert found["ts"].isna().tolist() == [True] + [False] * 7
    assert not found["clock"].any()
    assert abs(found.attrs["now"] - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_reading_of_the_future_does_not_make_a_dead_tag_look_fresh(own: Historian) -> None:
    own.run(
        "INSERT INTO influx_hist (ts, tag_name, value) VALUES "
        "(now() - interval '1 hour', 'past', 1), (now() + interval '1 hour', 'past', 2), "
        "(now() + interval '1 day', 'never', 3), (now() + interval '3 s', 'soon', 4)"
    )
    found = queries.latest(("past", "never", "soon"))
    assert found["clock"].tolist() == [True, True, False]
    np.testing.assert_array_equal(found["value"], [1.0, math.nan, 4.0])
    assert queries.tail(("past",))["value"].tolist() == [1.0]


def test_no_tags_give_empty_answers(own: Historian) -> None:
    assert len(queries.latest(())) == len(queries.tail(())) == len(queries.sparklines(())) == 0
    assert len(queries.spacings(())) == len(queries.held(())) == 0
    assert queries.latest(()).attrs["now"].tzinfo is not None


def test_the_tail_is_the_newest_readings_of_each_tag_by_time(own: Historian) -> None:
    written = [own.write(wave(START, 1, 30, seed=k), f"D{k}") for k in range(3)]
    found = queries.tail(("D2", "nobody", "D0"), 20)
    assert found["tag"].tolist() == [0] * 20 + [2] * 20
    expected = [*written[2]["value"].iloc[-20:], *written[0]["value"].iloc[-20:]]
    assert found["value"].tolist() == expected
    assert found.groupby("tag")["ts"].is_monotonic_increasing.all()


def test_the_spacing_is_the_median_of_the_last_hundred_readings(own: Historian) -> None:
    times = [START + timedelta(seconds=s) for s in (*range(0, 3_000, 10), *range(3_000, 9_000, 60))]
    own.write(pd.DataFrame({"value": 1.0}, pd.DatetimeIndex(times)))
    own.write(pd.DataFrame({"value": [1.0]}, pd.DatetimeIndex([START])), "once")
    assert queries.spacing("D1") == 60
    assert queries.spacing("D1", START + timedelta(seconds=2_000)) == 10
    assert queries.spacing("once") is None
    np.testing.assert_array_equal(
        queries.spacings(("once", "D1", "nobody")), [math.nan, 60, math.nan]
    )


def test_the_reference_is_the_last_value_that_is_not_bad_within_one_gap(own: Historian) -> None:
    own.run(
        "INSERT INTO influx_qc_rule "
        "(tag_name, min_val, max_val, max_gap_seconds, allow_negative) VALUES "
        "('D1', -50, 100, 60, false), ('D2', NULL, NULL, 60, true)"
    )
    at = START + timedelta(hours=1)

    def before(s: float) -> datetime:
        return at - timedelta(seconds=s)

    rows = [("D1", 1, 500.0), ("D1", 2, math.nan), ("D1", 3, -1.0), ("D1", 30, 42.0)]
    rows += [("D2", 61, 7.0), ("D2", -1, 8.0), ("D3", 29, 9.0)]
    for tag, seconds, value in rows:
        own.run("INSERT INTO influx_hist (ts, tag_name, value) VALUES (%s, %s, %s)",
                (before(seconds), tag, value))  # fmt: skip
    found = queries.reference(("D1", "D2", "D3"), at)
    np.testing.assert_array_equal(found["value"], [42.0, math.nan, 9.0])
    assert found["ts"].iloc[0] == pd.Timestamp(before(30))


@pytest.mark.parametrize("rollup", [True, False])
def test_a_look_back_finds_the_newest_reading_that_decides(own: Historian, rollup: bool) -> None:
    random = np.random.default_rng(5)
    now = engine.database_now()
    times = pd.DatetimeIndex([now - timedelta(minutes=m) for m in range(60 * 20, 0, -1)])
    readings = pd.DataFrame({"value": random.normal(50, 5, len(times)).round(1)}, times)
    own.write(readings)
    own.refresh()
    if not rollup:
        own.run("DROP TABLE influx_agg_1h CASCADE")
    questions = []
    for low, high in ((30, 70), (40, 60), (35, 65), (49.9, 50.1), (0, 100), (38, 68), (34.5, 80)):
        questions.append(("D1", low, high, -math.inf, math.inf))
        questions.append(("D1", low, high, 33.0, 66.0))
    found = queries.held(tuple(questions))
    for (_, low, high, floor, ceiling), answer in zip(questions, found["value"], strict=True):
        value = readings["value"]
        deciding = value[((value < low) | (value >= high)) & (value >= floor) & (value <= ceiling)]
        expected = deciding.iloc[-1] if len(deciding) else math.nan
        np.testing.assert_equal(answer, expected)


def test_a_look_back_goes_thirty_days_by_the_hours_also_where_readings_are_gone(
    own: Historian,
) -> None:
    now = engine.database_now()
    for days, value in ((40, 99.0), (20, 80.0), (10, 50.0), (0.1, 50.0)):
        own.write(pd.DataFrame({"value": [value]}, pd.DatetimeIndex([now - timedelta(days=days)])))
    own.refresh()
    question = ("D1", 40.0, 70.0, -math.inf, math.inf)
    assert queries.held((question,))["value"].tolist() == [80.0]
    own.run("ALTER TABLE influx_hist DISABLE TRIGGER USER")
    own.run("DELETE FROM influx_hist WHERE ts < now() - interval '15 days'")
    cache.forget()
    assert queries.held((question,))["value"].tolist() == [80.0]
    own.run("DELETE FROM influx_agg_1h WHERE bucket < now() - interval '15 days'")
    cache.forget()
    assert queries.held((question,))["value"].isna().tolist() == [True]


def test_sparklines_hold_the_last_hour_by_minute_whether_rolled_up_or_not(own: Historian) -> None:
    now = engine.database_now()
    start = now - timedelta(hours=2)
    written = {tag: own.write(wave(start, 2, 10, seed=k), tag) for k, tag in enumerate("AB")}
    found = {"none": queries.sparklines(("B", "nobody", "A"))}
    own.refresh()
    cache.forget()
    found["all"] = queries.sparklines(("B", "nobody", "A"))
    own.run("DELETE FROM influx_agg_1m WHERE bucket > now() - interval '20 minutes'")
    cache.forget()
    found["behind"] = queries.sparklines(("B", "nobody", "A"))
    own.run("DROP TABLE influx_agg_1m CASCADE")
    cache.forget()
    found["without"] = queries.sparklines(("B", "nobody", "A"))
    for frame in found.values():
        for place, tag in ((0, "B"), (2, "A")):
            mine = frame[frame["tag"] == place].set_index("bucket")
            expected = regrouped(written[tag], "1m", "UTC")
            common = expected.index.intersection(mine.index)
            assert len(common) == len(mine) >= 40
            for name in ("avg", "min", "max"):
                np.testing.assert_allclose(mine.loc[common, name], expected.loc[common, name])
        assert set(frame["tag"]) == {0, 2}


def test_no_reader_of_many_tags_scans_the_readings(own: Historian) -> None:
    own.run(
        "INSERT INTO influx_hist (ts, tag_name, value) SELECT now() - n * interval '10 s', "
        "'T' || k, n FROM generate_series(1, 400) n, generate_series(1, 60) k"
    )
    own.refresh()
    own.run("ANALYZE influx_hist")
    own.run("SELECT pg_stat_reset()")
    names = tuple(f"T{k}" for k in range(1, 61))
    queries.latest(names), queries.tail(names), queries.spacings(names), queries.tags()
    queries.reference(names, datetime.now(UTC)), queries.sparklines(names)
    queries.held(tuple((name, -1.0, 1e9, -math.inf, math.inf) for name in names))
    engine.dispose()
    with own.connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'influx_hist'")
        assert cursor.fetchone() == (0,)


# ---- catalogue, tags, rules -----------------------------------------------------------------


def test_the_catalogue_tells_what_is_there_and_what_is_missing(bare: Historian) -> None:
    rolled(bare, "influx_agg_1h")
    found = queries.catalog()
    assert found.rollups == (3_600,)
    assert not found.flagged
    assert found.timescaledb is None
    assert {"influx_agg_1m", "influx_tag", "features_5m", "influx_qc_rule"} <= set(found.missing)
    assert "influx_hist" not in found.missing


def test_our_own_schema_lacks_nothing_that_is_read(own: Historian) -> None:
    found = queries.catalog()
    assert found.rollups == (86_400, 3_600, 600, 60)
    assert found.flagged
    assert set(found.missing) <= {"tech_ind_1m_mv"}


def test_tags_are_those_described_ruled_or_read(own: Historian) -> None:
    own.run("""INSERT INTO influx_tag (tag_name, tag_type, unit, meta) VALUES
               ('pump', 'digital', '', '{"states": {"0": "off", "1": "on"}, "demo": true}'),
               ('temp', 'analog', '°C', '{"description": "Kiln", "decimals": 2, "group": "K"}'),
               ('odd', NULL, NULL, '{"states": [1], "decimals": "x", "demo": "yes"}'),
               ('list', NULL, NULL, '[1, 2]')""")
    own.run("INSERT INTO influx_qc_rule (tag_name, min_val) VALUES ('ruled', 0)")
    for tag in (*NASTY, "temp"):
        own.run("INSERT INTO influx_hist (ts, tag_name, value) VALUES (now(), %s, 1)", (tag,))
    found = queries.tags()
    assert list(found.index) == sorted([*NASTY, "list", "odd", "pump", "ruled", "temp"])
    assert found.loc["pump", "states"] == {"0": "off", "1": "on"}
    assert found.loc["pump", "demo"] is True
    assert found.loc["temp", ["description", "unit", "decimals", "group"]].tolist() == [
        *("Kiln", "°C", 2, "K"),
    ]
    assert found.loc["odd", ["states", "decimals"]].tolist() == [None, None]
    assert found.loc["odd", "demo"] is False
    assert queries.known("ruled") and not queries.known("nobody")


def test_tags_are_found_in_the_readings_where_nothing_describes_them(bare: Historian) -> None:
    for tag in NASTY:
        bare.write(wave(START, 1, 600), tag)
    assert list(queries.tags().index) == sorted(NASTY)
    assert queries.rules() == {}


@pytest.mark.parametrize("words", ["warn crit", "warning critical"])
def test_rules_are_read_in_both_spellings(bare: Historian, words: str) -> None:
    warn, crit = words.split()
    bare.run(
        f"CREATE TABLE influx_qc_rule (tag_name text, min_val float8, max_val float8, "
        f"{warn}_min float8, {warn}_max float8, {crit}_min float8, {crit}_max float8)"
    )
    bare.run(
        "INSERT INTO influx_qc_rule VALUES ('D1', 0, 100, 20, 80, 10, 90), ('', 1, 2, 3, 4, 5, 6)"
    )
    rule = queries.rules()["D1"]
    assert (rule.warn_min, rule.warn_max, rule.crit_min, rule.crit_max) == (20, 80, 10, 90)
    assert list(queries.rules()) == ["D1"]


def test_a_historian_without_readings_names_what_it_lacks(empty: Historian) -> None:
    for ask in (queries.tags, lambda: queries.latest(("a",)), lambda: queries.history(
        "a", "1h", *window(1), ZONE
    )):  # fmt: skip
        with pytest.raises(HistorianUnavailable, match="influx_hist") as failure:
            ask()
        assert failure.value.key == "historian_missing"


def test_a_rollup_that_goes_away_later_is_done_without_at_once(own: Historian) -> None:
    readings = own.write(wave(START, 3, 30))
    own.refresh()
    same(queries.history("D1", "1h", *window(3), ZONE), regrouped(readings, "1h"))
    own.run("DROP TABLE influx_agg_1h CASCADE")
    stop = START + timedelta(hours=2)
    inside = readings[readings.index < stop]
    same(queries.history("D1", "1h", START, stop, ZONE), regrouped(inside, "1h"))


def test_a_relation_that_may_not_be_read_is_as_missing(bare: Historian) -> None:
    rolled(bare, "influx_agg_1h")
    role = f"reader_{bare.connection.info.dbname}"
    bare.run(f"CREATE ROLE {role} LOGIN; GRANT SELECT ON influx_hist TO {role}")
    engine.connect(f"{bare.dsn} options='-c role={role}'")
    assert queries.catalog().rollups == ()
    bare.write(wave(START, 1, 60))
    assert queries.history("D1", "1h", *window(1), ZONE)["n"].sum() > 0


# ---- features and indicators ----------------------------------------------------------------


@pytest.mark.parametrize("stored", [True, False])
def test_features_are_mean_deviation_and_percentiles_of_five_minutes(
    own: Historian, stored: bool
) -> None:
    readings = own.write(wave(START, 2, 7))
    if not stored:
        own.run("DROP VIEW features_5m")
    found = queries.features("D1", *window(2), ZONE)
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
    found = queries.indicators("D1", "1m", start, stop, ZONE)
    mean = queries.history("D1", "1m", START, stop, ZONE)["avg"]
    assert list(found.index) == list(pd.date_range(start, stop, freq="1min", inclusive="left"))
    np.testing.assert_allclose(found["sma_10"], mean.rolling(10).mean()[start:][: len(found)])
    np.testing.assert_allclose(found["sma_60"], mean.rolling(60).mean()[start:][: len(found)])
    band = 2 * mean.rolling(20).std(ddof=0)
    middle = mean.rolling(20).mean()
    np.testing.assert_allclose(found["upper"], (middle + band)[start:][: len(found)])
    assert found["slope"].notna().all()
    assert found.attrs["source"].startswith("influx_agg_1m")


def test_indicators_break_where_buckets_are_missing(own: Historian) -> None:
    times = pd.date_range(START, periods=600, freq="1min")
    kept = times[(times < times[200]) | (times >= times[260])]
    own.write(pd.DataFrame({"value": 1.0}, kept))
    own.refresh()
    found = queries.indicators("D1", "1m", times[0], times[599], ZONE)
    assert len(found) == 599
    there = found["sma_10"].notna().to_numpy()
    expected = np.ones(599, bool)  # 8 of 10 buckets must have data
    expected[:7] = expected[202:267] = False
    np.testing.assert_array_equal(there, expected)


def test_indicators_choose_their_widths_and_refuse_single_readings(own: Historian) -> None:
    own.write(wave(START, 12, 60))
    own.refresh()
    widths = queries.Widths(sma=(5,), ema=(12,), bands=0, slope=0)
    found = queries.indicators("D1", "10m", *window(12), ZONE, widths)
    assert {"sma_5", "ema_12"} <= set(found) and not {"middle", "slope"} & set(found)
    with pytest.raises(BadInput):
        queries.indicators("D1", "raw", *window(12), ZONE)


@pytest.mark.parametrize("token", ["1d", "1w"])
def test_indicators_of_days_lie_on_the_days_of_the_site(own: Historian, token: str) -> None:
    own.write(wave(START - timedelta(days=60), 24 * 90, 3_600))
    own.refresh()
    widths = queries.Widths(sma=(2,), bands=2, slope=2)
    found = queries.indicators("D1", token, *window(24 * 28), "America/New_York", widths)
    local = found.index
    assert (local.hour == 0).all()
    assert len(found) in (29, 5)
    assert found["sma_2"].notna().any()


# ---- the historian goes away ----------------------------------------------------------------


def test_the_last_values_stay_with_their_age_while_the_historian_is_away(own: Historian) -> None:
    own.write(wave(START, 1, 60))
    names = ("D1",)
    good = queries.latest.answer(names)
    assert good.error is None
    own.run("ALTER TABLE influx_hist RENAME TO hidden")
    with contextlib.suppress(HistorianUnavailable):
        queries.latest.function(names)
    time.sleep(queries.LATEST_S)
    old = queries.latest.answer(names)
    assert old.error is not None and old.error.key == "historian_missing"
    assert old.as_of == good.as_of
    assert old.value["value"].tolist() == good.value["value"].tolist()
    own.run("ALTER TABLE hidden RENAME TO influx_hist")
    time.sleep(cache.FAILURE_S)
    assert queries.latest.answer(names).error is None


SHARED = Path(__file__).parents[2] / "shared" / "data"


@pytest.mark.skipif(not SHARED.exists(), reason="the shared data sets are not here")
def test_a_real_data_set_is_read_as_duckdb_reads_it(own: Historian) -> None:
    import duckdb

    from data import ingest

    own.connection.autocommit = False
    path = SHARED / "ett_hourly.csv.gz"
    ingest.load(own.connection, path, zone="UTC")
    own.connection.commit()
    own.refresh()
    tag = queries.tags().index[0]
    own.connection.autocommit = True
    with own.connection.cursor() as cursor:
        cursor.execute("SELECT ts, value FROM influx_hist WHERE tag_name = %s ORDER BY ts", (tag,))
        rows = pd.DataFrame(cursor.fetchall(), columns=["ts", "value"])
    start, stop = rows["ts"].iloc[0].to_pydatetime(), rows["ts"].iloc[-1].to_pydatetime()
    found = queries.history(tag, "1w", start, stop, "UTC")
    relation = duckdb.sql(
        "SELECT date_trunc('week', ts AT TIME ZONE 'UTC') AS bucket, count(*) AS n, "
        "avg(value) AS avg, min(value) AS min, max(value) AS max FROM rows GROUP BY 1 ORDER BY 1"
    ).df()
    assert found["n"].tolist() == relation["n"].tolist()
    for name in ("avg", "min", "max"):
        np.testing.assert_allclose(found[name], relation[name])
