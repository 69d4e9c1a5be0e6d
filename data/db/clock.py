"""The database's clock, also while the database does not answer."""

import socket
from datetime import UTC, datetime, timedelta

from data.db.cache import Answer, cached
from data.db.pool import database_now

#: How long the difference between the two clocks is trusted [s]: a page asks at each of its ticks.
AHEAD_S = 2.0


@cached(AHEAD_S)
def _ahead(machine: str) -> timedelta:
    """Return how far the database's clock is ahead of that of this machine."""
    before = datetime.now(UTC)
    now = database_now()
    return now - (before + (datetime.now(UTC) - before) / 2)


def now() -> Answer[datetime]:
    """Return the database's now, aware UTC; in an outage this machine's with the last difference.

    Raises
    ------
    HistorianUnavailable
        If the two clocks were never compared.
    """
    # Machines that share a cache do not share a clock.
    ahead = _ahead.answer(socket.gethostname())
    return Answer(datetime.now(UTC) + ahead.value, ahead.as_of, ahead.error)
