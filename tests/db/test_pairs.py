"""One tag against another over a real historian: r is PostgreSQL's own, and why there is none."""

from contextlib import closing
from datetime import UTC, datetime

import numpy as np
import psycopg2
import pytest

from components.pairs import contents
from data import views
from data.views import NoPair, Pair, TagSeries, View, histories, rows, touching
from tests.support.historians import asked_there, filled

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("in_english", "asked_there")]
__all__ = ["asked_there"]
NOW = datetime(2026, 11, 6, tzinfo=UTC)
START, STOP = "2026-11-05T00:00Z", "2026-11-05T06:00Z"
FILL = """
    INSERT INTO influx_hist (ts, tag_name, value)
    SELECT at, name, CASE name WHEN 'even' THEN 5 ELSE
        1e6 + (name = 'x')::int * sin(k / 90.0) + (name = 'y')::int * cos(k / 70.0)
        + 0.3 * sin(k * 1.7 + length(name) + ascii(name)) END
    FROM (VALUES ('x', 5, 0), ('y', 10, 3), ('even', 60, 0), ('slow', 600, 0)) AS of (name, s, off),
    LATERAL (SELECT k, timestamptz '2026-11-05 00:00Z' + off * interval '1 s'
        + k * s * interval '1 s' AS at FROM generate_series(0, 21600 / s - 1) AS k) AS each;
    INSERT INTO influx_hist (ts, tag_name, value)
    SELECT timestamptz '2026-11-04 00:00Z' + k * interval '1 min', 'before', sin(k)
    FROM generate_series(0, 600) AS k;
    INSERT INTO influx_hist (ts, tag_name, value)
    SELECT timestamptz '2026-11-05 00:00Z' + k * interval '1 min', name, k % 7
    FROM generate_series(0, 359) AS k, unnest(ARRAY['wind', 'total', 'broken']) AS name;
    INSERT INTO influx_hist (ts, tag_name, value) VALUES
        ('2026-11-05 01:00Z', 'two', 1), ('2026-11-05 02:00Z', 'two', 2);
    INSERT INTO influx_tag (tag_id, tag_name, unit, meta) VALUES
        ('wind', 'wind', 'deg', '{"kind": "angle"}'), ('total', 'total', '', '{"kind": "counter"}');
    INSERT INTO influx_qc_rule (tag_name, min_val, max_val, max_gap_seconds)
    VALUES ('y', 0, 2e6, 8), ('broken', 100, 200, NULL);
"""
#: Each reading of x with the newest of y at or before it, no older than 8 s.
READINGS = """
    WITH every AS MATERIALIZED (
        SELECT tag_name, ts, value FROM influx_hist WHERE ts >= %(start)s AND ts < %(stop)s)
    SELECT corr(y.value, x.value), count(*) FROM every x, LATERAL (
        SELECT value, ts FROM every WHERE tag_name = 'y' AND ts <= x.ts
        ORDER BY ts DESC LIMIT 1) y
    WHERE x.tag_name = 'x' AND x.ts - y.ts <= interval '8 s'
"""
BUCKETS = """
    WITH every AS MATERIALIZED (
        SELECT tag_name, bucket, avg FROM influx_agg_1m
        WHERE bucket >= %(start)s AND bucket < %(stop)s)
    SELECT corr(y.avg, x.avg), count(*) FROM every x JOIN every y USING (bucket)
    WHERE x.tag_name = 'x' AND y.tag_name = 'y'
"""


@pytest.fixture(scope="module")
def dsn(module_database: str) -> str:
    """Tags that go together, and tags of which each has another reason why not."""
    return filled(module_database, FILL)


def asked(*tags: str, **others: object) -> tuple[View, list[TagSeries]]:
    query = {"tag": list(tags), "start": START, "stop": STOP, **others}
    view = views.view(query, NOW, "UTC")
    series, _refusals = histories(view)
    return view, series


def pair_of(*tags: str, **others: object) -> Pair:
    view, series = asked(*tags, **others)
    return views.pair(view, *series)


def corr(dsn: str, statement: str, stop: str) -> tuple[float, int]:
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(statement, {"start": START, "stop": stop})
        r, n = cursor.fetchone()
    return r, n


def test_r_of_readings_is_that_of_postgresql(dsn: str) -> None:
    stop = "2026-11-05T01:00Z"
    found = pair_of("x", "y", stop=stop, width=4_000)
    assert found.width is None
    r, n = found.correlation()
    wanted, count = corr(dsn, READINGS, stop)
    assert (n, abs(r) < 0.999) == (count, True)
    assert r == pytest.approx(wanted, abs=1e-9)


