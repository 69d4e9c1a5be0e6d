"""A last resort against a historian that hangs: cut its connection, so that the reader wakes up.

The server ends what outlasts `statement_timeout`; one that is stopped or out of reach does not.
"""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Iterator

#: How late a connection may be cut [s]: short against the patience of seconds, long for a thread.
CUT_DELAY_S = 0.25


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
