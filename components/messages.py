"""What Ksys says: errors as sentences, words for the scripts, in the viewer's language."""

import json
from typing import Protocol

from dash import html
from flask_babel import gettext

from data.errors import SENTENCES

# Words of the scripts, `ksys.t(key)`: key -> English, as it stands in the catalogue. Sorted by key.
BROWSER: dict[str, str] = {}


class Worded(Protocol):
    """An error that carries a key of `SENTENCES` and what fills its holes."""

    key: str
    values: dict[str, object]


def sentence(error: Worded) -> str:
    """Return the sentence that tells a viewer what is wrong and the way out."""
    return gettext(SENTENCES[error.key]).format(**error.values)


def notice(text: str, level: str = "fault", title: str | None = None) -> html.Div:
    """Return a message block; `level` is `fault`, `warning` or `note`."""
    heading = [html.H2(title, className="notice__title")] if title else []
    role = "alert" if level == "fault" else "status"
    return html.Div([*heading, html.P(text)], className=f"notice notice--{level}", role=role)


def browser_messages() -> str:
    """Return the words of the scripts as JSON that is safe inside a script element."""
    words = {key: gettext(english) for key, english in BROWSER.items()}
    return json.dumps(words, ensure_ascii=False).replace("<", "\\u003c")
