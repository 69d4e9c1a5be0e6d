"""`/window`: what a typed window is understood as. Nothing is read but the clock."""

from typing import Any

import flask

from components.messages import sentence
from components.question import site
from components.timing import reading
from data.db import HistorianUnavailable, clock
from data.errors import BadInput
from data.windows import site_zone

blueprint = flask.Blueprint("windows", __name__)


@blueprint.get("/window")
def read_window() -> dict[str, Any]:
    """Send what `text` means in the zone `tz`, or the sentence that refuses it.

    A refusal is an answer like another: who types is told, not the log of his browser.
    """
    given = flask.request.args
    try:
        zone = site_zone(given.get("tz", "") or site()["zone"]).key
        text, width = given.get("text", ""), given.get("resolution", "")
        return reading(text, clock.now().value, zone, site()["shifts"], width)
    except (BadInput, HistorianUnavailable) as refusal:
        return {"refused": sentence(refusal)}