def test_r_of_buckets_is_that_of_postgresql(dsn: str) -> None:
    found = pair_of("x", "y", resolution="1m")
    assert found.width is not None and found.width.token == "1m"
    r, n = found.correlation()
    assert (r, n) == (pytest.approx(corr(dsn, BUCKETS, STOP)[0], abs=1e-9), 360)
    assert r == pytest.approx(np.corrcoef(found.joined.x, found.joined.y)[0, 1], abs=1e-9)


def test_two_widths_are_joined_at_the_wider_one() -> None:
    found = pair_of("x", "slow", width=400)
    assert found.one.seconds == found.other.seconds > 0
    assert len(found.joined.at) == found.correlation()[1] > 0


def test_more_readings_than_a_browser_draws_are_joined_by_buckets() -> None:
    found = pair_of("x", "y", width=20_000)
    assert asked("x", width=20_000)[1][0].seconds == 0, "the chart shows readings"
    assert found.width is not None and found.width.seconds >= 10
    assert len(found.joined.at) <= 4_000


@pytest.mark.parametrize(
    ("one", "other", "why", "of"),
    [
        ("x", "even", NoPair.CONSTANT, "even"),
        ("x", "before", NoPair.NO_READINGS, "before"),
        ("broken", "x", NoPair.NO_READINGS, "broken"),
        ("wind", "x", NoPair.KIND, "wind"),
        ("x", "wind", NoPair.KIND, "wind"),
        ("two", "x", NoPair.TOO_FEW, None),
    ],
)
def test_two_tags_that_have_no_r_say_why(one: str, other: str, why: NoPair, of: str | None) -> None:
    found = pair_of(one, other, resolution="1m")
    assert (found.why, found.of and found.of.name) == (why, of)
    assert np.isnan(found.correlation()[0])


def test_a_window_of_one_reading_tells_that_it_has_too_few_pairs() -> None:
    assert pair_of("two", "x", stop="2026-11-05T01:30Z").why is NoPair.TOO_FEW


def test_two_tags_without_a_common_time_say_so() -> None:
    found = pair_of(
        "two", "before", start="2026-11-04T09:00Z", stop="2026-11-05T03:00Z", resolution="1m"
    )
    assert (found.why, found.of) == (NoPair.NO_COMMON_TIME, None)


def test_a_counter_goes_with_another_by_what_it_counted() -> None:
    found = pair_of("total", "x", stop="2026-11-05T01:00Z", width=4_000)
    assert found.width is not None, "its readings only go on"
    assert found.why is NoPair.NOTHING and found.joined.x.max() <= 7


def test_what_pairs_with_a_counter_are_of_is_said() -> None:
    view, series = asked("total", "x", resolution="1m")
    said = str(contents(view, series, "x", "light")[1])
    assert "pairs of 1 min buckets that begin together; of total what was counted." in said


@pytest.mark.parametrize("resolution", ["1m", "10m", None])
def test_of_the_rows_those_remain_that_touch_the_selected_stretch(resolution: str | None) -> None:
    select = "2026-11-05T00:05:30Z/2026-11-05T00:21:00Z"
    view, series = asked("x", "even", select=select, resolution=resolution, width=20_000)
    every = rows(series, view.now)
    found = touching(every, series, *view.selected)
    first = {"1m": "00:05:00", "10m": "00:00:00", None: "00:05:30"}[resolution]
    last = {"1m": "00:20:00", "10m": "00:20:00", None: "00:20:55"}[resolution]
    of = found[found["tag"] == "x"]["time"]
    assert (f"{of.min():%H:%M:%S}", f"{of.max():%H:%M:%S}") == (first, last)
    assert found["no"].tolist() == list(range(1, len(found) + 1))
    assert set(found["tag"]) == {"x", "even"} and len(found) < len(every)


def test_a_selected_stretch_is_told_as_a_window_of_its_own() -> None:
    view, series = asked("x", select="2026-11-05T01:00Z/2026-11-05T02:00Z")
    alone, _ = asked("x", start="2026-11-05T01:00Z", stop="2026-11-05T02:00Z")
    told = views.statistics(series[0].tag, *view.told, "UTC", view.now)
    assert told.numbers.n == 720
    assert told == views.statistics(series[0].tag, *alone.told, "UTC", view.now)
