"""What stands beside the form of the page of files: the file, how it is fetched, and what was."""

from dash import dcc, html
from dash.development.base_component import Component
from flask_babel import gettext as _

from access import Role, may, role_word, who
from components.controls import segments
from components.messages import sentence
from components.question import site
from components.shell import asking
from data.errors import KsysError


def result() -> list[Component]:
    """Return what a file would be, how it is fetched, and what this browser fetched before."""
    return [
        html.Div([_estimate(), _snippets()], id="export-side", className="export-side"),
        html.Section(
            [
                html.H2(_("Exports of this browser")),
                html.P(_("Kept here only."), className="export-note"),
                html.Div(id="export-recent", **{"data-zone": site()["zone"]}),
                html.P(id="export-heard", className="visually-hidden", role="status"),
            ],
            className="panel export-exports",
        ),
    ]


def _estimate() -> html.Section:
    missing = _missing()
    return html.Section(
        [
            html.Div(
                [
                    html.Div(id="export-estimate", className="export-estimate"),
                    html.Div(
                        [
                            html.Button(
                                _("Download"),
                                id="export-download",
                                className="primary export-go",
                                type="button",
                                disabled=True,
                            ),
                            html.A(_("as a plain link"), id="export-link", className="quiet"),
                        ],
                        className="export-acts",
                        hidden=bool(missing),
                    ),
                ],
                className="export-head",
            ),
            html.P(missing, id="export-missing", className="export-refused", hidden=not missing),
            html.Div([] if missing else asking(), id="export-preview"),
            html.P(id="export-preview-said", className="seeing", role="status"),
        ],
        className="panel",
        **{"aria-label": _("The file")},
    )


def _missing() -> str:
    """Return why the viewer gets no file, empty for an analyst."""
    if may(Role.ANALYST):
        return ""
    person = who()
    own = role_word(person.role if person else Role.VIEWER)
    return sentence(KsysError("role_missing", needed=role_word(Role.ANALYST), own=own))


def _snippets() -> html.Section:
    tabs = {
        "address": _("Address"),
        "curl": "curl",
        "pandas": "pandas",
        "sheet": "Power Query",
    }
    return html.Section(
        [
            html.Div(
                [
                    segments("export-tab", tabs, "address", _("For scripts")),
                    html.Span(className="grow"),
                    html.Span(id="export-copied", className="export-note", role="status"),
                    html.Button(_("Copy"), id="export-copy", className="seg", type="button"),
                ],
                className="export-tabs",
            ),
            html.Pre(id="export-snippet", className="export-snippet", tabIndex=0),
            html.Fieldset(
                [
                    html.Legend(_("Window"), className="visually-hidden"),
                    dcc.Checklist(
                        id="export-moving",
                        options=[{"value": "1", "label": _("the window moves with the clock")}],
                        value=[],
                        className="export-checks",
                    ),
                ],
                className="segs-group",
                id="export-moving-set",
                hidden=True,
            ),
            html.P(
                _("A file that breaks off ends as an error, never as a shorter file."),
                className="seeing",
            ),
        ],
        className="panel",
        **{"aria-label": _("For scripts")},
    )
