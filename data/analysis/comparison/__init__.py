"""A window beside an earlier one: how far back that lies, and by how much the two differ."""

from data.analysis.comparison.difference import PREFIX, column, deltas
from data.analysis.comparison.shift import TOKENS, TimeShift, time_shift

__all__ = ["PREFIX", "TOKENS", "TimeShift", "column", "deltas", "time_shift"]
