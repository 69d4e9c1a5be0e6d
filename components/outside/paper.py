"""Excursions as a table on paper, where the table of the page is not printed."""

from collections.abc import Sequence
from typing import Any

from dash import html
from flask_babel import gettext as _

#: Rows of a sheet, the newest: a longer list is a file.
MOST_ROWS = 40
FIELDS = ("level", "limit", "start", "stop", "seconds")


def paper(rows: Sequence[dict[str, Any]], count: int, note: str) -> list[Any]:
    """Return the rows of the table of excursions as a table of a sheet, with what the page says.

    Parameters
    ----------
    rows : as the table has them, the newest last
    count : of all excursions
    note : why there are none, or what may be missing among them
    """
    said = [html.P(note)] if note else []
    if not rows:
        return [html.H3(_("Excursions of the window")), *said] if said else []
    shown = list(reversed(rows))[:MOST_ROWS]
    heads = (_("Tag"), _("Level"), _("Limit"), _("Start"), _("Stop"), _("Duration"))
    of = _("The newest %(most)s of %(count)s", most=f"{len(shown):,}", count=f"{count:,}")
    return [
        html.H3([_("Excursions of the window"), *([f" · {of}"] if len(shown) < count else [])]),
        html.Table(
            [
                html.Thead(html.Tr([html.Th(each, scope="col") for each in heads])),
                html.Tbody([_row(each) for each in shown]),
            ],
            className="sheet__table",
        ),
        *said,
    ]


def _row(each: dict[str, Any]) -> html.Tr:
    texts = [each["tag"], *(each["texts"][name] for name in FIELDS)]
    return html.Tr([html.Td(text) for text in texts])
