"""Whether a tag was there: how far apart its readings are, gaps, coverage."""

from data.analysis.presence import coverage, doubtful, gaps, rolled, spacing
from data.analysis.presence.coverage import Expectation
from data.analysis.presence.gaps import Gaps

__all__ = ["Expectation", "Gaps", "coverage", "doubtful", "gaps", "rolled", "spacing"]
