"""Histories in, the trend figure out: lanes of lines with envelopes, limits, gaps and marks."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from data.analysis import digits, kinds
from figures.axes import (
    BROAD,
    LANES,
    OVERLAY,
    Line,
    Scale,
    drawn,
    first_lane,
    height,
    scales,
    track,
    value_axes,
)
from figures.breaks import hatched, name_gaps, turned
from figures.earlier import earlier_lines
from figures.ends import draw_axes, draw_ends
from figures.excursions import draw_tracks, thick
from figures.extremes import extremes
from figures.limits import draw_limits, levels_told
from figures.template import (
    Canvas,
    Figure,
    colour,
    dates,
    faded,
    layout,
    mark,
    placed,
)
from figures.times import time_names
from figures.wire import typed

#: Up to this many points each has a mark: between more, marks would hide the line.
MARKED = 60
#: Size of the mark of a BAD reading [px].
BAD = 8
#: So many marks has a line that shares its lane.
FEW_MARKS = 9
#: Room above the lanes for tools and the first unit, and below them for two rows of times [px].
ABOVE, BELOW = 36, 44
#: Where the first lane has no room beside its unit, the tools stand over that [px].
TOOLS = 28
#: Room of a time at the axis [px].
TICK_ROOM = 110


def trend_figure(
    lines: Sequence[Line], canvas: Canvas, statistic: str = "avg", axes: str = LANES
) -> Figure:
    """Return the figure of one or several tags.

    Parameters
    ----------
    lines : up to eight tags in the order of their colours
    statistic : the column drawn as the line (avg, min, max, first, last); of a state: last
    axes : a lane a unit, all units over one another, or shares of each tag's span; a chart without
        room for several axes has lanes
    """
    narrow = canvas.pixels < BROAD
    axes = LANES if narrow and axes == OVERLAY else axes
    figure, every = layout(canvas), scales(lines, axes, canvas.pixels)
    traces = [
        trace
        for scale in every
        for place, line in scale.members
        for trace in _traces(line, canvas, statistic, place, scale)
    ]
    traces = [*hatched(every, canvas), *traces, *extremes(every, canvas)]
    figure |= value_axes(every, canvas, axes)
    above = ABOVE + (TOOLS if narrow else 0) + track(first_lane(every))
    here = [line for _place, line in drawn(lines, axes)]
    left_out = [line.tag for line in lines if line.tag not in {each.tag for each in here}]
    figure["margin"] |= {"t": above}
    figure["meta"] = {"height": round(height(lines, axes) + above + BELOW), "left_out": left_out}
    figure["xaxis"] |= {"anchor": every[-1].ref if every else "y", **time_grid(canvas)}
    figure["xaxis"] |= {"domain": [every[0].at if every else 0, 1]}
    times = [index for line in here for index in (*line.good_times, *line.bad_times)]
    figure["xaxis"] |= time_names(canvas, times)
    draw_limits(figure, [scale for scale in every if not scale.empty], canvas, axes)
    draw_tracks(figure, every, canvas)
    draw_axes(figure, every, canvas)
    draw_ends(figure, every, canvas, statistic, axes)
    name_gaps(figure, every, canvas)
    figure["shapes"] += filling(here, canvas)
    return {"data": traces, "layout": figure}


def time_grid(canvas: Canvas) -> Figure:
    """Return the grid of the time axis, with as many ticks as there is room for."""
    most = max(int(canvas.pixels / TICK_ROOM), 2)
    grid = {"showgrid": True, "gridcolor": canvas.palette["line-2"]}
    return {**grid, "nticks": most, "tickangle": 0}


def _traces(line: Line, canvas: Canvas, statistic: str, place: int, scale: Scale) -> list[Figure]:
    turning = turned(line.frame) if line.kind == kinds.ANGLE else line.frame
    where, frame = placed(turning, line.seconds, canvas)
    ink = colour(canvas, place)
    base = {"type": "scatter", "mode": "lines", **where, "yaxis": scale.ref}
    shape = "hv" if line.stepped else "linear"
    traces = []
    if line.seconds and line.kind != kinds.ANGLE:  # min and max of angles are no envelope
        quiet = line.by_day and not scale.shared
        around = canvas.palette["zone-c"] if quiet else ink
        traces += envelope(line, frame, base, canvas, around, shape)
    traces += earlier_lines(line, frame, base, canvas, ink, shape)
    column = line.column(statistic)
    traces += switched_on(line, frame, base, canvas, shape)
    mean = _mean(line, frame, base, canvas, place, shape, column, scale)
    traces += [mean, *thick(line, frame, base, ink, column, mean["meta"].get("levels", ""))]
    return traces + bad_marks(line, scale, canvas)


def switched_on(
    line: Line, frame: pd.DataFrame, base: Figure, canvas: Canvas, shape: str
) -> list[Figure]:
    """Fill below the line of a state of two, 0 and 1, while it is 1; nothing where it breaks."""
    if not line.stepped or {float(value) for value in line.states or {}} != {0.0, 1.0}:
        return []
    on = np.nan_to_num(frame["last"].to_numpy(dtype=float)).clip(0, 1)
    shading = {"fill": "tozeroy", "fillcolor": faded(canvas.palette["zone-c"], 0.3)}
    return [{**base, "y": typed(on), "line": {"width": 0, "shape": shape}, **shading}]


def envelope(
    line: Line, frame: pd.DataFrame, base: Figure, canvas: Canvas, ink: str, shape: str
) -> list[Figure]:
    """Fill between min and max, rimmed so that a narrow peak shows; both break with the line.

    The fill's own edges are never drawn: they are closed across a gap (see `closed`).
    """
    shut, low, high = closed(frame, bridged="connectgaps" in base)
    where = {} if "x0" in base else {"x": dates(canvas.milliseconds(line.frame.index[shut]))}
    fill = {**base, **where, "line": {"width": 0, "shape": shape}}
    rims = [
        {
            **base,
            "line": {"width": 0.7, "shape": shape, "color": faded(ink, 0.4)},
            **told_by(line, frame, column, column),
        }
        for column in ("max", "min")
    ]
    shading = {"fill": "tonexty", "fillcolor": faded(ink, 0.18)}
    return [{**fill, "y": typed(low)}, {**fill, "y": typed(high), **shading}, *rims]


def closed(frame: pd.DataFrame, bridged: bool = False) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the rows, low and high edges of an envelope that has no height where the line breaks.

    plotly fills one shape from the first point to the last, across every NaN. So at a break the
    edges meet: rows before and after it are taken twice, once with their own min and max and
    once with both edges at the middle. Where the line is `bridged` over empty buckets, so is the
    fill.
    """
    if bridged:
        edges = frame[["min", "max"]].interpolate()
        return np.arange(len(edges)), edges["min"].to_numpy(), edges["max"].to_numpy()
    low, high = (frame[column].to_numpy(dtype=float) for column in ("min", "max"))
    middle = (low + high) / 2
    if isinstance(frame.index, pd.RangeIndex):
        empty = np.isnan(low)
        if empty.any():
            middle = pd.Series(middle).ffill().bfill().to_numpy()
        return np.arange(len(low)), np.where(empty, middle, low), np.where(empty, middle, high)
    broken = frame["n"].isna().to_numpy()
    rows = np.repeat(np.arange(len(frame)), np.where(broken, 2, 1))
    flat = broken[rows]
    first = np.flatnonzero(flat)[::2]
    rows[first] -= 1
    rows[first + 1] += 1
    rows = rows.clip(0, len(frame) - 1)
    return rows, np.where(flat, middle[rows], low[rows]), np.where(flat, middle[rows], high[rows])


