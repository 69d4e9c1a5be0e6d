"""`/status.json`: what the status page shows, for programs."""

from zoneinfo import ZoneInfo

import flask

from components.question import site
from components.status import as_json, status_now

blueprint = flask.Blueprint("status", __name__)


@blueprint.get("/status.json")
def send_status() -> dict[str, object]:
    """Send what is so with the historian: 200 whether or not it is well; `level` says so."""
    return as_json(status_now(), ZoneInfo(site()["zone"]))
