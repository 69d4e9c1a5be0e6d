"""Two workers: whichever is asked tells what both counted, and its log has the form asked for."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import free_port
from tests.support.places import ROOT
from tests.support.servers import until

#: So many requests, each over a connection of its own, meet both workers.
MANY = 40


class Site:
    """A Ksys of two workers over a historian that is nowhere."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.errors = (folder / "log").open("w+")
        environment = {
            "TS_DSN": "host=/nowhere",
            "PORT": str(self.port),
            "WEB_CONCURRENCY": "2",
            "KSYS_DATA": str(folder),
            "LOG_FORMAT": "json",
            "TMPDIR": str(folder),
            "PATH": os.environ["PATH"],
        }
        command = [sys.executable, "app.py"]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stderr=self.errors, text=True
        )
        until(lambda: "Ksys shows" in self.log())

    def log(self) -> str:
        """Return what was logged so far."""
        return Path(self.errors.name).read_text()

    def get(self, path: str) -> str:
        """Return the body of one request over a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", path)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        assert answer.status == 200, f"{text}\n{self.log()}"
        return text

    def samples(self, name: str) -> dict[tuple, float]:
        """Return the values of a metric by its labels."""
        families = text_string_to_metric_families(self.get("/metrics"))
        found = (each for family in families for each in family.samples if each.name == name)
        return {tuple(sorted(each.labels.items())): each.value for each in found}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A site that is ended with the test."""
    site = Site(tmp_path)
    yield site
    site.process.kill()
    site.process.wait(30)
    site.errors.close()


def test_sums_over_two_workers_are_what_was_asked_and_outlive_one_of_them(site, tmp_path):
    build = (("route", "/build"), ("status", "200"))
    for _ in range(MANY):
        site.get("/build")
    counts = {site.samples("ksys_requests_total")[build] for _ in range(10)}
    assert counts == {MANY}, "both workers tell the same, and none more or less"
    timed = site.samples("ksys_request_seconds_count")
    assert timed[("callback", ""), ("route", "/build")] == MANY
    assert site.samples("ksys_viewers") == {(): 1}
    (counted,) = tmp_path.glob("ksys-metrics-*")
    (counted / "gauge_liveall_0.db").touch()  # a worker that begins: its file is empty at first
    workers = until(lambda: len(found := site.samples("ksys_worker_memory_bytes")) == 2 and found)
    (pid,) = next(iter(workers))
    os.kill(int(pid[1]), signal.SIGKILL)
    until(lambda: (found := site.samples("ksys_worker_memory_bytes")) and (pid,) not in found)
    assert site.samples("ksys_requests_total")[build] == MANY
    site.process.terminate()
    assert site.process.wait(30) == 0
    assert not list(tmp_path.glob("ksys-metrics-*")), "what was counted in is removed"


def test_every_line_of_the_log_is_json_also_those_of_the_server(site):
    until(lambda: "does not answer" in site.log())
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=10)
    connection.putrequest("GET", "/build", skip_host=True)
    connection.putheader("Host", "a", "b\x1b[31m")
    connection.endheaders()
    connection.getresponse().read()
    connection.close()
    time.sleep(0.2)
    lines = [orjson.loads(line) for line in site.log().splitlines()]
    assert {"info", "error"} <= {line["level"] for line in lines}
    assert site.log().replace("\n", "").isprintable()


def test_answered_connections_that_are_left_open_keep_nobody_out(site):
    """Each stopped its worker for two seconds."""
    at, asked = ("127.0.0.1", site.port), b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
    with contextlib.ExitStack() as stack:
        left = [stack.enter_context(socket.create_connection(at)) for _ in range(MANY)]
        for each in left:
            each.sendall(asked + b"Connection: close\r\n\r\n")
        connection = http.client.HTTPConnection(*at, timeout=4)
        stack.callback(connection.close)
        connection.request("GET", "/healthz")
        assert connection.getresponse().status == 200
        for each in left:
            with each.makefile("rb") as whole:
                assert whole.read().startswith(b"HTTP/1.1 200"), "each has its answer, and its end"


def test_requests_that_stop_in_the_middle_hold_no_thread_for_ever(site):
    at = ("127.0.0.1", site.port)
    with contextlib.ExitStack() as stack:
        for _ in range(MANY // 2):  # more than the threads of both
            stack.enter_context(socket.create_connection(at)).sendall(b"GET / HT")
        connection = http.client.HTTPConnection(*at, timeout=60)
        stack.callback(connection.close)
        connection.request("GET", "/healthz")
        assert connection.getresponse().status == 200
    until(lambda: "its other end stopped in the middle" in site.log())
    assert "Traceback" not in site.log()


def test_connections_that_say_nothing_keep_nobody_out(site):
    """Browsers open some before they need them; each took a thread for five seconds."""
    at = ("127.0.0.1", site.port)
    with contextlib.ExitStack() as stack:
        silent = [stack.enter_context(socket.create_connection(at)) for _ in range(MANY)]
        connection = http.client.HTTPConnection(*at, timeout=4)
        stack.callback(connection.close)
        connection.request("GET", "/healthz")
        assert connection.getresponse().status == 200
        silent[0].sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert silent[0].recv(1024).startswith(b"HTTP/1.1 200"), "one that speaks at last is heard"
