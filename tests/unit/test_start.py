"""Starting Ksys both ways: what it says when it listens, and in one sentence when it cannot."""

import contextlib
import http.client
import os
import platform
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import app
from data.errors import BadSetting
from settings import Settings
from tests.conftest import free_port
from tests.support.places import ROOT
from tests.support.servers import until

GUNICORN = Path(sys.executable).with_name("gunicorn")
WAYS = {
    "python app.py": [sys.executable, "app.py"],
    "Procfile": [sys.executable, str(GUNICORN), "app:server()"],
}
# A historian that is nowhere: the start does not wait for it.
NOWHERE = {"TS_DSN": "host=/nowhere", "PATH": "/usr/bin:/bin"}


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def started(way: str, **environment: Any) -> "subprocess.Popen[str]":
    """Return the process of a Ksys that was started one way."""
    return subprocess.Popen(
        WAYS[way],
        cwd=ROOT,
        env=NOWHERE | {name: str(value) for name, value in environment.items()},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_the_procfile_starts_as_the_test_does():
    assert (ROOT / "Procfile").read_text().strip() == "web: gunicorn 'app:server()'"


@pytest.mark.parametrize("way", WAYS)
def test_either_way_says_what_is_shown_and_where(way):
    port = free_port()
    assert_serving(started(way, PORT=port), f"http://127.0.0.1:{port}")


def test_the_loopback_of_ipv6_is_an_address_too():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    port = free_port()
    assert_serving(started("python app.py", PORT=port, HOST="::1"), f"http://[::1]:{port}")


def test_a_variable_that_is_misspelt_is_told_at_the_start():
    """Else a limit that somebody set would not hold, and nobody would know."""
    process = started("python app.py", PORT=free_port(), EXPORT_TIMEOUT="1000")
    process.stdout.readline()
    said = process.stdout.readline().strip()
    process.terminate()
    assert_nothing_else(process.communicate(timeout=30)[0])
    assert said == (
        "EXPORT_TIMEOUT is set, but is no setting of Ksys and does nothing; "
        "the nearest one is EXPORT_TIMEOUT_MS."
    )


def test_a_plant_that_is_made_is_a_line_of_the_log_where_no_terminal_shows_a_bar(
    monkeypatch, capsys, caplog
):
    monkeypatch.setattr("data.demo.plant.seed", lambda *_, progress, **__: progress(1.0))
    with caplog.at_level("INFO"):
        app._seed(None)
    assert capsys.readouterr().err == ""
    (line,) = caplog.messages
    assert line == "the demonstration plant is made now, which takes about a minute"


def assert_nothing_else(said: str) -> None:
    """Assert that a Ksys said nothing but what draws its charts, and that its historian is nowhere.

    The latter once in each worker.
    """
    lines = [line for line in said.splitlines() if not line.startswith("Charts are drawn by ")]
    assert all(line.startswith("the historian does not answer: ") for line in lines), said
    assert len(lines) <= 2


def assert_serving(process: "subprocess.Popen[str]", address: str) -> None:
    """Assert that a Ksys says where it listens, and does; then end it."""
    line = process.stdout.readline().strip()
    assert line == f"Ksys shows the historian at {address} (Ctrl-C stops it)"
    with urllib.request.urlopen(f"{address}/healthz", timeout=30) as answer:
        assert answer.read() == b"ok\n"
    process.terminate()
    assert_nothing_else(process.communicate(timeout=30)[0])


@pytest.mark.parametrize("way", WAYS)
def test_a_taken_port_is_one_sentence_at_once(way, taken):
    process = started(way, PORT=taken)
    said = process.communicate(timeout=60)[0]
    assert process.returncode == 1
    assert len(said.splitlines()) == 1
    assert said.startswith(f"PORT={taken} of 127.0.0.1 is taken")
    assert f"such as PORT={taken + 1}" in said


@pytest.mark.parametrize("way", WAYS)
def test_a_setting_that_cannot_be_used_is_one_sentence(way):
    process = started(way, PORT=99999)
    said = process.communicate(timeout=60)[0]
    assert process.returncode == 1
    assert said.strip() == "PORT='99999' cannot be used; it must be a whole number from 1 to 65535."


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
def test_a_host_that_is_not_this_machine_is_named_with_the_way_out(host):
    with pytest.raises(BadSetting, match=f"HOST={host} PORT=8050: .*such as HOST=127.0.0.1"):
        app.refuse_taken(host, 8050)


def test_the_highest_port_has_a_way_out_too():
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):  # then somebody else has it, which is as good
            stack.enter_context(socket.create_server(("127.0.0.1", 65535)))
        with pytest.raises(BadSetting, match="PORT=65534"):
            app.refuse_taken("127.0.0.1", 65535)


def test_a_port_is_free_again_once_its_program_has_ended():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)), listener.accept()[0]:
            pass
    app.refuse_taken("127.0.0.1", port)


def test_a_reload_of_its_configuration_does_not_take_its_own_port_for_taken():
    port = free_port()
    process = started("Procfile", PORT=port, WEB_CONCURRENCY=1)
    process.stdout.readline()
    os.kill(process.pid, signal.SIGHUP)
    time.sleep(1)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=30) as answer:
        assert answer.status == 200
    process.terminate()
    assert_nothing_else(process.communicate(timeout=30)[0])


