"""The OpenAPI document says what the API does: every answer is held to it, every error is made."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flask
import pytest
import schemathesis
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis import GenerationMode, checks

import web
from api.v1 import ROUTES
from data.db import cache, lanes, pool
from data.errors import OF_PARAMETER, SENTENCES
from settings import Settings
from tests.support.api import asked
from tests.support.api import client as client
from tests.support.people import add_people, signed_in

pytestmark = pytest.mark.db
SOME = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
]


def document(client: FlaskClient, **query: str) -> dict[str, Any]:
    return asked(client, "openapi.json", **query)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_document_is_one_of_openapi_3_1(client: FlaskClient, language: str) -> None:
    OpenAPIV31SpecValidator(document(client, lang=language)).validate()


def test_every_route_of_the_api_is_in_the_document(client: FlaskClient) -> None:
    rules = {rule.rule for rule in client.application.url_map.iter_rules()}
    routes = {rule for rule in rules if rule.startswith("/api/") and "path:" not in rule}
    named = {re.sub("<(.*)>", r"{\1}", rule) for rule in routes}
    assert named - {"/api/", "/api/v1/openapi.json"} == set(document(client)["paths"])


#: A manifest refuses it in a sentence of its own: the file that it tells of must stay the same.
NEVER_TAKEN = {"/api/v1/export/manifest": {"window"}}


def test_each_address_takes_the_parameters_of_the_document_and_no_other(
    client: FlaskClient,
) -> None:
    for path, item in document(client)["paths"].items():
        if "{" in path:
            continue
        named = {each["name"] for each in item["get"]["parameters"]}
        answer = client.get(f"{path}?unheard_of=1&tag=D101")
        assert (answer.status_code, answer.json["parameter"]) == (400, "unheard_of"), path
        assert set(answer.json["allowed"]) - NEVER_TAKEN.get(path, set()) == named, path


def test_no_address_takes_a_language_that_there_is_not(client: FlaskClient) -> None:
    fixed = "tag=D101&start=2026-01-31T08:00Z&stop=2026-01-31T08:01Z&lang=tlh"
    for path, item in document(client)["paths"].items():
        if "{" in path:
            continue
        named = {each["name"] for each in item["get"]["parameters"]}
        query = "&".join(each for each in fixed.split("&") if each.partition("=")[0] in named)
        answer = client.get(f"{path}?{query}")
        assert (answer.status_code, answer.json["parameter"]) == (400, "lang"), path
        assert answer.json["value"] == "tlh"


def test_the_document_allows_no_text_without_a_value_for_all_are_refused(
    client: FlaskClient,
) -> None:
    for path, item in document(client)["paths"].items():
        for each in item["get"]["parameters"] if "{" not in path else ():
            schema = each["schema"].get("items", each["schema"])
            allows = schema["type"] == "string" and "enum" not in schema
            assert not allows or schema.get("minLength", 0) >= 1, (path, each["name"])
            answer = client.get(path, query_string={each["name"]: ""})
            assert (answer.status_code, answer.json["parameter"]) == (400, each["name"]), path


def test_a_wrong_word_is_refused_with_the_words_of_the_document(client: FlaskClient) -> None:
    for path, item in document(client)["paths"].items():
        if "{" in path:
            continue
        words = {each["name"]: each["schema"].get("enum") for each in item["get"]["parameters"]}
        for name in (name for name in words if words[name]):
            query = {"tag": "D101"} if "tag" in words else {}
            told = client.get(path, query_string=query | {name: "gibberish"}).json
            assert (told["status"], told["parameter"]) == (400, name), (path, told)
            assert set(told["allowed"]) == set(words[name]), (path, told)


def test_what_a_posted_question_says_beside_its_body_is_refused(client: FlaskClient) -> None:
    script = client.application.test_client()  # without a cookie, which only browsers send
    path = "/api/v1/export.csv?resolution=1h"
    answer = script.post(path, json={"tag": ["D101"], "window": "2h"})
    assert (answer.status_code, answer.json["parameter"]) == (400, "resolution")
    answer = script.post("/api/v1/export.csv?lang=ko", json={"tag": ["D101"], "window": "0h"})
    assert answer.status_code == 400 and "조회 기간" in answer.json["detail"]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_the_example_of_a_route_is_answered_with_the_columns_it_says(
    client: FlaskClient, route: Any
) -> None:
    example = re.sub("group=Flow", "tag=D101", route.example)
    answer = client.get(f"/api/v1/{route.name}?{example}")
    assert answer.status_code == 200, answer.json
    if route.schema is None:
        assert answer.json["rows"]
        assert all(set(row) <= set(route.columns) for row in answer.json["rows"])
    header = client.get(f"/api/v1/{route.name}.csv?{example}").text.partition("\r\n")[0]
    assert set(header.split(",")) <= set(route.columns)


@pytest.fixture(scope="module")
def schema(client: FlaskClient) -> Any:
    """The document, as what tries each of its operations reads it."""
    application = client.application
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)


PATHS = [f"/api/v1/{route.name}{ending}" for route in ROUTES for ending in ("", ".csv")]
#: What a question of the document needs to be one of this plant.
OF_PLANT = {"tag": ["D101"], "window": "1h", "tz": "UTC", "statistics": "avg,n", "compare": "-1d"}
UNFIT = ("tag_like", "group", "start", "stop", "cursor")
#: Parameters that only buckets of one width have, and those that single readings do not.
OF_WIDTH, OF_BUCKETS = {"fill", "limit"}, {"fill", "statistics", "compare"}


def fitting(query: dict[str, Any]) -> dict[str, Any]:
    """Return a question of the document as one of the plant whose parameters fit one another."""
    query = {name: OF_PLANT.get(name, query[name]) for name in query if name not in UNFIT}
    if OF_WIDTH & query.keys() and query.get("resolution", "auto") == "auto":
        query["resolution"] = "10m"
    if "resolution" in query:  # a day has more than so many of the shortest
        query["window"] = OF_PLANT["window"]
    if query.get("resolution") == "raw":
        query = {name: query[name] for name in query if name not in OF_BUCKETS}
    return query


def judged(case: Any) -> int:
    """Return the status of an answer that is one of those of the document."""
    headers = {"Accept-Encoding": "identity"}
    return int(case.call_and_validate(checks=CHECKS, headers=headers).status_code)


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize("path", PATHS)
def test_whatever_is_asked_is_answered_as_the_document_says(
    schema: Any, mode: GenerationMode, path: str
) -> None:
    """Questions as the document has them, of any tags; and nonsense."""

    @SOME
    @given(case=schema[path]["GET"].as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        judged(case)

    ask()


@pytest.mark.parametrize("path", PATHS)
def test_a_question_that_fits_the_plant_is_never_refused(schema: Any, path: str) -> None:
    @SOME
    @given(case=schema[path]["GET"].as_strategy(generation_mode=GenerationMode.POSITIVE))
    def ask(case: Any) -> None:
        case.query = fitting(case.query)
        assert judged(case) == 200, case.query

    ask()


@pytest.fixture
def closed(plant_dsn: str, tmp_path: Path) -> flask.Flask:
    """A site over the plant where one signs in."""
    add_people(tmp_path)
    options = {"auth": ("password",), "data_dir": str(tmp_path), "rate_limit": 30}
    return web.create_app(Settings(dsn=plant_dsn, **options)).server


def refuse(server: flask.Flask, _patch: pytest.MonkeyPatch, path: str) -> Any:
    return signed_in(server, "analyst").get(f"{path}?nonsense=1")


def send_nobody(server: flask.Flask, _patch: pytest.MonkeyPatch, path: str) -> Any:
    return server.test_client().get(path, headers={"Accept": "text/html"})


def send_screen(server: flask.Flask, _patch: pytest.MonkeyPatch, path: str) -> Any:
    return signed_in(server, "screen").get(path)


def ask_often(server: flask.Flask, _patch: pytest.MonkeyPatch, path: str) -> Any:
    browser = signed_in(server, "analyst")
    for _ in range(100):  # a minute may end meanwhile
        answer = browser.get(path)
        if answer.status_code == 429:
            break
    return answer


def lose(server: flask.Flask, patch: pytest.MonkeyPatch, path: str) -> Any:
    pool.connect("host=/nowhere")
    cache.forget()
    return signed_in(server, "analyst").get(f"{path}?{query_of(path)}")


def damage(server: flask.Flask, patch: pytest.MonkeyPatch, path: str) -> Any:
    browser = signed_in(server, "analyst")
    file = Path(server.extensions["ksys-access"].folder.path) / "users.json"
    text = file.read_text()
    file.write_text("{")
    answer = browser.get(path)
    file.write_text(text)
    return answer


def fill_up(server: flask.Flask, patch: pytest.MonkeyPatch, path: str) -> Any:
    def take() -> None:
        raise lanes.Busy

    cache.forget()
    patch.setattr(lanes, "take_place", take)
    return signed_in(server, "analyst").get(f"{path}?{query_of(path)}")


def query_of(path: str) -> str:
    name = path.removeprefix("/api/v1/").removesuffix(".csv")
    return {"latest": "", "tags": "", "qc-rules": "", "status": ""}.get(name, "tag=D101&window=1h")


#: Status -> what brings an answer of it about.
MAKERS: dict[int, Callable[[flask.Flask, pytest.MonkeyPatch, str], Any]] = {
    400: refuse,
    401: send_nobody,
    403: send_screen,
    429: ask_often,
    503: lose,
}


#: Of files: tests/db/test_export_stream.py.
MADE_ELSEWHERE = (404, 505)


@pytest.mark.parametrize("status", MAKERS)
def test_every_error_of_the_document_is_made_by_every_route(
    closed: flask.Flask, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    paths = signed_in(closed, "analyst").get("/api/v1/openapi.json").json["paths"]
    assert len(paths) > 2 * len(ROUTES)
    for path, item in paths.items():
        stated = {int(each) for each in item["get"]["responses"]}
        assert stated <= {200, *MAKERS, *MADE_ELSEWHERE}
        if status not in stated:
            continue
        path = path.replace("{name}", "0123456789")
        maker = MAKERS[status]
        if status == 503 and path.startswith("/api/v1/status"):
            maker = damage  # it answers whether or not the historian does, and says so
        answer = maker(closed, monkeypatch, path)
        assert (answer.status_code, answer.mimetype) == (status, "application/problem+json"), path
        problem = answer.json
        assert (problem["status"], problem["instance"]) == (status, path)
        assert problem["detail"] and problem["title"] and problem["type"].startswith("/docs/api#")
        if status == 429:
            assert int(answer.headers["Retry-After"]) >= 1
        if status == 401:
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_busy_historian_is_a_problem_that_says_when_to_ask_again(
    closed: flask.Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in ("/api/v1/timeseries", "/api/v1/timeseries.csv"):
        answer = fill_up(closed, monkeypatch, path)
        assert (answer.status_code, answer.mimetype) == (503, "application/problem+json"), path
        assert answer.json["error"] == "historian_busy"
        assert answer.headers["Retry-After"] == "1"


def test_a_fault_of_our_own_is_a_problem_without_a_traceback(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_given: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("api.v1.catalog.status_now", fail)
    answer = client.get("/api/v1/status")
    assert (answer.status_code, answer.mimetype) == (500, "application/problem+json")
    assert "secret" not in answer.text


def test_a_table_of_parameters_is_of_sentences_that_there_are() -> None:
    assert set(OF_PARAMETER) <= set(SENTENCES)
    for key, place in OF_PARAMETER.items():
        named = {place.given, place.allowed, *re.findall(r"\{(\w+)\}", place.parameter)} - {""}
        holes = set(re.findall(r"\{(\w+)", SENTENCES[key]))
        # The names of groups are told one by one besides: they may hold the comma between them.
        # A window that runs backwards is sent as one parameter or two, and told as two times.
        besides = {"name", "value"} if key == "start_after_stop" else {"groups"}
        assert named <= holes | besides, key


@pytest.mark.parametrize(("language", "word"), [("en", "Parameter"), ("ko", "매개변수")])
def test_a_page_of_our_own_tells_every_route_and_parameter(
    client: FlaskClient, language: str, word: str
) -> None:
    answer = client.get(f"/docs/api?lang={language}")
    assert answer.mimetype == "text/html"
    assert word in answer.text
    for route in ROUTES:
        assert f"GET /api/v1/{route.name}" in answer.text
        for parameter in route.parameters:
            assert f"<code>{parameter.name}</code>" in answer.text
    for key in OF_PARAMETER:
        assert f'id="{key}"' in answer.text
    assert not re.search(r'(src|href)="https?://', answer.text)
    assert "built-in" not in answer.text, "a word of the page is a method of Python's"


def test_a_problem_below_a_path_of_its_host_says_where_it_is(client: FlaskClient) -> None:
    answer = client.get("/api/v1/latest?tz=Mars", base_url="http://localhost/ksys")
    assert answer.json["instance"] == "/ksys/api/v1/latest"
    assert answer.json["type"] == "/ksys/docs/api#unknown_zone"
    served = client.get("/api/v1/openapi.json", base_url="http://localhost/ksys").json
    assert served["servers"] == [{"url": "/ksys"}]
