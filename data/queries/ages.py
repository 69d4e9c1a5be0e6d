"""How old the newest readings are: what a worker has shown of them, carried on."""

import threading
import time
from datetime import datetime

import numpy as np
import pandas as pd

from data.analysis import Floats, arrays, gaps
from data.db import cache, clock


class _Keeper:
    """What this worker has shown of every tag of one historian that has readings."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.places: dict[str, int] = {}
        self.shown = gaps.never_shown(0)

    def ages(self, names: tuple[str, ...], now: int, at: arrays.Whole) -> Floats:
        with self.lock:
            self._make_room(names, at)
            there = np.array([self.places.get(name, -1) for name in names], dtype=np.int64)
            known, age = there >= 0, np.full(len(names), np.nan)
            before = self.shown.of(there[known])
            age[known], after = gaps.carried_ages(now, at[known], time.monotonic(), before)
            self.shown.put(there[known], after)
        return age

    def _make_room(self, names: tuple[str, ...], at: arrays.Whole) -> None:
        """Give a place to each tag that has a reading: who asks for other names costs nothing."""
        new = [names[k] for k in np.flatnonzero(at != arrays.NEVER) if names[k] not in self.places]
        if not new:
            return
        self.places |= {name: len(self.places) + k for k, name in enumerate(dict.fromkeys(new))}
        self.shown = self.shown.and_more(len(self.places) - len(self.shown.at))


def ages_of(names: tuple[str, ...], now: datetime, times: "pd.Series[pd.Timestamp]") -> Floats:
    """Return how old each tag's newest reading is [s], NaN without one; never less than shown.

    Parameters
    ----------
    now : the database's clock when the readings were read
    times : of the newest readings, NaT without one; in the order of the names
    """
    keeper: _Keeper = cache.recall("ages") or _Keeper()
    cache.remember("ages", keeper)
    return keeper.ages(names, pd.Timestamp(now).as_unit("ns").value, arrays.nanoseconds(times))


def clock_behind() -> float:
    """Return by how much the database's clock has fallen behind [s], 0 where it has not.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer, and never did.
    """
    return clock.behind()
