"""What a worker holds from tick to tick of the overview."""

from data.queries.tick.known import Recent, resumed

__all__ = ["Recent", "resumed"]
