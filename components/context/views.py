"""The panel under a trend: a choice of four views of the window, and their places."""

from typing import Any

import dash_ag_grid
from dash import (
    ClientsideFunction,
    Input,
    Output,
    State,
    clientside_callback,
    dcc,
    get_relative_path,
    html,
)
from flask_babel import gettext as _

from components import controls, pairs
from components.context.stretch import stretch_control
from components.tables import NAME, locale_text

ROWS, EXCURSIONS, STATISTICS = "rows", "excursions", "statistics"
#: In the order of their places, as assets/chart/page.mjs has them.
VIEWS = (ROWS, EXCURSIONS, STATISTICS, pairs.VIEW)
RIGHT = {"type": "rightAligned"}


def place(page: str) -> html.Div:
    """Return the place over the chart where the window of the chosen tag is told."""
    return html.Div(id=f"{page}-headline", className="headline")


def panel(page: str, rows: Any) -> html.Div:
    """Return the panel; `rows` is the table of the rows, which is seen at first."""
    words = {
        ROWS: _("Rows"),
        EXCURSIONS: _("Excursions"),
        STATISTICS: _("Statistics"),
        pairs.VIEW: _("Against another"),
    }
    return html.Div(
        [
            html.Div(
                [
                    controls.segments(f"{page}-view", words, ROWS, _("Below the chart")),
                    stretch_control(page),
                ],
                className="context__head",
            ),
            html.Div(id=f"{page}-view-note", className="context__note", role="status"),
            html.Div(rows, id=f"{page}-view-rows"),
            html.Div(
                [_file_link(page), _excursions(page)], id=f"{page}-view-excursions", hidden=True
            ),
            html.Div(id=f"{page}-view-statistics", className="context__scroll", hidden=True),
            html.Div(pairs.pair_panel(page), id=f"{page}-view-pair", hidden=True),
            dcc.Store(id=f"{page}-bars"),
        ],
        className="panel panel--rows",
    )


def _file_link(page: str) -> html.P:
    """Return the link to all that are listed as a file; a script says of which window."""
    href = get_relative_path("/api/v1/excursions.csv")
    link = html.A(_("Excursions as CSV"), id=f"{page}-excursions-csv", className="seg", href=href)
    return html.P(link, className="context__file")


def _excursions(page: str) -> dash_ag_grid.AgGrid:
    """Return the empty table of excursions: it sorts by any heading; a click zooms to one."""
    return dash_ag_grid.AgGrid(
        id=f"{page}-excursions",
        className="rows-table rows-table--leads",
        columnDefs=_columns(),
        defaultColDef={"resizable": True, "suppressHeaderMenuButton": True, "sortable": True},
        rowData=[],
        getRowId="params.data.id",
        dashGridOptions={
            "rowHeight": 29,
            "headerHeight": 32,
            "localeText": locale_text(),
            "enableCellTextSelection": True,
            "suppressColumnMoveAnimation": True,
            "animateRows": False,
            "tabToNextCell": {"function": "ksysTab(params)"},
        },
    )


def _columns() -> list[dict[str, Any]]:
    text, number = _shown("ksysText"), _shown("ksysNumber") | RIGHT
    columns = [
        # A phone shows the first three: which tag, how bad, since when.
        ("tag", _("Tag"), 84, {**NAME, "flex": 1, "minWidth": 84}),
        ("level", _("Level"), 112, text),
        ("start", _("Start"), 165, {"sort": "desc", **text}),
        ("stop", _("Stop"), 165, text),
        ("seconds", _("Duration"), 105, text | RIGHT),
        ("limit", _("Limit"), 150, text),
        ("extreme", _("Extreme"), 105, number),
        ("extreme_at", _("at"), 165, text),
        ("over", _("Beyond the limit"), 130, number),
        ("coverage", _("Coverage"), 100, text | RIGHT),
    ]
    return [
        {"field": field, "headerName": header, "width": width, **more}
        for field, header, width, more in columns
    ]


def _shown(name: str) -> dict[str, Any]:
    return {"valueFormatter": {"function": f"{name}(params)"}}


def connect(page: str) -> None:
    """Register in the browser which view is seen, which stretch is selected, and what clicks do."""
    clientside_callback(
        ClientsideFunction("ksys_view", "turn"),
        *(Output(f"{page}-view-{view}", "hidden") for view in VIEWS),
        Input(f"{page}-view", "value"),
    )
    clientside_callback(
        ClientsideFunction("ksys_view", "stretch"),
        Output(f"{page}-selected", "data"),
        Input(f"{page}-asked", "data"),
        Input(f"{page}-event", "data"),
        State(f"{page}-selected", "data"),
    )
    clientside_callback(
        ClientsideFunction("ksys_view", "paired"), Input(f"{page}-pair-chart", "figure")
    )
    clientside_callback(ClientsideFunction("ksys_view", "bars"), Input(f"{page}-bars", "data"))
    clientside_callback(
        ClientsideFunction("ksys_view", "jump"), Input(f"{page}-excursions", "cellClicked")
    )
