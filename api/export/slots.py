"""How many files are sent at once: by this worker, and with a shared cache by all workers."""

import math
import threading
import time
from secrets import token_hex

from data.db import cache, lanes
from data.shared import Shared

#: A slot of all workers is free again so long after its worker was last heard of [s]: longer than
#: the other end may take for a piece. So often it says that it lives [s].
LEASE_S, BEAT_S = 120.0, 10.0
#: So often one that Redis did not take back is offered again [s]: it was slow for a moment, and
#: with every slot lost no worker would send a file for `LEASE_S`.
BACK_S = 1.0
#: How far in the future a lease may have been taken [s]: about as exactly is the clock known.
_APART_S = 1.0


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


class Lease:
    """One of the slots of all workers, signed: a stranger neither takes nor keeps it.

    Where what lies there gives way, because it is a stranger's or over, two may take it at once: it
    bounds load, and guards no data.

    Parameters
    ----------
    key : which slot
    """

    def __init__(self, shared: Shared, key: str) -> None:
        self._shared, self._key = shared, key
        self._holder = token_hex(8)

    def take(self) -> bool | None:
        """Whether it is ours from now on; None where that cannot be known."""
        for _twice in range(2):
            now = self._shared.clock()
            if math.isnan(now):
                return None
            added = self._shared.add(self._key, (self._holder, now), LEASE_S)
            if added or added is None:
                return added
            if self._holder_now():
                return False
            self._shared.forget(self._key)
        return False  # somebody else was quicker

    def prolong(self) -> None:
        """Let it end later, unless somebody else holds it by now."""
        now = self._shared.clock()
        if not math.isnan(now) and self._holder_now() in ("", self._holder):
            self._shared.set(self._key, (self._holder, now), LEASE_S)

    def give_back(self) -> None:
        """Let the next take it, if it is ours still: later, where Redis does not answer now."""
        if not self._is_given_back():
            threading.Thread(target=self._give_back_later, daemon=True).start()

    def _is_given_back(self) -> bool:
        holder = self._holder_now()
        if holder == self._holder:
            return self._shared.forget(self._key)
        return bool(holder) or self._shared.answers()

    def _give_back_later(self) -> None:
        deadline = time.monotonic() + LEASE_S
        while time.monotonic() < deadline:
            time.sleep(BACK_S)
            if self._is_given_back():
                return

    def _holder_now(self) -> str:
        """Return who holds it; "" where nobody does, or Redis does not tell."""
        told = self._shared.get(self._key)
        holder, taken = told if isinstance(told, tuple) else ("", 0.0)
        return holder if -_APART_S <= self._shared.clock() - taken <= LEASE_S else ""


class Slot:
    """The right to send one file, and the place among the questions that goes with it.

    Parameters
    ----------
    of_all : the slot among those of all workers, None where workers share none
    """

    def __init__(self, of_all: Lease | None) -> None:
        self._of_all = of_all
        self._place = lanes.keep_place()
        self._lock = threading.Lock()
        self._held = True
        self._told = time.monotonic()

    def keep(self) -> None:
        """Tell all workers, now and then, that the file is still being sent."""
        now = time.monotonic()
        if self._of_all and now - self._told > BEAT_S:
            self._told = now
            self._of_all.prolong()

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
    is_free, of_all = _of_all_workers(most)
    if not is_free:
        _slots.give_back()
        return None
    try:
        return Slot(of_all)
    except lanes.Busy:
        _give_back(of_all)
        raise


def _of_all_workers(most: int) -> tuple[bool, Lease | None]:
    """Return whether there is a slot for this worker, and which of those of all workers it is.

    None where there is no shared cache, or it does not answer: then each worker counts by itself.
    """
    shared = cache.shared()
    if shared is None:
        return True, None
    for place in range(most):
        lease = Lease(shared, f"export:{place}")
        is_taken = lease.take()
        if is_taken is not False:
            return True, lease if is_taken else None
    return False, None


def _give_back(of_all: Lease | None) -> None:
    _slots.give_back()
    if of_all:
        of_all.give_back()
