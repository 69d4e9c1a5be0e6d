"""Where the period before is told: in the rows over a chart, and in the table under it."""

from typing import Any

from dash import html
from flask_babel import gettext as _

#: The column of a single reading's earlier one, of which all numbers of a bucket say the same.
VALUE = "compare_value"


def compared_legend(page: str) -> html.P:
    """Return the place of both windows, with the strokes that they are drawn in."""
    here = [html.I(className="stroke"), html.Span(id=f"{page}-compared-here")]
    there = [html.I(className="stroke stroke--dotted"), html.Span(id=f"{page}-compared-there")]
    return html.P(
        [html.Span(here), html.Span(there)], id=f"{page}-compared", className="compared-legend"
    )


def header_cells(page: str) -> list[html.Th]:
    """Return the headings of the earlier value and of the difference; hidden where none is."""
    word = html.Span(_("Before"), id=f"{page}-before-word")
    at = html.Small(id=f"{page}-before-at")
    return [
        html.Th([word, at], className="legend__before", scope="col"),
        html.Th(_("Difference"), className="legend__delta", scope="col"),
    ]


def row_cells() -> list[html.Td]:
    """Return the places of the earlier value and of the difference in a row."""
    return [html.Td(className="legend__before"), html.Td(className="legend__delta")]


def table_columns() -> list[dict[str, Any]]:
    """Return the columns of the table; `assets/chart/compare.mjs` shows them with a comparison."""
    headers = {
        "compare_avg": _("Average before"),
        "compare_delta": _("Difference"),
        "compare_min": _("Min before"),
        "compare_max": _("Max before"),
        "compare_last": _("Last before"),
    }
    time = {"field": "compare_time", "headerName": _("Compared with"), "width": 225, "hide": True}
    value = _number("compare_last", _("Before")) | {"colId": VALUE}
    return [time, value, *(_number(name, header) for name, header in headers.items())]


def _number(name: str, header: str) -> dict[str, Any]:
    return {
        "field": name,
        "headerName": header,
        "type": "rightAligned",
        "width": 122,
        "hide": True,
        "valueFormatter": {"function": "ksysNumber(params)"},
        "tooltipValueGetter": {"function": "ksysFull(params)"},
    }
