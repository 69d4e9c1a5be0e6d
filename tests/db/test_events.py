"""Events and forecasts of a historian: read where they are, nothing asked where they are not."""

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import flask
import psycopg2
import pytest

from components.events.beside import beside
from data import queries, status, views
from data.db import cache, pool
from data.db.pool import reading
from data.queries import MOST_EVENTS, MOST_TEXT
from data.store import install
from data.views import View, histories
from figures.template import Canvas
from tests.support.historians import spread

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("in_english")]
NOW = datetime(2026, 11, 6, tzinfo=UTC)
FILL = """
    INSERT INTO influx_hist (ts, tag_name, value)
    SELECT timestamptz '2026-11-05 00:00Z' + k * interval '1 min', name, sin(k)
    FROM generate_series(0, 359) AS k, unnest(ARRAY['a', 'b']) AS name
"""
OP_LOG = "CREATE TABLE {}influx_op_log (ts timestamptz, state text)"
ANOMALIES = """
    CREATE TABLE anomalies (ts timestamptz, tag_name text, score real, level int, context jsonb)
"""
PREDICTIONS = """
    CREATE TABLE predictions (ts timestamptz, tag_name text, horizon interval, yhat float8,
        pi_low numeric, pi_high float8, model_id int, version text)
"""


@pytest.fixture
def dsn(database: str) -> Iterator[str]:
    """A historian with two tags."""
    with closing(psycopg2.connect(database)) as connection:
        install.install(connection)
        connection.commit()
    run(database, FILL)
    spread(database)
    pool.connect(database)
    cache.configure(flask.Flask("test"))
    yield database
    cache.forget()


def run(dsn: str, *statements: str) -> None:
    with closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    cache.forget()


def view_of(*tags: str, **others: Any) -> View:
    query = {"tag": list(tags), "start": "2026-11-05T00:00Z", "stop": "2026-11-05T06:00Z"}
    return views.view({**query, **others}, NOW, "UTC")


def texts(view: View) -> list[str]:
    return [each.text for each in views.events(view, view.tags).events]


