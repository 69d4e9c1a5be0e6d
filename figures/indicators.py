"""Indicators in, the tech figure out: means and band above, slope below on its own axis."""

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from figures.template import (
    Canvas,
    Figure,
    colour,
    dates,
    escaped,
    faded,
    layout,
    literal,
    placed,
    typed,
    value_axis,
)
from figures.trend import closed

#: Shares of the height: the slope has an axis of its own, in another unit.
VALUES_DOMAIN, SLOPE_DOMAIN = [0.28, 1.0], [0.0, 0.21]


class Curve(NamedTuple):
    """How one indicator is drawn: its column, its colour's place (0 is s1), width and dash."""

    column: str
    place: int
    width: float = 1.6
    dash: str = "solid"


#: The bucket means are thin, what is computed from them stands out.
MEAN = Curve("avg", 0, 1.2)
BAND = Curve("middle", 2, 1.0, "dot")
CURVES = (Curve("sma_10", 3), Curve("sma_60", 1), Curve("slope", 4))


def indicators_figure(
    grid: pd.DataFrame,
    mean: pd.DataFrame,
    seconds: float,
    labels: Mapping[str, str],
    unit: str,
    canvas: Canvas,
) -> Figure:
    """Return the figure of one tag's indicators.

    Parameters
    ----------
    grid : a row for every bucket; avg, sma_10, sma_60, lower, middle, upper [unit] and slope
        [unit per hour], NaN where an indicator does not exist
    mean : the rows with readings, an empty one in every gap: what the line of means goes through
    seconds : bucket width
    labels : what the legend says of avg, sma_10, sma_60, middle (for the band) and slope
    """
    figure = layout(canvas)
    figure |= {
        "showlegend": True,
        "legend": _legend(canvas),
        "yaxis": value_axis(canvas, domain=VALUES_DOMAIN, title={"text": escaped(unit)}),
        "yaxis2": _slope_axis(unit, canvas),
    }
    figure["xaxis"] |= {"anchor": "y2"}
    where = _steps(grid, seconds, canvas)
    traces = _band(grid, where, labels["middle"], unit, canvas)
    means, filled = placed(mean, seconds, canvas)
    traces.append(_curve(MEAN, filled, means, labels, unit, canvas))
    traces += [_curve(curve, grid, where, labels, unit, canvas) for curve in CURVES]
    return {"data": traces, "layout": figure}


def _steps(grid: pd.DataFrame, seconds: float, canvas: Canvas) -> Figure:
    """Every bucket is there, so a start and a step say it all, except where days differ."""
    times = canvas.milliseconds(grid.index)
    step = seconds * 1000
    if len(times) > 1 and (times[1:] - times[:-1] == step).all():
        return {"x0": dates(times[:1])[0], "dx": step}
    return {"x": dates(times)}


def _legend(canvas: Canvas) -> Figure:
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


def _curve(
    curve: Curve,
    frame: pd.DataFrame,
    where: Figure,
    labels: Mapping[str, str],
    unit: str,
    canvas: Canvas,
) -> Figure:
    below = curve.column == "slope"
    return {
        "type": "scatter",
        "mode": "lines",
        **where,
        "y": typed(frame[curve.column].to_numpy()),
        "yaxis": "y2" if below else "y",
        "name": escaped(labels[curve.column]),
        "line": {
            "color": colour(canvas, curve.place),
            "width": curve.width,
            "dash": curve.dash,
        },
        "hovertemplate": f"%{{y:.5~g}} {literal(f'{unit}/h' if below else unit)}",
    }


def _band(grid: pd.DataFrame, where: Figure, label: str, unit: str, canvas: Canvas) -> list[Figure]:
    """The Bollinger band as one entry of the legend; where it does not exist it has no height."""
    edges = pd.DataFrame({"n": grid["middle"], "min": grid["lower"], "max": grid["upper"]})
    _, low, high = closed(edges.reset_index(drop=True))
    ink = colour(canvas, BAND.place)
    base = {"type": "scatter", "mode": "lines", **where, "legendgroup": "band"}
    fill = {**base, "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
    shading = {"fill": "tonexty", "fillcolor": faded(ink, 0.13)}
    rim = {"width": 0.6, "color": faded(ink, 0.5)}
    middle = {"width": BAND.width, "dash": BAND.dash, "color": ink}
    readable = [
        {
            **base,
            "y": typed(grid[column].to_numpy()),
            "name": escaped(f"{label} {arrow}".strip()),
            "showlegend": column == "middle",
            "line": middle if column == "middle" else rim,
            "hovertemplate": f"%{{y:.5~g}} {literal(unit)}",
        }
        for column, arrow in (("upper", "↑"), ("middle", ""), ("lower", "↓"))
    ]
    return [{**fill, "y": typed(low)}, {**fill, "y": typed(high), **shading}, *readable]
