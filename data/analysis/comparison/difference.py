"""By how much two sides of a comparison differ, by what kind of number they are."""

from data.analysis import kinds
from data.analysis.arrays import Floats, short_way

#: Columns of the other side have the names of this one's with this before them.
PREFIX = "compare_"


def column(kind: str, statistic: str = "avg") -> str | None:
    """Return which column of a bucket is compared; None of a state, which differs by no number.

    Of a counter it is how far it went on in the bucket, of an angle the last direction, as a chart
    draws it.
    """
    if kind == kinds.STATE:
        return None
    if kind == kinds.COUNTER:
        return "difference"
    return "last" if kind == kinds.ANGLE else statistic


def deltas(kind: str, here: Floats, there: Floats) -> Floats:
    """Return here less there [tag unit]; of angles the short way round."""
    difference = here - there
    return short_way(difference, kinds.TURN) if kind == kinds.ANGLE else difference
