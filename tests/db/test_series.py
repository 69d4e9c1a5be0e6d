"""What a view shows of a real historian, reading for reading."""

import base64
import sys
import threading
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import flask
import numpy as np
import pandas as pd
import psycopg2
import pytest
from psycopg2.extras import Json, execute_values

from api.csv_rows import TECH, document
from components.charts import lines
from components.tables import block
from data import queries
from data.buckets import resolution
from data.db import cache, lanes, pool
from data.db.pool import meanwhile, reading
from data.errors import BadInput, HistorianUnavailable
from data.queries import readings
from data.store import install
from data.views import (
    BUCKET_COLUMNS,
    INDICATOR_COLUMNS,
    INDICATORS,
    cells,
    columns,
    every_history,
    histories,
    indicator_series,
    rows,
)
from data.views.view import View
from figures.tech import Label, indicators_figure
from figures.template import Canvas
from tests.support.historians import spread

pytestmark = pytest.mark.db
ZONE = "Asia/Seoul"
START = datetime(2026, 3, 1, tzinfo=UTC)
STOP = START + timedelta(hours=2)
ODD = '=1+1 <b>"가나/다"'


def values() -> pd.Series:
    """Return two hours of readings every 10 s with a hole of 20 minutes and a false 900."""
    times = pd.date_range(START, STOP, freq="10s", inclusive="left")
    series = pd.Series(100 + np.sin(np.arange(len(times)) / 50), index=times)
    series.iloc[30] = 900.0
    hole = (times >= START + timedelta(minutes=40)) & (times < START + timedelta(minutes=60))
    return series[~hole]


