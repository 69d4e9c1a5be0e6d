"""Requests, measured by route and callback, and the name by which a log finds one again."""

import itertools
import os
import re
import secrets
import time
from collections.abc import Callable

import flask

from access import BY_PROXY, who
from operations import metrics, viewers

#: The one route of Dash for all callbacks.
CALLBACKS = "/_dash-update-component"
#: Who asks these looks at Ksys, not at the plant.
NO_VIEW = {"health.send_health", "operations.send_metrics", "operations.send_ready"}
#: Requests with this in their environment are ours, at the start.
UNMEASURED = "ksys.unmeasured"
#: What a trusted proxy may name a request.
_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_start, _numbers = secrets.token_hex(4), itertools.count(1)


def measure(server: flask.Flask, called: Callable[[], str]) -> None:
    """Measure every request of a site: put before all else that looks at requests.

    Parameters
    ----------
    called : returns the callback of Dash that the request calls: one of those that there are, for
        a stranger can make up names without end
    """

    def begin() -> None:
        flask.g.begun = time.perf_counter()

    def end(response: flask.Response) -> flask.Response:
        request = flask.request
        if UNMEASURED in request.environ:
            return response
        route = request.url_rule.rule if request.url_rule else "none"
        callback = called() if route == CALLBACKS else ""
        took = time.perf_counter() - flask.g.begun
        metrics.REQUEST_SECONDS.labels(route, callback).observe(took)
        metrics.REQUESTS.labels(route, str(response.status_code)).inc()
        if response.status_code < 400 and request.endpoint not in NO_VIEW:
            viewers.saw(_viewer(request))
        if response.status_code >= 500:
            response.headers["X-Request-ID"] = request_id()
        return response

    server.before_request(begin)
    server.after_request(end)


def _viewer(request: flask.Request) -> int:
    """Return a number for who asks: his name, where from, and with what."""
    person = who()
    name = person.name if person is not None else ""
    return hash((name, request.remote_addr, request.environ.get("HTTP_USER_AGENT", "")))


def request_id() -> str:
    """Return the name of this request: of a trusted proxy, else ours; "" outside of a request."""
    if not flask.has_request_context():
        return ""
    name: str | None = flask.g.get("request_id")
    if name is None:
        told = flask.request.environ.get("HTTP_X_REQUEST_ID", "")
        by_proxy = flask.request.environ.get(BY_PROXY) and _ID.fullmatch(told)
        name = told if by_proxy else f"{_start}-{os.getpid():x}-{next(_numbers):x}"
        flask.g.request_id = name
    return name
