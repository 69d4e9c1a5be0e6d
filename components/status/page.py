"""The status page: a verdict, what needs attention, what is read, and the rest."""

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any

import flask
from dash import html
from flask_babel import gettext as _

from components.status.parts import (
    NOTHING,
    cards,
    consequence,
    ended,
    legend,
    level_mark,
    panel,
    panels,
    strip,
    table,
)
from components.status.worded import Worded, short_moment, span, worded
from components.words import duration
from data import status
from data.status import LEVELS, WIDTHS, Relation, Report, allowed, worst

#: From here on a line stands among those that need attention.
ATTENTION = ("fault", "risk")


def status_now() -> Report:
    """Return what is so now with the historian and with this worker of the site."""
    background = flask.current_app.extensions.get("ksys-background")
    slow_senders = flask.current_app.extensions.get("ksys", {}).get("slow_senders", False)
    return status.now(background.notes() if background else (), slow_senders)


def body(report: Report, zone: tzinfo, seconds: int) -> list[html.Section | html.Div]:
    """Return the page.

    Parameters
    ----------
    seconds : until the historian is looked at again [s]
    """
    words = [worded(line, zone) for line in report.lines]
    sections: list[html.Section | html.Div] = [_verdict(report.at, words, zone, seconds)]
    sections.append(cards(report.lines, zone))
    if report.relations:
        sections.append(_relations(report, words, zone))
    return [*sections, panels(report.lines, tuple(report.relations), report.at, zone)]


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
    items = [html.Li([level_mark(word.level), " ", *_said(word)]) for word in urgent]
    ordered = [html.Ol(items, className="status-urgent")] if items else []
    return html.Section([head, *ordered])


def _title(answers: bool, count: int) -> str:
    if not answers:
        return _("The historian does not answer.")
    if count == 0:
        return _("The historian answers. Nothing about it needs attention.")
    if count == 1:
        return _("The historian answers. One thing needs attention.")
    return _("The historian answers. %(count)s things need attention.", count=count)


def _said(word: Worded) -> list[html.B | html.Span | str]:
    """Return what was found and what to do; what it means stands where the thing is told of."""
    brief = word._replace(means="") if word.deed else word
    return [html.B(f"{word.subject}: "), ended(word.found), *consequence(brief)]


def _relations(report: Report, words: Sequence[Worded], zone: tzinfo) -> html.Section:
    heads = (
        _("Relation"), _("State"), _("Newest"), _("Behind"), _("Allowed"), _("Holes"), _("Right"),
        _("What it means"),
    )  # fmt: skip
    rows = [
        _relation(each, [word for word in words if word.subject == name], report.at, zone, heads)
        for name, each in report.relations.items()
    ]
    return panel(_("What is read"), legend(), table(rows, heads))


def _relation(
    relation: Relation,
    words: Sequence[Worded],
    at: datetime | None,
    zone: tzinfo,
    heads: Sequence[str],
) -> html.Tr:
    level = worst(word.level for word in words)
    is_rollup = relation.name in WIDTHS
    behind, most = _behind(relation, at), NOTHING
    if is_rollup and relation.kind:
        most = _short(allowed(relation.name))
    days = strip(relation, at, zone) if is_rollup and at else NOTHING
    right = _("read") if relation.readable else _("denied") if relation.denied else _("not there")
    texts = [html.P(_said_of_relation(word)) for word in words]
    newest = short_moment(relation.newest, at, zone) if relation.newest and at else NOTHING
    cells = (level_mark(level), newest, behind, most, days, right, texts)
    named = zip(cells, heads[1:], strict=True)
    told = [html.Td(cell, className=_empty(cell), **_head(head)) for cell, head in named]
    return html.Tr([html.Th(relation.name, scope="row"), *told])


def _behind(relation: Relation, at: datetime | None) -> str:
    """Return how far a relation is behind; a rollup that lacks nothing may still be filling."""
    if at is None or relation.newest is None or relation.lag is None:
        return NOTHING
    end = relation.newest + timedelta(seconds=WIDTHS.get(relation.name, 0))
    return _("still filling") if end > at and not relation.lag else _short(relation.lag)


def _empty(cell: Any) -> str | None:
    """Return the class of a cell that says nothing: a phone leaves it out."""
    return "status-none" if cell == NOTHING else None


def _head(text: str) -> dict[str, Any]:
    """Return the attribute from which a phone, where rows are blocks, writes a column's head."""
    return {"data-head": text}


def _said_of_relation(word: Worded) -> list[html.B | html.Span | str]:
    sentence = ended(word.found)
    if word.found[:1].isalpha() and "_" not in word.found.split()[0]:  # no name of a column
        sentence = sentence[:1].upper() + sentence[1:]
    return [html.B(sentence) if word.level in ATTENTION else sentence, *consequence(word)]


def _short(length: timedelta) -> str:
    return span(length.total_seconds())
