"""Calls of callbacks: what a page of Ksys would not send is refused before Dash looks at it.

Dash takes inputs by their place and believes that all is there; what is not ends in a traceback.
"""

from collections.abc import Callable, Mapping
from typing import Any

import flask
from dash import Dash
from dash._utils import split_callback_id

from api.edge.bodies import is_modest
from data.errors import BadInput

CALLS = "/_dash-update-component"
Part = Mapping[str, Any]


def _is_text(value: object) -> bool:
    return value is None or isinstance(value, str)


def _is_path(value: object) -> bool:
    return isinstance(value, str) and value.startswith("/")


def _is_count(value: object) -> bool:
    return value is None or type(value) is int  # True is an int to Python


#: Property of a component of Dash -> whether it can have a value. Our stores' are looked at by the
#: callbacks that read them.
FITS: dict[str, Callable[[object], bool]] = {
    "pathname": _is_path,
    "search": _is_text,
    "search_value": _is_text,
    "n_intervals": _is_count,
    "n_clicks": _is_count,
}


def check_calls(app: Dash) -> None:
    """Look at each call of a callback of `app` before Dash does."""

    @app.server.before_request
    def check() -> None:
        if flask.request.endpoint == CALLS and flask.request.method == "POST":
            body = flask.request.get_json()
            check_call(app.callback_map, body)
            flask.g.called = body["output"]


def called() -> str:
    """Return the output of the callback that this request calls, "none" where it was refused."""
    name: str = flask.g.get("called", "none")
    return name


def check_call(callbacks: Mapping[str, Any], body: Any) -> None:
    """Refuse a call that none of these callbacks can answer.

    Parameters
    ----------
    callbacks : by their output, as Dash registers them
    body : JSON of the request

    Raises
    ------
    BadInput
        If it is no such call; it names the part that is wrong.
    """
    _refuse_unless(isinstance(body, dict) and is_modest(body), "body")
    output = body.get("output")
    parts: Part = callbacks.get(output, {}) if isinstance(output, str) else {}
    _refuse_unless("callback" in parts, "output")
    _refuse_unless(_named(body.get("outputs")) == _named(split_callback_id(output)), "outputs")
    for name in ("inputs", "state"):
        given = body.get(name, [])
        _refuse_unless(_named(given) == _named(parts[name]), name)
        for part in given:
            fits = FITS.get(part["property"])
            place = f"{part['id']}.{part['property']}"
            _refuse_unless(fits is None or fits(part.get("value")), place)
    changed = body.get("changedPropIds", [])
    fine = isinstance(changed, list) and all(isinstance(each, str) for each in changed)
    _refuse_unless(fine, "changedPropIds")


def _named(parts: object) -> list[tuple[Any, Any]] | None:
    """Return id and property of one or several parts; None where these are none."""
    every = [parts] if isinstance(parts, dict) else parts
    if not isinstance(every, list) or not all(isinstance(part, dict) for part in every):
        return None
    return [(part.get("id"), part.get("property")) for part in every]


def _refuse_unless(fine: bool, part: str) -> None:
    if not fine:
        raise BadInput("bad_call", part=part)
