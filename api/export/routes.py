"""The addresses of files: the question is read, then what it asks for is sent as it is read."""

import flask

from api.export import delivery, names
from components.messages import sentence
from components.question import site
from data import export
from data.db import HistorianUnavailable, clock, file_sent
from data.errors import BadInput, KsysError

blueprint = flask.Blueprint("exports", __name__)
#: Whoever is turned away because others are served asks again after so long [s].
RETRY_AFTER_S = 10
KINDS = ", ".join(export.FORMATS)


@blueprint.get(f"/api/v1/export.<any({KINDS}):kind>")
def send(kind: str) -> flask.Response:
    """Send the file that an address asks for; 400, 429, 503 or 505 with a sentence."""
    if flask.request.environ.get("SERVER_PROTOCOL") == "HTTP/1.0":
        return _refusal(KsysError("export_http"), 505)
    try:
        query = flask.request.args.to_dict(flat=False)
        question = export.question(query, clock.now().value, site()["zone"])
        slot = delivery.take(site()["exports"])
        if slot is None:
            file_sent("export", "busy")
            busy = KsysError("export_busy", most=site()["exports"], seconds=RETRY_AFTER_S)
            return _refusal(busy, 429)
        chunks = delivery.sent(question, kind, slot)
    except BadInput as refusal:
        file_sent("export", "refused")
        return _refusal(refusal, 400)
    except HistorianUnavailable as failure:
        file_sent("export", "unavailable")
        return _refusal(failure, 503)
    response = flask.Response(chunks, mimetype=None, content_type=export.FORMATS[kind].media)
    name = names.file_name(question, kind)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _refusal(error: KsysError, status: int) -> flask.Response:
    response = flask.Response(sentence(error) + "\n", status, mimetype="text/plain")
    if status in (429, 503):
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response
