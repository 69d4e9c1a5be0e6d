"""A Redis client that trusts nothing it hears: each answer whole in its time, and bounded in size.

The usual client limits each piece of an answer, not the whole: a server that sends a byte now and
then holds its caller for ever, and one that lies about a length or nests its answer fills memory or
ends in errors of any kind. Of the protocol (RESP 2) no more is spoken than a cache needs.
"""

import errno
import re
import socket
import ssl
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

#: Most bytes of a value: 8 MiB pass a line of 1 Gbit/s within the time of an answer.
MOST_BYTES = 8 * 1024**2
#: Most bytes of a line of an answer, which is a word, a number or an error.
LINE_BYTES = 1024
#: Connections that stay open while nobody asks.
IDLE = 8
_PIECE = 65_536
#: What may be said of an error of the server's: its first word, the rest is the server's to choose.
_ERROR = re.compile(rb"-([A-Z]{1,20})( |$)")
Reply = bytes | int | None


class RedisLost(Exception):
    """Redis did not answer in time, or with nonsense; its text names no host and no password."""


class RedisRefused(Exception):
    """Redis answered with an error, named by its first word."""


@dataclass(frozen=True)
class Address:
    """Where Redis is and how to enter it; `path` of a unix socket, else host and port."""

    host: str
    port: int
    path: str
    tls: bool
    authority: str | None
    user: str
    password: str = field(repr=False)
    database: int


def address(url: str) -> Address:
    """Return what a URL of Redis says; ValueError where anything in it is not understood.

    An unquoted sign of a password leaves a part of it as host, port, path or query: all of them
    must be what they should be.
    """
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    local = parts.scheme == "unix"
    if parts.scheme not in ("redis", "rediss", "unix") or parts.fragment:
        raise ValueError("scheme or fragment")
    if not set(query) <= ({"db"} if local else {"db", "ssl_ca_certs"}):
        raise ValueError("query")
    database = query.get("db", "") if local else parts.path.strip("/") or query.get("db", "")
    authority = query.get("ssl_ca_certs")
    if not re.fullmatch(r"[0-9]{0,4}", database) or (authority and not Path(authority).is_file()):
        raise ValueError("database or certificate")
    if not (len(parts.path) > 1 and not parts.hostname if local else _is_host(parts.hostname)):
        raise ValueError("host")
    secure = parts.scheme == "rediss"
    return Address(
        parts.hostname or "", parts.port or 6379, unquote(parts.path) if local else "",
        secure, authority, unquote(parts.username or ""), unquote(parts.password or ""),
        int(database or 0),
    )  # fmt: skip


def _is_host(name: str | None) -> bool:
    return bool(name and re.fullmatch(r"[\w.-]{1,253}|[0-9a-f:.%]{2,60}", name, re.ASCII))


