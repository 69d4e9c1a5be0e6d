"""What the catalog asks of a Citus cluster over which the readings are distributed."""

from data.queries.cluster.looks import places, qc_counts

__all__ = ["places", "qc_counts"]
