"""Excursions and statistics for programs: as a plain loop and PostgreSQL have them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import psycopg2
import pytest
from flask.testing import FlaskClient

from data import queries
from data.analysis import Checks
from data.db import cache
from tests.support.api import asked, cells
from tests.support.api import client as client
from tests.support.excursions import Latches

pytestmark = pytest.mark.db
HOURS = 60
NUMBERS = """
    SELECT count(*), avg(value), stddev_samp(value),
        percentile_cont(ARRAY[0.05, 0.5, 0.95]) WITHIN GROUP (ORDER BY value),
        min(value), max(value), max(ts)
    FROM influx_hist WHERE tag_name = %(tag)s AND ts >= %(start)s AND ts < %(stop)s
    AND coalesce(qc, 0) = 0 AND value >= %(low)s AND value <= %(high)s
    AND value > '-Infinity' AND value < 'Infinity'
"""


@pytest.fixture(scope="module")
def window(plant_dsn: str) -> dict[str, str]:
    """Sixty hours of the plant up to its newest reading, by which some tags alarm."""
    with psycopg2.connect(plant_dsn) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT max(ts) FROM influx_hist WHERE ts < now()")
        stop = cursor.fetchone()[0].astimezone(UTC).replace(microsecond=0)
    start = stop.replace(minute=7, second=3) - timedelta(hours=HOURS)
    return {"start": start.isoformat(), "stop": stop.isoformat()}


def rows_of(dsn: str, tag: str, window: dict[str, str], before: int = 2) -> list[Any]:
    """Return ts, value, qc of a window, and of some days before it."""
    start = datetime.fromisoformat(window["start"]) - timedelta(days=before)
    with psycopg2.connect(dsn) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT ts, value, coalesce(qc, 0) FROM influx_hist WHERE tag_name = %s AND ts >= %s"
            " AND ts < %s ORDER BY ts",
            (tag, start, window["stop"]),
        )
        return cursor.fetchall()


def stretches(rows: list[Any], checks: Checks, start: datetime) -> list[list[Any]]:
    """Return start, stop and level of each excursion, reading by reading."""
    latches, found = Latches(checks.limits, checks.deadband), list[list[Any]]()
    is_on = False
    for ts, value, qc in rows:
        if ts >= start and not found and latches.level and not is_on:
            found.append([start, None, latches.level])
            is_on = True
        if not qc and np.isfinite(value) and checks.low <= value <= checks.high:
            latches.see(value)
        if ts < start:
            continue
        if latches.level and not is_on:
            found.append([ts, None, 0])
        if is_on and not latches.level:
            found[-1][1] = ts
        is_on = latches.level > 0
        if is_on:
            found[-1][2] = max(found[-1][2], latches.level)
    return [each for each in found if each[1] is None or each[1] > each[0]]


def test_excursions_of_all_tags_are_those_of_their_readings(
    client: FlaskClient, plant_dsn: str, window: dict[str, str]
) -> None:
    rows = asked(client, "excursions", tz="UTC", **window)["rows"]
    with client.application.app_context():
        tags = queries.tags()
    heads = [row for row in rows if row["kind"] == "window"]
    assert [row["tag_name"] for row in heads] == list(tags)
    start, count = datetime.fromisoformat(window["start"]), 0
    for head in heads:
        tag = tags[head["tag_name"]]
        assert head["rule"] == tag.checks.state
        mine = [r for r in rows if r["tag_name"] == tag.name and r["kind"] == "excursion"]
        if not tag.checks.active or all(each is None for each in tag.checks.limits):
            assert mine == [] and not head["source"]
            continue
        assert head["source"] == "influx_hist"
        expected = stretches(rows_of(plant_dsn, tag.name, window), tag.checks, start)
        levels = {"WARNING": 1, "CRITICAL": 2}
        told = [
            [datetime.fromisoformat(r["start"]), r["stop"] and datetime.fromisoformat(r["stop"]),
             levels[r["level"]]] for r in mine
        ]  # fmt: skip
        assert told == expected, tag.name
        count += len(told)
        for row in mine:
            assert row["still_on"] is (row["stop"] is None)
            assert row["over"] == pytest.approx(abs(row["extreme"] - row["limit_value"]))
            assert 0 <= row["coverage"] <= 1
    assert count, "the plant leaves its limits"


def test_one_tag_alone_has_the_same_excursions_as_among_all(
    client: FlaskClient, window: dict[str, str]
) -> None:
    every = asked(client, "excursions", tz="UTC", **window)["rows"]
    some = next(row["tag_name"] for row in every if row["kind"] == "excursion")
    mine = asked(client, "excursions", tag=some, tz="UTC", **window)["rows"]
    assert mine == [row for row in every if row["tag_name"] == some]
    file = cells(client, "/api/v1/excursions.csv", tag=some, tz="UTC", **window)
    assert [row["start"] for row in file] == [row["start"] for row in mine]


@pytest.mark.parametrize("tag", ["D101", "D300"])
def test_statistics_are_those_of_postgresql(
    client: FlaskClient, plant_dsn: str, window: dict[str, str], tag: str
) -> None:
    (row,) = asked(client, "statistics", tag=tag, tz="UTC", **window)["rows"]
    with client.application.app_context():
        checks = queries.tags()[tag].checks
    values = {"tag": tag, "low": checks.low, "high": checks.high, **window}
    with psycopg2.connect(plant_dsn) as connection, connection.cursor() as cursor:
        cursor.execute(NUMBERS, values)
        n, mean, sd, quantiles, low, high, newest = cursor.fetchone()
    assert (row["n"], row["min"], row["max"]) == (n, low, high)
    assert (row["start"], row["stop"], row["made_of"]) == (
        window["start"], window["stop"], "readings",
    )  # fmt: skip
    assert datetime.fromisoformat(row["newest_at"]) == newest
    told = [row[name] for name in ("mean", "sd", "p05", "p50", "p95")]
    assert told == pytest.approx([mean, sd, *quantiles], rel=1e-9)
    shares = [row[name] for name in row if name.endswith("_pct")]
    assert sum(shares) == pytest.approx(100, abs=1e-9)
    assert row["n"] + row["n_bad"] == len(rows_of(plant_dsn, tag, window, 0))


def test_of_too_many_readings_buckets_tell_and_the_answer_says_so(
    client: FlaskClient, window: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (whole,) = asked(client, "statistics", tag="D300", tz="UTC", **window)["rows"]
    monkeypatch.setattr("data.queries.summed.readings.MOST_READINGS", 100)
    start, stop = (
        datetime.fromisoformat(each).replace(minute=0, second=0) for each in window.values()
    )
    hours = {"start": start.isoformat(), "stop": stop.isoformat()}
    (row,) = asked(client, "statistics", tag="D300", tz="UTC", **hours)["rows"]
    assert row["made_of"] == "1h means"
    assert (row["start"], row["stop"]) == (hours["start"], hours["stop"])
    assert [row[name] for name in row if name.endswith("_pct")] == [None] * 6
    assert row["mean_by_time"] is None
    monkeypatch.undo()
    cache.forget()
    (same,) = asked(client, "statistics", tag="D300", tz="UTC", **hours, lang="ko")["rows"]
    for name in ("n", "min", "max", "newest", "newest_at", "min_at", "max_at"):
        assert row[name] == same[name], name
    assert row["mean"] == pytest.approx(same["mean"], rel=1e-9)
    assert row["sd"] != same["sd"] and whole["made_of"] == "readings"


def test_a_window_without_readings_says_no_data(client: FlaskClient) -> None:
    query = {"start": "2001-01-01", "stop": "2001-01-02", "tz": "UTC"}
    (row,) = asked(client, "statistics", tag="D101", **query)["rows"]
    assert (row["n"], row["good"], row["mean"], row["no_data_pct"]) == (0, None, None, 100)
    (head,) = asked(client, "excursions", tag="D101", **query)["rows"]
    assert head["kind"] == "window"


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("excursions?tag=nope", "tag"),
        ("excursions?tag_like=nope*", "tag_like"),
        ("excursions?group=nope", "group"),
        ("excursions?window=x", "window"),
        ("excursions?tag=D101&resolution=1h", "resolution"),
        ("statistics", "tag"),
        ("statistics?tag=nope", "tag"),
        ("statistics?" + "&".join(f"tag=D{k}" for k in range(9)), "tag"),
        ("statistics?tag=D101&tz=Mars", "tz"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(
    client: FlaskClient, path: str, parameter: str
) -> None:
    name, _mark, query = path.partition("?")
    for ending in ("", ".csv"):
        answer = client.get(f"/api/v1/{name}{ending}?{query}")
        assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
        assert answer.json["parameter"] == parameter


@pytest.mark.parametrize("name", ["gaps", "statistics", "excursions"])
def test_what_is_told_of_time_to_come_ends_no_earlier_than_it_begins(
    client: FlaskClient, name: str
) -> None:
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)
    given = {"tag": "D101", "start": start.isoformat(), "tz": "UTC"}
    given |= {"stop": (start + timedelta(hours=8)).isoformat()}
    (row,) = asked(client, name, **given)["rows"]
    assert row["start"] == row["stop"] == start.isoformat()
    assert row.get("seconds", 0) == 0
    assert row.get("n", 0) == 0
