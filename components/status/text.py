"""What is so with the historian as a table of text, and as JSON."""

import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import tzinfo
from pathlib import Path
from typing import Any

import flask

from components.language import Language
from components.status.worded import level_word, moment, worded
from data.status import WIDTHS, Line, Relation, Report, worst

LOCALE = Path(__file__).parents[2] / "locale"
#: Columns of a terminal that the found and its meaning are wrapped to.
WIDTH, INDENT = 100, 27


@contextmanager
def in_language(language: str) -> Iterator[None]:
    """Let words be of a language where there is no request, as in a command."""
    app = flask.Flask("ksys", static_folder=None)
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(LOCALE)
    Language(app, default_locale=language)
    with app.app_context():
        yield


def as_report(report: Report, zone: tzinfo) -> str:
    """Return the lines as `as_text` does, below the time that they are of."""
    text = as_text(report.lines, zone)
    return text if report.at is None else f"{moment(report.at, zone)} {zone}\n\n{text}"


def as_text(lines: Sequence[Line], zone: tzinfo) -> str:
    """Return the lines as a table: level and subject, what was found, means, and what to do."""
    rows = []
    for line in lines:
        word = worded(line, zone)
        head = f"{_padded(level_word(line.level), 9)}  {_padded(word.subject, 14)}"
        body = _wrapped(word.found) + _wrapped(word.means) + _wrapped(word.deed, "> ")
        rows.append(_padded(head, INDENT) + body[0])
        rows += [" " * INDENT + text for text in body[1:]]
    return "\n".join(rows)


def _wrapped(text: str, sign: str = "") -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and _columns(lines[-1]) + 1 + _columns(word) <= WIDTH - INDENT:
            lines[-1] += f" {word}"
        else:
            lines.append((" " * len(sign) if lines else sign) + word)
    return lines


def _padded(text: str, columns: int) -> str:
    return text + " " * (columns - _columns(text))


def _columns(text: str) -> int:
    """Return how many columns of a terminal a text takes: Korean letters take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def as_json(report: Report, zone: tzinfo) -> dict[str, Any]:
    """Return the lines, and how far each relation reaches, as JSON can hold them."""
    rows = [worded(line, zone)._asdict() | {"subject": line.subject} for line in report.lines]
    return {
        "level": worst(line.level for line in report.lines),
        "at": report.at and report.at.isoformat(),
        "lines": rows,
        "relations": {name: _relation(each) for name, each in report.relations.items()},
    }


def _relation(relation: Relation) -> dict[str, Any]:
    newest, lag, whole = relation.newest, relation.lag, relation.whole
    facts: dict[str, Any] = {
        "kind": relation.kind,
        "columns": sorted(relation.readable),
        "newest": newest and newest.isoformat(),
    }
    if relation.name in WIDTHS:
        facts |= {
            "materialized_only": relation.materialized_only,
            "lag_seconds": None if lag is None else lag.total_seconds(),
            "missing": None if whole is None else [at.isoformat() for at in whole.missing],
            "short": None if whole is None else [at.isoformat() for at in whole.short],
        }
    return facts
