"""The button that says what a window is compared with, and what it opens."""

from typing import Any

from dash import html
from flask_babel import gettext as _

from components.comparison.words import token_words
from components.timing import choice, menu


def compare_control(page: str) -> html.Div:
    """Return the button and its choices: none, four periods before, and a start that is typed."""
    meanings = {
        "-1h": _("an hour before"),
        "-1d": _("the same time a day before"),
        "-1w": _("the same time a week before"),
        "-1shift": _("one shift earlier"),
    }
    pressed: dict[str, Any] = {"aria-pressed": "false"}
    words = {token: (word, meanings[token]) for token, word in token_words().items()}
    every = {"": (_("Off"), _("nothing is compared")), **words}
    choices: list[Any] = [
        choice(f"{page}-compare{token or '-off'}", *told, **{"data-compare": token, **pressed})
        for token, told in every.items()
    ]
    field: dict[str, Any] = {"data-label": _("Start of the other window")}
    typed = html.Div(
        [
            html.Label(
                [html.Span(_("Start")), html.Span(id=f"{page}-compare-place", **field)],
                className="compare-field",
            ),
            html.Button(_("Apply"), id=f"{page}-compare-apply", className="seg", type="button"),
        ],
        className="compare-typed",
    )
    said = html.P(id=f"{page}-compare-said", className="compare-said", role="alert")
    word = html.Span(_("Compare"), id=f"{page}-compare-word")
    title = _("Show the period before beside this one")
    button = menu(
        f"{page}-compare-panel",
        word,
        [*choices, typed, said],
        id=f"{page}-compare",
        title=title,
    )
    return html.Div(button, className="compare-control", id=f"{page}-compare-control")
