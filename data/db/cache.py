"""The one cache: answers shared for their time to live, read once, at hand while reading fails.

Flask-Caching stores the answers; single flight (N viewers, one query), the last good answer
with its age, and a short memory for failures are ours.
"""

import hashlib
import logging
import math
import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar, cast

import flask
from flask_caching import Cache
from flask_caching.backends.simplecache import SimpleCache

from data.db import lanes
from data.db.pool import historian
from data.db.stored import (
    KEEP_S,
    THRESHOLD,
    Answer,
    Moment,
    Stored,
    Stores,
    copied,
    count_question,
    store_errors,
    worker,
)
from data.errors import HistorianUnavailable, KsysError

P = ParamSpec("P")
R = TypeVar("R")

#: How long a failure answers at once [s], so that viewers do not storm a database that is down.
FAILURE_S = 2.0
#: A time to live, or what returns it for the arguments of a reader [s].
Seconds = float | Callable[..., float]

cache = Cache()
logger = logging.getLogger("ksys")


class _Flight:
    """One call under way, whose outcome all who ask the same meanwhile wait for."""

    def __init__(self) -> None:
        self.has_landed = threading.Event()
        self.outcome: Any = None
        self.failure: BaseException | None = None


def _wall() -> float:
    return time.time()


class _State:
    """What this process holds besides the store: flights, failures, answers as they are."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.flights: dict[str, _Flight] = {}
        self.failures: dict[str, tuple[float, KsysError]] = {}
        self.pinned: dict[str, tuple[str, Stored[Any]]] = {}
        self.findings: dict[str, object] = {}
        self.stores = Stores(SimpleCache(threshold=THRESHOLD, default_timeout=KEEP_S))
        self.clock: Callable[[], float] = _wall

    def forked(self) -> None:
        """Let go of what threads of the parent hold."""
        self.lock = threading.Lock()
        self.flights.clear()
        self.findings.clear()


_state = _State()
os.register_at_fork(after_in_child=_state.forked)


def configure(
    app: flask.Flask,
    redis_url: str | None = None,
    shared_clock: Callable[[], float] = _wall,
) -> None:
    """Store answers in the app's cache: of this process, or in the Redis that all workers share.

    Parameters
    ----------
    redis_url : of the shared store; None: a store in this process
    shared_clock : the clock that all workers of a shared store go by [s since 1970]; the machines
        that share it do not share a clock of their own
    """
    config = {"CACHE_TYPE": "SimpleCache", "CACHE_THRESHOLD": THRESHOLD}
    if redis_url:
        config = {"CACHE_TYPE": "RedisCache", "CACHE_REDIS_URL": redis_url}
    always = {"CACHE_DEFAULT_TIMEOUT": KEEP_S, "CACHE_KEY_PREFIX": "ksys:"}
    cache.init_app(app, config={**config, **always})
    _state.stores = Stores(app.extensions["cache"][cache], shared=bool(redis_url))
    _state.clock = shared_clock if redis_url else _wall


def forget() -> None:
    """Drop every answer, in a shared store too, and every remembered failure."""
    with _state.lock:
        _state.failures.clear()
        _state.pinned.clear()
        _state.findings.clear()
    _state.stores.forget()


def held() -> int | None:
    """Return how many answers the store of this process holds; 0 of a shared one that answers.

    None where a shared store does not answer.
    """
    try:
        _state.stores.store.get("held")
    except store_errors():
        return None
    return len(getattr(_state.stores.store, "_cache", ()))  # nothing public of the store tells it


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

    def kept(self, *args: P.args, **kwargs: P.kwargs) -> Answer[R] | None:
        """Return the last good answer with its age, None without one; nothing is read for it."""
        stored = self._last(args, kwargs)
        return None if stored is None else self._answer(stored, None)

    def _answer(self, stored: Stored[R], error: HistorianUnavailable | None) -> Answer[R]:
        as_of = datetime.fromtimestamp(stored.read.time, UTC)
        now = self._moment()
        age = max(0.0, stored.age(now))
        return Answer(copied(stored.value), as_of, error, age, stored.took, stored.is_fresh(now))

    def expire(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Let the next call read anew; the stored answer stays for when that fails."""
        key = self._key(args, kwargs)
        stored = _state.stores.get(key, self.in_process)
        if stored is not None:
            _state.stores.put(key, replace(stored, seconds=-math.inf), self.in_process)

    def _moment(self) -> Moment:
        clock = _wall if self.private else _state.clock
        return Moment(clock(), time.monotonic(), worker())

    def _last(self, args: Any, kwargs: Any) -> Stored[R] | None:
        """Return the last good answer: to this question, else to the one that went before it."""
        key, before = self._key(args, kwargs), self._key_while_live(args, kwargs)
        get = _state.stores.get
        last = get(key, self.in_process) or (get(get(before)) if before else None)
        return cast(Stored[R] | None, last) or self._pin(key)

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
        key, moment = self._key(args, kwargs), self._moment()
        stored: Stored[R] | None = _state.stores.held(key)
        if stored is None or not stored.is_fresh(moment):
            stored = _state.stores.get(key, self.in_process)
        if stored is not None and stored.is_fresh(moment):
            count_question(shared=True)
            return self._share_in_process(key, stored)
        _raise_remembered(lanes.lane() + key)
        lanes.take_place()
        with _state.lock:
            flight = _state.flights.get(lanes.lane() + key)
            leads = flight is None
            if flight is None:
                flight = _state.flights[lanes.lane() + key] = _Flight()
        count_question(shared=not leads)
        if leads:
            self._fly(flight, key, args, kwargs)
        with lanes.waiting():
            flight.has_landed.wait()
        if flight.failure is not None:
            raise flight.failure
        return self._share_in_process(key, flight.outcome)

    def _share_in_process(self, key: str, stored: Stored[R]) -> Stored[R]:
        if self.pinned:
            _state.pinned[self.name] = key, stored
        if self.in_process and _state.stores.held(key) is not stored:
            _state.stores.hold(key, stored)
        return stored

    def _fly(self, flight: _Flight, key: str, args: Any, kwargs: Any) -> None:
        """Read, and give the outcome to all who wait for it."""
        try:
            # It may have landed between our look and our take-off.
            stored = _state.stores.get(key, self.in_process)
            if stored is None or not stored.is_fresh(self._moment()):
                stored = self._ask(args, kwargs)
                _state.stores.put(key, stored, self.in_process)
                if live := self._key_while_live(args, kwargs):
                    _state.stores.put(live, key)
            flight.outcome = stored
        except KsysError as failure:
            flight.failure = failure
            _remember(lanes.lane() + key, failure)
            if isinstance(failure, HistorianUnavailable):
                logger.warning("%s was not answered: %s", self.function.__qualname__, failure)
        except BaseException as failure:  # noqa: BLE001 - re-raised by every waiter
            flight.failure = failure
        finally:
            with _state.lock:
                del _state.flights[lanes.lane() + key]
            flight.has_landed.set()

    def _ask(self, args: Any, kwargs: Any) -> Stored[R]:
        read = self._moment()
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
        of the store; for readers of one question

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
