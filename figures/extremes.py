"""The two extremes of a line whose buckets are days: a mean of a day hides where they are."""

from collections.abc import Sequence

import numpy as np

from data.analysis import digits, kinds
from figures.axes import Line, Scale
from figures.letters import room
from figures.template import TEXT, Canvas, Figure, dates, escaped

#: Share of a chart's width that its lanes take at least, and room of a mark beside its number [px].
LANE, MARK = 0.6, 12.0


def extremes(scales: Sequence[Scale], canvas: Canvas) -> list[Figure]:
    """Return a mark with its number at the least min and the greatest max of each lane's line."""
    return [
        _extreme(scale, line, column, canvas)
        for scale in scales
        if len(scale.members) == 1
        for _place, line in scale.members
        if line.by_day and line.kind == kinds.VALUE
        for column in ("max", "min")
        if line.frame[column].notna().any()
    ]


def _extreme(scale: Scale, line: Line, column: str, canvas: Canvas) -> Figure:
    values = line.frame[column].to_numpy(dtype=float)
    row = int(np.nanargmax(values) if column == "max" else np.nanargmin(values))
    text = f"{canvas.word(column)} {digits.written(values[row], line.told.get(column, 0))}"
    ink, behind = canvas.palette["ink"], (1 - row / len(values)) * LANE * canvas.pixels
    # The names of limits stand at the left, so a number goes to the right while there is room.
    is_late = behind < room(text) + MARK
    return {
        "type": "scatter",
        "mode": "markers+text",
        "x": dates(canvas.milliseconds(line.frame.index[[row]])),
        "y": [values[row]],
        "yaxis": scale.ref,
        "text": [escaped(text)],
        "textposition": "middle left" if is_late else "middle right",
        "textfont": {"size": TEXT, "color": ink},
        "cliponaxis": False,
        "marker": {"symbol": "diamond", "size": 8, "color": ink},
        "meta": {"tag": line.tag, "part": "extreme"},
    }
