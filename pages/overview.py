"""The overview: a card a tag, refreshed by itself, painted in the browser."""

import dash
import flask
from dash import ClientsideFunction, Input, Output, clientside_callback, html

from components.overview import TICK, TICKED, overview_cards
from components.shell import page, site_name, title
from data.views import overview

dash.register_page(__name__, path="/", order=0, title=title)

# The scripts ask for the data apart from Dash: nothing waits here, and no tree is ever sent.
# Nothing is put out; but a callback without an output would not be called when the page opens.
clientside_callback(
    ClientsideFunction("ksys_overview", "refresh"),
    Output(TICKED, "data"),
    Input(TICK, "n_intervals"),
)


def layout(**_query: object) -> html.Div:
    """Return the empty overview; what the address asks for is read in the browser."""
    site = flask.current_app.config["KSYS"] if flask.has_app_context() else {}
    zone, every = str(site.get("zone", "UTC")), int(site.get("refresh_seconds", 10))
    cards = overview_cards(zone, every, overview.REFERENCE_S, site_name())
    return page(cards, name="overview")
