"""What the API says of now: the overview's own tick, with every digit."""

import csv
import io
import threading
import time
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from api import overview
from data import queries
from data.db import Answer, cache
from data.errors import HistorianUnavailable
from tests.support.api import client as client

pytestmark = pytest.mark.db
#: Of a browser whose page is ours: what comes from elsewhere is refused before.
HEADERS = {"Accept": "text/html", "Origin": "http://localhost"}


def rows(client: FlaskClient, query: str = "") -> list[dict[str, Any]]:
    answer = client.get(f"/api/v1/latest?{query}")
    assert answer.status_code == 200, answer.json
    return list(answer.json["rows"])


def test_the_latest_of_all_tags_is_the_frame_of_the_overview(client: FlaskClient) -> None:
    found = rows(client)
    tags = client.get("/overview/tags").json
    frame = client.get("/overview/frame").json
    assert [row["tag_name"] for row in found] == tags["names"]
    assert [row["badge"] for row in found] == [tags["badges"][int(c, 36)] for c in frame["badge"]]
    assert [row["unit"] for row in found] == tags["units"]
    for row, value in zip(found, frame["value"], strict=True):
        assert (row["value"] is None) == (value is None)
        assert value is None or row["value"] == pytest.approx(value, rel=1e-3, abs=0.6)


def test_the_time_and_value_of_a_tag_are_those_of_its_newest_reading(client: FlaskClient) -> None:
    (row,) = rows(client, "tag=D101&tz=UTC")
    newest = client.get("/overview/reading?tag=D101").json
    assert row["value"] == newest["value"]
    at = datetime.fromisoformat(row["ts"])
    assert at.utcoffset().total_seconds() == 0
    assert round(at.timestamp() * 1000) == pytest.approx(newest["time"], abs=1)


