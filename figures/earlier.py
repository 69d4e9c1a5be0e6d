"""The line of the period before as it is drawn, and what the rows over the chart tell of it."""

from collections.abc import Mapping

import pandas as pd

from data.analysis import digits, kinds
from figures.axes import Line
from figures.before import Before
from figures.breaks import turned
from figures.template import Canvas, Figure, faded, placed
from figures.wire import typed

#: How thick and how strong it is: quieter than that of now.
WIDTH, STRENGTH = 1.3, 0.75


def earlier_lines(
    line: Line, frame: pd.DataFrame, base: Figure, canvas: Canvas, ink: str, shape: str
) -> list[Figure]:
    """Return the line of the period before, if it is drawn, and what the rows tell of it."""
    before = line.before
    if before is None:
        return []
    states = (line.states or {}) if line.stepped else None
    values = _compared(before, frame, states)
    traces = [{**base, **values, "meta": {"tag": line.tag, **values["meta"]}}]
    if before.frame is None or not len(before.frame):
        return traces
    own = turned(before.frame) if line.kind == kinds.ANGLE else before.frame
    trace = _dotted(before, own, line.seconds, canvas, ink, shape)
    named = {"yaxis": base["yaxis"], "meta": {"tag": line.tag, "part": "earlier"}}
    return [{**trace, **named}, *traces]


def _dotted(
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
    }


def _compared(before: Before, frame: pd.DataFrame, states: Mapping[str, str] | None) -> Figure:
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
    trace: Figure = {
        "mode": "none",
        "y": typed(values, before.told),
        "customdata": typed(frame["delta"].to_numpy(dtype=float), before.told),
        "meta": meta,
    }
    return (
        trace
        if states is None
        else {**trace, "text": kinds.words(values.tolist(), states, digits.MINUS)}
    )
