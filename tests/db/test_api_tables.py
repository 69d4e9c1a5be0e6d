"""Features, indicators, gaps, tags, rules and status for programs: what the pages have."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import psycopg2
import pytest
from flask.testing import FlaskClient

from data.analysis import rules
from data.views import INDICATOR_COLUMNS
from tests.support.api import asked, cells
from tests.support.api import client as client

pytestmark = pytest.mark.db


@pytest.fixture(scope="module")
def window(plant_dsn: str) -> dict[str, str]:
    """Six hours of the plant."""
    with psycopg2.connect(plant_dsn) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT max(ts) FROM influx_hist")
        newest = cursor.fetchone()[0].astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    start = newest - timedelta(hours=6)
    return {"start": start.isoformat(), "stop": newest.isoformat()}


def test_indicators_are_those_of_the_file_of_the_page(
    client: FlaskClient, window: dict[str, str]
) -> None:
    query = {"tag": "D101", "resolution": "1m", "tz": "UTC", **window}
    theirs = cells(client, "/tech/rows.csv", **query)[::-1]
    ours = cells(client, "/api/v1/indicators.csv", **query)
    assert len(ours) == len(theirs) == 360
    for own, other in zip(ours, theirs, strict=True):
        assert own["bucket"] == other["time"]
        for name in INDICATOR_COLUMNS:
            assert (own[name] and float(own[name])) == (other[name] and float(other[name])), name


def test_features_are_those_of_the_readings(
    client: FlaskClient, plant_dsn: str, window: dict[str, str]
) -> None:
    with psycopg2.connect(plant_dsn) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT ts, value FROM influx_hist WHERE tag_name = 'D300' AND ts >= %(start)s"
            " AND ts < %(stop)s AND coalesce(qc, 0) = 0 AND value > '-Infinity'"
            " AND value < 'Infinity'",
            window,
        )
        readings = pd.DataFrame(cursor.fetchall(), columns=["ts", "value"]).set_index("ts")["value"]
    found = pd.DataFrame(asked(client, "features", tag="D300", tz="UTC", **window)["rows"])
    means = readings.resample("5min").mean().dropna()
    assert list(pd.to_datetime(found["bucket"])) == list(means.index)
    assert np.allclose(found["mean_5m"], means)
    assert np.allclose(found["p90_5m"], readings.resample("5min").quantile(0.9).dropna())


def test_gaps_and_coverage_are_those_of_the_window(client: FlaskClient) -> None:
    rows = asked(client, "gaps", tag=["D101", "D102"], window="3d")["rows"]
    heads = [row for row in rows if row["kind"] == "window"]
    assert [row["tag_name"] for row in heads] == ["D101", "D102"]
    assert 0.5 < heads[0]["coverage"] <= 1
    gaps = [row for row in rows if row["kind"] == "gap" and row["tag_name"] == "D102"]
    assert gaps, "the plant leaves a gap in this tag"
    for gap in gaps:
        start, stop = (datetime.fromisoformat(gap[edge]) for edge in ("start", "stop"))
        assert (stop - start).total_seconds() == pytest.approx(gap["seconds"])


def test_tags_are_those_of_the_overview(client: FlaskClient) -> None:
    rows = asked(client, "tags")["rows"]
    columns = client.get("/overview/tags").json
    assert [row["tag_name"] for row in rows] == columns["names"]
    assert [row["kind"] for row in rows] == columns["kinds"]
    assert [row["description"] for row in rows] == columns["descriptions"]
    group = rows[0]["group"]
    some = asked(client, "tags", group=group)["rows"]
    assert some == [row for row in rows if row["group"] == group]


def test_rules_are_those_of_the_details(client: FlaskClient) -> None:
    (row,) = asked(client, "qc-rules", tag="D101")["rows"]
    rule = client.get("/overview/details?tag=D101").json["rule"]
    assert {name: row[name] for name in rules.COLUMNS} == rule
    assert (row["state"], row["faults"]) == ("ACTIVE", [])


def test_status_is_that_of_the_status_page(client: FlaskClient) -> None:
    ours, theirs = asked(client, "status"), client.get("/status.json").json
    assert ours["relations"] == theirs["relations"]
    subjects = [line["subject"] for line in theirs["lines"]]
    assert [line["subject"] for line in ours["lines"]] == subjects
    assert [row["subject"] for row in cells(client, "/api/v1/status.csv")] == subjects


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("features?window=1h", "tag"),
        ("features?tag=D101&window=60d", "resolution"),
        ("features?tag=D101&resolution=5m", "resolution"),
        ("indicators?tag=D101&tag=D102", "tag"),
        ("indicators?tag=P100", "tag"),
        ("indicators?tag=D101&resolution=raw", "resolution"),
        ("gaps?tag=D101&window=x", "window"),
        ("tags?tag=nope", "tag"),
        ("tags?tz=UTC", "tz"),
        ("qc-rules?tag_like=nope*", "tag_like"),
        ("status?tag=D101", "tag"),
        ("status?tz=Mars", "tz"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(
    client: FlaskClient, path: str, parameter: str
) -> None:
    for ending in ("", ".csv"):
        name, _mark, query = path.partition("?")
        answer = client.get(f"/api/v1/{name}{ending}?{query}")
        assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
        assert answer.json["parameter"] == parameter
