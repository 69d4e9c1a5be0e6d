"""What a Citus cluster means for the pages; pure."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from data.sql import cluster, influx_hist
from data.status.cluster.facts import Cluster
from data.status.facts import Line

#: What is said of a relation that is not read for where it lies.
APART = ("citus_apart", "citus_whole")
#: By less than this the clocks of nodes agree [s]: a reading is as old as the node says.
APART_S = 1.0


def cluster_lines(found: Cluster, ruled: Iterable[str], described: Iterable[str]) -> list[Line]:
    """Return what is to be said of a cluster.

    Parameters
    ----------
    ruled, described : names of tags that have a rule, a row in `influx_tag`
    """
    values: dict[str, object] = {"version": found.version, "nodes": len(found.nodes or ())}
    if not cluster.is_distributed(found.placed):
        return [Line("note", "server", "citus_unused", values)]
    key = "citus_nodes" if found.nodes else "citus"
    lines = [Line("ok", "server", key, values), *_placed(found)]
    if not found.is_read:  # that the pages show nothing is said besides
        return lines
    return [*lines, *_nodes(found), *_names(found, set(ruled) - set(described))]


def _placed(found: Cluster) -> Iterator[Line]:
    group = found.placed[influx_hist.name].group
    beside = tuple(name for name, each in found.placed.items() if each.group == group)
    by: dict[str, object] = {"column": found.placed[influx_hist.name].by}
    yield Line("ok", "server", "citus_beside", by | {"relations": ", ".join(beside)})
    apart = cluster.apart(found.placed)
    elsewhere = tuple(name for name in found.placed if name not in (*beside, *apart))
    if elsewhere:
        yield Line("ok", "server", "citus_elsewhere", {"relations": ", ".join(elsewhere)})
    for name in apart:
        is_spread = found.placed[name].by is not None
        key = APART[0] if is_spread else APART[1]
        yield Line("risk", name, key, {"relation": name, "column": found.placed[name].by or ""})


def _nodes(found: Cluster) -> Iterator[Line]:
    if found.nodes is None:
        yield Line("note", "server", "citus_nodes_unread")
        return
    slow = tuple(node.name for node in found.nodes if node.jit)
    if slow:
        yield Line("risk", "server", "citus_jit", {"nodes": slow})
    for node in found.nodes:
        if abs(node.apart) > APART_S:
            span = timedelta(seconds=abs(node.apart))
            yield Line("risk", "clock", "citus_clock", {"node": node.name, "span": span})


def _names(found: Cluster, ruled: set[str]) -> Iterator[Line]:
    if found.strangers:
        yield Line("risk", "influx_tag", "citus_unnamed", {"tags": found.strangers})
    if ruled:
        yield Line("risk", "influx_tag", "citus_ruled", {"tags": tuple(sorted(ruled))})
