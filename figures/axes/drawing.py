"""The value axes of a trend as plotly draws them: ends, ticks, and how numbers are written."""

from collections.abc import Mapping, Sequence

from data.analysis import digits, kinds
from figures.axes.line import Scale
from figures.axes.scales import OVERLAY, SPAN
from figures.letters import fitting, room
from figures.template import BROAD, Canvas, Figure, colour, escaped, value_axis

#: Digits that a tick may have more than the numbers of its lines.
FINER = 2
#: What of such an axis is not drawn: it would be invented.
BLANK: Mapping[str, bool] = {"showticklabels": False, "showgrid": False, "zeroline": False}
#: Ticks of an axis in shares of a span [%].
SHARES = (0, 25, 50, 75, 100)
#: A lane lower than this has room for so few ticks [px].
LOW, FEW_TICKS = 110.0, 4
#: Between two ticks of a whole turn, in a low lane twice as much [degrees].
QUARTER = 90
#: Room of a word of a state at its axis, and on a phone of that or of a number [px].
WORD, NARROW = 150.0, 64.0
#: A number without that room is written with a power of ten, which is shorter where an axis is at
#: least so high, as a share of its greatest number: its ticks are round then.
ROUND = 0.01
#: Width of the stroke of a line at an axis beside others, and room of each [px].
STROKE, STROKES = 2.0, 3.5


def value_axes(every: Sequence[Scale], canvas: Canvas, axes: str) -> Figure:
    """Return the value axes of a figure by name."""
    count = sum(1 for scale in every if not scale.line.stepped)
    layout: Figure = {}
    for scale in every:
        layout[scale.name] = _axis(scale, count, canvas, axes)
    return layout or {"yaxis": {"visible": False}}


def _axis(scale: Scale, count: int, canvas: Canvas, axes: str) -> Figure:
    alone = len(scale.members) == 1 and count > 1 and axes == OVERLAY
    ink = colour(canvas, scale.members[0][0]) if alone else None
    axis = value_axis(canvas, ink, range=[scale.low, scale.high])
    axis |= {"domain": [scale.bottom, scale.top]}
    axis |= tick_format([line.told.get(line.column("avg"), 0) for _, line in scale.members])
    if scale.line.states and scale.line.stepped:
        return axis | _state_ticks(scale.line.states, NARROW if canvas.pixels < BROAD else WORD)
    if scale.empty:
        return axis | dict(BLANK)
    if scale.step:
        axis |= {"tickmode": "linear", "tick0": scale.low, "dtick": scale.step}
        room = STROKE + STROKES * len(scale.members)
        axis |= {"ticks": "outside", "ticklen": room, "tickcolor": "rgba(0,0,0,0)"}
    if axes == SPAN and scale.line.span:
        axis |= _share_ticks(*scale.line.span)
    if scale.pixels <= LOW:
        axis |= {"nticks": FEW_TICKS}
    if scale.line.kind == kinds.ANGLE and scale.high - scale.low >= 2 * QUARTER:
        step = QUARTER * (2 if scale.pixels <= LOW else 1)
        axis |= {"tickmode": "linear", "tick0": 0, "dtick": step}
    if canvas.pixels < BROAD and _is_long(scale):
        axis |= {"tickformat": ".9~e"}
    return axis | (_over(scale, axes) if scale.over else {})


def _over(scale: Scale, axes: str) -> Figure:
    """Where an axis stands that lies over the first one; in shares of a span they are one."""
    place: Figure = {"overlaying": "y", "showgrid": False}
    if axes == SPAN:
        return {**place, "visible": False}
    return {**place, "anchor": "free", "position": scale.at}


def tick_format(told: Sequence[int]) -> Figure:
    """Return how an axis writes its numbers: with a power of ten where all of its lines do."""
    if max(told) >= 0:
        return {}  # as many decimals as its ticks need, and commas
    return {"tickformat": digits.template(min(told) - FINER).replace("e", "~e")}


def _is_long(scale: Scale) -> bool:
    """Return whether numbers of an axis take more than a phone has, and a power of ten less."""
    greatest = max(abs(scale.low), abs(scale.high))
    is_round = scale.high - scale.low >= ROUND * greatest
    return is_round and room(f"{greatest:,.0f}") > NARROW


def _state_ticks(states: Mapping[str, str], pixels: float) -> Figure:
    """Return the words of a state at their values, each cut to its room [px]."""
    values = [float(value) for value in states]
    words = [escaped(fitting(word, pixels, len(word))) for word in states.values()]
    return {"tickmode": "array", "tickvals": values, "ticktext": words, "showgrid": False}


def _share_ticks(low: float, high: float) -> Figure:
    at = [low + (high - low) * share / 100 for share in SHARES]
    return {"tickmode": "array", "tickvals": at, "ticktext": [f"{share}%" for share in SHARES]}
