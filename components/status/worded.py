"""A line of `data/status/` in the viewer's words."""

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from typing import NamedTuple

from flask_babel import gettext
from flask_babel import gettext as _

from access import sees_details
from components.messages import sentence
from components.status.cluster_words import CLUSTER_WORDS
from components.status.relation_words import KINDS, RELATION_WORDS
from components.status.words import WORDS
from components.words import duration
from data.analysis import particles
from data.errors import KsysError
from data.status import Line

#: So many names are written out; the others are counted.
MOST_NAMES = 3
#: What is shorter is written in milliseconds [s]: 0.9996 s would be 1,000 ms.
LEAST_S = 0.9995


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
    texts = (WORDS | RELATION_WORDS | CLUSTER_WORDS)[line.key]
    values = {name: written(value, zone) for name, value in line.values.items()}
    # Not by gettext's own arguments: it leaves%% as it is where there are none.
    sentence, means, deed = (
        particles.fitted(gettext(text) % values) if text else "" for text in texts
    )
    return Worded(line.level, subject_word(line.subject), line.key, sentence, means, deed)


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


def written(value: object, zone: tzinfo) -> str:
    """Return what fills a hole of a sentence, times in a zone."""
    if isinstance(value, KsysError):
        return _failure(value)
    if isinstance(value, timedelta):
        return span(value.total_seconds())
    if isinstance(value, datetime):
        return moment(value, zone)
    if isinstance(value, tuple):
        return names(value)
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return _number(value)
    return gettext(KINDS[str(value)]) if value in KINDS else str(value)


def _failure(error: KsysError) -> str:
    """Return the sentence of an error; to an administrator also what the server said of it."""
    text, values = sentence(error), error.values
    detail = str(values.get("said") or values.get("detail", ""))
    told = not detail or detail in text or not sees_details()
    return text if told else f"{text} ({detail})"


def moment(at: datetime, zone: tzinfo) -> str:
    """Return a time as it is written, to the second."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def short_moment(at: datetime, now: datetime, zone: tzinfo) -> str:
    """Return a time of today to the second, one of another day with its date to the minute."""
    here = at.astimezone(zone)
    if here.date() == now.astimezone(zone).date():
        return f"{here:%H:%M:%S}"
    return f"{here:%Y-%m-%d %H:%M}"


def span(seconds: float) -> str:
    """Return a length of time [s]; below a second in milliseconds."""
    if seconds < LEAST_S:
        return _("%(n)s ms", n=_number(1_000 * seconds))
    return duration(seconds)


def _number(number: float) -> str:
    """Return three significant digits, without a power of ten as far as people read that."""
    short = f"{number:.3g}"
    return f"{Decimal(short):,f}" if number == 0 or 1e-6 < abs(number) < 1e15 else short


def names(things: Sequence[object]) -> str:
    """Return the first few names, and how many more there are."""
    shown = ", ".join(str(name) for name in things[:MOST_NAMES])
    rest = len(things) - MOST_NAMES
    return shown if rest <= 0 else _("%(names)s and %(rest)s more", names=shown, rest=f"{rest:,}")
