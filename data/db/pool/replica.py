"""How far what is read lies behind: a thread looks at each server every second, none asks here."""

from data.db.pool.lending import route


def replica_lag() -> float:
    """Return how far the server that is read now is behind its primary [s]; 0: not at all.

    Infinite: nobody knows.
    """
    way = route()
    return way.lag() if way else 0.0


def keep_fresh(gap: float) -> None:
    """Leave a replica that is further behind than the shortest gap of any tag [s]."""
    way = route()
    if way:
        way.keep_fresh(gap)
