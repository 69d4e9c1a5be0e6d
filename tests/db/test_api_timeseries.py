"""Histories for programs: what page and file have, in pages that neither skip nor repeat."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.v1.parameters import MOST_ROWS
from tests.support.api import asked, cells
from tests.support.api import client as client

pytestmark = pytest.mark.db
SOME = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
TAGS = ("D101", "D102", "D300", "D202", "P100", "Q300", "W100")


@pytest.fixture(scope="module")
def newest(plant_dsn: str) -> datetime:
    """The time of the plant's newest reading."""
    with psycopg2.connect(plant_dsn) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT max(ts) FROM influx_hist")
        return cursor.fetchone()[0].astimezone(UTC)


def every_page(client: FlaskClient, limit: int, **query: Any) -> list[dict[str, Any]]:
    """Return the rows of all pages, and see that each is no longer than asked for."""
    found, cursor = [], {}
    for _ in range(2_000):
        page = asked(client, "timeseries", limit=limit, **query, **cursor)
        assert len(page["rows"]) <= limit
        found += page["rows"]
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}
    raise AssertionError("the pages do not end")


spans = st.builds(
    lambda back, minutes: (timedelta(minutes=back), timedelta(minutes=minutes)),
    st.integers(1, 60 * 48),
    st.integers(1, 360),
)


@SOME
@given(
    span=spans,
    tags=st.lists(st.sampled_from(TAGS), min_size=1, max_size=3, unique=True),
    zone=st.sampled_from(["UTC", "Asia/Seoul", "Asia/Kolkata"]),
    resolution=st.sampled_from(["auto", "1m", "5m", "10m", "1h", "1d"]),
)
def test_file_of_the_page_and_api_have_the_same_values(
    client: FlaskClient,
    newest: datetime,
    span: tuple[timedelta, timedelta],
    tags: list[str],
    zone: str,
    resolution: str,
) -> None:
    back, length = span
    start = newest - back - length
    query = {"tag": tags, "tz": zone, "resolution": resolution}
    query |= {"start": start.isoformat(), "stop": (start + length).isoformat()}
    page = cells(client, "/trend/rows.csv", **query)
    page.sort(key=lambda row: (tags.index(row["tag"].lstrip("'")), -int(row["no"])))
    names = "avg,min,max,first,last,n,difference,reset,resultant,state"
    own = cells(client, "/api/v1/timeseries.csv", **query, statistics=names)
    assert len(own) == len(page)
    file: list[dict[str, str]] = []
    if resolution != "auto":  # a file has one width for all of its tags
        columns = f"tag,time,{names},bad,bad_value,quality,reasons,filling,remade"
        file = cells(client, "/api/v1/export.csv", **query, columns=columns)
        assert len(file) == len(own)
    for ours, theirs in zip(file, page, strict=bool(file)):
        assert (ours["tag"], ours["time"]) == (theirs["tag"].lstrip("'"), theirs["time"])
        for name in list(ours)[2:]:
            assert number(ours[name]) == number(theirs[name]), name
    for ours, theirs in zip(own, page, strict=True):
        assert (ours["tag_name"], ours["bucket"]) == (theirs["tag"], theirs["time"])
        for name in (*names.split(","), "bad", "bad_value"):
            assert number(ours[name]) == number(theirs[name]), name
        for name in ("quality", "reasons", "filling", "remade"):
            assert ours[name] == theirs[name], name


def number(cell: str) -> object:
    """Return a number of a cell, its text where it holds none."""
    try:
        return float({"true": "1", "false": "0"}.get(cell, cell))
    except ValueError:
        return cell


@SOME
@given(
    span=spans,
    tags=st.lists(st.sampled_from(TAGS), min_size=1, max_size=3, unique=True),
    resolution=st.sampled_from(["raw", "10s", "1m", "10m", "1h"]),
    limit=st.integers(7, 400),
    fill=st.sampled_from(["none", "null"]),
)
def test_all_pages_together_are_the_whole(
    client: FlaskClient,
    newest: datetime,
    span: tuple[timedelta, timedelta],
    tags: list[str],
    resolution: str,
    limit: int,
    fill: str,
) -> None:
    back, length = span
    stop = newest + timedelta(minutes=5) - back
    start = stop - min(length, timedelta(minutes=40))
    query = {"tag": tags, "resolution": resolution}
    query |= {"start": start.isoformat(), "stop": stop.isoformat()}
    if resolution != "raw":
        query["fill"] = fill
    assert every_page(client, limit, **query) == asked(client, "timeseries", **query)["rows"]


def test_raw_readings_are_those_of_the_historian(
    client: FlaskClient, plant_dsn: str, newest: datetime
) -> None:
    start = newest - timedelta(hours=2)
    with psycopg2.connect(plant_dsn) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT ts, value, qc FROM influx_hist WHERE tag_name = 'D101' AND ts >= %s AND ts < %s"
            " ORDER BY ts",
            (start, newest),
        )
        stored = cursor.fetchall()
    bounds = {"start": start.isoformat(), "stop": newest.isoformat()}
    found = every_page(client, 500, tag="D101", resolution="raw", tz="America/New_York", **bounds)
    told = [(datetime.fromisoformat(row["ts"]), row["value"], row["qc"]) for row in found]
    assert told == stored
    assert {row["ts"][-6:] for row in found} <= {"-05:00", "-04:00"}


