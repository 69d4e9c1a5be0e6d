"""The OpenAPI document of the routes, made of the same tables that judge and answer.

An own generator: spectree (3.0) judges by models of its own, in the words of these, and what judges
here are the parsers of the pages.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import gettext

from api.v1.parameters import N_, Parameter
from api.v1.routes import KINDS, ROOT, Columns, Route

VERSION = "1.0.0"
TITLE = N_("Ksys, for programs")
#: Status -> what it says; each is a problem document.
ERRORS = {
    400: N_("A parameter cannot be used: parameter, value and allowed name it."),
    401: N_("Nobody is signed in: send a token as Authorization: Bearer."),
    403: N_("The role of who asks does not suffice."),
    429: N_("Too many requests within a minute: Retry-After says when to ask again."),
    503: N_("The historian does not answer, or all places are taken: ask again later."),
}
HEADERS = {
    429: {"Retry-After": {"schema": {"type": "integer"}}},
}
#: Fields of a table that are there while a replica is behind, or where rows lack or hold more.
ONLY_AT_TIMES = {
    "replica_lag": {"type": ["number", "null"]},
    "readings_gone": {"type": "object", "additionalProperties": {"type": "string"}},
    "buckets_not_checked": {"type": "object", "additionalProperties": {"type": "integer"}},
    "buckets_with_deleted": {"type": "object", "additionalProperties": {"type": "integer"}},
}
#: What of an answer is said beside it.
LAG = N_("How far the replica that was read is behind [s]; without it, it is not.")
GONE = N_(
    "Tags of which readings of the window are gone, all or in part, each with the finest "
    "resolution that tells of them: D101=1h; with ;tz=UTC, where that is one of this zone alone. "
    "Names are percent-encoded."
)
NOT_CHECKED = N_(
    "Tags whose rollups may lack readings in buckets that nobody looked after, each with the count "
    "of these buckets: D101=18. Names are percent-encoded."
)
WITH_DELETED = N_(
    "Tags with buckets that hold readings which were deleted since, each with the count of these "
    "buckets: D101=3. Names are percent-encoded."
)
NOT_LOOKED_AT = N_("Of how many further tags of the file X-Readings-Gone does not tell.")
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance", "error"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "format": "uri-reference"},
        "error": {"type": "string"},
        "parameter": {"type": "string"},
        "value": {},
        "allowed": {},
    },
}


def document(
    routes: Iterable[Route],
    base: str,
    more: Mapping[str, Any],
    signs_in: bool = True,
) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of routes, in the language of the request.

    Parameters
    ----------
    base : path of the site on its host, empty at the root
    more : paths of other routes, as OpenAPI has them
    signs_in : whether one has to sign in
    """
    paths: dict[str, Any] = {}
    for route in routes:
        paths[f"{ROOT}/{route.name}"] = {"get": _operation(route, "")}
        paths[f"{ROOT}/{route.name}.csv"] = {"get": _operation(route, ".csv")}
    components: dict[str, Any] = {"schemas": {"Problem": _PROBLEM}}
    if signs_in:
        components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    return {
        "openapi": "3.1.0",
        "info": {"title": gettext(TITLE), "version": VERSION},
        "servers": [{"url": base or "/"}],
        "paths": paths | dict(more),
        "components": components,
        "security": [{"token": []}] if signs_in else [],
    }


def _operation(route: Route, ending: str) -> dict[str, Any]:
    media, schema = "application/json", json_schema(route)
    if ending:
        media, schema = "text/csv", {"type": "string"}
    good: dict[str, Any] = {
        "description": gettext(route.means),
        "headers": {"ETag": {"schema": {"type": "string"}}, **told_beside()},
        "content": {media: {"schema": schema}},
    }
    return {
        "operationId": route.endpoint + ("_csv" if ending else ""),
        "summary": gettext(route.means),
        "parameters": [parameter(each) for each in route.every_parameter],
        "responses": {"200": good, **problems()},
    }


def told_beside() -> dict[str, Any]:
    """Return the headers that say what of an answer is late, gone or not sure."""
    return {
        "X-Replica-Lag": _header(LAG),
        "X-Readings-Gone": _header(GONE),
        "X-Buckets-Not-Checked": _header(NOT_CHECKED),
        "X-Buckets-With-Deleted": _header(WITH_DELETED),
    }


def told_of_file() -> dict[str, Any]:
    """Return the headers that say before the first row of a file what of it is gone."""
    told = {"X-Readings-Gone": _header(GONE), "X-Tags-Not-Looked-At": _header(NOT_LOOKED_AT)}
    told["X-Tags-Not-Looked-At"]["schema"] = {"type": "integer"}
    return told


def _header(means: str) -> dict[str, Any]:
    return {"description": gettext(means), "schema": {"type": "string"}}


def parameter(each: Parameter) -> dict[str, Any]:
    """Return a parameter as OpenAPI has it."""
    schema: Mapping[str, Any] = each.schema
    if each.repeated:
        schema = {"type": "array", "items": each.schema, "minItems": 1}
    told: dict[str, Any] = {
        "name": each.name,
        "in": "query",
        "required": each.needed,
        "description": gettext(each.means),
        "schema": schema,
    }
    if each.example:
        told["example"] = [each.example] if each.repeated else each.example
    return told


def problems(statuses: Sequence[int] = tuple(ERRORS)) -> dict[str, Any]:
    """Return the answers that say why not, by their status as text."""
    return {
        str(status): problem(gettext(ERRORS[status]))
        | ({"headers": HEADERS[status]} if status in HEADERS else {})
        for status in statuses
    }


def problem(means: str) -> dict[str, Any]:
    """Return an answer that says why not."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {"description": means, "content": {"application/problem+json": schema}}


def json_schema(route: Route) -> Mapping[str, Any]:
    """Return the JSON Schema of what a route answers as JSON."""
    if route.schema is not None:
        return route.schema
    rows = {"type": "array", "items": _object(route.columns, nullable=True)}
    table = _object(route.about, nullable=False)
    table["properties"]["rows"] = rows
    table["required"].append("rows")
    table["properties"] |= ONLY_AT_TIMES
    if route.pages:
        table["properties"]["next"] = {"type": ["string", "null"]}
    return table


def _object(columns: Columns, nullable: bool) -> dict[str, Any]:
    properties = {name: _schema(kind, nullable) for name, kind in columns.items()}
    return {
        "type": "object",
        "properties": properties,
        "required": [] if nullable else list(columns),
        "additionalProperties": False,
    }


def _schema(kind: str, nullable: bool) -> dict[str, Any]:
    schema = KINDS[kind]
    return schema | {"type": [schema["type"], "null"]} if nullable else schema
