"""The one cache: answers shared for their time to live, read once, at hand while reading fails.

Flask-Caching holds the answers of this worker, `shared` those of all; single flight (N viewers,
one query), the last good answer with its age, and a short memory for failures are ours.
"""

import hashlib
import logging
import math
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime
from functools import update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar

import flask
from flask_caching import Cache

from data.db import lanes
from data.db.measures import MEMORY, READ, WAITED, count_question, naming
from data.db.pool import historian, reading_over
from data.db.stored import (
    KEEP_S,
    THRESHOLD,
    Answer,
    Bounded,
    Moment,
    Stored,
    Stores,
    copied,
    fresh,
    worker,
)
from data.errors import HistorianUnavailable, KsysError
from data.shared import Shared, Sharing

P = ParamSpec("P")
R = TypeVar("R")

#: How long a failure answers at once [s], so that viewers do not storm a database that is down.
FAILURE_S = 2.0
#: A time to live, or what returns it for the arguments of a reader [s].
Seconds = float | Callable[..., float]

cache = Cache()
logger = logging.getLogger("ksys")


def _wall() -> float:
    return time.time()


class _State:
    """What this process holds besides the store: flights, failures, answers as they are."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        #: Calls under way, whose outcome all who ask the same meanwhile wait for.
        self.flights: dict[str, Future[Any]] = {}
        self.failures: dict[str, tuple[float, KsysError]] = {}
        self.pinned: dict[str, tuple[str, Stored[Any]]] = {}
        self.findings: dict[str, object] = {}
        self.stores = Stores(Bounded(threshold=THRESHOLD, default_timeout=KEEP_S))
        self.clock: Callable[[], float] = _wall

    def forked(self) -> None:
        """Let go of what threads of the parent hold."""
        self.lock = threading.Lock()
        self.flights.clear()
        self.findings.clear()
        if self.stores.shared:
            self.stores.shared.forked()


_state = _State()
os.register_at_fork(after_in_child=_state.forked)


def configure(app: flask.Flask, sharing: Sharing | None = None) -> None:
    """Store answers in the app's cache, which is of this process, and in what all workers share."""
    config: dict[str, Any] = {"CACHE_TYPE": "data.db.stored.Bounded", "CACHE_THRESHOLD": THRESHOLD}
    cache.init_app(app, config={**config, "CACHE_DEFAULT_TIMEOUT": KEEP_S})
    memory = app.extensions["cache"][cache]
    if _state.stores.shared:
        _state.stores.shared.close()
    _state.stores = Stores(memory, Shared(sharing) if sharing else None)
    _state.clock = sharing.clock if sharing else _wall


def forget() -> None:
    """Drop every answer of this process and every remembered failure; what is shared stays."""
    with _state.lock:
        _state.failures.clear()
        _state.pinned.clear()
        _state.findings.clear()
    _state.stores.forget()


def shared() -> Shared | None:
    """Return what all workers share, None where each keeps its own."""
    return _state.stores.shared


def held() -> int | None:
    """Return how many answers this process holds; None where a shared cache does not answer."""
    if (others := shared()) and not others.answers():
        return None
    return len(_state.stores.memory._cache)  # nothing public of the store tells it


