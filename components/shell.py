"""The frame around every page: header, navigation, demonstration badge, language and theme."""

from typing import Any
from urllib.parse import parse_qs

import dash
import dash_bootstrap_components as dbc
import flask
from dash import Input, Output, callback, dcc, get_relative_path, html
from dash.development.base_component import Component
from flask_babel import get_locale
from flask_babel import gettext as _

from access import who
from components.help import connect_dialog, help_dialog
from components.messages import notice, sentence
from data import queries
from data.db import HistorianUnavailable
from data.errors import BadInput

#: Code -> own name of each language that Ksys speaks.
LANGUAGES = {"en": "English", "ko": "한국어"}
#: What pages show that is told anew by a callback of its own, after the rest of the page.
TOLD = (
    *("trend-context", "trend-pair", "trend-rows", "trend-bars", "tech-rows"),
    *("export-file", "export-preview"),
)


def shell() -> html.Div:
    """Return the layout of the app; Dash puts the page of the address into its middle."""
    return html.Div(
        [
            html.A(_("Skip to content"), href="#content", className="skip"),
            html.Header(
                [
                    html.A("Ksys", href=get_relative_path("/"), className="shell__brand"),
                    *_site_name(),
                    _where(),
                    html.Span(className="grow"),
                    html.Span(id="demo", className="demo"),
                    html.Div(
                        [*_signed_in(), _help_button(), _language_switch(), _theme_switch()],
                        className="shell__more",
                    ),
                    _phone_button("more", "⋯", _("Words, language, light or dark")),
                ],
                className="shell",
            ),
            html.Main(
                [html.Div(id="shell-notice"), _lost(), *_markers(), dash.page_container],
                id="content",
            ),
            html.Aside(
                id="demo-hint",
                className="demo-hint",
                **{"aria-label": _("demonstration data")},
            ),
            dcc.Location(id="address", refresh=False),
            help_dialog(LANGUAGES, str(get_locale() or "en")),
            connect_dialog(),
        ]
    )


def _lost() -> html.Div:
    """Return what a script shows while nobody answers for the page that is opened."""
    text = _("The page did not come: the server does not answer. It is asked again by itself.")
    return html.Div(html.P(text), id="shell-lost", hidden=True, role="status")


def _markers() -> list[html.I]:
    """Return the unseen nodes that `telling` marks, by which styles and scripts know.

    They belong to no page: one may be left while what it showed is still told anew.
    """
    return [html.I(id=f"{name}-telling", hidden=True) for name in TOLD]


def telling(name: str) -> list[tuple[Output, str, str]]:
    """Return what lets a page show that a part of it is told anew (`running` of a callback).

    Until then it is of what was shown before.

    Parameters
    ----------
    name : one of `TOLD`
    """
    return [(Output(f"{name}-telling", "className"), "is-telling", "")]


def _where() -> html.Div:
    """Return the pages; a phone shows the one that is open, and the others when it is touched."""
    pages = html.Nav(_links(), className="shell__pages", **{"aria-label": _("Pages")})
    return html.Div([pages, _phone_button("pages", "▾", _("Pages"))], className="shell__where")


def _phone_button(part: str, sign: str, title: str) -> html.Button:
    """Return what unfolds a part of the header that a phone has no room for."""
    folds: dict[str, Any] = {"data-unfolds": part, "aria-label": title, "aria-expanded": "false"}
    name = f"quiet shell__unfold shell__unfold--{part}"
    return html.Button(sign, type="button", className=name, title=title, **folds)


def _theme_switch() -> html.Button:
    return html.Button("◐", id="theme", className="quiet", title=_("Light or dark"))


def page(*children: Component, name: str = "") -> html.Div:
    """Return the body of one page; `name` becomes a class of it."""
    return html.Div(list(children), className=f"page page--{name}" if name else "page")


def asking() -> html.P:
    """Return what says that an answer is on its way, where that takes longer than a blink."""
    return html.P(_("Asking the historian …"), className="asking", role="status")


