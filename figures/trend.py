"""Histories in, the trend figure out: lines with envelopes, limits, gaps and marks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.rules import Limits
from figures.template import (
    TEXT_TINY,
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

# A limit is brought into view when it lies within this share of the data's height.
NEARNESS = 0.35
PADDING = 0.06
# Up to this many tags the hover box has room for min and max.
READABLE = 3
# What each of a rule's Limits means, in their order.
LEVEL_WORDS = ("critical", "warning", "warning", "critical")


@dataclass(frozen=True)
class Line:
    """One tag as it is drawn.

    Parameters
    ----------
    tag, unit : its names; free text
    frame : a history of good values with NaN rows where the line breaks
    bad : rows with BAD readings: `bad` how many, `bad_value` their extreme
    seconds : bucket width, 0 for raw readings
    limits : level limits, or None
    states : words of a digital tag by value, or None
    """

    tag: str
    unit: str
    frame: pd.DataFrame
    bad: pd.DataFrame
    seconds: float
    limits: Limits | None = None
    states: Mapping[str, str] | None = None

    @property
    def axis_key(self) -> str:
        """What shares an axis: the unit; digital tags share one by their words."""
        return "·".join(self.states.values()) if self.states else self.unit


def trend_figure(lines: Sequence[Line], canvas: Canvas, statistic: str = "avg") -> Figure:
    """Return the figure of one or several tags, an axis a unit.

    Parameters
    ----------
    lines : up to eight tags in the order of their colours
    statistic : the column drawn as the line (avg, min, max, first, last); digital tags: last
    """
    figure = layout(canvas)
    axes = axis_numbers(lines)
    traces: list[Figure] = []
    few = len(lines) <= READABLE
    for position, line in enumerate(lines):
        axis = axes[line.axis_key]
        traces += _traces(line, canvas, statistic, colour(canvas, position), axis, few)
    for key, number in axes.items():
        members = [(i, line) for i, line in enumerate(lines) if line.axis_key == key]
        figure[f"yaxis{number}".removesuffix("1")] = _axis(members, number, len(axes), canvas)
    _draw_limits(figure, lines, canvas)
    figure["shapes"] += _filling(lines, canvas)
    return {"data": traces, "layout": figure}


def axis_numbers(lines: Sequence[Line]) -> dict[str, int]:
    """Return the number of the value axis of each axis key, counted from 1."""
    return {key: i for i, key in enumerate(dict.fromkeys(line.axis_key for line in lines), 1)}


def _traces(
    line: Line, canvas: Canvas, statistic: str, ink: str, axis: int, few: bool
) -> list[Figure]:
    where, frame = placed(line.frame, line.seconds, canvas)
    column = "last" if line.states else statistic
    base = {
        "type": "scatter",
        "mode": "lines",
        **where,
        "yaxis": f"y{axis}".removesuffix("1"),
        "legendgroup": escaped(line.tag),
    }
    shape = "hv" if line.states else "linear"
    traces = []
    if line.seconds:
        envelope = _envelope(line, frame, base, canvas, ink, shape)
        traces += envelope if few else envelope[:2]
    traces.append(_mean(line, frame, base, canvas, ink, shape, column))
    return traces + _bad_marks(line, base["yaxis"], canvas)


def _envelope(
    line: Line, frame: pd.DataFrame, base: Figure, canvas: Canvas, ink: str, shape: str
) -> list[Figure]:
    """Fill between min and max, rimmed so that a narrow peak shows; closed where a line breaks."""
    edge = {**base, "line": {"width": 0, "shape": shape, "color": ink}}
    rim = {**base, "line": {"width": 0.7, "shape": shape, "color": faded(ink, 0.4)}}
    shut, low, high = closed(frame)
    where = {} if "x0" in base else {"x": dates(canvas.milliseconds(line.frame.index[shut]))}
    fill = {**rim, **where, "hoverinfo": "skip"}
    readable = [
        {
            **edge,
            "y": typed(frame[column].to_numpy()),
            "name": f"{escaped(line.tag)} {canvas.word(column)}",
            **_hover(line, frame[column]),
        }
        for column in ("max", "min")
    ]
    shading = {"fill": "tonexty", "fillcolor": faded(ink, 0.18)}
    return [{**fill, "y": typed(low)}, {**fill, "y": typed(high), **shading}, *readable]


def closed(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return rows, low and high edge of an envelope whose fill has no height where it breaks.

    plotly fills one shape from the first point to the last, across every NaN. So at a break the
    edges meet: rows before and after it are taken twice, once with their own min and max and
    once with both edges at the middle.
    """
    middle = ((frame["min"] + frame["max"]) / 2).to_numpy(dtype=float)
    low, high = (frame[column].to_numpy(dtype=float) for column in ("min", "max"))
    if isinstance(frame.index, pd.RangeIndex):
        middle = pd.Series(middle).ffill().bfill().to_numpy()
        empty = np.isnan(low)
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
    lonely = len(line.frame) <= 60
    name = canvas.word(column) if line.seconds else canvas.word("reading")
    return {
        **base,
        "mode": "lines+markers" if lonely else "lines",
        "marker": {"size": 4, "color": ink},
        "line": {"color": ink, "width": 1.7, "shape": shape},
        "y": typed(frame[column].to_numpy()),
        "name": f"{escaped(line.tag)} {name}",
        **_hover(line, frame[column]),
    }


