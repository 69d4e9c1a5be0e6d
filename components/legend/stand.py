"""How lines of several units stand: the choice over a trend."""

from collections.abc import Mapping
from typing import Any

from dash import html
from flask_babel import gettext as _

from components import controls
from figures.axes import LANES, OVERLAY, SPAN


def axes_choice(page: str, query: Mapping[str, Any]) -> html.Fieldset:
    """Return the switch between lanes, one over another, and shares of the span."""
    chosen = controls.parameters(query).get("axes", LANES)
    words = {LANES: _("Lanes"), OVERLAY: _("Overlay"), SPAN: _("% of span")}
    return controls.segments(f"{page}-axes", words, chosen, _("Axes"))
