"""A stored answer, where it is stored, and its age: by two clocks, so that no step of one keeps it
fresh."""

import math
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar, cast
from uuid import uuid4

import pandas as pd
from flask_caching.backends.simplecache import SimpleCache

from data.errors import HistorianUnavailable
from data.shared import Shared

R = TypeVar("R")

#: How far the clocks by which two workers write and look may differ [s]; an answer further in the
#: future was written before a clock stepped back.
APART_S = 1.0
#: How long a last good answer stays [s]: with it the pages outlast an outage of an hour.
KEEP_S = 3_600
#: Answers in the store of one process, less one: Flask-Caching holds 101 at a threshold of 100.
THRESHOLD = 99
#: Most that the store of one process holds [bytes]. A chart of single readings takes up to 14 MB,
#: and a hundred of them would take more than most hosts have for a worker.
MOST_BYTES = 96 * 2**20
#: Another worker is not overtaken for so long after it began to read, nor waited for longer than
#: that; the first is less than an answer may be shared, so that the next tick finds nobody [s].
FLIGHT_S, LANDING_S, LOOK_S = 1.0, 0.5, 0.02
FRAMES = (pd.DataFrame, pd.Series)
_STARTED = uuid4().hex


class _Worker:
    """The name of this process, made anew in a forked child: each look into the cache asks for it.

    To ask the system for the number of the process each time took a fiftieth of a chart.
    """

    def __init__(self) -> None:
        self.name_it()

    def name_it(self) -> None:
        self.name = f"{_STARTED}-{os.getpid()}"


_worker = _Worker()
os.register_at_fork(after_in_child=_worker.name_it)


def worker() -> str:
    """Return a name for this process, which no other one has, after a fork neither."""
    return _worker.name


