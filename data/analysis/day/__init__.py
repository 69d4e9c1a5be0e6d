"""The last 24 hours of a card: the worst state of each, and since when a state holds."""

from data.analysis.day import held, hours

__all__ = ["held", "hours"]
