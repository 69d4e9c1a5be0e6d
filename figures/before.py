"""The period before in a trend: the dotted line of one tag, and the values of all."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from data.analysis import kinds
from figures.template import Canvas, Figure, faded, placed
from figures.wire import typed

#: How thick and how strong a line of the period before is: quieter than that of now.
WIDTH, STRENGTH = 1.3, 0.75


class Piece(NamedTuple):
    """From a time of the axis on [ms]: how much less the earlier clock read [ms], its offset.

    `back` is None where there is no such time.
    """

    since: int
    back: int | None
    end: str


@dataclass(frozen=True)
class Before:
    """What a line is compared with; its frame has the columns `before` and `delta` besides.

    Parameters
    ----------
    column : that is drawn
    told : how the numbers are written, see `data.analysis.digits`
    pieces : which time each point is compared with
    counted : whether the numbers are what a counter counted
    frame : the line at the times of this window, with NaN rows where it breaks; None: not drawn
    """

    column: str
    told: int
    pieces: list[Piece]
    counted: bool = False
    frame: pd.DataFrame | None = None


def heights(before: Before | None) -> list[np.ndarray]:
    """Return the values of the line of the period before, none where it is not drawn."""
    if before is None or before.frame is None:
        return []
    return [before.frame[before.column].to_numpy(dtype=float)]


def dotted(
    before: Before, frame: pd.DataFrame, seconds: float, canvas: Canvas, ink: str, shape: str
) -> Figure:
    """Return the trace of the line of the period before; `frame` is its own, placed by time."""
    where, drawn = placed(frame, seconds, canvas)
    return {
        "type": "scatter",
        "mode": "lines",
        **where,
        "y": typed(drawn[before.column].to_numpy(dtype=float)),
        "line": {"color": faded(ink, STRENGTH), "width": WIDTH, "dash": "dot", "shape": shape},
        "hoverinfo": "skip",
    }


def told(before: Before, frame: pd.DataFrame, states: Mapping[str, str] | None) -> Figure:
    """Return a trace that draws nothing: what the rows above the chart write of the period before.

    Parameters
    ----------
    frame : of the line, placed by time
    states : words of a state by value, None of any other tag
    """
    values = frame["before"].to_numpy(dtype=float)
    meta = {
        "part": "before",
        "digits": before.told,
        "pieces": [list(each) for each in before.pieces],
        "counted": before.counted,
    }
    found: Figure = {
        "mode": "none",
        "y": typed(values, before.told),
        "customdata": typed(frame["delta"].to_numpy(dtype=float), before.told),
        "hoverinfo": "skip",
        "meta": meta,
    }
    return found if states is None else {**found, "text": kinds.words(values.tolist(), states)}
