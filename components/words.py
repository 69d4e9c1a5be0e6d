"""Words that pages, charts and notices share: of lengths of time, offsets and statistics."""

from datetime import datetime

import pandas as pd
from flask_babel import gettext as _


def statistic_words() -> dict[str, str]:
    """Return column -> word of each statistic, in the order of the controls."""
    return {
        "avg": _("mean"),
        "min": _("min"),
        "max": _("max"),
        "first": _("first"),
        "last": _("last"),
    }


def offset_text(moment: datetime | pd.Timestamp) -> str:
    """Return an aware time's offset as `+09:00`."""
    return moment.isoformat()[-6:]


def duration(seconds: float) -> str:
    """Return a length of time [s] in at most two units: `19 min`, `2 h 5 min`, `3 d`."""
    if seconds < 59.5:
        return _("%(n)s s", n=f"{seconds:.3g}")
    whole = int(round(seconds))
    units = (
        (86_400, lambda n: _("%(n)s d", n=n)),
        (3_600, lambda n: _("%(n)s h", n=n)),
        (60, lambda n: _("%(n)s min", n=n)),
        (1, lambda n: _("%(n)s s", n=n)),
    )
    words: list[str] = []
    for width, word in units:
        count, whole = divmod(whole, width)
        if count:
            words.append(word(count))
        elif words:
            break
    return " ".join(words[:2])
