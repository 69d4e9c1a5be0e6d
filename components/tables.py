"""The table under a chart: the same rows, page by page from the server."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import dash_ag_grid
import numpy as np
import pandas as pd
from flask_babel import gettext as _

from components.comparison import VALUE as EARLIER_VALUE
from components.comparison import table_columns as earlier_columns
from components.words import needs_readings
from data.analysis import comparison, kinds, moments
from data.errors import BadInput
from data.views import TagSeries

#: How wide five digits are, and a counter of 32 bits in full [px].
SHORT, IN_FULL = 92, 122
#: A grid asks for `BLOCK` rows at a time; ten times as many are refused.
BLOCK = 100
#: The column of single readings, of which all numbers of a bucket say the same; what it sorts by.
VALUE = "value"
VALUES = {VALUE: "avg", EARLIER_VALUE: f"{comparison.PREFIX}avg"}
#: What may be asked of numbers: comparisons by AG Grid's names, of one or of two of them.
FILTERS: Mapping[str, Callable[[pd.Series, float, float], pd.Series]] = {
    "greaterThanOrEqual": lambda column, low, _high: column >= low,
    "lessThanOrEqual": lambda column, low, _high: column <= low,
    "inRange": lambda column, low, high: (column >= low) & (column <= high),
}
CONTAINS = "contains"
#: Qualities by severity, as the table sorts them.
SEVERITY = ("GOOD", "UNKNOWN", "SUSPECT", "BAD")


def table(page: str, columns: Sequence[Mapping[str, Any]]) -> dash_ag_grid.AgGrid:
    """Return an empty grid that asks the server for the rows it scrolls to."""
    return dash_ag_grid.AgGrid(
        id=f"{page}-rows",
        className="rows-table",
        columnDefs=list(columns),
        defaultColDef={"resizable": True, "suppressHeaderMenuButton": True, "sortable": True},
        rowModelType="infinite",
        dashGridOptions={
            "cacheBlockSize": BLOCK,
            "maxBlocksInCache": 5,
            "rowHeight": 29,
            "headerHeight": 32,
            "localeText": locale_text(),
            "suppressCellFocus": False,
            "enableCellTextSelection": True,
            "suppressColumnMoveAnimation": True,
            "animateRows": False,
            "rowClassRules": {
                "row--suspect": "ksysIs(params, 'SUSPECT')",
                "row--bad": "ksysIs(params, 'BAD')",
                "row--filling": "ksysFilling(params)",
            },
        },
    )


def locale_text() -> dict[str, str]:
    """Return AG Grid's own words that our tables can show, by its keys."""
    return {
        "loadingOoo": _("Loading…"),
        "noRowsToShow": _("No rows"),
        "loadingError": _("not loaded"),
        "ariaLabelColumnMenu": _("Column"),
        "copy": _("Copy"),
        "contains": _("contains"),
        "greaterThanOrEqual": _("at least"),
        "lessThanOrEqual": _("at most"),
        "inRange": _("from … to"),
        "inRangeStart": _("from"),
        "inRangeEnd": _("to"),
        "filterOoo": _("Filter…"),
        "resetFilter": _("Show all"),
        "ariaFilterInput": _("Filter"),
        "ariaFilterValue": _("Filter"),
        "ariaFilterFromValue": _("from"),
        "ariaFilterToValue": _("to"),
        "ariaFilteringOperator": _("Comparison"),
        "ariaFilterColumn": _("Press CTRL ENTER to open filter"),
        "ariaSortableColumn": _("Press ENTER to sort"),
    }


def trend_columns() -> list[dict[str, Any]]:
    """Return the columns of the trend table; the header of `time` gets the offset on arrival."""
    value = number_column("avg", _("Value"), IN_FULL) | {"colId": VALUE, "hide": True}
    numbers = (number_column(name, text, IN_FULL) for name, text in number_headers().items())
    before = earlier_columns()
    return [*leading_columns(), value, *numbers, share_column(), quality_column(), *before]


def tech_columns() -> list[dict[str, Any]]:
    """Return the columns of the tech table."""
    headers = {
        "avg": _("Average"),
        "sma_10": "SMA 10",
        "sma_60": "SMA 60",
        "ema_20": "EMA 20",
        "lower": _("Band low"),
        "middle": _("Band middle"),
        "upper": _("Band high"),
        "sigma": "σ 20",
        "slope": _("Slope 60 /h"),
        "r2": "R²",
        "n": _("Count"),
    }
    long = ("lower", "middle", "upper", "slope")
    numbers = (
        number_column(name, header, IN_FULL if name in long else SHORT)
        for name, header in headers.items()
    )
    return [*leading_columns(), *numbers, share_column(), quality_column()]


def leading_columns() -> list[dict[str, Any]]:
    """Return number, tag and time, the columns every table starts with."""
    return [
        {
            "field": "no",
            "headerName": _("No."),
            "width": 76,
            "type": "rightAligned",
            "sortable": False,
        },
        {
            "field": "tag",
            "headerName": _("Tag"),
            "width": 120,
            "tooltipField": "tag",
            **_filter("agTextColumnFilter", [CONTAINS]),
        },
        {"field": "time", "headerName": _("Time"), "width": 250},
    ]


def number_headers() -> dict[str, str]:
    """Return the header of each column of numbers, in the order shown."""
    return {
        "avg": _("Average"),
        "min": _("Min"),
        "max": _("Max"),
        "last": _("Last"),
        "first": _("First"),
        "n": _("Count"),
    }


