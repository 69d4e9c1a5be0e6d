"""What the server, its clock and the role mean for the pages; pure."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import NamedTuple

from data.queries import Catalog
from data.sql import STANDARDS, QcCode
from data.status.facts import Line, Relation, Server


class Defect(NamedTuple):
    """Releases whose answers can be wrong: from `first` to `last`, and the words for why."""

    product: str
    first: tuple[int, ...]
    last: tuple[int, ...]
    key: str


DEFECTS = (
    Defect("TimescaleDB", (2, 29, 0), (2, 29, 1), "wrong_timescaledb"),
    Defect("PostgreSQL", (14, 0), (14, 3), "wrong_postgresql"),
)
#: By less than this two clocks agree [s]; readings so far ahead still count.
APART_S = 5.0
#: A standby further behind is not what the plant does now [s].
STANDBY_S = 60.0
#: From this share of its connections on a server is nearly full.
FULL = 0.9


def server_lines(server: Server, relations: Mapping[str, Relation], behind: float) -> list[Line]:
    """Return what is to be said of the server and the way to it.

    Parameters
    ----------
    behind : how far the database's clock has fallen behind since this worker looks at it [s]
    """
    return [
        *_versions(server),
        *_role(server, relations),
        _way(server),
        *_clock(server, behind),
        _room(server),
    ]


def _versions(server: Server) -> Iterator[Line]:
    values: dict[str, object] = {
        "version": server.postgresql,
        "took": timedelta(seconds=server.took),
    }
    yield Line("ok", "server", "server", values)
    if server.standby:
        yield _standby(server)
    key = "timescaledb" if server.timescaledb else "no_timescaledb"
    yield Line("ok", "server", key, {"version": server.timescaledb or ""})
    running = {"TimescaleDB": server.timescaledb, "PostgreSQL": server.postgresql}
    for defect in DEFECTS:
        version = running[defect.product]
        if version and defect.first <= numbers(version)[: len(defect.last)] <= defect.last:
            yield Line("fault", "server", defect.key, {"version": version})


def _standby(server: Server) -> Line:
    """Return how far a standby is behind; one that is cut off has no other lag than its age."""
    if server.standby_cut and server.standby_lag is None:
        return Line("risk", "server", "standby_cut_unknown")
    lag = server.standby_lag or 0.0
    key = "standby_cut" if server.standby_cut else "standby"
    level = "risk" if lag > STANDBY_S else "note"
    return Line(level, "server", key, {"lag": timedelta(seconds=lag)})


def numbers(version: str) -> tuple[int, ...]:
    """Return a version as numbers, up to what is none: 2.29.1-dev is 2, 29, 1."""
    parts: list[int] = []
    for part in version.split("-")[0].split("."):
        if not part.isdigit():
            break
        parts.append(int(part))
    return tuple(parts)


def _role(server: Server, relations: Mapping[str, Relation]) -> Iterator[Line]:
    writable = tuple(name for name, each in relations.items() if each.writable)
    if server.superuser:
        # On this machine it may be the embedded server, which has no other role.
        yield Line("note" if server.local else "risk", "role", "superuser")
    elif writable:
        yield Line("risk", "role", "may_write", {"relations": writable})
    else:
        yield Line("ok", "role", "only_reads")


def _way(server: Server) -> Line:
    if server.tls:
        return Line("ok", "way", "tls")
    if server.local:
        return Line("ok", "way", "local_way")
    return (
        Line("note", "way", "tls_unknown") if server.tls is None else Line("risk", "way", "plain")
    )


def _clock(server: Server, behind: float) -> Iterator[Line]:
    apart = timedelta(seconds=abs(server.ahead))
    if behind:
        yield Line("fault", "clock", "clock_behind", {"span": timedelta(seconds=behind)})
    if abs(server.ahead) > APART_S + server.took:
        key = "clock_ahead" if server.ahead > 0 else "clock_after"
        yield Line("risk", "clock", key, {"span": apart})
    elif not behind:
        yield Line("ok", "clock", "clocks_agree", {"span": apart})


def _room(server: Server) -> Line:
    values: dict[str, object] = {"connected": server.connected, "most": server.connections}
    full = server.connected >= FULL * server.connections
    return Line("risk" if full else "ok", "server", "nearly_full" if full else "room", values)


def qc_line(catalog: Catalog) -> Line:
    """Return what the qc of the readings means."""
    looks, code = catalog.qc_looks, catalog.flagged
    if code is None:
        return Line("note", "qc", "qc_none")
    if looks:
        values: dict[str, object] = {
            "standard": STANDARDS[looks.code],
            "percent": looks.percent,
            "value": str(looks.value),
            "code": str(looks.code),
        }
        return Line("fault", "qc", "qc_open", values)
    if code is QcCode.FLAG:
        return Line("ok", "qc", "qc_flag")
    return Line("ok", "qc", "qc_code", {"standard": STANDARDS[code]})
