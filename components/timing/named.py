"""Named views: what is shown, kept under a name in this browser, opened and shared from there."""

from dash import html
from flask_babel import gettext as _

from components.timing.menu import menu


def views_control(page: str) -> html.Div:
    """Return the menu of named views; `assets/chart/named.mjs` keeps and lists them."""
    # The script puts the field there: one of Dash would tell the server each letter.
    name = html.Div(id=f"{page}-named-place", className="time-field")
    save = html.Button(_("Save"), id=f"{page}-named-save", className="seg", type="button")
    said = html.P(id=f"{page}-named-said", className="named__said", role="status")
    items = html.Ul(id=f"{page}-named-list", className="named__list")
    contents = [html.Div([name, save], className="named__new"), said, items]
    title = _("Keep what is shown under a name, in this browser")
    return menu(f"{page}-named", html.Span(_("Views")), contents, title=title)
