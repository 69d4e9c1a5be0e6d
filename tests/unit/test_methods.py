"""What OPTIONS and a refusal of a method name is what the address answers, and all of it."""

import flask
import pytest

from settings import Settings
from tests.support.app import whole_app
from tests.unit.test_nonsense import requests

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
OWN = {"Origin": "http://localhost"}
PAGES = "/<path:path>"
NOWHERE = ("/api/v1/nothing", "/api/", "/nothing", "/account/nothing")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> flask.Flask:
    """A site without sign-in, over a historian that is nowhere."""
    folder = tmp_path_factory.mktemp("methods")
    server = whole_app(Settings(dsn="host=/nowhere", data_dir=str(folder))).server
    server.config["PROPAGATE_EXCEPTIONS"] = False
    return server


def named(answer) -> set[str]:
    return {each.strip() for each in answer.headers.get("Allow", "").split(",")} - {""}


def test_options_names_the_methods_that_an_address_answers_and_no_other(site) -> None:
    client, checked = site.test_client(), 0
    own = {rule.endpoint: rule.methods for rule in site.url_map.iter_rules()}
    for path in sorted({path for _method, path in requests(site)} | {"/trend", "/tech", "/export"}):
        told = client.options(path, headers=OWN)
        endpoints = {site.url_map.bind("x").match(path, method=m)[0] for m in named(told)}
        if told.status_code == 404:
            assert not named(told), path
            continue
        assert "OPTIONS" in named(told) and len(named(told)) > 1, path
        assert not endpoints & {"v1.lost", "v1.lost_root"}, path
        assert len(endpoints) == 1 or path == "/sign-in", (path, endpoints)
        assert named(told) == set().union(*(own[each] for each in endpoints)) | {"OPTIONS"}, path
        for method in METHODS:
            if method not in named(told):
                refused = client.open(path, method=method, headers=OWN)
                assert refused.status_code in (404, 405), (method, path)
                checked += 1
    assert checked > 200


@pytest.mark.parametrize("path", NOWHERE)
def test_where_nothing_is_options_says_so_and_names_no_method(site, path: str) -> None:
    told = site.test_client().options(path)
    assert (told.status_code, named(told)) == (404, set())


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/api/v1/export.csv", {"GET", "HEAD", "POST", "OPTIONS"}),
        ("DELETE", "/api/v1/latest", {"GET", "HEAD", "OPTIONS"}),
        ("BREW", "/api/v1/latest", {"GET", "HEAD", "OPTIONS"}),
        ("BREW", "/trend/rows.csv", {"GET", "HEAD", "OPTIONS"}),
        ("PUT", "/sign-out", {"POST", "OPTIONS"}),
    ],
)
def test_a_refused_method_names_the_same(site, method: str, path: str, allowed: set[str]) -> None:
    refused = site.test_client().open(path, method=method, headers=OWN)
    assert (refused.status_code, named(refused)) == (405, allowed)
    assert named(site.test_client().options(path)) == allowed
