"""`/docs/api`: the routes for a person, made of the same table as the OpenAPI document."""

from collections.abc import Iterable, Mapping
from typing import Any

import flask
from flask_babel import get_locale, gettext
from flask_babel import gettext as _

from api.v1.openapi import ERRORS, TITLE
from api.v1.parameters import LANGUAGE, MOST_OF_PAGE, MOST_ROWS, query_of
from api.v1.routes import ROOT, Route
from components.shell import LANGUAGES
from data.errors import OF_PARAMETER, SENTENCES


def shown(routes: Iterable[Route], more: Mapping[str, Any]) -> str:
    """Return the page, in the language of the request.

    Parameters
    ----------
    more : OpenAPI paths of routes that others answer
    """
    query_of([LANGUAGE])
    language = str(get_locale() or "en")
    other = next(code for code in LANGUAGES if code != language)
    site = flask.request.host_url.rstrip("/") + flask.request.script_root
    page: str = flask.render_template(
        "v1/api.html",
        base=flask.request.script_root,
        site=site,
        root=ROOT,
        language=language,
        other=other,
        other_name=LANGUAGES[other],
        theme=_("Light or dark"),
        title=_("Ksys"),
        words=_words(),
        routes=[_told(route) for route in routes],
        others=_others(more),
        errors=[(status, gettext(text)) for status, text in ERRORS.items()],
        refusals=[(key, gettext(SENTENCES[key])) for key in OF_PARAMETER],
    )
    return page


def _words() -> dict[str, str]:
    return {
        "title": gettext(TITLE),
        "overview": _("Overview"),
        "about": _(
            "All by GET, as JSON; with .csv at the end of the address as CSV. Times are ISO 8601 "
            "with offset. A parameter that is not listed is refused."
        ),
        "bounds": _(
            "An answer holds at most %(rows)s rows, or is refused; with limit, pages of at most "
            "%(page)s rows lead on by next. Nothing is cut silently.",
            rows=f"{MOST_ROWS:,}",
            page=f"{MOST_OF_PAGE:,}",
        ),
        "token": _(
            "Where one signs in, a script sends a token of its owner's account. Histories and CSV "
            "need an analyst, all else a viewer."
        ),
        "document": _("OpenAPI document"),
        "parameter": _("Parameter"),
        "means": _("Meaning"),
        "values": _("Values"),
        "columns": _("Columns"),
        "example": _("Example"),
        "errors": _("Errors"),
        "refusals": _("Refused parameters, by error"),
        "needed": _("needed"),
        "several": _("several times"),
    }


def _told(route: Route) -> dict[str, Any]:
    """Return a route as the template writes it."""
    query = f"?{route.example}" if route.example else ""
    return {
        "path": f"{ROOT}/{route.name}",
        "means": gettext(route.means),
        "example": f"{ROOT}/{route.name}{query}",
        "columns": list(route.columns),
        "parameters": [
            {
                "name": each.name,
                "means": gettext(each.means),
                "needed": each.needed,
                "repeated": each.repeated,
                "values": _values(each.schema),
            }
            for each in route.every_parameter
        ],
    }


def _values(schema: Mapping[str, Any]) -> str:
    """Return what a text may be, as far as it can be listed."""
    if "enum" in schema:
        return " ".join(str(each) for each in schema["enum"])
    if "minimum" in schema:
        return f"{schema['minimum']} … {schema['maximum']:,}"
    return " ".join(schema.get("examples", ()))


def _others(more: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return path and summary of routes that stand in OpenAPI alone."""
    return [
        (path, str(operation.get("summary", "")))
        for path, item in more.items()
        for operation in item.values()
    ]
