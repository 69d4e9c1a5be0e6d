"""The figure of one tag's indicators: means and band above, the slope in a lane of its own."""

from figures.tech.curves import CURVES, RAW, Curve, Label, per_hour
from figures.tech.figure import indicators_figure

__all__ = [
    "CURVES",
    "RAW",
    "Curve",
    "Label",
    "indicators_figure",
    "per_hour",
]
