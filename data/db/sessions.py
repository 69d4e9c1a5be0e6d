"""Connections to the historian: how one is made, what is in force on it, what cuts one that hangs.

The server ends what outlasts `statement_timeout`; one that is stopped or out of reach does not. A
watchdog cuts the connection then, so that the reader wakes up.
"""

import contextlib
import math
import os
import re
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from psycopg2 import extensions
from sqlalchemy import Engine

from data.db.failures import opened
from data.db.redacted import Parts
from data.errors import HistorianUnavailable

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
        # Citus opens further connections to a node after so long [ms], by itself after 10, and
        # closes them with the statement: short ones would wait for processes longer than they read.
        # A server that knows no such option takes it and does nothing.
        "citus.executor_slow_start_interval": "200",
    }


def _escaped(value: str) -> str:
    """Return a value as libpq's `options` take it: blanks and backslashes behind a backslash."""
    return re.sub(r"([\\\s])", r"\\\1", value)


# Statements name relations alone, and functions and operators as PostgreSQL spells its own. Where a
# schema of the path has a better fitting `sum` or `=`, that would be taken. Who may write to a
# schema with readings decides what is shown anyway; of the others none may divert a statement.
#: How long the path of a session stands [s]: relations of a new schema are found within a minute.
PATH_S = 25.0
#: Names of what we read; a test compares it with the contract.
RELATIONS = re.compile(r"^(influx_|ksys_|features_5m$|tech_ind_1m_mv$)")
# Of more than one array `unnest` is always PostgreSQL's own, and with its schema there is none.
_SET_LOCAL = """
SELECT pg_catalog.set_config(name, value, true)
FROM unnest(%(names)s::pg_catalog.text[], %(values)s::pg_catalog.text[])
  AS given (name, value)
"""
_TELL = "SELECT pg_catalog.set_config('search_path', %s, %s)"
# Each name is that of PostgreSQL's own: this one statement runs with the path of the role.
_GIVEN = "SELECT pg_catalog.current_schemas(false)::pg_catalog.text[]"
# A schema is left out if a function or operator there has a name of PostgreSQL's, came with no
# extension, and the schema has none of our relations.
_TRUSTED = """
SELECT name FROM unnest(%(names)s::text[]) WITH ORDINALITY AS given (name, place)
JOIN pg_namespace schema ON schema.nspname = given.name
WHERE EXISTS (
    SELECT FROM pg_class WHERE relnamespace = schema.oid AND relname ~ %(relations)s
) OR NOT EXISTS (
    SELECT FROM (
        SELECT theirs.oid, 'pg_proc'::regclass AS class FROM pg_proc theirs
        JOIN pg_proc ours USING (proname)
        WHERE theirs.pronamespace = schema.oid AND ours.pronamespace = 'pg_catalog'::regnamespace
        UNION ALL
        SELECT theirs.oid, 'pg_operator'::regclass FROM pg_operator theirs
        JOIN pg_operator ours USING (oprname)
        WHERE theirs.oprnamespace = schema.oid AND ours.oprnamespace = 'pg_catalog'::regnamespace
    ) AS shadow
    WHERE NOT EXISTS (
        SELECT FROM pg_depend
        WHERE classid = shadow.class AND objid = shadow.oid AND deptype = 'e'
    )
)
ORDER BY place
"""


def quoted(name: str) -> str:
    """Return a name as PostgreSQL reads it in a list of schemas."""
    return '"' + name.replace('"', '""') + '"'


def path(schemas: Sequence[str]) -> str:
    """Return the search path of these schemas: PostgreSQL's own before, temporary ones after."""
    return ", ".join(["pg_catalog", *map(quoted, schemas), "pg_temp"])


class SearchPath:
    """The search path of the sessions of a pool.

    Parameters
    ----------
    schema : the only one, which the options of a session name; None: that of the role, less the
        schemas that could divert a statement
    pooler : each transaction is told, as the next one may be of another session
    """

    def __init__(self, schema: str | None, pooler: bool) -> None:
        self.schema, self._pooler = schema, pooler
        self.options = {} if schema is None else {"search_path": path([schema])}
        self._read_at, self._path = -math.inf, ""

    def keep(self, connection: Any) -> None:
        """Keep a session of a pool of SQLAlchemy to the path, read anew every few seconds."""
        if self.schema is not None:
            return
        pooler = self._pooler
        now, told_at = time.monotonic(), connection.info.get("path_told_at", -math.inf)
        if not pooler and now - told_at < PATH_S:
            return
        with connection.cursor() as cursor:
            if not pooler or now - self._read_at >= PATH_S:
                # Behind a pooler a client before may have left another path in the session.
                cursor.execute("RESET search_path")
                self._path, self._read_at = of_role(cursor), now
            cursor.execute(_TELL, (self._path, pooler))
        connection.info["path_told_at"] = now


def of_role(cursor: Any) -> str:
    """Return the search path of the session, without the schemas that could divert a statement.

    It stays restricted to PostgreSQL's own schema: the caller sets what is returned, or another.
    """
    cursor.execute(_GIVEN)
    (names,) = cursor.fetchone()
    named = [name for name in names if not name.startswith("pg_")]
    cursor.execute(_TELL, ("pg_catalog, pg_temp", False))
    cursor.execute(_TRUSTED, {"names": named, "relations": RELATIONS.pattern})
    return path([name for (name,) in cursor.fetchall()])


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


def connected(dsn: str, settings: dict[str, str], pooler: bool, **more: Any) -> Any:
    """Return a new connection with our options; what the DSN says itself stands.

    Parameters
    ----------
    more : for psycopg2, such as the order of hosts
    """
    options = extensions.parse_dsn(dsn)
    extra: dict[str, Any] = {
        "connect_timeout": CONNECT_TIMEOUT_S,
        "application_name": APPLICATION,
        "client_encoding": "UTF8",  # a database in EUC_KR has no word for each name one can ask for
        **_KEEPALIVE,
    }
    extra = {name: value for name, value in extra.items() if name not in options} | more
    if not pooler:
        ours = " ".join(f"-c {name}={_escaped(value)}" for name, value in settings.items())
        extra["options"] = f"{options.get('options', '')} {ours}".strip()
    connection = opened(dsn, **extra)
    connection.autocommit = not pooler
    return connection


def creator(dsn: str, settings: dict[str, str], pooler: bool, hosts: Hosts) -> Any:
    """Return what SQLAlchemy calls for a new connection."""

    def create() -> Any:
        connection = connected(dsn, settings, pooler, **hosts.order)
        hosts.answered(connection.info)
        return connection

    return create


def set_local(connection: Any, settings: dict[str, str]) -> None:
    """Set the options for one transaction: a pooler may give the next one another session."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
        cursor.execute(_SET_LOCAL, {"names": list(settings), "values": list(settings.values())})


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


@dataclass
class Pool:
    """A small pool with its session options; after a failure it is left alone for a second."""

    engine: Engine
    name: str
    settings: dict[str, str]
    pooler: bool
    limit: float
    patience: float
    qc_code: str | None
    path: SearchPath
    parts: Parts = field(repr=False)
    #: Where it may go, and to which lag [s]; None: as tags stay FRESH by it.
    route: Any = field(repr=False)
    most: float | None = None
    failure: tuple[float, HistorianUnavailable] | None = None
