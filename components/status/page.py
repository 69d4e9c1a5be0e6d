"""The status page: a verdict, what needs attention, what is read, and the rest."""

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any

import flask
from dash import html
from flask_babel import gettext as _

from components.status.days import strip
from components.status.worded import Worded, level_word, moment, worded
from components.words import duration
from data import status
from data.status import LEVELS, WIDTHS, Relation, Report, allowed, worst

#: The sign of a level, so that colour is never alone.
SIGNS = {"ok": "●", "note": "!", "risk": "▲", "fault": "✕"}
NOTHING = "–"
#: From here on a line stands among those that need attention.
ATTENTION = ("fault", "risk")


def status_now() -> Report:
    """Return what is so now with the historian and with this worker of the site."""
    background = flask.current_app.extensions.get("ksys-background")
    return status.now(background.notes() if background else ())


def body(report: Report, zone: tzinfo, seconds: int) -> list[html.Section]:
    """Return the page.

    Parameters
    ----------
    seconds : until the historian is looked at again [s]
    """
    words = [worded(line, zone) for line in report.lines]
    sections = [_verdict(report.at, words, zone, seconds)]
    if report.relations:
        sections.append(_relations(report, words, zone))
    others = [word for word in words if word.subject not in report.relations]
    return [*sections, _others(others)]


def _verdict(
    at: datetime | None, words: Sequence[Worded], zone: tzinfo, seconds: int
) -> html.Section:
    urgent = sorted(
        (word for word in words if word.level in ATTENTION), key=lambda w: -LEVELS.index(w.level)
    )
    stamp = f"{at.astimezone(zone):%H:%M:%S}" if at else ""
    every = _("every %(span)s", span=duration(seconds))
    busy = any(word.key == "busy" for word in words)
    head = html.Div(
        [
            html.H1(_("Ksys is busy.") if busy else _title(at is not None, len(urgent))),
            html.Span(f"{stamp} · {every}".strip(" ·"), className="status-head__time"),
        ],
        className="status-head",
    )
    items = [html.Li([_level(word.level), " ", *_said(word)]) for word in urgent]
    listed = [html.Ol(items, className="status-urgent")] if items else []
    return html.Section([head, *listed])


def _title(answers: bool, count: int) -> str:
    if not answers:
        return _("The historian does not answer.")
    if count == 0:
        return _("The historian answers. Nothing about it needs attention.")
    if count == 1:
        return _("The historian answers. One thing needs attention.")
    return _("The historian answers. %(count)s things need attention.", count=count)


def _level(level: str) -> html.Span:
    return html.Span(f"{SIGNS[level]} {level_word(level)}", className=f"finding finding--{level}")


def _said(word: Worded) -> list[html.B | html.Span | str]:
    ended = word.found if word.found.endswith(".") else f"{word.found}."
    return [html.B(f"{word.subject}: "), ended, *_consequence(word)]


def _consequence(word: Worded) -> list[html.B | html.Span | str]:
    """Return what it means and what to do, as far as there is any."""
    parts: list[html.B | html.Span | str] = [f" {word.means}"] if word.means else []
    if word.deed:
        parts += [" ", html.Span(word.deed, className="status-deed")]
    return parts


def _relations(report: Report, words: Sequence[Worded], zone: tzinfo) -> html.Section:
    heads = (
        _("Relation"), _("State"), _("Newest"), _("Behind"), _("Allowed"), _("Holes"), _("Right"),
        _("What it means"),
    )  # fmt: skip
    rows = [
        _relation(each, [word for word in words if word.subject == name], report.at, zone, heads)
        for name, each in report.relations.items()
    ]
    title = html.H2(
        [
            _("What is read"),
            html.Small(
                _(
                    "the last 30 days, a cell a day: grey whole, black missing, half black missing"
                    " in part, hatched not looked for"
                )
            ),
        ]
    )
    header = html.Thead(html.Tr([html.Th(head, scope="col") for head in heads]))
    return html.Section(
        [title, html.Table([header, html.Tbody(rows)], className="status-table")],
        className="panel",
    )


def _relation(
    relation: Relation,
    words: Sequence[Worded],
    at: datetime | None,
    zone: tzinfo,
    heads: Sequence[str],
) -> html.Tr:
    level = worst(word.level for word in words)
    is_rollup = relation.name in WIDTHS
    behind, most = NOTHING, NOTHING
    if is_rollup and relation.kind:
        behind = NOTHING if relation.lag is None else _short(relation.lag)
        most = _short(allowed(relation.name))
    days = strip(relation, at, zone) if is_rollup and at else NOTHING
    right = _("read") if relation.readable else _("denied") if relation.denied else _("not there")
    texts = [html.P(_said_of_relation(word)) for word in words]
    newest = moment(relation.newest, zone) if relation.newest else NOTHING
    cells = (_level(level), newest, behind, most, days, right, texts)
    named = zip(cells, heads[1:], strict=True)
    told = [html.Td(cell, className=_empty(cell), **_head(head)) for cell, head in named]
    return html.Tr([html.Th(relation.name, scope="row"), *told])


def _empty(cell: Any) -> str | None:
    """Return the class of a cell that says nothing: a phone leaves it out."""
    return "status-none" if cell == NOTHING else None


def _head(text: str) -> dict[str, Any]:
    """Return the attribute from which a phone, where rows are blocks, writes a column's head."""
    return {"data-head": text}


def _said_of_relation(word: Worded) -> list[html.B | html.Span | str]:
    found = word.found[:1].upper() + word.found[1:]
    strong = html.B(f"{found}.") if word.level in ATTENTION else f"{found}."
    return [strong, *_consequence(word)]


def _short(span: timedelta) -> str:
    return duration(span.total_seconds())


def _others(words: Sequence[Worded]) -> html.Section:
    rows = [
        html.Tr(
            [
                html.Th(word.subject, scope="row"),
                html.Td(_level(word.level)),
                html.Td([word.found, *_meaning(word)]),
            ]
        )
        for word in words
    ]
    title = html.H2(_("Server, tags, rules, this app"))
    table = html.Table(html.Tbody(rows), className="status-table")
    return html.Section([title, table], className="panel")


def _meaning(word: Worded) -> list[html.Span]:
    parts = [html.Span(f" {word.means}", className="status-means")] if word.means else []
    if word.deed:
        parts.append(html.Span(f" {word.deed}", className="status-deed"))
    return parts
