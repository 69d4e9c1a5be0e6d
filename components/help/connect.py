"""How one's own historian is connected: said where there is none, or made-up readings alone."""

from typing import Any

from dash import html
from flask_babel import gettext as _

from components.help.panel import closing_button

#: Two lines that an administrator can take over as they are, but for the address.
COMMANDS = "TS_DSN=postgresql://ksys_read@db.example/plant python app.py\npython manage.py check"


def connect_dialog() -> html.Div:
    """Return the content, hidden; `assets/dialogs.js` shows it as a dialog and copies its lines."""
    title = _("Connect your own historian")
    head = html.Header(
        [html.H2(title), html.Span(className="grow"), closing_button()], className="help__head"
    )
    copied: dict[str, Any] = {"data-copies": "connect-lines", "data-said": _("Copied")}
    body = html.Div(
        [
            html.P(_("Ksys only reads. Give it a role that may select, then start it again:")),
            html.Pre(COMMANDS, id="connect-lines"),
            html.P(_("The second line says what is missing in the historian, if anything is.")),
            html.P(_("Without a historian: load a CSV file with manage.py load.")),
            html.Button(_("Copy"), type="button", className="seg", **copied),
        ],
        className="help__body help__body--one",
    )
    label: dict[str, Any] = {"aria-label": title}
    return html.Div([head, body], id="connect", className="help help--small", hidden=True, **label)
