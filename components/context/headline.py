"""What the window holds of the chosen tag, in a line over the chart."""

import math
from typing import Any

from dash import html
from flask_babel import gettext as _

from components.context.written import (
    mean_places,
    means,
    number,
    placed,
    places,
    state_bar,
    whole_span,
)
from components.words import percent
from data.analysis import kinds
from data.views import OfWindow, TagSeries, View


def headline(window: OfWindow, view: View, item: TagSeries) -> list[Any]:
    """Return the facts of a line: mean, extremes with their times, spread, time in state.

    A fact that the tag's kind has not, or that nobody knows, is left out.
    """
    of = window.numbers
    told, finer = places(item, (of.least.value, of.greatest.value)), mean_places(item, of)
    made_of = _("of %(made_of)s", made_of=means(window)) if window.width else ""
    facts = [
        _name(item, view, whole_span(window, view)),
        _fact(_("Mean"), number(finer, of.mean), ""),
    ]
    if item.tag.kind != kinds.STATE:
        for name, moment in ((_("Min"), of.least), (_("Max"), of.greatest)):
            facts.append(_fact(name, *placed(view, item, told, moment)))
    facts.append(_fact(_("Std dev"), number(finer, of.sd), made_of))
    if not math.isnan(of.quantiles[0]):
        spread = " · ".join(number(finer, each) for each in of.quantiles)
        facts.append(_fact("p05 · p50 · p95", spread, made_of))
    facts.append(_fact(_("Good"), percent(100 * of.good), ""))
    if of.states:
        bar = html.Span(state_bar(of.states), className="headline__states")
        facts.append(html.Div([html.Small(_("Time in state")), bar]))
    return [fact for fact in facts if fact is not None]


def _name(item: TagSeries, view: View, span: str) -> html.Div:
    of = _("in the selected stretch") if view.selected else _("in this window")
    of = _("in whole buckets, %(span)s", span=span) if span else of
    return html.Div([html.B(item.tag.name, title=item.tag.name), html.Small(of)])


def _fact(name: str, value: str, more: str) -> html.Div | None:
    if value == "–":
        return None
    return html.Div([html.Small(name), html.Span([html.B(value), " ", html.Small(more)])])
