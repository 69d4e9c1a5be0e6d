"""What a thread will ask the historian in a moment, asked meanwhile by another one.

Most of an answer is a wait for the historian and a computation, in turns: while one is computed
the next is read. Only where connections lie idle, and of a process one thread at a time: with many
viewers nobody takes more than one connection.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Generic, TypeVar

from data.db import lanes
from data.db.pool.lending import in_use
from data.errors import KsysError

T = TypeVar("T")
#: Held while something is asked ahead.
_one = threading.Lock()


@contextmanager
def ahead(reads: Sequence[Callable[[], object]]) -> Iterator[None]:
    """Let another thread do these, in order, while the block does what needs them.

    Who asks the same in the block waits for that thread (see `cache`), or was first, and is waited
    for. What fails there fails again where it is needed. None begins once the block has ended.
    """
    if not reads or not _may():
        yield
        return
    ended = threading.Event()
    threading.Thread(target=_ask, args=(reads, ended), name="ahead", daemon=True).start()
    try:
        yield
    finally:
        ended.set()


class Once(Generic[T]):
    """What is made by whoever needs it first, or asks for it ahead; the others wait for that.

    What fails is made again by who needs it next.

    Parameters
    ----------
    make : makes it
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make, self._lock = make, threading.Lock()
        self._made: tuple[T, ...] = ()

    def __call__(self) -> T:
        """Return it."""
        with lanes.waiting(), self._lock:
            self._made = self._made or (self._make(),)
        return self._made[0]


def _may() -> bool:
    """Return whether half of the connections for pages are idle, and nobody asks ahead; it is ours.

    The next frame, and who watches us, have one connection each.
    """
    used = in_use()
    is_idle = lanes.lane() == lanes.PAGES and 2 * used.used < used.most
    return is_idle and _one.acquire(blocking=False)


def _ask(reads: Sequence[Callable[[], object]], ended: threading.Event) -> None:
    try:
        for read in reads:
            if ended.is_set():
                return
            try:
                read()
            except KsysError:  # it is met, and told, where it is needed
                continue
    finally:
        _one.release()
