"""Events on a track of their own above the lanes: a sign each, its text where there is room."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from figures.letters import fitting
from figures.template import PAPER, TEXT_TINY, Canvas, Figure, escaped

#: Room of the track [px].
TRACK = 18
#: Signs nearer than this are one, with how many it stands for [px].
NEAR = 16
#: Room of a letter and of a sign; without room for so many letters a text is left out.
LETTER, SIGN, LEAST = 7.0, 18, 6
#: What beside its lanes stands in a chart at least, numbers and names, and the least of lanes [px].
ASIDE, LANES = 190, 60
#: From more events on no line goes down through the lanes: they would be a screen before the data.
MOST_LINES = 40
#: Signs of what is of the plant and of what is of a tag.
OF_PLANT, OF_TAG = "⚑", "◇"


@dataclass(frozen=True, slots=True)
class Mark:
    """One event: when, its text in one line, and whether it is of a tag."""

    at: datetime
    text: str
    of_tag: bool = False


def draw_events(figure: Figure, marks: Sequence[Mark], canvas: Canvas) -> None:
    """Draw events by time into a trend's figure, on a track above all that stands over the lanes.

    Their texts are strangers': plotly reads a subset of HTML in every text, so they are escaped.
    """
    inside = [each for each in marks if canvas.start <= each.at <= canvas.stop]
    if not inside:
        return
    layout = figure["layout"]
    above = layout["margin"]["t"]
    layout["margin"]["t"] = above + TRACK
    layout["meta"]["height"] += TRACK
    groups = _groups(inside, canvas, _lanes(layout, canvas.pixels))
    lanes = _lanes(layout, min(canvas.pixels, PAPER))
    for place, group in enumerate(groups):
        after = _pixel(groups[place + 1][0], canvas, lanes) if place + 1 < len(groups) else lanes
        room = after - _pixel(group[0], canvas, lanes) - SIGN
        layout["annotations"].append(_sign(group, room, above, canvas))
        if len(groups) <= MOST_LINES:
            layout["shapes"].append(_line(group[0], canvas))


def _lanes(layout: Figure, pixels: float) -> float:
    """Return how wide the lanes of a chart so wide are, right of all its axes [px].

    Of a phone's chart they are less than half.
    """
    margin, (left, right) = layout["margin"], layout["xaxis"]["domain"]
    aside = max(margin["l"] + margin["r"], ASIDE)
    return max(float((pixels - aside) * (right - left)), LANES)


def _pixel(mark: Mark, canvas: Canvas, lanes: float) -> float:
    return (mark.at - canvas.start) / (canvas.stop - canvas.start) * lanes


def _groups(marks: Sequence[Mark], canvas: Canvas, lanes: float) -> list[list[Mark]]:
    groups: list[list[Mark]] = []
    for mark in marks:
        at = _pixel(mark, canvas, lanes)
        if groups and at - _pixel(groups[-1][0], canvas, lanes) < _width(groups[-1]):
            groups[-1].append(mark)
        else:
            groups.append([mark])
    return groups


def _width(group: Sequence[Mark]) -> float:
    """Return how far a sign reaches, with how many it stands for [px]."""
    return NEAR + LETTER * len(f"{len(group)}" if len(group) > 1 else "")


def _sign(group: Sequence[Mark], room: float, above: int, canvas: Canvas) -> Figure:
    sign = OF_TAG if all(mark.of_tag for mark in group) else OF_PLANT
    count = f"{len(group)}" if len(group) > 1 else ""
    letters = int((room - len(count) * LETTER) / LETTER)
    text = group[0].text if len(group) == 1 and letters >= LEAST else ""
    short = fitting(text, room - len(count) * LETTER, len(text)) if text else ""
    return {
        "x": canvas.clock(group[0].at),
        "xref": "x",
        "y": 1,
        "yref": "paper",
        "yshift": above,
        "xanchor": "left",
        "yanchor": "bottom",
        "xshift": -SIGN / 3,
        "showarrow": False,
        "text": escaped(f"{sign}{count} {short}".strip()),
        "font": {"size": TEXT_TINY, "color": canvas.palette["ink-2"]},
        "name": "event",
    }


def _line(mark: Mark, canvas: Canvas) -> Figure:
    at = canvas.clock(mark.at)
    return {
        "type": "line",
        "layer": "below",
        "xref": "x",
        "yref": "paper",
        **{"x0": at, "x1": at, "y0": 0, "y1": 1},
        "line": {"width": 1, "dash": "dot", "color": canvas.palette["zone-c"]},
        "name": "event",
    }
