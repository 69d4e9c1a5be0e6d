"""Forecasts in the lanes of a trend: a dashed line with its band."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from figures.template import Canvas, Figure, colour, dates, faded
from figures.wire import typed

#: How much is seen of a band.
BAND = 0.12


@dataclass(frozen=True, slots=True)
class Expected:
    """The forecast of one tag; `place` gives its colour, `frame` has yhat, low, high by time."""

    tag: str
    place: int
    frame: pd.DataFrame


def reach(frame: pd.DataFrame) -> tuple[float, ...]:
    """Return least and greatest value of a forecast and its band [tag unit]."""
    values = frame.to_numpy(dtype=float)
    values = values[np.isfinite(values)]
    return float(values.min()), float(values.max())


def draw_forecasts(figure: Figure, forecasts: Sequence[Expected], canvas: Canvas) -> None:
    """Draw forecasts over the lines of their tags; a tag without a line in the figure has none."""
    refs = {
        trace["meta"]["tag"]: trace["yaxis"]
        for trace in figure["data"]
        if trace.get("meta", {}).get("part") == "line"
    }
    for each in forecasts:
        if each.tag in refs:
            figure["data"] += _traces(each, refs[each.tag], canvas)


def _traces(each: Expected, ref: str, canvas: Canvas) -> list[Figure]:
    ink, frame = colour(canvas, each.place), each.frame
    base = {"type": "scatter", "mode": "lines", "yaxis": ref, "meta": {"part": "forecast"}}
    line = {"color": ink, "width": 1.5, "dash": "dash"}
    x = dates(canvas.milliseconds(frame.index))
    drawn = [{**base, "x": x, "y": typed(frame["yhat"].to_numpy()), "line": line}]
    banded = frame[np.isfinite(frame[["low", "high"]]).all(axis=1)]
    if not len(banded):
        return drawn
    edge = {**base, "x": dates(canvas.milliseconds(banded.index)), "line": {"width": 0}}
    fill = {"fill": "tonexty", "fillcolor": faded(ink, BAND)}
    low, high = (typed(banded[name].to_numpy()) for name in ("low", "high"))
    return [{**edge, "y": low}, {**edge, "y": high, **fill}, *drawn]
