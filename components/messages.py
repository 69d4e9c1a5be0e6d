"""What Ksys says: errors as sentences, words for the scripts, in the viewer's language."""

import json
from functools import lru_cache
from pathlib import Path

from babel.messages.extract import extract
from dash import html
from flask_babel import gettext

from data.analysis import digits, particles
from data.errors import SENTENCES, KsysError
from data.sql import REFUSALS

ASSETS = Path(__file__).parent.parent / "assets"
#: Failures that only an administrator mends, by names of relations and columns.
OF_SHAPE = REFUSALS | {"historian_missing", "historian_right"}


class _Number(float):
    """A number that a sentence writes with the minus of all others that are read."""

    def __format__(self, form: str) -> str:
        """Return it as `float` does, but for its sign."""
        return digits.signed(super().__format__(form))


def sentence(error: KsysError) -> str:
    """Return the sentence that tells a viewer what is wrong and the way out."""
    values = {n: _Number(each) if type(each) is float else each for n, each in error.values.items()}
    return particles.fitted(gettext(SENTENCES[error.key]).format(**values))


def spoken(error: KsysError) -> str:
    """Return the sentence of an error for who looks at the plant: Status names the relations."""
    return sentence(KsysError("historian_shape") if error.key in OF_SHAPE else error)


def notice(text: str, level: str = "fault", way: html.A | None = None) -> html.Div:
    """Return a message block; `level` is `fault`, `warning` or `note`; `way` leads out of it."""
    role = "alert" if level == "fault" else "status"
    return html.Div(
        [html.P([text, " ", way] if way else text)],
        className=f"notice notice--{level}",
        role=role,
    )


@lru_cache(maxsize=1)
def script_texts() -> tuple[str, ...]:
    """Return the English texts of the scripts, as `make messages` finds them: `t("…")`."""
    texts = set()
    for path in ASSETS.rglob("*.mjs"):
        with path.open("rb") as script:
            for _line, text, _notes, _context in extract("javascript", script, {"t": None}):
                texts.add(str(text))
    return tuple(sorted(texts))


def browser_messages() -> str:
    """Return text -> word of all that the scripts say, as JSON safe in a script element."""
    words = {english: gettext(english) for english in script_texts()}
    return json.dumps(words, ensure_ascii=False).replace("<", "\\u003c")
