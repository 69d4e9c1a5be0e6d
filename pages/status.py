"""Status: what is so with the historian, what it means for the pages, and what to do."""

from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import dash
from dash import ClientsideFunction, Input, Output, State, callback, clientside_callback, dcc, html
from flask_babel import gettext as _

from components.question import site
from components.shell import asking, page, title
from components.status import as_report, body, status_now

#: A look reads what hardly changes; a page that is open all day costs the historian little [s].
EVERY_S = 30

dash.register_page(__name__, path="/status", order=4, title=title)

clientside_callback(
    ClientsideFunction("ksys_status", "asked"),
    Output("status-asked", "data"),
    Input("status-tick", "n_intervals"),
)

clientside_callback(
    ClientsideFunction("ksys_status", "answered"),
    Output("status-heard", "data"),
    Input("status-answer", "data"),
)


clientside_callback(
    ClientsideFunction("ksys_status", "copy"),
    Output("status-copied", "children"),
    Input("status-copy", "n_clicks"),
    State("status-text", "data"),
    prevent_initial_call=True,
)


def layout(**_query: Any) -> html.Div:
    """Show the places; what is so comes by callback."""
    return page(
        html.P(id="status-age", className="status-age", role="status"),
        html.Div(
            [
                html.Span(id="status-copied", role="status"),
                html.Button(_("Copy as text"), id="status-copy", type="button", className="seg"),
            ],
            className="status-tools",
        ),
        html.Div(
            asking(),
            id="status-body",
        ),
        dcc.Store(id="status-text"),
        dcc.Interval(id="status-tick", interval=1_000 * EVERY_S),
        dcc.Store(id="status-asked"),
        dcc.Store(id="status-answer"),
        dcc.Store(id="status-heard"),
        name="status",
    )


@callback(
    Output("status-body", "children"),
    Output("status-answer", "data"),
    Output("status-text", "data"),
    Input("status-tick", "n_intervals"),
)
def look(_count: int | None) -> tuple[list[html.Section | html.Div], str, str]:
    """Show what is so now; nothing of before stands beside it. Each answer has its own name."""
    report, zone = status_now(), ZoneInfo(site()["zone"])
    return body(report, zone, EVERY_S), uuid4().hex, as_report(report, zone)
