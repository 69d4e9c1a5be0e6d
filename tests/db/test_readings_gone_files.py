"""Files and the API over a time whose readings are gone: the rows of the page, and that so."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema
import pandas as pd
import pytest
from flask.testing import FlaskClient

import web
from data.db import cache
from settings import Settings
from tests.db.test_readings_gone import HOUR, LEFT, MINUTE, NOW, START, plant, view_of
from tests.support.api import cells
from tests.support.historians import ZONE, Historian

pytestmark = pytest.mark.db
__all__ = ["plant"]


@pytest.fixture
def client(bare: Historian, plant: pd.DataFrame, tmp_path: Path) -> Iterator[FlaskClient]:
    """A site over that historian."""
    app = web.create_app(Settings(dsn=bare.dsn, data_dir=str(tmp_path)))
    yield app.server.test_client()
    cache.forget()


def window(start: float, hours: float, **others: Any) -> dict[str, Any]:
    bounds = (START + start * HOUR, START + (start + hours) * HOUR)
    return {"tag": "D1", "start": bounds[0].isoformat(), "stop": bounds[1].isoformat(), **others}


def answered(client: FlaskClient, route: str, query: dict[str, Any]) -> Any:
    """Return an answer that was read to its end."""
    with client.get(route, query_string=query) as answer:
        assert answer.status_code == 200 and answer.data is not None, answer.text
        return answer


def test_files_and_the_api_have_the_rows_of_the_page(client: FlaskClient) -> None:
    view = view_of(START + 48.9 * HOUR, START + 49.3 * HOUR, compare="-1h")
    bounds = {"start": view.start.isoformat(), "stop": view.stop.isoformat()}
    query = {"tag": "D1", "tz": ZONE, "compare": "-1h", **bounds}
    rows = cells(client, "/trend/rows.csv", **query)
    assert len(rows) == 24
    assert [row["compare_n"] for row in rows] == ["2"] * 24
    api = cells(client, "/api/v1/timeseries.csv", **query, statistics="n")
    told = [(row["resolution"], row["n"], row["compare_n"]) for row in api]
    assert told == [("1m", "2", "2")] * 24


#: Start and hours of a window, its resolution, and the width that tells what is gone of it.
GONE = [
    (3, 1, "10s", "1h"),
    (3, 1, "10m", "1h"),
    (23.5, 1, "10m", "1h"),
    (30, 1, "10s", "1m"),
    (48, 1, "10s", "1m"),
    (48, 1, "1m", None),
    (49, 1, "10s", None),
    (3, 20, "1h", None),
]
ROUTES = ["/api/v1/timeseries", "/api/v1/timeseries.csv", "/api/v1/export.csv", "/trend/rows.csv"]


@pytest.mark.parametrize(("start", "hours", "width", "told"), GONE)
def test_what_is_gone_at_the_width_that_is_asked_for_is_told_by_every_answer(
    client: FlaskClient, start: float, hours: float, width: str, told: str | None
) -> None:
    query = window(start, hours, resolution=width)
    for route in ROUTES:
        answer = answered(client, route, query)
        assert answer.headers.get("X-Readings-Gone") == (told and f"D1={told}"), route
    found = {"D1": told} if told else None
    for route in ("/api/v1/timeseries", "/api/v1/export/manifest"):
        assert client.get(route, query_string=query).json.get("readings_gone") == found, route
    sized = client.get("/api/v1/export/estimate", query_string=query).json
    assert sized["readings_gone"] == (found or {})
    name = answered(client, "/api/v1/export.csv", query).headers["X-Request-ID"]
    record = client.get(f"/api/v1/exports/{name}").json
    assert record["state"] == "complete" and record.get("readings_gone") == found


@pytest.mark.parametrize(("start", "told"), [(3, "1h"), (30, "1m"), (48.3, "1m"), (49, None)])
def test_every_reading_of_a_time_whose_readings_are_gone_is_told_as_gone(
    client: FlaskClient, start: float, told: str | None
) -> None:
    query = window(start, 0.25, resolution="raw")
    found = {"D1": told} if told else None
    for more in ({}, {"limit": 50}):
        answer = client.get("/api/v1/timeseries", query_string=query | more)
        assert answer.json.get("readings_gone") == found
        assert answer.headers.get("X-Readings-Gone") == (told and f"D1={told}")
    manifest = client.get("/api/v1/export/manifest", query_string=query).json
    assert manifest.get("readings_gone") == found
    sent = answered(client, "/api/v1/export.parquet", query)
    assert sent.headers.get("X-Readings-Gone") == (told and f"D1={told}")


def test_each_page_of_an_answer_tells_what_is_gone_of_it(client: FlaskClient) -> None:
    """Of the first page some buckets have no readings any more, of the others all are there."""
    query, told = window(48, 1, resolution="10s", limit=30), []
    while True:
        page = client.get("/api/v1/timeseries", query_string=query).json
        told.append(page.get("readings_gone"))
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert len(told) > 2 and told[0] == {"D1": "1m"} and not any(told[1:])


@pytest.mark.parametrize("route", ["/api/v1/indicators", "/tech/rows.csv"])
def test_indicators_at_a_width_that_is_asked_for_tell_it_too(
    client: FlaskClient, route: str
) -> None:
    query = window(30, 1, resolution="10s")
    answer = answered(client, route, query)
    assert answer.headers["X-Readings-Gone"] == "D1=1m"
    assert "X-Readings-Gone" not in client.get(route, query_string=window(30, 1)).headers


def test_features_of_readings_that_are_gone_tell_it(client: FlaskClient) -> None:
    answer = client.get("/api/v1/features", query_string=window(30, 1))
    assert (answer.json["rows"], answer.json["readings_gone"]) == ([], {"D1": "1m"})
    assert "readings_gone" not in client.get("/api/v1/features", query_string=window(50, 1)).json


def test_what_is_gone_of_the_other_side_of_a_comparison_is_told(client: FlaskClient) -> None:
    query = window(49, 0.25, resolution="10s", compare="-1d")
    for route in ROUTES:
        answer = answered(client, route, query)
        assert answer.headers["X-Readings-Gone"] == "D1=1m", route
    manifest = client.get("/api/v1/export/manifest", query_string=query).json
    assert manifest["readings_gone"] == {"D1": "1m"}


def test_a_name_of_any_letters_fits_into_the_header(bare: Historian, client: FlaskClient) -> None:
    name = "가나/다, 1=2"
    for relation in ("influx_hist", "influx_agg_1m", "influx_agg_1h", "influx_agg_1d"):
        bare.run(f"UPDATE {relation} SET tag_name = %s", (name,))
    cache.forget()
    query = window(30, 1, resolution="10s") | {"tag": name}
    for route in ROUTES:
        told = answered(client, route, query).headers["X-Readings-Gone"]
        assert told == f"{quote(name, safe='')}=1m"
    assert client.get(ROUTES[0], query_string=query).json["readings_gone"] == {name: "1m"}


def test_the_document_says_what_is_told_of_gone_readings(client: FlaskClient) -> None:
    paths = client.get("/api/v1/openapi.json").json["paths"]
    answer = client.get("/api/v1/timeseries", query_string=window(30, 1, resolution="10s"))
    good = paths["/api/v1/timeseries"]["get"]["responses"]["200"]
    jsonschema.validate(json.loads(answer.text), good["content"]["application/json"]["schema"])
    for path in ("timeseries", "timeseries.csv", "indicators.csv", "export.csv"):
        told = paths[f"/api/v1/{path}"]["get"]["responses"]["200"]["headers"]
        assert "X-Readings-Gone" in told, path


def test_a_file_of_a_tag_without_a_row_left_tells_it(bare: Historian, client: FlaskClient) -> None:
    bare.run("DELETE FROM influx_hist")
    cache.forget()
    stop = (NOW - LEFT) / HOUR
    query = window((LEFT - START) / HOUR, stop - 10 * MINUTE / HOUR, resolution="raw")
    manifest = client.get("/api/v1/export/manifest", query_string=query).json
    assert (manifest["rows"], manifest["readings_gone"]) == (0, {"D1": "1m"})
