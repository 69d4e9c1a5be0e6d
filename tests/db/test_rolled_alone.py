"""A tag of which rollups alone are left, without description, rule or reading."""

from collections.abc import Iterator
from datetime import timedelta

import pandas as pd
import pytest
from flask.testing import FlaskClient

import web
from data import queries
from data.db import cache, pool
from data.export import question
from data.views import histories, view
from settings import Settings
from tests.support.api import asked
from tests.support.historians import START, ZONE, Historian, rolled

pytestmark = pytest.mark.db
NAME, NOW = "gone/가", START + timedelta(hours=12)
QUERY = {"tag": NAME, "start": START.isoformat(), "stop": NOW.isoformat(), "resolution": "1h"}


@pytest.fixture
def client(bare: Historian, tmp_path: object) -> Iterator[FlaskClient]:
    """A browser of a site over a historian that has a tag with readings, and one without."""
    for tag in ("D1", NAME):
        bare.write(pd.DataFrame({"value": 50.0}, pd.date_range(START, NOW, 721)[:-1]), tag)
    rolled(bare, "influx_agg_1h")
    bare.run("DELETE FROM influx_hist WHERE tag_name = %s", (NAME,))
    app = web.create_app(Settings(dsn=bare.dsn, data_dir=str(tmp_path)))
    cache.forget()
    yield app.server.test_client()
    pool.dispose()
    cache.forget()


def test_it_is_in_no_list_and_opened_by_its_name(client: FlaskClient) -> None:
    ((item,), refusals) = histories(view(QUERY, NOW, ZONE))
    assert not refusals and item.frame["n"].tolist() == [60] * 12
    assert [tag.name for tag in question({k: (v,) for k, v in QUERY.items()}, NOW, ZONE).tags] == [
        NAME
    ]
    assert [row["n"] for row in asked(client, "timeseries", **QUERY)["rows"]] == [60] * 12
    bounds = {name: QUERY[name] for name in ("tag", "start", "stop")}
    assert asked(client, "statistics", **bounds)["rows"][0]["n"] == 720
    assert [row["tag_name"] for row in asked(client, "tags", tag=NAME)["rows"]] == [NAME]
    assert asked(client, "qc-rules", tag=NAME)["rows"] == []
    assert asked(client, "excursions", **bounds)["rows"][0]["rule"] == "NO RULE"
    assert list(queries.tags()) == ["D1"]
    assert [row["tag_name"] for row in asked(client, "latest")["rows"]] == ["D1"]


@pytest.mark.parametrize(("lang", "words"), [("en", "rollups alone tell"), ("ko", "롤업만 남아")])
def test_it_has_no_newest_reading_which_is_said(client: FlaskClient, lang: str, words: str) -> None:
    refused = client.get("/api/v1/latest", query_string={"tag": NAME, "lang": lang})
    assert refused.status_code == 400 and words in refused.json["detail"]


def test_a_name_of_which_nobody_tells_stays_unknown(client: FlaskClient, bare: Historian) -> None:
    for path in ("timeseries", "latest", "excursions"):
        refused = client.get(f"/api/v1/{path}", query_string={"tag": "gone/나"})
        assert refused.json["error"] == "unknown_tag"
    bare.run("DROP TABLE influx_agg_1h")
    queries.catalog.expire()
    cache.forget()
    assert client.get("/api/v1/timeseries", query_string=QUERY).json["error"] == "unknown_tag"
