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

from components.charts import graph
from components.words import statistic_words
from data.buckets import RESOLUTIONS
from data.views import DEFAULT_WINDOW, MAX_TAGS
from data.windows import WINDOWS

PARAMETERS = ("tag", "window", "start", "stop", "zoom", "statistic", "resolution", "tz")


def asked(query: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an address asks for, as it came: the page refuses it in words, if at all."""
    wanted = {name: query[name] for name in PARAMETERS if query.get(name)}
    if isinstance(wanted.get("tag"), str):
        wanted["tag"] = [wanted["tag"]]
    for name in PARAMETERS[1:]:
        if isinstance(wanted.get(name), list):
            wanted[name] = wanted[name][-1]
    return wanted


def stores(page: str, query: Mapping[str, Any], refresh_seconds: int) -> list[Any]:
    """Return what holds the state of a page: asked by the address, the question, the receipt."""
    return [
        dcc.Store(id=f"{page}-asked", data={**asked(query), "refresh": refresh_seconds}),
        dcc.Store(id=f"{page}-question"),
        dcc.Store(id=f"{page}-tags"),
        dcc.Store(id=f"{page}-shown"),
        dcc.Store(id=f"{page}-event"),
        dcc.Interval(id=f"{page}-tick", disabled=True),
    ]


def tag_strip(page: str) -> html.Div:
    """Return the chips of the tags shown and the field that adds one."""
    return html.Div(
        [
            html.Div(id=f"{page}-chips", className="chips"),
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
            html.Button(_("Copy link"), id=f"{page}-copy", className="seg", type="button"),
            html.A(
                _("Rows as CSV"),
                id=f"{page}-csv",
                className="primary",
                href=get_relative_path(f"/{page}/rows.csv"),
            ),
        ],
        className="strip",
    )


def chips(page: str, tags: Sequence[Mapping[str, str]]) -> list[html.Span]:
    """Return a chip a tag: its colour, its names, and a button that takes it away."""
    return [
        html.Span(
            [
                html.B(tag["tag"], className="chip__tag"),
                html.Small(" · ".join(t for t in (tag["description"], tag["unit"]) if t)),
                html.Button(
                    "✕",
                    id={"type": f"{page}-remove", "index": index},
                    className="chip__remove",
                    type="button",
                    title=_("Remove %(tag)s", tag=tag["tag"]),
                ),
            ],
            className=f"chip chip--s{index + 1}",
        )
        for index, tag in enumerate(tags[:MAX_TAGS])
    ]


def window_strip(page: str, query: Mapping[str, Any], *middle: Any) -> html.Div:  # noqa: ANN401
    """Return windows, steps and the absolute range; `middle` stands between them."""
    wanted = asked(query)
    chosen = None if wanted.get("start") else wanted.get("window", DEFAULT_WINDOW)
    tokens = list(WINDOWS) + ([chosen] if chosen and chosen not in WINDOWS else [])
    return html.Div(
        [
            segments(f"{page}-window", {t: window_word(t) for t in tokens}, chosen, _("Window")),
            *_steps(page),
            *middle,
            _range(page, wanted),
        ],
        className="strip",
    )


def _steps(page: str) -> list[html.Button]:
    buttons = (
        ("back", "‹", _("One window back")),
        ("forward", "›", _("One window forward")),
        ("reset", _("Back to the window"), _("Leave the zoom")),
    )
    return [
        html.Button(
            text, id=f"{page}-{name}", className=f"seg step-{name}", type="button", title=title
        )
        for name, text, title in buttons
    ]


def _range(page: str, wanted: Mapping[str, Any]) -> html.Details:
    hint = "2026-01-31 08:00"
    return html.Details(
        [
            html.Summary(_("From – to"), className="seg"),
            html.Div(
                [
                    html.Label([_("From"), _time_input(f"{page}-from", wanted.get("start"), hint)]),
                    html.Label([_("To"), _time_input(f"{page}-to", wanted.get("stop"), hint)]),
                    html.Button(_("Show"), id=f"{page}-go", className="primary", type="button"),
                ],
                className="range-form",
            ),
        ],
        className="range",
    )


def _time_input(name: str, value: str | None, hint: str) -> dcc.Input:
    return dcc.Input(id=name, type="text", value=value, placeholder=hint, className="time-input")


def panels(page: str) -> list[html.Div]:
    """Return the places of messages, of the chart, and of the line that says what it shows."""
    return [
        html.Div(id=f"{page}-notice"),
        html.Div(id=f"{page}-age", className="view-age", role="status"),
        html.Div(
            [
                graph(page),
                html.P(id=f"{page}-seeing", className="seeing"),
                html.Details(
                    [html.Summary(_("Gaps")), html.Ul(id=f"{page}-gaps")], className="gaps"
                ),
            ],
            className="panel",
        ),
    ]


def segments(name: str, options: Mapping[str, str], value: str | None, title: str) -> html.Fieldset:
    """Return one choice of a few as a row of buttons that are radio buttons underneath."""
    return html.Fieldset(
        [
            html.Legend(title, className="unseen"),
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
    chosen = asked(query).get("statistic", "avg")
    return segments(f"{page}-statistic", statistic_words(), chosen, _("Statistic"))


def resolution_choice(page: str, query: Mapping[str, Any]) -> html.Label:
    """Return the choice of the bucket width; `auto` leaves it to the width of the chart.

    What the address asks for is among the choices even if the page refuses it.
    """
    chosen = asked(query).get("resolution", "auto")
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


def window_word(token: str) -> str:
    """Return a token such as 10m as the viewer reads it: `10 min`, `10분`."""
    words = {
        "s": lambda n: _("%(n)s s", n=n),
        "m": lambda n: _("%(n)s min", n=n),
        "h": lambda n: _("%(n)s h", n=n),
        "d": lambda n: _("%(n)s d", n=n),
        "w": lambda n: _("%(n)s wk", n=n),
        "mo": lambda n: _("%(n)s mo", n=n),
        "y": lambda n: _("%(n)s y", n=n),
    }
    count = token.rstrip("abcdefghijklmnopqrstuvwxyz")
    unit = token[len(count) :]
    return words[unit](count) if count.isdigit() and unit in words else token


def connect(page: str, *, statistic: bool = False, resolution: bool = False) -> None:
    """Register what happens in the browser alone: controls to question, question to address."""
    chosen = [f"{page}-statistic"] if statistic else []
    chosen += [f"{page}-resolution"] if resolution else []
    clientside_callback(
        ClientsideFunction("ksys_view", "ask"),
        Output(f"{page}-question", "data"),
        Output(f"{page}-add", "value"),
        Output(f"{page}-window", "value"),
        Input(f"{page}-asked", "data"),
        Input(f"{page}-window", "value"),
        Input(f"{page}-back", "n_clicks"),
        Input(f"{page}-forward", "n_clicks"),
        Input(f"{page}-reset", "n_clicks"),
        Input(f"{page}-go", "n_clicks"),
        Input(f"{page}-add", "value"),
        Input({"type": f"{page}-remove", "index": ALL}, "n_clicks"),
        Input(f"{page}-chart", "relayoutData"),
        Input(f"{page}-event", "data"),
        *(Input(name, "value") for name in chosen),
        State(f"{page}-question", "data"),
        State(f"{page}-shown", "data"),
        State(f"{page}-from", "value"),
        State(f"{page}-to", "value"),
    )
    clientside_callback(
        ClientsideFunction("ksys_view", "mirror"),
        Output(f"{page}-csv", "href"),
        Output(f"{page}-tags", "data"),
        Input(f"{page}-question", "data"),
        Input(f"{page}-shown", "data"),
        State(f"{page}-tags", "data"),
    )
    clientside_callback(
        ClientsideFunction("ksys_view", "tick"), Input(f"{page}-tick", "n_intervals")
    )
    clientside_callback(
        ClientsideFunction("ksys_view", "told"), Input(f"{page}-notice", "children")
    )
