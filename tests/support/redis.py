"""A Redis server of a test's own, and what workers share by it."""

import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from data.shared import Sharing

SECRET = "as long as a secret must be".replace(" ", "-")
BUILD = "0123456789ab"


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