def judged() -> list[tuple[datetime, str, float]]:
    """Return two hours of tags that jump at whole minutes, stick for ten, or miss 50 s each 60."""
    noise = np.random.default_rng(5).normal(0, 0.5, 720).tolist()
    found = []
    for k in range(720):
        ts = START + timedelta(seconds=10 * k)
        jumps = 100 + 20.0 * (k // 6 % 5 == 0) + noise[k]
        found.append((ts, "steps", 999.0 if k % 30 == 29 else jumps))
        found.append((ts, "spikes", 100 + noise[k] + 10.0 * (k % 12 == 0)))
        found.append((ts, "stuck", 100.0 if k // 60 % 3 == 1 else 100 + noise[k]))
        if k < 360 or k % 6 == 0:
            found.append((ts, "loose", jumps))
    return found


@pytest.fixture(scope="module")
def historian(module_database):
    """A historian with one value, one state, one of an odd name and one without readings."""
    series = values()
    found = [(ts.to_pydatetime(), "A", float(v)) for ts, v in series.items()]
    found += [(ts, "P", float(i % 360 > 180)) for i, (ts, _tag, _v) in enumerate(found)]
    found += [(START + timedelta(minutes=m), ODD, m) for m in range(100)]
    found += judged()
    with closing(psycopg2.connect(module_database)) as connection:
        install.install(connection)
        with connection.cursor() as cursor:
            execute_values(cursor, "INSERT INTO influx_hist (ts, tag_name, value) VALUES %s", found)
            cursor.execute(
                "INSERT INTO influx_qc_rule (tag_name, min_val, max_val, warn_max, crit_max,"
                " max_gap_seconds) VALUES ('A', 0, 200, 150, 180, 60), ('silent', 0, 1, 1, 1, 60)"
            )
            cursor.execute(
                "INSERT INTO influx_qc_rule (tag_name, min_val, max_val, max_step, spike_zscore,"
                " max_gap_seconds, meta) VALUES ('steps', 0, 200, 5, NULL, 60, '{}'),"
                " ('spikes', 0, 200, NULL, 6, 60, '{}'),"
                " ('stuck', 0, 200, NULL, NULL, 60, '{\"flat_seconds\": 300}'),"
                " ('loose', 0, 200, 5, NULL, NULL, '{}')"
            )
            cursor.execute(
                "INSERT INTO influx_hist (ts, tag_name, value, qc) VALUES (%s, 'F', 7, 1)", [START]
            )
            cursor.execute(
                "INSERT INTO influx_tag (tag_id, tag_name, tag_type, unit, meta)"
                " VALUES (1, 'A', 'analog', 'bar', %s), (2, 'P', 'digital', '', %s)",
                [Json({"description": "Pressure"}), Json({"states": {"0": "off", "1": "on"}})],
            )
        connection.commit()
    spread(module_database)
    pool.connect(module_database)
    cache.configure(flask.Flask("test"))
    cache.forget()
    yield module_database
    cache.forget()


def seen(*tags: str, **others: object) -> View:
    """Return a view of the two hours, 1,000 pixels wide."""
    now = START + timedelta(days=1)
    asked = {"start": START, "stop": STOP, "now": now, "zone": ZONE, "live": False, **others}
    return View(tags=tags, pixels=1000, **asked)


def test_a_window_narrow_enough_shows_every_reading(historian):
    found, unknown = histories(seen("A"))
    assert unknown == []
    assert found[0].resolution == "raw"
    assert found[0].readings == len(values())


def test_the_false_reading_is_a_mark_and_not_in_the_line(historian):
    item = histories(seen("A"))[0][0]
    assert list(item.bad["bad_value"]) == [900.0]
    assert item.with_breaks["avg"].max() < 200


def test_the_hole_is_one_gap_and_one_break(historian):
    item = histories(seen("A"))[0][0]
    assert list(item.gaps.frame["seconds"]) == [1210.0]
    assert item.with_breaks["n"].isna().sum() == 1


def test_coverage_is_what_is_there_of_what_could_be(historian):
    item = histories(seen("A"))[0][0]
    assert item.coverage == pytest.approx(len(values()) / 720)


def test_buckets_tell_their_extremes_and_say_where_they_come_from(historian):
    item = histories(seen("A", resolution=resolution("10m")))[0][0]
    series = values()
    good = series[series <= 200]
    pd.testing.assert_series_equal(
        item.frame["max"].dropna(),
        good.groupby(good.index.floor("10min")).max().tz_convert(ZONE),
        check_names=False,
        check_freq=False,
        check_index_type=False,
    )
    assert item.source


def test_a_state_has_words_and_a_described_tag_its_unit(historian):
    value, state = histories(seen("A", "P"))[0]
    assert state.tag.states == {"0": "off", "1": "on"}
    assert (value.tag.unit, value.tag.description) == ("bar", "Pressure")


def test_limits_come_from_the_rule(historian):
    limits = histories(seen("A"))[0][0].tag.checks.limits
    assert (limits.hi, limits.hi_hi) == (150, 180)


def test_an_odd_name_is_a_tag_like_any_other(historian):
    found, unknown = histories(seen(ODD))
    assert unknown == []
    assert found[0].readings == 100


def test_unknown_tags_are_refused_one_by_one_and_the_others_shown(historian):
    found, unknown = histories(seen("A", "nope", "'; drop table influx_hist"))
    assert [item.tag.name for item in found] == ["A"]
    assert [refusal.values["tag"] for refusal in unknown] == ["nope", "'; drop table influx_hist"]
    with pytest.raises(BadInput):
        every_history(seen("A", "nope"))


@pytest.mark.one_server("a tag of a rule alone is not shown")
def test_a_known_tag_without_readings_is_empty_and_not_an_error(historian):
    item = histories(seen("silent"))[0][0]
    assert item.frame.empty
    assert item.readings == 0
    assert item.with_breaks.empty


def test_rows_are_newest_first_and_numbered_and_hold_every_bucket_drawn(historian):
    found = histories(seen("A", "P", resolution=resolution("10m")))[0]
    table = rows(found, seen("A").now)
    assert list(table["no"]) == list(range(1, len(table) + 1))
    assert table["time"].is_monotonic_decreasing
    assert len(table) == sum(len(item.frame) for item in found)
    assert list(table["tag"].iloc[:2]) == ["A", "P"]


def test_rows_say_their_quality(historian):
    table = rows(histories(seen("A"))[0], seen("A").now)
    assert (table["quality"] == "BAD").sum() == 1
    bucketed = rows(histories(seen("A", resolution=resolution("10m")))[0], seen("A").now)
    assert (bucketed["quality"] == "SUSPECT").sum() == 1


def test_the_row_of_a_bucket_that_still_fills_says_so(historian):
    now = STOP - timedelta(minutes=5)
    found = histories(seen("A", resolution=resolution("10m"), now=now))[0]
    table = rows(found, now)
    assert list(table["filling"]) == [True] + [False] * (len(table) - 1)


def test_a_bad_reading_stands_in_its_row_as_it_was_read(historian):
    table = rows(histories(seen("A"))[0], seen("A").now)
    row = table[table["quality"] == "BAD"].iloc[0]
    assert list(row[["avg", "min", "max", "last", "first"]]) == [900.0] * 5
    assert (row["n"], row["bad"], row["bad_value"], row["unit"]) == (0, 1, 900.0, "bar")


def test_a_flagged_reading_stands_in_its_row_and_is_bad(historian):
    flagged = seen("F", stop=START + timedelta(minutes=10))
    row = rows(histories(flagged)[0], flagged.now).iloc[0]
    assert (row["last"], row["quality"], row["reasons"]) == (7.0, "BAD", "source")
    assert flagged and list(histories(flagged)[0][0].bad["bad_value"]) == [7.0]


def test_a_bucket_of_flagged_readings_is_as_bad_as_they_are(historian):
    flagged = seen("F", resolution=resolution("10m"))
    row = rows(histories(flagged)[0], flagged.now).iloc[0]
    assert (row["quality"], row["reasons"], row["n"], row["bad"]) == ("BAD", "source", 0, 1)


def test_a_bucket_says_how_many_readings_were_left_out_of_it(historian):
    table = rows(histories(seen("A", resolution=resolution("10m")))[0], seen("A").now)
    assert list(table.loc[table["bad"] > 0, "bad_value"]) == [900.0]
    assert table["bad"].sum() == 1


@pytest.mark.parametrize("tag", ["steps", "spikes", "stuck", "loose"])
@pytest.mark.parametrize("minutes", [1, 2, 7, 25])
def test_a_reading_has_one_quality_in_every_window(historian, tag, minutes):
    """Each test compares with readings before it, which may lie before the window."""
    whole = rows(histories(seen(tag))[0], STOP).set_index("time")["quality"]
    found = []
    for k in range(0, 120, minutes):
        start = START + timedelta(minutes=k)
        part = seen(tag, start=start, stop=min(start + timedelta(minutes=minutes), STOP))
        found.append(rows(histories(part)[0], STOP).set_index("time")["quality"])
    assert {"GOOD", "SUSPECT"} <= set(whole)
    pd.testing.assert_series_equal(pd.concat(found).sort_index(), whole.sort_index())


def test_no_tag_is_no_row(historian):
    assert rows([], START).empty


def test_more_readings_than_may_be_shown_singly_are_grouped(historian, monkeypatch):
    monkeypatch.setattr(sys.modules["data.queries.history"], "MAX_READINGS", 100)
    cache.forget()
    item = histories(seen("A"))[0][0]
    assert item.resolution == "5s"
    assert item.readings == len(values())


def test_indicators_have_a_row_for_every_bucket_and_equal_pandas(historian):
    item = indicator_series(seen("A", resolution=resolution("1m")))
    assert len(item.frame) == 120
    series = values()
    means = series[series <= 200].resample("1min").mean()
    oracle = means.rolling(10, min_periods=8).mean()
    there = item.frame["sma_10"].notna().to_numpy()
    assert there.sum() > 80
    found = item.frame["sma_10"].to_numpy()
    np.testing.assert_allclose(found[there], oracle.reindex(item.frame.index)[there], rtol=1e-12)


def test_indicators_do_not_exist_inside_a_gap(historian):
    item = indicator_series(seen("A", resolution=resolution("1m")))
    middle = START + timedelta(minutes=55)
    assert np.isnan(item.frame.loc[pd.Timestamp(middle), ["sma_10", "upper", "slope"]]).all()


def test_the_first_indicator_is_as_right_as_the_last(historian):
    """Cutting the window must not change what stands at its left edge."""
    whole = indicator_series(seen("A", resolution=resolution("1m"))).frame
    late = START + timedelta(minutes=100)
    part = indicator_series(seen("A", resolution=resolution("1m"), start=late)).frame
    np.testing.assert_allclose(part["sma_10"], whole.loc[part.index, "sma_10"], rtol=1e-12)


def drawn(item):
    """Return, point by point, what the tech chart draws of a tag: column -> {time: value}."""
    labels = dict.fromkeys(INDICATORS, Label("x", "x", "x", "x"))
    canvas = Canvas(START, STOP, STOP, timedelta(), "light", "r", {})
    (line,) = lines([item], [item.tag.name])
    figure = indicators_figure(line, item.frame, labels, canvas, INDICATORS)
    points = {}
    for trace in figure["data"]:
        y = np.asarray(trace["y"] if not isinstance(trace["y"], dict) else _array(trace["y"]))
        if trace["meta"].get("part") in (None, "gap", "bad", "min", "max"):
            continue
        first = pd.Timestamp(trace["x0"] if "x0" in trace else trace["x"][0])
        if "x0" in trace:
            times = [first + k * pd.Timedelta(trace["dx"], "ms") for k in range(len(y))]
        else:
            times = [pd.Timestamp(x) for x in trace["x"]]
        for moment, value in zip(times, y, strict=True):
            if not np.isnan(value):
                points.setdefault(moment.tz_localize("UTC"), []).append(float(value))
    return points


def _array(packed):
    return np.frombuffer(base64.b64decode(packed["bdata"]), dtype=packed["dtype"])


def test_table_and_file_hold_every_point_that_the_chart_of_indicators_draws(historian):
    """Also at empty buckets: a band of 20 exists with up to 4 of them, a mean of 10 with 2."""
    item = indicator_series(seen("A", resolution=resolution("1m")))
    table = rows([item], seen("A").now, INDICATOR_COLUMNS)
    assert len(table) == 104
    assert table["n"].eq(0).sum() == 4
    assert {"sma_10", "sma_60", "ema_20", "lower", "upper", "sigma", "slope", "r2"} <= set(
        table.columns
    )
    numbers = table.set_index("time")[[name for name in INDICATOR_COLUMNS if name != "n"]]
    points = drawn(item)
    assert sum(map(len, points.values())) > 300
    for moment, values in points.items():
        row = numbers.loc[moment].dropna().tolist()
        assert all(any(np.isclose(value, cell) for cell in row) for value in values), moment
    text = document(table, TECH)
    assert len(text.split(b"\r\n")) == 1 + 104 + 1


def test_pixels_choose_a_width_that_the_readings_fill(historian):
    assert indicator_series(seen("A")).seconds >= 10


@pytest.mark.parametrize("tags", [(), ("nope",)])
def test_indicators_of_no_tag_are_refused(historian, tags):
    with pytest.raises(BadInput):
        indicator_series(seen(*tags))


def test_an_answer_that_cannot_be_renewed_keeps_its_time_and_says_why(historian, monkeypatch):
    monkeypatch.setattr(queries.history, "seconds", 0)
    cache.forget()
    fresh = histories(seen("A"))[0][0]
    monkeypatch.setattr(sys.modules["data.queries.history"], "read_columns", _refuse)
    later, wall, steady = 1_000, time.time, time.monotonic
    monkeypatch.setattr(time, "time", lambda: wall() + later)
    monkeypatch.setattr(time, "monotonic", lambda: steady() + later)
    view = seen("A")
    kept = histories(replace(view, now=view.now + timedelta(seconds=later)))[0][0]
    assert fresh.error is None
    assert kept.error is not None
    assert abs(kept.as_of - fresh.as_of) < timedelta(seconds=later / 2)
    assert kept.readings == fresh.readings


def test_many_windows_at_once_are_all_answered(historian):
    """Each waits for answers of the historian and for its turn to compute, and holds nothing."""
    cache.forget()
    lanes.allow(10)
    told: list[int] = []

    def ask(minutes: int) -> None:
        lanes.begin()
        later = STOP - timedelta(minutes=minutes)
        told.append(len(histories(replace(seen("A", stop=later), pixels=200))[0][0].gaps))
        lanes.end()

    asking = [threading.Thread(target=ask, args=(k,), daemon=True) for k in range(8)]
    for each in asking:
        each.start()
    asking[0].join(30)
    for each in asking[1:]:
        each.join(5)
    lanes._places.free = None
    assert told == [1] * 8


def test_a_request_that_waited_in_vain_asks_for_nothing_more(
    historian, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a table is locked each statement of each tag would take its time-out."""
    view = seen("A", "P", "steps", "spikes", "loose", ODD)
    for reader in (queries.history, readings._expectation, readings.runs):
        monkeypatch.setattr(reader, "seconds", 0)
    cache.forget()
    before = [item.readings for item in histories(view)[0]]
    tried: list[int] = []

    def silent(*_args: object) -> memoryview:
        tried.append(1)
        with lanes.waiting():
            raise HistorianUnavailable("historian_lost")

    monkeypatch.setattr(reading, "_copied", silent)
    monkeypatch.setattr(meanwhile, "_may", lambda: False)
    monkeypatch.setattr(lanes._places, "patience", 0.0)
    for request in (1, 2):
        lanes.begin()
        series = histories(view)[0]
        lanes.end()
        assert len(tried) == request
        assert [item.readings for item in series] == before
        assert all(item.error is not None for item in series)


def _refuse(*_args: object, **_others: object) -> pd.DataFrame:
    raise HistorianUnavailable("historian_lost")


@pytest.mark.parametrize("tags", [("A",), ("A", "P"), ("steps", "A", ODD), ("spikes", "loose")])
@pytest.mark.parametrize("width", ["1m", "10m", None])
def test_a_page_of_a_table_is_cut_from_all_of_its_rows(historian, in_english, tags, width) -> None:
    series = histories(seen(*tags, resolution=resolution(width) if width else None))[0]
    parts = [cells(item, STOP, BUCKET_COLUMNS) for item in series]
    table = pd.concat(parts, ignore_index=True)
    table = table.sort_values("time", ascending=False, kind="stable").reset_index(drop=True)
    table.insert(0, "no", range(1, len(table) + 1))
    made = columns(series, STOP)
    for first in (0, 30, len(table) - 5, len(table) + 7):
        request = {"startRow": first, "endRow": first + 40}
        # What is sorted or filtered is cut from a frame, what is not from arrays.
        assert block(made, request, series) == block(table, request, series)
