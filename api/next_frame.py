"""The overview's next frame: made beside the requests, by one thread over a connection of its own.

It never waits behind the questions of other pages, and no request has to wait for it.
"""

import os
import sys
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

from data.db import HistorianUnavailable, lanes

#: How long the thread waits for somebody who wants a frame before it ends [s].
IDLE_S = 60.0
#: While a frame is computed, a request waits so long for its turn of Python's lock [s], not 5 ms:
#: it needs several turns.
TURN_S = 0.0005


class Maker:
    """One thread of a process that makes what is wanted, one after the other.

    Parameters
    ----------
    make : makes it, for what `want` is given

    Attributes
    ----------
    failure : why the last one could not be made, None where it could
    begun_at : when the one that is made now was begun, by the steady clock [s]; None between two
    """

    def __init__(self, make: Callable[[float], Any]) -> None:
        self.make = make
        self.start_anew()
        _makers.add(self)

    def start_anew(self) -> None:
        """Begin without a thread: a forked child has not got its parent's."""
        self._changed = threading.Condition()
        self._wanted: float | None = None
        self._begun = self._done = 0
        self._thread: threading.Thread | None = None
        self.failure: BaseException | None = None
        self.begun_at: float | None = None

    def want(self, hold: float) -> int:
        """Have another one made; return the number of the first that begins from now on."""
        with self._changed:
            self._wanted = hold
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="next frame", daemon=True)
                self._thread.start()
            self._changed.notify_all()
            return self._begun + 1

    def wait(self, number: int, seconds: float) -> bool:
        """Wait until the one of a number, or a later one, is made or has failed."""
        with self._changed:
            return self._changed.wait_for(lambda: self._done >= number, seconds)

    def late(self, most: float) -> HistorianUnavailable | None:
        """Return that what is made now has been awaited for longer than so long [s], else None."""
        begun_at = self.begun_at
        if begun_at is None or time.monotonic() - begun_at <= most:
            return None
        return HistorianUnavailable("historian_late")

    def _run(self) -> None:
        sys.setswitchinterval(TURN_S)
        while True:
            with self._changed:
                if not self._changed.wait_for(lambda: self._wanted is not None, IDLE_S):
                    self._thread = None
                    return
                hold, self._wanted = self._wanted, None
                self._begun += 1
                self.begun_at = time.monotonic()
            failure = self._failure_of(hold)
            with self._changed:
                self.failure, self._done, self.begun_at = failure, self._begun, None
                self._changed.notify_all()

    def _failure_of(self, hold: Any) -> BaseException | None:
        try:
            with lanes.within(lanes.FRAMES):
                self.make(hold)
        except BaseException as failure:  # noqa: BLE001 - raised by whoever asks for the frame
            return failure
        return None


_makers: "weakref.WeakSet[Maker]" = weakref.WeakSet()


def _forget_after_fork() -> None:
    for maker in _makers:
        maker.start_anew()


os.register_at_fork(after_in_child=_forget_after_fork)
