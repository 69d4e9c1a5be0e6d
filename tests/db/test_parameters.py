"""One rule for what an address says: a parameter is given once, and with a value."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from components.question import receipt
from data import views
from tests.support.api import client as client

pytestmark = pytest.mark.db
#: Addresses of the pages with a text that each takes; no document lists them.
OF_PAGES = {
    "/trend/rows.csv": {"window": "1h", "resolution": "1m", "tz": "UTC", "select": "a/b"},
    "/tech/rows.csv": {"start": "2026-01-01", "resolution": "1m", "compare": "-1d", "zoom": "a/b"},
    "/overview/reading": {"tag": "D101"},
    "/overview/details": {"tag": "D101"},
    "/window": {"text": "1h", "tz": "UTC", "resolution": "1m"},
    "/compared": {"text": "-1d", "start": "2026-01-01", "stop": "2026-01-02", "tz": "UTC"},
}
ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 3, 1, tzinfo=UTC)
LISTS = {"tag", "tag_like", "group"}


def documented(client: FlaskClient) -> list[tuple[str, dict[str, Any]]]:
    """Return address and parameter, of each that the OpenAPI document names."""
    paths = client.get("/api/v1/openapi.json").json["paths"]
    return [
        (path, parameter)
        for path, methods in paths.items()
        for parameter in methods["get"].get("parameters", ())
        if parameter["in"] == "query"
    ]


def told(client: FlaskClient, address: str) -> tuple[int, str]:
    """Return status and sentence of a refusal, whichever its form."""
    answer = client.get(address)
    problem = answer.json or {}
    sentence = problem.get("detail") or problem.get("refused") or problem.get("message")
    return answer.status_code, sentence or answer.text


def test_of_two_values_no_address_takes_one(client: FlaskClient) -> None:
    walked = documented(client)
    assert len(walked) > 150
    for path, parameter in walked:
        name, repeated = parameter["name"], parameter["schema"]["type"] == "array"
        if not repeated:
            status, sentence = told(client, f"{path}?{name}=1h&{name}=2h")
            assert (status, sentence) == (400, f"{name} is given 2 times; give it once."), path
        assert repeated == (name in LISTS) or name == "tag", (path, name)
    for path, parameters in OF_PAGES.items():
        for name, text in parameters.items():
            if name == "tag" and path.endswith("rows.csv"):
                continue
            status, sentence = told(client, f"{path}?{name}={text}&{name}={text}")
            assert sentence.strip() == f"{name} is given 2 times; give it once.", path
            assert status == (200 if path in ("/window", "/compared") else 400), path


def test_of_tags_the_rows_of_a_chart_take_several(client: FlaskClient) -> None:
    rows = client.get("/trend/rows.csv?tag=D101&tag=D102&window=1h&resolution=10m")
    assert rows.status_code == 200 and "D101" in rows.text and "D102" in rows.text


def addresses() -> Iterator[set[str]]:
    """Yield the parameters of addresses of charts: of the page, of its files, of the documents."""
    script = (ROOT / "assets/chart/question.mjs").read_text()
    (made,) = re.findall(r"export function addressOf\(.*?return \{(.*?)\};", script, re.DOTALL)
    yield set(re.findall(r"^\s+(\w+):", made, re.MULTILINE))
    view = views.view({"tag": "D101", "compare": "-1d", "chosen": "D101"}, NOW, "UTC")
    yield {*receipt(view, [], {"width": 800})["query"], "select"}
    table = re.findall(
        r"^\| (`\w+`.*?) \| (.*?) \|", (ROOT / "docs/pages.md").read_text(), re.MULTILINE
    )
    yield {
        name
        for names, pages in table
        if pages in ("trend", "tech", "trend, tech", "trend (up to 8 times), tech", "all")
        for name in re.findall(r"`(\w+)`", names)
    }


@pytest.mark.parametrize("page", ["trend", "tech"])
def test_the_rows_of_a_chart_take_what_its_address_says_and_refuse_others_by_name(
    client: FlaskClient, page: str
) -> None:
    path = f"/{page}/rows.csv"
    every = set[str]()
    for names in addresses():
        assert {"tag", "start", "stop", "tz"} <= names
        every |= names
    assert every | {"zoom", "width", "lang", "theme", "events"} == every
    for name in every:
        _status, sentence = told(client, f"{path}?tag=D101&window=1h&{name}=%01")
        assert "There is no parameter" not in sentence, name
    usual = "tag=D101&window=1h&width=1200&theme=dark&lang=en&events=on&axes=lanes&indicators=avg"
    assert client.get(f"{path}?{usual}").status_code == 200
    for name in ("unheard_of", "Tag", "statistics", "decimal", "columns", "tag_like"):
        status, sentence = told(client, f"{path}?{usual}&{name}=1")
        assert (status, sentence.startswith(f"There is no parameter '{name}'")) == (400, True)
        assert all(each in sentence for each in every)
    status, sentence = told(client, f"{path}?lang=ko&unheard_of=1")
    assert status == 400 and "'unheard_of' 매개변수가 없습니다" in sentence


@pytest.mark.parametrize("value", ["", "%20"])
def test_without_a_value_no_parameter_of_the_api_or_of_a_file_means_something(
    client: FlaskClient, value: str
) -> None:
    for path, parameter in documented(client):
        name, schema = parameter["name"], parameter["schema"]
        answer = client.get(f"{path}?{name}={value}")
        assert answer.status_code == 400, (path, name)
        problem = answer.json
        assert problem["parameter"] == name, (path, problem)
        if "enum" in schema:
            assert problem["allowed"] == schema["enum"], (path, name)


@pytest.mark.parametrize("value", ["", [], [""]])
def test_nor_does_one_of_a_file_that_is_posted(client: FlaskClient, value: object) -> None:
    body = {"tag": "D101", "window": "1h", "resolution": value}
    answer = client.post("/api/v1/export.csv", json=body, headers={"Origin": "http://localhost"})
    assert (answer.status_code, answer.json["parameter"]) == (400, "resolution")
    assert answer.json["allowed"][0] == "raw"


def test_nor_does_one_of_two_values_of_a_posted_file_count(client: FlaskClient) -> None:
    def posted(body: str) -> Any:
        headers = {"Origin": "http://localhost", "Content-Type": "application/json"}
        return client.post("/api/v1/export.csv?lang=en", data=body, headers=headers)

    answer = posted('{"tag": "D101", "window": "1h", "window": "2h"}')
    assert (answer.status_code, answer.json["parameter"]) == (400, "window")
    assert answer.json["detail"] == "window is given 2 times; give it once."
    answer = posted('{"tag": "D101", "window": ' + "[" * 1_000 + "]" * 1_000 + ', "window": "1h"}')
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert posted('{"tag": ["D101", "D102"], "window": "1m"}').status_code == 200