def number_column(name: str, header: str, width: int = SHORT) -> dict[str, Any]:
    """Return a column of numbers, at least so wide [px]; the title has what its text leaves out."""
    column: dict[str, Any] = {
        "field": name,
        "headerName": header,
        "type": "rightAligned",
        "flex": 1,
        "minWidth": SHORT if name == "n" else width,
    }
    column |= _filter("agNumberColumnFilter", list(FILTERS))
    column["valueFormatter"] = {"function": "ksysNumber(params)"}
    column["tooltipValueGetter"] = {"function": "ksysFull(params)"}
    return column


def share_column() -> dict[str, Any]:
    """Return the column of the share of good readings of each bucket; the worst sort first."""
    return {
        "field": "share",
        "headerName": _("Good"),
        "headerTooltip": _("Share of good ones among the readings of the bucket"),
        "type": "rightAligned",
        "width": 74,
        "valueFormatter": {"function": "ksysShare(params)"},
    }


def quality_column() -> dict[str, Any]:
    """Return the column that shows quality as a word of the catalogue."""
    return {
        "field": "quality",
        "headerName": _("Quality"),
        "width": 230,
        "valueFormatter": {"function": "ksysQuality(params)"},
        **_filter("agTextColumnFilter", [CONTAINS]),
    }


def _quality_words() -> dict[str, str]:
    """Return the word that a row shows for each quality."""
    words = (_("good"), _("not judged"), _("SUSPECT"), _("BAD"))
    return dict(zip(SEVERITY, words, strict=True))


def _filter(kind: str, options: list[Any]) -> dict[str, Any]:
    """Return what makes a column one that can be filtered; the server does it."""
    more = {"filterOptions": options, "maxNumConditions": 1, "buttons": ["reset"]}
    return {"filter": kind, "filterParams": {**more, "debounceMs": 400}}


def block(
    rows: pd.DataFrame, request: Mapping[str, Any], series: Sequence[TagSeries] = ()
) -> dict[str, Any]:
    """Return the rows that a grid asked for, as its getRowsResponse.

    Parameters
    ----------
    rows : a table of `data.views.rows`
    request : getRowsRequest: startRow, endRow, and what to sort and to filter by
    series : of the rows; states are told in words, numbers with the digits of their tag

    Raises
    ------
    BadInput
        If it asks for no rows that there can be, for more than a grid does, or by what no column
        is sorted or filtered by.
    """
    first, last = _row(request, "startRow", 0), _row(request, "endRow", BLOCK)
    if last - first > 10 * BLOCK:
        raise BadInput("bad_call", part="endRow")
    rows = _sorted(_filtered(rows, request.get("filterModel")), request.get("sortModel"))
    part = rows.iloc[first:last]
    with_fractions = moments.fractional(pd.DatetimeIndex(rows["time"])) if len(rows) else False
    if len(part):
        times = pd.DatetimeIndex(part["time"])
        part = part.assign(time=moments.texts(times, with_fractions))
    compares = "compare_time" in part
    if compares:
        part = part.assign(compare_time=_earlier(part["compare_time"], with_fractions))
    told = {item.tag.name: _digits(item, compares) for item in series}
    for item in (each for each in series if each.of_kind is not None):
        part = _in_words(part.astype(object), item)
    names = [*part.columns, "digits"]
    cells = [_cells(part[name]) for name in part.columns]
    digits = [told.get(tag, {}) for tag in part["tag"]]
    records = [dict(zip(names, row, strict=True)) for row in zip(*cells, digits, strict=True)]
    return {"rowData": records, "rowCount": len(rows)}


def _cells(column: pd.Series) -> list[Any]:
    """Return the values of a column as JSON has them: None for what is missing."""
    cells: list[Any] = column.tolist()
    if column.dtype == np.float64:
        return [None if math.isnan(cell) else cell for cell in cells]
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "bi":
        return cells
    return [None if gone else cell for cell, gone in zip(cells, column.isna(), strict=True)]


def _earlier(times: pd.Series, with_fractions: bool) -> pd.Series:
    """Return times as they are written, nothing where there is none."""
    there = times.dropna()
    texts = moments.texts(pd.DatetimeIndex(there), with_fractions)
    return pd.Series(texts, there.index, dtype=object).reindex(times.index)


def _digits(item: TagSeries, compares: bool) -> Mapping[str, int]:
    """Return how numbers are written, those of the other side of a comparison as on this one."""
    if not compares:
        return item.digits
    other = {f"{comparison.PREFIX}{name}": told for name, told in item.digits.items()}
    column = "last" if item.tag.kind == kinds.COUNTER else "avg"
    return {**item.digits, **other, f"{comparison.PREFIX}delta": item.digits[column]}


def _row(request: Mapping[str, Any], name: str, without: int) -> int:
    row = request.get(name, without)
    if type(row) is not int or row < 0:
        raise BadInput("bad_call", part=name)
    return row


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


def _in_words(part: pd.DataFrame, item: TagSeries) -> pd.DataFrame:
    """Return rows (of objects) with the texts of those of a state or an angle."""
    mine = (part["tag"] == item.tag.name) & (item.of_kind is not None)
    if not mine.any():
        return part
    if item.tag.kind == kinds.STATE:
        names = ("min", "max", "last", "first")
        there = [name for name in map(comparison.PREFIX.__add__, names) if name in part]
        for name in (*names, *there):
            values = part.loc[mine, name].astype(float).tolist()
            part.loc[mine, name] = kinds.words(values, item.tag.states)
    if item.tag.kind == kinds.ANGLE and item.of_kind and item.of_kind.needs_readings:
        part.loc[mine, "avg"] = needs_readings()
    return part
