"""Where reads go: the first standby that keeps up, else the primary, else whoever lags least."""

import math
import threading
from collections.abc import Callable, Sequence

import psycopg2
from psycopg2 import extensions

from data.db.replicas.lag import MOST_S, Look, Marks
from data.db.replicas.watching import Routed, Server
from data.db.sessions import CONNECT_TIMEOUT_S, PORT, Watchdog, connected

#: A tag that nobody waits so long for becomes LATE by its own age [s]; a server is not left for it.
LEAST_S = 5.0


def routed(*dsns: str) -> "Route | None":
    """Return the way to several servers, None where DSNs name but one."""
    ends: dict[tuple[str, ...], str] = {}
    for dsn in dsns:
        for one in single(dsn):
            ends.setdefault(_end(one), one)
    return Route(list(ends.values())) if len(ends) > 1 else None


class Route:
    """The servers that reads may go to, in the order in which they are wanted.

    Parameters
    ----------
    dsns : of a server each, replicas first; `prefer-standby` lets a primary among them wait
    """

    def __init__(self, dsns: Sequence[str]) -> None:
        self._watchdog, self._marks = Watchdog(), Marks()
        self.servers = [Server(one, self._watchdog, self._marks.add) for one in dsns]
        self.most = MOST_S
        self.start_anew()

    def start_anew(self) -> None:
        """Begin without threads: a forked child has none of its parent's."""
        self._watchdog.start_anew()
        self._lock, self._stop, self._runs = threading.Lock(), threading.Event(), False
        for server in self.servers:
            server.start_anew()

    def close(self) -> None:
        """Look no longer."""
        self._stop.set()

    def keep_fresh(self, gap: float) -> None:
        """Leave a server from this lag on [s]: with more of it no tag of such a gap is FRESH."""
        self.most = min(MOST_S, max(LEAST_S, gap))

    def choice(self, most: float | None = None) -> Server:
        """Return the server to read now; at first wait until those that are wanted are looked at.

        Where none keeps up it is the one that lags least; where none answers, the first.

        Parameters
        ----------
        most : who is further behind does not keep up [s]; None: as tags stay FRESH by it
        """
        self._begin()
        answering = [server for server in self.servers if server.answers()]
        answering.sort(key=Server.is_unwanted)
        for server in answering:
            if self.lag_of(server) <= (self.most if most is None else most):
                return server
        return min(answering, key=self.lag_of, default=self.servers[0])

    def lag(self, most: float | None = None) -> float:
        """Return how far the server that is read now is behind [s]; infinite: nobody knows."""
        server = self.choice(most)
        return self.lag_of(server) if server.answers() else 0.0

    def lag_of(self, server: Server) -> float:
        """Return how far a server is behind [s]."""
        look: Look | None = server.look
        return math.inf if look is None else self._marks.lag(look)

    def creator(
        self, settings: dict[str, str], pooler: bool, most: float | None
    ) -> Callable[[], Routed]:
        """Return what SQLAlchemy calls for a new connection: to the choice, else to the next."""

        def create() -> Routed:
            for _ in self.servers[1:]:
                server = self.choice(most)
                try:
                    return _led(server, settings, pooler)
                except psycopg2.OperationalError:
                    server.fell()
            return _led(self.choice(most), settings, pooler)

        return create

    def leads(self, connection: Routed, most: float | None) -> bool:
        """Whether a connection leads to the server that is to be read now."""
        return connection.server is self.choice(most)

    def _begin(self) -> None:
        with self._lock:
            if not self._runs:
                self._runs = True
                for server in self.servers:
                    name = f"replica {self.servers.index(server)}"
                    run = threading.Thread(target=server.run, args=(self._stop,), name=name)
                    run.daemon = True
                    run.start()
        for server in self.servers:
            server.is_tried.wait(CONNECT_TIMEOUT_S)
            if server.answers():
                return


def _led(server: Server, settings: dict[str, str], pooler: bool) -> Routed:
    connection: Routed = connected(server.dsn, settings, pooler, connection_factory=Routed)
    server.lent(connection)
    return connection


def _end(dsn: str) -> tuple[str, ...]:
    """Return which server and database a DSN of one host names; one that nobody can read is one."""
    try:
        given = extensions.parse_dsn(dsn)
    except psycopg2.ProgrammingError:
        return (dsn,)
    port = given.get("port") or PORT
    user = str(given.get("user", ""))
    rest = (given.get(name) or "" for name in ("host", "hostaddr", "service"))
    return (*rest, port, given.get("dbname") or user)


def single(dsn: str) -> Sequence[str]:
    """Return a DSN for each host that a DSN names; one whose hosts lie elsewhere stays whole."""
    try:
        given = extensions.parse_dsn(dsn)
    except psycopg2.ProgrammingError:  # whoever connects is told
        return [dsn]
    lists = {name: given[name].split(",") for name in ("host", "hostaddr", "port") if name in given}
    count = max((len(lists.get(name, ())) for name in ("host", "hostaddr")), default=1)
    if count < 2:
        return [dsn]
    wide = {name: each * count if len(each) == 1 else each for name, each in lists.items()}
    return [
        extensions.make_dsn(dsn, **{name: each[place] for name, each in wide.items()})
        for place in range(count)
    ]
