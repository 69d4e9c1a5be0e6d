"""Gaps of a trend: hatched in their lane, the longest ones named."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import pandas as pd

from figures.axes import Line, Scale
from figures.template import TEXT_TINY, Canvas, Figure

#: Of so many gaps, the longest, each is hatched; of shorter ones the line alone breaks.
HATCHED = 12
#: A gap narrower than this has no room for a hatch, one narrower than NAMED none for its name [px].
SEEN, NAMED = 4.0, 150.0


def hatched(scales: Sequence[Scale], canvas: Canvas) -> list[Figure]:
    """Return a hatched field a gap: of the only line of a lane, where others would be covered."""
    fields = []
    for scale in scales:
        if len(scale.members) == 1 and not scale.over:
            fields += [_field(scale, *edges, canvas) for edges in _edges(scale.line, canvas)]
    return fields


def _edges(line: Line, canvas: Canvas) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    if line.gaps is None or line.gaps.empty:
        return []
    seconds = (canvas.stop - canvas.start).total_seconds()
    least = SEEN * seconds / canvas.pixels
    wide = line.gaps[line.gaps["seconds"] >= least].nlargest(HATCHED, "seconds")
    return list(zip(wide["start"], wide["stop"], strict=True))


def _field(scale: Scale, start: pd.Timestamp, stop: pd.Timestamp, canvas: Canvas) -> Figure:
    left, right = (canvas.clock(each.to_pydatetime()) for each in (start, stop))
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [left, left, right, right],
        "y": [scale.low, scale.high, scale.high, scale.low],
        "yaxis": scale.ref,
        "line": {"width": 0},
        "fill": "toself",
        "fillcolor": canvas.palette["surface"],
        "fillpattern": {
            "shape": "/",
            "size": 7,
            "solidity": 0.15,
            "fgcolor": canvas.palette["ink-3"],
            "bgcolor": canvas.palette["surface"],
        },
        "meta": {"part": "gap"},
    }


def name_gaps(figure: Figure, scales: Sequence[Scale], canvas: Canvas) -> None:
    """Add to a layout the name of each gap that has room for it."""
    seconds = (canvas.stop - canvas.start).total_seconds()
    for scale in scales:
        if len(scale.members) > 1 or scale.over or scale.line.stepped:
            continue
        for start, stop in _edges(scale.line, canvas):
            if (stop - start).total_seconds() * canvas.pixels / seconds >= NAMED:
                figure["annotations"].append(_label(scale, start, stop, canvas))


def _label(scale: Scale, start: pd.Timestamp, stop: pd.Timestamp, canvas: Canvas) -> Figure:
    zone = ZoneInfo(canvas.zone)
    times = " – ".join(f"{each.tz_convert(zone):%H:%M}" for each in (start, stop))
    return {
        "text": f"{canvas.word('gap')} {times}",
        "x": canvas.clock((start + (stop - start) / 2).to_pydatetime()),
        "xanchor": "center",
        "yref": "paper",
        "y": scale.bottom,
        "yanchor": "bottom",
        "showarrow": False,
        "bgcolor": canvas.palette["surface"],
        "font": {"size": TEXT_TINY, "color": canvas.palette["ink-2"]},
    }
