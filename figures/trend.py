"""Histories in, the trend figure out: lines with envelopes, limits, gaps and marks."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from data.analysis import digits, kinds
from figures.axes import Line, axis_numbers, bounds, value_axes
from figures.limits import draw_limits
from figures.template import (
    Canvas,
    Figure,
    colour,
    dates,
    escaped,
    faded,
    layout,
    placed,
)
from figures.times import time_names
from figures.wire import readable, typed

#: Up to this many tags the hover box has room for min and max.
READABLE = 3
#: Up to this many points each has a mark: between more, marks would hide the line.
MARKED = 60


def trend_figure(lines: Sequence[Line], canvas: Canvas, statistic: str = "avg") -> Figure:
    """Return the figure of one or several tags, an axis a unit.

    Parameters
    ----------
    lines : up to eight tags in the order of their colours
    statistic : the column drawn as the line (avg, min, max, first, last); of a state: last
    """
    figure = layout(canvas)
    axes = axis_numbers(lines)
    traces: list[Figure] = []
    few = len(lines) <= READABLE
    for position, line in enumerate(lines):
        axis = axes[line.axis_key]
        traces += _traces(line, canvas, statistic, colour(canvas, position), axis, few)
    figure |= value_axes(lines, canvas)
    lowest = max(axes.values(), default=1) if any(line.stepped for line in lines) else 1
    figure["xaxis"]["anchor"] = f"y{lowest}".removesuffix("1")
    drawn = [line.frame.index[line.frame["n"].notna()] for line in lines]
    figure["xaxis"] |= time_names(canvas, [*drawn, *(line.bad.index for line in lines)])
    draw_limits(figure, lines, canvas)
    figure["shapes"] += _filling(lines, canvas)
    return {"data": traces, "layout": figure}


def _traces(
    line: Line, canvas: Canvas, statistic: str, ink: str, axis: int, few: bool
) -> list[Figure]:
    drawn = turned(line.frame) if line.kind == kinds.ANGLE else line.frame
    where, frame = placed(drawn, line.seconds, canvas)
    column = line.column(statistic)
    base = {
        "type": "scatter",
        "mode": "lines",
        **where,
        "yaxis": f"y{axis}".removesuffix("1"),
        "legendgroup": escaped(line.tag),
    }
    shape = "hv" if line.stepped else "linear"
    traces = []
    if line.seconds and line.kind != kinds.ANGLE:  # min and max of angles are no envelope
        envelope = _envelope(line, frame, base, canvas, ink, shape)
        traces += envelope if few else [{**edge, "hoverinfo": "skip"} for edge in envelope]
    traces.append(_mean(line, frame, base, canvas, ink, shape, column))
    return traces + _bad_marks(line, base["yaxis"], canvas)


def turned(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of an angle, with an empty one wherever it passes from one end to the other.

    From 359 to 1 is 2 degrees: a line between the two would cross all directions.
    """
    last = frame["last"].to_numpy(dtype=float)
    far = np.flatnonzero(np.abs(np.diff(last)) > kinds.TURN / 2)
    if not len(far):
        return frame
    at = pd.DatetimeIndex(frame.index)
    middle = at[far] + (at[far + 1] - at[far]) / 2
    empty = pd.DataFrame(np.nan, middle, frame.columns)
    return pd.concat([frame.astype("float64"), empty]).sort_index(kind="stable")


def _envelope(
    line: Line, frame: pd.DataFrame, base: Figure, canvas: Canvas, ink: str, shape: str
) -> list[Figure]:
    """Fill between min and max, rimmed so that a narrow peak shows; both break with the line.

    The fill's own edges are never drawn: they are closed across a gap (see `closed`).
    """
    shut, low, high = closed(frame, bridged="connectgaps" in base)
    where = {} if "x0" in base else {"x": dates(canvas.milliseconds(line.frame.index[shut]))}
    fill = {**base, **where, "line": {"width": 0, "shape": shape}, "hoverinfo": "skip"}
    rims = [
        {
            **base,
            "line": {"width": 0.7, "shape": shape, "color": faded(ink, 0.4)},
            **_readable(line, frame, column),
            "name": f"{escaped(line.tag)} {canvas.word(column)}",
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
    ink: str,
    shape: str,
    column: str,
) -> Figure:
    lonely = len(line.frame) <= MARKED
    name = canvas.word(column) if line.seconds else canvas.word("reading")
    return {
        **base,
        "mode": "lines+markers" if lonely else "lines",
        "marker": {"size": 4, "color": ink},
        "line": {"color": ink, "width": 1.7, "shape": shape},
        **_readable(line, frame, column),
        "name": f"{escaped(line.tag)} {name}",
    }


def _readable(line: Line, frame: pd.DataFrame, column: str) -> Figure:
    """The heights of a column and what a hover box says of them: the words of a state, else the
    digits of the table and the unit. The trace's name stays apart so that no text of a tag is read
    as a template."""
    values = frame[column]
    if line.stepped:
        words = [escaped(word) for word in kinds.words(values.tolist(), line.states)]
        return {"y": typed(values.to_numpy()), "text": words, "hovertemplate": "%{text}"}
    return readable(values.to_numpy(dtype=float), line.told.get(column, 0), line.unit)


def _bad_marks(line: Line, axis: str, canvas: Canvas) -> list[Figure]:
    """BAD readings stand as marks at the height of their value, or at the edge they left by."""
    rows = line.bad
    if rows.empty:
        return []
    low, high = bounds([line])
    values = rows["bad_value"].to_numpy(dtype=float)
    ink = canvas.palette["ink"]
    heights = np.clip(np.nan_to_num(values, nan=low, posinf=high, neginf=low), low, high)
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "x": dates(canvas.milliseconds(rows.index)),
            "y": typed(heights),
            "yaxis": axis,
            "marker": {"symbol": "x-thin", "size": 8, "line": {"width": 2, "color": ink}},
            "name": f"{escaped(line.tag)} {canvas.word('BAD')}",
            "text": [
                f"{digits.full(v)} ({n:,.0f})" for v, n in zip(values, rows["bad"], strict=True)
            ],
            "hovertemplate": "%{text}",
        }
    ]


def _filling(lines: Sequence[Line], canvas: Canvas) -> list[Figure]:
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
