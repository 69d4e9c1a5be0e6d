"""How far what is read lies behind: a thread looks at each server every second, none asks here."""

import math

from data.db.pool.lending import route
from data.db.replicas import WHOLE_S
from data.errors import HistorianUnavailable


def replica_lag() -> float:
    """Return how far the server that is read now is behind its primary [s]; 0: not at all.

    Infinite: nobody knows.
    """
    way = route()
    return way.lag() if way else 0.0


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
