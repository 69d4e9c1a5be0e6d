"""Tech indicators: moving means, band and slope of one tag at any resolution."""

from typing import Any

import dash
from dash import Input, Output, State, callback, html, no_update

from components import controls
from components.charts import canvas, indicator_labels
from components.messages import notice, sentence
from components.notices import notices
from components.question import receipt, site, view_of
from components.shell import page
from components.summary import gap_list, seeing
from components.tables import block, table, tech_columns
from components.tags import named, tag_options
from data.db import HistorianUnavailable
from data.errors import BadInput
from data.views import STUDIED, rows, studied
from figures.indicators import indicators_figure

dash.register_page(__name__, path="/tech", order=2)


def layout(**query: Any) -> html.Div:
    """Show the controls with the values of the address; the answers come by callback."""
    return page(
        *controls.stores("tech", query, site()["refresh_seconds"]),
        controls.tag_strip("tech"),
        controls.window_strip("tech", query, controls.resolution_choice("tech", query)),
        *controls.panels("tech"),
        html.Div(table("tech", tech_columns()), className="panel panel--rows"),
        name="tech",
    )


controls.connect("tech", resolution=True)


@callback(
    Output("tech-chart", "figure"),
    Output("tech-seeing", "children"),
    Output("tech-notice", "children"),
    Output("tech-shown", "data"),
    Output("tech-gaps", "children"),
    Input("tech-question", "data"),
    prevent_initial_call=True,
)
def draw(question: dict[str, Any]) -> tuple[Any, ...]:
    """Draw what the question asks for, or say why not and leave what is shown."""
    try:
        seen = view_of(question, most=1)
        item = studied(seen)
    except (BadInput, HistorianUnavailable) as error:
        return no_update, no_update, notice(sentence(error)), no_update, no_update
    surface = canvas(seen, question.get("theme", ""), "tech")
    labels, told = indicator_labels(item), notices(seen, [item], [])
    figure = indicators_figure(item.frame, item.broken, item.seconds, labels, item.unit, surface)
    gaps = [html.Li(text) for text in gap_list(seen, [item])]
    kept = receipt(seen, [item], question, item.resolution)
    return figure, seeing(seen, [item], "tech"), told, kept, gaps


@callback(Output("tech-chips", "children"), Input("tech-tags", "data"))
def name_tags(tags: list[str] | None) -> list[html.Span]:
    """Put up a chip for the tag that is shown."""
    return controls.chips("tech", named(tags or []))


@callback(
    Output("tech-add", "options"),
    Input("tech-add", "search_value"),
    Input("tech-tags", "data"),
)
def find_tags(search: str | None, tags: list[str] | None) -> list[dict[str, str]]:
    """Offer the tags that match what is typed."""
    return tag_options(search, tags or [])


@callback(
    Output("tech-rows", "getRowsResponse"),
    Input("tech-rows", "getRowsRequest"),
    State("tech-shown", "data"),
    prevent_initial_call=True,
)
def list_rows(request: dict[str, Any] | None, shown: dict[str, Any] | None) -> Any:
    """Give the table the rows of the chart that it scrolls to."""
    if request is None or shown is None:
        return {"rowData": [], "rowCount": 0}
    try:
        seen = view_of(shown["query"], most=1)
        item = studied(seen)
    except (BadInput, HistorianUnavailable):
        return no_update
    return block(rows([item], seen.now, STUDIED), request)
