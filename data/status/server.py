"""The server and the way to it, as one statement tells."""

import time

from data.db import read_bounded
from data.status.asking import STATEMENT_MS, Look
from data.status.facts import Server
from data.status.statements import SERVER, TLS


def server_facts(look: Look) -> Server:
    """Return what the server is, and how far its clock is from ours.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer: then there is nothing else to look at.
    """
    read_bounded(SERVER, timeout_ms=STATEMENT_MS)  # the time of the next one is no connection's
    asked, here = time.monotonic(), time.time()
    (row,) = read_bounded(SERVER, timeout_ms=STATEMENT_MS)
    took = time.monotonic() - asked
    clock = row.pop("clock")
    way = look.rows(TLS)
    told = way[0] if way else {"tls": None, "local": False}
    return Server(**row, **told, ahead=clock - (here + took / 2), took=took)
