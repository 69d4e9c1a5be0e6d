"""The view of two tags: the choice of the other one, and the chart."""

from typing import Any

from dash import dcc, html
from flask_babel import gettext as _

from components.charts import EMPTY_FIGURE, config
from components.controls import segments

#: Its name among the views below a trend.
VIEW = "pair"


def pair_panel(page: str) -> list[Any]:
    """Return the empty view; a callback brings choices, sentence and points."""
    settings = config() | {"displayModeBar": False, "doubleClick": "reset"}
    chart = dcc.Graph(
        id=f"{page}-pair-chart", config=settings, responsive=True, figure=EMPTY_FIGURE
    )
    label: dict[str, Any] = {"aria-labelledby": f"{page}-pair-said"}
    return [
        html.Div(
            [
                html.Span(_("The chosen tag against")),
                segments(f"{page}-pair-other", {}, None, _("The other tag")),
            ],
            className="pair__choice",
        ),
        html.P(id=f"{page}-pair-said", className="context__note", role="status"),
        html.Div(
            chart,
            className="pair__chart",
            id=f"{page}-pair-place",
            role="figure",
            tabIndex=0,
            **label,
        ),
        html.P(id=f"{page}-pair-brushed", className="context__note", role="status"),
    ]
