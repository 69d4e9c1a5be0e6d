"""What an answer says that is none: a sentence in the viewer's language, never a bare page."""

import flask
from dash.exceptions import DependencyException, UnsupportedRelativePath
from werkzeug.exceptions import HTTPException

from access import API, said
from api.edge.bodies import MOST_BYTES
from data.errors import BadInput, HistorianUnavailable, KsysError

#: Status -> key of its sentence; others say that the request cannot be read.
SENTENCE_OF = {
    404: "no_such_address",
    405: "no_such_method",
    413: "body_too_large",
    415: "body_no_json",
    500: "own_failure",
}
#: Headers of a refusal that say more than its sentence.
TELLING = ("Content-Range", "Retry-After")


def say_failures(server: flask.Flask) -> None:
    """Answer what cannot be answered in words."""
    server.register_error_handler(HTTPException, _say)
    server.register_error_handler(BadInput, _say_refused)
    server.register_error_handler(HistorianUnavailable, _say_unavailable)
    server.register_error_handler(DependencyException, _say_no_file)
    server.register_error_handler(UnsupportedRelativePath, _say_no_path)


def _say(error: HTTPException) -> flask.Response:
    status = error.code or 500
    key = SENTENCE_OF.get(status, "own_failure" if status > 500 else "bad_request")
    if status == 404 and flask.request.path.startswith(API):
        key = "no_such_route"
    answer = said(KsysError(key, most=f"{MOST_BYTES // 2**20} MiB"), status)
    for name, value in error.get_headers():
        if name in TELLING:
            answer.headers[name] = value
    return answer


def _say_refused(error: BadInput) -> flask.Response:
    return said(error, 400)


def _say_unavailable(error: HistorianUnavailable) -> flask.Response:
    return said(error, 503)


def _say_no_file(_error: Exception) -> flask.Response:
    """Answer for a script that no page names; Dash would list all that there are in a traceback."""
    return said(KsysError("no_such_address"), 404)


def _say_no_path(_error: Exception) -> flask.Response:
    """Answer to a path that is not below the base of this site."""
    return said(BadInput("bad_call", part="pathname"), 400)
