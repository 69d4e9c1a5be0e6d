"""What is said beside rows of others' rollups: of buckets not checked, and of deleted readings."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from flask.testing import FlaskClient

import web
from data.db import cache
from data.queries.grouped import whole
from data.queries.summed import readings
from settings import Settings
from tests.db.test_deleted import foreign
from tests.db.test_readings_gone_files import answered
from tests.db.test_whole import HOURS, at, lose, steady
from tests.support.historians import Historian, rolled

pytestmark = pytest.mark.db
__all__ = ["foreign"]
#: Six days by hours, of which five stretches of six are lacking.
DAYS, HOLES = 6, 5
#: Those that are looked after, and the hours of the others.
PROBES, REST = 2, 18


def client_of(historian: Historian, folder: Path) -> FlaskClient:
    return web.create_app(Settings(dsn=historian.dsn, data_dir=str(folder))).server.test_client()


@pytest.fixture
def client(
    bare: Historian, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FlaskClient]:
    """A site over hours that lack more than is looked after."""
    bare.write(steady(DAYS, 20))
    rolled(bare, HOURS)
    for day in range(HOLES):
        lose(bare, HOURS, day + 0.5, day + 0.75)
    monkeypatch.setattr(whole, "PROBES", PROBES)
    cache.forget()
    yield client_of(bare, tmp_path)
    cache.forget()


def query_of(**others: Any) -> dict[str, Any]:
    bounds = {"start": at(0).isoformat(), "stop": at(DAYS).isoformat()}
    return {"tag": "D1", "resolution": "1h", **bounds, **others}


ROUTES = ("timeseries", "timeseries.csv", "indicators", "statistics", "gaps.csv")


@pytest.mark.parametrize("route", [*(f"/api/v1/{each}" for each in ROUTES), "/trend/rows.csv"])
def test_every_answer_says_how_many_buckets_were_not_checked(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, route: str
) -> None:
    query, told = query_of(), f"D1={REST}"
    if "statistics" in route:  # of hours, where the readings are many
        del query["resolution"]
        monkeypatch.setattr(readings, "MOST_READINGS", 100)
    if "gaps" in route:  # of a window so long that its buckets are days
        query, told = query_of(start=at(-60).isoformat(), resolution=""), "D1=4"
        del query["resolution"]
    answer = client.get(route, query_string=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["X-Buckets-Not-Checked"] == told
    assert "X-Buckets-With-Deleted" not in answer.headers
    if "csv" not in route:
        assert answer.json["buckets_not_checked"] == {"D1": int(told.removeprefix("D1="))}


def test_rows_that_were_all_checked_say_nothing(client: FlaskClient) -> None:
    start = at(5).isoformat()
    for route in ("/api/v1/timeseries", "/trend/rows.csv", "/api/v1/export/manifest"):
        answer = client.get(route, query_string=query_of(start=start))
        assert not [name for name, _ in answer.headers if name.startswith("X-Buckets")], route
        assert "not_checked" not in answer.text


def test_pages_say_it_of_their_own_buckets(client: FlaskClient) -> None:
    query, told, n = query_of(limit=100, statistics="n"), [], 0
    while True:
        page = client.get("/api/v1/timeseries", query_string=query).json
        told.append(page.get("buckets_not_checked", {}).get("D1", 0))
        n += sum(row["n"] for row in page["rows"])
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert told == [(HOLES - 1 - PROBES) * 6, 0]  # of the last hole it is looked after
    assert n == (DAYS * 24 - sum(told)) * 180


def test_a_comparison_says_it_of_both_windows(client: FlaskClient) -> None:
    query = query_of(start=at(3).isoformat(), compare=at(0).isoformat())
    for route in ("/api/v1/timeseries", "/api/v1/export/manifest"):
        answer = client.get(route, query_string=query)
        assert answer.json["buckets_not_checked"] == {"D1": 6}, route  # of the window before
    assert client.get("/trend/rows.csv", query_string=query).headers["X-Buckets-Not-Checked"]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_manifest_and_what_became_of_a_file_say_it(client: FlaskClient, kind: str) -> None:
    manifest = client.get("/api/v1/export/manifest", query_string=query_of(kind=kind)).json
    assert manifest["buckets_not_checked"] == {"D1": REST}
    sent = answered(client, f"/api/v1/export.{kind}", query_of())
    assert len(sent.data) == manifest["bytes"]
    record = client.get(f"/api/v1/exports/{sent.headers['X-Request-ID']}").json
    assert record["buckets_not_checked"] == {"D1": REST}


def test_the_document_knows_what_is_said(client: FlaskClient) -> None:
    paths = client.get("/api/v1/openapi.json").json["paths"]
    for route in ("timeseries", "indicators"):
        answer = client.get(f"/api/v1/{route}", query_string=query_of())
        good = paths[f"/api/v1/{route}"]["get"]["responses"]["200"]
        content = json.loads(answer.text)
        assert "buckets_not_checked" in content
        jsonschema.validate(content, good["content"]["application/json"]["schema"])
        told = {name for name, _ in answer.headers if name.startswith("X-Buckets")}
        assert told and told <= set(good["headers"])


def test_a_file_says_of_how_many_tags_its_header_does_not_tell(
    bare: Historian, client: FlaskClient
) -> None:
    bare.run(
        "INSERT INTO influx_hist (ts, tag_name, value) SELECT ts, 'E' || k, value FROM"
        " influx_hist, generate_series(1, 9) k WHERE ts < %s",
        (at(0.01),),
    )
    cache.forget()
    names = ["D1", *(f"E{k}" for k in range(1, 10))]
    for some, left in ((names, "2"), (names[:8], None)):
        query = query_of(tag=some, stop=at(0.5).isoformat())
        for resolution in ("1h", "raw"):
            sent = answered(client, "/api/v1/export.csv", {**query, "resolution": resolution})
            assert sent.headers.get("X-Tags-Not-Looked-At") == left
        sized = client.get("/api/v1/export/estimate", query_string=query).json
        assert sized["tags_not_looked_at"] == int(left or 0)
        manifest = client.get("/api/v1/export/manifest", query_string=query).json
        assert "tags_not_looked_at" not in manifest  # there all are looked at
    headers = client.get("/api/v1/openapi.json").json["paths"]["/api/v1/export.csv"]["get"]
    assert "X-Tags-Not-Looked-At" in headers["responses"]["200"]["headers"]


@pytest.mark.timescale
def test_buckets_that_count_deleted_readings_are_told(foreign: Historian, tmp_path: Path) -> None:
    foreign.run(
        "DELETE FROM influx_hist WHERE ts >= '2026-03-02 20:00+00' AND ts < '2026-03-02 23:00+00'"
    )
    cache.forget()
    client = client_of(foreign, tmp_path)
    bounds = {"start": at(1.6).isoformat(), "stop": at(2.2).isoformat()}
    query = {"tag": "D1", "resolution": "1h", **bounds}
    for route in ("/api/v1/timeseries", "/api/v1/indicators", "/trend/rows.csv"):
        answer = client.get(route, query_string=query)
        assert answer.headers["X-Buckets-With-Deleted"] == "D1=3", route
    for route in ("/api/v1/timeseries", "/api/v1/export/manifest"):
        assert client.get(route, query_string=query).json["buckets_with_deleted"] == {"D1": 3}
