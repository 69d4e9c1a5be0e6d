"""How many requests one may send: by who asks, and what is never counted."""

from collections.abc import Callable, Iterator
from pathlib import Path

import flask
import pytest

from access import tokens
from access.people import Role, Who
from api.edge import limits
from api.edge.limits import Counts, limit_rates
from data.db import cache
from data.shared import Shared
from tests.support.people import PASSWORD, add_people, signed_in, small_site
from tests.support.redis import asked, keys, redis_server, sharing

MOST = 5


class Clock:
    """A clock that stands until it is moved [s]."""

    def __init__(self) -> None:
        self.now = 6_000.0

    def __call__(self) -> float:
        return self.now


def alone(_key: str, _count: int) -> dict[str, int]:
    """Hear of nobody else."""
    return {}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def site(tmp_path: Path, clock: Clock) -> Iterator[flask.Flask]:
    """A small site on which one may send five requests a minute."""
    add_people(tmp_path)
    server = small_site(tmp_path)
    limit_rates(server, MOST, Counts(alone, clock))
    yield server


def statuses(ask: Callable[[], int], count: int = MOST + 1) -> list[int]:
    return [ask() for _ in range(count)]


def test_who_sends_too_many_is_refused_in_words_and_no_other_is(site):
    viewer, analyst = signed_in(site, "viewer"), signed_in(site, "analyst")
    assert statuses(lambda: viewer.get("/").status_code) == [200] * MOST + [429]
    refused = viewer.get("/")
    assert refused.headers["Retry-After"] == "60"
    assert f"More than {MOST} requests" in refused.json["message"]
    assert analyst.get("/").status_code == 200


def test_the_next_minute_counts_anew(site, clock):
    viewer = signed_in(site, "viewer")
    assert statuses(lambda: viewer.get("/").status_code)[-1] == 429
    clock.now += 59
    assert viewer.get("/").headers["Retry-After"] == "1"
    clock.now += 1
    assert viewer.get("/").status_code == 200


def test_frames_are_free_and_go_on_for_who_is_refused(site):
    viewer = signed_in(site, "viewer")
    statuses(lambda: viewer.get("/").status_code)
    assert statuses(lambda: viewer.get("/overview/frame").status_code, 3 * MOST) == [200] * 15


def test_before_sign_in_an_address_counts_whatever_is_said_of_it(site):
    stranger = site.test_client()

    def told(number: int, address: str) -> int:
        return stranger.get(
            "/sign-in",
            headers={"X-Forwarded-For": f"203.0.113.{number}"},
            environ_base={"REMOTE_ADDR": address},
        ).status_code

    assert [told(number, "192.0.2.7") for number in range(MOST + 1)] == [200] * MOST + [429]
    assert told(1, "192.0.2.8") == 200
    near = [told(1, f"2001:db8:1:2::{number}") for number in range(MOST + 1)]
    assert near[-1] == 429, "what one person has of IPv6 is one address"


def test_wrong_passwords_of_one_address_end_in_the_limit_before_they_are_looked_at(site):
    stranger = site.test_client()
    form = {"name": "viewer", "password": PASSWORD}
    statuses(lambda: stranger.get("/sign-in").status_code)
    answer = stranger.post("/sign-in", data=form, headers={"Origin": "http://localhost"})
    assert answer.status_code == 429


def test_a_token_is_counted_apart_from_its_owner(site):
    folder = site.extensions["ksys-access"].folder
    text = tokens.make(folder, Who("viewer", Role.VIEWER, "password"), "script", Role.VIEWER)
    script, owner = site.test_client(), signed_in(site, "viewer")
    given = {"Authorization": f"Bearer {text}"}
    assert statuses(lambda: script.get("/", headers=given).status_code)[-1] == 429
    assert owner.get("/").status_code == 200


def test_names_without_end_fill_no_memory(monkeypatch, clock):
    monkeypatch.setattr(limits, "MOST_NAMES", 3)
    counts = Counts(alone, clock)
    assert [counts.more(f"name {number}")[0] for number in range(6)] == [1, 1, 1, 1, 2, 3]
    assert counts.more("name 0")[0] == 2, "who is told apart already stays so"


def test_every_endpoint_that_is_free_is_one_of_the_app():
    from settings import Settings
    from tests.support.app import whole_app

    there = set(whole_app(Settings(dsn="host=/nowhere")).server.view_functions)
    assert there >= limits.FREE


@pytest.mark.parametrize(("auth", "last"), [(("none",), 429), ((), 404)])
def test_where_nobody_signs_in_an_address_counts_unless_only_this_machine_is_listened_to(
    tmp_path, auth, last
):
    from settings import Settings
    from tests.support.app import whole_app

    chosen = Settings(dsn="host=/nowhere", auth=auth, rate_limit=MOST, data_dir=str(tmp_path))
    client = whole_app(chosen).server.test_client()

    def status(address: str, path: str = "/nothing.here") -> int:
        return client.get(path, environ_base={"REMOTE_ADDR": address}).status_code

    assert statuses(lambda: status("192.0.2.7")) == [404] * MOST + [last]
    assert status("192.0.2.8") == 404, "another address is counted by itself"
    assert status("192.0.2.7", "/healthz") == 200
    assert status("192.0.2.7", "/overview/frame") == 503, "a frame is free: the historian is away"


@pytest.mark.optional("redis-server")
def test_workers_that_share_a_cache_count_together_and_go_on_without_it(monkeypatch, clock):
    """Of another worker it stays counted what was heard of it; a stranger counts nothing."""
    with redis_server() as port:
        for name in ("one", "two"):
            shared = Shared(sharing(port))
            monkeypatch.setattr(cache, "shared", lambda shared=shared: shared)
            monkeypatch.setattr(limits, "worker", lambda name=name: name)
            counts = Counts(limits._of_others, clock)
            last = [counts.more("viewer")[0] for _ in range(3)]
        assert last == [4, 5, 6]
        (key,) = keys(port)
        assert 0 < int(asked(port, "PTTL", key).strip(b":\r\n")) <= 120_000
        asked(port, "SET", key, "1000000")
        assert counts.more("viewer")[0] == 7
    assert counts.more("viewer")[0] == 8
    clock.now += limits.WINDOW_S
    assert counts.more("viewer")[0] == 1


def test_an_older_count_of_another_worker_takes_nothing_back(clock):
    heard = iter(({"other": 5}, {"other": 2}, {"third": 1}, {}))
    counts = Counts(lambda _key, _count: next(heard), clock)
    assert [counts.more("viewer")[0] for _ in range(4)] == [6, 7, 9, 10]
