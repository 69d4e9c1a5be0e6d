"""The places of the overview's cards; the cards themselves are made in the browser from frames."""

from dash import dcc, get_relative_path, html
from flask_babel import gettext as _

TICK, TICKED = "overview-tick", "overview-ticked"


def overview_cards(zone: str, refresh_seconds: int, reference_seconds: int) -> html.Div:
    """Return the empty overview, telling its scripts where to ask and how to show times.

    `assets/clock.mjs` alone sets `disabled` of the interval.
    """
    asked = {
        f"data-{name}": get_relative_path(f"/overview/{name}")
        for name in ("tags", "frame", "sparklines", "reading", "details")
    }
    told = {
        "data-trend": get_relative_path("/trend"),
        "data-zone": zone,
        "data-every": str(refresh_seconds),
        "data-reference": str(reference_seconds),
    }
    return html.Div(
        [
            html.H1(_("Overview"), className="visually-hidden"),
            html.Div(id="overview", className="overview", **asked, **told),
            dcc.Interval(id=TICK, interval=refresh_seconds * 1000),
            dcc.Store(id=TICKED),
        ]
    )
