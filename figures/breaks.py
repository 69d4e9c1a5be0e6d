"""Where a line breaks: gaps, hatched in their lane and named, and an angle that goes round."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from data import buckets
from data.analysis import kinds, moments
from figures.axes import Line, Scale
from figures.letters import room
from figures.template import PAPER, TEXT_TINY, Canvas, Figure, escaped, mark

#: Of so many gaps, the longest, each is hatched; of shorter ones the line alone breaks.
HATCHED = 12
#: Of so many in a lane, the longest, the name is written.
NAMED = 2
#: How high a gap is hatched from the foot of a lane that lines share: above that the others go on,
#: with their limits [px].
FOOT = 14.0
#: A gap narrower than this has no room for a hatch, one narrower than that is not named [px].
SEEN, SAID = 4.0, 12.0
#: A gap that ends in this last share of the window is named on its left.
LATE = 0.75
#: A name stands so far above a line that it would lie upon [px].
CLEAR = 4.0
#: Names of gaps that begin within this share of the window stand one over another, so high [px].
NEAR, LINE = 0.25, 14


class Gap(NamedTuple):
    """A gap of one line, and whether its name is written."""

    line: Line
    start: datetime
    stop: datetime
    named: bool


def hatched(scales: Sequence[Scale], canvas: Canvas) -> list[Figure]:
    """Return a hatched field a gap; where lines share a lane, low ones of those that are named."""
    return [
        _field(scale, gap, canvas)
        for scale in scales
        if not scale.over
        for gap in _gaps(scale, canvas)
        if gap.named or not scale.shared
    ]


def _gaps(scale: Scale, canvas: Canvas) -> list[Gap]:
    """Return the gaps of a lane that are wide enough to be seen, the longest first."""
    alone = len(scale.members) == 1
    if scale.at or scale.over or (scale.shared and alone):  # its lane is of other axes too
        return []
    pixel = (canvas.stop - canvas.start).total_seconds() / canvas.pixels
    every = [
        (start, stop, line)
        for _place, line in scale.members
        if line.gaps is not None
        for start, stop in line.gaps.part(line.gaps.seconds >= SEEN * pixel).times
    ]
    every.sort(key=lambda each: each[0] - each[1])
    return [
        Gap(line, start, stop, place < NAMED and (stop - start).total_seconds() >= SAID * pixel)
        for place, (start, stop, line) in enumerate(every[:HATCHED])
    ]


def _field(scale: Scale, gap: Gap, canvas: Canvas) -> Figure:
    left, right = (canvas.clock(each) for each in (gap.start, gap.stop))
    share = min(1.0, FOOT / scale.pixels) if scale.shared else 1.0
    high = scale.low + share * (scale.high - scale.low)
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [left, left, right, right],
        "y": [scale.low, high, high, scale.low],
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
    """Add to a layout the names of the longest gaps of each lane, one over another where near."""
    for scale in scales:
        if not scale.line.stepped:
            wide = min(canvas.pixels, PAPER) - figure["margin"]["l"] - figure["margin"]["r"]
            figure["annotations"] += _labels(scale, canvas, wide)


def _labels(scale: Scale, canvas: Canvas, wide: float) -> list[Figure]:
    """Return the names of the gaps of a lane; tags that are silent at the same times share one."""
    of = dict[str, list[Gap]]()
    for gap in _gaps(scale, canvas):
        if gap.named:
            of.setdefault(_times(gap, canvas), []).append(gap)
    labels = list[Figure]()
    below = list[datetime]()
    for times, gaps in of.items():
        start = gaps[0].start
        near = [at for at in below if abs(at - start) < NEAR * (canvas.stop - canvas.start)]
        labels.append(_label(scale, gaps, times, canvas, wide) | {"yshift": len(near) * LINE})
        below.append(start)
    return labels


def _times(gap: Gap, canvas: Canvas) -> str:
    """Return when a gap was: of several days with those, in a window of two offsets with them."""
    start, stop = (each.astimezone(ZoneInfo(canvas.zone)) for each in (gap.start, gap.stop))
    is_of_a_day = start.date() == stop.date() and canvas.stop - canvas.start <= timedelta(days=1)
    form = "%H:%M" if is_of_a_day else "%m-%d %H:%M"
    if len(buckets.offsets(canvas.start, canvas.stop, canvas.zone)) == 1:
        return f"{start:{form}} – {stop:{form}}"
    ends = moments.offsets(pd.DatetimeIndex([start, stop])).tolist()
    return " – ".join(
        f"{each:{form}}{moments.offset_text(end)}"
        for each, end in zip((start, stop), ends, strict=True)
    )


def _label(scale: Scale, gaps: Sequence[Gap], times: str, canvas: Canvas, wide: float) -> Figure:
    """Return the name of gaps at the same times beside them: whose they are, and the times.

    The lane is so wide [px] on the narrower of screen and paper.
    """
    gap, span = gaps[0], (canvas.stop - canvas.start).total_seconds()
    before, until = ((at - canvas.start).total_seconds() / span for at in (gap.start, gap.stop))
    late = until > LATE
    told = f"{canvas.word('gap')} {times}"
    beside = before if late else 1 - until
    inside = wide * beside < room(told)  # a gap from end to end has no room beside it
    whose = _whose(scale, gaps, wide * (until - before if inside else beside) - room(told))
    at = max(gap.start, canvas.start) if inside or late else gap.stop
    length = timedelta(seconds=room(f"{whose}{told}") / wide * span)
    edges = (at, at + length) if inside or not late else (at - length, at)
    return {
        **_height(scale, *edges),
        "text": escaped(f"{whose}{told}"),
        "x": canvas.clock(at),
        "xanchor": "left" if inside or not late else "right",
        **({"bgcolor": canvas.palette["surface"]} if inside else {}),
        "yref": "paper",
        "showarrow": False,
        "font": {"size": TEXT_TINY, "color": canvas.palette["ink-2"]},
    }


def _height(scale: Scale, start: datetime, stop: datetime) -> Figure:
    """Return where a name stands from start to stop: above those lines that it would lie upon."""
    high, unit = scale.low, (scale.high - scale.low) / scale.pixels
    for _place, line in scale.members:
        near = line.frame[(line.frame.index >= start) & (line.frame.index <= stop)]
        low = near["min"].min()
        if low < scale.low + LINE * unit:
            high = max(high, near["max"].max())
    raised = (high - scale.low) / unit + CLEAR if high > scale.low else 0.0
    if raised + LINE > scale.pixels:
        raised = 0.0
    share = raised / scale.pixels * (scale.top - scale.bottom)
    return {"y": scale.bottom + share, "yanchor": "bottom"}


def _whose(scale: Scale, gaps: Sequence[Gap], pixels: float) -> str:
    """Return whose gaps they are in a shared lane: by mark where the names have no room [px].

    A name is not cut: two of one plant often begin alike.
    """
    if len(scale.members) == 1:
        return ""
    tags = list(dict.fromkeys(gap.line.tag for gap in gaps))
    names = f"{', '.join(tags)}: "
    if room(names) <= pixels:
        return names
    marks = {line.tag: mark(place).glyph for place, line in scale.members}
    return " ".join([*(marks[tag] for tag in tags), ""])


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
