"""A Redis server of a test's own, and what workers share by it."""

import contextlib
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from data.shared import Sharing

SECRET = "as long as a secret must be".replace(" ", "-")
BUILD = "0123456789ab"
#: What a server that is none answers to everything.
NONSENSE = {
    "another protocol": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "no end of a line": 5_000 * b"x",
    "a length beyond all": b"$99999999999999999999\r\n",
    "a length of a gigabyte": b"$1073741824\r\n" + 1_000_000 * b"x",
    "a negative length": b"$-7\r\n",
    "a length in words": b"$ten\r\n",
    "a value without its end": b"$2\r\nabcd",
    "nested arrays": 20_000 * b"*1\r\n",
    "more than was asked for": b"$-1\r\n$3\r\nabc\r\n",
    "an error that would write a log": b"-\x1b[31mFATAL\r\n",
    "an error of a cluster, without its end": b"-MOVED 1\r\n",
    "an answer of RESP 3": b"%1\r\n+a\r\n:1\r\n",
    "a number": b":7\r\n",
    "a word": b"+OK\r\n",
    "nothing": b"",
}


@contextmanager
def redis_server(*options: str, port: int = 0) -> Iterator[int]:
    """Run a Redis server; yield its port, that of before where one is given."""
    with socket.create_server(("127.0.0.1", port)) as free:
        port = free.getsockname()[1]
    where = tempfile.mkdtemp(prefix="ksys-redis-")
    given = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", where, *options]
    server = subprocess.Popen(["redis-server", *given], stdout=subprocess.DEVNULL)
    try:
        _await(port)
        yield port
    finally:
        server.kill()
        server.wait()
        shutil.rmtree(where)


def _await(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", port), 0.2) as line,
        ):
            line.sendall(b"PING\r\n")
            if line.recv(7) in (b"+PONG\r\n", b"-NOAUTH"):
                return
        time.sleep(0.05)
    raise AssertionError("redis-server did not start")


def sharing(
    port: int,
    clock: Callable[[], float] = time.time,
    secret: str = SECRET,
    build: str = BUILD,
) -> Sharing:
    """Return what shares answers by the server at a port of this machine."""
    return Sharing(f"redis://127.0.0.1:{port}/0", secret, build, clock)


def asked(port: int, *words: str | bytes) -> bytes:
    """Return what a server answers to one command, spoken past the client of Ksys."""
    parts = [word.encode() if isinstance(word, str) else word for word in words]
    with socket.create_connection(("127.0.0.1", port), 5) as line:
        line.sendall(b"*%d\r\n" % len(parts))
        line.sendall(b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in parts))
        line.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: line.recv(65_536), b""))


def keys(port: int) -> list[str]:
    """Return the keys that a server holds."""
    lines = asked(port, "KEYS", "*").split(b"\r\n")
    return sorted(line.decode() for line in lines if line[:1] not in (b"*", b"$", b""))


def value(port: int, key: str) -> bytes:
    """Return the value of a key."""
    return asked(port, "GET", key).partition(b"\r\n")[2][:-2]


@contextlib.contextmanager
def nonsense(said: bytes, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server that answers the same to everything, at a port."""

    def answer(plain: socket.socket) -> None:
        with (
            contextlib.suppress(OSError),
            plain,
            tls.wrap_socket(plain, server_side=True) if tls else plain as line,
        ):
            while line.recv(65_536):
                line.sendall(said)
                if not said:
                    return

    def serve(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _where = listener.accept()
                threading.Thread(target=answer, args=(line,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
