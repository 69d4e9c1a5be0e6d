"""What a Citus cluster needs of statements: how they are written there, and where relations lie."""

from data.sql.cluster.dialect import CITUS, DISTRIBUTED
from data.sql.cluster.placing import (
    BY,
    Placed,
    apart,
    is_distributed,
    placed,
    placed_statement,
    unplaced,
)

__all__ = [
    "BY",
    "CITUS",
    "DISTRIBUTED",
    "Placed",
    "apart",
    "is_distributed",
    "placed",
    "placed_statement",
    "unplaced",
]
