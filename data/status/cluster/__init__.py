"""What is so with a Citus cluster: its nodes, where relations lie, and which tags it lacks."""

from data.status.cluster.facts import Cluster, Node, cluster_facts
from data.status.cluster.lines import APART, cluster_lines

__all__ = ["APART", "Cluster", "Node", "cluster_facts", "cluster_lines"]
