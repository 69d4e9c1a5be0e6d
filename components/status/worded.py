"""A line of `data/status/` in the viewer's words."""

from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from flask_babel import gettext
from flask_babel import gettext as _

from components.messages import sentence
from components.status.relation_words import KINDS, RELATION_WORDS
from components.status.words import WORDS
from components.words import duration
from data.errors import KsysError
from data.status import Line

#: So many names are written out; the others are counted.
MOST_NAMES = 3


class Worded(NamedTuple):
    """A line as it is read; `means` and `deed` (what to do) are empty where there is none."""

    level: str
    subject: str
    key: str
    found: str
    means: str
    deed: str


def worded(line: Line, zone: tzinfo) -> Worded:
    """Return a line in the viewer's language.

    Parameters
    ----------
    zone : in which times are written
    """
    texts = (WORDS | RELATION_WORDS)[line.key]
    values = {name: _written(value, zone) for name, value in line.values.items()}
    # Not by gettext's own arguments: it leaves %% as it is where there are none.
    found, means, deed = (gettext(text) % values if text else "" for text in texts)
    return Worded(line.level, subject_word(line.subject), line.key, found, means, deed)


def subject_word(subject: str) -> str:
    """Return the word for what a line is about; a relation stands for itself."""
    words = {
        "server": _("Server"),
        "role": _("Role"),
        "way": _("Connection"),
        "clock": _("Clocks"),
        "qc": "qc",
        "readings": _("Readings"),
        "rules": _("Rules"),
        "rollups": _("Rollups"),
        "app": _("This app"),
        "disk": _("Disk"),
    }
    return words.get(subject, subject)


def level_word(level: str) -> str:
    """Return the word for a level."""
    words = {"ok": _("well"), "note": _("note"), "risk": _("risk"), "fault": _("mend")}
    return words[level]


def _written(value: object, zone: tzinfo) -> str:
    if isinstance(value, KsysError):
        return sentence(value)
    if isinstance(value, timedelta):
        return _span(value.total_seconds())
    if isinstance(value, datetime):
        return moment(value, zone)
    if isinstance(value, tuple):
        return _names(value)
    if isinstance(value, int):
        return f"{value:,}"
    return gettext(KINDS[str(value)]) if value in KINDS else str(value)


def moment(at: datetime, zone: tzinfo) -> str:
    """Return a time as it is written, to the second."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _span(seconds: float) -> str:
    if seconds < 1:
        return _("%(n)s ms", n=f"{1_000 * seconds:.3g}")
    return duration(seconds)


def _names(names: tuple[object, ...]) -> str:
    shown = ", ".join(str(name) for name in names[:MOST_NAMES])
    rest = len(names) - MOST_NAMES
    return shown if rest <= 0 else _("%(names)s and %(rest)s more", names=shown, rest=f"{rest:,}")
