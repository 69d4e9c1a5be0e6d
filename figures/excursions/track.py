"""The track of alarms above a lane that is shown by days: a mark for each day beyond a limit."""

from collections.abc import Sequence

import numpy as np

from figures.axes import Line, Scale
from figures.limits import is_beyond
from figures.template import TEXT_TINY, Canvas, Figure, dates

#: Where a track stands above its lane, over the unit; how tall its marks are, and how wide; how far
#: beside it stands its name [px].
AT, SMALL, TALL, WIDE, BESIDE = 20.0, 8.0, 15.0, 3, 8


def draw_tracks(figure: Figure, scales: Sequence[Scale], canvas: Canvas) -> None:
    """Add to a layout a track above each lane of days, one for all lines that lie in it.

    A mean of a day hides an alarm of minutes; its extremes do not. A critical mark is taller, so
    that it is told without its colour. Without a mark the track says that no day was beyond.
    """
    over = [scale for scale in scales if scale.over]
    for place, lane in enumerate(scale for scale in scales if not scale.over):
        within = [lane, *(over if not place else [])]
        lines = [line for scale in within for _place, line in scale.members if line.is_tracked]
        if lines:
            figure["shapes"] += [_ground(lane, canvas), *_marks(lane, lines, canvas)]
            figure["annotations"].append(_name(lane, canvas))


def _height(lane: Scale, pixels: float) -> float:
    """Return how high something stands above a lane, in shares of the lane."""
    return 1 + pixels / lane.pixels


def _ground(lane: Scale, canvas: Canvas) -> Figure:
    at = _height(lane, AT)
    return {
        "type": "line",
        "xref": "x domain",
        "x0": 0,
        "x1": 1,
        "yref": f"{lane.ref} domain",
        "y0": at,
        "y1": at,
        "line": {"width": 1, "color": canvas.palette["line-2"]},
    }


def _marks(lane: Scale, lines: Sequence[Line], canvas: Canvas) -> list[Figure]:
    """Return the marks of each severity as one shape, the critical ones over the others."""
    shapes = []
    for critical, name, tall in ((False, "warn", SMALL), (True, "crit", TALL)):
        times = [canvas.milliseconds(line.frame.index[_days(line, critical)]) for line in lines]
        days = dates(np.unique(np.concatenate(times)))
        low, high = _height(lane, AT), _height(lane, AT + tall)
        # In a path T is a command, so a time is written with an underscore.
        strokes = [f"M{day.replace('T', '_')},{low:.4f}V{high:.4f}" for day in days]
        if strokes:
            shapes.append(
                {
                    "type": "path",
                    "name": name,
                    "path": "".join(strokes),
                    "xref": "x",
                    "yref": f"{lane.ref} domain",
                    "line": {"width": WIDE, "color": canvas.palette[name]},
                }
            )
    return shapes


def _days(line: Line, critical: bool) -> np.ndarray:
    return is_beyond(line, line.frame, critical)


def _name(lane: Scale, canvas: Canvas) -> Figure:
    return {
        "text": canvas.word("alarms"),
        "xref": "x domain",
        "x": 1,  # the numbers at the left may leave no room
        "xanchor": "left",
        "xshift": BESIDE,
        "yref": f"{lane.ref} domain",
        "y": 1,
        "yanchor": "bottom",
        "yshift": AT - 2,
        "showarrow": False,
        "font": {"size": TEXT_TINY, "color": canvas.palette["ink-2"]},
    }
