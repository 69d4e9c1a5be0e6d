"""The addresses of files: the question is read, then what it asks for is sent as it is read."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flask

from access import Role, may, said, who
from api.export import delivery, slots
from api.export.ledger import Ledger
from api.responses import tell_caveats
from api.v1.parameters import check_language
from components.export import names
from components.question import site
from components.shell import LANGUAGES
from data import export
from data.db import HistorianUnavailable, clock, file_sent, lanes
from data.errors import BadInput, KsysError
from data.views import MAX_TAGS, check_parameters

blueprint = flask.Blueprint("exports", __name__)
#: Whoever is turned away because others are served asks again after so long [s].
RETRY_AFTER_S = 10
#: Every parameter of a file -> what it may be, where a short list tells.
ALLOWED: dict[str, tuple[str, ...]] = {**export.ALLOWED, "lang": tuple(LANGUAGES)}
#: What nginx logs where who asked is gone.
NOBODY = 499


@dataclass(frozen=True)
class Exports:
    """What a site knows of files: where it keeps what became of them, and what names a request."""

    ledger: Ledger
    name: Callable[[], str]


def connect(server: flask.Flask, folder: Path, name: Callable[[], str]) -> None:
    """Add the addresses of files to a site.

    Parameters
    ----------
    folder : where it is kept for a day what became of each
    name : returns what the request of this thread is called
    """
    server.extensions["ksys-exports"] = Exports(Ledger(folder), name)
    server.register_blueprint(blueprint)


def send() -> flask.Response:
    """Send the file that an address asks for; 400, 429, 503 or 505 with a sentence.

    Posted, a JSON object asks for it, and the address says nothing: parameters as in an address,
    lists of texts.
    """
    kind = flask.request.path.rpartition("/export.")[2]
    if flask.request.method != "POST":
        return _answer(kind, flask.request.args.to_dict(flat=False))
    try:
        for name in flask.request.args.keys() - {"lang"}:  # it would be passed over
            raise BadInput("parameter_unknown", name=name, choices="lang")
        return _answer(kind, _posted())
    except BadInput as refused:
        file_sent("export", "refused")
        return refusal(refused, 400)


for _kind in export.FORMATS:
    blueprint.add_url_rule(f"/api/v1/export.{_kind}", view_func=send, methods=["GET", "POST"])


@blueprint.get("/api/v1/exports/<name>")
def tell(name: str) -> flask.Response:
    """Tell what became of a file that one sent for, within a day; of others' an administrator."""
    exports = connected()
    record, person = exports.ledger.find(name), who()
    own = person.name if person else "-"
    if record is None or (record["who"] != own and not may(Role.ADMINISTRATOR)):
        return refusal(BadInput("export_unknown", name=name), 404)
    return flask.jsonify(record)


def connected() -> Exports:
    """Return what this site knows of files."""
    found: Exports = flask.current_app.extensions["ksys-exports"]
    return found


def question_of(query: Mapping[str, list[str]]) -> export.Question:
    """Return what an address asks for.

    Raises
    ------
    BadInput, HistorianUnavailable
        As `export.question`.
    """
    check_parameters(query, ALLOWED, export.REPEATED)
    check_language(query)
    where = site()
    named = where["zone"], where["shifts"], where["site_name"]
    return export.question(query, clock.now().value, *named)


def busy() -> flask.Response:
    """Refuse one file more than are sent at once."""
    file_sent("export", "busy")
    return refusal(KsysError("export_busy", most=site()["exports"], seconds=RETRY_AFTER_S), 429)


def _answer(kind: str, query: Mapping[str, list[str]]) -> flask.Response:
    exports = connected()
    if flask.request.environ.get("SERVER_PROTOCOL") == "HTTP/1.0":
        return refusal(KsysError("export_http"), 505)
    try:
        question = question_of(query)
        response = _headed(flask.Response(), question, kind, exports.name())
        with lanes.waiting():
            tell_caveats(response, export.gone_of(question, MAX_TAGS))
        if flask.request.method == "HEAD":  # how long the file is nobody knows: not 0 bytes
            response.automatically_set_content_length = False
            return response
        slot = slots.take(site()["exports"])
        if slot is None:
            return busy()
        file = delivery.Delivery(question, kind, slot, exports.name(), exports.ledger)
        file.begin(site()["export_temp_mb"])
    except BadInput as refused:
        file_sent("export", "refused")
        return refusal(refused, 400)
    except HistorianUnavailable as failure:
        file_sent("export", "unavailable")
        return refusal(failure, 503)
    except export.Unwanted:  # nobody reads it
        return flask.Response(status=NOBODY)
    response.response = file
    if file.size is not None:
        response.content_length = file.size
    return response


def _headed(
    response: flask.Response, question: export.Question, kind: str, name: str
) -> flask.Response:
    response.headers["Content-Type"] = export.FORMATS[kind].media
    response.headers["X-Request-ID"] = name
    file_name = names.file_name(question, kind)
    response.headers["Content-Disposition"] = names.disposition(file_name)
    return response


def _posted() -> dict[str, list[str]]:
    """Return the parameters of a JSON object: texts, numbers, truths, and lists of them."""
    content = flask.request.get_json(silent=True)
    if not isinstance(content, dict):
        raise BadInput("export_body")
    try:  # what is there twice would count once
        every = json.loads(flask.request.get_data(), object_pairs_hook=list)
    except RecursionError as error:
        raise BadInput("export_body") from error
    for name, count in Counter(name for name, _value in every).items():
        if count > 1:
            raise BadInput("parameter_repeated", name=name, count=count)
    return {str(name): _each(name, value) for name, value in content.items()}


def _each(name: str, value: Any) -> list[str]:
    every = value if isinstance(value, list) else [value]
    if not all(isinstance(each, str | int | float) for each in every):
        raise BadInput("export_body_value", name=name)
    return [str(int(each)) if isinstance(each, bool) else str(each) for each in every]


def refusal(error: KsysError, status: int) -> flask.Response:
    """Return a sentence in place of a file."""
    response = said(error, status)
    if status in (429, 503):
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response
