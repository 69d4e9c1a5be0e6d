"""How every answer leaves: security headers, compression, lifetime in the browser."""

import gzip
import math
from typing import Any, NamedTuple
from urllib.parse import quote

import brotli
import flask
import orjson
from dash import Dash
from flask_compress import Compress

from access import API, said
from api.assets import is_of_this_build
from api.static_files import STATIC
from components.messages import sentence
from data.db import WHOLE_S, Busy, HistorianUnavailable, lanes, replica_lag
from data.views import Caveats

#: Most that a browser may be told [s]: a file that changes has another address.
A_YEAR = 365 * 24 * 3600
#: Brotli at this quality is smaller than gzip at its best, and quick enough for each tick.
BROTLI_QUALITY = 5
#: gzip's own default: for the few browsers that take no brotli.
GZIP_LEVEL = 6
#: For so long a browser that came over https asks this host over nothing else [s].
HSTS_S = A_YEAR


class Encoded(NamedTuple):
    """One JSON answer in every encoding that is handed out, and the version of its tags.

    `exact`: numbers of it with every digit, for programs. `older`: how long before it was made its
    readings were read [s].
    """

    plain: bytes
    gzip: bytes
    br: bytes
    version: str
    exact: bytes = b""
    older: float = 0.0


def encoded(content: dict[str, Any], exact: bytes = b"", older: float = 0.0) -> Encoded:
    """Return content as JSON in every encoding, compressed once for all viewers."""
    plain = orjson.dumps(content)
    return Encoded(
        plain,
        gzip.compress(plain, GZIP_LEVEL, mtime=0),
        brotli.compress(plain, mode=brotli.MODE_TEXT, quality=BROTLI_QUALITY),
        str(content.get("version", "")),
        exact,
        older,
    )


#: Where no page asks, but scripts and programs that watch.
NO_VIEWERS = ("/api/", "/healthz", "/readyz", "/metrics")
#: After so long one who was turned away may ask again [s]; the least that the header can say.
RETRY_AFTER_S = 1


def lag_fields() -> dict[str, float | None]:
    """Return as a field how far the replica that is read is behind [s]; none while it is not.

    None: nobody knows how far.
    """
    lag = replica_lag()
    if lag < WHOLE_S:
        return {}
    return {"replica_lag": math.ceil(10 * lag) / 10 if math.isfinite(lag) else None}


def tell_lag(response: flask.Response) -> None:
    """Say in a header how far the replica is behind whose rows an answer has, if it is."""
    for seconds in lag_fields().values():
        response.headers["X-Replica-Lag"] = "unknown" if seconds is None else f"{seconds:g}"


def caveat_fields(caveats: Caveats) -> dict[str, Any]:
    """Return as fields what must be said of rows; none where there is nothing to say."""
    every = {
        "readings_gone": {tag: whole.token for tag, whole in caveats.gone.items()},
        "buckets_not_checked": {**caveats.unchecked},
        "buckets_with_deleted": {**caveats.deleted},
        "tags_not_looked_at": caveats.not_looked_at,
    }
    return {name: told for name, told in every.items() if told}


def tell_caveats(response: flask.Response, caveats: Caveats) -> None:
    """Say in headers what `caveat_fields` says: `X-Readings-Gone: D101=1h`.

    A name is percent-encoded as in an address: a header has no other letters.
    """
    for name, told in caveat_fields(caveats).items():
        of_tags = told.items() if isinstance(told, dict) else ()
        pairs = [f"{quote(tag, safe='')}={each}" for tag, each in of_tags]
        response.headers[f"X-{name.replace('_', '-').title()}"] = ", ".join(pairs) or str(told)


def deliver(app: Dash) -> None:
    """Add security headers, lifetime and compression to every answer of `app`, once."""
    server = app.server
    server.config.update(COMPRESS_REGISTER=False, COMPRESS_ALGORITHM=["br", "gzip"])
    compress = Compress()
    compress.init_app(server)
    count_questions(server)

    @server.after_request
    def finish(response: flask.Response) -> flask.Response:
        _protect(app, response)
        if not flask.request.path.startswith(STATIC):
            response.headers.setdefault("Cache-Control", "no-store")
            if response.is_streamed:  # an export: `.gz` is the form that one asks for
                return response
            return compress.after_request(response)
        return compress.after_request(_in_memory(response))


def count_questions(server: flask.Flask) -> None:
    """Turn away at once what would wait for the historian beyond the budget of threads."""
    server.before_request(_begin)
    server.teardown_request(lambda _error: lanes.end())
    server.register_error_handler(Busy, _say_busy)


def _begin() -> None:
    lanes.begin(by_viewer=not flask.request.path.startswith(NO_VIEWERS))


def _say_busy(_busy: Exception) -> flask.Response:
    """Answer 503 with the time to ask again; pages take it as busy, see `assets/busy.js`."""
    text = sentence(HistorianUnavailable("historian_busy"))
    headers = {"Retry-After": str(RETRY_AFTER_S)}
    if flask.request.path.startswith(API):
        answer = said(HistorianUnavailable("historian_busy"), 503)
        answer.headers.update(headers)
        return answer
    if flask.request.path.endswith(".csv"):
        return flask.Response(text + "\n", 503, headers, "text/plain")
    return flask.Response(
        orjson.dumps({"error": "historian_busy", "message": text}), 503, headers, "application/json"
    )


def _in_memory(response: flask.Response) -> flask.Response:
    """Read a file into memory: what stands on disk is sent past the compression."""
    if response.status_code == 200:
        response.direct_passthrough = False
        response.set_data(response.get_data())
        if "m" in flask.request.args or is_of_this_build(flask.request.path):
            response.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    return response


def _protect(app: Dash, response: flask.Response) -> None:
    policy = {
        "default-src": "'self'",
        # Dash starts its renderer, and Pages a title callback, by inline scripts; Pages adds
        # its own at the first request, so the hashes are asked for at each answer.
        "script-src": " ".join(["'self'", *app.csp_hashes()]),
        # plotly and AG Grid put style elements into the page.
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    headers: dict[str, Any] = {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    if flask.request.is_secure:
        headers["Strict-Transport-Security"] = f"max-age={HSTS_S}"
    for name, value in headers.items():
        response.headers.setdefault(name, value)
