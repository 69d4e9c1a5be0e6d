"""How much may be sent in one request, and how its JSON is read."""

from io import BytesIO
from typing import Any

import flask
import orjson
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import RequestEntityTooLarge

#: Most that is read of a body [bytes]; the largest that a page sends is some kB.
MOST_BYTES = 2**20
#: A call of our pages is 6 deep, has some hundred values, and no text longer than an address.
MOST_DEPTH, MOST_VALUES, MOST_TEXT = 16, 10_000, 8_190


class StrictJSON(DefaultJSONProvider):
    """JSON as RFC 8259 has it: no NaN, no half characters, and no depth that ends the stack.

    Python's own reader takes the first two, and ends in a RecursionError for the third.
    """

    def loads(self, s: str | bytes, **_options: Any) -> Any:
        """Return what a text holds.

        Raises
        ------
        ValueError
            If it is no JSON.
        """
        return orjson.loads(s)


def limit_bodies(server: flask.Flask) -> None:
    """Let no request send more than `MOST_BYTES`: what is announced is refused before it is read.

    A chunked body announces nothing: it is read up to the limit, and refused where there is more.
    Werkzeug alone would cut it off there, and take what came for the whole.
    """
    server.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    server.json = StrictJSON(server)
    server.before_request(_refuse_large)


def _refuse_large() -> None:
    environ, length = flask.request.environ, flask.request.content_length
    if length is not None and length > MOST_BYTES:
        raise RequestEntityTooLarge
    if length is None and environ.get("wsgi.input_terminated"):
        body = environ["wsgi.input"].read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise RequestEntityTooLarge
        environ["wsgi.input"] = BytesIO(body)


def is_modest(content: object) -> bool:
    """Return whether JSON is no deeper, longer or wordier than what a page sends."""
    level, count = [content], 0
    for _depth in range(MOST_DEPTH):
        count += len(level)
        if count > MOST_VALUES or any(_is_long(value) for value in level):
            return False
        level = [inner for value in level for inner in _parts(value)]
    return not level


def _is_long(value: object) -> bool:
    return isinstance(value, str) and len(value) > MOST_TEXT


def _parts(value: object) -> list[object]:
    if isinstance(value, dict):
        return [*value, *value.values()]
    return value if isinstance(value, list) else []
