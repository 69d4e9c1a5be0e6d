"""Ksys as it is started, with two workers: what one of them learns, the other knows."""

import http.client
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from access import passwords, tokens
from access.folder import Folder
from tests.support.people import PASSWORD, add_people, guarded_site

#: So many requests, each over a connection of its own, meet both workers.
MANY = 24


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Folder]]:
    """The port of a site with two workers over no historian, and its folder."""
    directory = tmp_path_factory.mktemp("workers")
    folder = add_people(directory)
    with guarded_site(directory, WEB_CONCURRENCY="2") as port:
        yield port, folder


def asked(port: int, path: str, method: str = "GET", body: str = "", **headers: str):
    """Return status and headers of one request over a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body or None, named)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def statuses(port: int, **headers: str) -> set[int]:
    """Return what both workers answer to the question for the build."""
    return {asked(port, "/build", **headers).status for _ in range(MANY)}


def cookie(port: int, name: str = "viewer") -> str:
    """Return the cookie of one who signs in."""
    form = urlencode({"name": name, "password": PASSWORD})
    kind = "application/x-www-form-urlencoded"
    origin = f"http://127.0.0.1:{port}"
    answer = asked(port, "/sign-in", "POST", form, Content_Type=kind, Origin=origin)
    assert answer.status == 303
    return answer.headers["Set-Cookie"].partition(";")[0]


def test_a_session_counts_in_both_workers_and_ends_in_both(site):
    port, folder = site
    assert statuses(port) == {401}
    held = cookie(port)
    assert statuses(port, Cookie=held) == {200}
    passwords.set_password(folder, "viewer", "another password")
    assert statuses(port, Cookie=held) == {401}
    passwords.set_password(folder, "viewer", PASSWORD)


def test_a_screen_that_is_removed_is_out_in_both_workers(site):
    port, folder = site
    link = tokens.make_screen(folder, "hall")
    opened = asked(port, f"/screen/{link}")
    held = opened.headers["Set-Cookie"].partition(";")[0]
    assert statuses(port, Cookie=held) == {200}
    tokens.revoke(folder, tokens.listed(folder, "")[0].id)
    assert statuses(port, Cookie=held) == {401}


def test_a_foreign_host_reads_nothing_and_healthz_needs_nobody(site):
    port, _folder = site
    held = cookie(port, "analyst")
    assert statuses(port, Cookie=held, Host="evil.example") == {400}
    assert asked(port, "/healthz").status == 200


def test_what_strangers_say_of_themselves_is_not_believed(site):
    port, _folder = site
    told = {"X_Forwarded_User": "administrator", "X_Forwarded_For": "203.0.113.1"}
    assert statuses(port, **told, X_Forwarded_Proto="https") == {401}


def test_tries_are_counted_over_both_workers(site):
    port, _folder = site
    form = urlencode({"name": "administrator", "password": "wrong"})
    headers = {
        "Content_Type": "application/x-www-form-urlencoded",
        "Origin": f"http://127.0.0.1:{port}",
    }
    found = []
    while 429 not in found and len(found) < passwords.FREE + 1:
        found.append(asked(port, "/sign-in", "POST", form, **headers).status)
    assert found == [401, 401, 429]
