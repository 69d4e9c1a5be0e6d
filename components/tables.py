"""The table under a chart: the same rows, page by page from the server."""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_ag_grid
import pandas as pd
from flask_babel import gettext as _

from components.words import needs_readings
from data.analysis import kinds, moments
from data.errors import BadInput
from data.views import TagSeries

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
        defaultColDef={"resizable": True, "suppressHeaderMenuButton": True, "sortable": False},
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
    }


def trend_columns() -> list[dict[str, Any]]:
    """Return the columns of the trend table; the header of `time` gets the offset on arrival."""
    return [
        *leading_columns(),
        *(number_column(name, header, IN_FULL) for name, header in number_headers().items()),
        quality_column(),
    ]


def tech_columns() -> list[dict[str, Any]]:
    """Return the columns of the tech table."""
    headers = {
        "avg": _("Average"),
        "sma_10": "SMA 10",
        "sma_60": "SMA 60",
        "lower": _("Band low"),
        "middle": _("Band middle"),
        "upper": _("Band high"),
        "slope": _("Slope 60 /h"),
        "n": _("Count"),
    }
    numbers = (number_column(name, header) for name, header in headers.items())
    return [*leading_columns(), *numbers, quality_column()]


def leading_columns() -> list[dict[str, Any]]:
    """Return number, tag and time, the columns every table starts with."""
    return [
        {"field": "no", "headerName": _("No."), "width": 76, "type": "rightAligned"},
        {"field": "tag", "headerName": _("Tag"), "width": 120, "tooltipField": "tag"},
        {"field": "time", "headerName": _("Time"), "width": 225},
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
    column["valueFormatter"] = {"function": "ksysNumber(params)"}
    column["tooltipValueGetter"] = {"function": "ksysFull(params)"}
    return column


def quality_column() -> dict[str, Any]:
    """Return the column that shows quality as a word of the catalogue."""
    return {
        "field": "quality",
        "headerName": _("Quality"),
        "width": 230,
        "valueFormatter": {"function": "ksysQuality(params)"},
    }


def block(
    rows: pd.DataFrame, request: Mapping[str, Any], series: Sequence[TagSeries] = ()
) -> dict[str, Any]:
    """Return the rows that a grid asked for, as its getRowsResponse.

    Parameters
    ----------
    rows : a table of `data.views.rows`
    request : getRowsRequest: startRow, endRow
    series : of the rows; states are told in words, numbers with the digits of their tag

    Raises
    ------
    BadInput
        If it asks for no rows that there can be, or for more than a grid does.
    """
    first, last = _row(request, "startRow", 0), _row(request, "endRow", BLOCK)
    if last - first > 10 * BLOCK:
        raise BadInput("bad_call", part="endRow")
    part = rows.iloc[first:last]
    with_fractions = moments.fractional(pd.DatetimeIndex(rows["time"])) if len(rows) else False
    if len(part):
        times = pd.DatetimeIndex(part["time"])
        part = part.assign(time=moments.texts(times, with_fractions))
    part = part.astype(object)
    for item in series:
        part = _in_words(part, item)
    told = {item.tag.name: item.digits for item in series}
    records = [
        {**row, "digits": told.get(row["tag"], {})}
        for row in part.where(part.notna(), None).to_dict("records")
    ]
    return {"rowData": records, "rowCount": len(rows)}


def _row(request: Mapping[str, Any], name: str, without: int) -> int:
    row = request.get(name, without)
    if type(row) is not int or row < 0:
        raise BadInput("bad_call", part=name)
    return row


def _in_words(part: pd.DataFrame, item: TagSeries) -> pd.DataFrame:
    """Return rows (of objects) with the texts of those of a state or an angle."""
    mine = (part["tag"] == item.tag.name) & (item.of_kind is not None)
    if not mine.any():
        return part
    if item.tag.kind == kinds.STATE:
        for name in ("min", "max", "last", "first"):
            values = part.loc[mine, name].astype(float).tolist()
            part.loc[mine, name] = kinds.words(values, item.tag.states)
    if item.tag.kind == kinds.ANGLE and item.of_kind and item.of_kind.needs_readings:
        part.loc[mine, "avg"] = needs_readings()
    return part
