"""The rows behind a chart as CSV: complete, or an error in words."""

from collections.abc import Callable, Sequence
from typing import Any

import flask
import pandas as pd

from components.messages import sentence
from components.question import view_of
from data.db import HistorianUnavailable
from data.errors import BadInput
from data.views import INDICATOR_COLUMNS, TagSeries, View, every_history, indicator_series, rows

blueprint = flask.Blueprint("rows", __name__)
BOM = "\ufeff"
# What a spreadsheet takes for a formula at the start of a cell.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
EXTRA_COLUMNS = ("bad", "bad_value", "unit", "quality", "filling")
TREND = ("no", "tag", "time", "avg", "min", "max", "last", "first", "n", *EXTRA_COLUMNS)
TECH = ("no", "tag", "time", *INDICATOR_COLUMNS, *EXTRA_COLUMNS)


@blueprint.get("/trend/rows.csv")
def trend() -> flask.Response:
    """The rows of the trend chart that an address shows."""
    return _answer("trend", TREND, lambda seen: rows(fresh(every_history(seen)), seen.now))


@blueprint.get("/tech/rows.csv")
def tech() -> flask.Response:
    """The rows of the tech chart that an address shows."""
    return _answer(
        "tech",
        TECH,
        lambda seen: rows(fresh([indicator_series(seen)]), seen.now, INDICATOR_COLUMNS),
    )


def _indicator_rows(seen: View) -> pd.DataFrame:
    return rows(fresh([indicator_series(seen)]), seen.now, INDICATOR_COLUMNS)


def fresh(drawn: list[TagSeries]) -> list[TagSeries]:
    """Return what is new; a file cannot say of its rows that they are old.

    Raises
    ------
    HistorianUnavailable
        If an answer is an old one that was kept.
    """
    for item in drawn:
        if item.error is not None:
            raise item.error
    return drawn


def _answer(
    page: str, columns: Sequence[str], rows_of: Callable[[View], pd.DataFrame]
) -> flask.Response:
    """Return the whole document, made before its first byte leaves, or the reason why not."""
    try:
        seen = view_of(_question())
        text = document(rows_of(seen), columns)
    except BadInput as refusal:
        return _refusal(sentence(refusal), 400)
    except HistorianUnavailable as failure:
        return _refusal(sentence(failure), 503)
    response = flask.Response(BOM + text, mimetype="text/csv")
    name = f"ksys-{page}-{seen.stop:%Y%m%dT%H%M%SZ}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _question() -> dict[str, Any]:
    arguments = flask.request.args
    question: dict[str, Any] = {name: arguments.getlist(name)[-1] for name in arguments}
    if "tag" in arguments:
        question["tag"] = arguments.getlist("tag")
    return question


def _refusal(text: str, status: int) -> flask.Response:
    return flask.Response(text + "\n", status, mimetype="text/plain")


def document(table: pd.DataFrame, columns: Sequence[str]) -> str:
    """Return rows as RFC 4180 text: times ISO 8601 with offset, numbers in full, no formulas."""
    table = table[list(columns)].copy()
    for name in ("tag", "unit"):
        table[name] = [harmless(text) for text in table[name]]
    table["filling"] = ["true" if filling else "false" for filling in table["filling"]]
    table["time"] = [time.isoformat() for time in table["time"]]
    text: str = table.to_csv(index=False, lineterminator="\r\n")
    return text


def harmless(text: str) -> str:
    """Return text that a spreadsheet shows instead of computing: `'` before a formula's sign.

    Another one before a `'` of the text's own, so that taking one off gives the text again.
    """
    return f"'{text}" if text.lstrip("'").startswith(FORMULA) else text
