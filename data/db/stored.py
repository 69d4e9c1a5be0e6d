"""A stored answer and its age: by two clocks, so that no step of one of them keeps it fresh."""

import os
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, NamedTuple, TypeVar, cast
from uuid import uuid4

import pandas as pd

from data.errors import HistorianUnavailable

R = TypeVar("R")

#: How far the clocks by which two workers write and look may differ [s]; an answer further in the
#: future was written before a clock stepped back.
APART_S = 1.0
#: How long a last good answer stays [s]: with it the pages outlast an outage of an hour.
KEEP_S = 3_600
#: Answers in the store of one process, less one: Flask-Caching holds 101 at a threshold of 100.
THRESHOLD = 99
_STARTED = uuid4().hex


def worker() -> str:
    """Return a name for this process, which no other one has, after a fork neither."""
    return f"{_STARTED}-{os.getpid()}"


def store_errors() -> tuple[type[Exception], ...]:
    """Return what a broken shared cache raises; Redis is optional."""
    try:
        from redis.exceptions import RedisError
    except ImportError:
        return (OSError,)
    return (OSError, RedisError)


class Moment(NamedTuple):
    """When something happened.

    Parameters
    ----------
    time : by the clock of the store [s since 1970]: the wall clock, of a shared one the database's
    steady : by the steady clock of the worker [s], which nobody sets
    worker : whose steady clock that is
    """

    time: float
    steady: float
    worker: str


@dataclass(frozen=True, slots=True)
class Stored(Generic[R]):
    """An answer as it is stored.

    Parameters
    ----------
    value : what the reader returned
    read : when it was asked for
    took : how long the reader took [s]
    seconds : how long it may be shared from then on [s]
    """

    value: R
    read: Moment
    took: float
    seconds: float

    def age(self, now: Moment) -> float:
        """Return how old it is [s]: by the later of both clocks; others' steady ones say nothing.

        Below 0 for an answer of another worker that is of the future.
        """
        by_time = now.time - self.read.time
        if now.worker != self.read.worker:
            return by_time
        return max(by_time, now.steady - self.read.steady)

    def is_fresh(self, now: Moment) -> bool:
        """Whether it may still be shared."""
        age = self.age(now)
        return age >= -APART_S and age - self.took < self.seconds


@dataclass(frozen=True, slots=True)
class Answer(Generic[R]):
    """The newest answer there is.

    Parameters
    ----------
    value : what the reader returned
    as_of : when it was read, aware UTC; in a shared store by the database's clock
    error : why there is none newer; None for a fresh answer
    age : how long ago that was [s], by the later of two clocks (`Stored.age`)
    took : how long it took to read [s]
    is_fresh : whether the next who asks would get it, too
    """

    value: R
    as_of: datetime
    error: HistorianUnavailable | None = None
    age: float = 0.0
    took: float = 0.0
    is_fresh: bool = True


def copied(value: R) -> R:
    """Return an answer that its receiver may change: pandas copies on write."""
    if isinstance(value, pd.DataFrame | pd.Series):
        return cast(R, value.copy(deep=False))
    return cast(R, dict(value)) if isinstance(value, dict) else value


class Stores:
    """Answers by key: pickled ones in a store of Flask-Caching, others here as they are.

    Parameters
    ----------
    store : of Flask-Caching
    shared : whether other workers see it too; else what is held as it is needs no place there
    """

    def __init__(self, store: Any, shared: bool = False) -> None:
        self.store, self.shared = store, shared
        self._held: dict[str, tuple[float, Stored[Any]]] = {}
        self._lock = threading.Lock()

    def held(self, key: str) -> Stored[Any] | None:
        """Return the answer that is held here as it is."""
        until, stored = self._held.get(key, (0.0, None))
        return stored if time.monotonic() < until else None

    def hold(self, key: str, stored: Stored[Any]) -> None:
        """Hold an answer as it is; the one that was put there first goes where they are many."""
        with self._lock:
            self._held.pop(key, None)
            while len(self._held) > THRESHOLD:
                del self._held[next(iter(self._held))]
            self._held[key] = time.monotonic() + KEEP_S, stored

    def get(self, key: str | None, as_it_is: bool = False) -> Any:
        """Return what is stored under a key, None where there is nothing, or a store is broken.

        as_it_is : of an answer that is held here, too
        """
        if key is None or (as_it_is and not self.shared):
            return self.held(key) if key else None
        try:
            return self.store.get(key)
        except store_errors():
            return None

    def put(self, key: str, stored: Any, as_it_is: bool = False) -> None:
        """Store an answer, or the key of another one."""
        if as_it_is:
            self.hold(key, stored)
            if not self.shared:
                return
        with suppress(*store_errors()):  # a broken shared cache costs speed, not answers
            self.store.set(key, stored, timeout=KEEP_S)

    def forget(self) -> None:
        """Drop every answer, in a shared store too."""
        with self._lock:
            self._held.clear()
        self.store.clear()


class Shared(NamedTuple):
    """Questions since the process started, and how many of them read nothing anew.

    `since` is when it started, by this machine's clock.
    """

    asked: int
    shared: int
    since: datetime


class _Tally:
    """Counted under a lock: a share made of two numbers that do not fit would be none."""

    def __init__(self) -> None:
        self.start_anew()

    def start_anew(self) -> None:
        """Begin at 0: a forked child counts its own."""
        self.lock = threading.Lock()
        self.asked = self.shared = 0
        self.since = datetime.now(UTC)


_tally = _Tally()
os.register_at_fork(after_in_child=_tally.start_anew)


def count_question(shared: bool) -> None:
    """Count a question; `shared`: it was answered from memory, or by a read under way."""
    with _tally.lock:
        _tally.asked += 1
        _tally.shared += shared


def questions() -> Shared:
    """Return what was counted so far."""
    with _tally.lock:
        return Shared(_tally.asked, _tally.shared, _tally.since)
