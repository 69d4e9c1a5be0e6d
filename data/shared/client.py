"""The way to a Redis that is trusted with nothing: redis-py, within the budget of each question.

Of the library no more is used than its connections: its commands parse what they hear.
"""

import re
import socket
import ssl
from typing import Any

from redis.backoff import NoBackoff
from redis.connection import BlockingConnectionPool, Connection, UnixDomainSocketConnection
from redis.exceptions import RedisError, ResponseError, TimeoutError
from redis.maint_notifications import MaintNotificationsConfig
from redis.retry import Retry

from data.shared.address import Address
from data.shared.budget import BoundedSocket, Budget, resolved
from data.shared.errors import RedisLost, RedisRefused

#: Most connections of a worker; who finds all of them in use waits for one.
CONNECTIONS = 16
#: What nonsense makes redis-py raise, besides errors of its own: it believes what it reads.
_NONSENSE = (OSError, ValueError, ArithmeticError, RecursionError)
#: What may be said of an error of the server's: its first word, the rest is the server's to choose.
_FIRST_WORD = re.compile(r"([A-Z]{1,20})( |$)")
#: What redis-py says of itself; its sentences with a host or an answer have other signs.
_OWN_WORDS = re.compile(r"([A-Za-z ]{1,40})[.]")


class _Remote(Connection):
    """A connection over TCP, with TLS where a context is given.

    The library's own for TLS makes a context for each connection, which takes up to 0.15 s of the
    0.2 s that there are, and trusts all authorities of the machine beside the one that is named.
    """

    def __init__(
        self, name: str, budget: Budget, tls: ssl.SSLContext | None, **options: Any
    ) -> None:
        super().__init__(**options)
        self.name, self.budget, self.tls = name, budget, tls

    def _connect(self) -> BoundedSocket:
        failure: OSError = ConnectionRefusedError()
        for host in resolved(self.name, self.port, self.budget):
            self.host = host
            self.socket_timeout = self.socket_connect_timeout = self.budget.left()
            try:
                return BoundedSocket(self._secured(super()._connect()), self.budget)
            except OSError as error:
                failure = error
        raise failure

    def _secured(self, plain: socket.socket) -> socket.socket:
        if self.tls is None:
            return plain
        try:
            return self.tls.wrap_socket(plain, server_hostname=self.name)
        except OSError:
            plain.close()
            raise


class _Local(UnixDomainSocketConnection):
    """A connection over a socket of this machine."""

    def __init__(self, budget: Budget, **options: Any) -> None:
        super().__init__(**options)
        self.budget = budget

    def _connect(self) -> BoundedSocket:
        self.socket_connect_timeout = self.budget.left()
        return BoundedSocket(super()._connect(), self.budget)


class Client:
    """Commands to one Redis, over a few connections; safe for threads.

    Parameters
    ----------
    seconds : until when it must have connected and answered, from the question on [s]
    """

    def __init__(self, where: Address, seconds: float) -> None:
        self.where, self.seconds = where, seconds
        self._budget = Budget()
        self._tls = ssl.create_default_context(cafile=where.authority) if where.tls else None
        self._pool = self._new_pool()

    def ask(self, *words: bytes) -> Any:
        """Return the answer to one command: bytes, where it is the value of a key.

        Raises
        ------
        RedisRefused
            If the server says that it will not.
        RedisLost
            If it does not answer in time, or with what is no answer.
        """
        self._budget.begin(self.seconds)
        connection = None
        try:
            connection = self._pool.get_connection()
            connection.send_command(*words)
            return connection.read_response()
        except RedisLost:
            self.close()
            raise
        except (RedisError, *_NONSENSE) as error:
            if connection and isinstance(error, ResponseError):
                raise RedisRefused(_named(error)) from None
            self.close()
            raise RedisLost(_reason(error)) from error
        finally:
            if connection:
                self._pool.release(connection)

    def close(self) -> None:
        """Close what is idle."""
        self._pool.disconnect(inuse_connections=False)

    def forked(self) -> None:
        """Leave the parent's connections to the parent, and its locks: a thread may hold them."""
        self._pool = self._new_pool()

    def _new_pool(self) -> BlockingConnectionPool:
        where = self.where
        way: dict[str, Any] = {"connection_class": _Local, "path": where.path}
        if not where.path:
            way = {"connection_class": _Remote, "name": where.host, "port": where.port}
            way["tls"] = self._tls
        return BlockingConnectionPool(
            max_connections=CONNECTIONS,
            timeout=self.seconds,
            socket_timeout=self.seconds,
            socket_connect_timeout=self.seconds,
            retry=Retry(NoBackoff(), 0),
            # RESP 2 has no more kinds of an answer than are needed; 3 is the default.
            protocol=2,
            maint_notifications_config=MaintNotificationsConfig(enabled=False),
            driver_info=None,
            username=(where.user or None) if where.password else None,
            password=where.password or None,
            db=where.database,
            budget=self._budget,
            **way,
        )


def _named(error: RedisError) -> str:
    """Return the first word of an error of the server's, which is one of Redis's own."""
    word = _FIRST_WORD.match(error.status_code or str(error))
    return word[1] if word else "an error without a name"


def _reason(error: Exception) -> str:
    """Return why, without what the server or the URL says: neither is fit for a log."""
    cause = error.__context__ if isinstance(error, RedisError) else error
    if isinstance(error, TimeoutError | socket.timeout):
        return "no answer in time"
    if isinstance(cause, socket.gaierror):
        return "its name is not known"
    if isinstance(cause, ssl.SSLError):
        return "TLS failed; its certificate must be valid for the host of REDIS_URL"
    if isinstance(cause, OSError):
        return cause.strerror or type(cause).__name__
    if not isinstance(error, RedisError):
        return "no answer that Redis gives"
    if isinstance(error, ResponseError) or error.status_code:
        return f"it refuses: {_named(error)}"
    words = _OWN_WORDS.fullmatch(str(error))
    return words[1] if words else "no answer that Redis gives"
