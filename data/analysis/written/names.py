"""Names of one plant that begin alike: what of a name tells it from those beside it."""

from collections.abc import Iterable
from os.path import commonprefix

#: Names that share fewer letters do not begin alike: nothing is gained by leaving these out.
LEAST = 4


def alike(name: str, others: Iterable[str]) -> int:
    """Return after how many letters a name differs from each of those that begin as it does.

    0 where no other does: then its beginning tells it best.
    """
    shared = (len(commonprefix([name, other])) for other in others if other != name)
    return min((count for count in shared if LEAST <= count < len(name)), default=0)
