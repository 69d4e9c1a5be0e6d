"""The small `?`: what badges, words and keys mean, in every language of Ksys at once."""

from collections.abc import Mapping
from typing import Any

from dash import html
from dash.development.base_component import Component
from flask_babel import force_locale
from flask_babel import gettext as _

#: The shape of each badge; tests/unit/test_help.py compares them with those of the scripts.
SHAPES = {
    "CRITICAL": "⬢",
    "STALE": "◌",
    "NO DATA": "○",
    "BAD": "✕",
    "CLOCK": "◷",
    "WARNING": "▲",
    "LATE": "◔",
    "SUSPECT": "?",
    "RULE ERROR": "‼",
    "NO RULE": "–",
    "DISABLED": "⊘",
}


def help_dialog(languages: Mapping[str, str], current: str) -> html.Div:
    """Return the panel, hidden; `assets/dialogs.js` shows it as a dialog, and in another language.

    Parameters
    ----------
    languages : code -> own name of each
    current : code of the one that is shown first
    """
    panes = []
    for code in languages:
        with force_locale(code):
            panes.append(_pane(code, languages, code == current))
    with force_locale(current):
        label: dict[str, Any] = {"aria-label": _title()}
        return html.Div(panes, id="help", className="help", hidden=True, **label)


def _title() -> str:
    return _("Badges, words and keys")


def _pane(code: str, languages: Mapping[str, str], is_shown: bool) -> html.Div:
    choices = [_choice(each, name, each == code) for each, name in languages.items()]
    grow = html.Span(className="grow")
    head = html.Header(
        [html.H2(_title()), grow, *choices, closing_button()], className="help__head"
    )
    badges = [html.H3(_("Badges, worst first")), _list(_badges(), "help__badges")]
    words = [html.H3(_("Words and signs")), _list(_words(), "help__words")]
    keys = [html.H3(_("Keys")), _list(_keys(), "help__keys-list")]
    right = html.Div([*words, html.Div(keys, className="help__keys")])
    body = html.Div([html.Div(badges), right], className="help__body")
    return html.Div([head, body], id=f"help-{code}", lang=code, hidden=not is_shown)


def _choice(code: str, name: str, is_shown: bool) -> html.Button:
    turns: dict[str, Any] = {"data-pane": code, "aria-pressed": str(is_shown).lower()}
    return html.Button(name, type="button", lang=code, className="seg", **turns)


def closing_button() -> html.Button:
    """Return the button that closes the dialog around it."""
    closes: dict[str, Any] = {"data-closes": "", "aria-label": _("Close")}
    return html.Button("✕", type="button", className="seg", title=_("Close"), **closes)


def _list(rows: list[tuple[Component | str, str]], name: str) -> html.Dl:
    parts = [part for term, text in rows for part in (html.Dt(term), html.Dd(text))]
    return html.Dl(parts, className=f"help__list {name}")


def _badge(state: str, word: str, held: str = "") -> html.Span:
    parts: list[Component | str] = [f"{SHAPES[state]} {word}".strip()]
    parts += [html.Span(held, className="badge__held")] if held else []
    return html.Span(parts, className=f"badge badge--{state.lower().replace(' ', '-')}")


def _badges() -> list[tuple[Component | str, str]]:
    """Return each badge with its sentence, worst first, as `states.BADGES` has them."""
    rows = {
        "CRITICAL": (_("CRITICAL"), _("Beyond HH or LL, the outer limits.")),
        "STALE": (
            _("STALE"),
            _("No reading for more than three times the allowed gap. The value is old."),
        ),
        "NO DATA": (
            _("NO DATA"),
            _("The name is known; no reading came yet, or only ones of the future."),
        ),
        "BAD": (
            _("BAD"),
            _("Not to be trusted: out of span, no number, or flagged by the source. Not judged."),
        ),
        "CLOCK": (_("CLOCK"), _("The newest reading lies in the future: its clock is wrong.")),
        "WARNING": (
            _("WARNING"),
            _("Beyond H or L, the inner limits. It ends only a deadband inside the limit."),
        ),
        "LATE": (_("LATE"), _("No reading for more than the allowed gap.")),
        "SUSPECT": (_("SUSPECT"), _("A doubt: step, spike, stuck or too fast. Still judged.")),
        "RULE ERROR": (_("RULE ERROR"), _("The rule contradicts itself. Not judged.")),
        "NO RULE": (_("NO RULE"), _("No limits are known. Shown, never judged.")),
        "DISABLED": (_("DISABLED"), _("Its rule is switched off. Not judged.")),
    }
    shown: list[tuple[Component | str, str]] = [
        (_badge(state, word), text) for state, (word, text) in rows.items()
    ]
    held = _("%(age)s old", age=_("%(n)s min", n=21))
    text = _("An alarm whose tag went silent: the alarm stands, its value is old.")
    return [*shown, (_badge("CRITICAL", _("CRITICAL"), held), text)]


def _words() -> list[tuple[Component | str, str]]:
    hour = _("%(n)s h", n=1)
    over = _("%(n)s over", n="430")
    return [
        (f"+2,966 mm · {hour}", _("Change against the newest good reading one hour ago.")),
        (f"{_('HH')} 19,000 · {over}", _("The limit that is crossed, and how far.")),
        (_("Window"), _("The stretch of time that is shown.")),
        (_("Resolution"), _("Width of one bucket; one point is drawn for each.")),
        (_("Coverage"), _("Readings that came, of those expected.")),
        (_("Gap"), _("No reading for longer than the rule allows; the line breaks.")),
        (_("Slope"), _("Change per hour, fitted over the buckets of a stretch of time.")),
        (_("Span"), _("Lowest and highest value of the instrument.")),
    ]


def _keys() -> list[tuple[Component | str, str]]:
    def keys(*names: str) -> html.Span:
        return html.Span([html.Kbd(name) for name in names], className="help__kbd")

    return [
        (keys("/"), _("Find a tag")),
        (keys(_("Space")), _("Pause and resume; on a button: press it")),
        (keys("←", "↑", "↓", "→"), _("Move among the cards")),
        (keys("Enter", "D", "P"), _("Trend, details, pin of the card")),
        (keys("Shift", "→"), _("On a chart: select a stretch; Esc leaves it")),
        (keys("Alt", "←"), _("Undo window, zoom or tags (browser Back)")),
        (keys("?", "Esc"), _("This help; close")),
    ]
