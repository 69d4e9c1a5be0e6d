"""Processes that use an embedded server, and the processes of that server, seen from outside."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2

from tests.support.places import ROOT

# The promise is 5 s; a busy machine gets as much again.
PROMISED_SECONDS = 10
APP = """
import os, sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from data import embedded
server = embedded.start(Path(sys.argv[2]))
print(server.dsn, flush=True)
if sys.argv[3] == "fork" and os.fork():
    os._exit(0)
sys.stdin.read()
"""


def until(true: Callable[[], Any], seconds: float = 60) -> Any:
    """Return the first true answer; fail when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (answer := true()):
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.002)
    return answer


@contextlib.contextmanager
def standing_still(pids: Iterable[int]) -> Iterator[None]:
    """Let processes stand still, as if their machine hung, and go on."""
    every = list(pids)
    for pid in every:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in every:
            os.kill(pid, signal.SIGCONT)


class App:
    """A process that starts the server of a directory and stays until told."""

    def __init__(self, directory: Path, way: str = "", **options: Any) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", APP, str(ROOT), str(directory), way],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options,
        )  # fmt: skip

    def dsn(self) -> str:
        """Return the address it was given, once it has it."""
        assert self.process.stdout is not None
        dsn = self.process.stdout.readline().strip()
        assert dsn, "it could not start"
        return dsn

    def end(self, number: int | None = None) -> None:
        """End it by a signal, or by itself."""
        if number is not None:
            self.process.send_signal(number)
        self.process.communicate(timeout=30)


def server_processes(directory: Path) -> dict[int, str]:
    """Return number and name of every process of a directory's server, its supervisor included."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (process / "cmdline").read_bytes().split(b"\0")
            name = Path(os.fsdecode(command[0])).name
            if any(part.endswith(b"/supervisor.py") for part in command):
                name = "supervisor"
            here = os.fsencode(directory)
            inside = (process / "cwd").readlink().is_relative_to(directory)
            if name.startswith(("postgres", "initdb", "supervisor")) and (
                inside or any(here in part for part in command)
            ):
                found[int(process.name)] = name.rstrip(":")
    return found


def named(directory: Path, name: str) -> list[int]:
    """Return the numbers of a server's processes of one name."""
    return [number for number, found in server_processes(directory).items() if found == name]


def postmaster(dsn: str) -> int:
    """Return the number of the process that all of a server's processes come from."""
    program = "select pid from pg_stat_activity where backend_type = 'checkpointer'"
    status = Path(f"/proc/{asked(dsn, program)}/stat").read_text()
    return int(status.rpartition(")")[2].split()[1])


def kill(*numbers: int) -> None:
    """Kill processes the hard way."""
    for number in numbers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


def gone(directory: Path) -> bool:
    """Wait until no process of a server is left."""
    return bool(until(lambda: not server_processes(directory), PROMISED_SECONDS))


def asked(dsn: str, statement: str, *values: object) -> Any:
    """Run a statement in a transaction of its own; return its first value, if it has one."""
    with closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone() if cursor.description else None
        return row and row[0]


def answers(dsn: str) -> bool:
    """Return whether a server answers now; while it ends, it may break off anywhere."""
    with contextlib.suppress(psycopg2.Error):
        return asked(dsn, "select true") is True
    return False


def stays(dsn: str) -> bool:
    """Return whether a server answers for longer than an unused one would."""
    deadline = time.monotonic() + 2
    while answers(dsn):
        if time.monotonic() > deadline:
            return True
        time.sleep(0.1)
    return False