def test_an_address_of_gunicorns_own_is_refused_as_host_is_where_nobody_signs_in():
    port = free_port()
    command = [*WAYS["Procfile"], "-b", f"0.0.0.0:{port}"]
    given = {"cwd": ROOT, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    refused = subprocess.run(command, env=NOWHERE, check=False, timeout=60, **given)
    assert refused.returncode != 0
    assert f"would listen at http://0.0.0.0:{port}, beyond this machine" in refused.stdout
    assert len(refused.stdout.splitlines()) == 1, "and no traceback"
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), timeout=5)
    started_all_the_same = subprocess.Popen(command, env=NOWHERE | {"AUTH": "none"}, **given)
    assert started_all_the_same.stdout.readline().startswith("Ksys shows the historian at")
    assert "without a proxy" in started_all_the_same.stdout.readline()
    started_all_the_same.terminate()
    started_all_the_same.communicate(timeout=30)


WORKER = """
import queue, signal, sys, time
import app

class Arbiter:
    SIG_QUEUE = queue.SimpleQueue()

for name in sys.argv[1:]:
    Arbiter.SIG_QUEUE.put(getattr(signal, name))
app.mind_signals(Arbiter, None)
print("lives", flush=True)
for _ in range(600):  # a signal that comes just before one long sleep would be heard after it
    time.sleep(0.1)
sys.exit(1)
"""


@pytest.mark.parametrize("noted", [["SIGTERM"], ["SIGCHLD", "SIGINT"], ["SIGCHLD"], []])
@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
def test_a_worker_that_is_asked_to_end_before_its_handlers_stand_does_not_stay(noted, sent):
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, *noted], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    with worker.stdout:
        lives = worker.stdout.readline() == "lives\n"
        assert lives == (noted in (["SIGCHLD"], []))
        worker.send_signal(sent)
        assert worker.wait(timeout=30) == 0


@pytest.mark.parametrize("proxies", ["", "10.0.0.2"])
def test_only_where_no_proxy_stands_before_it_slow_senders_are_named(proxies):
    port = free_port()
    process = started(
        "python app.py", PORT=port, HOST="0.0.0.0", AUTH="none", TRUSTED_PROXIES=proxies
    )
    assert process.stdout.readline().startswith("Ksys shows the historian at")
    status = f"http://127.0.0.1:{port}/status.json"
    with urllib.request.urlopen(status, timeout=60) as answer:
        assert ("reached beyond its machine" in answer.read().decode()) == (not proxies)
    process.terminate()
    with process.stdout:  # `communicate` passes over what `readline` took in advance
        rest = process.stdout.read()
    assert ("without a proxy" in rest) == (not proxies)
    process.wait(timeout=30)


def test_workers_whose_server_was_killed_let_go_of_their_viewers_and_of_the_port():
    port = free_port()
    process = started("python app.py", PORT=port)
    process.stdout.readline()
    process.stdout.close()
    viewer = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def is_answered() -> bool:
        try:
            viewer.request("GET", "/healthz")
            answer = viewer.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return False
        return answer.getheader("Connection") != "close"

    until(is_answered)
    process.kill()
    process.wait(30)
    until(lambda: time.sleep(0.2) or not is_answered())
    viewer.close()
    until(lambda: is_free(port))


def is_free(port: int) -> bool:
    """Return whether a port can be listened on."""
    try:
        app.refuse_taken("127.0.0.1", port)
    except BadSetting:
        return False
    return True


HEAPS = """
import ctypes, pathlib, sys, threading
import app

if sys.argv[1] == "shared":
    app.share_arenas()
libc, ready = ctypes.CDLL(None), threading.Barrier(9)
libc.malloc.restype = libc.fopen.restype = ctypes.c_void_p


def hold():
    libc.malloc(60_000)
    ready.wait()
    ready.wait()


for _ in range(8):
    threading.Thread(target=hold, daemon=True).start()
ready.wait()
told = ctypes.c_void_p(libc.fopen(sys.argv[2].encode(), b"w"))
libc.malloc_info(0, told)
libc.fclose(told)
print(pathlib.Path(sys.argv[2]).read_text().count("<heap nr="))
ready.wait()
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library has no arenas")
def test_threads_of_a_worker_share_two_arenas_of_memory(tmp_path: Path) -> None:
    """With one for each thread a worker grew by a tenth, for none used what another left free."""

    def heaps(way: str) -> int:
        command = [sys.executable, "-c", HEAPS, way, str(tmp_path / way)]
        return int(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)

    assert heaps("shared") == 2 < heaps("as they come")


COLLECTOR = """
import gc
import app

print(gc.isenabled(), gc.get_freeze_count() > 100_000)
before, made = gc.get_freeze_count(), [[] for _ in range(1_000)]
app.gunicorn_options()["pre_fork"](None, None)
print(gc.isenabled(), gc.get_freeze_count() >= before + 1_000)
"""


def test_workers_look_for_garbage_but_not_among_what_the_master_made() -> None:
    command = [sys.executable, "-c", COLLECTOR]
    ended = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert ended.stdout.split() == 4 * ["True"]


def test_arrow_takes_its_memory_where_all_else_takes_it() -> None:
    """Its own allocator kept 6 MB in each worker, which nothing else could use."""
    command = [sys.executable, "-c", "import app, pyarrow; print(pyarrow.default_memory_pool())"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert "backend_name=system" in ended.stdout, ended.stderr


@pytest.mark.parametrize("auth", [("password",), ("none",)])
def test_a_folder_of_people_that_is_seen_late_is_warned_of(monkeypatch, caplog, tmp_path, auth):
    monkeypatch.setattr(app, "is_seen_late", lambda path, mounts: path.name == "access" and mounts)
    app._warn_of_old_access(Settings(auth=auth, data_dir=str(tmp_path)))
    assert ("actimeo=1" in caplog.text) == (auth == ("password",))
