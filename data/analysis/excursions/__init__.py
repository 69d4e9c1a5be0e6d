"""When a tag was outside its limits: excursions of a window, from the latches of `alarms`."""

from data.analysis.excursions.readings import COLUMNS, Longest, Stretch, none, of_readings

__all__ = ["COLUMNS", "Longest", "Stretch", "none", "of_readings"]
