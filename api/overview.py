"""The routes of the overview: tags once, a frame each tick, sparklines a minute, details on demand.

A tick's answer is kept as bytes, compressed once, whoever asks: the route itself only hands it out.
"""

import gzip
import hashlib
import time
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import brotli
import flask
import numpy as np
import orjson
import pandas as pd
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from api import encoding as wire
from components.messages import sentence
from data import queries
from data.analysis import rules
from data.db import Answer, HistorianUnavailable, cached
from data.errors import BadInput
from data.views import overview

TICK_S = 2.0
SPARKLINES_S = 30.0
NAMES_S = 60.0
#: Brotli at this quality is smaller than gzip at its best, and quick enough to do each tick.
BROTLI_QUALITY = 5
ROOT = Path(__file__).parent.parent
SHIPPED = ("*.py", "api/*.py", "assets/**/*", "components/*.py", "data/*.py", "pages/*.py")

blueprint = flask.Blueprint("frames", __name__, url_prefix="/overview")


class Packed(NamedTuple):
    """One JSON answer in every encoding that is handed out, and the version of its tags."""

    plain: bytes
    gzip: bytes
    br: bytes
    version: str


class Listed(NamedTuple):
    """What changes rarely: tags, their rules, and both as columns under one version."""

    tags: pd.DataFrame
    known: dict[str, rules.Rule]
    columns: dict[str, Any]


@lru_cache(maxsize=1)
def build() -> str:
    """Return a name of what is deployed: of its content, so that every host finds the same one."""
    digest = hashlib.sha256()
    for pattern in SHIPPED:
        for path in sorted(ROOT.glob(pattern)):
            if path.is_file():
                digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def packed(content: dict[str, Any]) -> Packed:
    """Return content as JSON, compressed once."""
    plain = orjson.dumps(content)
    return Packed(
        plain,
        gzip.compress(plain, 6, mtime=0),
        brotli.compress(plain, mode=brotli.MODE_TEXT, quality=BROTLI_QUALITY),
        str(content.get("version", "")),
    )


@cached(NAMES_S, at_hand=True)
def listed() -> Listed:
    """Return what changes rarely."""
    tags, known = queries.tags(), queries.rules()
    return Listed(tags, known, wire.tag_columns(tags, known))


@cached(TICK_S)
def frame() -> Packed:
    """Return the tick's frame: tags, order and rules are those of the version that it names."""
    tags, known, columns = listed()
    now = overview.now(tags, known)
    decimals = pd.to_numeric(tags["decimals"]).to_numpy(np.float64)
    numbers = wire.frame_columns(now.judged, now.delta, decimals)
    return packed({"version": columns["version"], "build": build(), **numbers})


def _catch_up() -> None:
    """Look anew for tags and rules where a viewer knows others than this worker.

    He may have them from a worker that looked later. At most once a tick: it may be he who is late.
    """
    version = flask.request.environ.get("HTTP_X_KSYS_VERSION")
    if not version or version == frame.answer().value.version:
        return
    if time.time() - listed.answer().as_of.timestamp() > TICK_S:
        for reader in (queries.tags, queries.rules, listed, frame):
            reader.expire()


@cached(SPARKLINES_S)
def sparklines() -> Packed:
    """Return the last hour of every tag."""
    names = tuple(queries.tags().index)
    found = queries.sparklines(names)
    return packed(wire.spark_lines(names, found, pd.Timestamp(found.attrs["newest"])))


@blueprint.get("/tags")
def send_tags() -> flask.Response:
    """Send what changes rarely: names, units, rules; in the order of the frames."""
    _catch_up()
    answer = listed.answer()
    tags, known, columns = answer.value
    notes = {"rule_notes": _rule_notes(tags.index, known), "reference": overview.REFERENCE_S}
    return _json({**columns, **notes} | _trouble(answer))


