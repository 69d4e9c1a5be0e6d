"""Words that pages, charts and notices share: of lengths of time, offsets, statistics and kinds."""

import math
from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd
from flask_babel import gettext as _

from data import buckets
from data.analysis import digits, kinds
from data.views import OfKind, TagSeries, View

#: What a share is told to [%], and after how many decimals it differs by rounding alone.
LEAST, EXACT = 0.1, 9


def statistic_words() -> dict[str, str]:
    """Return column -> word of each statistic, in the order of the controls."""
    return {
        "avg": _("mean"),
        "min": _("min"),
        "max": _("max"),
        "first": _("first"),
        "last": _("last"),
    }


def limit_letters() -> tuple[str, str, str, str]:
    """Return the word of each limit, in the order of Limits."""
    return _("LL"), _("L"), _("H"), _("HH")


def offset_text(moment: datetime | pd.Timestamp) -> str:
    """Return an aware time's offset as `+09:00`."""
    return moment.isoformat()[-6:]


def time_text(view: View, moment: datetime | pd.Timestamp, form: str) -> str:
    """Return a time by the view's clock; with its offset where the window holds two of them."""
    local = moment.astimezone(ZoneInfo(view.zone))
    text = f"{local:{form}}"
    two = len(buckets.offsets(view.start, view.stop, view.zone)) > 1
    return f"{text} {offset_text(local)}" if two else text


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


def percent(share: float) -> str:
    """Return a share [%], a dash where it is not known; little is not none, nor most all."""
    if not math.isfinite(share):
        return "–"
    share = round(share, EXACT)
    if 0 < share < LEAST:
        return f"<{LEAST}%"
    return f">{100 - LEAST}%" if 100 - LEAST < share < 100 else f"{share:.1f}%"


def window_word(token: str) -> str:
    """Return a token such as 10m as the viewer reads it, `10 min`; any other text as it is."""
    words = {
        "s": lambda n: _("%(n)s s", n=n),
        "m": lambda n: _("%(n)s min", n=n),
        "h": lambda n: _("%(n)s h", n=n),
        "d": lambda n: _("%(n)s d", n=n),
        "w": lambda n: _("%(n)s wk", n=n),
        "mo": lambda n: _("%(n)s mo", n=n),
        "y": lambda n: _("%(n)s y", n=n),
    }
    count = token.rstrip("abcdefghijklmnopqrstuvwxyz")
    unit = token[len(count) :]
    return words[unit](count) if count.isdigit() and unit in words else token


def of_kind(item: TagSeries, named: bool) -> list[str]:
    """Return what a window says of a tag that has no mean, nothing for a value.

    Parameters
    ----------
    named : whether the tag's name is to be said
    """
    if item.of_kind is None:
        return []
    words = _words(item, item.of_kind)
    return [f"{item.tag.name}: {text}" if named else text for text in words]


def _words(item: TagSeries, told: OfKind) -> list[str]:
    if told.needs_readings:
        return [_of_what(item.tag.kind) + " " + needs_readings()]
    if told.gone:
        return [_of_what(item.tag.kind) + " " + _("not known: the readings are gone")]
    if item.tag.kind == kinds.ANGLE:
        return _direction(item, told.mean, told.resultant)
    if item.tag.kind == kinds.STATE:
        return _shares(item, told)
    return _difference(item, told)


def needs_readings() -> str:
    """Return what stands where a number needs more readings than are read."""
    return _("needs readings: choose a shorter window")


def _of_what(kind: str) -> str:
    if kind == kinds.ANGLE:
        return _("circular mean")
    return _("time in each state") if kind == kinds.STATE else _("difference")


def _direction(item: TagSeries, mean: float, resultant: float) -> list[str]:
    if math.isnan(resultant):
        return []
    length = f"{resultant:.2f}"
    if math.isnan(mean):
        return [_("no mean direction, resultant length %(length)s", length=length)]
    number = f"{digits.written(mean, max(item.digits['last'], 1))} {item.tag.unit}".strip()
    return [_("circular mean %(mean)s, resultant length %(length)s", mean=number, length=length)]


def _shares(item: TagSeries, told: OfKind) -> list[str]:
    shares = told.shares
    if shares is None:
        return []
    codes = [value for value, _share in shares.by_value]
    names = kinds.words(codes, item.tag.states, digits.MINUS)
    parts = [(name, share) for name, (_value, share) in zip(names, shares.by_value, strict=True)]
    parts += [(_("left out"), shares.left_out), (_("no data"), shares.no_data)]
    parts.append((_("not known, as the readings are gone"), shares.unknown))
    return [", ".join(f"{word} {percent(100 * share)}" for word, share in parts if share > 0)]


def _difference(item: TagSeries, told: OfKind) -> list[str]:
    if math.isnan(told.difference):
        return []
    sign = "+" if told.difference > 0 else ""
    number = sign + digits.written(told.difference, item.digits["last"])
    number = f"{number} {item.tag.unit}".strip()
    texts = [_("difference %(number)s", number=number)]
    if told.resets == 1:
        texts.append(_("reset in one row"))
    elif told.resets:
        texts.append(_("reset in %(count)s rows", count=f"{told.resets:,}"))
    return texts
