"""How far what is read lies behind: a thread looks at each server every second, none asks here."""

import math

from data.db.pool.lending import route
from data.db.replicas import WHOLE_S, Split
from data.errors import HistorianUnavailable


def replica_lag() -> float:
    """Return how far the server that is read now is behind its primary [s]; 0: not at all.

    Infinite: nobody knows.
    """
    way = route()
    return way.lag() if way else 0.0


def split() -> Split:
    """Return what does not fit together in what the servers of the historian say of themselves."""
    way = route()
    return way.looked_at().split() if way else Split()


def has_rivals() -> bool:
    """Whether several servers say that they are the primary, and none was promoted after another.

    As far as they were looked at: nobody waits here.
    """
    way = route()
    return bool(way and way.split().rivals)


def refuse_lack() -> None:
    """Refuse to make a file where all servers that answer are behind: it would lack readings.

    Raises
    ------
    HistorianUnavailable
        With how far the one is behind that lags least.
    """
    way = route()
    lag = way.lag(WHOLE_S) if way else 0.0
    if lag == math.inf:
        raise HistorianUnavailable("historian_replica_unknown")
    if lag > WHOLE_S:
        raise HistorianUnavailable("historian_replica", seconds=math.ceil(lag))


def keep_fresh(gap: float) -> None:
    """Leave a replica that is further behind than the shortest gap of any tag [s]."""
    way = route()
    if way:
        way.keep_fresh(gap)
