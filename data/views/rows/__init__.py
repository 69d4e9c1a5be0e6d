"""The rows behind a figure: as arrays for its file, as a frame for its table."""

from data.views.rows.columns import (
    BUCKET_COLUMNS,
    INDICATOR_COLUMNS,
    KIND_COLUMNS,
    Column,
    Columns,
    Counts,
    Words,
    columns,
)
from data.views.rows.table import cells, framed, rows, touching

__all__ = [
    "BUCKET_COLUMNS",
    "Column",
    "Columns",
    "Counts",
    "INDICATOR_COLUMNS",
    "KIND_COLUMNS",
    "Words",
    "cells",
    "columns",
    "framed",
    "rows",
    "touching",
]