def title(**_variables: object) -> str:
    """Return the title of a page in the browser's tab, which names the plant."""
    plant = site_name()
    return f"{plant} · Ksys" if plant else "Ksys"


def site_name() -> str:
    """Return the name of the plant, nothing where it has none."""
    site = flask.current_app.config.get("KSYS", {}) if flask.has_app_context() else {}
    return str(site.get("site_name", ""))


def _site_name() -> list[Component]:
    name = site_name()
    return [html.Span(name, className="shell__site", title=name)] if name else []


def _links() -> list[dbc.NavLink]:
    pages = {entry["path"]: entry for entry in dash.page_registry.values()}
    titles = {
        "/": _("Overview"),
        "/trend": _("Trend"),
        "/tech": _("Tech indicators"),
        "/export": _("Export"),
        "/status": _("Status"),
    }
    return [
        dbc.NavLink(
            titles[path], href=get_relative_path(path), active="exact", className="shell__page"
        )
        for path in titles
        if path in pages
    ]


def _signed_in() -> list[Component]:
    """Return who is signed in, with the way out; nothing on a site or screen without that."""
    person = who()
    if person is None or not person.is_person:
        return []
    account = html.A(
        person.name, href=get_relative_path("/account"), className="quiet shell__who", id="who"
    )
    if person.way == "proxy":  # it signs users out too
        return [account]
    button = html.Button(_("Sign out"), className="quiet", type="submit")
    return [account, html.Form(button, action=get_relative_path("/sign-out"), method="POST")]


def _help_button() -> html.Button:
    opens: dict[str, Any] = {"data-opens": "help", "aria-label": _("Badges, words and keys")}
    title = _("Badges, words and keys (?)")
    return html.Button("?", type="button", className="quiet", title=title, **opens)


def _language_switch() -> html.A:
    current = str(get_locale() or "en")
    other = "en" if current == "ko" else "ko"
    return html.A(
        LANGUAGES[other], id="language", href=f"?lang={other}", className="quiet", lang=other
    )


@callback(Output("demo", "children"), Input("address", "pathname"))
def name_demonstration_data(_path: str) -> html.Button | str:
    """Say `demonstration data` on every page while any tag of the historian is a made-up one.

    Says nothing while the historian does not answer: the page itself then says so.
    """
    try:
        made_up = any(tag.demo for tag in queries.tags.answer().value.values())
    except HistorianUnavailable:
        return ""
    if not made_up:
        return ""
    title = _("These readings are made up: connect your own historian")
    return _connecting(_("demonstration data"), "quiet", title)


@callback(Output("demo-hint", "children"), Input("demo", "children"))
def hint_at_own_historian(badge: object) -> list[Component] | None:
    """Say at the foot of a page of made-up readings how one's own are shown."""
    if not badge:
        return None
    text = _("These readings are made up. Connect your own historian: one setting, read only.")
    hushes: dict[str, Any] = {"data-hushes": "demo", "aria-label": _("Close")}
    close = html.Button("✕", type="button", className="quiet", **hushes)
    return [html.P(text), _connecting(_("How to connect"), "seg"), close]


def _connecting(word: str, name: str, title: str | None = None) -> html.Button:
    """Return a button that opens the dialog on how to connect."""
    opens: dict[str, Any] = {"data-opens": "connect"}
    return html.Button(word, type="button", className=name, title=title, **opens)


@callback(Output("shell-notice", "children"), Input("address", "search"))
def refuse_language(search: str) -> html.Div | None:
    """Say so when the address asks for a language that Ksys does not speak."""
    (language,) = parse_qs((search or "")[1:]).get("lang", ["en"])[:1]
    if language in LANGUAGES:
        return None
    error = BadInput("unknown_language", value=language, choices=", ".join(LANGUAGES))
    return html.Div(notice(sentence(error), "warning"), className="page")
