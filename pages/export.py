"""Export: a file of exactly what is asked for, its address, and what became of it."""

from typing import Any

import dash
from dash import (
    ALL,
    ClientsideFunction,
    Input,
    Output,
    State,
    callback,
    clientside_callback,
    dcc,
    html,
)
from flask_babel import gettext as _

from components.export import (
    STEPS,
    answer,
    chips,
    first_rows,
    form,
    groups,
    guess,
    named,
    offers,
    result,
)
from components.shell import page, telling, title

dash.register_page(__name__, path="/export", order=3, title=title)

#: Controls whose value is asked for; each is a part of the question.
CONTROLS = (
    *("window", "start", "stop", "tz", "resolution", "width", "quality", "readings", "buckets"),
    *("shape", "order", "kind", "decimal", "separator", "excel", "compare"),
)


def layout(**query: Any) -> html.Div:
    """Show the controls with the values of the address; the answers come by callback."""
    return page(
        html.H1(_("Export"), className="visually-hidden"),
        html.Div(id="export-notice"),
        html.Div([form(query), *result()], className="export-columns"),
        dcc.Store(id="export-query"),
        dcc.Store(id="export-built"),
        dcc.Store(id="export-file"),
        dcc.Store(id="export-started"),
        dcc.Store(id="export-guessed"),
        dcc.Store(id="export-weighed"),
        name="export",
    )


clientside_callback(
    ClientsideFunction("ksys_export", "ask"),
    Output("export-query", "data"),
    *(Output(f"export-{name}", "value") for name in ("window", "start", "stop")),
    *(Output(f"export-{name}", "value") for name in ("resolution", "width", "separator")),
    Output("export-chosen", "data"),
    Input("export-asked", "data"),
    Input("export-tags", "data"),
    *(Input(f"export-{name}", "value") for name in CONTROLS),
    State("export-query", "data"),
)
clientside_callback(
    ClientsideFunction("ksys_export", "choose"),
    Output("export-tags", "data"),
    Output("export-add", "value"),
    Output("export-group", "value"),
    Input({"type": "export-remove", "index": ALL}, "n_clicks"),
    Input({"type": "export-offer", "way": ALL, "name": ALL}, "n_clicks"),
    Input("export-group", "value"),
    Input("export-named", "data"),
    State("export-tags", "data"),
    State("export-typed", "data"),
    State("export-add", "value"),
    prevent_initial_call=True,
)
clientside_callback(
    ClientsideFunction("ksys_export", "enter"),
    Output("export-typed", "data"),
    Input("export-enter", "n_clicks"),
    Input("export-add", "n_submit"),
    Input("export-pasted", "data"),
    State("export-add", "value"),
    prevent_initial_call=True,
)
clientside_callback(
    ClientsideFunction("ksys_export", "divide"),
    Output("export-file", "data"),
    Input("export-built", "data"),
    prevent_initial_call=True,
)
clientside_callback(
    ClientsideFunction("ksys_export", "show"),
    Output("export-snippet", "children"),
    Output("export-link", "href"),
    Output("export-download", "disabled"),
    Input("export-built", "data"),
    Input("export-tab", "value"),
    Input("export-moving", "value"),
    State("export-query", "data"),
)
clientside_callback(
    ClientsideFunction("ksys_export", "copy"),
    Output("export-copied", "children"),
    Input("export-copy", "n_clicks"),
    Input("export-snippet", "children"),
    prevent_initial_call=True,
)
clientside_callback(
    ClientsideFunction("ksys_export", "weigh"),
    Output("export-weighed", "data"),
    Input("export-built", "data"),
    Input("export-guessed", "data"),
    State("export-query", "data"),
)
clientside_callback(
    ClientsideFunction("ksys_export", "download"),
    Output("export-started", "data"),
    Input("export-download", "n_clicks"),
    State("export-built", "data"),
    State("export-guessed", "data"),
    State("export-query", "data"),
    prevent_initial_call=True,
)


@callback(Output("export-named", "data"), Input("export-typed", "data"), prevent_initial_call=True)
def name_tags(typed: Any) -> dict[str, Any]:
    """Take what was typed or pasted for tags and patterns."""
    return named(typed)


@callback(
    Output("export-offers", "children"),
    Input("export-add", "value"),
    State("export-chosen", "data"),
    prevent_initial_call=True,
)
def offer_tags(text: Any, chosen: Any) -> list[html.Button]:
    """Offer tags that fit to what is being typed."""
    return offers(text, chosen)


@callback(Output("export-group", "options"), Input("export-asked", "data"))
def list_groups(_asked: Any) -> list[str]:
    """Offer the groups of the historian."""
    return groups()


@callback(
    Output("export-chips", "children"), Input("export-chosen", "data"), prevent_initial_call=True
)
def show_tags(chosen: Any) -> list[Any]:
    """Put up a chip for each tag, pattern and group."""
    return chips(chosen)


@callback(
    Output("export-built", "data"),
    Output("export-tags-said", "children"),
    Output("export-range-said", "children"),
    Output("export-notice", "children"),
    *(Output(f"export-refused-{step}", "children") for step in STEPS),
    Input("export-query", "data"),
    prevent_initial_call=True,
    running=telling("export-file"),
)
def build(question: Any) -> tuple[Any, ...]:
    """Say what the file would be and what its address is, or what of it is refused."""
    return answer(question)


@callback(Output("export-guessed", "data"), Input("export-file", "data"), prevent_initial_call=True)
def estimate(file: Any) -> dict[str, Any] | None:
    """Tell how large the file would be."""
    return guess(file)


@callback(
    Output("export-preview", "children"),
    Output("export-preview-said", "children"),
    Input("export-file", "data"),
    prevent_initial_call=True,
    running=telling("export-preview"),
)
def preview(file: Any) -> tuple[Any, str]:
    """Show the first rows."""
    return first_rows(file)
