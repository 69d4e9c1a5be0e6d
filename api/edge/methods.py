"""By which methods an address is answered: OPTIONS and the refusal of a method name these alone."""

import flask
from dash import page_registry
from werkzeug.exceptions import HTTPException

from access import API, said
from data.errors import KsysError

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
#: Endpoints of what leads nowhere, for every method; and of pages, whether or not there is one.
NOWHERE, PAGES = {"v1.lost", "v1.lost_root"}, "/<path:path>"


def methods() -> list[str]:
    """Return by which methods the address of this request is answered, besides OPTIONS."""
    return [method for method in METHODS if _answers(method)]


def _answers(method: str) -> bool:
    adapter = flask.current_app.url_map.bind_to_environ(flask.request.environ)
    try:
        rule, _values = adapter.match(method=method, return_rule=True)
    except HTTPException:
        return False
    if rule.endpoint == PAGES:
        return flask.request.path in {page["path"] for page in page_registry.values()}
    return rule.endpoint not in NOWHERE


def tell_methods(server: flask.Flask) -> None:
    """Let a site name methods by `methods`: Flask names those of routes that lead nowhere too."""
    server.after_request(_tell)


def _tell(response: flask.Response) -> flask.Response:
    asks = flask.request.method == "OPTIONS" and response.status_code < 400
    if not asks and response.status_code not in (404, 405):
        return response
    response.headers.pop("Allow", None)
    allowed = methods() if asks or response.status_code == 405 else []
    if allowed:
        response.headers["Allow"] = ", ".join((*allowed, "OPTIONS"))
    elif asks:
        key = "no_such_route" if flask.request.path.startswith(API) else "no_such_address"
        return said(KsysError(key), 404)
    return response
