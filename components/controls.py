"""The controls of trend and tech: which tags, which window; their state is the address."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import (
    ALL,
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

from access import Role, may
from components.charts import graph
from components.sheet import picture_control
from components.timing import link_control, time_control, views_control
from components.words import statistic_words, window_word
from data.buckets import RESOLUTIONS

#: What an address of trend or tech may hold; `tag` alone may be given several times.
PARAMETERS = (
    *("tag", "window", "start", "stop", "zoom", "statistic", "axes", "indicators", "resolution"),
    *("tz", "compare", "chosen", "select", "events", "forecast"),
)


def parameters(query: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of an address as they came: `view_of` refuses them, not the layout."""
    values = {name: query[name] for name in PARAMETERS if query.get(name)}
    if isinstance(values.get("tag"), str):
        values["tag"] = [values["tag"]]
    for name in PARAMETERS[1:]:
        if isinstance(values.get(name), list):
            values[name] = values[name][-1]
    return values


def stores(page: str, query: Mapping[str, Any], refresh_seconds: int) -> list[Any]:
    """Return the stores of a page's state: parameters of the address, question, tags, receipt."""
    return [
        dcc.Store(id=f"{page}-asked", data={**parameters(query), "refresh": refresh_seconds}),
        dcc.Store(id=f"{page}-question"),
        dcc.Store(id=f"{page}-tags"),
        dcc.Store(id=f"{page}-shown"),
        dcc.Store(id=f"{page}-event"),
        dcc.Store(id=f"{page}-selected"),
        dcc.Interval(id=f"{page}-tick", disabled=True),
    ]


def tag_strip(page: str, *before: Any) -> html.Div:
    """Return the strip with the field that adds a tag, and the links; `before` stands first."""
    return html.Div(
        [
            *before,
            dcc.Dropdown(
                id=f"{page}-add",
                className="tag-search",
                placeholder=_("Add a tag") if page == "trend" else _("Choose a tag"),
                clearable=False,
                maxHeight=320,
                labels={
                    "search": _("Find a tag"),
                    "clear_search": _("Clear"),
                    "no_options_found": _("No such tag"),
                },
            ),
            html.Span(className="grow"),
            _more(page),
            views_control(page),
            link_control(page),
            picture_control(page),
            *_file_links(page),
        ],
        className="strip",
    )


def _more(page: str) -> html.Button:
    """Return what unfolds on a phone the controls that a wider screen has room for."""
    told: dict[str, Any] = {"aria-label": _("More controls"), "aria-expanded": "false"}
    return html.Button("⋯", className="seg strip__more", type="button", id=f"{page}-all", **told)


def _file_links(page: str) -> list[html.A]:
    """Return the links to the window as files; one who may not have them is told why.

    The first is the page of files, which takes the question over; the last, every reading, is what
    a file is unless one says otherwise.
    """
    reason = "" if may(Role.ANALYST) else _("Files need an analyst.")
    links = (
        ("more", "/export", _("More formats"), _("Other columns, formats and resolutions")),
        (
            "csv",
            f"/{page}/rows.csv",
            _("Rows on the screen"),
            reason or _("The rows of the table below, as CSV"),
        ),
        (
            "export",
            "/export",
            _("Every reading as CSV"),
            reason or _("Every reading of the window, nothing thinned, as CSV"),
        ),
    )
    return [
        html.A(
            word,
            id=f"{page}-{name}",
            className="primary" if name == "export" and not reason else "seg",
            href=get_relative_path(path),
            title=title,
        )
        for name, path, word, title in links
    ]


def window_strip(page: str, *middle: Any) -> html.Div:
    """Return the strip of the window: time control, steps, undo; `middle` stands behind them."""
    return time_control(page, *middle)


def panels(page: str, *above: Any, below: Sequence[Any] = ()) -> list[html.Div]:
    """Return the places of messages, of the chart, and of the line that says what it shows.

    Parameters
    ----------
    above, below : what stands over the chart, and under what is said of it
    """
    return [
        html.Div(id=f"{page}-notice"),
        html.Div(id=f"{page}-age", className="view-age", role="status"),
        html.Div(
            [
                *above,
                graph(page),
                html.P(id=f"{page}-seeing", className="seeing"),
                html.Details(
                    [html.Summary(_("Gaps")), html.Ul(id=f"{page}-gaps")], className="gaps"
                ),
                *below,
            ],
            className="panel",
        ),
    ]


def segments(name: str, options: Mapping[str, str], value: str | None, title: str) -> html.Fieldset:
    """Return one choice of a few (value -> word) as a row of radio buttons; `title` is unseen."""
    return html.Fieldset(
        [
            html.Legend(title, className="visually-hidden"),
            dcc.RadioItems(
                id=name,
                options=[{"value": key, "label": word} for key, word in options.items()],
                value=value,
                inline=True,
                className="segs",
            ),
        ],
        className="segs-group",
    )


def statistic_choice(page: str, query: Mapping[str, Any]) -> html.Fieldset:
    """Return the switch between mean, min, max, first and last."""
    chosen = parameters(query).get("statistic", "avg")
    return segments(f"{page}-statistic", statistic_words(), chosen, _("Statistic"))


def resolution_choice(page: str, query: Mapping[str, Any]) -> html.Label:
    """Return the choice of the bucket width; `auto` leaves it to the width of the chart.

    What the address asks for is among the choices even if the page refuses it.
    """
    chosen = parameters(query).get("resolution", "auto")
    tokens = [r.token for r in RESOLUTIONS]
    tokens += [] if chosen in ("auto", *tokens) else [chosen]
    options = [{"value": "auto", "label": _("automatic")}]
    options += [{"value": token, "label": window_word(token)} for token in tokens]
    return html.Label(
        [
            _("Resolution"),
            dcc.Dropdown(
                id=f"{page}-resolution",
                options=options,
                value=chosen,
                clearable=False,
                searchable=False,
                className="resolution",
            ),
        ],
        className="resolution-label",
    )


def connect(page: str, *choices: str) -> None:
    """Register the callbacks in the browser: controls to question, question to address.

    Parameters
    ----------
    choices : the page's own: statistic, axes, resolution
    """
    chosen = [f"{page}-{name}" for name in choices]
    clientside_callback(
        ClientsideFunction("ksys_view", "ask"),
        Output(f"{page}-question", "data"),
        Output(f"{page}-add", "value"),
        Input(f"{page}-asked", "data"),
        Input(f"{page}-reset", "n_clicks"),
        Input(f"{page}-add", "value"),
        Input({"type": f"{page}-remove", "index": ALL}, "n_clicks"),
        Input(f"{page}-chart", "relayoutData"),
        Input(f"{page}-event", "data"),
        *(Input(name, "value") for name in chosen),
        State(f"{page}-question", "data"),
        State(f"{page}-shown", "data"),
    )
    clientside_callback(
        ClientsideFunction("ksys_view", "mirror"),
        *(Output(f"{page}-{link}", "href") for link in ("more", "csv", "export")),
        Output(f"{page}-tags", "data"),
        Input(f"{page}-question", "data"),
        Input(f"{page}-shown", "data"),
        Input(f"{page}-selected", "data"),
        State(f"{page}-tags", "data"),
    )
    clientside_callback(
        ClientsideFunction("ksys_view", "tick"), Input(f"{page}-tick", "n_intervals")
    )
    clientside_callback(
        ClientsideFunction("ksys_view", "told"), Input(f"{page}-notice", "children")
    )
