"""A file behind the real nginx of `docs/nginx.conf`: cut at its source it is seen to be cut."""

import http.client
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import started_site
from tests.support.exports import ADDRESS, END_ALL, READINGS, ask, fill
from tests.support.nginx import asked, nginx

pytestmark = [pytest.mark.db, pytest.mark.optional("nginx", "openssl")]
BEHIND = {"TRUSTED_PROXIES": "127.0.0.1", "TRUSTED_HOSTS": "ksys.example"}
CUTS = 5


@pytest.fixture(scope="module")
def plant(module_database: str) -> str:
    """The DSN of a historian with a file of 24 MB."""
    fill(module_database)
    return module_database


@pytest.fixture(scope="module")
def site(plant: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of Ksys over it."""
    place = tmp_path_factory.mktemp("exports")
    address, process = started_site(plant, KSYS_DATA=str(place), BASE_PATH="", **BEHIND)
    yield int(address.rpartition(":")[2])
    process.kill()
    process.wait(15)


def test_a_file_comes_whole_or_is_seen_to_be_cut(site: int, plant: str, tmp_path: Path) -> None:
    cuts, delay = 0, 0.02
    with nginx(tmp_path, site) as port:
        answer, body = asked(port, ADDRESS)
        assert answer.status == 200 and body.count(b"\n") == READINGS + 1
        for _ in range(20 * CUTS):
            timer = threading.Timer(delay, ask, (plant, END_ALL))
            timer.start()
            try:
                answer, body = asked(port, ADDRESS)
                assert answer.status in (429, 503) or body.count(b"\n") == READINGS + 1
            except (http.client.HTTPException, OSError):
                cuts += 1
            timer.join()
            delay = 0.02 if delay > 0.3 else delay + 0.05
            if cuts == CUTS:
                return
    raise AssertionError("no cut came in time")


def test_a_proxy_of_an_old_protocol_is_told_what_to_set(site: int, tmp_path: Path) -> None:
    old = ("proxy_http_version 1.1;", "proxy_http_version 1.0;")
    with nginx(tmp_path, site, old) as port:
        answer, body = asked(port, ADDRESS)
        assert answer.status == 505
        assert b"proxy_http_version 1.1;" in body
