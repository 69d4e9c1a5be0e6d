"""Trend: one or several tags over any window, down to the single reading."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import dash
from dash import Input, Output, State, callback, html, no_update
from flask_babel import gettext as _

from components import answers, comparison, context, controls, events, legend, pairs, sheet
from components.charts import EMPTY_FIGURE, canvas
from components.messages import notice, spoken
from components.notices import notices
from components.question import Question, mapping, query_of, receipt, site, texts, theme, view_of
from components.shell import page, telling, title
from components.summary import caption, gap_list
from components.tables import block, table, trend_columns
from components.tags import tag_labels, tag_options
from data.db import HistorianUnavailable
from data.errors import BadInput
from data.views import (
    Compared,
    TagSeries,
    View,
    both,
    columns,
    histories,
    rows,
    touching,
)
from figures.trend import trend_figure

dash.register_page(__name__, path="/trend", order=1, title=title)


def layout(**query: Any) -> html.Div:
    """Show the controls with the values of the address; the answers come by callback."""
    return page(
        html.H1(_("Trend"), className="visually-hidden"),
        *controls.stores("trend", query, site()["refresh_seconds"]),
        controls.tag_strip("trend"),
        controls.window_strip(
            "trend",
            comparison.compare_control("trend"),
            controls.statistic_choice("trend", query),
            legend.axes_choice("trend", query),
            controls.resolution_choice("trend", query),
            events.switches("trend"),
        ),
        sheet.place("trend"),
        *controls.panels(
            "trend",
            legend.heading("trend"),
            context.place("trend"),
            comparison.compared_legend("trend"),
            below=[events.event_list("trend")],
        ),
        sheet.foot("trend"),
        context.panel("trend", table("trend", trend_columns())),
        name="trend",
    )


controls.connect("trend", "statistic", "axes", "resolution")
legend.connect("trend")
context.connect("trend")


@callback(
    Output("trend-chart", "figure"),
    Output("trend-seeing", "children"),
    Output("trend-notice", "children"),
    Output("trend-shown", "data"),
    Output("trend-gaps", "children"),
    Output("trend-sheet", "children"),
    Output("trend-events", "children"),
    Input("trend-question", "data"),
    prevent_initial_call=True,
)
def draw(question: dict[str, Any]) -> tuple[Any, ...]:
    """Draw what the question asks for, or say why not.

    A refused question has no chart: one of another question would look like its answer. Where the
    historian does not answer what was drawn stays, and looks old.
    """
    try:
        view, colours = view_of(question), theme(question)
        series, refusals, against = both(view)
        beside = events.beside(view, series)
        told = caption(view, series)
        compared_with = comparison.sheet_text(view, against)
        paper = sheet.head(view, series, "trend", told.text, compared_with)
    except BadInput as refusal:
        return EMPTY_FIGURE, [], notice(spoken(refusal)), None, [], [], []
    except HistorianUnavailable as failure:
        return no_update, no_update, notice(spoken(failure)), *[no_update] * 4
    surface = beside.canvas(canvas(view, colours, "trend"))
    drawn = beside.lines(comparison.drawn(view, series, against))
    figure = trend_figure(drawn, surface, view.statistic, view.axes)
    beside.draw(figure, surface)
    figure["layout"]["meta"] |= comparison.of_view(view, against)
    messages = [*notices(view, series, refusals), *comparison.notes(view, series, against)]
    messages += beside.notes
    gaps = [html.Li(text) for text in gap_list(view, series)]
    record = receipt(view, series, question)
    size = sum(len(item.frame) for item in series)
    answers.keep(record, series, partial(_rows, view, series, against), size)
    return figure, told.chips, messages, record, gaps, paper, beside.items()


def _series_of(view: View) -> list[TagSeries]:
    return histories(view)[0]


def _rows(view: View, series: list[TagSeries], against: Sequence[Compared]) -> answers.Rows:
    """Return the rows of a chart; of a comparison as a frame, for its columns are of one."""
    if against or not series:
        table = rows(series, view.whole_until, against=against)
        return answers.Rows(series, table, [each.other for each in against])
    return answers.Rows(series, columns(series, view.whole_until))


def _rows_of(query: Question) -> answers.Rows:
    view = view_of(query)
    series, _refusals, against = both(view)
    return _rows(view, series, against)


@callback(Output("trend-chips", "children"), Input("trend-tags", "data"))
def name_tags(tags: list[str] | None) -> list[html.Tr]:
    """Put up a row for each tag that is shown."""
    return legend.rows("trend", tag_labels(list(dict.fromkeys(texts(tags, "trend-tags")))))


@callback(
    Output("trend-add", "options"),
    Input("trend-add", "search_value"),
    Input("trend-tags", "data"),
)
def find_tags(search: str | None, tags: list[str] | None) -> list[dict[str, Any]]:
    """Return the options for what is typed: tags that match it and are not shown yet."""
    return tag_options(search, texts(tags, "trend-tags"))


@callback(
    Output("trend-rows", "getRowsResponse"),
    Input("trend-rows", "getRowsRequest"),
    State("trend-shown", "data"),
    State("trend-selected", "data"),
    prevent_initial_call=True,
    running=telling("trend-rows"),
)
def list_rows(
    request: dict[str, Any] | None, record: dict[str, Any] | None, selected: object = None
) -> Any:
    """Return the rows that the table scrolls to, of the chart that `record` tells of."""
    if request is None or record is None:
        return {"rowData": [], "rowCount": 0}
    query, wanted = query_of(record, "trend-shown"), mapping(request, "trend-rows")
    try:
        view = view_of({**query, "select": selected})
        shown = answers.rows(record, partial(_rows_of, query))
    except (BadInput, HistorianUnavailable):
        return no_update
    table = touching(shown.frame, shown.series, *view.selected) if view.selected else shown.table
    return block(table, wanted, shown.series, shown.others)


@callback(
    Output("trend-excursions", "rowData"),
    Output("trend-view-statistics", "children"),
    Output("trend-view-note", "children"),
    Output("trend-headline", "children"),
    Input("trend-view", "value"),
    Input("trend-shown", "data"),
    Input("trend-selected", "data"),
    prevent_initial_call=True,
    running=telling("trend-context"),
)
def tell_context(
    chosen: object, record: dict[str, Any] | None, selected: object = None
) -> tuple[Any, ...]:
    """Return what the chosen view holds of the chart that `record` tells of."""
    if record is None:
        return [], [], [], []
    if not isinstance(chosen, str):
        return no_update, no_update, no_update, no_update
    query = query_of(record, "trend-shown")
    try:
        view = view_of({**query, "select": selected})
        series = answers.series(record, partial(_series_of, view))
        contents = context.contents(chosen, view, series)
    except (BadInput, HistorianUnavailable) as error:
        return no_update, no_update, notice(spoken(error)), []
    return tuple(contents)


@callback(
    Output("trend-pair-chart", "figure"),
    Output("trend-pair-said", "children"),
    Output("trend-pair-other", "options"),
    Output("trend-pair-other", "value"),
    Input("trend-view", "value"),
    Input("trend-shown", "data"),
    Input("trend-pair-other", "value"),
    Input("trend-selected", "data"),
    State("trend-question", "data"),
    prevent_initial_call=True,
    running=telling("trend-pair"),
)
def oppose(
    chosen: object, record: Any, wanted: object, selected: object, question: Any
) -> tuple[Any, ...]:
    """Draw the chosen tag against another, of the chart that `record` tells of."""
    if record is None or chosen != pairs.VIEW:
        return no_update, no_update, no_update, no_update
    try:
        view = view_of({**query_of(record, "trend-shown"), "select": selected})
        series = answers.series(record, partial(_series_of, view))
        return pairs.contents(view, series, wanted, theme(mapping(question, "trend-question")))
    except (BadInput, HistorianUnavailable) as error:
        return no_update, notice(spoken(error)), no_update, no_update


@callback(
    Output("trend-bars", "data"),
    Output("trend-sheet-excursions", "children"),
    Input("trend-shown", "data"),
    prevent_initial_call=True,
    running=telling("trend-bars"),
)
def mark_excursions(record: Any) -> tuple[Any, Any]:
    """Return when the tags of the chart were outside, once it is drawn; on paper why not."""
    if record is None:
        return no_update, no_update
    try:
        view = view_of(query_of(record, "trend-shown"))
        series = answers.series(record, partial(_series_of, view))
        return context.outside(view, series)
    except (BadInput, HistorianUnavailable) as error:
        return [], [html.P(spoken(error))]