def test_a_historian_without_them_is_asked_for_nothing(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = view_of("a", forecast="on")
    series, _ = histories(view)
    asked: list[str] = []
    of = reading.compiled
    monkeypatch.setattr(reading, "compiled", lambda one: asked.append(str(one)) or of(one))
    assert views.events(view, view.tags) == views.Events()
    assert views.forecasts(view, [item.tag for item in series]).of_tags == ()
    assert asked == []
    assert views.there() == {"events": False, "forecast": False}


def test_events_of_the_plant_and_of_the_shown_tags_are_told_by_time(dsn: str) -> None:
    run(dsn, OP_LOG.format(""), ANOMALIES)
    run(
        dsn,
        "INSERT INTO influx_op_log VALUES ('2026-11-05 02:00Z', '<b>start</b>'),"
        "('2026-11-05 06:00Z', 'too late'), (NULL, 'when?'), ('2026-11-05 03:00Z', NULL)",
        "INSERT INTO anomalies VALUES ('2026-11-05 01:00Z', 'a', 0.5, 2, '{\"why\": 1}'),"
        "('2026-11-05 01:30Z', 'b', 9, 9, NULL), ('2026-11-05 04:00Z', 'a', 'NaN', NULL, '{}')",
    )
    assert texts(view_of("a")) == ['2 · 0.5 · {"why": 1}', "<b>start</b>", "", ""]
    assert texts(view_of("a", events="off")) == []


def test_no_more_and_no_longer_texts_are_read_than_are_told(dsn: str) -> None:
    run(dsn, OP_LOG.format(""))
    run(
        dsn,
        "INSERT INTO influx_op_log SELECT timestamptz '2026-11-05 00:00Z' + k * interval '1 min',"
        "repeat('x', CASE k WHEN 300 THEN 1000000 ELSE 300 END) FROM generate_series(0, 300) AS k",
    )
    found = views.events(view_of("a"), ["a"])
    assert (len(found.events), found.more) == (MOST_EVENTS, True)
    assert found.events[-1].at == datetime(2026, 11, 5, 5, tzinfo=UTC), "the newest are kept"
    assert [each.cut for each in found.events[-2:]] == [False, True]
    assert all(len(each.text) <= MOST_TEXT for each in found.events)


LOGGED = """
    INSERT INTO influx_op_log
    SELECT timestamptz '2026-11-05 00:00Z' + (k * 7919 % 21600) * interval '1 s', 'op ' || k
    FROM generate_series(1, 500) AS k
"""
ODD = """
    INSERT INTO anomalies
    SELECT timestamptz '2026-11-05 00:00Z' + (k * 104729 % 21600) * interval '1 s',
        CASE WHEN k % 3 = 0 THEN 'b' ELSE 'a' END, k * 625.0, k, NULL
    FROM generate_series(1, 90) AS k
"""
#: What a window holds of each, the newest 200, by time.
HAPPENED = """
    SELECT at, text FROM (
        (SELECT ts AS at, state AS text FROM influx_op_log
         WHERE ts >= %(start)s AND ts < %(stop)s ORDER BY ts DESC LIMIT 200)
        UNION ALL
        (SELECT ts, tag_name || ': ' || level || ' · ' || to_char(score, 'FM999,999') FROM anomalies
         WHERE ts >= %(start)s AND ts < %(stop)s AND tag_name = ANY(%(tags)s)
         ORDER BY ts DESC LIMIT 200)) AS every ORDER BY at, text
"""


@pytest.mark.parametrize("tags", [["a"], ["a", "b"]])
@pytest.mark.parametrize(
    ("start", "stop"),
    [
        ("2026-11-05T00:00Z", "2026-11-05T06:00Z"),
        ("2026-11-05T01:17:03Z", "2026-11-05T02:41:59Z"),
        ("2026-11-05T03:00Z", "2026-11-05T03:01Z"),
    ],
)
def test_chart_and_list_have_the_events_that_sql_finds(
    dsn: str, start: str, stop: str, tags: list[str]
) -> None:
    run(dsn, OP_LOG.format(""), ANOMALIES, LOGGED, ODD)
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(HAPPENED, {"start": start, "stop": stop, "tags": tags})
        wanted = cursor.fetchall()
    view = view_of(*tags, start=start, stop=stop)
    series, _ = histories(view)
    told = beside(view, series)
    lines = [str(item.children) for item in reversed(told.items())]
    assert sorted(lines) == sorted(f"{at:%Y-%m-%d %H:%M:%S} · {text}" for at, text in wanted)
    surface = Canvas(view.start, view.stop, view.now, timedelta(0), pixels=1_400.0)
    layout = {"margin": {"t": 0, "l": 60, "r": 120}, "xaxis": {"domain": [0, 1]}}
    layout |= {"meta": {"height": 0}, "annotations": [], "shapes": []}
    figure = {"data": [], "layout": layout}
    told.draw(figure, surface)
    signs = [each["text"] for each in figure["layout"]["annotations"] if each["name"] == "event"]
    # Near ones are one sign with their number.
    assert sum(int(re.match(r".(\d*)", text)[1] or 1) for text in signs) == len(wanted)
    assert wanted or stop.endswith("03:01Z")


def test_an_event_without_a_text_has_a_dash_and_an_anomaly_its_tag(dsn: str) -> None:
    at = "timestamptz '2026-11-05 01:00Z'"
    run(dsn, OP_LOG.format(""), ANOMALIES)
    run(dsn, f"INSERT INTO influx_op_log (ts, state) VALUES ({at}, '')")
    run(dsn, f"INSERT INTO anomalies (ts, tag_name) VALUES ({at}, 'a')")
    view = view_of("a", start="2026-11-05T00:00Z", stop="2026-11-05T02:00Z")
    lines = {str(item.children) for item in beside(view, histories(view)[0]).items()}
    assert lines == {"2026-11-05 01:00:00 · –", "2026-11-05 01:00:00 · a"}


def test_a_forecast_is_drawn_as_sql_has_it(dsn: str) -> None:
    run(dsn, PREDICTIONS)
    run(
        dsn,
        "INSERT INTO predictions SELECT timestamptz '2026-11-05 00:00Z' + k * interval '7 min',"
        " 'a', '1 h', sin(k), sin(k) - 1, sin(k) + 1, 1, '1' FROM generate_series(-20, 80) AS k",
    )
    view = view_of("a", forecast="on")
    series, _ = histories(view)
    (drawn,) = views.forecasts(view, [item.tag for item in series]).of_tags
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT ts, yhat, pi_low::float8, pi_high FROM predictions"
            " WHERE ts >= %s AND ts < %s ORDER BY ts",
            (view.start, view.stop),
        )
        wanted = cursor.fetchall()
    frame = drawn.frame
    columns = (frame[name].tolist() for name in ("yhat", "low", "high"))
    assert list(zip(frame.index, *columns, strict=True)) == wanted
    assert 40 < len(wanted) < 60


