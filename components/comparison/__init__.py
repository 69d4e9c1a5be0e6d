"""The period before on a trend: its control, its line, its columns, and what is said of it."""

from components.comparison.columns import (
    VALUE,
    compared_legend,
    header_cells,
    row_cells,
    table_columns,
)
from components.comparison.control import compare_control
from components.comparison.drawn import drawn
from components.comparison.words import notes, of_view, sheet_text, token_words

__all__ = [
    "VALUE",
    "compare_control",
    "compared_legend",
    "drawn",
    "header_cells",
    "notes",
    "of_view",
    "row_cells",
    "sheet_text",
    "table_columns",
    "token_words",
]
