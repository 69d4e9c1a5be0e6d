"""At the right end of each indicator its name and newest value; a phone has no room for them."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from data.analysis import digits
from figures.axes import BROAD, Scale
from figures.ends import APART, apart
from figures.letters import room
from figures.tech.curves import BAND, CURVES, RAW, SLOPE, Curve, Label
from figures.template import TEXT, Canvas, Figure, colour, escaped

#: Room between a line and its name [px].
BESIDE = 8.0


class End(NamedTuple):
    """Where an indicator ends, and what stands there."""

    curve: Curve
    scale: Scale
    value: float
    name: str
    number: str


def draw_ends(
    figure: Figure,
    lanes: tuple[Scale, Scale],
    grid: pd.DataFrame,
    labels: Mapping[str, Label],
    canvas: Canvas,
    shown: Collection[str],
) -> None:
    """Add to a layout names and newest values; each annotation has the name of its switch.

    What is switched off has its place over the others: it leaves no hole, and lies on none of them
    once it is seen.
    """
    if canvas.pixels < BROAD:
        return
    every = [end for curve in CURVES if (end := _end_of(curve, lanes, grid, labels)) is not None]
    rooms = [room(end.name, bold=True) + room(f" {end.number}") for end in every]
    figure["margin"]["r"] = round(2 * BESIDE + max(rooms, default=0.0))
    for scale in lanes:
        here = [end for end in every if end.scale is scale]
        ends = sorted(here, key=lambda end: (end.curve.name not in shown, end.value))
        for end, shift in zip(ends, _shifts(ends, scale), strict=True):
            figure["annotations"].append(_annotation(end, shift, canvas))


def _end_of(
    curve: Curve, lanes: tuple[Scale, Scale], grid: pd.DataFrame, labels: Mapping[str, Label]
) -> End | None:
    """Return the end of a curve where it has any value; a band has a name alone."""
    values = grid[curve.column].to_numpy(float)
    values = values[np.isfinite(values)]
    if not values.size:
        return None
    value, scale = float(values[-1]), lanes[curve is SLOPE]
    told = scale.line.told[curve.column]
    number = "" if curve is BAND else digits.written(value, told)
    sign = "+" if curve is SLOPE and number.strip("0.,") and value > 0 else ""
    return End(curve, scale, value, labels[curve.name].name, sign + number)


def _shifts(ends: Sequence[End], scale: Scale) -> list[float]:
    """Return by how much each text stands over its end, so that none lies on another [px]."""
    span = scale.high - scale.low
    wanted = [(end.value - scale.low) / span * scale.pixels for end in ends]
    stands = apart(wanted, scale.pixels, APART)
    return [stand - want for stand, want in zip(stands, wanted, strict=True)]


def _annotation(end: End, shift: float, canvas: Canvas) -> Figure:
    ink = canvas.palette["ink-3"] if end.curve is RAW else colour(canvas, 0)
    return {
        "name": end.curve.name,
        "text": f"<b>{escaped(end.name)}</b> {escaped(end.number)}".rstrip(),
        "xref": "paper",
        "x": 1,
        "xanchor": "left",
        "xshift": BESIDE,
        "yref": end.scale.ref,
        "y": end.value,
        "yshift": shift,
        "yanchor": "middle",
        "showarrow": False,
        "font": {"size": TEXT, "color": ink},
    }
