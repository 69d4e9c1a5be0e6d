"""The two lanes of the page of indicators: values above, the slope below; the latter may be off."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from figures.axes import BETWEEN, BLANK, NOTHING, PADDING, Line, Scale, bounds, tick_format
from figures.tech.curves import VALUES, per_hour
from figures.template import Canvas, Figure, value_axis

#: Heights of the lanes [px].
ABOVE, BELOW = 322.0, 104.0
#: Ticks of the lower lane.
FEW_TICKS = 5


def lanes_of(line: Line, grid: pd.DataFrame) -> tuple[Scale, Scale]:
    """Return the axis of values and that of the slope, as they stand while both are drawn."""
    whole = ABOVE + BETWEEN + BELOW
    columns = [line.frame[name] for name in ("min", "max")]
    columns += [grid[name] for name in VALUES]
    numbers = np.concatenate([each.to_numpy(float) for each in columns])
    low, high = bounds([replace(line, frame=_ends(numbers), bad=None)])
    values = Scale(1, ((0, line),), low, high, 1 - ABOVE / whole, 1.0, ABOVE, False, False)
    low, high = _signed(grid["slope"].to_numpy(float))
    below = replace(line, unit=per_hour(line.unit), limits=None)
    slope = Scale(2, ((0, below),), low, high, 0.0, BELOW / whole, BELOW, False, False)
    return values, slope


def nothing(values: Scale) -> bool:
    """Return whether there is neither a reading nor an indicator to measure."""
    return values.empty and (values.low, values.high) == NOTHING


def _ends(numbers: np.ndarray) -> pd.DataFrame:
    """Return least and greatest as a history of one row, which `bounds` reads."""
    finite = numbers[np.isfinite(numbers)]
    least, most = (finite.min(), finite.max()) if finite.size else (np.nan, np.nan)
    return pd.DataFrame({"min": [least], "max": [most]})


def _signed(slopes: np.ndarray) -> tuple[float, float]:
    """Return the ends of an axis on which zero is always seen, with room on either side of it."""
    finite = slopes[np.isfinite(slopes)]
    low, high = (min(finite.min(), 0.0), max(finite.max(), 0.0)) if finite.size else (0.0, 0.0)
    height = high - low or 1.0
    return float(low - 2 * PADDING * height), float(high + 2 * PADDING * height)


def axes_of(lanes: tuple[Scale, Scale], told: Mapping[str, int], canvas: Canvas) -> Figure:
    """Return both value axes by name."""
    values, slope = lanes
    above = value_axis(canvas, range=[values.low, values.high])
    above |= {"domain": [values.bottom, values.top]}
    above |= tick_format([told[name] for name in VALUES])
    below = value_axis(canvas, range=[slope.low, slope.high], nticks=FEW_TICKS)
    below |= {"domain": [slope.bottom, slope.top]} | tick_format([told["slope"]])
    if "tickformat" not in below:
        below |= {"tickformat": "+,~f", "labelalias": {"+0": "0"}}
    below |= {"zeroline": True, "zerolinecolor": canvas.palette["ink-3"], "zerolinewidth": 1}
    if nothing(values):
        return {values.name: above | dict(BLANK), slope.name: below | dict(BLANK)}
    return {values.name: above, slope.name: below}


def height(with_slope: bool) -> float:
    """Return how high the lanes are together [px]."""
    return ABOVE + (BETWEEN + BELOW if with_slope else 0)


def settings(lanes: tuple[Scale, Scale], with_slope: bool, room: float) -> Figure:
    """Return what of a layout hangs on the lane of the slope, as plotly's `relayout` takes it.

    The upper lane keeps its height in pixels, so nothing in it moves.

    Parameters
    ----------
    room : above and below the lanes [px]
    """
    values, slope = lanes
    return {
        "yaxis.domain": [values.bottom if with_slope else 0.0, values.top],
        "yaxis2.visible": with_slope,
        "xaxis.anchor": slope.ref if with_slope else values.ref,
        "meta.height": round(height(with_slope) + room),
    }
