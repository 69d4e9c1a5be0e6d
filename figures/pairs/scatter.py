"""Pairs of two tags as points: time is their colour, and the first and the last are named."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import pandas as pd

from data import buckets
from data.analysis import Floats, moments
from figures.axes import BROAD
from figures.template import Canvas, Figure, escaped, layout, value_axis
from figures.wire import typed

#: Size of a point, and of those that are named [px].
SIZE, NAMED = 5, 11
#: How much is seen of a point outside the stretch that is selected.
FAINT = 0.12
#: The first and the last pair are near within this share of the points' extent.
NEAR = 0.15
#: Room for the scale of times [px].
ABOVE = 46


@dataclass(frozen=True, slots=True)
class Axis:
    """What an axis says: a tag, its unit, and how many digits its numbers have."""

    tag: str
    unit: str
    told: int

    @property
    def title(self) -> str:
        """Name and unit, with their signs of HTML escaped."""
        return escaped(f"{self.tag} [{self.unit}]" if self.unit else self.tag)


@dataclass(frozen=True, slots=True)
class Points:
    """Pairs, by time.

    Parameters
    ----------
    at : times of the displayed clock [ms], see `Canvas.milliseconds`
    x, y : values [units of the tags]
    inside : places of those in the selected stretch; None where nothing is selected
    """

    at: Floats
    x: Floats
    y: Floats
    inside: Sequence[int] | None = None


def pair_figure(points: Points, across: Axis, up: Axis, canvas: Canvas) -> Figure:
    """Return the figure of pairs; without any its axes alone."""
    figure = layout(canvas)
    axes = {"xaxis": across, "yaxis": up}
    for name, axis in axes.items():
        ink = canvas.palette["ink-2"]
        title = {"text": axis.title, "font": {"color": canvas.palette["ink"]}}
        figure[name] = value_axis(canvas, ink, title=title, showline=True, ticks="outside")
        figure[name] |= {"linecolor": canvas.palette["line"]}
    # A box would lie over the points; the cursor of the trend tells when a point was.
    figure |= {"hovermode": "closest", "dragmode": "select"}
    figure["uirevision"] = "|".join((canvas.revision, across.tag, up.tag))
    figure["margin"] |= {"t": ABOVE}
    if not len(points.at):
        return {"data": [], "layout": figure}
    return {"data": [_cloud(points, canvas), *_ends(points, canvas)], "layout": figure}


def _cloud(points: Points, canvas: Canvas) -> Figure:
    palette = canvas.palette
    trace: Figure = {
        "type": "scatter",
        "mode": "markers",
        "x": typed(points.x),
        "y": typed(points.y),
        "customdata": _exactly(points.at),
        "hoverinfo": "none",
        "marker": {
            "size": SIZE,
            "color": typed(points.at - points.at[0]),
            "colorscale": [[0, palette["zone-c"]], [1, palette["s1"]]],
            "colorbar": _scale(points, canvas),
        },
        "selected": {"marker": {"opacity": 1}},
        "unselected": {"marker": {"opacity": FAINT}},
        "meta": {"part": "pairs"},
    }
    if points.inside is not None:
        trace["selectedpoints"] = list(points.inside)
    return trace


def _exactly(at: Floats) -> Figure:
    """Return times as eight bytes each: four would miss them by a minute."""
    return {"dtype": "f8", "bdata": base64.b64encode(at.astype("<f8").tobytes()).decode()}


def _scale(points: Points, canvas: Canvas) -> Figure:
    """Return the scale of times over the chart: from the first to the last."""
    first, last = points.at[[0, -1]]
    return {
        "orientation": "h",
        **{
            "x": 0.9 if canvas.pixels >= BROAD else 0.78,
            "xanchor": "right",
            "y": 1.0,
            "yanchor": "bottom",
            "len": 0.55,
        },
        "thickness": 8,
        "ypad": 4,
        "outlinewidth": 0,
        "tickvals": [0, float(last - first)],
        "ticktext": _clock(points.at[[0, -1]], canvas),
        "ticklabelposition": "outside",
        "tickfont": {"size": 11, "color": canvas.palette["ink-2"]},
    }


def _clock(at: Floats, canvas: Canvas) -> list[str]:
    """Return times by the clock of the place; with offsets where the window holds two of them."""
    utc = pd.to_datetime(at - canvas.offset / timedelta(milliseconds=1), unit="ms", utc=True)
    local = pd.DatetimeIndex(utc).tz_convert(ZoneInfo(canvas.zone))
    texts = [f"{each:%Y-%m-%d %H:%M}" for each in local]
    if len(buckets.offsets(canvas.start, canvas.stop, canvas.zone)) == 1:
        return texts
    ends = [moments.offset_text(each) for each in moments.offsets(local).tolist()]
    return [text + end for text, end in zip(texts, ends, strict=True)]


def _side(points: Points) -> str:
    """Return where the last pair is named: below it, where its name would lie over the first."""
    for numbers in (points.x, points.y):
        if abs(numbers[-1] - numbers[0]) > NEAR * (numbers.max() - numbers.min()):
            return "top"
    return "bottom"


def _ends(points: Points, canvas: Canvas) -> list[Figure]:
    """Return the first and the last pair, each with a sign of its own and its name."""
    ends, middle = [], (points.x.min() + points.x.max()) / 2
    signs = ((0, "square", "first pair", "top"), (-1, "diamond", "last pair", _side(points)))
    for place, symbol, word, side in signs:
        ends.append(
            {
                "type": "scatter",
                "mode": "markers+text",
                "x": [float(points.x[place])],
                "y": [float(points.y[place])],
                "text": [canvas.word(word)],
                "textposition": f"{side} {'left' if points.x[place] > middle else 'right'}",
                "textfont": {"color": canvas.palette["ink"]},
                "cliponaxis": False,
                "hoverinfo": "skip",
                "marker": {
                    "symbol": symbol,
                    "size": NAMED,
                    "color": canvas.palette["surface"],
                    "line": {"width": 2, "color": canvas.palette["ink"]},
                },
                "selected": {"marker": {"opacity": 1}},
                "unselected": {"marker": {"opacity": 1}},
            }
        )
    return ends
