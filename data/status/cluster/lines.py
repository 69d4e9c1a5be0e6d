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


def cluster_lines(facts: Cluster, ruled: Iterable[str], described: Iterable[str]) -> list[Line]:
    """Return what is to be said of a cluster.

    Parameters
    ----------
    ruled, described : names of tags that have a rule, a row in `influx_tag`
    """
    values: dict[str, object] = {"version": facts.version, "nodes": len(facts.nodes or ())}
    if not cluster.is_distributed(facts.placed):
        return [Line("note", "server", "citus_unused", values)]
    key = "citus_nodes" if facts.nodes else "citus"
    lines = [Line("ok", "server", key, values), *_placed(facts)]
    if not facts.is_read:  # that the pages show nothing is said besides
        return lines
    return [*lines, *_nodes(facts), *_names(facts, set(ruled) - set(described))]


def _placed(facts: Cluster) -> Iterator[Line]:
    group = facts.placed[influx_hist.name].group
    beside = tuple(name for name, each in facts.placed.items() if each.group == group)
    by: dict[str, object] = {"column": facts.placed[influx_hist.name].by}
    yield Line("ok", "server", "citus_beside", by | {"relations": ", ".join(beside)})
    apart = cluster.apart(facts.placed)
    elsewhere = tuple(name for name in facts.placed if name not in (*beside, *apart))
    if elsewhere:
        yield Line("ok", "server", "citus_elsewhere", {"relations": ", ".join(elsewhere)})
    for name in apart:
        is_spread = facts.placed[name].by is not None
        key = APART[0] if is_spread else APART[1]
        yield Line("risk", name, key, {"relation": name, "column": facts.placed[name].by or ""})


def _nodes(facts: Cluster) -> Iterator[Line]:
    if facts.nodes is None:
        yield Line("note", "server", "citus_nodes_unread")
        return
    slow = tuple(node.name for node in facts.nodes if node.jit)
    if slow:
        yield Line("risk", "server", "citus_jit", {"nodes": slow})
    for node in facts.nodes:
        if abs(node.apart) > APART_S:
            span = timedelta(seconds=abs(node.apart))
            yield Line("risk", "clock", "citus_clock", {"node": node.name, "span": span})


def _names(facts: Cluster, ruled: set[str]) -> Iterator[Line]:
    if facts.strangers:
        yield Line("risk", "influx_tag", "citus_unnamed", {"tags": facts.strangers})
    if ruled:
        yield Line("risk", "influx_tag", "citus_ruled", {"tags": tuple(sorted(ruled))})
