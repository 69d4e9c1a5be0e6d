"""The one cache: answers shared for their time to live, asked for once, kept for bad times.

Flask-Caching stores the answers; single flight (N viewers, one query), the last good answer
with its age, and a short memory for failures are ours.
"""

import hashlib
import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar, cast

import flask
import pandas as pd
from flask_caching import Cache
from flask_caching.backends.simplecache import SimpleCache

from data.db.failures import HistorianUnavailable
from data.db.pool import historian
from data.errors import BadInput

P = ParamSpec("P")
R = TypeVar("R")

THRESHOLD = 99  # Flask-Caching holds one more than it is told
KEEP_S = 3_600  # how long a last good answer is kept
FAILURE_S = 2.0  # how long a failure is remembered, so that a dead database is not stormed
Seconds = float | Callable[..., float]

cache = Cache()
logger = logging.getLogger("ksys")


@dataclass(frozen=True, slots=True)
class Answer(Generic[R]):
    """The newest answer there is.

    Parameters
    ----------
    value : what the reader returned
    as_of : when it was read, aware UTC
    error : why there is none newer; None for a fresh answer
    """

    value: R
    as_of: datetime
    error: HistorianUnavailable | None = None


@dataclass(frozen=True, slots=True)
class _Kept(Generic[R]):
    value: R
    read_at: float
    fresh_until: float


class _Flight:
    """One question under way, and those who wait for its answer."""

    def __init__(self) -> None:
        self.landed = threading.Event()
        self.outcome: Any = None
        self.failure: BaseException | None = None


def _store_errors() -> tuple[type[Exception], ...]:
    """Return what a broken shared cache raises; Redis is optional."""
    try:
        from redis.exceptions import RedisError
    except ImportError:
        return (OSError,)
    return (OSError, RedisError)


class _State:
    """What this process knows besides the stored answers."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.flights: dict[str, _Flight] = {}
        self.failures: dict[str, tuple[float, BadInput | HistorianUnavailable]] = {}
        self.kept: dict[str, _Kept[Any]] = {}
        self.store: Any = SimpleCache(threshold=THRESHOLD, default_timeout=KEEP_S)

    def forked(self) -> None:
        """Let go of what threads of the parent hold."""
        self.lock = threading.Lock()
        self.flights.clear()


_state = _State()
os.register_at_fork(after_in_child=_state.forked)


def configure(app: flask.Flask, redis_url: str | None = None) -> None:
    """Keep answers in the app's cache: of this process, or in a Redis that all share."""
    config = {"CACHE_TYPE": "SimpleCache", "CACHE_THRESHOLD": THRESHOLD}
    if redis_url:
        config = {"CACHE_TYPE": "RedisCache", "CACHE_REDIS_URL": redis_url}
    shared = {"CACHE_DEFAULT_TIMEOUT": KEEP_S, "CACHE_KEY_PREFIX": "ksys:"}
    cache.init_app(app, config={**config, **shared})
    _state.store = app.extensions["cache"][cache]


def forget() -> None:
    """Drop every answer and every remembered failure."""
    with _state.lock:
        _state.failures.clear()
        _state.kept.clear()
    _state.store.clear()


