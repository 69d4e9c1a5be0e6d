"""Ksys as it is started, with two workers: what one of them learns, the other knows."""

import http.client
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from access import passwords, tokens
from access.folder import Folder
from access.people import Role, Who
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
    tokens.revoke(folder, tokens.tokens_of(folder, "")[0].id)
    assert statuses(port, Cookie=held) == {401}


@pytest.fixture(scope="module")
def other_host(site: tuple[int, Folder], tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a site with a `KSYS_DATA` of its own, in which that folder is mounted."""
    directory = tmp_path_factory.mktemp("other")
    (directory / "access").symlink_to(site[1].path)
    with guarded_site(directory) as port:
        yield port


def test_hosts_that_share_the_folder_know_the_same_people_and_sessions(site, other_host):
    port, folder = site
    passwords.add(folder, "kim", PASSWORD, Role.VIEWER)
    here, there = cookie(port, "kim"), cookie(other_host, "kim")
    link = tokens.make(folder, Who("kim", Role.VIEWER, "password"), "report", Role.VIEWER)
    sent = {"Authorization": f"Bearer {link}"}
    for each in ({"Cookie": here}, {"Cookie": there}, sent):
        assert statuses(port, **each) == statuses(other_host, **each) == {200}
    origin = f"http://127.0.0.1:{other_host}"
    assert asked(other_host, "/sign-out", "POST", Cookie=here, Origin=origin).status == 303
    assert statuses(port, Cookie=here) == statuses(other_host, Cookie=here) == {401}
    assert statuses(port, Cookie=there) == {200}
    passwords.remove(folder, "kim")
    for each in ({"Cookie": there}, sent):
        assert statuses(port, **each) == statuses(other_host, **each) == {401}


def test_a_foreign_host_reads_nothing_and_healthz_needs_nobody(site):
    port, _folder = site
    held = cookie(port, "analyst")
    assert statuses(port, Cookie=held, Host="evil.example") == {400}
    assert asked(port, "/healthz").status == 200


def test_prometheus_and_a_balancer_get_in_by_a_token_and_a_stranger_to_healthz_alone(site):
    """The historian of this site is away, so it is not ready."""
    port, folder = site
    told = tokens.make(folder, Who("viewer", Role.VIEWER, "password"), "prometheus", Role.VIEWER)
    paths = ("/healthz", "/readyz", "/metrics")
    assert [asked(port, path).status for path in paths] == [200, 401, 401]
    sent = {"Authorization": f"Bearer {told}"}
    assert [asked(port, path, **sent).status for path in paths] == [200, 503, 200]


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
