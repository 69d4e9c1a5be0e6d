"""What trend and tech share: a question becomes a view, an answer becomes notices and a receipt."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import flask
from dash import html
from flask_babel import gettext as _

from components.charts import offset
from components.messages import Worded, notice, sentence
from components.seeing import duration
from data import clock, queries
from data.engine import HistorianUnavailable
from data.errors import BadInput
from data.shown import Shown
from data.views import View, view

Question = Mapping[str, Any]


def site() -> Mapping[str, Any]:
    """Return the settings that pages may know."""
    settings: Mapping[str, Any] = flask.current_app.config["KSYS"]
    return settings


def view_of(question: Question, most: int | None = None) -> View:
    """Return the view of a question; one that names no tag gets the historian's first.

    Parameters
    ----------
    most : refuse more tags than this

    Raises
    ------
    BadInput, HistorianUnavailable
    """
    asked = dict(question)
    if asked.get("tag") is None:
        asked["tag"] = list(queries.tags.answer().value.index[:1])
    if most and len(asked["tag"]) > most:
        raise BadInput("too_many_tags", count=len(asked["tag"]), limit=most)
    return view(asked, clock.now().value, site()["zone"])


def receipt(
    seen: View, drawn: Sequence[Shown], question: Question, resolution: str | None = None
) -> dict[str, Any]:
    """Return what the browser keeps of an answer: bounds, clock, and the query of its rows.

    Parameters
    ----------
    resolution : the one that was used, where another would be another answer
    """
    query = {
        "tag": list(seen.tags),
        "start": seen.start.isoformat(),
        "stop": seen.stop.isoformat(),
        "statistic": seen.statistic,
        "resolution": resolution or (seen.resolution.token if seen.resolution else None),
        "width": question.get("width"),
        "tz": seen.zone,
    }
    return {
        "start": seen.start.isoformat(),
        "stop": seen.stop.isoformat(),
        "now": seen.now.isoformat(),
        "offset": offset(seen).total_seconds() / 60,
        "live": seen.live or any(item.error for item in drawn),
        "tags": list(seen.tags),
        "query": query,
    }


def notices(seen: View, drawn: Sequence[Shown], refusals: Sequence[Worded]) -> list[html.Div]:
    """Return a message for each tag that is unknown or has nothing in the window."""
    found = [notice(text, "warning") for text in (*map(sentence, refusals), *old(seen, drawn))]
    if not seen.tags:
        found.append(notice(_("No tag is chosen; add one above."), "note"))
    empty = [item.tag for item in drawn if item.frame.empty]
    if empty:
        found += [notice(text, "note") for text in _nothing(seen, empty)]
    return found


def old(seen: View, drawn: Sequence[Shown]) -> list[str]:
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


def tag_options(search: str | None, taken: Sequence[str]) -> list[dict[str, str]]:
    """Return up to 50 tags whose name, description or unit holds what was typed."""
    try:
        tags = queries.tags.answer().value
    except HistorianUnavailable:
        return []
    names = tags.index.to_series().astype(str)
    text = (
        names + " · " + tags["description"].fillna("") + " · " + tags["unit"].fillna("")
    ).astype(str)
    wanted = text[~names.isin(list(taken))]
    if search:
        wanted = wanted[wanted.str.contains(search.strip(), case=False, regex=False)]
    return [
        {"value": str(tag), "label": str(label).strip(" ·"), "search": str(label)}
        for tag, label in wanted.head(50).items()
    ]


def named(tags: Sequence[str]) -> list[dict[str, str]]:
    """Return name, description and unit of tags, empty where the historian has none."""
    try:
        known = queries.tags.answer().value
    except HistorianUnavailable:
        return [{"tag": tag, "description": "", "unit": ""} for tag in tags]
    rows: list[Any] = [known.loc[tag].to_dict() if tag in known.index else {} for tag in tags]
    return [
        {
            "tag": tag,
            "description": row.get("description") or "",
            "unit": row.get("unit") or "",
        }
        for tag, row in zip(tags, rows, strict=True)
    ]
