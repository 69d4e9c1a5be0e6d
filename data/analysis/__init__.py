"""What numbers mean: pure functions over frames and arrays; no database, no clock."""

from data.analysis import alarms, deltas, indicators, quality, rules, states
from data.analysis.quality import Floats
from data.analysis.rules import Limits, Rule

__all__ = [
    "Floats",
    "Limits",
    "Rule",
    "alarms",
    "deltas",
    "indicators",
    "quality",
    "rules",
    "states",
]
