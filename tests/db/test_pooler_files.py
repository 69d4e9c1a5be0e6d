"""A file on its way through PgBouncer, which ends in the middle: who reads it sees that."""

import http.client
import json
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.exports import ADDRESS, READINGS, Cut, TurnedAway, by_urllib, fill
from tests.support.pgbouncer import pgbouncer
from tests.support.servers import until

pytestmark = [pytest.mark.db, pytest.mark.optional("pgbouncer")]
#: A server that was away is asked again after so long [s].
RETRY_S = 0.5


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where poolers listen one after the other: a short path, for a socket takes 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="ksys-bouncer-") as name:
        yield Path(name)


def whole(address: str) -> bool:
    """Return whether a file comes whole now; Ksys may not have noticed the new pooler yet."""
    try:
        return by_urllib(address) == READINGS
    except (Cut, TurnedAway):
        return False


def state(site: str, name: str) -> str:
    """Return what became of a file."""
    with urllib.request.urlopen(f"{site}/api/v1/exports/{name}", timeout=60) as answer:
        return str(json.load(answer)["state"])


def test_a_file_whose_pooler_is_killed_is_seen_to_be_cut(
    module_database: str, folder: Path, start_site: Any, tmp_path: Path
) -> None:
    """Another one in its place takes up no file: the next one is whole, and the log tells both."""
    fill(module_database)
    with ExitStack() as first:
        through = first.enter_context(pgbouncer(module_database, folder, retry=RETRY_S))
        site, _process = start_site(through, TS_POOLER="1", KSYS_DATA=str(tmp_path))
        parts = urlsplit(site + ADDRESS)
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=60)
        connection.request("GET", f"{parts.path}?{parts.query}")
        answer = connection.getresponse()
        assert answer.status == 200
        assert len(answer.read(1_000)) == 1_000
    with pgbouncer(module_database, folder, retry=RETRY_S):
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            answer.read()
        name = str(answer.headers["X-Request-ID"])
        connection.close()
        until(lambda: state(site, name) == "broken")
        until(lambda: whole(site + ADDRESS))
