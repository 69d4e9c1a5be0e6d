"""Readers of many tags, of the catalogue, and what they answer while the historian is away."""

import contextlib
import math
import sys
import time
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from data import queries
from data.analysis.checks import UNCHECKED
from data.analysis.spikes import LOOK_BACK
from data.db import cache, pool
from data.errors import HistorianUnavailable
from data.queries.latest import LATEST_S
from data.queries.tick.search import _again_s
from tests.support.historians import (
    NASTY,
    START,
    TIMESCALE,
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
    assert len(queries.spacings(())) == len(queries.deciding_readings(())) == 0
    assert queries.latest(()).attrs["now"].tzinfo is not None


def test_the_tail_is_the_newest_readings_of_each_tag_by_time(own: Historian) -> None:
    written = [own.write(wave(START, 1, 30, seed=k), f"D{k}") for k in range(3)]
    found = queries.tail(("D2", "nobody", "D0"), 20)
    assert found["tag"].tolist() == [0] * 20 + [2] * 20
    expected = [*written[2]["value"].iloc[-20:], *written[0]["value"].iloc[-20:]]
    assert found["value"].tolist() == expected
    assert found.groupby("tag")["ts"].is_monotonic_increasing.all()


def test_the_readings_to_judge_by_are_the_newest_that_are_not_bad(own: Historian) -> None:
    own.run(
        "INSERT INTO influx_qc_rule (tag_name, min_val, max_val, allow_negative) VALUES "
        "('D1', -50, 100, false), ('D2', NULL, 100, true), ('dead', 0, 10, true)"
    )
    times = [START + timedelta(seconds=5 * k) for k in range(900)]
    bad = [500.0, math.nan, -1.0, 1.7e308, math.inf]
    values = [50.0 + k % 7 if k % 2 else bad[k // 2 % 5] for k in range(900)]
    frame = pd.DataFrame({"value": values}, pd.DatetimeIndex(times))
    for tag in ("D1", "D2", "D3", "dead"):
        own.write(frame, tag)
    found = queries.recent(("D1", "nobody", "D3", "D2", "dead"), 3600.0).trusted
    value, at = frame["value"], found.groupby("tag")["ts"]
    sane = value[value.abs() < 1e140]
    expected = {0: sane[sane.between(0, 100)], 2: sane, 3: sane[sane <= 100]}
    assert set(found["tag"]) == set(expected), "a tag that is always BAD has none"
    for place, kept in expected.items():
        mine = found[found["tag"] == place]
        assert mine["value"].tolist() == kept.iloc[-61:].tolist()
        assert mine["ts"].tolist() == kept.index[-61:].tolist()
    assert at.is_monotonic_increasing.all()


def test_readings_to_judge_by_are_not_sought_without_end(own: Historian) -> None:
    own.run("INSERT INTO influx_qc_rule (tag_name, max_val) VALUES ('D1', 10)")
    times = pd.DatetimeIndex([START + timedelta(seconds=k) for k in range(LOOK_BACK + 50)])
    own.write(pd.DataFrame({"value": [5.0] * 100 + [50.0] * (LOOK_BACK - 50)}, times))
    assert len(queries.recent(("D1",), 3600.0).trusted) == 51


def test_a_reading_that_came_late_counts_within_a_minute_where_few_are_trusted(
    own: Historian, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind the newest of a tag with less than 61 readings to judge by, as of one that is BAD."""
    now = pool.database_now()
    times = pd.DatetimeIndex([now - timedelta(minutes=m) for m in (9, 8, 7, 2, 1)])
    own.write(pd.DataFrame({"value": 1.0}, times))
    names = tuple(queries.tags())
    assert len(queries.recent.function(names, 3600.0).trusted) == 5
    own.write(pd.DataFrame({"value": [7.0]}, pd.DatetimeIndex([now - timedelta(minutes=5)])))
    clock = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: clock() + 61)
    assert queries.recent.function(names, 3600.0).trusted["value"].tolist() == [1, 1, 1, 7, 1, 1]


def test_look_backs_of_many_tags_start_anew_less_often() -> None:
    """Each reads 5,001 rows of a tag: a hundred tags a minute, whatever their number."""
    assert [_again_s(count) for count in (0, 100, 500, 1_000, 9_000)] == [
        60, 60, 300, 600, 600
    ]  # fmt: skip


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
    at = pool.database_now() - timedelta(hours=1)

    def before(s: float) -> datetime:
        return at - timedelta(seconds=s)

    rows = [("D1", 1, 500.0), ("D1", 2, math.nan), ("D1", 3, -1.0), ("D1", 20, 42.0)]
    rows += [("D2", 61, 7.0), ("D2", -900, 8.0), ("D3", 3, 9.0), ("D3", 5, 6.0)]
    for tag, seconds, value in rows:
        own.run("INSERT INTO influx_hist (ts, tag_name, value) VALUES (%s, %s, %s)",
                (before(seconds), tag, value))  # fmt: skip
    found = queries.recent(("D1", "D2", "D3"), 3600.0).reference.sort_values("tag")
    assert found["tag"].tolist() == [0, 2]
    assert found["value"].tolist() == [42.0, 9.0]
    assert found["ts"].iloc[0] == pd.Timestamp(before(20))


def test_the_recent_readings_are_the_latest_those_to_judge_by_and_the_clock(own: Historian) -> None:
    own.run(
        "INSERT INTO influx_hist (ts, tag_name, value) VALUES "
        "(now() - interval '9 s', 'old', 3), (now() + interval '1 hour', 'ahead', 9), "
        "(now() - interval '8 s', 'ahead', 2), (now() - interval '2 s', 'bad', 'NaN')"
    )
    names = ("bad", "ahead", "nobody", "old")
    latest, trusted, reference = queries.recent(names, 3600.0)
    pd.testing.assert_frame_equal(latest, queries.latest(names))
    assert abs(latest.attrs["now"] - pool.database_now()) < timedelta(minutes=1)
    assert trusted["value"].tolist() == [2.0, 3.0]
    assert trusted["tag"].tolist() == [1, 3]
    assert reference.empty
    assert queries.recent((), 3600.0).latest.attrs["now"].tzinfo is not None


@pytest.mark.parametrize("rollup", [True, False])
def test_a_look_back_finds_the_newest_reading_that_decides(own: Historian, rollup: bool) -> None:
    random = np.random.default_rng(5)
    now = pool.database_now()
    times = pd.DatetimeIndex([now - timedelta(minutes=m) for m in range(60 * 20, 0, -1)])
    readings = pd.DataFrame({"value": random.normal(50, 5, len(times)).round(1)}, times)
    own.write(readings)
    own.refresh()
    if not rollup:
        own.drop("influx_agg_1h")
    questions = []
    for low, high in ((30, 70), (40, 60), (35, 65), (49.9, 50.1), (0, 100), (38, 68), (34.5, 80)):
        questions.append(("D1", low, high, -math.inf, math.inf, 1.0))
        questions.append(("D1", low, high, 33.0, 66.0, -1.0))
    found = queries.deciding_readings(tuple(questions))
    for (_, low, high, floor, ceiling, _), answer in zip(questions, found["value"], strict=True):
        value = readings["value"]
        deciding = value[((value < low) | (value >= high)) & (value >= floor) & (value <= ceiling)]
        expected = deciding.iloc[-1] if len(deciding) else math.nan
        np.testing.assert_equal(answer, expected)


def test_a_look_back_goes_thirty_days_by_the_hours_also_where_readings_are_gone(
    own: Historian,
) -> None:
    now = pool.database_now()
    for days, value in ((40, 99.0), (20, 80.0), (10, 50.0), (0.1, 50.0)):
        own.write(pd.DataFrame({"value": [value]}, pd.DatetimeIndex([now - timedelta(days=days)])))
    own.refresh()
    question = ("D1", 40.0, 70.0, -math.inf, math.inf, 1.0)
    assert queries.deciding_readings((question,))["value"].tolist() == [80.0]
    own.run("ALTER TABLE influx_hist DISABLE TRIGGER USER")
    own.run("DELETE FROM influx_hist WHERE ts < now() - interval '15 days'")
    cache.forget()
    assert queries.deciding_readings((question,))["value"].tolist() == [80.0]
    beside_a_bad_one = ("D1", 90.0, 95.0, 60.0, 100.0, 1.0)
    own.run(f"UPDATE {own.stored('influx_agg_1h')} SET max = 1e150, last = 1e150 WHERE min = 80")
    cache.forget()
    assert queries.deciding_readings((beside_a_bad_one,))["value"].tolist() == [80.0]
    own.run(f"DELETE FROM {own.stored('influx_agg_1h')} WHERE bucket < now() - interval '15 days'")
    cache.forget()
    assert queries.deciding_readings((question,))["value"].isna().tolist() == [True]


def test_of_an_hour_whose_readings_are_gone_what_sets_a_limit_decides_it(own: Historian) -> None:
    """Both extremes decide, the last reading does not: nobody knows which of them was later."""
    now = pool.database_now()
    start = pd.Timestamp(now).floor("h") - pd.Timedelta(days=20)
    minutes = pd.to_timedelta([1, 2, 3], unit="min")
    own.write(pd.DataFrame({"value": [30.0, 80.0, 50.0]}, start + minutes))
    own.write(pd.DataFrame({"value": [50.0]}, pd.DatetimeIndex([now])))
    own.refresh()
    own.run("ALTER TABLE influx_hist DISABLE TRIGGER USER")
    own.run("DELETE FROM influx_hist WHERE ts < now() - interval '15 days'")
    zone = ("D1", 40.0, 70.0, -math.inf, math.inf)
    found = queries.deciding_readings(((*zone, -1.0), (*zone, 1.0)))
    assert found["value"].tolist() == [30.0, 80.0]


@pytest.mark.parametrize("rollup", [True, False])
def test_a_reading_of_absurd_size_does_not_take_everybodys_sparkline(
    own: Historian, rollup: bool
) -> None:
    start = pool.database_now() - timedelta(minutes=30)
    for tag in "AB":
        own.write(wave(start, 0.5, 10), tag)
    own.run("UPDATE influx_hist SET value = 1.7e308 WHERE tag_name = 'A' AND value > 100")
    if not rollup:
        own.drop("influx_agg_1m")
    found = queries.sparklines(("A", "B"))
    assert set(found["tag"]) == {0, 1}
    assert found.loc[found["tag"] == 0, "max"].max() <= 100


def test_a_number_that_is_none_is_no_point_of_a_sparkline_and_marked_in_a_rollup_of_others_too(
    bare: Historian,
) -> None:
    times = pool.database_now().replace(second=0, microsecond=0) - timedelta(minutes=1) * np.arange(
        40, 0, -1
    )
    values = np.where(np.arange(40) == 20, 1e150, 50.0)
    bare.write(pd.DataFrame({"value": values}, pd.DatetimeIndex(times)), "A")
    rolled(bare, "influx_agg_1m")
    found = queries.sparklines(("A",)).sort_values("bucket", ignore_index=True)
    assert found["max"].max() == 50
    assert found["bad"].tolist() == [0] * 20 + [1] + [0] * 19


def test_sparklines_hold_the_last_hour_by_minute_whether_rolled_up_or_not(own: Historian) -> None:
    now = pool.database_now()
    start = now - timedelta(hours=2)
    written = {tag: own.write(wave(start, 2, 10, seed=k), tag) for k, tag in enumerate("AB")}
    found = {"none": queries.sparklines(("B", "nobody", "A"))}
    own.refresh()
    cache.forget()
    found["all"] = queries.sparklines(("B", "nobody", "A"))
    rows = own.stored("influx_agg_1m")
    own.run(f"DELETE FROM {rows} WHERE bucket > now() - interval '20 minutes'")
    cache.forget()
    found["behind"] = queries.sparklines(("B", "nobody", "A"))
    own.drop("influx_agg_1m")
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


@pytest.mark.parametrize("rolled_up", [True, False])
def test_the_minute_of_a_sparkline_that_fills_holds_no_reading_of_the_future(
    own: Historian, monkeypatch: pytest.MonkeyPatch, rolled_up: bool
) -> None:
    now = pool.database_now().replace(second=20, microsecond=0)
    monkeypatch.setattr(sys.modules["data.queries.latest"], "database_now", lambda: now)
    ahead = now + pd.to_timedelta([20, 100, 4_000], "s")
    own.write(wave(now - timedelta(minutes=30), 0.5, 10), "A")
    own.write(pd.DataFrame({"value": 999.0}, ahead), "A")
    if rolled_up:
        own.refresh()
    found = queries.sparklines(("A",))
    assert found["bucket"].max() == found.attrs["newest"] == now.replace(second=0)
    assert found["max"].max() < 200


@pytest.mark.parametrize("rolled_up", [True, False])
def test_sparklines_leave_out_and_count_what_is_bad(own: Historian, rolled_up: bool) -> None:
    start = pool.database_now() - timedelta(minutes=50)
    readings = wave(start, 0.8, 10)
    random = np.random.default_rng(5)
    odd, other = random.random(len(readings)) < 0.1, random.choice([500.0, -1.0], len(readings))
    readings["value"] = np.where(odd, other, readings["value"])
    own.write(readings, "A")
    own.run("INSERT INTO influx_qc_rule (tag_name, min_val, max_val) VALUES ('A', 0, 200)")
    if rolled_up:
        own.refresh()
    found = queries.sparklines(("A",)).set_index("bucket")
    minute = readings.groupby(readings.index.floor("min"))["value"]
    good = readings["value"].where(readings["value"].between(0, 200))
    expected = good.groupby(good.index.floor("min")).agg(["mean", "min", "max", "count"])
    whole = expected.index.intersection(found.index)
    assert len(whole) > 30
    np.testing.assert_allclose(found.loc[whole, "avg"], expected.loc[whole, "mean"])
    for name in ("min", "max"):
        np.testing.assert_array_equal(found.loc[whole, name], expected.loc[whole, name])
    left_out = minute.count() - expected["count"]
    np.testing.assert_array_equal(found.loc[whole, "bad"], left_out[whole])


@pytest.mark.parametrize("rolled_up", [True, False])
def test_a_minute_of_a_sparkline_counts_what_a_rollup_of_our_own_left_out(
    own: Historian, rolled_up: bool
) -> None:
    """The mark of a minute vanished as soon as its rollup was made."""
    minute = pool.database_now().replace(second=0, microsecond=0)
    times = pd.DatetimeIndex(minute - timedelta(minutes=40) + timedelta(seconds=20) * np.arange(90))
    own.write(pd.DataFrame({"value": 50.0}, times), "A")
    flagged = "UPDATE influx_hist SET qc = 1 WHERE tag_name = 'A' AND ts"
    own.run(f"{flagged} = %s", (times[31],))
    own.run(f"{flagged} BETWEEN %s AND %s", (times[45], times[47]))
    own.run("UPDATE influx_hist SET value = 'NaN' WHERE ts = %s", (times[62],))
    if rolled_up:
        own.refresh()
    found = queries.sparklines(("A",))
    expected = {10: 1, 15: 3, 20: 1}
    assert found["bucket"].is_unique and len(found) == 30
    assert found["bad"].tolist() == [expected.get(each, 0) for each in range(30)]
    assert np.flatnonzero(found["avg"].isna()).tolist() == [15], "all of one are left out"
    assert set(found["avg"].dropna()) == {50.0}


def test_no_reader_of_many_tags_scans_the_readings(own: Historian) -> None:
    own.run(
        "INSERT INTO influx_hist (ts, tag_name, value) SELECT now() - n * interval '10 s', "
        "'T' || k, n FROM generate_series(1, 400) n, generate_series(1, 60) k"
    )
    own.refresh()
    own.run("ANALYZE influx_hist")
    # What this session has not reported yet would be counted after the reset, on a slow machine.
    own.run("SELECT pg_stat_force_next_flush()")
    own.run("SELECT pg_stat_reset()")
    names = tuple(f"T{k}" for k in range(1, 61))
    queries.latest(names), queries.tail(names), queries.tags()
    queries.recent(names, 3600.0), queries.sparklines(names), queries.spacings(names)
    queries.day(names)
    queries.deciding_readings(tuple((name, -1.0, 1e9, -math.inf, math.inf, 1.0) for name in names))
    pool.dispose()
    with own.connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'influx_hist'")
        assert cursor.fetchone() == (0,)


# ---- catalogue, tags, rules -----------------------------------------------------------------


@pytest.mark.one_server("a cluster without influx_tag is refused")
def test_the_catalogue_tells_what_is_there_and_what_is_missing(bare: Historian) -> None:
    rolled(bare, "influx_agg_1h")
    found = queries.catalog()
    assert found.rollups == (3_600,)
    assert not found.flagged
    assert (found.timescaledb is None) != bool(TIMESCALE)
    assert {"influx_agg_1m", "influx_tag", "features_5m", "influx_qc_rule"} <= set(found.missing)
    assert "influx_hist" not in found.missing


def test_our_own_schema_lacks_nothing_that_is_read(own: Historian) -> None:
    found = queries.catalog()
    assert found.rollups == (86_400, 3_600, 600, 60)
    assert found.flagged
    assert set(found.missing) <= {"tech_ind_1m_mv"}


@pytest.mark.one_server("its tags are those of influx_tag alone")
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
    assert list(found) == sorted([*NASTY, "list", "odd", "pump", "ruled", "temp"])
    assert found["pump"].states == {"0": "off", "1": "on"}
    assert found["pump"].demo is True
    temp = found["temp"]
    assert (temp.description, temp.unit, temp.decimals, temp.group) == ("Kiln", "°C", 2, "K")
    assert (found["odd"].states, found["odd"].decimals, found["odd"].demo) == (None, None, False)
    assert (found["ruled"].checks.low, found["temp"].checks) == (0, UNCHECKED)
    assert "ruled" in queries.tags() and "nobody" not in queries.tags()


def test_tags_are_found_in_the_readings_where_nothing_describes_them(bare: Historian) -> None:
    for tag in NASTY:
        bare.write(wave(START, 1, 600), tag)
    assert list(queries.tags()) == sorted(NASTY)
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
        asked("a", "1h", *window(1), ZONE)
    )):  # fmt: skip
        with pytest.raises(HistorianUnavailable, match="influx_hist") as failure:
            ask()
        assert failure.value.key == "historian_no_readings"


def test_a_rollup_that_goes_away_later_is_done_without_at_once(own: Historian) -> None:
    readings = own.write(wave(START, 3, 30))
    own.refresh()
    same(queries.history(asked("D1", "1h", *window(3), ZONE)), regrouped(readings, "1h"))
    own.drop("influx_agg_1h")
    stop = START + timedelta(hours=2)
    inside = readings[readings.index < stop]
    same(queries.history(asked("D1", "1h", START, stop, ZONE)), regrouped(inside, "1h"))


def test_a_relation_that_may_not_be_read_is_as_missing(bare: Historian) -> None:
    rolled(bare, "influx_agg_1h")
    role = f"reader_{bare.connection.info.dbname}"
    bare.run(f"CREATE ROLE {role} LOGIN; GRANT SELECT ON influx_hist TO {role}")
    pool.connect(f"{bare.dsn} options='-c role={role}'")
    assert queries.catalog().rollups == ()
    bare.write(wave(START, 1, 60))
    assert queries.history(asked("D1", "1h", *window(1), ZONE))["n"].sum() > 0


# ---- the historian goes away ----------------------------------------------------------------


def test_the_last_values_stay_with_their_age_while_the_historian_is_away(own: Historian) -> None:
    own.write(wave(START, 1, 60))
    names = ("D1",)
    good = queries.latest.answer(names)
    assert good.error is None
    own.run("ALTER TABLE influx_hist RENAME TO hidden")
    with contextlib.suppress(HistorianUnavailable):
        queries.latest.function(names)
    time.sleep(LATEST_S)
    old = queries.latest.answer(names)
    assert old.error is not None and old.error.key == "historian_no_readings"
    assert old.as_of == good.as_of
    assert old.value["value"].tolist() == good.value["value"].tolist()
    own.run("ALTER TABLE hidden RENAME TO influx_hist")
    time.sleep(cache.FAILURE_S)
    assert queries.latest.answer(names).error is None
