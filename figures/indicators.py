"""Indicators in, the tech figure out: means and band above, slope below on its own axis."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from figures.template import (
    Canvas,
    Figure,
    colour,
    escaped,
    faded,
    layout,
    placed,
    typed,
    value_axis,
)

VALUES_DOMAIN, SLOPE_DOMAIN = [0.30, 1.0], [0.0, 0.22]


@dataclass(frozen=True)
class Curve:
    """One indicator: its column, what the legend says it is, and how it is drawn.

    Parameters
    ----------
    column : a column of the indicators' frame
    label : its definition in the viewer's words
    position : which colour, 0 is s1
    dash : plotly's dash of the line
    filled : whether the band to the curve before it is filled
    slope : whether it stands on the lower axis
    """

    column: str
    label: str
    position: int
    dash: str = "solid"
    width: float = 1.6
    filled: bool = False
    slope: bool = False


def indicators_figure(
    frame: pd.DataFrame,
    seconds: float,
    curves: Sequence[Curve],
    unit: str,
    canvas: Canvas,
) -> Figure:
    """Return the figure of one tag's indicators.

    Parameters
    ----------
    frame : regular grid with NaN rows (`n` missing) where lines break; a column a curve
    seconds : bucket width
    unit : of the tag; the slope is in unit per hour
    """
    where, filled = placed(frame, seconds, canvas)
    figure = layout(canvas)
    figure |= {
        "showlegend": True,
        "legend": _legend(canvas),
        "yaxis": value_axis(canvas, domain=VALUES_DOMAIN, title={"text": escaped(unit)}),
        "yaxis2": _slope_axis(unit, canvas),
    }
    figure["xaxis"] |= {"anchor": "y2"}
    traces = [_trace(curve, filled[curve.column], where, unit, canvas) for curve in curves]
    return {"data": traces, "layout": figure}


def _legend(canvas: Canvas) -> Mapping[str, object]:
    return {
        "orientation": "h",
        "x": 0,
        "y": 1.02,
        "yanchor": "bottom",
        "font": {"color": canvas.palette["ink-2"]},
        "bgcolor": "rgba(0,0,0,0)",
    }


def _slope_axis(unit: str, canvas: Canvas) -> Figure:
    title = {"text": escaped(f"{unit}/h" if unit else "1/h")}
    axis = value_axis(canvas, domain=SLOPE_DOMAIN, title=title, nticks=4)
    return axis | {"zeroline": True, "zerolinecolor": canvas.palette["line"], "zerolinewidth": 1}


def _trace(
    curve: Curve, values: pd.Series, where: Figure, unit: str, canvas: Canvas
) -> Figure:
    ink = colour(canvas, curve.position)
    hover_unit = escaped(f"{unit}/h" if curve.slope else unit)
    hover_unit = hover_unit.replace("%", "&#37;").replace("{", "&#123;")
    trace = {
        "type": "scatter",
        "mode": "lines",
        **where,
        "y": typed(values.to_numpy()),
        "name": escaped(curve.label),
        "line": {"color": ink, "width": curve.width, "dash": curve.dash},
        "hovertemplate": f"%{{y:.5~g}} {hover_unit}",
    }
    if curve.slope:
        trace["yaxis"] = "y2"
    if curve.filled:
        trace |= {"fill": "tonexty", "fillcolor": faded(ink, 0.12)}
    return trace
