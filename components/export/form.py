"""The form of the page of files: each control is a parameter of the address."""

from collections.abc import Mapping
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component
from flask_babel import gettext as _

from components.comparison import token_words
from components.controls import segments
from components.export.tags import WAYS
from components.question import site
from components.timing import short
from components.words import window_word
from data import export
from data.buckets import RESOLUTIONS
from data.export import columns
from data.views import DEFAULT_WINDOW

#: The steps of the form; a refusal stands at the one that asked for it.
STEPS = ("tags", "range", "rows", "quality", "columns", "shape", "format")
#: The windows that are offered: those for which a file is more than a chart.
WINDOWS = ("1h", "24h", "7d", "30d", "3mo", "12mo")
#: The resolutions in the row of buttons.
WIDTHS = ("raw", "1m", "10m", "1h", "1d")
#: Names of formats, the same in every language.
KINDS = {"csv": "CSV", "csv.gz": "CSV.gz", "parquet": "Parquet", "arrow": "Arrow", "xlsx": "XLSX"}
Query = Mapping[str, Any]
#: What the control says where nothing is compared; an address says nothing then.
NO_COMPARISON = "off"


def form(query: Query) -> html.Section:
    """Return the controls with the values of an address; what it holds beyond them stays in it."""
    asked = {name: _listed(query[name]) for name in query if name not in ("lang", "theme")}
    return html.Section(
        [
            dcc.Store(id="export-asked", data={"query": asked, "defaults": _defaults()}),
            dcc.Store(id="export-tags", data={way: asked.get(way, []) for way in WAYS}),
            _tags(),
            _range(asked),
            _rows(asked),
            _quality(asked),
            _columns(asked),
            _shape(asked),
            _format(asked),
        ],
        className="panel export-form",
        **{"aria-label": _("What the file holds")},
    )


