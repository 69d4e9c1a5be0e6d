"""Where reads go: the first standby that keeps up, else the primary, else whoever lags least."""

import logging
import math
import threading
from collections.abc import Callable, Sequence

import psycopg2
from psycopg2 import extensions

from data.db.replicas.histories import Histories, Split, split
from data.db.replicas.lag import MOST_S, Look, Marks
from data.db.replicas.watching import Routed, Server
from data.db.sessions import CONNECT_TIMEOUT_S, PORT, Watchdog, connected

#: Cluster and timeline.
History = tuple[str, int]
#: A tag that nobody waits so long for becomes LATE by its own age [s]; a server is not left for it.
LEAST_S = 5.0
logger = logging.getLogger("ksys")


class Route:
    """The servers that reads may go to, in the order in which they are wanted.

    Parameters
    ----------
    dsns : of a server each, replicas first; `prefer-standby` lets a primary among them wait

    Attributes
    ----------
    epoch : names the history that pages read, other than that of the start; else empty
    """

    def __init__(self, dsns: Sequence[str]) -> None:
        self._watchdog = Watchdog()
        self.servers = [Server(one, self._watchdog, self._seen) for one in dsns]
        self.most = MOST_S
        self.start_anew()

    def start_anew(self) -> None:
        """Begin without threads: a forked child has none of its parent's."""
        self._watchdog.start_anew()
        self._marks, self._histories, self._split = Marks(), Histories(), Split()
        self._read: tuple[Server, History] | None = None
        self.epoch = ""
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

        Where none keeps up it is the one that lags least; where none answers, the first. One whose
        history has ended is read where no other answers. What pages read is noticed: see `epoch`.

        Parameters
        ----------
        most : who is further behind does not keep up [s]; None: as tags stay FRESH by it
        """
        self._begin()
        answering = [server for server in self.servers if server.answers()]
        answering = [one for one in answering if not self._has_ended(one)] or answering
        answering.sort(key=Server.is_unwanted)
        limit = self.most if most is None else most
        keeping_up = [server for server in answering if self.lag_of(server) <= limit]
        least = keeping_up or sorted(answering, key=self.lag_of) or self.servers
        if most is None:
            self._follow(least[0])
        return least[0]

    def lag(self, most: float | None = None) -> float:
        """Return how far the server that is read now is behind [s]; infinite: nobody knows."""
        server = self.choice(most)
        return self.lag_of(server) if server.answers() else 0.0

    def lag_of(self, server: Server) -> float:
        """Return how far a server is behind [s]."""
        look: Look | None = server.look
        if look is None:
            return math.inf
        return max(self._marks.lag(look), self._histories.lag(look))

    def split(self) -> Split:
        """Return what does not fit together in what the servers said last."""
        return split([server.last for server in self.servers], self._histories)

    def looked_at(self) -> "Route":
        """Return this, once each of the servers was looked at, or did not answer in time."""
        self._begin()
        for server in self.servers:
            server.is_tried.wait(CONNECT_TIMEOUT_S)
        return self

    def _follow(self, server: Server) -> None:
        """Notice that pages read another history than before: what is kept of that is not shown.

        A promotion begins one, too: the last that the server before had may not be in it.
        """
        look, before = server.look, self._read
        if look is None:
            return
        now = self._read = server, (look.system, look.timeline)
        if before is None or before == now:
            return
        rivals = self.split().rivals
        place, other = (self.servers.index(one) + 1 for one in (server, before[0]))
        if before[1] != now[1] or (place != other and {place, other} <= set(rivals)):
            self.epoch = f"{look.system}-{look.timeline}-{place if place in rivals else 0}"
            logger.warning("another history is read from now on, that of server %d", place)

    def _has_ended(self, server: Server) -> bool:
        look = server.look
        return look is not None and self._histories.ended(look) is not None

    def _seen(self, look: Look) -> None:
        """Take in a look; what an ended history writes says nothing of who keeps up."""
        self._histories.add(look)
        if self._histories.ended(look) is None:
            self._marks.add(look)
        self._tell()

    def _tell(self) -> None:
        """Write into the log what does not fit together, once, and when it is over."""
        now = self.split()
        with self._lock:
            before, self._split = self._split, now
        if now == before:
            return
        if now == Split():
            logger.warning("the servers of the historian agree again")
        for places, text in zip(now, _SAID, strict=True):
            if places:
                logger.warning(text, " and ".join(map(str, places)))

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


#: What is written into the log, for each part of a Split; servers by their place in the DSNs.
_SAID = (
    "server %s says that it is a primary, but another one was promoted after it: it is not read",
    "server %s is not known to follow the server that was promoted yet: it is not read",
    "servers %s all say that they are the primary, and none after another: the first is read",
    "server %s is a standby of another cluster than the primary",
)


def _led(server: Server, settings: dict[str, str], pooler: bool) -> Routed:
    connection: Routed = connected(server.dsn, settings, pooler, connection_factory=Routed)
    server.lent(connection)
    return connection


def end(dsn: str) -> tuple[str, ...]:
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
