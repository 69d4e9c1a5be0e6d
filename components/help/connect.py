"""How one's own historian is connected: said where there is none, or made-up readings alone."""

from typing import Any

from dash import html
from flask_babel import gettext as _

from components.help.panel import closing_button

#: Lines that an administrator can take over as they are, but for the address; all three go by it.
COMMANDS = """\
export TS_DSN=postgresql://ksys_read@db.example/plant
.venv/bin/python manage.py check
.venv/bin/python app.py"""
#: The same where there is a file alone, and the made-up readings shall not stand beside its own.
OF_A_FILE = """\
export DEMO=0 KSYS_DATA=var/plant
.venv/bin/python manage.py load readings.csv
.venv/bin/python app.py"""


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
            html.Button(_("Copy"), type="button", className="seg", **copied),
            html.P(_("Without a historian, begin one of your own with a CSV file:")),
            html.Pre(OF_A_FILE),
        ],
        className="help__body help__body--one",
    )
    label: dict[str, Any] = {"aria-label": title}
    return html.Div([head, body], id="connect", className="help help--small", hidden=True, **label)
