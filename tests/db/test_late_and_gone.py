"""Readings that came late into a time whose readings are gone: that the rest is gone is told."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from flask.testing import FlaskClient

from data import queries
from data.analysis import gaps
from data.db import cache
from data.queries.grouped import late
from data.views import both, every_history, histories, statistics
from tests.db.test_not_checked import client_of
from tests.db.test_readings_gone import HOUR, LEFT, MINUTE, NOW, plant, told, view_of
from tests.db.test_readings_gone_files import answered
from tests.support.historians import START, ZONE, Historian

pytestmark = pytest.mark.db
__all__ = ["plant"]
SECOND = timedelta(seconds=1)
#: When late readings are of, by how many there are.
LATE = {"one": [0.0], "three": [0.0, 0.1, 0.11], "an hour before": [-1.0]}
#: More than the first readings of a file, and than those that may be late by their number alone.
LATE["a hundred"] = [each / 1_000 for each in range(100)]


def written_late(historian: Historian, start: datetime, which: str) -> None:
    """Write readings of the time from the start of a window on, whose others are gone."""
    for hours in LATE[which]:
        at = start + hours * HOUR + 3 * SECOND
        historian.run("INSERT INTO influx_hist (ts, tag_name, value) VALUES (%s, 'D1', 51)", (at,))
    cache.forget()


@pytest.fixture
def client(bare: Historian, plant: pd.DataFrame, tmp_path: Path) -> Iterator[FlaskClient]:
    """A site over that historian."""
    yield client_of(bare, tmp_path)
    cache.forget()


@pytest.mark.usefixtures("in_english")
@pytest.mark.parametrize("which", LATE)
@pytest.mark.parametrize(
    ("start", "hours", "width"),
    [(30, 0.5, "1m"), (30, 6, "1m"), (47.5, 2, "1m"), (3, 3, "1h"), (3, 20, "1h")],
)
def test_a_zoom_shows_the_finest_rollup_there(
    bare: Historian, plant: pd.DataFrame, which: str, start: float, hours: float, width: str
) -> None:
    begin = START + start * HOUR
    written_late(bare, begin, which)
    view = view_of(begin, begin + hours * HOUR)
    ((item,), _refusals) = histories(view)
    assert item.resolution == width
    due = plant["value"][(plant.index >= begin) & (plant.index < view.stop)]
    assert item.readings >= len(due)
    assert not item.coverage < 0.99 and not len(item.gaps)
    line, above = told(view)
    assert "by rollups alone: the readings are gone" in line
    if start == 47.5:
        assert abs(item.gone - LEFT) <= MINUTE
    assert "raw below" not in line and "no readings" not in above


@pytest.mark.usefixtures("plant")
def test_a_window_that_has_no_silence_asks_nothing_else_to_tell_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def asked(_tag: str) -> bool:
        raise AssertionError("whether its readings go back as far as its rollups")

    monkeypatch.setattr(late, "_is_whole", asked)
    begin = LEFT + HOUR
    ((item,), _refusals) = histories(view_of(begin, begin + 12 * HOUR))
    assert item.readings and item.gone is None


@pytest.mark.parametrize("which", LATE)
@pytest.mark.parametrize(
    ("start", "hours", "width", "by"),
    [(30, 0.5, "raw", "1m"), (30, 2, "10s", "1m"), (3, 3, "10m", "1h"), (47.5, 2, "10s", "1m")],
)
def test_files_and_the_api_tell_it(
    bare: Historian,
    client: FlaskClient,
    which: str,
    start: float,
    hours: float,
    width: str,
    by: str,
) -> None:
    begin = START + start * HOUR
    written_late(bare, begin, which)
    stop = begin + hours * HOUR
    query: dict[str, Any] = {"tag": "D1", "start": begin.isoformat(), "stop": stop.isoformat()}
    query["resolution"] = width
    for route in ("/api/v1/timeseries", "/api/v1/export.csv", "/trend/rows.csv"):
        if width == "raw" and "trend" in route:
            continue
        answer = answered(client, route, query)
        assert answer.headers.get("X-Readings-Gone") == f"D1={by}", route
    for route in ("/api/v1/export/manifest", "/api/v1/export/estimate"):
        assert client.get(route, query_string=query).json["readings_gone"] == {"D1": by}, route


@pytest.mark.parametrize("which", LATE)
def test_statistics_are_of_the_rollups(bare: Historian, plant: pd.DataFrame, which: str) -> None:
    start, stop = START + 30 * HOUR, START + 32 * HOUR
    written_late(bare, start, which)
    found = statistics(queries.tags()["D1"], start, stop, ZONE, NOW)
    inside = plant["value"][(plant.index >= found.start) & (plant.index < found.stop)]
    assert found.gone and found.numbers.n == len(inside)


def test_both_sides_of_a_comparison_are_of_rollups(bare: Historian, plant: pd.DataFrame) -> None:
    start = START + 30 * HOUR
    written_late(bare, start, "one")
    view = view_of(start + 24 * HOUR, start + 24.4 * HOUR, compare="-1d")
    series, _refusals, (against,) = both(view)
    assert series[0].resolution == "1m" and against.other.resolution == "1m"


def test_a_silence_with_little_before_it_is_shown_as_it_is(
    bare: Historian, plant: pd.DataFrame
) -> None:
    """No other source tells of readings in it."""
    start, stop = START + 52 * HOUR, START + 58 * HOUR
    for relation, time in (("hist", "ts"), ("agg_1m", "bucket"), ("agg_1h", "bucket")):
        sql = f"DELETE FROM influx_{relation} WHERE {time} >= %s AND {time} < %s"
        bare.run(sql, (start, stop))
    cache.forget()
    for back, width in ((5, "raw"), (120, "raw")):
        (item,) = every_history(view_of(start - back * MINUTE, start + 2 * HOUR))
        assert (item.resolution, item.wider, len(item.gaps)) == (width, None, 1)


def test_of_a_silence_that_minutes_tell_of_nothing_is_gone(
    bare: Historian, client: FlaskClient
) -> None:
    start, stop = START + 30.25 * HOUR, START + 30.5 * HOUR
    sql = "DELETE FROM influx_agg_1m WHERE bucket >= %s AND bucket < %s"
    bare.run(sql, (start - 5 * MINUTE, stop + 5 * MINUTE))
    cache.forget()
    query = {"tag": "D1", "start": start.isoformat(), "stop": stop.isoformat()}
    for width in ("raw", "10s"):
        for route in ("/api/v1/timeseries", "/api/v1/export.csv"):
            answer = answered(client, route, {**query, "resolution": width})
            assert "X-Readings-Gone" not in answer.headers, route
    rows = client.get("/api/v1/gaps", query_string=query).json["rows"]
    assert [(row["kind"], row["seconds"]) for row in rows] == [("window", 900), ("gap", 900)]


def test_readings_that_were_deleted_from_a_time_that_is_there_are_not_gone(
    bare: Historian, plant: pd.DataFrame
) -> None:
    """What is before them goes on from before the window: nobody deletes what retention leaves."""
    start = START + 55 * HOUR
    sql = "DELETE FROM influx_hist WHERE ts >= %s AND ts < %s"
    bare.run(sql, (start, start + 3 * HOUR))
    cache.forget()
    for back in (5, 60):
        (item,) = every_history(view_of(start - back * MINUTE, start + 4 * HOUR))
        assert (item.resolution, item.wider, len(item.gaps)) == ("raw", None, 1)


def test_a_silence_is_longer_than_all_before_it() -> None:
    at = pd.Index([5, 46, 47, 110, 111, 400, 401, 410]).to_numpy() * 10**9
    found = gaps.silences(at, at, 0, 999 * 10**9, 300.0)
    assert [(each.start, each.stop) for each in found] == [
        (5 * 10**9 + 1_000, 46 * 10**9),
        (47 * 10**9 + 1_000, 110 * 10**9),
        (111 * 10**9 + 1_000, 400 * 10**9),
        (410 * 10**9 + 1_000, 999 * 10**9),
    ]
    assert gaps.silences(at[:0], at[:0], 0, 9, 4.0)[0][:2] == (0, 9)
    many = pd.Index(range(20)).to_numpy() * 60 * 10**9
    assert not gaps.silences(many, many, 0, 1_200 * 10**9, 60.0)
