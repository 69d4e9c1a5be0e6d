"""What a window is compared with: the same tags an hour, a day, a week or a shift before."""

from data.views.comparison.beside import COMPARED, beside, columns_for
from data.views.comparison.compared import (
    Compared,
    Why,
    both,
    caveats_of,
    compared,
    every_both,
)

__all__ = [
    "COMPARED",
    "Compared",
    "Why",
    "beside",
    "both",
    "caveats_of",
    "columns_for",
    "compared",
    "every_both",
]
