"""Which rows a table shows, and in which order: what its headers ask the server for."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
from flask_babel import gettext as _

from components.comparison import VALUE as EARLIER_VALUE
from data.analysis import comparison
from data.errors import BadInput

#: The column of single readings, of which all numbers of a bucket say the same; what it sorts by. A
#: state has no mean.
VALUE = "value"
VALUES = {VALUE: "last", EARLIER_VALUE: f"{comparison.PREFIX}last"}
#: What may be asked of numbers: comparisons by AG Grid's names, of one or of two of them.
FILTERS: Mapping[str, Callable[[pd.Series, float, float], pd.Series]] = {
    "greaterThanOrEqual": lambda column, low, _high: column >= low,
    "lessThanOrEqual": lambda column, low, _high: column <= low,
    "inRange": lambda column, low, high: (column >= low) & (column <= high),
}
CONTAINS = "contains"
#: Qualities by severity, as the table sorts them.
SEVERITY = ("GOOD", "UNKNOWN", "SUSPECT", "BAD")


def shown(rows: pd.DataFrame, request: Mapping[str, Any]) -> pd.DataFrame:
    """Return the rows that all filters let through, in the order that is asked for.

    Raises
    ------
    BadInput
        If it asks by what no column is sorted or filtered by.
    """
    return _sorted(_filtered(rows, request.get("filterModel")), request.get("sortModel"))


def is_plain(request: Mapping[str, Any]) -> bool:
    """Return whether all rows are asked for in their own order."""
    return request.get("filterModel") in (None, {}) and not request.get("sortModel")


def _filtered(rows: pd.DataFrame, model: object) -> pd.DataFrame:
    """Return the rows that all filters of a grid let through; `no` stays that of all rows."""
    if not isinstance(model, Mapping | None):
        raise BadInput("bad_call", part="filterModel")
    for name, wanted in (model or {}).items():
        column = str(VALUES.get(name, name))
        if not isinstance(wanted, Mapping) or column not in rows.columns:
            raise BadInput("bad_call", part="filterModel")
        rows = rows[_passes(rows[column], wanted, column)]
    return rows


def _passes(column: pd.Series, wanted: Mapping[str, Any], name: str) -> Any:
    kind, sought = str(wanted.get("type")), wanted.get("filter")
    if name in ("tag", "quality") and kind == CONTAINS and isinstance(sought, str):
        texts = column.map(_quality_words()) if name == "quality" else column
        return texts.str.contains(sought, case=False, regex=False)
    if name not in ("tag", "time", "quality") and kind in FILTERS:
        return FILTERS[kind](
            column.astype(float), _number(sought), _number(wanted.get("filterTo", 0))
        )
    raise BadInput("bad_call", part="filterModel")


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadInput("bad_call", part="filterModel")
    return float(value)


def _sorted(rows: pd.DataFrame, model: object) -> pd.DataFrame:
    """Return rows in the order that a grid asks for, what is missing last; else as they are."""
    if not model:
        return rows
    if not isinstance(model, list) or not all(isinstance(each, Mapping) for each in model):
        raise BadInput("bad_call", part="sortModel")
    for each in reversed(model):
        column, order = str(each.get("colId")), each.get("sort")
        column = VALUES.get(column, column)
        if column not in rows.columns or order not in ("asc", "desc"):
            raise BadInput("bad_call", part="sortModel")
        key = rows[column].map(SEVERITY.index) if column == "quality" else rows[column]
        order_of = key.reset_index(drop=True).sort_values(ascending=order == "asc", kind="stable")
        rows = rows.iloc[order_of.index]
    return rows


def _quality_words() -> dict[str, str]:
    """Return the word that a row shows for each quality."""
    words = (_("good"), _("not judged"), _("SUSPECT"), _("BAD"))
    return dict(zip(SEVERITY, words, strict=True))
