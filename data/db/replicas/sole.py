"""The one server that is read: how far it is behind, where it says that it is a standby."""

from collections.abc import Callable
from typing import Any

from psycopg2 import extensions

from data.db.replicas.histories import Split
from data.db.replicas.route import Route, end, single
from data.db.sessions import Hosts, creator


def routed(*dsns: str) -> Route:
    """Return the way to the servers that DSNs name, replicas first."""
    ends: dict[tuple[str, ...], str] = {}
    for dsn in dsns:
        for one in single(dsn):
            ends.setdefault(end(one), one)
    named = list(ends.values())
    return Route(named) if len(named) > 1 else Sole(named)


class Sole(Route):
    """The way to one server, which no lag is a reason to leave.

    Each new connection tells whether it leads to a standby. Only such a one is looked at: of a
    primary nobody need know more.
    """

    def start_anew(self) -> None:
        """Begin without threads: a forked child has none of its parent's."""
        super().start_anew()
        self._hosts, self._is_standby = Hosts(), False

    def lag(self, most: float | None = None) -> float:
        """Return how far the server is behind [s]; infinite: nobody knows."""
        return super().lag(most) if self._is_standby else 0.0

    def split(self) -> Split:
        """Return that all fits together."""
        return Split()

    def looked_at(self) -> Route:
        """Return this: there is nothing to compare."""
        return self

    def creator(
        self, settings: dict[str, str], pooler: bool, _most: float | None
    ) -> Callable[[], Any]:
        """Return what SQLAlchemy calls for a new connection."""
        connect = creator(self.servers[0].dsn, settings, pooler, self._hosts)

        def create() -> Any:
            connection: extensions.connection = connect()
            told = connection.info.parameter_status("in_hot_standby")  # since PostgreSQL 14
            self._is_standby = told == "on"
            return connection

        return create

    def leads(self, _connection: object, _most: float | None) -> bool:
        """Whether a connection leads to the server: none leads elsewhere."""
        return True
