"""Every route and every callback, asked as nobody and as each role: nobody gets above his own."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import flask
import pytest
from dash._utils import split_callback_id
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from access.people import Role, Who
from components import controls
from data.export import FORMATS
from settings import Settings
from tests.support.app import whole_app
from tests.support.people import add_people, signed_in

#: What must be open to anyone, written down apart from the guard; all else needs a role.
OPEN = {
    "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>",
    "/_favicon.ico",
    "/assets/<build>/<path:filename>",
    "/assets/<path:_path>",
    "/assets/<build>/<folder>/page.mjs",
    "/assets/<build>/site.css",
    "/bootstrap/static/<path:filename>",
    "/favicon.ico",
    "/healthz",
    "/screen/<token>",
    "/sign-in",
    "/sign-in/account",
    "/sign-in/back",
    "/sign-out",
}
#: What a wall screen asks for, and what it takes to be an analyst.
OF_SCREENS = {
    "/",
    "/_dash-dependencies",
    "/_dash-layout",
    "/_dash-update-component",
    "/build",
    "/overview/frame",
    "/overview/sparklines",
    "/overview/tags",
}
FILES = {
    "/trend/rows.csv",
    "/tech/rows.csv",
    *(f"/api/v1/export.{kind}" for kind in FORMATS),
    "/api/v1/export/estimate",
    "/api/v1/export/manifest",
    "/api/v1/exports/<name>",
    "/api/v1/features",
    "/api/v1/features.csv",
    "/api/v1/excursions",
    "/api/v1/excursions.csv",
    "/api/v1/gaps",
    "/api/v1/gaps.csv",
    "/api/v1/indicators",
    "/api/v1/indicators.csv",
    "/api/v1/latest.csv",
    "/api/v1/qc-rules.csv",
    "/api/v1/status.csv",
    "/api/v1/tags.csv",
    "/api/v1/statistics",
    "/api/v1/statistics.csv",
    "/api/v1/timeseries",
    "/api/v1/timeseries.csv",
}
CALLBACKS_OF_SCREENS = {
    "demo.children",
    "shell-notice.children",
    ".._pages_content.children..._pages_store.data..",
}
REFUSED = (401, 403)
OWN = {"Origin": "http://localhost"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[flask.Flask]:
    """A site where one signs in, over a historian that is nowhere."""
    folder = tmp_path_factory.mktemp("walk")
    settings = Settings(dsn="host=/nowhere", auth=("password",), data_dir=str(folder))
    add_people(folder)
    server = whole_app(settings).server
    server.config["PROPAGATE_EXCEPTIONS"] = False
    yield server


@pytest.fixture(params=["nobody", "screen", "viewer", "analyst", "administrator"])
def asking(request: pytest.FixtureRequest, site: flask.Flask) -> tuple[Role | None, FlaskClient]:
    """Who asks, and the browser that does."""
    if request.param == "nobody":
        return None, site.test_client()
    return Role[request.param.upper()], signed_in(site, request.param)


def needed(rule: str) -> Role | None:
    """Return the least role that a route should need."""
    if rule in OPEN:
        return None
    if rule in OF_SCREENS:
        return Role.SCREEN
    return Role.ANALYST if rule in FILES else Role.VIEWER


def asked(client: FlaskClient, rule: Rule, method: str) -> int:
    """Return the status of a route, its holes filled with something."""
    path = rule.rule
    for name in rule.arguments:
        for kind in ("path:", "string:", ""):
            path = path.replace(f"<{kind}{name}>", "x")
    return client.open(path, method=method, headers=OWN).status_code


def name_of(rule: Rule) -> str:
    """Return a rule without the name of the build, which is another with each change."""
    named = {
        "_dash_assets.static": "/assets/<build>/<path:filename>",
        "builds.send_script": "/assets/<build>/<folder>/page.mjs",
        "builds.send_style": "/assets/<build>/site.css",
    }
    return named.get(rule.endpoint, rule.rule)


def test_every_route_is_behind_its_role(
    site: flask.Flask, asking: tuple[Role | None, FlaskClient]
) -> None:
    role, client = asking
    # These refuse what is sent, or end the session, whoever asks.
    others = ("/sign-in", "/sign-out", "/screen/")
    rules = [rule for rule in site.url_map.iter_rules() if not rule.rule.startswith(others)]
    assert len(rules) > 20
    for rule in rules:
        for method in rule.methods - {"OPTIONS"}:
            least = needed(name_of(rule))
            status = asked(client, rule, method)
            allowed = least is None or (role is not None and role >= least)
            if role is Role.SCREEN and rule.rule == "/_dash-update-component":
                allowed = False  # this one names no output
            assert (status not in REFUSED) == allowed, f"{method} {rule.rule}: {status}"


def test_all_that_is_open_and_all_that_screens_need_is_there(site: flask.Flask) -> None:
    there = {name_of(rule) for rule in site.url_map.iter_rules()}
    assert there >= OPEN | OF_SCREENS | FILES


def call(site: flask.Flask, output: str, path: str = "/") -> dict[str, Any]:
    """Return what Dash posts to call the callback of an output."""
    known = app_callbacks(site)[output]
    values = [{**each, "value": path} for each in known["inputs"]]
    return {
        "output": output,
        "outputs": split_callback_id(output),
        "inputs": values,
        "state": known["state"],
        "changedPropIds": [],
    }


def app_callbacks(site: flask.Flask) -> dict[str, Any]:
    """Return the callbacks that run on the server, as Dash tells them to the browser."""
    told = signed_in(site, "administrator").get("/_dash-dependencies").json
    return {each["output"]: each for each in told if not each["clientside_function"]}


def test_every_callback_is_behind_its_role(
    site: flask.Flask, asking: tuple[Role | None, FlaskClient]
) -> None:
    role, client = asking
    outputs = app_callbacks(site)
    assert set(outputs) > CALLBACKS_OF_SCREENS
    for page in ("trend", "tech", "export", "status"):
        assert any(output.strip(".").startswith(f"{page}-") for output in outputs), page
    for output in outputs:
        answer = client.post(
            "/_dash-update-component", json=call(site, output), headers=OWN
        ).status_code
        least = Role.SCREEN if output in CALLBACKS_OF_SCREENS else Role.VIEWER
        allowed = role is not None and role >= least
        assert (answer not in REFUSED) == allowed, f"{output}: {answer}"


@pytest.mark.parametrize("path", ["/trend", "/status", "/account", "", None, ["/"], {"a": 1}])
def test_a_screen_gets_the_page_of_the_overview_and_no_other(site: flask.Flask, path: Any) -> None:
    screen = signed_in(site, "screen")
    pages = ".._pages_content.children..._pages_store.data.."
    body = call(site, pages, path)
    assert screen.post("/_dash-update-component", json=body, headers=OWN).status_code == 403


NO_QUESTIONS: dict[str, Callable[[], Any]] = {
    "no JSON": lambda: "{",
    "null": lambda: "null",
    "a list": lambda: "[]",
    "no output": lambda: "{}",
    "an output that is a list": lambda: json.dumps({"output": ["demo.children"]}),
    "an output that is an object": lambda: json.dumps({"output": {"a": 1}}),
    "no inputs": lambda: json.dumps({"output": ".._pages_content.children..._pages_store.data.."}),
}


@pytest.mark.parametrize("text", NO_QUESTIONS.values(), ids=NO_QUESTIONS)
def test_what_a_screen_posts_without_sense_is_refused(
    site: flask.Flask, text: Callable[[], Any]
) -> None:
    screen = signed_in(site, "screen")
    answer = screen.post(
        "/_dash-update-component", data=text(), content_type="application/json", headers=OWN
    )
    assert answer.status_code == 403


def test_a_route_that_nobody_named_is_closed(site: flask.Flask) -> None:
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH"):
        answer = site.test_client().open("/whatever/comes", method=method, headers=OWN)
        assert answer.status_code == 401, method


def test_without_sign_in_everybody_may_everything(tmp_path: Any) -> None:
    client = whole_app(Settings(dsn="host=/nowhere", data_dir=str(tmp_path))).server.test_client()
    for path in ("/", "/trend", "/_dash-layout", "/build"):
        assert client.get(path).status_code == 200, path
    assert client.get("/overview/frame").status_code == 503, "the historian is nowhere"
    assert client.get("/account").status_code == 403, "there is nobody whose account that were"
    assert not (tmp_path / "access").exists(), "nothing is to be kept"


def test_the_link_to_a_file_tells_who_may_not_have_it(site: flask.Flask) -> None:
    titles = {}
    for role in (Role.VIEWER, Role.ANALYST):
        with site.test_request_context():
            flask.g.who = Who("kim", role, "password")
            links = controls.tag_strip("trend").children[-2:]
            titles[role] = {link.id: link.title for link in links}
    assert set(titles[Role.VIEWER]) == {"trend-csv", "trend-export"}
    for name, title in titles[Role.VIEWER].items():
        assert title == "Files need an analyst."
        assert titles[Role.ANALYST][name] != title