def _listed(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def _last(asked: Mapping[str, list[str]], name: str, otherwise: str = "") -> str:
    return asked.get(name, [otherwise])[-1]


def _defaults() -> dict[str, Any]:
    """Return what an address need not say; of the columns, by what a row is."""
    return {
        **{name: choices[0] for name, choices in export.CHOICES.items()},
        "window": DEFAULT_WINDOW,
        "resolution": "raw",
        "compare": NO_COMPARISON,
        "tz": site()["zone"],
        "format": next(iter(export.FORMATS)),
        "readings": list(columns.READINGS),
        "buckets": ["tag", "time", *columns.STATISTICS_GIVEN, *columns.BESIDE_STATISTICS],
    }


def _step(name: str, title: str, *line: Component) -> html.Div:
    refused = html.P(id=f"export-refused-{name}", className="export-refused", role="alert")
    return html.Div(
        [html.H2(title), html.Div([*line, refused], className="export-line")],
        className="export-step",
    )


def _tags() -> html.Div:
    field = dcc.Input(
        id="export-add",
        type="text",
        className="export-field export-add",
        placeholder=_("Find a tag, a pattern such as D1*, or paste a list"),
        autoComplete="off",
        value="",
    )
    return _step(
        "tags",
        _("Tags"),
        html.Div(
            [
                html.Label([_words(_("Tags")), field], className="export-label"),
                html.Div(id="export-offers", className="export-offers"),
            ],
            className="export-search",
        ),
        html.Button(_("Add"), id="export-enter", className="seg", type="button"),
        _group(),
        html.Div(id="export-chips", className="chips"),
        html.P(id="export-tags-said", className="export-note", role="status"),
        dcc.Store(id="export-chosen"),
        dcc.Store(id="export-typed"),
        dcc.Store(id="export-pasted"),
        dcc.Store(id="export-named"),
    )


def _words(text: str) -> html.Span:
    """Return the name of a control for the ear, where the eye sees the step's."""
    return html.Span(text, className="visually-hidden")


def _choice(name: str, label: str, options: Mapping[str, str], value: str) -> html.Label:
    """Return a choice of many as the browser's own list, which a phone shows its own way."""
    picker = dcc.Dropdown(
        id=name,
        options=[{"value": key, "label": word} for key, word in options.items()],
        value=value or None,
        clearable=False,
        className="export-choice",
        placeholder=label,
    )
    return html.Label([_words(label), picker], className="export-label")


def _group() -> html.Label:
    """Return the choice of a group; which there are comes by callback: a layout asks nothing."""
    return _choice("export-group", _("Group"), {}, "")


def _with(options: Mapping[str, str], chosen: str) -> dict[str, str]:
    """Return the options and, beside them, what an address asks for: the parser refuses it."""
    return {**options, **({} if chosen in options or not chosen else {chosen: chosen})}


def _range(asked: Mapping[str, list[str]]) -> html.Div:
    bounded = "start" in asked or "stop" in asked
    window = "" if bounded and "window" not in asked else _last(asked, "window", "24h")
    offered = WINDOWS if window in WINDOWS or not window else (*WINDOWS, window)
    options = {token: short(token) for token in offered}
    times = [
        html.Label(
            [
                word,
                dcc.Input(
                    id=f"export-{name}",
                    type="text",
                    value=_last(asked, name),
                    placeholder="2026-01-31 08:00",
                    debounce=True,
                    className="export-field export-time",
                ),
            ],
            className="export-bound",
        )
        for name, word in (("start", _("From")), ("stop", _("To")))
    ]
    zone = dcc.Input(
        id="export-tz",
        type="text",
        value=_last(asked, "tz", site()["zone"]),
        debounce=True,
        className="export-field export-zone",
    )
    return _step(
        "range",
        _("Window"),
        segments("export-window", options, window or None, _("Window up to now")),
        html.Div(
            [*times, html.Label([_("Times in"), zone], className="export-bound")],
            className="export-bounds",
        ),
        html.P(id="export-range-said", className="export-note", role="status"),
    )


def _rows(asked: Mapping[str, list[str]]) -> html.Div:
    chosen = _last(asked, "resolution", "raw")
    few = {token: _width(token) for token in WIDTHS}
    many = {r.token: _width(r.token) for r in RESOLUTIONS if r.token not in WIDTHS}
    many["auto"] = _("automatic")
    return _step(
        "rows",
        _("Rows"),
        segments("export-resolution", few, chosen if chosen in few else None, _("Resolution")),
        _choice(
            "export-width",
            _("other width"),
            _with(many, "" if chosen in few else chosen),
            "" if chosen in few else chosen,
        ),
        _compared(asked),
        html.P(
            _(
                "Every reading: nothing is thinned. With a width: a row a bucket, beside one of an "
                "earlier window if that is chosen."
            ),
            className="export-note",
        ),
    )


def _compared(asked: Mapping[str, list[str]]) -> html.Label:
    """Return the choice of an earlier window whose buckets stand beside these."""
    chosen = _last(asked, "compare", NO_COMPARISON)
    each = {token: _("Compare %(what)s", what=word) for token, word in token_words().items()}
    words = {NO_COMPARISON: _("No comparison"), **each}
    return _choice("export-compare", _("Compare"), _with(words, chosen), chosen)


def _width(width: str) -> str:
    return _("every reading") if width == "raw" else window_word(width)


def _quality(asked: Mapping[str, list[str]]) -> html.Div:
    chosen = _last(asked, "quality", "all")
    words = {"all": _("all"), "good": _("good only")}
    return _step(
        "quality",
        _("Quality"),
        segments("export-quality", _with(words, chosen), chosen, _("Quality")),
        html.P(
            _("Good only leaves out what no statistic counts: flagged, out of span, no number."),
            className="export-note",
        ),
    )


def _columns(asked: Mapping[str, list[str]]) -> html.Div:
    """Return the columns of readings and those of buckets; the script shows which are in use."""
    raw = _last(asked, "resolution", "raw") in ("raw", "")
    named = [part.strip() for part in _last(asked, "columns").split(",") if part.strip()]
    given = _defaults()
    sets = (("readings", columns.OF_READINGS, raw), ("buckets", columns.OF_BUCKETS, not raw))
    return _step(
        "columns",
        _("Columns"),
        *(
            html.Fieldset(
                [
                    html.Legend(_("Columns"), className="visually-hidden"),
                    dcc.Checklist(
                        id=f"export-{name}",
                        options=[*every, *(each for each in named if used and each not in every)],
                        value=named if named and used else given[name],
                        className="export-checks",
                    ),
                ],
                className="segs-group",
                id=f"export-{name}-set",
                hidden=not used,
            )
            for name, every, used in sets
        ),
    )


def _shape(asked: Mapping[str, list[str]]) -> html.Div:
    shape, order = _last(asked, "shape", "long"), _last(asked, "order", "tag")
    shapes = {"long": _("long: a row a reading"), "wide": _("wide: a column a tag")}
    orders = {"tag": _("tag by tag"), "time": _("by time")}
    return _step(
        "shape",
        _("Shape"),
        segments("export-shape", _with(shapes, shape), shape, _("Shape")),
        segments("export-order", _with(orders, order), order, _("Order")),
        html.P(
            _(
                "Wide: as long as the columns above are as they came, each tag has one, its value "
                "or mean; else each has all that are ticked."
            ),
            className="export-note",
        ),
    )


def _format(asked: Mapping[str, list[str]]) -> html.Div:
    kind = _last(asked, "format", next(iter(export.FORMATS)))
    kinds = {kind: KINDS.get(kind, kind) for kind in export.FORMATS}
    decimal = _last(asked, "decimal", ".")
    separator = _last(asked, "separator", ";" if decimal == "," else ",")
    decimals = {".": _("decimal point"), ",": _("decimal comma")}
    separators = {",": _("commas"), ";": _("semicolons"), "tab": _("tabs")}
    return _step(
        "format",
        _("Format"),
        segments("export-kind", _with(kinds, kind), kind, _("Format")),
        html.Div(
            [
                segments("export-decimal", _with(decimals, decimal), decimal, _("Decimal sign")),
                segments(
                    "export-separator", _with(separators, separator), separator, _("Separator")
                ),
                html.Fieldset(
                    [
                        html.Legend(_("For a spreadsheet"), className="visually-hidden"),
                        dcc.Checklist(
                            id="export-excel",
                            options=[{"value": "1", "label": _("opens in Excel by double click")}],
                            value=["1"] if _last(asked, "excel") == "1" else [],
                            className="export-checks",
                        ),
                    ],
                    className="segs-group",
                ),
            ],
            id="export-signs",
            className="export-signs",
        ),
    )