class Cached(Generic[P, R]):
    """A reader whose answers are shared; called like the plain function that it was."""

    def __init__(
        self,
        function: Callable[P, R],
        seconds: Seconds,
        live_key: Callable[..., Any] | None,
        in_process: bool,
        private: bool,
        pinned: bool,
    ) -> None:
        update_wrapper(self, function)
        self.function = function
        self.seconds = seconds
        self.live_key = live_key
        self.in_process = in_process
        self.private = private
        self.pinned = pinned
        self.name = f"{function.__module__}.{function.__qualname__}"

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Return an answer no older than its time to live.

        Raises
        ------
        HistorianUnavailable
            If a newer one is due and the historian does not answer.
        Busy
            If a newer one is due and as many requests are at the historian as may be.
        """
        return copied(self._fresh(args, kwargs).value)

    def answer(self, *args: P.args, **kwargs: P.kwargs) -> Answer[R]:
        """Return a fresh answer, else the last good one with its time and the error.

        Raises
        ------
        HistorianUnavailable
            If there is no answer at all.
        """
        stored: Stored[R] | None
        try:
            stored, error = self._fresh(args, kwargs), None
        except HistorianUnavailable as failure:
            stored, error = self._last(args, kwargs), failure
            if stored is None:
                raise
        return self._answer(stored, error)

    def fresh(self, *args: P.args, **kwargs: P.kwargs) -> Answer[R] | None:
        """Return an answer that may still be shared, None without one; nothing is read for it."""
        stored = self._shareable(self._key(args, kwargs))
        return None if stored is None else self._answer(stored, None)

    def kept(self, *args: P.args, **kwargs: P.kwargs) -> Answer[R] | None:
        """Return the last good answer with its age, None without one; nothing is read for it."""
        stored = self._last(args, kwargs)
        return None if stored is None else self._answer(stored, None)

    def _answer(self, stored: Stored[R], error: HistorianUnavailable | None) -> Answer[R]:
        now = self._moment()
        age, is_fresh = max(0.0, stored.age(now)), stored.is_fresh(now)
        at = stored.read.time
        # By the clock of this machine where the database's was not known: only its own answers.
        as_of = datetime.fromtimestamp(time.time() - age if math.isnan(at) else at, UTC)
        return Answer(copied(stored.value), as_of, error, age, stored.took, is_fresh)

    def expire(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Let the next call read anew; the stored answer stays for when that fails."""
        key = self._key(args, kwargs)
        stored = self._stored(key, self._moment())
        if stored is not None:
            stored = replace(stored, seconds=-math.inf)
            _state.stores.put(key, stored, self.private, self.in_process)

    def _stored(self, key: str, now: Moment) -> Stored[R] | None:
        return _state.stores.answer(key, now, self.private, self.in_process)

    def _moment(self) -> Moment:
        if self.private:
            return Moment(_wall(), time.monotonic(), worker())
        at = _state.clock()
        return Moment(at, time.monotonic(), worker(), recall("within") or 0.0)

    def _last(self, args: Any, kwargs: Any) -> Stored[R] | None:
        """Return the last good answer: to this question, else to the one that went before it."""
        key, now = self._key(args, kwargs), self._moment()
        before = self._key_while_live(args, kwargs)
        for keys in ((key,), _state.stores.targets(before) if before else ()):
            answers = [self._stored(each, now) for each in keys]
            if any(answers):
                return min(filter(None, answers), key=lambda each: each.age(now))
        return self._pin(key)

    def _pin(self, key: str) -> Stored[R] | None:
        held, stored = _state.pinned.get(self.name, (None, None))
        if stored is None or held != key or stored.age(self._moment()) > KEEP_S:
            return None
        return stored

    def _key_while_live(self, args: Any, kwargs: Any) -> str | None:
        common = self.live_key(*args, **kwargs) if self.live_key else None
        return None if common is None else self._key(("live", *common), {})

    def _key(self, args: Any, kwargs: Any) -> str:
        question = f"{historian()}{self.name}{args!r}{sorted(kwargs.items())!r}"
        return hashlib.sha256(question.encode()).hexdigest()

    def _fresh(self, args: Any, kwargs: Any) -> Stored[R]:
        key = self._key(args, kwargs)
        if (stored := self._shareable(key)) is not None:
            return stored
        _raise_remembered(lanes.lane() + key)
        lanes.take_place()
        with _state.lock:
            flight = _state.flights.get(lanes.lane() + key)
            leads = flight is None
            if flight is None:
                flight = _state.flights[lanes.lane() + key] = Future()
        count_question(self.name, READ if leads else WAITED)
        if leads:
            self._fly(flight, key, args, kwargs)
        with lanes.waiting():
            stored = flight.result()
        return self._pinned(key, stored)

    def _shareable(self, key: str) -> Stored[R] | None:
        moment = self._moment()
        if (stored := fresh(self._stored(key, moment), moment)) is not None:
            count_question(self.name, MEMORY)
            self._pinned(key, stored)
        return stored

    def _pinned(self, key: str, stored: Stored[R]) -> Stored[R]:
        if self.pinned:
            before, _stored = _state.pinned.get(self.name, (key, None))
            if before != key:
                _state.stores.held.drop(before)
            _state.pinned[self.name] = key, stored
        return stored

    def _fly(self, flight: "Future[Stored[R]]", key: str, args: Any, kwargs: Any) -> None:
        """Read, and give the outcome to all who wait for it."""
        try:
            # It may have landed between our look and our take-off.
            stored = fresh(_state.stores.own(key, self.in_process), self._moment())
            if self.pinned and not self.in_process:  # else each worker would read every tick
                stored = stored or _state.stores.landing(key, self._moment)
            if stored is None:
                stored = self._ask(args, kwargs)
                _state.stores.put(key, stored, self.private, self.in_process)
                if live := self._key_while_live(args, kwargs):
                    _state.stores.point(live, key)
            flight.set_result(stored)
        except KsysError as failure:
            flight.set_exception(failure)
            _remember(lanes.lane() + key, failure)
            if isinstance(failure, HistorianUnavailable):
                logger.warning("%s was not answered: %s", self.function.__qualname__, failure)
        finally:
            if not flight.done():  # what nobody foresaw is raised here, and by all who wait
                flight.set_exception(sys.exception())
            with _state.lock:
                del _state.flights[lanes.lane() + key]

    def _ask(self, args: Any, kwargs: Any) -> Stored[R]:
        read = self._moment()
        with naming(self.name), reading_over(None):  # an export may stand on an older state
            value = self.function(*args, **kwargs)
        seconds = self.seconds(*args, **kwargs) if callable(self.seconds) else self.seconds
        return Stored(value, read, time.monotonic() - read.steady, seconds)


