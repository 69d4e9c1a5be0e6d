"""What is so with the historian as a table of text, and as JSON."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

import flask
from flask_babel import Babel

from components.status.worded import level_word, worded
from data.status import WIDTHS, Line, Relation, worst

LOCALE = Path(__file__).parents[2] / "locale"
#: Columns of a terminal that the found and its meaning are wrapped to.
WIDTH, INDENT = 100, 26


@contextmanager
def in_language(language: str) -> Iterator[None]:
    """Let words be of a language where there is no request, as in a command."""
    app = flask.Flask("ksys", static_folder=None)
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(LOCALE)
    Babel(app, default_locale=language)
    with app.app_context():
        yield


def as_text(lines: Sequence[Line], zone: tzinfo) -> str:
    """Return the lines as a table: level and subject, what was found, means, and what to do."""
    rows = []
    for line in lines:
        word = worded(line, zone)
        head = f"{level_word(line.level):6}  {word.subject:16}  "
        body = _wrapped(word.found) + _wrapped(word.means) + _wrapped(word.deed, "> ")
        rows.append(head.ljust(INDENT) + body[0])
        rows += [" " * INDENT + text for text in body[1:]]
    return "\n".join(rows)


def _wrapped(text: str, sign: str = "") -> list[str]:
    return textwrap.wrap(
        text, WIDTH - INDENT, initial_indent=sign, subsequent_indent=" " * len(sign)
    )


def as_json(
    at: datetime | None, lines: Sequence[Line], relations: Mapping[str, Relation], zone: tzinfo
) -> dict[str, Any]:
    """Return the lines, and how far each relation reaches, as JSON can hold them.

    Parameters
    ----------
    at : when the historian was looked at; None where it does not answer
    """
    fields = ("level", "subject", "key", "found", "means", "deed")
    rows = [dict(zip(fields, worded(line, zone), strict=True)) for line in lines]
    for row, line in zip(rows, lines, strict=True):
        row["subject"] = line.subject
    return {
        "level": worst(list(lines)),
        "at": at and at.isoformat(),
        "lines": rows,
        "relations": {name: _relation(each) for name, each in relations.items()},
    }


def _relation(relation: Relation) -> dict[str, Any]:
    newest, lag, whole = relation.newest, relation.lag, relation.whole
    found: dict[str, Any] = {
        "kind": relation.kind,
        "columns": sorted(relation.readable),
        "newest": newest and newest.isoformat(),
    }
    if relation.name in WIDTHS:
        found |= {
            "materialized_only": relation.materialized_only,
            "lag_seconds": None if lag is None else lag.total_seconds(),
            "missing": None if whole is None else [at.isoformat() for at in whole.missing],
            "short": None if whole is None else [at.isoformat() for at in whole.short],
        }
    return found
