"""What is typed over a chart: what it means, or why it is refused. Only the clock is read.

A refusal is an answer like another: who types is told, not the log of his browser.
"""

from typing import Any

import flask

from api.edge import arguments
from components.messages import sentence
from components.question import site
from components.timing import reading
from data.analysis import comparison
from data.db import HistorianUnavailable, clock
from data.errors import BadInput
from data.windows import absolute, site_zone

blueprint = flask.Blueprint("windows", __name__)


@blueprint.get("/window")
def read_window() -> dict[str, Any]:
    """Send what `text` means in the zone `tz`, or the sentence that refuses it."""
    try:
        given = _given()
        zone = site_zone(given.get("tz", "") or site()["zone"]).key
        text, width = given.get("text", ""), given.get("resolution", "")
        return reading(text, clock.now().value, zone, site()["shifts"], width)
    except (BadInput, HistorianUnavailable) as refusal:
        return {"refused": sentence(refusal)}


@blueprint.get("/compared")
def judge_compared() -> dict[str, str]:
    """Send the sentence that refuses to compare a window with `text`; empty where none does."""
    try:
        given = _given()
        text, start, stop = (given.get(name, "") for name in ("text", "start", "stop"))
        zone, shifts = site_zone(given.get("tz", "") or site()["zone"]).key, site()["shifts"]
        now = clock.now().value
        begin, _end = absolute(start, stop, zone).bounds(now, zone, shifts)
        comparison.time_shift(text, begin, now, zone, shifts)
    except (BadInput, HistorianUnavailable) as refusal:
        return {"refused": sentence(refusal)}
    return {"refused": ""}


def _given() -> dict[str, str]:
    return {name: texts[0] for name, texts in arguments().items()}
