"""One server that may be read: a thread asks each second how far it is, beside the requests."""

import contextlib
import math
import os
import re
import socket
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

import psycopg2
import psycopg2.errors
from psycopg2 import extensions

from data.db.failures import is_lost, opened
from data.db.replicas.lag import TELL, TELL_HISTORY, Look
from data.db.sessions import CONNECT_TIMEOUT_S, Watchdog

#: So often a server is asked [s]: a second after it fell, none of its connections is lent.
LOOK_S = 1.0
#: So long a server may take to answer a look [s], and to answer once more over a new connection.
ANSWER_S, AGAIN_S = 1.5, 1.0
#: What PgBouncer says at the door while its server is away: who was let in before waits there.
AWAY = re.compile(r"server_login_retry|cannot connect to server")
#: A look that is older says nothing [s].
OLD_S = LOOK_S + ANSWER_S + 0.5
#: The name of these sessions in pg_stat_activity.
APPLICATION = "ksys replicas"


class Routed(extensions.connection):
    """A connection to the historian that knows to which server it leads."""

    server: "Server | None" = None


class Server:
    """A server that reads may go to.

    Parameters
    ----------
    dsn : of this server alone
    watchdog : cuts what hangs
    seen : called after each look

    Attributes
    ----------
    look : the last one, None while the server does not answer
    last : the last one, whatever became of the server since; None: it was never seen
    is_tried : whether it was looked at, or failed
    """

    def __init__(self, dsn: str, watchdog: Watchdog, seen: Callable[[Look], None]) -> None:
        self.dsn, self._watchdog, self._seen = dsn, watchdog, seen
        self._prefers_standby = "prefer-standby" in dsn
        self.start_anew()

    def start_anew(self) -> None:
        """Know nothing yet: a forked child must not cut its parent's connections."""
        self.look: Look | None = None
        self.last: Look | None = None
        self._tells_history = True
        self.is_tried = threading.Event()
        self._lent: weakref.WeakSet[Routed] = weakref.WeakSet()

    def lent(self, connection: Routed) -> None:
        """Remember a connection that leads here."""
        connection.server = self
        self._lent.add(connection)

    def answers(self) -> bool:
        """Whether the server answered a look just now."""
        return self.look is not None and time.monotonic() - self.look.asked < OLD_S

    def is_unwanted(self) -> bool:
        """Whether it is a primary whose DSN prefers a standby; of a server that answers."""
        return self._prefers_standby and self.look is not None and not self.look.standby

    def fell(self, is_silent: bool = False) -> None:
        """Read here no longer; of one that is silent wake up who waits, to ask the next one."""
        self.look = None
        self.is_tried.set()
        for connection in list(self._lent) if is_silent else ():
            with contextlib.suppress(OSError, psycopg2.Error):
                _shut(connection.fileno())

    def run(self, stop: threading.Event) -> None:
        """Look each second, over one connection, until the event is set."""
        connection: Any = None
        while not stop.is_set():
            is_new = connection is None
            try:
                connection = connection or self._connected()
                look = self._asked(connection, AGAIN_S if is_new else ANSWER_S)
            except psycopg2.Error as error:
                is_silent = is_new and _is_silent(error, connection is not None)
                _close(connection)
                connection = None
                self.fell(is_silent)
                if not is_new:  # at once: those who read here wait until that is known
                    continue
            else:
                self.look = self.last = look
                self._seen(look)
                self.is_tried.set()
            stop.wait(LOOK_S)
        _close(connection)

    def _connected(self) -> Any:
        options = extensions.parse_dsn(self.dsn)
        limit = options.get("connect_timeout", CONNECT_TIMEOUT_S)
        connection = opened(self.dsn, connect_timeout=limit, application_name=APPLICATION)
        connection.autocommit = True
        return connection

    def _asked(self, connection: Any, seconds: float) -> Look:
        begun = time.monotonic()
        with self._watchdog.limiting(connection.fileno(), seconds), connection.cursor() as cursor:
            cursor.execute(TELL)
            standby, told, written, replayed = cursor.fetchone()
            system, timeline = self._history(cursor)
        told, written, replayed = map(_number, (told, written, replayed))
        return Look(begun, standby, told, written, replayed, system, timeline)

    def _history(self, cursor: Any) -> tuple[str, int]:
        """Return cluster and timeline, nothing where a server does not let our role know them."""
        if not self._tells_history:
            return "", 0
        try:
            cursor.execute(TELL_HISTORY)
        except (psycopg2.errors.InsufficientPrivilege, psycopg2.errors.UndefinedFunction):
            self._tells_history = False
            return "", 0
        system, timeline = cursor.fetchone()
        return str(system), int(timeline)


def _is_silent(error: psycopg2.Error, was_let_in: bool) -> bool:
    """Whether nobody who waits at a server is answered, by what a new connection came to.

    One that only was slow to answer a look lets itself be connected to again, and answers. A pooler
    lets everybody in, and keeps them waiting while its server is away.
    """
    said = str(error)
    return (was_let_in and is_lost(error)) or "timeout expired" in said or bool(AWAY.search(said))


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _close(connection: Any) -> None:
    if connection is not None:
        with contextlib.suppress(psycopg2.Error):
            connection.close()


def _shut(descriptor: int) -> None:
    with socket.socket(fileno=os.dup(descriptor)) as line:
        line.shutdown(socket.SHUT_RDWR)