def _hover(line: Line, values: pd.Series) -> Figure:
    """State words for digital tags, else five digits and the unit; the trace's name stays apart
    so that no text of a tag is read as a template."""
    if line.states:
        words = [escaped(line.states.get(f"{v:g}", f"{v:g}")) for v in values.to_numpy()]
        return {"text": words, "hovertemplate": "%{text}"}
    return {"hovertemplate": f"%{{y:.5~g}} {literal(line.unit)}"}


def _bad_marks(line: Line, axis: str, canvas: Canvas) -> list[Figure]:
    """BAD readings stand as marks at the height of their value, or at the edge they left by."""
    rows = line.bad
    if rows.empty:
        return []
    low, high = _range([line])
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
            "text": [f"{v:.6g} ({n:.0f})" for v, n in zip(values, rows["bad"], strict=True)],
            "hovertemplate": "%{text}",
        }
    ]


def _range(lines: Sequence[Line]) -> tuple[float, float]:
    """Return the bounds of an axis: all that is drawn, and every limit near it."""
    columns = [line.frame[c].to_numpy(dtype=float) for line in lines for c in ("min", "max")]
    numbers = np.concatenate(columns)
    numbers = numbers[np.isfinite(numbers)]
    if not numbers.size:
        return 0.0, 1.0
    low, high = float(numbers.min()), float(numbers.max())
    height = high - low or abs(high) * 0.02 or 1.0
    near = [
        limit
        for line in lines
        for limit in _levels(line)
        if low - NEARNESS * height <= limit <= high + NEARNESS * height
    ]
    low, high = min([low, *near]), max([high, *near])
    padding = PADDING * (high - low or height)
    return low - padding, high + padding


def _levels(line: Line) -> list[float]:
    if line.limits is None:
        return []
    levels = (line.limits.lo_lo, line.limits.lo, line.limits.hi, line.limits.hi_hi)
    return [level for level in levels if level is not None]


def _axis(members: list[tuple[int, Line]], number: int, count: int, canvas: Canvas) -> Figure:
    ink = colour(canvas, members[0][0]) if len(members) == 1 and count > 1 else None
    first = members[0][1]
    axis = value_axis(canvas, ink, range=list(_range([line for _, line in members])))
    axis["title"] = {"text": escaped(first.unit), "font": {"color": ink or canvas.palette["ink-2"]}}
    if number > 1:
        axis |= {"overlaying": "y", "showgrid": False, "tickmode": "auto"}
        axis["side"] = "right" if number % 2 == 0 else "left"
    if number > 2:
        axis |= {"anchor": "free", "autoshift": True}
    if first.states:
        axis |= _state_ticks(first.states)
    return axis


def _state_ticks(states: Mapping[str, str]) -> Figure:
    values = [float(value) for value in states]
    return {
        "tickmode": "array",
        "tickvals": values,
        "ticktext": [escaped(word) for word in states.values()],
        "range": [min(values) - 0.15, max(values) + 0.15],
        "title": {"text": ""},
    }


def _draw_limits(figure: Figure, lines: Sequence[Line], canvas: Canvas) -> None:
    """Bands for the first tag, lines in the tag's colour for the others, a label a level."""
    axes = axis_numbers(lines)
    labels: dict[tuple[str, float, str], list[str]] = {}
    for position, line in enumerate(lines):
        if line.limits is None or line.states:
            continue
        yref = f"y{axes[line.axis_key]}".removesuffix("1")
        low, high = figure[yref.replace("y", "yaxis")]["range"]
        if position == 0:
            bands = _bands(line.limits, low, high)
            figure["shapes"] += [_band(yref, a, b, canvas.palette[fill]) for a, b, fill in bands]
        for level, word in zip(line.limits, LEVEL_WORDS, strict=True):
            if level is not None and low <= level <= high:
                labels.setdefault((yref, level, word), []).append(line.tag)
                if position:
                    figure["shapes"].append(_level(yref, level, colour(canvas, position)))
    figure["annotations"] += [
        _label(tags, canvas.word(word), level, yref, canvas)
        for (yref, level, word), tags in labels.items()
    ]


def _bands(limits: Limits, low: float, high: float) -> list[tuple[float, float, str]]:
    top = high if limits.hi_hi is None else limits.hi_hi
    bottom = low if limits.lo_lo is None else limits.lo_lo
    bands = []
    if limits.hi is not None:
        bands.append((limits.hi, top, "limit"))
    if limits.hi_hi is not None:
        bands.append((limits.hi_hi, high, "limit-crit"))
    if limits.lo is not None:
        bands.append((bottom, limits.lo, "limit"))
    if limits.lo_lo is not None:
        bands.append((low, limits.lo_lo, "limit-crit"))
    return [(max(a, low), min(b, high), fill) for a, b, fill in bands if a < high and b > low]


def _band(yref: str, bottom: float, top: float, fill: str) -> Figure:
    return {
        "type": "rect",
        "layer": "below",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "yref": yref,
        "y0": bottom,
        "y1": top,
        "fillcolor": fill,
        "line": {"width": 0},
    }


def _level(yref: str, level: float, ink: str) -> Figure:
    return {
        "type": "line",
        "layer": "below",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "yref": yref,
        "y0": level,
        "y1": level,
        "line": {"width": 1, "dash": "dot", "color": ink},
    }


def _label(tags: list[str], word: str, level: float, yref: str, canvas: Canvas) -> Figure:
    right = yref != "y"
    return {
        "text": f"{escaped(', '.join(tags))} {word} {level:g}",
        "xref": "paper",
        "x": 1 if right else 0,
        "xanchor": "right" if right else "left",
        "xshift": -4 if right else 4,
        "yref": yref,
        "y": level,
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": TEXT_TINY, "color": canvas.palette["ink-2"]},
    }


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
