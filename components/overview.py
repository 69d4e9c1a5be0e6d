"""The places of the overview's cards; the cards themselves are made in the browser from frames."""

from dash import dcc, get_relative_path, html
from flask_babel import gettext as _

from components.shell import asking

#: Ids of the interval, and of the output that its callback needs and does not fill.
TICK, TICKED = "overview-tick", "overview-ticked"


def overview_cards(
    zone: str, refresh_seconds: int, reference_seconds: int, site_name: str
) -> html.Div:
    """Return the empty overview, whose attributes tell its scripts the routes, zone and times.

    `assets/clock.mjs` alone sets `disabled` of the interval.

    Parameters
    ----------
    zone : IANA name of the site zone
    refresh_seconds : between two ticks [s]
    reference_seconds : how long ago the reference of a change lies [s]
    site_name : of the plant, for the wall screen
    """
    routes = {
        f"data-{name}": get_relative_path(f"/overview/{name}")
        for name in ("tags", "frame", "sparklines", "reading", "details")
    }
    facts = {
        "data-trend": get_relative_path("/trend"),
        "data-zone": zone,
        "data-every": str(refresh_seconds),
        "data-reference": str(reference_seconds),
        "data-site": site_name,
    }
    return html.Div(
        [
            html.H1(_("Overview"), className="visually-hidden"),
            html.Div(id="overview", className="overview", **routes, **facts),
            asking(),
            dcc.Interval(id=TICK, interval=refresh_seconds * 1000),
            dcc.Store(id=TICKED),
        ]
    )
