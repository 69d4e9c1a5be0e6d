"""Statements in the form in which the historian runs them."""

from data.queries.asking.forms import dialect, read_by_tag, read_columns, read_frame

__all__ = ["dialect", "read_by_tag", "read_columns", "read_frame"]
