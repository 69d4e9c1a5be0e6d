"""When a tag was outside its limits: excursions of a window, from the latches of `alarms`."""

from data.analysis.excursions.rows import Stretch, of_readings, of_rows
from data.analysis.excursions.stored import Quiet, Stored, quiet, runs_to_read, undecided
from data.analysis.excursions.table import COLUMNS, none

__all__ = [
    "COLUMNS",
    "Quiet",
    "Stored",
    "Stretch",
    "none",
    "of_readings",
    "of_rows",
    "quiet",
    "runs_to_read",
    "undecided",
]
