"""What a window holds of a tag, summed up from its readings."""

from data.queries.summed.readings import moments, newest, statistics

__all__ = ["moments", "newest", "statistics"]
