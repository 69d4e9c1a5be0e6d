"""What a route of the API is, and how it answers: JSON, or CSV by the ending of its address."""

import csv
import hashlib
import io
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import flask
import orjson

from access import who
from api.responses import caveat_fields, lag_fields, tell_caveats, tell_lag
from api.v1.parameters import LANGUAGE, Parameter, Query, query_of
from data.db import HistorianUnavailable, file_sent
from data.errors import BadInput
from data.views import Caveats

logger = logging.getLogger("ksys.files")
#: Where the routes of this version stand.
ROOT = "/api/v1"
#: Kind of a column -> its JSON Schema; every value may be null, too.
KINDS: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "number": {"type": "number"},
    "whole": {"type": "integer"},
    "truth": {"type": "boolean"},
    "time": {"type": "string", "format": "date-time"},
    "texts": {"type": "array", "items": {"type": "string"}},
    "words": {"type": "object", "additionalProperties": {"type": "string"}},
}
#: Name of a column -> its kind.
Columns = Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """What a route answers.

    Parameters
    ----------
    columns : name -> values, one a row: texts, numbers, truths, lists and objects of texts, None
    about : what is said of all rows, beside them
    body : the JSON in place of `about` and rows, where that is not a table
    caveats : what must be said of rows
    """

    columns: Mapping[str, Sequence[Any]]
    about: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    caveats: Caveats = field(default_factory=Caveats)


@dataclass(frozen=True)
class Route:
    """One route: what may be asked, what is answered, and by what.

    Parameters
    ----------
    name : of the last part of its address
    means : what it gives, in English
    parameters : besides `lang`, which each takes
    columns : of its rows
    answer : makes the answer; raises BadInput and HistorianUnavailable
    about : fields beside the rows, name -> kind
    example : a query that can be asked
    pages : whether `next` of the answer leads on
    schema : of its JSON, where that is not `about` and rows
    """

    name: str
    means: str
    parameters: tuple[Parameter, ...]
    columns: Columns
    answer: Callable[[Query], Answer]
    about: Columns = field(default_factory=dict)
    example: str = ""
    pages: bool = False
    schema: Mapping[str, Any] | None = None

    @property
    def every_parameter(self) -> tuple[Parameter, ...]:
        """Its parameters and `lang`."""
        return (*self.parameters, LANGUAGE)

    @property
    def endpoint(self) -> str:
        """Its name among the endpoints; `_csv` follows for CSV."""
        return self.name.replace("-", "_")


def add(blueprint: flask.Blueprint, route: Route) -> None:
    """Let a blueprint answer a route, as JSON and as CSV."""

    def send() -> flask.Response:
        return _as_json(route.answer(query_of(route.every_parameter)))

    def send_csv() -> flask.Response:
        return _file(route)

    path = f"{ROOT}/{route.name}"
    blueprint.add_url_rule(path, route.endpoint, send, methods=["GET"])
    blueprint.add_url_rule(f"{path}.csv", f"{route.endpoint}_csv", send_csv, methods=["GET"])


def _as_json(answer: Answer) -> flask.Response:
    if answer.body is not None:
        # The names of relations are a kind of str of SQLAlchemy's.
        body = orjson.dumps(answer.body, option=orjson.OPT_NON_STR_KEYS)
        return conditional(body, "application/json")
    names = list(answer.columns)
    rows = [dict(zip(names, row, strict=True)) for row in _rows(answer)]
    beside = {**answer.about, **lag_fields(), **caveat_fields(answer.caveats)}
    body = orjson.dumps({**beside, "rows": rows})
    response = conditional(body, "application/json")
    _tell(response, answer)
    return response


def _tell(response: flask.Response, answer: Answer) -> None:
    """Say in headers what of an answer is missing, late or not sure."""
    tell_lag(response)
    tell_caveats(response, answer.caveats)


def _rows(answer: Answer) -> list[tuple[Any, ...]]:
    return list(zip(*answer.columns.values(), strict=True))


def conditional(body: bytes, media: str) -> flask.Response:
    """Return an answer that is not sent again to whom has it: 304 by its ETag."""
    response = flask.Response(body, mimetype=media)
    # Weak: the same content leaves compressed in several ways.
    response.set_etag(hashlib.sha256(body).hexdigest()[:24], weak=True)
    response.headers["Cache-Control"] = "no-cache, private"
    response.make_conditional(flask.request)
    return response


def _file(route: Route) -> flask.Response:
    """Return an answer as CSV, whole before its first byte leaves, or the reason why not."""
    try:
        answer = route.answer(query_of(route.every_parameter))
    except BadInput:
        file_sent("api", "refused")
        raise
    except HistorianUnavailable:
        file_sent("api", "unavailable")
        raise
    rows = _rows(answer)
    response = conditional(csv_text(list(answer.columns), rows).encode(), "text/csv")
    _tell(response, answer)
    name = f"ksys-{route.name}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    following = answer.about.get("next")
    if following:
        response.headers["X-Next-Cursor"] = following
    file_sent("api", "complete", len(rows))
    person = who()
    logger.info("file %s: %s rows, for %s", name, len(rows), person.name if person else "-")
    return response


def csv_text(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return rows as RFC 4180 text: texts and numbers as they are, nothing for what is missing."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return " ".join(value)
    if isinstance(value, dict):
        return orjson.dumps(value).decode()
    return value
