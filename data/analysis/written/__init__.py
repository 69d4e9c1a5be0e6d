"""How numbers, times and names are written, and Korean particles behind them."""

from data.analysis.written import digits, moments, names, particles

__all__ = ["digits", "moments", "names", "particles"]
