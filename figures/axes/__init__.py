"""The value axes of a trend: which lines share one, where it stands, how it is drawn."""

from figures.axes.drawing import BLANK, STROKE, STROKES, tick_format, value_axes
from figures.axes.line import DAY, Line, Scale
from figures.axes.scales import (
    ABOVE,
    BETWEEN,
    FIELDS,
    LANES,
    NOTHING,
    OVERLAY,
    PADDING,
    SPAN,
    TRACK,
    bounds,
    drawn,
    first_lane,
    height,
    round_ends,
    scales,
    track,
)
from figures.template import BROAD

__all__ = [
    "ABOVE",
    "BETWEEN",
    "BLANK",
    "BROAD",
    "DAY",
    "FIELDS",
    "LANES",
    "Line",
    "NOTHING",
    "OVERLAY",
    "PADDING",
    "SPAN",
    "STROKE",
    "STROKES",
    "Scale",
    "TRACK",
    "bounds",
    "drawn",
    "first_lane",
    "height",
    "round_ends",
    "scales",
    "tick_format",
    "track",
    "value_axes",
]
