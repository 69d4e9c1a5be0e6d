"""Indicators in, the tech figure out: all are in it, and those that are switched off not seen."""

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from data.analysis import Floats
from figures.axes import BROAD, LANES, Line, Scale, track
from figures.breaks import hatched, name_gaps
from figures.ends import draw_axes
from figures.excursions import draw_tracks
from figures.limits import draw_limits
from figures.tech.curves import BAND, CURVES, MEANS, RAW, SLOPE, Curve, Label
from figures.tech.ends import draw_ends
from figures.tech.lanes import axes_of, lanes_of, nothing, settings
from figures.template import Canvas, Figure, colour, dates, faded, layout, placed
from figures.times import time_names
from figures.trend import (
    ABOVE,
    BELOW,
    MARKED,
    TOOLS,
    bad_marks,
    closed,
    envelope,
    filling,
    time_grid,
    told_by,
)
from figures.wire import typed

#: Shading of the band, and between slope and zero.
SHADE = 0.13


def indicators_figure(
    line: Line,
    grid: pd.DataFrame,
    labels: Mapping[str, Label],
    canvas: Canvas,
    shown: Collection[str],
) -> Figure:
    """Return the figure of one tag's indicators.

    Parameters
    ----------
    line : the tag; its frame is what the line of means goes through, an empty row in every gap
    grid : a row for every bucket; the columns of `data.views.INDICATOR_COLUMNS`, NaN where an
        indicator does not exist
    labels : what is said of each indicator, by its name
    shown : names of those that are switched on. The others are in the figure too, so that
        `assets/chart/indicators.mjs` shows them without asking
    """
    lanes = lanes_of(line, grid)
    values, slope = lanes
    narrow = canvas.pixels < BROAD
    above = ABOVE + (TOOLS if narrow else 0) + track([line])
    figure = layout(canvas)
    figure |= axes_of(lanes, line.told, canvas)
    figure["margin"] |= {"t": above}
    figure["xaxis"] |= time_grid(canvas)
    figure["xaxis"] |= time_names(canvas, [grid.index, *line.bad_times])
    draw_limits(figure, [] if nothing(values) else [values], canvas, LANES)
    draw_tracks(figure, [values], canvas)
    draw_axes(figure, [values], canvas)
    own = len(figure["annotations"])
    draw_axes(figure, [slope], canvas)
    figure["annotations"][own]["name"] = SLOPE.name
    draw_ends(figure, lanes, grid, labels, canvas, shown)
    name_gaps(figure, [values], canvas)
    figure["shapes"] += filling([line], canvas)
    figure["meta"] = {
        "indicators": {
            curve.name: labels[curve.name]._asdict() | {"glyph": curve.glyph} for curve in CURVES
        },
        "unit": line.unit,
        "slope": {
            word: settings(lanes, is_on, above + BELOW)
            for word, is_on in (("on", True), ("off", False))
        },
    }
    traces = _traces(line, grid, lanes, canvas)
    _switch(traces, figure, shown)
    return {"data": traces, "layout": figure}


def _traces(
    line: Line, grid: pd.DataFrame, lanes: tuple[Scale, Scale], canvas: Canvas
) -> list[Figure]:
    values, slope = lanes
    where = _steps(grid, line.seconds, canvas)
    return [
        *hatched([values], canvas),
        *(_of(SLOPE, trace) for trace in hatched([slope], canvas)),
        *_raw(line, canvas),
        *_band(line, grid, where, canvas),
        _slope_shade(grid, where, canvas),
        *(_curve(curve, line, grid, where, canvas) for curve in (*MEANS, SLOPE)),
        *bad_marks(line, values, canvas),
    ]


def _of(curve: Curve, trace: Figure) -> Figure:
    """Return a trace that goes with the switch of an indicator."""
    return {**trace, "meta": {**trace.get("meta", {}), "indicator": curve.name}}


def _switch(traces: list[Figure], figure: Figure, shown: Collection[str]) -> None:
    """Hide what is switched off. The means are made transparent, for the cursor reads them."""
    for trace in traces:
        name = trace.get("meta", {}).get("indicator")
        if name and name not in shown:
            trace |= {"opacity": 0} if name == RAW.name else {"visible": False}
    for note in figure["annotations"]:
        if "name" in note and note["name"] not in shown:
            note["visible"] = False
    for path, value in figure["meta"]["slope"]["on" if SLOPE.name in shown else "off"].items():
        part, key = path.split(".")
        figure[part][key] = value


