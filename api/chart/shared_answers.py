"""Answers of charts, and of what stands with them, that several viewers ask for within a second.

They are made and packed once.

What is kept are the packed bytes. The guard has looked at each request before, as at any other.
"""

import hashlib
from datetime import timedelta
from typing import Any

import flask
import orjson
from dash import Dash
from flask_babel import get_locale

from access import who
from api.edge.calls import called
from data.db import cache

#: So long an answer is given again: no page asks again as soon, so none gets one that it has.
SHARED_FOR = timedelta(seconds=1)
#: Outputs of the callbacks that draw a chart, and that tell of its window what costs as much.
OF_CHARTS = ("-chart.figure", "-view-statistics.children", "-bars.data")
#: How often the same page asked: no answer is another for it.
COUNT = "n"
#: What of an answer belongs to its bytes.
HEADERS = ("Content-Type", "Content-Encoding", "Vary")


def share_answers(app: Dash) -> None:
    """Keep the answers of an app's charts; to be called before what packs them is registered."""

    @app.server.before_request
    def find() -> flask.Response | None:
        if not any(output in called() for output in OF_CHARTS):
            return None
        key = _key(flask.request.get_json())
        stored = cache.cache.get(key)
        if stored is not None:
            return flask.Response(stored[0], headers=stored[1])
        flask.g.chart = key
        return None

    @app.server.after_request
    def keep(response: flask.Response) -> flask.Response:
        key = flask.g.get("chart")
        if key is not None and response.status_code == 200 and not response.is_streamed:
            headers = {name: response.headers.get(name, "") for name in HEADERS}
            there = {name: value for name, value in headers.items() if value}
            cache.cache.set(key, (response.get_data(), there), timeout=SHARED_FOR)
        return response


def _key(body: dict[str, Any]) -> str:
    """Return a name for all that an answer depends on, but for the time."""
    asked = [
        {**value, COUNT: None} if isinstance(value := each.get("value"), dict) else value
        for each in (*body["inputs"], *(body.get("state") or ()))
    ]
    person = who()
    encoding = flask.request.headers.get("Accept-Encoding", "")
    told = [body["output"], asked, str(get_locale()), encoding, person.role if person else 0]
    return "chart " + hashlib.sha256(orjson.dumps(told)).hexdigest()
