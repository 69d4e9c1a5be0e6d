"""What is drawn of a tag on the page of indicators, and how each is told apart."""

from typing import NamedTuple


class Curve(NamedTuple):
    """One indicator as it is drawn: one accent for all of them, told apart by dash and weight.

    Parameters
    ----------
    name : as addresses spell it, see `data.views.INDICATORS`
    column : that its line goes through
    buckets : its window, 1 for the means themselves
    width, dash : of its line [px]
    glyph : stands for the line in texts
    """

    name: str
    column: str
    buckets: int
    width: float
    dash: str
    glyph: str


class Label(NamedTuple):
    """What is said of an indicator: its name, its window in time, of what, and all in one text."""

    name: str
    width: str
    of: str
    text: str


RAW = Curve("avg", "avg", 1, 1.2, "solid", "─")
BAND = Curve("bollinger", "middle", 20, 1.0, "dot", "▒")
SLOPE = Curve("slope", "slope", 60, 1.6, "solid", "╱")
MEANS = (
    Curve("sma_10", "sma_10", 10, 1.4, "dash", "┅"),
    Curve("sma_60", "sma_60", 60, 2.2, "solid", "━"),
    Curve("ema_20", "ema_20", 20, 1.8, "dashdot", "┉"),
)
#: In the order of their switches.
CURVES = (RAW, *MEANS, BAND, SLOPE)
#: All columns that stand on the axis above.
VALUES = ("avg", "min", "max", *(curve.column for curve in MEANS), "lower", "middle", "upper")


def per_hour(unit: str) -> str:
    """Return the unit of a slope."""
    return f"{unit}/h" if unit else "1/h"
