"""Sites that share a Redis: which is poisoned, at fault, or between machines an hour apart."""

import json
import os
import pickle
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.proxy import Proxy
from tests.support.redis import SECRET, asked, keys, redis_server, value
from tests.support.servers import until

pytestmark = [pytest.mark.db, pytest.mark.optional("redis-server")]
ROUTES = (
    "overview/tags",
    "overview/frame",
    "overview/sparklines",
    "trend/rows.csv?tag=D100&window=12h",
    "tech/rows.csv?tag=D100&window=12h",
    "status.json",
    "",
    "trend?tag=D100",
)
#: Python runs it before the program: a machine whose clock is an hour fast.
AN_HOUR_FAST = "import time\nnow = time.time\ntime.time = lambda: now() + 3600.0\n"


class Planted:
    """What runs a program as soon as it is unpickled."""

    def __init__(self, where: Path) -> None:
        self.where = where

    def __reduce__(self) -> tuple[object, ...]:
        return os.system, (f"touch {self.where}",)


@pytest.fixture
def port() -> Iterator[int]:
    """Where a Redis server of this test listens."""
    with redis_server() as found:
        yield found


def got(address: str) -> tuple[int, Any, bytes]:
    """Return status, headers and body of an answer."""
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def answered(site: str) -> dict[str, bytes]:
    """Return what each route says; the first frame of a worker may be waited for."""
    until(lambda: got(f"{site}/overview/frame")[0] == 200, 30)
    answers = {route: got(f"{site}/{route}") for route in ROUTES}
    assert {route: answer[0] for route, answer in answers.items()} == dict.fromkeys(ROUTES, 200)
    return {route: body for route, (_status, _headers, body) in answers.items()}


def redis_of(port: int) -> dict[str, str]:
    """Return the settings of a site that shares its answers by a Redis."""
    return {"REDIS_URL": f"redis://127.0.0.1:{port}", "CACHE_SECRET": SECRET}


def values(answers: dict[str, bytes]) -> list[float]:
    """Return the newest value of each tag."""
    return list(json.loads(answers["overview/frame"])["value"])


def shown_ages(site: str) -> tuple[float, list[float]]:
    """Return when a frame came, and how old each value of it is said to be then [s]."""
    status, headers, body = got(f"{site}/overview/frame")
    assert status == 200
    kept = int(headers["X-Kept-Ms"]) / 1e3
    return time.monotonic(), [age + kept for age in json.loads(body)["age"]]


def test_a_site_whose_cache_is_poisoned_all_over_says_what_the_historian_says(
    plant_dsn: str, start_site: Any, port: int, tmp_path: Path
) -> None:
    first, _process = start_site(plant_dsn, **redis_of(port))
    said, ran = answered(first), tmp_path / "ran"
    until(lambda: answered(first) and len(keys(port)) > 10)  # on a busy machine Redis may be slow
    names = keys(port)
    contents = [value(port, name) for name in names]
    for place, name in enumerate(names):
        planted = pickle.dumps(Planted(ran))
        poisons = [planted, b"!" + planted, contents[place - 1], contents[place][:-1], b""]
        asked(port, "SET", name, poisons[place % len(poisons)])
    second, _process = start_site(plant_dsn, **redis_of(port))
    assert values(answered(second)) == values(said)
    assert not ran.exists()


def test_two_machines_an_hour_apart_show_the_same_ages(
    plant_dsn: str, start_site: Any, port: int, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(AN_HOUR_FAST)
    right, _process = start_site(plant_dsn, **redis_of(port))
    fast, _process = start_site(plant_dsn, **redis_of(port), PYTHONPATH=str(tmp_path))
    for site in (right, fast):
        answered(site)
    for first, second in ((right, fast), (fast, right)):
        then, ages = shown_ages(first)
        now, others = shown_ages(second)
        apart = [other - age - (now - then) for age, other in zip(ages, others, strict=True)]
        assert max(map(abs, apart)) < 1


def test_a_site_outlives_its_cache_whatever_befalls_it(
    plant_dsn: str, start_site: Any, port: int
) -> None:
    with Proxy(f"host=127.0.0.1 port={port}") as way:
        site, _process = start_site(plant_dsn, **redis_of(way.port))
        said = values(answered(site))
        for mode, seconds in (("delay", 0.5), ("silent", 0), ("reset", 0), ("delay", 0.05)):
            way.mode, way.seconds = mode, seconds
            assert values(answered(site)) == said, mode
        way.mode = "pass"
        asked(port, "FLUSHALL")
        asked(port, "CONFIG", "SET", "maxmemory", "1")
        assert values(answered(site)) == said
        way.refuse()
        assert values(answered(site)) == said
