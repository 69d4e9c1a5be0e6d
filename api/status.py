"""`/status.json`: what the status page shows, for programs."""

from zoneinfo import ZoneInfo

import flask

from components.status import as_json, status_now

blueprint = flask.Blueprint("status", __name__)


@blueprint.get("/status.json")
def send_status() -> dict[str, object]:
    """Send what is so with the historian: 200 whether or not it is well; `level` says so."""
    found = status_now()
    zone = ZoneInfo(flask.current_app.config["KSYS"]["zone"])
    return as_json(found.at, found.lines, found.relations, zone)
