"""What trend and tech share: a question becomes a view, and what the browser keeps of an answer."""

from collections.abc import Mapping, Sequence
from typing import Any

import flask

from components.charts import offset
from data import queries, views
from data.db import clock
from data.errors import BadInput
from data.views import TagSeries, View

#: What a page's controls hold: the parameters of its address, and `width` of the chart [px].
Question = Mapping[str, Any]


def site() -> Mapping[str, Any]:
    """Return the settings of the app by their field's name, and `zone`, the site's."""
    settings: Mapping[str, Any] = flask.current_app.config["KSYS"]
    return settings


def view_of(question: Question, most: int | None = None) -> View:
    """Return the view of a question; one that names no tag gets the historian's first.

    Parameters
    ----------
    most : refuse more tags than this

    Raises
    ------
    BadInput
        If the question cannot be used; it names the parameter.
    HistorianUnavailable
        If the historian never answered.
    """
    query = dict(question)
    if query.get("tag") is None:
        query["tag"] = list(queries.tags.answer().value)[:1]
    if most and len(query["tag"]) > most:
        raise BadInput("too_many_tags", count=len(query["tag"]), limit=most)
    return views.view(query, clock.now().value, site()["zone"])


def receipt(
    view: View, series: Sequence[TagSeries], question: Question, resolution: str | None = None
) -> dict[str, Any]:
    """Return what the browser keeps of an answer: bounds, clock, and the query of its rows.

    Parameters
    ----------
    resolution : token of the one that was used, where another would be another answer
    """
    query = {
        "tag": list(view.tags),
        "start": view.start.isoformat(),
        "stop": view.stop.isoformat(),
        "statistic": view.statistic,
        "resolution": resolution or (view.resolution.token if view.resolution else None),
        "width": question.get("width"),
        "tz": view.zone,
    }
    return {
        "start": view.start.isoformat(),
        "stop": view.stop.isoformat(),
        "now": view.now.isoformat(),
        "offset": offset(view).total_seconds() / 60,
        "live": view.live or any(item.error for item in series),
        "tags": list(view.tags),
        "query": query,
    }
