"""A file on its way: whole or visibly failed, ended when nobody waits, and two at once."""

import http.client
import json
import random
import signal
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any
from urllib.parse import urlsplit

import psutil
import psycopg2
import pytest

from tests.conftest import started_site
from tests.support.exports import (
    ADDRESS,
    END_ALL,
    READINGS,
    Cut,
    TurnedAway,
    ask,
    by_curl,
    by_pandas,
    by_urllib,
    fill,
)
from tests.support.redis import SECRET, keys, redis_server
from tests.support.servers import until
from tests.support.workers import alone, children, is_ready

pytestmark = pytest.mark.db
CLIENTS = {"curl": by_curl, "urllib": by_urllib, "pandas": by_pandas}
#: Cuts that each client has to see.
CUTS = 6


@pytest.fixture(scope="module")
def plant(module_database: str) -> str:
    """The DSN of a historian with a file of 24 MB."""
    fill(module_database)
    return module_database


@pytest.fixture(scope="module")
def site(plant: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of Ksys over it, as it is served."""
    place = tmp_path_factory.mktemp("exports")
    address, process = started_site(plant, KSYS_DATA=str(place))
    yield address
    process.kill()
    process.wait(15)


def opened(request: urllib.request.Request | str) -> Any:
    """Return the answer to a request, which waits for its turn."""

    def ask() -> Any:
        try:
            return urllib.request.urlopen(request, timeout=60)
        except urllib.error.HTTPError as refused:
            with refused:
                if refused.code != 429:
                    raise
            return None

    return until(ask)


class Reader:
    """A client that reads as slowly as it likes; turned away, it asks again unless told not to."""

    def __init__(self, address: str, protocol: str = "HTTP/1.1", again: bool = True) -> None:
        parts = urlsplit(address)
        self.head = f"GET {parts.path}{ADDRESS} {protocol}\r\nHost: {parts.netloc}\r\n\r\n"
        self.place = (str(parts.hostname), int(parts.port or 0))
        self.answer = self.ask() if not again else until(self.ask_again)

    def ask(self) -> http.client.HTTPResponse:
        """Return the answer to a new request."""
        self.socket = socket.create_connection(self.place, 60)
        self.socket.sendall(self.head.encode())
        answer = http.client.HTTPResponse(self.socket)
        answer.begin()
        return answer

    def ask_again(self) -> http.client.HTTPResponse | None:
        """Return the answer to a new request, None where others are served."""
        answer = self.ask()
        if answer.status != 429:
            return answer
        answer.close()
        self.socket.close()
        return None

    def close(self) -> None:
        """Go away, in the middle or not."""
        self.answer.close()
        self.socket.close()


@pytest.fixture
def reading(site: str) -> Iterator[Callable[[], Reader]]:
    """Begin to read the file; what was begun ends with the test."""
    with ExitStack() as every:

        def begin() -> Reader:
            reader = Reader(site)
            every.callback(reader.close)
            return reader

        yield begin


def test_a_file_has_every_reading_and_tells_so_afterwards(site):
    with opened(site + ADDRESS) as answer:
        text = answer.read()
        name = answer.headers["X-Request-ID"]
    assert text.count(b"\n") == READINGS + 1
    assert text.endswith(b",0\r\n")
    with urllib.request.urlopen(f"{site}/api/v1/exports/{name}", timeout=60) as answer:
        told = json.load(answer)
    assert told["rows"] == READINGS and told["bytes"] == len(text)
    assert told["state"] == "complete" and len(told["sha256"]) == 64


@pytest.mark.parametrize("client", CLIENTS)
def test_a_file_that_is_cut_is_seen_to_be_cut(site, plant, client):
    """The historian ends the session at some moment: rows are all there, or the client fails."""
    chance, cuts, whole = random.Random(client), 0, 0
    while cuts < CUTS:
        timer = threading.Timer(chance.uniform(0.02, 0.4), ask, (plant, END_ALL))
        timer.start()
        try:
            assert CLIENTS[client](site + ADDRESS) == READINGS
            whole += 1
            assert whole < 20 * CUTS, "no cut came in time"
        except Cut:
            cuts += 1
        except TurnedAway:  # the one before is not let go of yet
            time.sleep(0.05)
        timer.join()


def test_a_worker_that_is_killed_leaves_no_file(plant, start_site):
    address, process = start_site(plant)
    reader = Reader(address)
    reader.answer.read(1_000)
    (worker,) = psutil.Process(process.pid).children()
    worker.kill()
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        reader.answer.read()
    reader.close()


def test_who_goes_away_ends_the_reading(site, plant, reading):
    reader = reading()
    reader.answer.read(1_000)
    running = "SELECT pid FROM pg_stat_activity WHERE application_name = 'ksys' AND xact_start < "
    running += (
        "now() - interval '0.1 s' AND datname = current_database() AND pid <> pg_backend_pid()"
    )
    until(lambda: ask(plant, running))
    reader.close()
    until(lambda: not ask(plant, running))


def test_the_third_file_waits_for_its_turn(site, reading):
    two = [reading(), reading()]
    for each in two:
        assert each.answer.status == 200
    third = Reader(site, again=False)
    assert third.answer.status == 429 and int(third.answer.headers["Retry-After"]) > 0
    third.close()
    with urllib.request.urlopen(f"{site}/healthz", timeout=10) as answer:
        assert answer.status == 200
    two[0].close()

    fourth = Reader(site)
    assert fourth.answer.status == 200
    fourth.close()


def test_who_goes_away_before_the_first_row_ends_the_question(site, plant):
    waiting = """SELECT pid FROM pg_stat_activity WHERE application_name = 'ksys'
        AND wait_event_type = 'Lock' AND query ILIKE '%string_agg%'"""
    opened(site + ADDRESS.replace("02-01", "01-02")).close()  # what is known of the tags is kept
    with closing(psycopg2.connect(plant)) as other, other.cursor() as cursor:
        cursor.execute("LOCK TABLE influx_hist IN ACCESS EXCLUSIVE MODE")
        reader = Reader(site)
        until(lambda: ask(plant, waiting))
        reader.close()
        until(lambda: not ask(plant, waiting))


def test_a_restart_cuts_a_file_that_takes_too_long(plant, start_site):
    program = ("-m", "gunicorn", "--graceful-timeout", "1", "app:server()")
    address, process = start_site(plant, *program)
    reader = Reader(address)
    reader.answer.read(1_000)
    process.send_signal(signal.SIGTERM)
    process.wait(60)
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        reader.answer.read()
    reader.close()


def test_an_old_protocol_is_told_why_it_gets_no_file(site):
    reader = Reader(site, protocol="HTTP/1.0")
    assert reader.answer.status == 505
    assert b"proxy_http_version 1.1;" in reader.answer.read()
    reader.close()


@pytest.mark.parametrize("kind", ["csv", "parquet", "xlsx"])
def test_a_question_for_the_head_alone_claims_no_length(site: str, kind: str) -> None:
    """A program that asks so for how long a file is would take 0 bytes for the whole of it."""
    address = f"{site}{ADDRESS}".replace("export.csv", f"export.{kind}")
    with opened(urllib.request.Request(address, method="HEAD")) as answer:
        assert answer.status == 200 and answer.read() == b""
        assert answer.headers["Content-Disposition"].endswith(f'.{kind}"')
        assert answer.headers["Content-Length"] is None


def test_a_file_is_not_compressed_on_its_way(site):
    request = urllib.request.Request(site + ADDRESS, headers={"Accept-Encoding": "gzip, br"})
    with opened(request) as answer:
        assert answer.headers["Content-Encoding"] is None
        assert answer.headers["Transfer-Encoding"] == "chunked"
        assert answer.read(8) == b"tag,time"


def test_a_long_list_can_be_posted(site):
    body = {"tag": ["D1"], "start": "2026-01-01T00:00Z", "stop": "2026-01-01T00:10Z", "excel": 0}
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(
        f"{site}/api/v1/export.csv", json.dumps(body).encode(), headers
    )
    with opened(request) as answer:
        posted = answer.read()
    address = ADDRESS.replace("02-01T00:00", "01-01T00:10").replace("&tz=UTC", "")
    with opened(site + address) as answer:
        assert answer.read() == posted
    assert posted.count(b"\n") == 601


@pytest.mark.parametrize("body", [b"", b"[]", b'{"tag": {"a": 1}}', b'{"tag": null}', b"{"])
def test_a_body_that_is_no_question_is_refused(site, body):
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{site}/api/v1/export.csv", body, headers, method="POST")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=60)
    with refused.value as answer:
        assert answer.code == 400


def test_a_restart_lets_a_file_come_to_its_end(plant, start_site):
    address, process = start_site(plant)
    reader = Reader(address)
    begun = reader.answer.read(1_000)
    process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    assert begun.count(b"\n") + reader.answer.read().count(b"\n") == READINGS + 1
    process.wait(30)
    reader.close()


def test_the_name_of_nobody_s_file_is_not_told(site):
    for name in ("0123456789", "..%2f..%2fsecret", "x"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{site}/api/v1/exports/{name}", timeout=60)
        with refused.value as answer:
            assert answer.code == 404


@pytest.fixture
def two_workers(plant: str, start_site: Any) -> Iterator[tuple[str, list[int], int]]:
    """The address of a site of two workers that share a Redis, their processes, and its port."""
    with redis_server() as port:
        given = {"REDIS_URL": f"redis://127.0.0.1:{port}", "CACHE_SECRET": SECRET}
        address, process = start_site(plant, WEB_CONCURRENCY="2", EXPORTS="2", **given)
        until(lambda: sum(map(is_ready, children(process.pid))) == 2, 60)
        yield address, children(process.pid), port


@pytest.mark.optional("redis-server")
def test_workers_with_a_shared_cache_send_two_files_in_all_and_a_third_later(two_workers):
    """Where Redis does not answer in time a worker counts its own files: it is asked again then."""
    address, workers, port = two_workers

    def status(worker: int) -> tuple[int, str | None]:
        with alone(worker, workers):
            reader = Reader(address, again=False)
        reader.close()
        return reader.answer.status, reader.answer.headers["Retry-After"]

    def sent(worker: int, count: int) -> Reader | None:
        with alone(worker, workers):
            reader = Reader(address)
        if sum(":export:" in key for key in keys(port)) == count:
            return reader
        reader.close()
        return None

    with ExitStack() as every:
        for count, worker in enumerate(workers, 1):
            reader = until(lambda each=worker, most=count: sent(each, most))
            every.callback(reader.close)
        for worker in workers:  # each sends one file, and would send two if it were alone
            code, seconds = until(lambda each=worker: (told := status(each))[0] == 429 and told)
            assert int(seconds) > 0
    for worker in workers:
        with alone(worker, workers):
            assert opened(address + ADDRESS).read().count(b"\n") == READINGS + 1
