"""What the OpenAPI document says of files."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask_babel import gettext

from api.v1 import openapi
from api.v1.parameters import (
    COMPARE,
    LANGUAGE,
    N_,
    RESOLUTION,
    SELECTION,
    SPAN,
    START,
    STOP,
    TEXT,
    WINDOW,
    ZONE,
    Parameter,
)
from data import export
from data.export import CHOICES, COLUMNS

SUMMARY = N_("Every reading of tags in a window, or its buckets, sent as it is read.")
ESTIMATE = N_("How many rows and bytes a file will have, and how that is known.")
MANIFEST = N_("Rows, bytes, SHA-256, times and what is left out of a file, which is not sent.")
KIND = N_("Which kind of file it is about.")
OUTCOME = N_("What became of a file within the last day: rows, bytes, SHA-256, state.")
NAME = N_("Name of the request that sent the file, as X-Request-ID gave it.")
OLD = N_("Over HTTP/1.0 nobody could tell whether a file is whole: ask by HTTP/1.1.")
UNKNOWN = N_("There is none of that name within the last day.")
POSTED = N_("The same parameters as a JSON object, for long lists of tags.")


def _chosen(name: str, means: str) -> Parameter:
    first, *_ = choices = CHOICES[name]
    return Parameter(name, means, {"type": "string", "enum": list(choices), "default": first})


PARAMETERS = (
    *SELECTION,
    *SPAN,
    Parameter(RESOLUTION.name, RESOLUTION.means, {**RESOLUTION.schema, "default": "raw"}, "10m"),
    Parameter("statistics", N_("Columns of a bucket, with commas between them.")),
    ZONE,
    _chosen("shape", N_("long: a row a tag and time; wide: a row a time, a column a tag.")),
    _chosen("quality", N_("good: without readings that statistics leave out.")),
    Parameter(
        "columns",
        N_("The columns in their order, with commas between them."),
        TEXT | {"examples": ["tag,time,value", ",".join(COLUMNS)]},
    ),
    _chosen("order", N_("tag: tag by tag, oldest first; time: all tags by time.")),
    _chosen("decimal", N_("Decimal sign.")),
    _chosen("separator", N_("Sign between cells.")),
    _chosen("excel", N_("1: for a spreadsheet: a byte order mark, local times, texts inert.")),
    COMPARE,
    LANGUAGE,
)
#: A manifest tells of a file that stays the same, so its window does not move with the clock.
FIXED = tuple(
    replace(each, needed=True) if each in (START, STOP) else each
    for each in PARAMETERS
    if each is not WINDOW
)


def paths() -> Mapping[str, Any]:
    """Return the paths of files as OpenAPI has them, in the language of the request."""
    found: dict[str, Any] = {}
    for kind in export.FORMATS:
        body = {
            "description": gettext(POSTED),
            "required": True,
            "content": {"application/json": {"schema": {"type": "object"}}},
        }
        name = kind.replace(".", "_")
        posted = _operation(f"post_export_{name}", kind, ()) | {"requestBody": body}
        found[f"/api/v1/export.{kind}"] = {
            "get": _operation(f"export_{name}", kind, PARAMETERS),
            "post": posted,
        }
    told = {
        "/api/v1/export/estimate": {"get": _fact("export_estimate", ESTIMATE, PARAMETERS)},
        "/api/v1/export/manifest": {"get": _fact("export_manifest", MANIFEST, FIXED)},
        "/api/v1/exports/{name}": {"get": _outcome()},
    }
    return found | told


def _operation(name: str, kind: str, parameters: Sequence[Parameter]) -> dict[str, Any]:
    media = export.FORMATS[kind].media.partition(";")[0]
    good = {
        "description": gettext(SUMMARY),
        "headers": {"X-Request-ID": {"schema": {"type": "string"}}, **openapi.told_of_file()},
        "content": {media: {"schema": {"type": "string"}}},
    }
    old = openapi.problem(gettext(OLD))
    return {
        "operationId": name,
        "summary": gettext(SUMMARY),
        "parameters": [openapi.parameter(each) for each in parameters],
        "responses": {"200": good, **openapi.problems(), "505": old},
    }


def _fact(name: str, summary: str, parameters: Sequence[Parameter]) -> dict[str, Any]:
    kinds = {"type": "string", "enum": list(export.FORMATS), "default": "csv"}
    every = (*parameters, Parameter("kind", KIND, kinds))
    content = {"application/json": {"schema": {"type": "object"}}}
    return {
        "operationId": name,
        "summary": gettext(summary),
        "parameters": [openapi.parameter(each) for each in every],
        "responses": {
            "200": {"description": gettext(summary), "content": content},
            **openapi.problems(),
        },
    }


def _outcome() -> dict[str, Any]:
    good = {
        "description": gettext(OUTCOME),
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
    told = {"name": "name", "in": "path", "required": True, "description": gettext(NAME)}
    return {
        "operationId": "export_outcome",
        "summary": gettext(OUTCOME),
        "parameters": [told | {"schema": {"type": "string"}}],
        "responses": {
            "200": good,
            **openapi.problems((401, 403, 429)),
            "404": openapi.problem(gettext(UNKNOWN)),
        },
    }
