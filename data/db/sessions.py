"""Connections to the historian: how one is made, what is in force on it, what cuts one that hangs.

The server ends what outlasts `statement_timeout`; one that is stopped or out of reach does not. A
watchdog cuts the connection then, so that the reader wakes up.
"""

import contextlib
import os
import re
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import psycopg2
from psycopg2 import extensions

#: The name of our sessions in pg_stat_activity.
APPLICATION = "ksys"
#: Longest wait for one host of a DSN [s]: a page waits for all of them in turn.
CONNECT_TIMEOUT_S = 3
#: Of a host without one.
PORT = "5432"
#: A connection whose peer is gone is noticed within 45 s instead of the system's two hours.
_KEEPALIVE = {
    "keepalives_idle": 30,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
#: How late a connection may be cut [s]: short against the patience of seconds, long for a thread.
CUT_DELAY_S = 0.25


def session_settings(timeout_ms: int) -> dict[str, str]:
    """Return the options of every session, by the names of PostgreSQL."""
    return {
        "statement_timeout": str(timeout_ms),
        "default_transaction_read_only": "on",
        "timezone": "UTC",
        "extra_float_digits": "1",
        # On many chunks compiling takes 150 times as long as it saves, and cannot be cancelled.
        "jit": "off",
    }


def _escaped(value: str) -> str:
    """Return a value as libpq's `options` take it: blanks and backslashes behind a backslash."""
    return re.sub(r"([\\\s])", r"\\\1", value)


class Hosts:
    """The hosts of a DSN, that which answered last in front; for all pools of a historian.

    libpq asks them in the order of the DSN: a silent first one would cost its time-out at every
    new connection, to no end.
    """

    def __init__(self) -> None:
        self.order: dict[str, str] = {}

    def answered(self, info: Any) -> None:
        """Let the host of a connection be asked first from now on; one host needs no order."""
        self.order = reordered(info.dsn_parameters, info.host, str(info.port))


def reordered(given: Mapping[str, str], host: str, port: str) -> dict[str, str]:
    """Return host, hostaddr and port of a DSN of several hosts, one of them moved to the front.

    Parameters
    ----------
    given : what libpq made of DSN, service file and environment
    host, port : of the one to ask first; a host without a name is its address

    Returns
    -------
    Parameters for libpq; none for a single host, or where the host is none of them.
    """
    lists = {name: given[name].split(",") for name in ("host", "hostaddr", "port") if name in given}
    count = max((len(lists.get(name, ())) for name in ("host", "hostaddr")), default=0)
    if count < 2:
        return {}
    # One port stands for all hosts.
    wide = {name: each * count if len(each) == 1 else each for name, each in lists.items()}
    empty = [""] * count
    named = zip(wide.get("host", empty), wide.get("hostaddr", empty), strict=True)
    names = [name or address for name, address in named]
    ports = [each or PORT for each in wide.get("port", empty)]
    ends = list(zip(names, ports, strict=True))
    if (host, port) not in ends:
        return {}
    first = ends.index((host, port))
    places = [first, *(place for place in range(count) if place != first)]
    return {name: ",".join(each[place] for place in places) for name, each in wide.items()}


def creator(dsn: str, settings: dict[str, str], pooler: bool, hosts: Hosts) -> Any:
    """Return what SQLAlchemy calls for a new connection; what the DSN says itself stands."""

    def create() -> Any:
        options = extensions.parse_dsn(dsn)
        extra: dict[str, object] = {
            "connect_timeout": CONNECT_TIMEOUT_S,
            "application_name": APPLICATION,
            **_KEEPALIVE,
        }
        extra = {name: value for name, value in extra.items() if name not in options}
        extra |= hosts.order
        if not pooler:
            ours = " ".join(f"-c {name}={_escaped(value)}" for name, value in settings.items())
            extra["options"] = f"{options.get('options', '')} {ours}".strip()
        connection = psycopg2.connect(dsn, **extra)
        hosts.answered(connection.info)
        connection.autocommit = not pooler
        return connection

    return create


def set_local(connection: Any, settings: dict[str, str]) -> None:
    """Set the options for one transaction: a pooler may give the next one another session."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
        for name, value in settings.items():
            cursor.execute("SELECT pg_catalog.set_config(%s, %s, true)", (name, value))


class InUse(NamedTuple):
    """Connections for pages that this process has lent, and the most there may be."""

    used: int
    most: int


class Watch:
    """A connection that is watched; `cut` says that its time ran out."""

    __slots__ = ("cut", "deadline", "descriptor")

    def __init__(self, descriptor: int, deadline: float) -> None:
        self.descriptor = descriptor
        self.deadline = deadline
        self.cut = False


class Watchdog:
    """One thread that watches all connections in use; it sleeps while there are none."""

    def __init__(self) -> None:
        self.start_anew()

    def start_anew(self) -> None:
        """Begin without connections: a forked child has neither its parent's thread nor those."""
        self._lock = threading.Lock()
        self._watched: set[Watch] = set()
        self._busy = threading.Event()
        self._thread: threading.Thread | None = None

    @contextlib.contextmanager
    def limiting(self, descriptor: int, seconds: float) -> Iterator[Watch]:
        """Shut the socket of a descriptor down if the block lasts longer than `seconds`.

        The descriptor stays open: who opened it closes it.
        """
        watch = Watch(descriptor, time.monotonic() + seconds)
        with self._lock:
            self._watched.add(watch)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)
                self._thread.start()
        if not self._busy.is_set():
            self._busy.set()
        try:
            yield watch
        finally:
            with self._lock:
                self._watched.discard(watch)

    def _run(self) -> None:
        while True:
            self._busy.wait()
            time.sleep(CUT_DELAY_S)
            with self._lock:
                self._cut_overdue()
                if not self._watched:
                    self._busy.clear()

    def _cut_overdue(self) -> None:
        """Under the lock: whoever is still watched has not given its descriptor back."""
        now = time.monotonic()
        for watch in [watch for watch in self._watched if watch.deadline < now]:
            watch.cut = True
            self._watched.discard(watch)
            with contextlib.suppress(OSError), socket.socket(fileno=os.dup(watch.descriptor)) as it:
                it.shutdown(socket.SHUT_RDWR)
