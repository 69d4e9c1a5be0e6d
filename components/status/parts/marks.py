"""What the parts of the status page share: the mark of a level, what a line means, a table."""

from collections.abc import Sequence
from typing import Any

from dash import html
from flask_babel import gettext as _

from components.status.worded import Worded, level_word

#: The sign of a level, so that colour is never alone.
SIGNS = {"ok": "●", "note": "!", "risk": "▲", "fault": "✕"}
#: Stands where there is nothing, or where nothing is known.
NOTHING = "–"


def level_mark(level: str) -> html.Span:
    """Return the sign and word of a level."""
    return html.Span(f"{SIGNS[level]} {level_word(level)}", className=f"finding finding--{level}")


def consequence(word: Worded) -> list[html.B | html.Span | str]:
    """Return what it means and what to do, as far as there is any."""
    parts: list[html.B | html.Span | str] = []
    if word.means:
        parts.append(html.Span(f" {word.means}", className="status-means"))
    if word.deed:
        parts += [" ", html.Span(word.deed, className="status-deed")]
    return parts


def ended(text: str) -> str:
    """Return a text as a sentence."""
    return text if text.endswith(".") else f"{text}."


def table(rows: Sequence[html.Tr], heads: Sequence[str] = ()) -> html.Table:
    """Return a table of the status page; without heads its rows speak for themselves."""
    parts: list[Any] = [html.Tbody(list(rows))]
    if heads:
        parts.insert(0, html.Thead(html.Tr([html.Th(head, scope="col") for head in heads])))
    return html.Table(parts, className="status-table")


def panel(title: str, beside: Any, content: Any) -> html.Section:
    """Return a panel; `beside` is said in small letters beside its title."""
    head = html.H2([title, html.Small(beside)] if beside else title)
    return html.Section([head, content], className="panel")


def unknown() -> str:
    """Return what is said beside a number that nobody knows now."""
    return _("not known now")
