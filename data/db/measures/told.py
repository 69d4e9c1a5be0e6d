"""Questions, statements and files as they happen: counted here, and told to one listener.

The listener measures and logs; what is asked does not know who listens, and a process without one
pays a call that does nothing.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import wraps
from typing import Any, NamedTuple, ParamSpec, TypeVar

from data.errors import HistorianUnavailable

P = ParamSpec("P")
R = TypeVar("R")

#: How a question was answered: from memory, by the read of another one under way, by a read.
MEMORY, WAITED, READ = "memory", "flight", "read"
#: The name of a statement that no reader of the cache asks.
UNNAMED = "other"


class Listener:
    """Hears what happens; this one does nothing with it. It must be quick, and never fail."""

    def question(self, name: str, how: str) -> None:
        """A reader was asked; `how` is one of MEMORY, WAITED, READ."""

    def statement(self, name: str, seconds: float, rows: int, failure: str) -> None:
        """A statement was answered, or failed: with the key of why, "" otherwise."""

    def file(self, page: str, state: str, rows: int) -> None:
        """A file was asked for; `state` says what became of it."""


class _Tally:
    """Counted under a lock: a share made of two numbers that do not fit would be none."""

    def __init__(self) -> None:
        self.listener = Listener()
        self.start_anew()

    def start_anew(self) -> None:
        """Begin at 0: a forked child counts its own."""
        self.lock = threading.Lock()
        self.asked = self.shared = 0
        self.since = datetime.now(UTC)


class _Here(threading.local):
    """The reader that this thread reads for."""

    name = UNNAMED


_tally = _Tally()
_here = _Here()
os.register_at_fork(after_in_child=_tally.start_anew)


class Questions(NamedTuple):
    """Questions since the process started, and how many of them read nothing anew.

    `since` is when it started, by this machine's clock.
    """

    asked: int
    shared: int
    since: datetime


def questions() -> Questions:
    """Return what was counted so far."""
    with _tally.lock:
        return Questions(_tally.asked, _tally.shared, _tally.since)


def listen(listener: Listener) -> None:
    """Tell one listener of all that happens from now on."""
    _tally.listener = listener


def count_question(name: str, how: str) -> None:
    """Count a question to a reader, and how it was answered."""
    with _tally.lock:
        _tally.asked += 1
        _tally.shared += how != READ
    _tally.listener.question(name, how)


def file_sent(page: str, state: str, rows: int = 0) -> None:
    """Tell what became of a file that was asked for.

    Parameters
    ----------
    state : complete, refused (the question cannot be used), unavailable (the historian), busy (as
        many are sent as may be), broken (on its way) or abandoned (by who asked)
    rows : how many were sent
    """
    _tally.listener.file(page, state, rows)


@contextmanager
def naming(name: str) -> Iterator[None]:
    """Let the statements of this thread have the name of the reader that asks them."""
    before, _here.name = _here.name, name
    try:
        yield
    finally:
        _here.name = before


def _count(rows: Any) -> int:
    """Return how many rows there are, of columns by name, too."""
    return len(next(iter(rows.values()), ()) if isinstance(rows, dict) else rows)


def measured(read: Callable[P, R]) -> Callable[P, R]:
    """Let what sends a statement tell how long it took, the wait for a connection included."""

    @wraps(read)
    def timed(*args: P.args, **kwargs: P.kwargs) -> R:
        begun = time.perf_counter()
        try:
            rows = read(*args, **kwargs)
        except HistorianUnavailable as failure:
            _tally.listener.statement(_here.name, time.perf_counter() - begun, 0, failure.key)
            raise
        _tally.listener.statement(_here.name, time.perf_counter() - begun, _count(rows), "")
        return rows

    return timed
