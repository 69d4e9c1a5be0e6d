"""When tags of a trend were outside their limits: bars in their lanes, and rows on paper."""

from components.outside.bars import bars
from components.outside.paper import paper

__all__ = ["bars", "paper"]
