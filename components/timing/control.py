"""The button that says which window is shown, and what it opens; the button of the links."""

from collections.abc import Mapping
from typing import Any

from dash import html
from flask_babel import gettext as _

from components.timing.menu import choice, menu
from components.timing.words import name_words
from components.words import window_word
from data.windows import WINDOWS

#: What the control offers by name; the others can be typed.
NAMES = ("this-shift", "last-shift", "today", "yesterday", "this-week", "last-month")
SHIFT_NAMES = NAMES[:2]


def time_control(page: str, *middle: Any) -> html.Div:
    """Return the strip of the window: its button, steps, undo and redo; `middle` stands behind."""
    return html.Div(
        [
            html.Div([_button(page), _panel(page)], className="time-control", id=f"{page}-time"),
            html.Div(_steps(page), className="joined"),
            html.Div(_history(page), className="joined"),
            *middle,
        ],
        className="strip",
    )


def _button(page: str) -> html.Button:
    opens: dict[str, Any] = {
        "aria-haspopup": "dialog",
        "aria-expanded": "false",
        "aria-controls": f"{page}-time-panel",
        "data-pops": f"{page}-time-panel",
    }
    return html.Button(
        [
            html.Span(_("Window"), className="time-button__span"),
            html.Span(className="time-button__motion"),
            html.Span("▾", className="time-button__mark"),
        ],
        id=f"{page}-when",
        className="time-button",
        type="button",
        title=_("Choose the window"),
        **opens,
    )


def _panel(page: str) -> html.Div:
    label: dict[str, Any] = {"aria-label": _("Window"), "data-page": page}
    return html.Div(
        [
            html.Div([_title(_("Shifts and days")), *_named()], className="time-named"),
            html.Div(
                [_title(_("The last …, live")), html.Div(_lengths(), className="time-lengths")],
            ),
            html.Div(className="time-days", id=f"{page}-days"),
            html.Div(
                [
                    html.Div(className="time-field", id=f"{page}-typed-place"),
                    html.Div(_modes(page), className="joined"),
                    _deed(f"{page}-apply", _("Apply") + " ⏎", "primary"),
                    _deed(f"{page}-close", _("Close") + " Esc", "seg"),
                ],
                className="time-typed",
            ),
            _reads(page),
        ],
        id=f"{page}-time-panel",
        className="pop time-panel",
        role="dialog",
        hidden=True,
        **label,
    )


def _title(text: str) -> html.P:
    return html.P(text, className="time-title")


def _preset(token: str, *children: Any, name: str) -> html.Button:
    marks: dict[str, Any] = {"data-window": token, "aria-pressed": "false"}
    return html.Button(list(children), className=name, type="button", **marks)


def _named() -> list[html.Button]:
    words = name_words()
    hours: dict[str, dict[str, Any]] = {name: {"data-shift": name} for name in SHIFT_NAMES}
    return [
        _preset(
            name,
            html.Span(words[name]),
            *([html.Small(**hours[name])] if name in hours else []),
            name="time-name",
        )
        for name in NAMES
    ]


def _lengths() -> list[html.Button]:
    return [_preset(token, window_word(token), name="seg time-length") for token in WINDOWS]


def _modes(page: str) -> list[html.Button]:
    titles = {
        "live": (_("Live"), _("End now and move with the clock; as long as what is shown")),
        "freeze": (_("Freeze"), _("Hold these times still")),
    }
    pressed: dict[str, Any] = {"aria-pressed": "false"}
    return [
        html.Button(
            word, id=f"{page}-{mode}", className="seg", type="button", title=title, **pressed
        )
        for mode, (word, title) in titles.items()
    ]


def _deed(name: str, word: str, kind: str) -> html.Button:
    return html.Button(word, id=name, className=kind, type="button")


def _reads(page: str) -> html.Div:
    examples = ("36h", "now-2w/now-1w", "2026-11-20", "2026-11", "2026-11-20 08:00/12:00")
    return html.Div(
        [
            html.P(
                [
                    html.Span(_("Reads as"), className="time-reads__lead"),
                    html.B(id=f"{page}-reads"),
                    html.Span(id=f"{page}-reads-zone"),
                ],
                className="time-reads",
                role="status",
            ),
            html.P([_("Also:"), *(html.Code(each) for each in examples)], className="time-also"),
        ]
    )


def _steps(page: str) -> list[html.Button]:
    return _small_buttons(
        page,
        {
            "back": ("‹", _("One window back"), False),
            "forward": ("›", _("One window forward"), False),
            "reset": ("⤢", _("Back to the window: leave the zoom"), True),
        },
    )


def _history(page: str) -> list[html.Button]:
    return _small_buttons(
        page,
        {
            "undo": ("↶", _("Undo (Back of the browser)"), True),
            "redo": ("↷", _("Redo (Forward of the browser)"), True),
        },
    )


def _small_buttons(page: str, buttons: Mapping[str, tuple[str, str, bool]]) -> list[html.Button]:
    labels: dict[str, dict[str, Any]] = {
        name: {"aria-label": title} for name, (_sign, title, _off) in buttons.items()
    }
    return [
        html.Button(
            sign,
            id=f"{page}-{name}",
            className=f"seg step-{name}",
            type="button",
            title=title,
            disabled=disabled,
            **labels[name],
        )
        for name, (sign, title, disabled) in buttons.items()
    ]


def link_control(page: str) -> html.Div:
    """Return the button of the two links to what is shown, live and fixed."""
    links = {
        "live": (_("Live link"), _("moves with the clock, as here")),
        "fixed": (_("Fixed link"), _("these times, on any day and in any zone")),
    }
    choices = [
        choice(f"{page}-copy-{kind}", *words, **{"data-copies": kind})
        for kind, words in links.items()
    ]
    word = html.Span(_("Copy link"), className="link-word")
    return menu(f"{page}-links", word, choices, id=f"{page}-copy")