class Cached(Generic[P, R]):
    """A reader whose answers are shared; call it as the plain function."""

    def __init__(
        self,
        function: Callable[P, R],
        seconds: Seconds,
        snapped: Callable[..., Any] | None,
        moving: Callable[..., Any] | None,
        at_hand: bool,
    ) -> None:
        update_wrapper(self, function)
        self.at_hand = at_hand
        self.moving = moving
        self.function = function
        self.seconds = seconds
        self.snapped = snapped

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Return an answer within its time to live.

        Raises
        ------
        HistorianUnavailable
            If a newer one is due and the historian does not answer.
        """
        return _copied(self._fresh(*self._snap(args, kwargs)).value)

    def answer(self, *args: P.args, **kwargs: P.kwargs) -> Answer[R]:
        """Return a fresh answer, else the last good one with its time and the error.

        Raises
        ------
        HistorianUnavailable
            If there is no answer at all.
        """
        args, kwargs = self._snap(args, kwargs)
        kept: _Kept[R] | None
        try:
            kept, error = self._fresh(args, kwargs), None
        except HistorianUnavailable as failure:
            kept, error = self._last(args, kwargs), failure
            if kept is None:
                raise
        return Answer(_copied(kept.value), datetime.fromtimestamp(kept.read_at, UTC), error)

    def expire(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Ask anew next time; the answer there was is kept for bad times."""
        key = self._key(*self._snap(args, kwargs))
        _state.kept.pop(key, None)
        kept = _stored(key)
        if kept is not None:
            _store(key, replace(kept, fresh_until=0.0))

    def _snap(self, args: Any, kwargs: Any) -> Any:
        return (self.snapped(*args, **kwargs), {}) if self.snapped else (args, kwargs)

    def _last(self, args: Any, kwargs: Any) -> _Kept[R] | None:
        """Return the last good answer: to this question, else to the one that went before it."""
        before = self._moving_key(args, kwargs)
        return _stored(self._key(args, kwargs)) or (_stored(_stored(before)) if before else None)

    def _moving_key(self, args: Any, kwargs: Any) -> str | None:
        shared = self.moving(*args, **kwargs) if self.moving else None
        return None if shared is None else self._key(("moving", *shared), {})

    def _key(self, args: Any, kwargs: Any) -> str:
        name = f"{self.function.__module__}.{self.function.__qualname__}"
        question = f"{historian()}{name}{args!r}{sorted(kwargs.items())!r}"
        return hashlib.sha256(question.encode()).hexdigest()

    def _fresh(self, args: Any, kwargs: Any) -> _Kept[R]:
        key = self._key(args, kwargs)
        for look in (_state.kept.get, _stored):
            kept = look(key)
            if kept is not None and time.time() < kept.fresh_until:
                return self._kept_at_hand(key, kept)
        _raise_remembered(key)
        with _state.lock:
            flight = _state.flights.get(key)
            leads = flight is None
            if flight is None:
                flight = _state.flights[key] = _Flight()
        if leads:
            self._fly(flight, key, args, kwargs)
        flight.landed.wait()
        if flight.failure is not None:
            raise flight.failure
        return self._kept_at_hand(key, flight.outcome)

    def _kept_at_hand(self, key: str, kept: _Kept[R]) -> _Kept[R]:
        if self.at_hand:
            if len(_state.kept) > THRESHOLD:
                _state.kept.clear()
            _state.kept[key] = kept
        return kept

    def _fly(self, flight: _Flight, key: str, args: Any, kwargs: Any) -> None:
        """Ask, and let the outcome land; whoever came meanwhile gets the same."""
        try:
            kept = _stored(key)  # it may have landed between our look and our take-off
            if kept is None or time.time() >= kept.fresh_until:
                kept = self._asked(args, kwargs)
                _store(key, kept)
                if moving := self._moving_key(args, kwargs):
                    _store(moving, key)
            flight.outcome = kept
        except (BadInput, HistorianUnavailable) as failure:
            flight.failure = failure
            _remember(key, failure)
            if isinstance(failure, HistorianUnavailable):
                logger.warning("%s was not answered: %s", self.function.__qualname__, failure)
        except BaseException as failure:  # noqa: BLE001 - re-raised by every waiter
            flight.failure = failure
        finally:
            with _state.lock:
                del _state.flights[key]
            flight.landed.set()

    def _asked(self, args: Any, kwargs: Any) -> _Kept[R]:
        read_at = time.time()
        value = self.function(*args, **kwargs)
        seconds = self.seconds(*args, **kwargs) if callable(self.seconds) else self.seconds
        return _Kept(value, read_at, time.time() + seconds)


def cached(
    seconds: Seconds,
    snapped: Callable[..., Any] | None = None,
    moving: Callable[..., Any] | None = None,
    at_hand: bool = False,
) -> Callable[[Callable[P, R]], Cached[P, R]]:
    """Share a reader's answers.

    Parameters
    ----------
    seconds : time to live, or what returns it for the reader's arguments [s]
    snapped : returns the positional arguments that equal questions share, such as snapped times
    moving : returns what the questions of a window that moves with the clock have in common, so
        that the last good answer to one stands in for the next; None for other questions
    at_hand : keep the answer in this process as it is too; for few, large answers that every
        request looks into (what the store holds is unpickled at each look)

    Returns
    -------
    A decorator. Every argument needs a value `repr`: str, int, datetime, tuple, frozen dataclass.
    """

    def decorate(function: Callable[P, R]) -> Cached[P, R]:
        return Cached(function, seconds, snapped, moving, at_hand)

    return decorate


def _copied(value: R) -> R:
    """Return an answer that its receiver may change: pandas copies what he writes to."""
    if isinstance(value, pd.DataFrame | pd.Series):
        return cast(R, value.copy(deep=False))
    return cast(R, dict(value)) if isinstance(value, dict) else value


def _stored(key: str | None) -> Any:
    try:
        return None if key is None else _state.store.get(key)
    except _store_errors():
        return None


def _store(key: str, kept: Any) -> None:
    try:
        _state.store.set(key, kept, timeout=KEEP_S)
    except _store_errors():
        return  # a broken shared cache costs speed, not answers


def _remember(key: str, failure: BadInput | HistorianUnavailable) -> None:
    now = time.monotonic()
    with _state.lock:
        old = [k for k, (until, _) in _state.failures.items() if until < now]
        for expired in old:
            del _state.failures[expired]
        _state.failures[key] = (now + FAILURE_S, failure)


def _raise_remembered(key: str) -> None:
    until, failure = _state.failures.get(key, (0.0, None))
    if failure is not None and time.monotonic() < until:
        raise type(failure)(failure.key, **failure.values)