def _mean(
    line: Line,
    frame: pd.DataFrame,
    base: Figure,
    canvas: Canvas,
    place: int,
    shape: str,
    column: str,
    scale: Scale,
) -> Figure:
    lonely, shared = len(line.frame) <= MARKED, scale.shared
    told = told_by(line, frame, column, "line")
    told["meta"] |= levels_told(line, frame)
    ink = colour(canvas, place)
    marker: Figure = {"size": 4, "color": ink}
    if shared:
        marker = {
            "symbol": mark(place).symbol,
            "size": 7,
            "color": canvas.palette["surface"],
            "line": {"color": ink, "width": 1.5},
            "maxdisplayed": FEW_MARKS,
        }
    return {
        **base,
        "mode": "lines+markers" if lonely or shared else "lines",
        "marker": marker,
        "line": {"color": ink, "width": 1.7, "shape": shape},
        **told,
        "customdata": typed(frame["n"].to_numpy(dtype=float)),
    }


def told_by(line: Line, frame: pd.DataFrame, column: str, part: str) -> Figure:
    """The heights of a column, and what the rows above the chart need to write one of them.

    `assets/chart/cursor.mjs` writes the words of a state, else the number as the table does.
    """
    values, told = frame[column].to_numpy(dtype=float), line.told.get(column, 0)
    meta = {"tag": line.tag, "part": part, "digits": told}
    if line.stepped:
        return {
            "y": typed(values),
            "text": kinds.words(values.tolist(), line.states, digits.MINUS),
            "meta": meta,
        }
    return {"y": typed(values, told), "meta": meta}


def bad_marks(line: Line, scale: Scale, canvas: Canvas) -> list[Figure]:
    """BAD readings stand as marks at the height of their value, or at the edge they left by."""
    rows = line.bad
    if rows is None:
        return []
    edge = BAD / 2 * (scale.high - scale.low) / scale.pixels
    low, high = scale.low + edge, scale.high - edge
    values = rows["bad_value"].to_numpy(dtype=float)
    ink = canvas.palette["ink"]
    heights = np.clip(np.nan_to_num(values, nan=low, posinf=high, neginf=low), low, high)
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "x": dates(canvas.milliseconds(rows.index)),
            "y": typed(heights),
            "yaxis": scale.ref,
            "marker": {"symbol": "x-thin", "size": BAD, "line": {"width": 2, "color": ink}},
            "text": [digits.full(value) for value in values],
            "customdata": typed(rows["bad"].to_numpy(dtype=float)),
            "meta": {"tag": line.tag, "part": "bad"},
        }
    ]


def filling(lines: Sequence[Line], canvas: Canvas) -> list[Figure]:
    """Shade the bucket that is still filling: its mean will change."""
    seconds = max((line.seconds for line in lines), default=0)
    if not seconds or canvas.stop < canvas.now:
        return []
    starts = [line.frame.index[-1] for line in lines if line.seconds and len(line.frame)]
    filling = [s for s in starts if (canvas.now - s).total_seconds() < seconds]
    if not filling:
        return []
    return [
        {
            "type": "rect",
            "layer": "below",
            "xref": "x",
            "x0": canvas.clock(min(filling)),
            "x1": canvas.clock(canvas.stop),
            "yref": "paper",
            "y0": 0,
            "y1": 1,
            "fillcolor": canvas.palette["track"],
            "line": {"width": 0},
        }
    ]
