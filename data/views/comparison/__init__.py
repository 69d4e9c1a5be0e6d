"""What a window is compared with: the same tags an hour, a day, a week or a shift before."""

from data.views.comparison.beside import COMPARED, beside, columns_for
from data.views.comparison.compared import (
    Compared,
    Why,
    both,
    compared,
    every_both,
    wider_of,
)

__all__ = [
    "COMPARED",
    "Compared",
    "Why",
    "beside",
    "both",
    "columns_for",
    "compared",
    "every_both",
    "wider_of",
]