def test_pages_of_a_window_that_moves_stay_in_the_window_of_the_first(client: FlaskClient) -> None:
    query = {"tag": "D101", "window": "24h", "resolution": "1m", "limit": 50}
    first = asked(client, "timeseries", **query)
    second = asked(client, "timeseries", **query, cursor=first["next"])
    assert (first["start"], first["stop"]) == (second["start"], second["stop"])


def test_an_empty_bucket_is_a_row_of_nulls_where_that_is_asked_for(
    client: FlaskClient, newest: datetime
) -> None:
    """Not one that has not begun yet: nobody can say that it is empty."""
    start = newest.replace(minute=0, second=0, microsecond=0) - timedelta(days=9)
    query = {"tag": "D101", "resolution": "1h", "start": start.isoformat()}
    query |= {"stop": (datetime.now(UTC) + timedelta(hours=20)).isoformat()}
    with_nulls = asked(client, "timeseries", **query, fill="null")["rows"]
    without = asked(client, "timeseries", **query)["rows"]
    empty = [row for row in with_nulls if not row["n"] and not row["bad"]]
    assert len(empty) > 24
    assert {(row["avg"], row["min"], row["last"]) for row in empty} == {(None, None, None)}
    assert [row for row in with_nulls if row["n"] or row["bad"]] == without
    times = [datetime.fromisoformat(row["bucket"]) for row in with_nulls]
    assert {b - a for a, b in zip(times, times[1:], strict=False)} == {timedelta(hours=1)}
    assert times[0] == start
    assert times[-1] <= datetime.now(UTC)


def test_more_rows_than_are_given_at_once_are_refused_and_not_cut(client: FlaskClient) -> None:
    answer = client.get(
        "/api/v1/timeseries.csv?tag=D101&tag=D102&tag=D300&window=3d&resolution=raw"
    )
    assert answer.status_code == 400
    problem = answer.json
    assert (problem["error"], problem["allowed"]) == ("too_many_rows", MOST_ROWS)
    page = client.get("/api/v1/timeseries.csv?tag=D101&window=3d&resolution=raw&limit=10000")
    assert page.status_code == 200
    assert page.text.count("\r\n") == 10_001
    assert page.headers["X-Next-Cursor"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("window=1h", "tag"),
        ("tag=nope", "tag"),
        ("tag=D101&window=9q", "window"),
        ("tag=D101&window=1h&start=2026-01-01", "window"),
        ("tag=D101&start=2026-01-01", "start"),
        ("tag=D101&start=x&stop=2026-01-01", "start"),
        ("tag=D101&start=2026-01-02&stop=2026-01-01", "start"),
        ("tag=D101&resolution=7s", "resolution"),
        ("tag=D101&window=30d&resolution=1s", "resolution"),
        ("tag=D101&statistics=avg,median", "statistics"),
        ("tag=D101&resolution=raw&statistics=avg", "statistics"),
        ("tag=D101&resolution=raw&fill=null", "fill"),
        ("tag=D101&fill=null", "fill"),
        ("tag=D101&fill=linear&resolution=1m", "fill"),
        ("tag=D101&limit=10", "limit"),
        ("tag=D101&resolution=1m&limit=0", "limit"),
        ("tag=D101&resolution=1m&limit=1e3", "limit"),
        ("tag=D101&resolution=1m&limit=10&cursor=x", "cursor"),
        ("tag=D101&resolution=1m&limit=10&cursor=WzEsMl0", "cursor"),
        ("tag=D101&resolution=1m&cursor=WzEsMl0", "limit"),
        ("tag=D101&width=800", "width"),
        ("tag=D101&format=csv", "format"),
        ("&".join(f"tag=t{i}" for i in range(9)), "tag"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(
    client: FlaskClient, query: str, parameter: str
) -> None:
    answer = client.get(f"/api/v1/timeseries?{query}")
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json"), answer.text
    assert answer.json["parameter"] == parameter


def test_a_cursor_is_of_its_question_alone(client: FlaskClient) -> None:
    query = {"tag": "D101", "window": "6h", "resolution": "1m", "limit": 10}
    cursor = asked(client, "timeseries", **query)["next"]
    for other in ({"tag": "D102"}, {"resolution": "2m"}, {"window": "7h"}, {"statistics": "n"}):
        answer = client.get("/api/v1/timeseries", query_string=query | other | {"cursor": cursor})
        assert answer.json["error"] == "cursor_foreign", other
    larger = asked(client, "timeseries", **query | {"limit": 20}, cursor=cursor)
    assert len(larger["rows"]) == 20
