"""What trend and tech share: a question becomes a view, and what the browser keeps of an answer."""

from collections.abc import Mapping, Sequence
from typing import Any

import flask

from components.charts import offset
from data import queries
from data.db import clock
from data.errors import BadInput
from data.views import TagSeries, View, view

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
        asked["tag"] = list(queries.tags.answer().value)[:1]
    if most and len(asked["tag"]) > most:
        raise BadInput("too_many_tags", count=len(asked["tag"]), limit=most)
    return view(asked, clock.now().value, site()["zone"])


def receipt(
    seen: View, drawn: Sequence[TagSeries], question: Question, resolution: str | None = None
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
