"""What numbers mean: pure functions over frames and arrays; no database, no clock.

`rules.checks` alone applies a rule; everything else takes the `Checks` that it returns.
"""

from data.analysis import (
    alarms,
    arrays,
    checks,
    comparison,
    excursions,
    indicators,
    kinds,
    pairs,
    quality,
    rules,
    seams,
    spikes,
    states,
    statistics,
)
from data.analysis.arrays import Floats
from data.analysis.checks import UNCHECKED, Checks, Limits, ManyChecks
from data.analysis.day import held, hours
from data.analysis.presence import Expectation, Gaps, coverage, doubtful, gaps, rolled, spacing
from data.analysis.rules import Rule
from data.analysis.written import digits, moments, names, particles

__all__ = [
    "UNCHECKED",
    "Checks",
    "Expectation",
    "Floats",
    "Gaps",
    "Limits",
    "ManyChecks",
    "Rule",
    "alarms",
    "arrays",
    "checks",
    "comparison",
    "coverage",
    "digits",
    "doubtful",
    "excursions",
    "gaps",
    "held",
    "hours",
    "indicators",
    "kinds",
    "moments",
    "names",
    "pairs",
    "particles",
    "quality",
    "rolled",
    "rules",
    "seams",
    "spacing",
    "spikes",
    "states",
    "statistics",
]
