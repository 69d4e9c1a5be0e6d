"""The API for programs: one table of routes, judged, answered and documented by the same records.

`parameters` is what an address may say, `routes` what a route is, `openapi` and `page` tell of
them; each other module answers a few of them. Refusals are problem documents (RFC 9457), made by
`said` of `access/` for every address below `/api/`.
"""

from collections.abc import Callable, Mapping
from typing import Any

import flask
import orjson

from access import access, said
from api.edge import METHODS, methods
from api.v1 import (
    catalog,
    derived,
    excursions,
    latest,
    openapi,
    page,
    routes,
    statistics,
    timeseries,
)
from api.v1.parameters import LANGUAGE, query_of
from api.v1.routes import ROOT, Route
from data.errors import KsysError

__all__ = ["ROUTES", "blueprint"]

ROUTES: tuple[Route, ...] = (
    latest.ROUTE,
    timeseries.ROUTE,
    *derived.ROUTES,
    excursions.ROUTE,
    statistics.ROUTE,
    *catalog.ROUTES,
)


def blueprint(more: Callable[[], Mapping[str, Any]]) -> flask.Blueprint:
    """Return the routes of the API, and what tells of them.

    Parameters
    ----------
    more : returns the OpenAPI paths of routes below `/api/` that others answer
    """
    made = flask.Blueprint("v1", __name__, template_folder="templates")
    for route in ROUTES:
        routes.add(made, route)

    @made.get(f"{ROOT}/openapi.json")
    def send_openapi() -> flask.Response:
        """Send the OpenAPI document."""
        query_of([LANGUAGE])
        root, signs_in = flask.request.script_root, bool(access().choices.ways)
        document = openapi.document(ROUTES, root, more(), signs_in)
        return routes.conditional(orjson.dumps(document), "application/json")

    @made.get("/docs/api")
    def show_page() -> str:
        """Show the page that tells of the routes."""
        return page.shown(ROUTES, more())

    made.add_url_rule("/api/<path:_rest>", "lost", _lost, methods=METHODS)
    made.add_url_rule("/api/", "lost_root", _lost, methods=METHODS)
    return made


def _lost(_rest: str = "") -> flask.Response:
    """Answer an address that leads nowhere, or is there for other methods."""
    key, status = ("no_such_method", 405) if methods() else ("no_such_route", 404)
    return said(KsysError(key), status)
