"""How many files are sent at once: by this worker, and with a shared cache by all workers."""

import threading
import time

from data.db import cache, lanes

#: A slot of all workers is free again so long after its worker was last heard of [s]: longer than
#: the other end may take for a piece. So often it says that it lives [s].
LEASE_S, BEAT_S = 120.0, 10.0


class Slots:
    """The files that this process sends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.used = 0

    def take(self, most: int) -> bool:
        """Take one of `most`; return whether there was one."""
        with self._lock:
            if self.used >= most:
                return False
            self.used += 1
            return True

    def give_back(self) -> None:
        """Leave one to the next."""
        with self._lock:
            self.used -= 1


_slots = Slots()


class Slot:
    """The right to send one file, and the place among the questions that goes with it.

    Parameters
    ----------
    of_all : name of the slot among those of all workers, "" where workers share none
    """

    def __init__(self, of_all: str) -> None:
        self._of_all = of_all
        self._place = lanes.keep_place()
        self._lock = threading.Lock()
        self._held = True
        self._told = time.monotonic()

    def keep(self) -> None:
        """Tell all workers, now and then, that the file is still being sent."""
        now, shared = time.monotonic(), cache.shared()
        if self._of_all and shared and now - self._told > BEAT_S:
            self._told = now
            shared.prolong(self._of_all, LEASE_S)

    def release(self) -> None:
        """Give it back, once."""
        with self._lock:
            held, self._held = self._held, False
        if held:
            self._place()
            _give_back(self._of_all)


def take(most: int) -> Slot | None:
    """Return the right to send one file more, None where `most` are sent already.

    Raises
    ------
    Busy
        If no place is left for a question.
    """
    if not _slots.take(most):
        return None
    of_all = _of_all_workers(most)
    if of_all is None:
        _slots.give_back()
        return None
    try:
        return Slot(of_all)
    except lanes.Busy:
        _give_back(of_all)
        raise


def _of_all_workers(most: int) -> str | None:
    """Return the slot that is taken among those of all workers, None where all are taken.

    "" where there is no shared cache, or it does not answer: then each worker counts by itself.
    """
    shared = cache.shared()
    for place in range(most if shared else 0):
        name = f"export:{place}"
        holders = shared.count(name, LEASE_S) if shared else None
        if holders is None:
            return ""
        if holders == 1:
            return name
    return None if shared else ""


def _give_back(of_all: str) -> None:
    _slots.give_back()
    shared = cache.shared()
    if of_all and shared:
        shared.forget(of_all)
