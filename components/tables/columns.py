"""The columns of the table under a chart, and the grid that asks the server for its rows."""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_ag_grid
from flask_babel import gettext as _

from components.comparison import table_columns as earlier_columns
from components.tables.order import CONTAINS, FILTERS, VALUE

#: How a cell shows the name of a tag; the title has it whole.
NAME: Mapping[str, str] = {"tooltipField": "tag", "cellRenderer": "KsysTag"}
#: How wide five digits are, and a counter of 32 bits in full [px].
SHORT, IN_FULL = 92, 122
#: A grid asks for `BLOCK` rows at a time; ten times as many are refused.
BLOCK = 100


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
            "autoSizePadding": 4,
            "animateRows": False,
            "tabToNextCell": {"function": "ksysTab(params)"},
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
        "loadingOoo": _("Loading …"),
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
    """Return the columns of the trend table; the header of `time` gets the offset on arrival.

    Those of numbers are seen once the answer says whether its rows are readings or buckets: a
    reading stood under "Average", "Min" and "Max" for a moment.
    """
    value = number_column("last", _("Value"), IN_FULL) | {"colId": VALUE}
    numbers = (number_column(name, text, IN_FULL) for name, text in number_headers().items())
    either = [each | {"hide": True} for each in (value, *numbers, share_column())]
    return [*leading_columns(), *either, quality_column(), *earlier_columns()]


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
    short = ("r2", "n")
    numbers = (
        number_column(name, header, SHORT if name in short else IN_FULL)
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
            **NAME,
            **_filter("agTextColumnFilter", [CONTAINS]),
        },
        {
            "field": "time",
            "headerName": _("Time"),
            "width": 250,
            "valueFormatter": {"function": "ksysTime(params)"},
        },
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


def number_column(name: str, header: str, width: int) -> dict[str, Any]:
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


def _filter(kind: str, options: list[Any]) -> dict[str, Any]:
    """Return what makes a column one that can be filtered; the server does it."""
    more = {"filterOptions": options, "maxNumConditions": 1, "buttons": ["reset"]}
    return {"filter": kind, "filterParams": {**more, "debounceMs": 400}}
