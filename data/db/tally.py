"""How many questions to the cache of this process were answered from memory."""

import os
import threading
from typing import NamedTuple


class Shared(NamedTuple):
    """Questions since the process started, and how many of them read nothing anew."""

    asked: int
    shared: int


class _Tally:
    """Counted under a lock: a share made of two numbers that do not fit would be none."""

    def __init__(self) -> None:
        self.start_anew()

    def start_anew(self) -> None:
        """Begin at 0: a forked child counts its own."""
        self.lock = threading.Lock()
        self.asked = self.shared = 0


_tally = _Tally()
os.register_at_fork(after_in_child=_tally.start_anew)


def count(shared: bool) -> None:
    """Count a question; `shared`: it was answered from memory, or by a read under way."""
    with _tally.lock:
        _tally.asked += 1
        _tally.shared += shared


def counted() -> Shared:
    """Return what was counted so far."""
    with _tally.lock:
        return Shared(_tally.asked, _tally.shared)
