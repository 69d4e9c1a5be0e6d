"""Readings of a window a page at a time, for programs that take all of them."""

from data.queries.paged.readings import beside, first_readings

__all__ = ["beside", "first_readings"]