def test_of_several_forecasts_that_which_reaches_furthest_is_shown(dsn: str) -> None:
    run(dsn, PREDICTIONS)
    insert = """
        INSERT INTO predictions
        SELECT timestamptz '2026-11-05 00:00Z' + k * interval '1 h', 'a', horizon::interval,
            k + model, k - 1, CASE k WHEN 2 THEN NULL ELSE k + 9 END, model, '7'
        FROM generate_series(0, 5) AS k,
        (VALUES ('1 h', 1, 3), ('1 h', 2, 5), ('2 h', 2, 5), ('1 h', 3, 4))
            AS of (horizon, model, n)
        WHERE k <= n
    """
    run(dsn, insert, "INSERT INTO predictions (ts, tag_name) VALUES ('2026-11-05 05:30Z', 'a')")
    view = view_of("a", "b", forecast="on")
    series, _ = histories(view)
    (found,) = views.forecasts(view, [item.tag for item in series]).of_tags
    assert (found.tag, found.model, found.horizon, found.others) == ("a", "2", "02:00:00", 3)
    assert found.frame["yhat"].tolist() == [2, 3, 4, 5, 6, 7]
    assert found.frame["high"].isna().tolist() == [False, False, True, False, False, False]


def test_a_window_that_ends_now_shows_a_quarter_of_itself_of_what_is_to_come(dsn: str) -> None:
    run(dsn, PREDICTIONS)
    insert = """
        INSERT INTO predictions
        SELECT timestamptz '2026-11-06 00:00Z' + k * interval '10 min', 'a', '1 h', k, k, k, 1, '1'
        FROM generate_series(0, 20) AS k
    """
    run(dsn, insert)
    view = views.view({"tag": ["a"], "window": "4h", "forecast": "on"}, NOW, "UTC")
    tag = queries.tag("a")
    assert tag is not None
    found = views.forecasts(view, [tag])
    assert found.stop == NOW + timedelta(minutes=50)


@pytest.mark.parametrize(
    ("create", "named"),
    [
        ("CREATE TABLE predictions (ts timestamptz, tag_name text, yhat text)", "yhat"),
        ("CREATE TABLE influx_op_log (ts timestamp, state text)", "ts"),
        ("CREATE VIEW anomalies AS SELECT now() AS ts, 1 AS tag_name", "tag_name"),
    ],
)
def test_one_of_another_shape_is_named_by_check_and_not_read(
    dsn: str, create: str, named: str
) -> None:
    run(dsn, create)
    assert views.there() == {"events": False, "forecast": False}
    assert views.events(view_of("a"), ["a"]) == views.Events()
    (line,) = [each for each in status.report.function().lines if each.key == "other_shape"]
    assert line.level == "risk" and named in line.values["columns"]


def test_those_that_are_absent_are_not_named_and_those_that_are_read_are_well(dsn: str) -> None:
    keys = {"is_events", "other_shape"}
    assert [each for each in status.report.function().lines if each.key in keys] == []
    run(dsn, OP_LOG.format(""))
    (line,) = [each for each in status.report.function().lines if each.key in keys]
    assert (line.level, line.subject) == ("ok", "influx_op_log")


def test_only_the_schema_that_is_named_is_read(dsn: str) -> None:
    run(
        dsn,
        "CREATE SCHEMA plant",
        "CREATE VIEW plant.influx_hist AS SELECT * FROM public.influx_hist",
        "CREATE VIEW plant.influx_tag AS SELECT * FROM public.influx_tag",
        OP_LOG.format("public."),
        "INSERT INTO public.influx_op_log VALUES ('2026-11-05 02:00Z', 'of another')",
    )
    pool.connect(dsn, schema="plant")
    cache.forget()
    assert texts(view_of("a")) == []
    run(
        dsn,
        OP_LOG.format("plant."),
        "INSERT INTO plant.influx_op_log VALUES ('2026-11-05 03:00Z', 'ours')",
    )
    assert texts(view_of("a")) == ["ours"]


def test_a_role_that_may_not_read_them_sees_a_chart_without_them(dsn: str) -> None:
    run(
        dsn,
        OP_LOG.format(""),
        "DROP ROLE IF EXISTS no_events",
        "CREATE ROLE no_events LOGIN",  # on a cluster it asks the nodes by itself
        "GRANT SELECT ON influx_hist, influx_tag TO no_events",
    )
    pool.connect(f"{dsn} options='-c role=no_events'")
    cache.forget()
    assert views.there() == {"events": False, "forecast": False}
    assert texts(view_of("a")) == []
