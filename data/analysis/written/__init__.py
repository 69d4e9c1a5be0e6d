"""How numbers and times are written, and particles behind them."""

from data.analysis.written import digits, moments, particles

__all__ = ["digits", "moments", "particles"]
