"""The limits of a trend: bands of the first tag, lines of the others, a name a level."""

from collections.abc import Sequence

from data.analysis import Limits, digits
from figures.axes import Line, axis_numbers
from figures.template import TEXT_TINY, Canvas, Figure, colour, escaped

#: What each of a rule's Limits means, in their order.
LEVEL_WORDS = ("low low (LL)", "low (L)", "high (H)", "high high (HH)")


def draw_limits(figure: Figure, lines: Sequence[Line], canvas: Canvas) -> None:
    """Add to a layout bands for the first tag, coloured lines for the others, a label a level.

    Parameters
    ----------
    figure : the layout, with the value axes in place; its shapes and annotations grow
    """
    axes = axis_numbers(lines)
    labels: dict[tuple[str, float, str], list[str]] = {}
    for position, line in enumerate(lines):
        if line.limits is None or line.stepped:
            continue
        yref = f"y{axes[line.axis_key]}".removesuffix("1")
        low, high = figure[yref.replace("y", "yaxis")]["range"]
        if position == 0:
            bands = _bands(line.limits, low, high)
            figure["shapes"] += [_band(yref, a, b, canvas.palette[fill]) for a, b, fill in bands]
        for level, word in zip(line.limits, LEVEL_WORDS, strict=True):
            if level is not None and low <= level <= high:
                labels.setdefault((yref, level, word), []).append(line.tag)
                if position:
                    figure["shapes"].append(_level(yref, level, colour(canvas, position)))
    figure["annotations"] += [
        _label(tags, canvas.word(word), level, yref, canvas)
        for (yref, level, word), tags in labels.items()
    ]


def _bands(limits: Limits, low: float, high: float) -> list[tuple[float, float, str]]:
    top = high if limits.hi_hi is None else limits.hi_hi
    bottom = low if limits.lo_lo is None else limits.lo_lo
    bands = []
    if limits.hi is not None:
        bands.append((limits.hi, top, "limit"))
    if limits.hi_hi is not None:
        bands.append((limits.hi_hi, high, "limit-crit"))
    if limits.lo is not None:
        bands.append((bottom, limits.lo, "limit"))
    if limits.lo_lo is not None:
        bands.append((low, limits.lo_lo, "limit-crit"))
    return [(max(a, low), min(b, high), fill) for a, b, fill in bands if a < high and b > low]


def _band(yref: str, bottom: float, top: float, fill: str) -> Figure:
    return {
        "type": "rect",
        "layer": "below",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "yref": yref,
        "y0": bottom,
        "y1": top,
        "fillcolor": fill,
        "line": {"width": 0},
    }


def _level(yref: str, level: float, ink: str) -> Figure:
    return {
        "type": "line",
        "layer": "below",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "yref": yref,
        "y0": level,
        "y1": level,
        "line": {"width": 1, "dash": "dot", "color": ink},
    }


def _label(tags: list[str], word: str, level: float, yref: str, canvas: Canvas) -> Figure:
    right = yref != "y"
    return {
        "text": f"{escaped(', '.join(tags))} {word} {digits.full(level)}",
        "xref": "paper",
        "x": 1 if right else 0,
        "xanchor": "right" if right else "left",
        "xshift": -4 if right else 4,
        "yref": yref,
        "y": level,
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": TEXT_TINY, "color": canvas.palette["ink-2"]},
    }
