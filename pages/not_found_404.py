"""What an address shows that leads nowhere."""

import dash
from dash import get_relative_path, html
from flask_babel import gettext as _

from components.shell import page, title

dash.register_page(__name__, title=title)


def layout(**_query: object) -> html.Div:
    """Say that there is no such page, and where the pages are."""
    return page(
        html.Div(
            [
                html.H1(_("There is no page at this address"), className="notice__title"),
                html.P(_("The link may be old or mistyped.")),
                html.P(html.A(_("Go to the overview"), href=get_relative_path("/"))),
            ],
            className="notice",
        )
    )
