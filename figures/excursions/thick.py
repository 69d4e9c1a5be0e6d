"""The part of a line that was beyond a limit, drawn thicker: it is told without a colour."""

import numpy as np
import pandas as pd

from figures.axes import Line
from figures.template import Figure
from figures.wire import typed

#: How thick the line is there [px]; elsewhere half of it.
WIDTH = 3.4


def thick(
    line: Line, frame: pd.DataFrame, base: Figure, ink: str, column: str, levels: str
) -> list[Figure]:
    """Return a trace over the buckets or readings that were beyond a limit, none without any.

    Not of buckets of days: their means hide it, and marks stand over the lane instead.

    Parameters
    ----------
    frame : of the line, placed by time as `base` says
    column : that is drawn
    levels : a digit a row as `limits.levels_told` tells them, none of a line beyond no limit
    """
    if line.by_day or line.stepped or not levels:
        return []
    beyond = np.array([code != "0" for code in levels])
    beyond[1:] |= beyond[:-1].copy()  # to the next point: one alone would have no line
    values = np.where(beyond, frame[column].to_numpy(dtype=float), np.nan)
    return [
        {
            **base,
            "connectgaps": False,
            "y": typed(values),
            "line": {"color": ink, "width": WIDTH},
            "meta": {"part": "outside"},
        }
    ]
