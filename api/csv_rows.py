"""The rows behind a chart as CSV: complete, or an error in words."""

import logging
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

import flask
import pandas as pd

from access import who
from api.edge import arguments
from api.responses import tell_caveats, tell_lag
from components.messages import sentence
from components.question import view_of
from data.db import HistorianUnavailable, file_sent
from data.errors import BadInput
from data.export import document
from data.views import (
    BUCKET_COLUMNS,
    COMPARED,
    INDICATOR_COLUMNS,
    KIND_COLUMNS,
    PARAMETERS,
    Caveats,
    Columns,
    TagSeries,
    View,
    caveats_of,
    columns,
    every_both,
    indicator_series,
    rows,
    touching,
)

logger = logging.getLogger("ksys.files")
blueprint = flask.Blueprint("rows", __name__)
#: Without it Excel reads UTF-8 as the code page of its own language.
BOM = "\ufeff".encode()
#: The columns of the files, in their order.
LAST_COLUMNS = (
    *("bad", "bad_value", "share", "coverage", "unit", "quality", "reasons", "filling"),
)
TREND = ("no", "tag", "time", *BUCKET_COLUMNS, *LAST_COLUMNS, *KIND_COLUMNS, "remade")
TECH = ("no", "tag", "time", *INDICATOR_COLUMNS, *LAST_COLUMNS, "remade")
#: What the address of any page may say besides.
OF_ANY_PAGE = ("lang", "theme")

#: The rows of a file, and what must be said of them.
Rows = tuple[Columns | pd.DataFrame, Caveats]


@blueprint.get("/trend/rows.csv")
def trend() -> flask.Response:
    """Return the rows of the trend chart that an address shows; 400 or 503 with a sentence."""
    return _answer("trend", TREND, _history_rows)


@blueprint.get("/tech/rows.csv")
def tech() -> flask.Response:
    """Return the rows of the tech chart that an address shows; 400 or 503 with a sentence."""
    return _answer("tech", TECH, _indicator_rows)


def _history_rows(view: View) -> Rows:
    series, against = every_both(view)
    fresh(series)
    if view.compare is None and not view.selected:
        return columns(series, view.whole_until), caveats_of(series)
    fresh([each.other for each in against if each.other is not None])
    table, said = rows(series, view.whole_until, against=against), caveats_of(series, against)
    return touching(table, series, *view.selected) if view.selected else table, said


def _indicator_rows(view: View) -> Rows:
    series = fresh([indicator_series(view)])
    return columns(series, view.whole_until, INDICATOR_COLUMNS), caveats_of(series)


def fresh(series: list[TagSeries]) -> list[TagSeries]:
    """Return the series; a file cannot say of its rows that they are old.

    Raises
    ------
    HistorianUnavailable
        If one of them is an old answer, with the reason why there is none newer.
    """
    for item in series:
        if item.error is not None:
            raise item.error
    return series


def _answer(page: str, names: Sequence[str], rows_of: Callable[[View], Rows]) -> flask.Response:
    """Return the whole document, made before its first byte leaves, or the reason why not."""
    try:
        view = view_of(_question())
        table, caveats = rows_of(view)
        compares = view.compare is not None and page == "trend"
        text = document(table, (*names, *COMPARED) if compares else names, BOM)
    except BadInput as refusal:
        file_sent(page, "refused")
        return _refusal(sentence(refusal), 400)
    except HistorianUnavailable as failure:
        file_sent(page, "unavailable")
        return _refusal(sentence(failure), 503)
    response = flask.Response(text, mimetype="text/csv")
    name = f"ksys-{page}-{view.stop:%Y%m%dT%H%M%SZ}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    tell_lag(response)
    tell_caveats(response, caveats)
    response.headers["Link"] = f'<{_every_reading(view)}>; rel="alternate"; title="every reading"'
    count = table.count if isinstance(table, Columns) else len(table)
    file_sent(page, "complete", count)
    person = who()
    logger.info("file %s: %s rows, for %s", name, count, person.name if person else "-")
    return response


def _every_reading(view: View) -> str:
    """Return the address of the file of all that a view shows, of any size (docs/exports.md)."""
    pairs = [("tag", tag) for tag in view.tags]
    pairs += [("start", view.start.isoformat()), ("stop", view.stop.isoformat())]
    query = urlencode([*pairs, ("tz", view.zone)])
    return f"{flask.request.script_root}/api/v1/export.csv?{query}"


def _question() -> dict[str, Any]:
    given = arguments("tag", allowed=(*PARAMETERS, *OF_ANY_PAGE))
    return {name: texts if name == "tag" else texts[0] for name, texts in given.items()}


def _refusal(text: str, status: int) -> flask.Response:
    return flask.Response(text + "\n", status, mimetype="text/plain")