class _Deadline:
    """A moment by which all must be done."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    def left(self) -> float:
        """Return the time that is left [s]; TimeoutError where there is none."""
        left = self._at - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class _Line:
    """One connection, and what of an answer has come so far."""

    def __init__(self, connected: socket.socket) -> None:
        self.socket = connected
        self.rest = bytearray()

    def ask(self, words: tuple[bytes, ...], deadline: _Deadline) -> Reply:
        """Return the answer to one command.

        Raises
        ------
        RedisRefused
            If the server says that it will not.
        OSError, ValueError
            If it does not answer in time, or with what is no answer.
        """
        parts = [b"*%d\r\n" % len(words)]
        for word in words:
            parts += [b"$%d\r\n" % len(word), word, b"\r\n"]
        unsent = memoryview(b"".join(parts))
        while unsent:
            self.socket.settimeout(deadline.left())
            unsent = unsent[self.socket.send(unsent) :]
        reply = self._reply(deadline)
        if self.rest:
            raise ValueError("more than one answer")
        return reply

    def _reply(self, deadline: _Deadline) -> Reply:
        while (end := self.rest.find(b"\r\n")) < 0:
            if len(self.rest) > LINE_BYTES:
                raise ValueError("no end of a line")
            self._receive(deadline)
        line = bytes(self.rest[:end])
        del self.rest[: end + 2]
        kind, said = line[:1], line[1:]
        if kind == b"-":
            error = _ERROR.match(line)
            raise RedisRefused(error[1].decode() if error else "an error without a name")
        if kind == b"+":
            return said
        if kind not in (b":", b"$") or not re.fullmatch(rb"-?[0-9]{1,19}", said):
            raise ValueError("no answer")
        return int(said) if kind == b":" else self._bulk(int(said), deadline)

    def _bulk(self, length: int, deadline: _Deadline) -> bytes | None:
        if length == -1:
            return None
        if not 0 <= length <= MOST_BYTES:
            raise ValueError("a length that no value has")
        while len(self.rest) < length + 2:
            self._receive(deadline)
        value, end = bytes(self.rest[:length]), bytes(self.rest[length : length + 2])
        del self.rest[: length + 2]
        if end != b"\r\n":
            raise ValueError("no end of a value")
        return value

    def _receive(self, deadline: _Deadline) -> None:
        self.socket.settimeout(deadline.left())
        piece = self.socket.recv(_PIECE)
        if not piece:
            raise ConnectionResetError(errno.ECONNRESET, "it closed the connection")
        self.rest += piece


class Client:
    """Commands to one Redis, over a few connections; safe for threads.

    Parameters
    ----------
    seconds : until when it must have connected and answered, from the question on [s]
    """

    def __init__(self, where: Address, seconds: float) -> None:
        self.where, self.seconds = where, seconds
        self._lock = threading.Lock()
        self._idle: list[_Line] = []
        self._tls = ssl.create_default_context(cafile=where.authority) if where.tls else None

    def ask(self, *words: bytes) -> Reply:
        """Return the answer to one command.

        Raises
        ------
        RedisRefused
            If the server says that it will not.
        RedisLost
            If it does not answer in time, or with what is no answer.
        """
        deadline = _Deadline(self.seconds)
        try:
            try:
                line = self._idle_line()
                return self._asked(line or self._connected(deadline), words, deadline)
            except ConnectionError:
                # Redis was started again, perhaps: then idle ones are dead, and a new one lives.
                if line is None:
                    raise
                self.close()
                return self._asked(self._connected(deadline), words, deadline)
        except (OSError, ValueError) as error:
            self.close()
            raise RedisLost(_reason(error)) from error

    def close(self) -> None:
        """Close what is idle."""
        with self._lock:
            lines, self._idle = self._idle, []
        for line in lines:
            line.socket.close()

    def forked(self) -> None:
        """Leave the parent's connections to the parent."""
        self._lock = threading.Lock()
        self.close()

    def _idle_line(self) -> _Line | None:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _asked(self, line: _Line, words: tuple[bytes, ...], deadline: _Deadline) -> Reply:
        is_whole = False
        try:
            reply = line.ask(words, deadline)
            is_whole = True
        except RedisRefused:
            is_whole = not line.rest
            raise
        finally:
            self._put_back(line, is_whole)
        return reply

    def _put_back(self, line: _Line, is_whole: bool) -> None:
        with self._lock:
            if is_whole and len(self._idle) < IDLE:
                self._idle.append(line)
                return
        line.socket.close()

    def _connected(self, deadline: _Deadline) -> _Line:
        """Return a new connection that may ask.

        Raises
        ------
        OSError, ValueError
            If there is none in time.
        """
        plain = self._socket(deadline)
        try:
            plain.settimeout(deadline.left())
            if self._tls:
                plain = self._tls.wrap_socket(plain, server_hostname=self.where.host)
            line, where = _Line(plain), self.where
            if where.password:
                user = [where.user.encode()] if where.user else []
                line.ask((b"AUTH", *user, where.password.encode()), deadline)
            if where.database:
                line.ask((b"SELECT", b"%d" % where.database), deadline)
        except RedisRefused as error:
            plain.close()
            raise ValueError(f"it refuses to let Ksys in: {error}") from None
        except (OSError, ValueError):
            plain.close()
            raise
        return line

    def _socket(self, deadline: _Deadline) -> socket.socket:
        if self.where.path:
            local = socket.socket(socket.AF_UNIX)
            return _joined(local, self.where.path, deadline)
        failure: OSError = ConnectionRefusedError()
        for family, where in _resolved(self.where.host, self.where.port, deadline):
            try:
                remote = _joined(socket.socket(family), where, deadline)
                remote.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return remote
            except OSError as error:
                failure = error
        raise failure


def _joined(unconnected: socket.socket, where: object, deadline: _Deadline) -> socket.socket:
    try:
        unconnected.settimeout(deadline.left())
        unconnected.connect(where)  # type: ignore[arg-type]  # as its family has it
    except OSError:
        unconnected.close()
        raise
    return unconnected


def _resolved(host: str, port: int, deadline: _Deadline) -> list[tuple[int, object]]:
    """Return the addresses of a host; a name service that hangs is waited for no longer."""
    found: list[list[tuple[int, object]]] = []
    failed: list[Exception] = []

    def resolve() -> None:
        try:
            each = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.append([(entry[0], entry[4]) for entry in each])
        except (OSError, ValueError) as error:
            failed.append(error)

    thread = threading.Thread(target=resolve, name="name of the cache", daemon=True)
    thread.start()
    thread.join(deadline.left())
    if failed:
        raise failed[0]
    if not found:
        raise TimeoutError
    return found[0]


def _reason(error: Exception) -> str:
    """Return why, without what the server or the URL says: neither is fit for a log."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, socket.gaierror):
        return "its name is not known"
    if isinstance(error, ssl.SSLError):
        return "TLS failed; its certificate must be valid for the host of REDIS_URL"
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return str(error)
