"""The switches of events and forecasts; a script shows those of what the historian has."""

from typing import Any

from dash import html
from flask_babel import gettext as _


def switches(page: str) -> html.Span:
    """Return the two switches, unseen until a chart says what there is."""
    words = {
        "events": (_("Events"), _("What the plant's log and anomalies say")),
        "forecast": (_("Forecast"), _("What was forecast, dashed with its band")),
    }
    return html.Span(
        [_switch(page, name, *words[name]) for name in words],
        className="beside",
        id=f"{page}-beside",
    )


def event_list(page: str) -> html.Details:
    """Return the place of all events of a window; it is not seen without one."""
    items = html.Ul(id=f"{page}-events")
    return html.Details([html.Summary(_("Events")), items], className="gaps events-list")


def _switch(page: str, name: str, word: str, title: str) -> html.Button:
    marks: dict[str, Any] = {"data-beside": name, "aria-pressed": "false", "hidden": True}
    return html.Button(
        word, id=f"{page}-{name}-switch", className="seg", type="button", title=title, **marks
    )