def _steps(grid: pd.DataFrame, seconds: float, canvas: Canvas) -> Figure:
    """Every bucket is there, so a start and a step say it all, except where days differ."""
    times = canvas.milliseconds(grid.index)
    step = seconds * 1000
    if len(times) > 1 and (times[1:] - times[:-1] == step).all():
        return {"x0": dates(times[:1])[0], "dx": step}
    return {"x": dates(times)}


def _raw(line: Line, canvas: Canvas) -> list[Figure]:
    """The means with their min and max around them, in grey: what is computed stands before."""
    where, frame = placed(line.frame, line.seconds, canvas)
    ink = canvas.palette["ink-3"]
    base = {"type": "scatter", "mode": "lines", **where, "yaxis": "y"}
    mean = {
        **base,
        "mode": "lines+markers" if len(line.frame) <= MARKED else "lines",
        "marker": {"size": 4, "color": ink},
        "line": {"color": ink, "width": RAW.width, "dash": RAW.dash},
        **told_by(line, frame, RAW.column, "line"),
        "customdata": typed(frame["n"].to_numpy(float)),
    }
    return [_of(RAW, each) for each in (*envelope(line, frame, base, canvas, ink, "linear"), mean)]


def _told(line: Line, grid: pd.DataFrame, curve: Curve, column: str, more: str = "") -> Figure:
    """Return heights of a column, and what `assets/chart/indicators.mjs` needs to write one."""
    told = line.told[column]
    meta = {"tag": line.tag, "part": column, "digits": told, "indicator": curve.name}
    trace = {"y": typed(_numbers(grid, column), told), "meta": meta}
    if more:
        meta["more"] = line.told[more]
        trace["customdata"] = typed(_numbers(grid, more), line.told[more])
    return trace


def _numbers(grid: pd.DataFrame, column: str) -> Floats:
    numbers: Floats = grid[column].to_numpy(float)
    return numbers


def _curve(curve: Curve, line: Line, grid: pd.DataFrame, where: Figure, canvas: Canvas) -> Figure:
    is_slope = curve is SLOPE
    return {
        **{"type": "scatter", "mode": "lines", **where},
        **_told(line, grid, curve, curve.column, "r2" if is_slope else ""),
        "line": {"color": colour(canvas, 0), "width": curve.width, "dash": curve.dash},
        "yaxis": "y2" if is_slope else "y",
    }


def _slope_shade(grid: pd.DataFrame, where: Figure, canvas: Canvas) -> Figure:
    """Fill between slope and zero; where there is no slope it has no height.

    plotly fills one shape from the first point to the last, across every NaN.
    """
    shade: dict[str, Any] = {
        "type": "scatter",
        "mode": "lines",
        **where,
        "y": typed(grid["slope"].fillna(0).to_numpy(float)),
        "yaxis": "y2",
        "line": {"width": 0},
        "fill": "tozeroy",
        "fillcolor": faded(colour(canvas, 0), SHADE),
    }
    return _of(SLOPE, shade)


def _band(line: Line, grid: pd.DataFrame, where: Figure, canvas: Canvas) -> list[Figure]:
    """The Bollinger band; where it does not exist it has no height."""
    edges = pd.DataFrame({"n": grid["middle"], "min": grid["lower"], "max": grid["upper"]})
    _, low, high = closed(edges.reset_index(drop=True))
    ink = colour(canvas, 0)
    base = {"type": "scatter", "mode": "lines", **where, "yaxis": "y"}
    fill = {**base, "line": {"width": 0}}
    shading = {"fill": "tonexty", "fillcolor": faded(ink, SHADE)}
    rim = {"width": 0.6, "color": faded(ink, 0.5)}
    middle = {"width": BAND.width, "dash": BAND.dash, "color": ink}
    lines = [
        {
            **base,
            **_told(line, grid, BAND, column, "sigma" if column == "middle" else ""),
            "line": middle if column == "middle" else rim,
        }
        for column in ("upper", "middle", "lower")
    ]
    shade = [{**fill, "y": typed(low)}, {**fill, "y": typed(high), **shading}]
    return [*(_of(BAND, each) for each in shade), *lines]
