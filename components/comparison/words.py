"""What is said of a comparison: both windows, what the clock did between, why a tag has none."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dash import html
from flask_babel import gettext as _

from components.messages import notice
from components.notices import old
from components.timing import between
from components.words import duration
from data import buckets
from data.views import Compared, TagSeries, View, Why
from data.windows import EPOCH

#: How a change of clocks is written.
TIME = "%Y-%m-%d %H:%M"


def token_words() -> dict[str, str]:
    """Return token -> word of each period before, in the order of the control."""
    return {"-1h": _("−1 h"), "-1d": _("−1 d"), "-1w": _("−1 wk"), "-1shift": _("−1 shift")}


def chosen_of(view: View, against: Sequence[Compared]) -> Compared:
    """Return that of the tag whose earlier line is drawn: the chosen one, else the first."""
    return next((each for each in against if each.tag.name == view.chosen), against[0])


def of_view(view: View, against: Sequence[Compared]) -> dict[str, Any]:
    """Return what a figure says of its comparison: its word, both windows, whose line is dotted.

    Nothing without one.
    """
    if not against:
        return {}
    chosen = chosen_of(view, against)
    told = {
        "word": _word(view, chosen),
        "here": between(view.start, view.stop, view.now, view.zone),
        "there": between(chosen.start, chosen.stop, view.now, view.zone),
        "tag": chosen.tag.name,
    }
    return {"compared": told}


def _word(view: View, chosen: Compared) -> str:
    token = chosen.shift.token
    if token:
        return token_words()[token]
    return between(chosen.start, chosen.stop, view.now, view.zone).split(" – ", maxsplit=1)[0]


def sheet_text(view: View, against: Sequence[Compared]) -> str:
    """Return what a sheet or a picture says of a comparison; empty without one."""
    if not against:
        return ""
    chosen = chosen_of(view, against)
    text = _(
        "%(window)s (%(word)s), dotted: %(tag)s",
        window=between(chosen.start, chosen.stop, view.now, view.zone),
        word=_word(view, chosen),
        tag=chosen.tag.name,
    )
    return " · ".join([text, *_clock(view, against)])


def notes(view: View, series: Sequence[TagSeries], against: Sequence[Compared]) -> list[html.Div]:
    """Return message blocks: of earlier answers that are old, the clock, and tags without any."""
    others = [each.other for each in against if each.other is not None]
    stale = [notice(text, "warning") for text in old(view, others)] if not old(view, series) else []
    texts = [*_clock(view, against), *_nothing(view, against)]
    return [*stale, *(notice(text, "note") for text in texts)]


def _clock(view: View, against: Sequence[Compared]) -> list[str]:
    """Return what the clock did between the two windows, if it did."""
    if not against:
        return []
    first = min(view.start, *(each.start for each in against))
    last = max(view.stop, *(each.stop for each in against))
    changes = buckets.changes(first, last, view.zone)
    if not changes:
        return []
    passed = against[0].shift.passed
    texts = [_changed(view, changes[-1], passed)]
    if not passed:
        texts += _odd_hours(changes, against)
    return texts


def _changed(view: View, change: buckets.Change, passed: bool) -> str:
    values = {"zone": view.zone, "before": _clock_text(change.at, change.before)}
    values["after"] = _clock_text(change.at, change.after)
    if passed:
        return _(
            "The clock of %(zone)s went from %(before)s to %(after)s between the two; "
            "an hour before is one that passed.",
            **values,
        )
    return _(
        "The clock of %(zone)s went from %(before)s to %(after)s between the two; "
        "the same times of the clock are compared.",
        **values,
    )


def _clock_text(at: datetime, offset: int) -> str:
    """Return what the clock read at a change, by its offset before or after it [s]."""
    local = (at - EPOCH).total_seconds() + offset
    return f"{datetime.fromtimestamp(local, ZoneInfo('UTC')):{TIME}}"


def _odd_hours(changes: Sequence[buckets.Change], against: Sequence[Compared]) -> list[str]:
    """Return what an hour is compared with that the clock passed twice or skipped there."""
    there = [
        change for change in changes if any(each.start < change.at < each.stop for each in against)
    ]
    texts = []
    if any(change.after < change.before for change in there):
        texts.append(_("Of the time that occurs twice there, the first is compared."))
    if any(change.after > change.before for change in there):
        texts.append(_("What the clock skipped there is compared with nothing."))
    return texts


def _nothing(view: View, against: Sequence[Compared]) -> list[str]:
    """Return a sentence for each tag that has nothing to be compared with."""
    texts = []
    for each in against:
        if each.why is Why.NOTHING:
            continue
        window = between(each.start, each.stop, view.now, view.zone)
        values = {"tag": each.tag.name, "window": window}
        if each.other and each.other.wider:
            values["resolution"] = duration(each.other.wider.seconds)
        by_utc = each.other is not None and each.other.by_utc
        texts.append(_by_utc(values) if by_utc else _sentence(each.why, values))
    return texts


def _by_utc(values: dict[str, str]) -> str:
    return _(
        "%(tag)s: readings in %(window)s are gone, all or in part, and the buckets that are left "
        "begin by the clock of UTC alone; choose %(resolution)s or wider, "
        "with tz=UTC in the address.",
        **values,
    )


def _sentence(why: Why, values: dict[str, str]) -> str:
    if why is Why.BEFORE_FIRST:
        return _("%(tag)s has no readings yet in %(window)s: nothing is compared.", **values)
    if why is Why.GONE:
        return _(
            "%(tag)s: readings in %(window)s are gone, all or in part; "
            "choose %(resolution)s or wider.",
            **values,
        )
    if why is Why.ONLY_BAD:
        return _("%(tag)s has only BAD readings in %(window)s: nothing is compared.", **values)
    if why is Why.TOO_MANY:
        return _(
            "%(tag)s has too many readings in %(window)s to compare them singly; "
            "choose a resolution.",
            **values,
        )
    if why is Why.OTHER_WIDTH:
        return _(
            "%(tag)s: no bucket of this width begins so long before; choose a narrower resolution.",
            **values,
        )
    return _("%(tag)s has no readings in %(window)s: nothing is compared.", **values)
