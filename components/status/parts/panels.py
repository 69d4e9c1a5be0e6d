"""The lower panels of the status page: rules, this app, and what else is so with the historian."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

from dash import html
from flask_babel import gettext as _

from components.messages import sentence
from components.status.parts.cards import SHOWN
from components.status.parts.marks import consequence, ended, level_mark, panel, table
from components.status.worded import MOST_NAMES, names, short_moment, subject_word, worded, written
from data.status import Line

#: What stands in the panel of this app.
OURS = ("app", "disk", "rollups")


def panels(
    lines: Sequence[Line], relations: Sequence[str], at: datetime | None, zone: tzinfo
) -> html.Div:
    """Return the panels that have something to say.

    Parameters
    ----------
    relations : names of those whose lines stand in a table of their own
    at : when it was looked at, None without an answer
    zone : in which times are written
    """
    rest = [line for line in lines if line.key not in SHOWN and line.subject not in relations]
    rules = [line for line in rest if line.subject == "rules"]
    ours = [line for line in rest if line.subject in OURS]
    others = [line for line in rest if line not in (*rules, *ours)]
    beside = [panel(_("This app"), _since(lines, at, zone), table(_rows(ours, zone)))]
    if others:
        beside.append(panel(_("Server and readings"), "", table(_rows(others, zone))))
    left = [panel(_("Rules"), "", table(_rule_rows(rules, zone)))] if rules else []
    return html.Div([*left, html.Div(beside)], className="status-pair")


def _since(lines: Sequence[Line], at: datetime | None, zone: tzinfo) -> str:
    """Return since when this worker counts, as far as it has counted anything."""
    since = next((line.values["since"] for line in lines if line.key == "from_memory"), None)
    if not isinstance(since, datetime):
        return ""
    return _("this worker, since %(at)s", at=short_moment(since, at or since, zone))


def _rows(lines: Sequence[Line], zone: tzinfo) -> list[html.Tr]:
    """Return a row a line: what it is about, what was found, and what that means."""
    return [_row(line, zone) for line in lines]


def _row(line: Line, zone: tzinfo) -> html.Tr:
    word = worded(line, zone)
    title = _titles().get(line.key, subject_word(line.subject))
    return html.Tr(
        [
            html.Th([title, *_mark(line.level)], scope="row"),
            html.Td([word.found, *consequence(word)]),
        ]
    )


def _titles() -> dict[str, str]:
    """Return the titles of rows that say more than their subject."""
    return {
        "pool": _("Connections"),
        "pool_full": _("Connections"),
        "spacing": _("Spacing"),
        "rules_old": _("As of"),
        "rule_errors": "RULE ERROR",
        "rules_disabled": _("Disabled"),
        "deadband_clipped": _("Clipped deadband"),
        "rule_blank": _("Blank in a name"),
        "rules_twice": _("Two rules"),
    }


def _mark(level: str) -> list[html.Span | str]:
    return [] if level == "ok" else [" ", level_mark(level)]


def _rule_rows(lines: Sequence[Line], zone: tzinfo) -> list[html.Tr]:
    """Return how many tags have a rule that judges, that have none, and what else is so."""
    rows = []
    for line in lines:
        tags = line.values.get("tags")
        if not isinstance(tags, tuple):
            rows.append(_row(line, zone))
        elif line.key == "ruled":
            count = written(line.values["count"], zone)
            shown = [_("%(names)s: shown, never judged", names=names(tags))] if tags else []
            rows.append(_counted([_("Followed")], count, [_("judged as written")]))
            rows.append(_counted([_("No rule")], f"{len(tags):,}", shown))
        else:
            title = [_titles()[line.key], *_mark(line.level)]
            told = [*_reasons(tags, line.values.get("reasons")), *consequence(worded(line, zone))]
            rows.append(_counted(title, f"{len(tags):,}", told))
    return rows


def _counted(title: list[Any], count: str, told: list[Any]) -> html.Tr:
    cells = [html.Td(html.B(count), className="status-count"), html.Td(told)]
    return html.Tr([html.Th(title, scope="row"), *cells])


def _reasons(tags: tuple[object, ...], reasons: object) -> list[html.Div | str]:
    """Return the names, each of the first few with what is so with it where that is known."""
    if not isinstance(reasons, tuple):
        return [ended(names(tags))]
    pairs = list(zip(tags, reasons, strict=True))[:MOST_NAMES]
    told = [html.Div(f"{tag}: {ended(sentence(reason))}") for tag, reason in pairs]
    rest = len(tags) - len(pairs)
    return [*told, html.Div(_("and %(rest)s more", rest=f"{rest:,}"))] if rest else [*told]
