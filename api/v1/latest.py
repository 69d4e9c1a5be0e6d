"""`/api/v1/latest`: the newest reading of each tag and its state, of the overview's own tick."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson

from api import encoding, overview
from api.responses import Encoded
from api.v1.cells import moment, numbers, times
from api.v1.parameters import N_, SELECTION, ZONE, Query, one
from api.v1.routes import Answer, Route
from components.question import site
from data import queries
from data.analysis import arrays, gaps, kinds, quality
from data.db import Busy, HistorianUnavailable
from data.errors import BadInput
from data.queries import Tag
from data.views import looked_up, selected
from data.windows import site_zone

#: A frame older than this is no answer to what is so now [s]: a page asks for one every 10 s.
OLDEST_S = 10.0
#: How often a list of tags is sought that fits the frame: another worker may have read later.
TRIES = 3
COLUMNS = {
    "tag_name": "text",
    "ts": "time",
    "value": "number",
    "unit": "text",
    "state": "text",
    "age": "number",
    "freshness": "text",
    "quality": "text",
    "reasons": "texts",
    "alarm": "text",
    "badge": "text",
}


def _tick(names: Sequence[str]) -> tuple[overview.TagList, Encoded]:
    """Return the newest frame, and the tags that it is of.

    Parameters
    ----------
    names : of tags that the historian has

    Raises
    ------
    HistorianUnavailable
        If there is none of now: what was kept is no answer to a program.
    Busy
        If other workers go on reading other tags.
    """
    for attempt in range(TRIES):
        answer = overview.newest_frame(attempt > 0, overview.FIRST_S)
        if answer.error is not None:
            raise answer.error
        if answer.age > OLDEST_S:
            raise HistorianUnavailable("historian_silent", seconds=int(answer.age))
        tag_list = overview.tag_list()
        is_known = all(name in tag_list.tags for name in names)
        if is_known and tag_list.columns["version"] == answer.value.version:
            return tag_list, answer.value
        queries.read_anew()
        overview.tag_list.expire()
    raise Busy


def answer(query: Query) -> Answer:
    """Return what is so of the tags of an address, all at one moment of the database's clock."""
    zone = site_zone(one(query, "tz", str(site()["zone"])))
    for name in looked_up(query):
        if name not in queries.tags.answer().value:
            raise BadInput("tag_rolled", tag=name)
    tag_list, encoded = _tick(query.get("tag", ()))
    names = selected(query, tag_list.tags)
    place_of = {name: place for place, name in enumerate(tag_list.tags)}
    at = np.array([place_of[name] for name in names], dtype=np.int64)
    frame, words = orjson.loads(encoded.plain), tag_list.columns
    times_ns, value, age = (each[at] for each in encoding.exact_numbers(encoded.exact))
    tags = [tag_list.tags[name] for name in names]
    states = [_state_word(tag, number) for tag, number in zip(tags, value.tolist(), strict=True)]
    columns: dict[str, Sequence[Any]] = {
        "tag_name": names,
        "ts": times(times_ns, zone),
        "value": numbers(value),
        "unit": [tag.unit for tag in tags],
        "state": states,
        "age": numbers(age),
        "freshness": _words(frame["freshness"], gaps.FRESHNESS, at),
        "quality": _words(frame["quality"], words["qualities"], at),
        "reasons": [quality.reason_keys(frame["reasons"].get(str(i), 0)) for i in at.tolist()],
        "alarm": _words(frame["alarm"], words["alarms"], at),
        "badge": _words(frame["badge"], words["badges"], at),
    }
    return Answer(columns, {"as_of": moment(1_000 * frame["now"], zone)})


def _state_word(tag: Tag, value: float) -> str | None:
    if tag.kind != kinds.STATE or value != value:
        return None
    return kinds.words([value], tag.states)[0]


def _words(codes: str, words: Sequence[str], at: arrays.Whole) -> list[str]:
    """Return the words of the codes of a frame, a character each, at these places."""
    return [words[int(codes[place], 36)] for place in at.tolist()]


ROUTE = Route(
    "latest",
    N_("The newest reading of each tag, its age and state, all at one moment."),
    (*SELECTION, ZONE),
    COLUMNS,
    answer,
    about={"as_of": "time"},
    example="tag_like=D1*",
)
