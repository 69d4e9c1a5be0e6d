"""A row a tag over the chart; the numbers in it are written by `assets/chart/` as time goes on."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import ClientsideFunction, Input, clientside_callback, html
from flask_babel import gettext as _

from components import comparison
from data.analysis import names
from data.views import MAX_TAGS


def heading(page: str) -> html.Table:
    """Return the table of the tags with its heading, still without rows."""
    columns = (
        ("mark", ""),
        ("tag", _("Tag")),
        ("newest", _("Newest")),
        ("state", _("State")),
        ("value", _("At the cursor")),
        ("range", _("Min – max")),
        ("readings", _("Readings")),
        ("remove", ""),
    )
    cells = [
        html.Th(
            [word, html.Small(id=f"{page}-{name}-at")] if name in ("newest", "value") else word,
            className=f"legend__{name}",
            scope="col",
        )
        if word
        else html.Td(className=f"legend__{name}")
        for name, word in columns
    ]
    cells[-1:-1] = comparison.header_cells(page)
    return html.Table(
        [html.Thead(html.Tr(cells)), html.Tbody(id=f"{page}-chips")],
        className="legend",
        id=f"{page}-legend",
    )


def connect(page: str) -> None:
    """Register what writes into the rows in the browser: when they or the figure are new."""
    clientside_callback(
        ClientsideFunction("ksys_view", "tell"),
        Input(f"{page}-chips", "children"),
        Input(f"{page}-chart", "figure"),
        Input(f"{page}-shown", "data"),
    )


def rows(page: str, tags: Sequence[Mapping[str, str]]) -> list[html.Tr]:
    """Return a row a tag: its mark, its names, places for its numbers, a button to take it away.

    Parameters
    ----------
    tags : of each, as `tag_labels` returns them: tag, description, unit; at most 8 have a row
    """
    every = [tag["tag"] for tag in tags]
    return [_row(page, place, tag, every) for place, tag in enumerate(tags[:MAX_TAGS])]


def _name(name: str, others: Sequence[str]) -> html.B:
    """Return a name in two parts: where there is no room, that which others share gives way."""
    shared = names.alike(name, others)
    own = html.Span(name[shared:], className="name__own")
    begins = [html.Span(name[:shared], className="name__alike")] if shared else []
    return html.B([*begins, own], className="name")


def _row(page: str, place: int, tag: Mapping[str, str], every: Sequence[str]) -> html.Tr:
    title = _("Choose %(tag)s: its window is told, its earlier line is drawn", tag=tag["tag"])
    words = _name(tag["tag"], every)
    chosen = html.Button(words, className="legend__choose", type="button", title=title)
    name: list[Any] = [chosen, " ", html.Span(tag["description"], className="legend__about")]
    remove = html.Button(
        "✕",
        id={"type": f"{page}-remove", "index": tag["tag"]},
        className="chip__remove",
        type="button",
        title=_("Remove %(tag)s", tag=tag["tag"]),
    )
    row: dict[str, Any] = {"data-tag": tag["tag"]}
    newest: list[Any] = [html.B(className="legend__number"), " ", html.Small(tag["unit"])]
    return html.Tr(
        [
            html.Td(html.I(className=f"mark mark--{place + 1}"), className="legend__mark"),
            html.Th(name, className="legend__tag", scope="row"),
            html.Td(newest, className="legend__newest"),
            html.Td(html.Span(), className="legend__state"),
            html.Td([html.Small(), html.B()], className="legend__value"),
            html.Td(className="legend__range"),
            html.Td(className="legend__readings"),
            *comparison.row_cells(),
            html.Td(remove, className="legend__remove"),
        ],
        **row,
    )
