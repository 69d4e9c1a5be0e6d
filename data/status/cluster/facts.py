"""What a Citus cluster tells of itself to a role that may only read."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import text

from data.sql import ROLLUPS, cluster, metadata
from data.status.asking import Look

#: A tag of which so many names are told is one of many.
MOST_NAMES = 100
#: Each shard answers by the node that it lies on.
NODES = text(
    """
    SELECT coalesce(host(inet_server_addr()), 'local') || ':' || inet_server_port() AS name,
           bool_or(current_setting('jit')::boolean) AS jit,
           min(extract(epoch FROM clock_timestamp())::float8) AS clock
    FROM influx_tag GROUP BY 1 ORDER BY 1
    """
)
#: Names of the last ten minutes, and of the days that are rolled up: to look through all readings
#: would take minutes.
_STRANGERS = """
    SELECT DISTINCT one.tag_name FROM {relation} one
    LEFT JOIN influx_tag tag ON tag.tag_name = one.tag_name
    WHERE tag.tag_name IS NULL AND one.{time} > now() - interval '{back}'
    ORDER BY one.tag_name LIMIT {most}
"""
IN_READINGS = text(
    _STRANGERS.format(relation="influx_hist", time="ts", back="10 minutes", most=MOST_NAMES)
)
IN_DAYS = text(
    _STRANGERS.format(relation=ROLLUPS[86_400].name, time="bucket", back="40 days", most=MOST_NAMES)
)


class Node(NamedTuple):
    """A node that holds some of the tags.

    Parameters
    ----------
    apart : its clock minus the coordinator's, as far as it is surely apart [s]
    """

    name: str
    jit: bool
    apart: float


@dataclass(frozen=True, slots=True)
class Cluster:
    """A Citus cluster.

    Parameters
    ----------
    version : of the extension
    placed : where each relation of the contract lies
    nodes : that hold tags, None where nobody could look
    strangers : names in readings that `influx_tag` has not
    """

    version: str
    placed: Mapping[str, cluster.Placed] = field(default_factory=dict)
    nodes: tuple[Node, ...] | None = None
    strangers: tuple[str, ...] = ()

    @property
    def is_read(self) -> bool:
        """Whether distributed readings lie so that they can be read."""
        return cluster.is_distributed(self.placed) and cluster.unplaced(self.placed) is None


def cluster_facts(look: Look, version: str, ahead: float) -> Cluster:
    """Return what is so with a cluster.

    Parameters
    ----------
    version : of Citus
    ahead : the coordinator's clock minus this machine's [s]
    """
    names = tuple(metadata.tables)
    by_name = cluster.placed(look.rows(cluster.placed_statement(names)) or [])
    placed = {name: by_name[name] for name in names if name in by_name}
    facts = Cluster(version, placed)
    if not facts.is_read:
        return facts
    begun = time.time()
    rows, answered = look.rows(NODES), time.time()
    nodes = None
    if rows is not None:
        between = (begun + ahead, answered + ahead)
        nodes = tuple(Node(row["name"], row["jit"], _apart(row["clock"], *between)) for row in rows)
    return Cluster(version, placed, nodes, _strangers(look, placed))


def _apart(clock: float, first: float, last: float) -> float:
    """Return how far a clock is from a stretch of time [s]."""
    return min(clock - first, 0.0) + max(clock - last, 0.0)


def _strangers(look: Look, placed: Mapping[str, cluster.Placed]) -> tuple[str, ...]:
    day = ROLLUPS[86_400].name
    has_days = day in placed and day not in cluster.apart(placed)
    statements: Sequence[object] = (IN_READINGS, IN_DAYS) if has_days else (IN_READINGS,)
    rows = (row for statement in statements for row in look.rows(statement) or [])
    return tuple(sorted({row["tag_name"] for row in rows})[:MOST_NAMES])
