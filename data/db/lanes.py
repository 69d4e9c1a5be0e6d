"""Who may ask the historian: a budget of threads for questions, and a lane of its own for frames.

A request that needs the historian holds one of a few places until it is answered; where all are
taken it is turned away at once, so that a thread is always left for what needs no statement. Of
those that hold one, one computes at a time, as Python does anyway: who needs no statement waits for
Python's lock behind one of them, not behind all. What is asked in a lane goes over the connections
of that lane, and waits for nobody outside of it. A request that has waited in vain long enough asks
nothing more: of what it needs one thing after the other would keep it waiting as long each.
"""

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from data.errors import HistorianUnavailable

#: Threads of a worker that never wait for the historian: one for pages, one for `/healthz`.
SPARED = 2
#: The lane of pages and routes, that of the overview's next frame, that of who watches us.
PAGES, FRAMES, WATCH = "interactive", "frames", "watch"


class Busy(Exception):
    """As many questions are at the historian as may be: ask again in a moment.

    No KsysError: an answer stands on what the historian said, and this it did not say.
    """


class _Here(threading.local):
    """What this thread does: `counted` in a request, `holds` a place, its `turn`, its `lane`.

    And in a request how long it has waited `in_vain` [s], how deep in waits it is, and the last
    `failure`.
    """

    counted = False
    holds = False
    turn = False
    lane = PAGES
    in_vain = 0.0
    waits = 0
    failure: HistorianUnavailable | None = None


_here = _Here()


class _Places:
    """How many more requests may ask the historian, None: as many as like; and whose turn it is."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.turn = threading.Lock()
        self.free: int | None = None
        self.viewed_at = -math.inf
        self.patience = math.inf


_places = _Places()


def allow(threads: int) -> None:
    """Let the requests of a process with so many threads hold all but SPARED, at least one.

    Nobody has looked at a page yet.
    """
    _places.viewed_at = -math.inf
    _places.lock, _places.turn = threading.Lock(), threading.Lock()
    _places.free = max(1, threads - SPARED)


def have_patience(seconds: float) -> None:
    """Let a request that has waited in vain for longer than this ask nothing more [s]."""
    _places.patience = seconds


def begin(by_viewer: bool = True) -> None:
    """A request begins in this thread: from now on it needs a place to ask the historian.

    Parameters
    ----------
    by_viewer : somebody looks at a page, and no script reads a file
    """
    end()
    _here.counted = True
    if by_viewer:
        _places.viewed_at = time.monotonic()


def viewed_within(seconds: float) -> bool:
    """Return whether somebody looked at a page so lately [s]."""
    return time.monotonic() - _places.viewed_at < seconds


def end() -> None:
    """The request of this thread is answered: its place is free."""
    _end_turn()
    if _here.holds:
        _free_place()
    _here.counted = _here.holds = False
    _here.in_vain, _here.failure = 0.0, None


def take_place() -> None:
    """Hold a place until the request of this thread ends; outside of a request none is needed.

    Raises
    ------
    Busy
        If all are taken.
    HistorianUnavailable
        If this request has waited in vain for long enough.
    """
    if _here.failure is not None and _here.in_vain > _places.patience:
        raise HistorianUnavailable(_here.failure.key, **_here.failure.values)
    if not _here.counted or _here.holds or _places.free is None:
        return
    with _places.lock:
        if _places.free < 1:
            raise Busy
        _places.free -= 1
        _here.holds = True
    _begin_turn()


def keep_place() -> Callable[[], None]:
    """Hold the place of this request beyond its end; return what frees it.

    Raises
    ------
    Busy
        If all are taken.
    """
    take_place()
    if not _here.holds:
        return lambda: None
    _here.holds = _here.counted = False
    return _free_place


def _free_place() -> None:
    with _places.lock:
        _places.free = None if _places.free is None else _places.free + 1


def _begin_turn() -> None:
    _places.turn.acquire()
    _here.turn = True


def _end_turn() -> None:
    if _here.turn:
        _here.turn = False
        _places.turn.release()


@contextmanager
def waiting() -> Iterator[None]:
    """Let others compute while this thread waits for an answer; count what it waits in vain."""
    had, began = _here.turn, time.monotonic()
    _end_turn()
    _here.waits += 1
    try:
        yield
    except HistorianUnavailable as failure:
        if _here.counted and _here.waits == 1:  # one within another is a part of it
            _here.in_vain += time.monotonic() - began
            _here.failure = failure
        raise
    finally:
        _here.waits -= 1
        if had:
            _begin_turn()


def lane() -> str:
    """Return the lane that this thread asks in; a pool of connections has its name."""
    return _here.lane


@contextmanager
def within(name: str) -> Iterator[None]:
    """Let this thread ask in a lane."""
    before, _here.lane = _here.lane, name
    try:
        yield
    finally:
        _here.lane = before
