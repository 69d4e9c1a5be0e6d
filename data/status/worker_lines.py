"""What this worker holds: connections in use, answers in memory."""

from collections.abc import Sequence

from data.db import Split, cache, disk, pool, questions
from data.errors import BUSY, HistorianUnavailable
from data.status.facts import Line


def worker_lines(notes: Sequence[str], slow_senders: bool = False) -> list[Line]:
    """Return what is to be said of this worker's pool and cache; asks no historian.

    Parameters
    ----------
    notes : what beside the requests ended by itself and was started again
    slow_senders : whether strangers reach this worker without a proxy that waits for them
    """
    connections, answers = pool.in_use(), cache.held()
    values: dict[str, object] = {"used": connections.used, "most": connections.most}
    full = connections.used >= connections.most
    lines = [Line("risk" if full else "ok", "app", "pool_full" if full else "pool", values)]
    lines += [Line("risk", "app", "restarted", {"note": note}) for note in notes]
    lines += [Line("risk", "app", "slow_senders")] if slow_senders else []
    if answers is None:
        lines.append(Line("risk", "app", "cache_lost"))
    else:
        lines.append(Line("ok", "app", "cache", {"answers": answers}))
    return [*lines, *_from_memory(), *split_lines(pool.split()), *_of_the_disk(disk.disk())]


def split_lines(split: Split) -> list[Line]:
    """Return what of the servers that may be read does not fit together."""
    keys = ("primary_ended", "standby_waits", "primaries", "standby_strange")
    levels = ("fault", "note", "fault", "fault")
    return [
        Line(level, "server", key, {"servers": ", ".join(map(str, places))})
        for level, key, places in zip(levels, keys, split, strict=True)
        if places
    ]


def _of_the_disk(here: disk.Disk | None) -> list[Line]:
    if here is None:
        return []
    values: dict[str, object] = {"free": str(here)}
    if here.full:
        return [Line("fault", "disk", "disk_full", values)]
    return [
        Line("risk", "disk", "disk_low", values) if here.low else Line("ok", "disk", "disk", values)
    ]


def _from_memory() -> list[Line]:
    asked, shared, since = questions()
    if not asked:
        return []
    # Down to a tenth: 100 % is said where nothing was read.
    percent = 1_000 * shared // asked / 10
    values: dict[str, object] = {"asked": asked, "percent": percent, "since": since}
    return [Line("ok", "app", "from_memory", values)]


def unavailable(failure: HistorianUnavailable) -> Line:
    """Return that the historian does not answer, in the words of the failure.

    They say what to do, but of a server that is not reached at all.
    """
    values: dict[str, object] = {"failure": failure}
    if failure.key == BUSY:
        return Line("risk", "server", "busy", values)
    reached = failure.key != "historian_refused"
    return Line("fault", "server", "unavailable" if reached else "unreachable", values)
