"""What is drawn and said of two tags of a trend, one against the other."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from dash import html
from flask_babel import gettext as _

from components.charts import EMPTY_FIGURE, canvas
from components.words import duration
from data import views
from data.analysis import arrays, digits, kinds
from data.views import NoPair, Pair, TagSeries, View
from figures.pairs import Axis, Points, pair_figure

#: Decimals of r; nearer to 1 than they tell, it is not written as 1.
PLACES = 4
MS = 1_000_000


def _both(view: View, series: Sequence[TagSeries], wanted: object) -> list[TagSeries]:
    """Return the chosen tag and what it stands against: the one that is wanted, else the next.

    Without a second tag the chosen one alone.
    """
    if not series:
        return []
    chosen = next((item for item in series if item.tag.name == view.chosen), series[0])
    others = [item for item in series if item is not chosen]
    other = next((item for item in others if item.tag.name == wanted), next(iter(others), None))
    return [chosen] if other is None else [chosen, other]


def contents(
    view: View, series: Sequence[TagSeries], wanted: object, theme: str
) -> tuple[Any, Any, Any, Any]:
    """Return the figure of two series, what is said of it, and which others there are.

    Parameters
    ----------
    wanted : name of the other tag; where it is not among them it is the next

    Returns
    -------
    figure, sentence, options of the other tag, its name

    Raises
    ------
    BadInput
        If the window holds too many buckets of a width that both have.
    HistorianUnavailable
        If the historian does not answer.
    """
    both = _both(view, series, wanted)
    if len(both) < 2:
        return EMPTY_FIGURE, _("One tag alone stands against nothing: add a second one."), [], None
    pair = views.pair(view, *both)
    across, up = _axis(pair.one, pair), _axis(pair.other, pair)
    surface = canvas(view, theme, "trend")
    at = np.floor(pair.joined.at / MS) + surface.offset.total_seconds() * 1_000
    inside = _inside(view, pair)
    places = None if inside is None else np.flatnonzero(inside).tolist()
    figure = pair_figure(Points(at, pair.joined.x, pair.joined.y, places), across, up, surface)
    names = [item.tag.name for item in series if item.tag is not both[0].tag]
    options = [{"value": name, "label": name} for name in names]
    return figure, _said(pair, inside), options, both[1].tag.name


def _axis(item: TagSeries, pair: Pair) -> Axis:
    column = "difference" if item.tag.kind == kinds.COUNTER else "avg" if pair.width else "last"
    return Axis(item.tag.name, item.tag.unit, item.digits.get(column, 0))


def _inside(view: View, pair: Pair) -> arrays.Mask | None:
    """Return which pairs begin in the selected stretch; None where nothing is selected."""
    if view.selected is None:
        return None
    start, stop = (pd.Timestamp(each).as_unit("ns").value for each in view.selected)
    return pair.joined.within(start, stop)


def _said(pair: Pair, inside: arrays.Mask | None) -> Any:
    """Return r and how many pairs of what, or why there is no r; of the selected beside it."""
    r, n = pair.correlation()
    made_of = _made_of(pair, n)
    if pair.why:
        return " ".join([made_of, _why(pair)] if n else [_why(pair)])
    texts = [html.B(_("r = %(r)s", r=written(r)), title=repr(r)), " · ", made_of]
    if inside is None:
        return texts
    of, count = pair.correlation(inside)
    return [*texts, " ", _("Selected: r = %(r)s, %(n)s pairs.", r=written(of), n=f"{count:,}")]


def written(r: float) -> str:
    """Return a correlation with four decimals; what is not quite 1 is not written as 1."""
    if math.isnan(r):
        return "–"
    text = digits.signed(f"{r:.{PLACES}f}")
    if abs(r) < 1 and text.lstrip(digits.MINUS) == f"{1:.{PLACES}f}":
        least = f"0.{'9' * PLACES}"
        return f">{least}" if r > 0 else f"<{digits.MINUS}{least}"
    return text


def _made_of(pair: Pair, n: int) -> str:
    counters = [i.tag.name for i in (pair.one, pair.other) if i.tag.kind == kinds.COUNTER]
    if pair.width and counters:
        return _(
            "%(n)s pairs of %(bucket)s buckets that begin together; of %(tags)s what was counted.",
            n=f"{n:,}",
            bucket=duration(pair.width.seconds),
            tags=", ".join(counters),
        )
    if pair.width:
        return _(
            "%(n)s pairs of %(bucket)s means that begin together.",
            n=f"{n:,}",
            bucket=duration(pair.width.seconds),
        )
    return _(
        "%(n)s readings of %(one)s, each with the last one of %(other)s, not older than its gap.",
        n=f"{n:,}",
        one=pair.one.tag.name,
        other=pair.other.tag.name,
    )


def _why(pair: Pair) -> str:
    tag = pair.of.name if pair.of else ""
    names = {"one": pair.one.tag.name, "other": pair.other.tag.name}
    if pair.why is NoPair.KIND:
        return _(
            "%(tag)s is a state or an angle: it goes neither up nor down with another.", tag=tag
        )
    if pair.why is NoPair.NO_READINGS:
        return _("%(tag)s has no good value in this window.", tag=tag)
    if pair.why is NoPair.NO_COMMON_TIME:
        return _("%(one)s and %(other)s have no time in common in this window.", **names)
    if pair.why is NoPair.TOO_FEW:
        return _("Fewer than three pairs tell no correlation.")
    return _("%(tag)s does not change here: there is no correlation.", tag=tag)