def cached(
    seconds: Seconds,
    live_key: Callable[..., Any] | None = None,
    in_process: bool = False,
    private: bool = False,
    pinned: bool = False,
) -> Callable[[Callable[P, R]], Cached[P, R]]:
    """Share a reader's answers.

    Parameters
    ----------
    seconds : time to live, or what returns it for the reader's arguments [s]
    live_key : returns what the questions of a window that moves with the clock have in common, so
        that the last good answer to one stands in for the next; None for other questions
    in_process : hold the answer in this process as it is, too; for few, large answers that every
        request looks into (the store unpickles at each look)
    private : of this worker alone, its name among the arguments: a shared store's clock is not
        asked, for it is made from such an answer
    pinned : hold the last good answer in this process, so that no other question can push it out
        of the store; for readers of one question: as it changes, the answer to the one before goes

    Returns
    -------
    A decorator. Every argument needs a value `repr`: str, int, datetime, tuple, frozen dataclass.
    """

    def decorate(function: Callable[P, R]) -> Cached[P, R]:
        return Cached(function, seconds, live_key, in_process, private, pinned)

    return decorate


def remember(what: str, value: object) -> None:
    """Hold in this process what spares a later call some work, or what it has seen of clocks.

    Losing it costs time, or begins anew; no number is made from it that the historian does not say.

    Parameters
    ----------
    what : a name, one for each kind of thing; each historian has its own
    """
    _state.findings[historian() + what] = value


def recall(what: str) -> Any:
    """Return what `remember` holds under a name for the historian that is read now, else None."""
    return _state.findings.get(historian() + what)


def _remember(key: str, failure: KsysError) -> None:
    now = time.monotonic()
    with _state.lock:
        _state.failures = {k: f for k, f in _state.failures.items() if f[0] >= now}
        _state.failures[key] = (now + FAILURE_S, failure)


def _raise_remembered(key: str) -> None:
    until, failure = _state.failures.get(key, (0.0, None))
    if failure is not None and time.monotonic() < until:
        raise type(failure)(failure.key, **failure.values)
