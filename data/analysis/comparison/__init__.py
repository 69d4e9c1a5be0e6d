"""A window beside an earlier one: how far back that lies, and by how much the two differ."""

from data.analysis.comparison.difference import column, deltas
from data.analysis.comparison.shift import TOKENS, Shift, shift

__all__ = ["TOKENS", "Shift", "column", "deltas", "shift"]
