"""The rows above a trend: what each line is, its newest value, its value at the cursor."""

from components.legend.rows import connect, heading, rows
from components.legend.stand import axes_choice
from components.legend.toggles import toggles

__all__ = ["axes_choice", "connect", "heading", "rows", "toggles"]
