"""Where answers are stored: in this worker's memory, and beside it in what workers share."""

import math
from typing import Any

from data.db.stored import KEEP_S, Moment, Stored
from data.shared import Shared

#: Answers in the store of one process, less one: Flask-Caching holds 101 at a threshold of 100.
THRESHOLD = 99


class Stores:
    """Answers by key: the memory first, for what is fresh there needs no other look."""

    def __init__(self, memory: Any, shared: Shared | None = None) -> None:
        self.memory, self.shared = memory, shared

    def answer(self, key: str, now: Moment, private: bool) -> Stored[Any] | None:
        """Return the youngest answer under a key, fresh or not.

        What is shared counts only where it is younger than what the memory holds: that may have
        been expired since, and Redis been too full to be told.
        """
        own: Stored[Any] | None = self.memory.get(key)
        own = own if own is not None and own.is_usable(now) else None
        if private or self.shared is None or (own is not None and own.is_fresh(now)):
            return own
        others = self.shared.get(key)
        if not isinstance(others, Stored) or not others.is_usable(now):
            return own
        if own is not None and own.age(now) <= others.age(now):
            return own
        self.memory.set(key, others, timeout=KEEP_S)
        return others

    def put(self, key: str, stored: Stored[Any], private: bool) -> None:
        """Store an answer; what has no time by the clock of all stays here."""
        self.memory.set(key, stored, timeout=KEEP_S)
        if self.shared and not private and not math.isnan(stored.read.time):
            self.shared.set(key, stored, KEEP_S)

    def point(self, key: str, target: str) -> None:
        """Let a key name that of another answer."""
        self.memory.set(key, target, timeout=KEEP_S)
        if self.shared:
            self.shared.set(key, target, KEEP_S)

    def targets(self, key: str) -> set[str]:
        """Return the keys that a key names: here, and to the other workers."""
        there = self.shared.get(key) if self.shared else None
        return {each for each in (self.memory.get(key), there) if isinstance(each, str)}
