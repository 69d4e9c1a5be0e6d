"""Indicators in, the tech figure out: means and band above, slope below on its own axis."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from data.analysis import digits
from figures.axes import tick_format
from figures.template import (
    Canvas,
    Figure,
    colour,
    dates,
    escaped,
    faded,
    layout,
    placed,
    value_axis,
)
from figures.times import time_names
from figures.trend import closed
from figures.wire import readable, typed

#: What is drawn on the axis above.
VALUES = ("avg", "sma_10", "sma_60", "lower", "middle", "upper")
#: Half of the height of an axis whose line is flat, as a share of its value.
FLAT = 0.01
#: Shares of the height: the slope has an axis of its own, in another unit.
VALUES_DOMAIN, SLOPE_DOMAIN = [0.28, 1.0], [0.0, 0.21]


#: Shading of the band, and between slope and zero.
SHADE = 0.13


class Curve(NamedTuple):
    """How one indicator is drawn: its column, width and dash; `quiet` ones in grey."""

    column: str
    width: float = 1.6
    dash: str = "solid"
    quiet: bool = False


#: One accent for all that is computed, told apart by dash and weight; the bucket means are quiet.
MEAN = Curve("avg", 1.2, quiet=True)
BAND = Curve("middle", 1.0, "dot")
CURVES = (Curve("sma_10", 1.4, "dash"), Curve("sma_60", 2.2), Curve("slope"))


def indicators_figure(
    grid: pd.DataFrame,
    mean: pd.DataFrame,
    seconds: float,
    labels: Mapping[str, str],
    unit: str,
    canvas: Canvas,
    told: Mapping[str, int],
) -> Figure:
    """Return the figure of one tag's indicators.

    Parameters
    ----------
    grid : a row for every bucket; avg, sma_10, sma_60, lower, middle, upper [unit] and slope
        [unit per hour], NaN where an indicator does not exist
    mean : the rows with readings, an empty one in every gap: what the line of means goes through
    seconds : bucket width
    labels : what the legend says of avg, sma_10, sma_60, middle (for the band) and slope
    told : how the numbers of each column are written, see `data.analysis.digits`
    """
    figure = layout(canvas)
    figure |= {
        "showlegend": True,
        "legend": _legend(canvas),
        "yaxis": _axis(grid, VALUES, told, canvas, domain=VALUES_DOMAIN, title=_title(unit)),
        "yaxis2": _slope_axis(grid, per_hour(unit), told, canvas),
    }
    figure["xaxis"] |= {"anchor": "y2"} | time_names(canvas, [grid.index])
    where = _steps(grid, seconds, canvas)
    units = {**dict.fromkeys(VALUES, unit), "slope": per_hour(unit)}
    shown = {name: readable(grid[name].to_numpy(float), told[name], units[name]) for name in units}
    traces = _band(grid, where, labels["middle"], shown, canvas)
    means, filled = placed(mean, seconds, canvas)
    line = readable(filled["avg"].to_numpy(float), told["avg"], unit)
    traces.append(_curve(MEAN, line, means, labels, canvas))
    traces.append(_slope_shade(grid, where, canvas))
    traces += [_curve(curve, shown[curve.column], where, labels, canvas) for curve in CURVES]
    return {"data": traces, "layout": figure}


def _steps(grid: pd.DataFrame, seconds: float, canvas: Canvas) -> Figure:
    """Every bucket is there, so a start and a step say it all, except where days differ."""
    times = canvas.milliseconds(grid.index)
    step = seconds * 1000
    if len(times) > 1 and (times[1:] - times[:-1] == step).all():
        return {"x0": dates(times[:1])[0], "dx": step}
    return {"x": dates(times)}


def _legend(canvas: Canvas) -> Figure:
    """Below the axis of time: above the chart it would lie under the tools."""
    return {
        "orientation": "h",
        "x": 0,
        "y": -0.1,
        "yanchor": "top",
        "font": {"color": canvas.palette["ink-2"]},
        "bgcolor": "rgba(0,0,0,0)",
    }


def per_hour(unit: str) -> str:
    """Return the unit of a slope."""
    return f"{unit}/h" if unit else "1/h"


def _title(unit: str) -> Figure:
    return {"text": escaped(unit)}


def _axis(
    grid: pd.DataFrame,
    columns: Sequence[str],
    told: Mapping[str, int],
    canvas: Canvas,
    **others: Any,
) -> Figure:
    """An axis as high as what is drawn on it, unless that is the rounding of one and the same."""
    axis = value_axis(canvas, **others) | tick_format([told[name] for name in columns])
    low, high = digits.ends(grid[list(columns)].to_numpy(float).reshape(1, -1))
    span, top = float(high[0] - low[0]), float(max(abs(low[0]), abs(high[0])))
    if 0 < span <= digits.LOST * top:
        axis["range"] = [low[0] - FLAT * top, high[0] + FLAT * top]
    return axis


def _slope_axis(grid: pd.DataFrame, unit: str, told: Mapping[str, int], canvas: Canvas) -> Figure:
    place = {"domain": SLOPE_DOMAIN, "title": _title(unit), "nticks": 4}
    axis = _axis(grid, ("slope",), told, canvas, **place)
    if "tickformat" not in axis:
        axis |= {"tickformat": "+,~f", "labelalias": {"+0": "0"}}
    return axis | {"zeroline": True, "zerolinecolor": canvas.palette["ink-3"], "zerolinewidth": 1}


def _curve(
    curve: Curve, heights: Figure, where: Figure, labels: Mapping[str, str], canvas: Canvas
) -> Figure:
    ink = canvas.palette["ink-3"] if curve.quiet else colour(canvas, 0)
    line = {"color": ink, "width": curve.width, "dash": curve.dash}
    base = {"type": "scatter", "mode": "lines", **where, **heights, "line": line}
    base["name"] = escaped(labels[curve.column])
    if curve.column == "slope":
        return {**base, "yaxis": "y2", "legendgroup": "slope"}
    return {**base, "yaxis": "y"}


def _slope_shade(grid: pd.DataFrame, where: Figure, canvas: Canvas) -> Figure:
    """Fill between slope and zero; where there is no slope it has no height.

    plotly fills one shape from the first point to the last, across every NaN.
    """
    return {
        "type": "scatter",
        "mode": "lines",
        **where,
        "y": typed(grid["slope"].fillna(0).to_numpy(float)),
        "yaxis": "y2",
        "line": {"width": 0},
        "fill": "tozeroy",
        "fillcolor": faded(colour(canvas, 0), SHADE),
        "hoverinfo": "skip",
        "showlegend": False,
        "legendgroup": "slope",
    }


def _band(
    grid: pd.DataFrame, where: Figure, label: str, shown: Mapping[str, Figure], canvas: Canvas
) -> list[Figure]:
    """The Bollinger band as one entry of the legend; where it does not exist it has no height."""
    edges = pd.DataFrame({"n": grid["middle"], "min": grid["lower"], "max": grid["upper"]})
    _, low, high = closed(edges.reset_index(drop=True))
    ink = colour(canvas, 0)
    base = {"type": "scatter", "mode": "lines", **where, "legendgroup": "band"}
    fill = {**base, "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
    shading = {"fill": "tonexty", "fillcolor": faded(ink, SHADE)}
    rim = {"width": 0.6, "color": faded(ink, 0.5)}
    middle = {"width": BAND.width, "dash": BAND.dash, "color": ink}
    readable = [
        {
            **base,
            **shown[column],
            "name": escaped(f"{label} {arrow}".strip()),
            "showlegend": column == "middle",
            "line": middle if column == "middle" else rim,
        }
        for column, arrow in (("upper", "↑"), ("middle", ""), ("lower", "↓"))
    ]
    return [{**fill, "y": typed(low)}, {**fill, "y": typed(high), **shading}, *readable]
