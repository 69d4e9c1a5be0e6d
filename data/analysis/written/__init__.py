"""How numbers and times are written: with which digits, and with an offset where there are two."""

from data.analysis.written import digits, moments

__all__ = ["digits", "moments"]
