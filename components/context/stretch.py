"""The button by which a stretch of a chart is selected, what says which, and how to leave it."""

from typing import Any

from dash import html
from flask_babel import gettext as _


def stretch_control(page: str) -> html.Div:
    """Return the button, and the place that says what is selected; seen while something is."""
    pressed: dict[str, Any] = {"aria-pressed": "false"}
    start = html.Button(
        _("Select a stretch"),
        id=f"{page}-stretch",
        className="seg",
        type="button",
        title=_("Drag over the chart; or hold Shift and drag, or Shift and an arrow key"),
        **pressed,
    )
    hidden: dict[str, Any] = {"hidden": True}
    said = html.Span(
        [
            html.B(_("Selected")),
            " ",
            html.Span(id=f"{page}-stretch-said"),
            html.Button(_("Zoom to it"), id=f"{page}-stretch-zoom", className="seg", type="button"),
            html.Button(
                _("Leave the selection"), id=f"{page}-stretch-leave", className="seg", type="button"
            ),
        ],
        id=f"{page}-stretch-shown",
        className="stretch__shown",
        role="status",
        **hidden,
    )
    return html.Div([start, said], className="stretch")
