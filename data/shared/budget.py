"""Time and bytes that a question may take in all: redis-py limits each wait, not their sum.

A server that sends a byte now and then would hold its caller for ever, and one that lies about a
length fill the memory.
"""

import socket
import threading
import time

from data.shared.errors import RedisLost

#: Most bytes of a value: 8 MiB pass a line of 1 Gbit/s within the time of an answer.
MOST_BYTES = 8 * 1024**2
#: Most bytes around a value, and of what is said while connecting.
_AROUND = 1024


class Budget(threading.local):
    """What the question that this thread asks may still take."""

    _until = 0.0
    _bytes = 0

    def begin(self, seconds: float) -> None:
        """Ask another question, which may take so long [s]."""
        self._until = time.monotonic() + seconds
        self._bytes = MOST_BYTES + _AROUND

    def left(self) -> float:
        """Return the time that is left [s]; TimeoutError where there is none."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def take(self, count: int) -> None:
        """Count bytes that came; RedisLost where they are more than a value has."""
        self._bytes -= count
        if self._bytes < 0:
            raise RedisLost("more than a value has")


class BoundedSocket:
    """What redis-py needs of a socket; every wait for it ends with the budget."""

    def __init__(self, connected: socket.socket, budget: Budget) -> None:
        self._socket, self._budget = connected, budget
        self._seconds: float | None = None

    def settimeout(self, seconds: float | None) -> None:
        """Let no wait take longer [s], though the budget would allow it; 0: none waits."""
        self._seconds = seconds

    def recv(self, size: int) -> bytes:
        """Return what came next."""
        self._limit()
        piece = self._socket.recv(size)
        self._budget.take(len(piece))
        return piece

    def recv_into(self, buffer: bytearray) -> int:
        """Return how much came next, which is in the buffer then: so reads hiredis."""
        self._limit()
        count = self._socket.recv_into(buffer)
        self._budget.take(count)
        return count

    def sendall(self, content: bytes) -> None:
        """Send all of it."""
        unsent = memoryview(content)
        while unsent:
            self._limit()
            unsent = unsent[self._socket.send(unsent) :]

    def shutdown(self, how: int) -> None:
        """End both ways."""
        self._socket.shutdown(how)

    def close(self) -> None:
        """Let go of it."""
        self._socket.close()

    def _limit(self) -> None:
        left = self._budget.left()
        self._socket.settimeout(left if self._seconds is None else min(left, self._seconds))


def resolved(host: str, port: int, budget: Budget) -> list[str]:
    """Return the addresses of a host; a name service that hangs is waited for no longer.

    Raises
    ------
    OSError, ValueError
        If there is none, or none in time.
    """
    addresses: list[list[str]] = []
    failed: list[Exception] = []

    def resolve() -> None:
        try:
            each = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            addresses.append([str(entry[4][0]) for entry in each])
        except (OSError, ValueError) as error:
            failed.append(error)

    thread = threading.Thread(target=resolve, name="name of the cache", daemon=True)
    thread.start()
    thread.join(budget.left())
    if failed:
        raise failed[0]
    if not addresses:
        raise TimeoutError
    return addresses[0]
