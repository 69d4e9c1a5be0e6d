"""How numbers, times and names are written: digits, offsets, and what tells a name from others."""

from data.analysis.written import digits, moments, names

__all__ = ["digits", "moments", "names"]
