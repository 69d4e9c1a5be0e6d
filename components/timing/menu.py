"""A button that opens a few choices below itself, each with what it means."""

from collections.abc import Sequence
from typing import Any

from dash import html


def menu(panel: str, word: Any, contents: Sequence[Any], **of_button: Any) -> html.Div:
    """Return the button and what it opens; `assets/chart/popover.mjs` opens and closes it.

    Parameters
    ----------
    panel : id of what is opened
    word : what the button says
    contents : of what is opened: choices, or what else is done there
    of_button : what else it has, such as an id or a title
    """
    opens: dict[str, Any] = {
        "aria-haspopup": "true",
        "aria-expanded": "false",
        "aria-controls": panel,
        "data-pops": panel,
    }
    button = html.Button([word, " ▾"], className="seg", type="button", **opens, **of_button)
    below = html.Div(list(contents), id=panel, className="pop link-panel", hidden=True)
    return html.Div([button, below], className="link-control")


def choice(name: str, word: str, meaning: str, **marks: Any) -> html.Button:
    """Return one of the choices; `marks` are attributes by which a script knows it."""
    text = [html.B(word), html.Small(meaning)]
    return html.Button(text, id=name, className="link-choice", type="button", **marks)