def test_a_tick_serves_programs_and_pages_alike(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows(client)
    made: list[float] = []
    now = overview.overview.now
    monkeypatch.setattr(overview.frame, "seconds", 60.0)
    monkeypatch.setattr(overview.overview, "now", lambda *one: made.append(1.0) or now(*one))
    overview.frame.expire(overview.states.HOLD_S)
    for _ in range(5):
        rows(client, "tag=D101")
        client.get("/overview/frame")
    assert len(made) == 1


def test_a_pattern_and_a_group_choose_tags(client: FlaskClient) -> None:
    every = rows(client)
    alike = [row["tag_name"] for row in rows(client, "tag_like=D1*")]
    assert alike == [r["tag_name"] for r in every if r["tag_name"].startswith("D1")]
    assert [row["tag_name"] for row in rows(client, "tag_like=D10?&tag=D300")][0] == "D300"


def test_the_csv_has_the_rows_of_the_json(client: FlaskClient) -> None:
    answer = client.get("/api/v1/latest.csv?tag_like=D1*")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    table = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    for cells, row in zip(table, rows(client, "tag_like=D1*"), strict=True):
        assert cells["tag_name"] == row["tag_name"]
        assert cells["value"] == ("" if row["value"] is None else repr(row["value"]))
        assert cells["reasons"] == " ".join(row["reasons"])


def test_what_has_not_changed_is_not_sent_again(client: FlaskClient) -> None:
    first = client.get("/api/v1/openapi.json")
    again = client.get(
        "/api/v1/openapi.json",
        headers={"If-None-Match": first.headers["ETag"], "Accept-Encoding": "br"},
    )
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    ("query", "parameter", "value"),
    [
        ("tag=nope", "tag", "nope"),
        ("tags=D101", "tags", None),
        ("tag_like=ZZ*", "tag_like", "ZZ*"),
        ("group=nowhere", "group", "nowhere"),
        ("tz=Mars", "tz", "Mars"),
        ("tz=UTC&tz=UTC", "tz", 2),
        ("tag=", "tag", None),
        ("lang=xx", "lang", "xx"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(
    client: FlaskClient, query: str, parameter: str, value: object
) -> None:
    answer = client.get(f"/api/v1/latest?{query}")
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json
    assert (problem["parameter"], problem.get("value")) == (parameter, value)
    assert problem["status"] == 400
    assert problem["instance"] == "/api/v1/latest"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nothing", 404),
        ("POST", "/api/nothing", 404),
        ("GET", "/api/", 404),
        ("DELETE", "/api/v1/latest", 405),
        ("POST", "/api/v1/openapi.json", 405),
        ("BREW", "/api/v1/latest", 405),
        ("PATCH", "/api/v1/latest.csv", 405),
    ],
)
def test_an_address_without_an_answer_is_a_problem_too(
    client: FlaskClient, method: str, path: str, status: int
) -> None:
    answer = client.open(path, method=method, headers=HEADERS)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json["status"] == status
    if status == 405:
        assert "GET" in answer.headers["Allow"]


def test_a_refusal_is_in_the_language_of_who_asks(client: FlaskClient) -> None:
    answer = client.get("/api/v1/latest?nothing=1&lang=ko")
    assert answer.json["detail"].startswith("'nothing' 매개변수가 없습니다.")


def test_a_body_that_is_too_large_is_a_problem(client: FlaskClient) -> None:
    answer = client.post("/api/v1/latest", data=b"x" * (2**20 + 1), headers=HEADERS)
    assert (answer.status_code, answer.mimetype) == (413, "application/problem+json")


@pytest.mark.parametrize("ending", ["", ".csv"])
@pytest.mark.parametrize("name", ["latest", "tags", "qc-rules", "timeseries", "indicators", "gaps"])
def test_no_old_answer_is_given_as_one_of_now(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, name: str, ending: str
) -> None:
    """The pages go on with it, marked; a program would not see the mark."""
    window = "&window=1h&resolution=1m" if name in ("timeseries", "indicators") else ""
    path = f"/api/v1/{name}{ending}?tag=D101{window}"
    assert client.get(path).status_code == 200

    def lose(*_given: object) -> None:
        raise HistorianUnavailable("historian_lost")

    monkeypatch.setattr("data.db.pool.reading.answer_of", lose)
    overview.frame.expire(overview.states.HOLD_S)
    for reader in (queries.tags, queries.rules, queries.catalog):
        reader.expire()
    for _ in range(40):  # an answer is shared for some seconds
        answer = client.get(path)
        if answer.status_code != 200:
            break
        time.sleep(0.25)
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    monkeypatch.undo()
    cache.forget()


@pytest.mark.parametrize(
    "old", [{"error": HistorianUnavailable("historian_lost")}, {"age": 11.0}], ids=str
)
def test_a_frame_that_is_not_of_now_is_no_answer(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, old: dict[str, Any]
) -> None:
    rows(client)
    newest = overview.newest_frame

    def kept(anew: bool, seconds: float) -> Answer[overview.Encoded]:
        return replace(newest(anew, seconds), **old)

    monkeypatch.setattr(overview, "newest_frame", kept)
    refused = client.get("/api/v1/latest")
    assert refused.status_code == 503
    assert "window" not in refused.json["detail"]  # it has none


def test_a_program_waits_for_a_historian_that_takes_longer_than_a_page_waits(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A script that asks once a minute finds an old frame, and got no answer but 503."""
    rows(client)
    kept, wait, now = overview.frame.kept, overview.next_frame.wait, overview.overview.now
    old, released = kept(overview.states.HOLD_S), threading.Event()
    assert old is not None

    def aged(hold: float) -> Answer[overview.Encoded] | None:
        last = kept(hold)
        is_same = last is not None and last.as_of == old.as_of
        return replace(last, age=last.age + 20, is_fresh=False) if is_same else last

    def waiting(number: int, seconds: float) -> bool:
        if seconds > overview.PATIENCE_S:
            released.set()
        return wait(number, seconds)

    monkeypatch.setattr(overview.frame, "kept", aged)
    monkeypatch.setattr(overview.overview, "now", lambda *each: released.wait() and now(*each))
    monkeypatch.setattr(overview.next_frame, "wait", waiting)
    overview.frame.expire(overview.states.HOLD_S)
    assert client.get("/api/v1/latest").status_code == 200
