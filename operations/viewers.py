"""How many look at Ksys, over all workers: counted, not named.

A viewer sets one of many places in memory that all workers share from before they were forked. Two
viewers in one place are told apart by arithmetic (linear counting: Whang, Vander-Zanden and Taylor,
"A Linear-Time Probabilistic Counting Algorithm", 1990), to within 1 % up to a thousand viewers.
"""

import mmap
import time

import numpy as np

#: Who asked within this time is a viewer [s]: a page asks each 10 s, sparklines each minute.
WITHIN_S = 60
#: Four bytes each.
PLACES = 16_384
_memory = memoryview(mmap.mmap(-1, 4 * PLACES)).cast("I")


def saw(viewer: int) -> None:
    """Take note that somebody asks.

    Parameters
    ----------
    viewer : a number for him, alike in all workers
    """
    _memory[viewer % PLACES] = int(time.monotonic()) + 1  # 0 is never


def count() -> int:
    """Return how many asked within the last minute, about."""
    last = np.frombuffer(_memory, dtype=np.uint32)
    taken = int(np.count_nonzero(last > max(0.0, time.monotonic() + 1 - WITHIN_S)))
    if taken >= PLACES:
        return taken
    return round(-PLACES * np.log1p(-taken / PLACES))


def forget() -> None:
    """Begin without viewers."""
    for place in range(PLACES):
        _memory[place] = 0