def _rule_notes(names: pd.Index, known: dict[str, rules.Rule]) -> dict[str, str]:
    """Return what is wrong with a rule, in the viewer's language, by the place of its tag."""
    faults = {name: rules.problems(rule) for name, rule in known.items()}
    return {
        str(i): " ".join(sentence(fault) for fault in faults[name])
        for i, name in enumerate(names)
        if faults.get(name)
    }


@blueprint.get("/frame")
def send_frame() -> flask.Response:
    """Send the tick's frame; the last good one, marked with its time, while there is none newer."""
    _catch_up()
    return _send(frame.answer())


@blueprint.get("/sparklines")
def send_sparklines() -> flask.Response:
    """Send the last hour of every tag."""
    return _send(sparklines.answer())


@blueprint.get("/reading")
def send_reading() -> flask.Response:
    """Send the newest reading of one tag with every digit."""
    found = wire.readings(overview.readings(_tag(), 1))
    time_ms, value, _qc = found[0] if found else (None, None, None)
    return _json({"time": time_ms, "value": value})


@blueprint.get("/details")
def send_details() -> flask.Response:
    """Send what is known of one tag: rule, last readings, time in state."""
    zone = str(flask.current_app.config["KSYS"]["zone"])
    found = overview.details(_tag(), zone)
    last = wire.readings(found.readings)
    return _json(
        {
            "readings": last,
            "time": last[0][0] if last else None,
            "value": last[0][1] if last else None,
            "rule": rules.as_row(found.rule) if found.rule else None,
            "time_in_state": {str(hours): each for hours, each in found.time_in_state.items()},
        }
    )


def _tag() -> str:
    """Return the tag asked for; without one, the empty name, which no tag has."""
    return flask.request.args.get("tag", "")


@blueprint.errorhandler(HistorianUnavailable)
def say_unavailable(error: HistorianUnavailable) -> tuple[flask.Response, int]:
    """Answer 503 when nothing is known."""
    return _json({"error": error.key, "message": sentence(error)}), 503


@blueprint.errorhandler(BadInput)
def say_bad_input(error: BadInput) -> tuple[flask.Response, int]:
    """Answer 400 and name what cannot be used."""
    return _json({"error": error.key, "message": sentence(error)}), 400


def _send(answer: Answer[Packed]) -> flask.Response:
    if answer.error is not None:
        response = _json(orjson.loads(answer.value.plain) | _trouble(answer))
        response.headers.update(_kept(answer))
        return response
    encoding = _encoding(flask.request.environ.get("HTTP_ACCEPT_ENCODING", ""))
    headers = _kept(answer)
    if encoding:
        headers["Content-Encoding"] = encoding
    body = getattr(answer.value, encoding or "plain")
    return flask.Response(body, headers=headers, mimetype="application/json")


@lru_cache(maxsize=64)
def _encoding(accepted: str) -> str | None:
    """Return the encoding to answer with; browsers send a handful of headers, parsed once each."""
    wishes = parse_accept_header(accepted, Accept)
    return next((each for each in ("br", "gzip") if wishes[each] > 0), None)


def _kept(answer: Answer[Packed]) -> dict[str, str]:
    """Say for how long the answer was kept: the age of a value counts from its reading on."""
    kept = max(0.0, time.time() - answer.as_of.timestamp())
    return {
        "X-Kept-Ms": str(round(kept * 1000)),
        "Vary": "Accept-Encoding",
        "Cache-Control": "no-store",
    }


def _trouble(answer: Answer[Any]) -> dict[str, Any]:
    """Return why there is no newer answer, and of when this one is [ms since 1970]."""
    if answer.error is None:
        return {}
    return {
        "error": answer.error.key,
        "message": sentence(answer.error),
        "as_of": round(answer.as_of.timestamp() * 1000),
    }


def _json(content: Any) -> flask.Response:  # noqa: ANN401
    return flask.Response(orjson.dumps(content), mimetype="application/json")
