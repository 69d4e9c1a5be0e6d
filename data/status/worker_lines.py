"""What this worker holds: connections in use, answers in memory."""

from collections.abc import Sequence

from data.db import counts
from data.errors import HistorianUnavailable
from data.status.facts import Line


def worker_lines(notes: Sequence[str] = ()) -> list[Line]:
    """Return what is to be said of this worker's pool and cache; asks no historian.

    Parameters
    ----------
    notes : what beside the requests ended by itself and was started again
    """
    connections, answers = counts.in_use(), counts.held()
    values: dict[str, object] = {"used": connections.used, "most": connections.most}
    full = connections.used >= connections.most
    lines = [Line("risk" if full else "ok", "app", "pool_full" if full else "pool", values)]
    lines += [Line("risk", "app", "restarted", {"note": note}) for note in notes]
    if answers is None:
        return [*lines, Line("risk", "app", "cache_lost")]
    return [*lines, Line("ok", "app", "cache", {"answers": answers})]


def unavailable(failure: HistorianUnavailable) -> Line:
    """Return that the historian does not answer, in the words of the failure."""
    return Line("fault", "server", "unavailable", {"failure": failure})
