"""What trend and tech share: a question becomes a view, and what the browser keeps of an answer."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from typing import Any

import flask

from components import timing
from components.charts import offset
from data import buckets, queries, views
from data.db import WHOLE_S, clock, replica_lag
from data.errors import BadInput
from data.views import TagSeries, View

#: What a page's controls hold: the parameters of its address, and `width` of the chart [px].
Question = Mapping[str, Any]
#: So long after the end of a window its last readings may come in yet.
SETTLES = timedelta(seconds=10)
#: What of it says which window, and what that is compared with.
ASKED = ("window", "start", "stop", "zoom", "tz", "compare")


def site() -> Mapping[str, Any]:
    """Return the settings of the app by their field's name, and `zone`, the site's."""
    settings: Mapping[str, Any] = flask.current_app.config["KSYS"]
    return settings


def texts(value: object, part: str) -> list[str]:
    """Return a list of texts that a page sent; empty for null.

    Parameters
    ----------
    part : which part of the call it is

    Raises
    ------
    BadInput
        If it is another thing.
    """
    every = [] if value is None else value
    if not isinstance(every, list) or not all(isinstance(each, str) for each in every):
        raise BadInput("bad_call", part=part)
    return every


def mapping(value: object, part: str) -> Mapping[str, Any]:
    """Return an object that a page sent.

    Raises
    ------
    BadInput
        If it is another thing.
    """
    if not isinstance(value, Mapping):
        raise BadInput("bad_call", part=part)
    return value


def query_of(record: object, part: str) -> Question:
    """Return the query of what the browser keeps of an answer, as `receipt` made it.

    Raises
    ------
    BadInput
        If there is none in it.
    """
    return mapping(mapping(record, part).get("query"), part)


def theme(question: Question) -> str:
    """Return the theme of a question; empty without one.

    Raises
    ------
    BadInput
        If it is no text.
    """
    name = question.get("theme", "")
    if not isinstance(name, str):
        raise BadInput("bad_call", part="theme")
    return name


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
    query = dict(mapping(question, "question"))
    if query.get("tag") is None:
        query["tag"] = list(islice(queries.tags.answer().value, 1))
    tags = query["tag"]
    if most and isinstance(tags, list) and len(tags) > most:
        raise BadInput("too_many_tags", count=len(tags), limit=most)
    view = views.view(query, clock.now().value, site()["zone"], site()["shifts"])
    lag = replica_lag()
    return replace(view, lag=lag) if lag >= WHOLE_S else view


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
    if view.compare is not None:
        query |= {"compare": view.compare.start(view.start)}
    if view.chosen:
        query |= {"chosen": view.chosen}
    return {
        "start": view.start.isoformat(),
        "stop": view.stop.isoformat(),
        "now": view.now.isoformat(),
        "offset": offset(view).total_seconds() / 60,
        "changes": len(buckets.offsets(view.start, view.stop, view.zone)) > 1,
        "old": any(item.error for item in series),
        "live": _is_live(view) or any(item.error for item in series),
        "tags": list(view.tags),
        "existing": [item.tag.name for item in series],
        "singly": bool(series) and not any(item.seconds for item in series),
        "time": timing.of_view(view),
        "asked": {name: question.get(name) for name in ASKED},
        "query": query,
    }


def _is_live(view: View) -> bool:
    """Return whether the same question has another answer later: its window moves, or is open."""
    return bool(view.window) or view.now < view.stop + SETTLES
