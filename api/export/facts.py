"""What is told of a file without sending it: how large it will be, and what exactly is in it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import flask

from api.export import delivery, slots
from api.export.routes import ALLOWED, NOBODY, blueprint, busy, connected, question_of, refusal
from api.responses import caveat_fields
from components.question import site
from data import export, windows
from data.db import HistorianUnavailable, file_sent, lanes
from data.errors import BadInput, KsysError
from data.export import Question
from data.views import check_parameters


@blueprint.get("/api/v1/export/estimate")
def estimate() -> flask.Response:
    """Tell rows and bytes of the file of an address, and how they are known; 400 or 503."""
    try:
        question, kind = _asked()
        return flask.jsonify(export.estimate(question, kind))
    except BadInput as refused:
        return refusal(refused, 400)
    except HistorianUnavailable as failure:
        return refusal(failure, 503)


@blueprint.get("/api/v1/export/manifest")
def manifest() -> flask.Response:
    """Tell what is in the file of an address: it is made, and not sent; 400, 429 or 503."""
    try:
        question, kind = _asked()
        if question.live:
            raise BadInput("export_manifest_live")
        slot = slots.take(site()["exports"])
        if slot is None:
            return busy()
        tally = export.Tally()
        exports = connected()
        rest = (slot, exports.name(), exports.ledger, tally)
        file = delivery.Delivery(question, kind, *rest)
        file.begin(site()["export_temp_mb"])
        for _ in _whole(file):
            pass
    except BadInput as refused:
        file_sent("export", "refused")
        return refusal(refused, 400)
    except HistorianUnavailable as failure:
        return refusal(failure, 503)
    except (delivery.Broken, export.Unwanted):  # nobody waits for the answer
        return flask.Response(status=NOBODY)
    told = _told(question, file.account.record(), tally)
    response = flask.jsonify({**told, **caveat_fields(file.account.caveats)})
    response.headers["X-Request-ID"] = exports.name()
    return response


def _asked() -> tuple[Question, str]:
    """Return the question of this address, which is that of the file, and the kind of file."""
    query = flask.request.args.to_dict(flat=False)
    every = {**ALLOWED, "kind": tuple(export.FORMATS)}
    check_parameters(query, every, export.REPEATED)
    (kind,) = query.pop("kind", ["csv"])
    if kind not in export.FORMATS:
        choices = ", ".join(export.FORMATS)
        raise BadInput("parameter_choice", name="kind", value=kind, choices=choices)
    return question_of(query), kind


def _whole(file: delivery.Delivery) -> Iterator[bytes]:
    """Yield the bytes of a file to its end, and close it.

    Raises
    ------
    HistorianUnavailable
        If they broke off.
    """
    try:
        with lanes.waiting():
            yield from file
    except delivery.Broken as broken:
        cause = broken.__cause__
        if isinstance(cause, KsysError):
            raise HistorianUnavailable(cause.key, **cause.values) from broken
        raise
    finally:
        file.close()


def _told(question: Question, record: dict[str, Any], tally: export.Tally) -> dict[str, Any]:
    times = (*tally.times(), question.filling_until)
    first, last, filling_until = (_text(each, question.zone) for each in times)
    names = ("file", "query", "rows", "bytes", "sha256")
    none = dict.fromkeys((tag.name for tag in question.tags), dict[str, int]())
    return {name: record[name] for name in names} | {
        "first": first,
        "last": last,
        "filling_until": filling_until,
        "site": question.site,
        "zone": question.zone,
        "tags": [tag.name for tag in question.tags],
        "quality": question.quality,
        "left_out": none | tally.left_out,
        "rules": export.rule_version(question.tags),
    }


def _text(time: datetime | None, zone: str) -> str | None:
    return None if time is None else time.astimezone(windows.site_zone(zone)).isoformat()
