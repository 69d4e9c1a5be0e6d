"""What a process holds: connections lent, answers stored. Asks no historian."""

from typing import Any, NamedTuple

from data.db import cache, pool


class InUse(NamedTuple):
    """Connections of the pages' pool that are lent now, and the most there may be."""

    used: int
    most: int


def in_use() -> InUse:
    """Return how many connections for pages this process has lent."""
    lender = pool._pools.get("interactive")
    if lender is None:
        return InUse(0, 0)
    queue: Any = lender.engine.pool
    return InUse(queue.checkedout(), queue.size())


def held() -> int | None:
    """Return how many answers the store of this process holds; 0 of a shared one that answers.

    None where a shared store does not answer.
    """
    store = cache._state.store
    try:
        store.get("held")
    except cache._store_errors():
        return None
    return len(getattr(store, "_cache", ()))
