"""Tech indicators: moving means, band and slope of one tag at any resolution."""

from functools import partial
from typing import Any
from urllib.parse import urlencode

import dash
from dash import Input, Output, State, callback, get_relative_path, html, no_update
from flask_babel import gettext as _

from components import answers, controls, legend, sheet
from components.charts import EMPTY_FIGURE, canvas, indicator_labels, lines
from components.messages import notice, spoken
from components.notices import notices
from components.question import Question, mapping, query_of, receipt, site, texts, theme, view_of
from components.shell import page, telling, title
from components.summary import caption, gap_list
from components.tables import block, table, tech_columns
from components.tags import tag_labels, tag_options
from data.analysis import kinds
from data.db import HistorianUnavailable
from data.errors import BadInput, KsysError
from data.views import INDICATOR_COLUMNS, TagSeries, View, columns, indicator_series
from figures.tech import indicators_figure

dash.register_page(__name__, path="/tech", order=2, title=title)


def layout(**query: Any) -> html.Div:
    """Show the controls with the values of the address; the answers come by callback."""
    return page(
        html.H1(_("Tech indicators"), className="visually-hidden"),
        *controls.stores("tech", query, site()["refresh_seconds"]),
        controls.tag_strip("tech"),
        controls.window_strip("tech", controls.resolution_choice("tech", query)),
        sheet.place("tech"),
        *controls.panels("tech", legend.heading("tech"), legend.toggles("tech", query)),
        sheet.foot(),
        html.Div(
            html.Div(table("tech", tech_columns()), id="tech-view-rows"),
            className="panel panel--rows",
        ),
        name="tech",
    )


controls.connect("tech", "resolution")
legend.connect("tech")
#: Refusals of a tag that has a trend all the same.
OF_KIND = {f"indicators_of_{kind}" for kind in kinds.KINDS}


@callback(
    Output("tech-chart", "figure"),
    Output("tech-seeing", "children"),
    Output("tech-notice", "children"),
    Output("tech-shown", "data"),
    Output("tech-gaps", "children"),
    Output("tech-sheet", "children"),
    Input("tech-question", "data"),
    prevent_initial_call=True,
)
def draw(question: dict[str, Any]) -> tuple[Any, ...]:
    """Draw what the question asks for, or say why not: see `pages/trend.py`."""
    try:
        view, colours = view_of(question, most=1), theme(question)
        item = indicator_series(view)
        told = caption(view, [item], "tech")
        paper = sheet.head(view, [item], "tech", told.text)
    except BadInput as refusal:
        return EMPTY_FIGURE, [], notice(spoken(refusal), way=_trend_of(refusal)), None, [], []
    except HistorianUnavailable as failure:
        return no_update, no_update, notice(spoken(failure)), no_update, no_update, no_update
    surface, messages = canvas(view, colours, "tech"), notices(view, [item], [])
    (line,) = lines([item], view.tags)
    labels = indicator_labels(item)
    figure = indicators_figure(line, item.frame, labels, surface, view.indicators)
    gaps = [html.Li(text) for text in gap_list(view, [item])]
    record = receipt(view, [item], question, item.resolution)
    answers.keep(record, [item], partial(_rows, view, item), len(item.frame))
    return figure, told.chips, messages, record, gaps, paper


def _rows(view: View, item: TagSeries) -> answers.Rows:
    return answers.Rows([item], columns([item], view.whole_until, INDICATOR_COLUMNS))


def _rows_of(query: Question) -> answers.Rows:
    view = view_of(query, most=1)
    return _rows(view, indicator_series(view))


def _trend_of(error: KsysError) -> html.A | None:
    """Return the way to the trend of a tag that has no indicators; None of any other refusal."""
    if error.key not in OF_KIND:
        return None
    address = f"{get_relative_path('/trend')}?{urlencode({'tag': error.values['tag']})}"
    return html.A(_("Open its trend"), href=address)


@callback(Output("tech-chips", "children"), Input("tech-tags", "data"))
def name_tags(tags: list[str] | None) -> list[html.Tr]:
    """Put up the row of the tag that is shown."""
    return legend.rows("tech", tag_labels(list(dict.fromkeys(texts(tags, "tech-tags")))))


@callback(
    Output("tech-add", "options"),
    Input("tech-add", "search_value"),
    Input("tech-tags", "data"),
)
def find_tags(search: str | None, tags: list[str] | None) -> list[dict[str, Any]]:
    """Return the options for what is typed: tags that match it and are not shown yet."""
    return tag_options(search, texts(tags, "tech-tags"), values_alone=True)


@callback(
    Output("tech-rows", "getRowsResponse"),
    Input("tech-rows", "getRowsRequest"),
    State("tech-shown", "data"),
    prevent_initial_call=True,
    running=telling("tech-rows"),
)
def list_rows(request: dict[str, Any] | None, record: dict[str, Any] | None) -> Any:
    """Return the rows that the table scrolls to, of the chart that `record` tells of."""
    if request is None or record is None:
        return {"rowData": [], "rowCount": 0}
    query, wanted = query_of(record, "tech-shown"), mapping(request, "tech-rows")
    try:
        shown = answers.rows(record, partial(_rows_of, query))
    except (BadInput, HistorianUnavailable):
        return no_update
    return block(shown.table, wanted, shown.series)
