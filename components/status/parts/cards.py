"""Four numbers of the status page: an answer, the newest reading, the clocks, the memory."""

from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo
from typing import NamedTuple

from dash import html
from flask_babel import gettext as _

from components.status.parts.marks import NOTHING, consequence, level_mark, unknown
from components.status.worded import worded, written
from data.status import Line, worst

#: Keys of the lines that a card shows: they stand in no table besides.
SERVER = (
    "server", "timescaledb", "no_timescaledb", "citus", "citus_nodes", "unavailable",
    "unreachable", "busy",
)  # fmt: skip
READINGS = ("readings", "nothing_fresh", "no_readings", "no_tags", "tags_not_read", "refused")
CLOCKS = ("clock_behind", "clock_ahead", "clock_after", "clocks_agree", "tags_ahead")
MEMORY = ("from_memory", "cache", "cache_lost")
SHOWN = {*SERVER, *READINGS, *CLOCKS, *MEMORY}

Lines = Mapping[str, Line]


class Number(NamedTuple):
    """The number of a card, what it is of, and the key of the line whose finding it says."""

    text: str
    of: str
    key: str = ""


def cards(lines: Sequence[Line], zone: tzinfo) -> html.Section:
    """Return the cards; a number that is not known now is a dash.

    Parameters
    ----------
    zone : in which times are written
    """
    by_key = {line.key: line for line in lines}
    made = (
        (_("Historian"), SERVER, _answer(by_key)),
        (_("Newest reading"), READINGS, _newest(by_key)),
        (_("Clocks"), CLOCKS, _apart(by_key)),
        (_("From memory"), MEMORY, _remembered(by_key)),
    )
    shown = [
        _card(title, [by_key[key] for key in keys if key in by_key], number, zone)
        for title, keys, number in made
    ]
    return html.Section(shown, className="status-cards")


def _card(title: str, lines: Sequence[Line], number: Number, zone: tzinfo) -> html.Div:
    marks = [level_mark(worst(line.level for line in lines))] if lines else []
    value = html.P([html.B(number.text), " ", html.Small(number.of)], className="status-number")
    texts = [html.P(_text(line, number.key, zone)) for line in lines]
    return html.Div([html.H2([title, *marks]), value, *texts], className="panel status-card")


def _text(line: Line, told: str, zone: tzinfo) -> list[html.B | html.Span | str]:
    """Return what was found, or what it means where the number told that; both of what is wrong."""
    word = worded(line, zone)
    if line.key == told:
        return consequence(word)
    return [word.found] if line.level == "ok" else [word.found, *consequence(word)]


def _answer(by_key: Lines) -> Number:
    if "server" not in by_key:
        return Number(NOTHING, _("no answer"))
    return Number(_span(by_key["server"], "took"), _("an answer"))


def _newest(by_key: Lines) -> Number:
    line = by_key.get("readings") or by_key.get("nothing_fresh")
    if line is None:
        return Number(NOTHING, unknown())
    counts = {name: written(line.values[name], UTC) for name in ("count", "fresh")}
    age = _("%(span)s old", span=_span(line, "age"))
    return Number(age, _("%(fresh)s of %(count)s tags fresh", **counts), line.key)


def _apart(by_key: Lines) -> Number:
    words = {
        "clock_behind": _("by so much the historian has fallen back"),
        "clock_ahead": _("the historian ahead of this machine"),
        "clock_after": _("the historian behind this machine"),
        "clocks_agree": _("between historian and this machine"),
    }
    key = next((key for key in words if key in by_key), None)
    if key is None:
        return Number(NOTHING, unknown())
    return Number(_span(by_key[key], "span"), words[key], key)


def _remembered(by_key: Lines) -> Number:
    line = by_key.get("from_memory")
    if line is None:
        return Number(NOTHING, _("no question yet"))
    percent, asked = (written(line.values[name], UTC) for name in ("percent", "asked"))
    of = _("of %(asked)s questions of this worker", asked=asked)
    return Number(f"{percent}%", of, line.key)


def _span(line: Line, name: str) -> str:
    return written(line.values[name], UTC)
