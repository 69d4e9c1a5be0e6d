"""What is said above a chart: unknown tags, empty windows, answers that could not be renewed."""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from dash import html
from flask_babel import gettext as _

from components.messages import notice, sentence
from components.words import duration
from data import queries
from data.db import HistorianUnavailable
from data.errors import KsysError
from data.views import TagSeries, View


def notices(
    seen: View, drawn: Sequence[TagSeries], refusals: Sequence[KsysError]
) -> list[html.Div]:
    """Return a message for each tag that is unknown or has nothing in the window."""
    found = [notice(text, "warning") for text in (*map(sentence, refusals), *old(seen, drawn))]
    if not seen.tags:
        found.append(notice(_("No tag is chosen; add one above."), "note"))
    empty = [item.tag.name for item in drawn if item.frame.empty]
    if empty:
        found += [notice(text, "note") for text in _nothing(seen, empty)]
    return found


def old(seen: View, drawn: Sequence[TagSeries]) -> list[str]:
    """Return of when an answer is that could not be renewed; nothing of a fresh one."""
    kept = [item for item in drawn if item.error is not None]
    if not kept:
        return []
    moment = min(item.as_of for item in kept)
    age = max((datetime.now(UTC) - moment).total_seconds(), 0)
    text = _(
        "The historian does not answer. What is shown is of %(time)s, %(age)s old; "
        "it is asked again by itself.",
        time=f"{moment.astimezone(ZoneInfo(seen.zone)):%Y-%m-%d %H:%M:%S}",
        age=duration(age),
    )
    return [text]


def _nothing(seen: View, empty: list[str]) -> list[str]:
    try:
        newest = queries.latest.answer(tuple(empty)).value["ts"]
    except HistorianUnavailable as failure:
        return [sentence(failure)]
    zone = ZoneInfo(seen.zone)
    texts = []
    for tag, moment in newest.items():
        if moment is None or moment != moment:
            texts.append(_("Tag %(tag)s has no readings at all.", tag=tag))
            continue
        time = f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"
        texts.append(
            _(
                "Tag %(tag)s has no readings in this window; its newest is of %(time)s. "
                "Choose a longer window or step back.",
                tag=tag,
                time=time,
            )
        )
    return texts