class Moment(NamedTuple):
    """When something happened.

    Parameters
    ----------
    time : by the clock of the store [s since 1970]: the wall clock, of a shared one the database's,
        NaN while that is not known
    steady : by the steady clock of the worker [s], which nobody sets
    worker : whose steady clock that is
    within : how far the first may be off [s]: half of what the look at the database's clock took
    """

    time: float
    steady: float
    worker: str
    within: float = 0.0


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

        Of an answer of another worker rather too old than too young, below 0 where it is of the
        future, and infinite where no clock that both share is known.
        """
        by_time = now.time - self.read.time
        if now.worker != self.read.worker:
            off = now.within + self.read.within
            return math.inf if math.isnan(by_time) else by_time + off
        steady = now.steady - self.read.steady
        return steady if math.isnan(by_time) else max(by_time, steady)

    def is_usable(self, now: Moment) -> bool:
        """Whether it may be shown with its age.

        Not where it is of another worker and of the future, of nobody knows when, or of longer ago
        than a store should hold it.
        """
        return now.worker == self.read.worker or -APART_S <= self.age(now) <= KEEP_S

    def is_fresh(self, now: Moment) -> bool:
        """Whether it may still be shared."""
        return self.is_usable(now) and self.age(now) - self.took < self.seconds


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


def fresh(stored: Stored[R] | None, now: Moment) -> Stored[R] | None:
    """Return an answer if it may be shared now."""
    return stored if stored is not None and stored.is_fresh(now) else None


def copied(value: R) -> R:
    """Return an answer whose frames its receiver may change: pandas copies on write.

    What else it holds is not to be changed, and has a type that says so: to copy the tags of a
    plant of 100,000 takes as long as half of a chart, and each looks into them several times.
    """
    if isinstance(value, FRAMES):
        return cast(R, value.copy(deep=False))
    if hasattr(value, "_make"):
        parts = (copied(each) if isinstance(each, FRAMES) else each for each in cast(Any, value))
        return cast(R, value._make(parts))
    return value


class Stores:
    """Answers by key: the memory first, for what is fresh there needs no other look.

    Parameters
    ----------
    memory : of Flask-Caching, which holds pickled answers; others are held as they are
    """

    def __init__(self, memory: Any, shared: Shared | None = None) -> None:
        self.memory, self.held, self.shared = memory, Held(), shared

    def own(self, key: str, as_it_is: bool) -> Stored[Any] | None:
        """Return the answer that this process holds under a key, fresh or not."""
        stored: Stored[Any] | None = self.held.get(key) if as_it_is else self.memory.get(key)
        return stored

    def answer(self, key: str, now: Moment, private: bool, as_it_is: bool) -> Stored[Any] | None:
        """Return the youngest answer under a key, fresh or not.

        What is shared counts only where it is younger than what this process holds: that may have
        been expired since, and Redis been too full to be told.
        """
        own = self.own(key, as_it_is)
        own = own if own is not None and own.is_usable(now) else None
        if private or self.shared is None or (own is not None and own.is_fresh(now)):
            return own
        others = self.shared.get(key)
        if not isinstance(others, Stored) or not others.is_usable(now):
            return own
        if own is not None and own.age(now) <= others.age(now):
            return own
        self._hold(key, others, as_it_is)
        return others

    def _hold(self, key: str, stored: Stored[Any], as_it_is: bool) -> None:
        if as_it_is:
            self.held.put(key, stored)
        else:
            self.memory.set(key, stored, timeout=KEEP_S)

    def put(self, key: str, stored: Stored[Any], private: bool, as_it_is: bool) -> None:
        """Store an answer; what has no time by the clock of all stays here."""
        self._hold(key, stored, as_it_is)
        if self.shared and not private and not math.isnan(stored.read.time):
            self.shared.set(key, stored, KEEP_S)

    def landing(self, key: str, now: Callable[[], Moment]) -> Stored[Any] | None:
        """Return a fresh answer that another worker reads just now; None without one.

        Whoever asks first is told None and reads; the others wait for a while, and then read too.
        """
        if self.shared is None or self.shared.add(f"flight:{key}", True, FLIGHT_S) is not False:
            return None
        until = time.monotonic() + LANDING_S
        while time.monotonic() < until:
            time.sleep(LOOK_S)
            moment = now()
            if stored := fresh(self.answer(key, moment, private=False, as_it_is=False), moment):
                return stored
        return None

    def point(self, key: str, target: str) -> None:
        """Let a key name that of another answer."""
        self.memory.set(key, target, timeout=KEEP_S)
        if self.shared:
            self.shared.set(key, target, KEEP_S)

    def targets(self, key: str) -> set[str]:
        """Return the keys that a key names: here, and to the other workers."""
        there = self.shared.get(key) if self.shared else None
        return {each for each in (self.memory.get(key), there) if isinstance(each, str)}

    def forget(self) -> None:
        """Drop every answer of this process; what is shared stays."""
        self.held.clear()
        self.memory.clear()


class Held:
    """Answers by key as they are: for few, large ones, which are not unpickled at each look."""

    def __init__(self) -> None:
        self._answers: dict[str, tuple[float, Stored[Any]]] = {}
        self._lock = threading.Lock()

    def get(self, key: str) -> Stored[Any] | None:
        """Return an answer, None where there is none, or it is held no longer."""
        until, stored = self._answers.get(key, (0.0, None))
        return stored if time.monotonic() < until else None

    def put(self, key: str, stored: Stored[Any]) -> None:
        """Hold an answer; the one that was put here first goes where they are many."""
        with self._lock:
            self._answers.pop(key, None)
            while len(self._answers) > THRESHOLD:
                del self._answers[next(iter(self._answers))]
            self._answers[key] = time.monotonic() + KEEP_S, stored

    def drop(self, key: str) -> None:
        """Hold an answer no longer."""
        with self._lock:
            self._answers.pop(key, None)

    def clear(self) -> None:
        """Hold nothing."""
        with self._lock:
            self._answers.clear()


class Bounded(SimpleCache):
    """A store in this process, bounded in answers and bytes: what was stored first goes first."""

    def set(self, key: str, value: Any, timeout: Any = None) -> bool | None:
        """Store a value; one larger than the whole store is not kept."""
        with self._lock:
            self._cache.pop(key, None)  # it moves to the end
            done = super().set(key, value, timeout)
            if len(self._cache[key][1]) > MOST_BYTES:  # all others would go, and it would not fit
                del self._cache[key]
            size = sum(len(content) for _until, content in self._cache.values())
            for oldest in list(self._cache):
                if size <= MOST_BYTES:
                    break
                size -= len(self._cache.pop(oldest)[1])
            return done
