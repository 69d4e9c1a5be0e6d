"""The routes of the overview: tags once, a frame each tick, sparklines a minute, details on demand.

A tick's answer is stored as bytes, compressed once for all viewers; a route only hands it out.
"""

import math
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import flask
import orjson
import pandas as pd

from api import encoding, letters
from api.build import build
from api.edge import arguments
from api.next_frame import Maker
from api.responses import Encoded, encoded
from api.static_files import accepted
from components.messages import sentence, spoken
from components.notices import about_tags
from data import queries
from data.analysis import digits, rules, states
from data.db import Answer, Busy, Cached, HistorianUnavailable, cache, cached, has_rivals, lanes
from data.errors import BadInput
from data.queries import AboutTags, Tag
from data.views import day, overview

#: How long a frame is shared [s]: less than the least time between two ticks of a page.
TICK_S = 2.0
#: A frame older than so many ticks, or than a tick and three times what it took, is waited for, so
#: long [s]: nobody asked for a while. A younger one is sent with its age.
MOST_TICKS, PATIENCE_S = 2, 1.0
#: How long the first frame of a worker is waited for [s]: less than a page waits for an answer.
FIRST_S = 10.0
#: How long sparklines are shared [s]: half of the minute that is their step.
SPARKLINES_S = 30.0
#: How long the list is shared [s]; a viewer who knows of a newer one has it made at once.
TAG_LIST_S = 4.0

blueprint = flask.Blueprint("frames", __name__, url_prefix="/overview")


class TagList(NamedTuple):
    """What changes rarely: tags, and what is said and sent of them under one version.

    `look_back`: how long ago the start of an alarm is sought [s].
    """

    tags: Mapping[str, Tag]
    about: AboutTags
    look_back: float
    columns: dict[str, Any]


@cached(TAG_LIST_S, in_process=True, pinned=True)
def tag_list() -> TagList:
    """Return the tags by name, and their columns as the scripts get them.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    tags, about = queries.tags(), queries.about_tags()
    known = tags, about, queries.reach().total_seconds()
    before: TagList | None = cache.recall("tag_list")
    if before is not None and before[:3] == known:
        return before
    made = TagList(*known, encoding.tag_columns(list(tags.values()), about))
    cache.remember("tag_list", made)
    return made


@cached(TICK_S, pinned=True)
def frame(hold: float = states.HOLD_S) -> Encoded:
    """Return the tick's frame; its tags, order and rules are those of the version that it names.

    Parameters
    ----------
    hold : a STALE tag that was CRITICAL is shown as STALE from this age on [s]

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    tags, _about, _look_back, columns = tag_list()
    now = overview.now(tags, hold)
    numbers = encoding.frame_columns(now.states, now.delta, now.told, now.crossed, now.reset)
    named = {"version": columns["version"], "build": build(), "behind": round(now.behind)}
    # Rounded up: what is just too much is said to be so.
    named["replica"] = math.ceil(10 * now.lag) / 10 if math.isfinite(now.lag) else None
    named["rivals"] = has_rivals()
    return encoded({**named, **numbers}, encoding.exact(now.states), now.older)


next_frame = Maker(frame)


def hold_s() -> float:
    """Return how long a CRITICAL leads the badge of a silent tag [s]."""
    return 3600.0 * flask.current_app.config["KSYS"]["alarm_hold"]


def _catch_up() -> bool:
    """Let tags and rules be read anew where a viewer has another version of them than this worker.

    He may have it from a worker that read later. At most once a tick: he may be the late one.
    """
    version = flask.request.environ.get("HTTP_X_KSYS_VERSION")
    if not version:
        return False
    last = frame.kept(hold_s())
    if last is None or version == last.value.version:
        return False
    known = tag_list.kept()
    if known is not None and known.age <= TICK_S:
        return False
    queries.read_anew()
    tag_list.expire()
    frame.expire(hold_s())
    return True


def newest_frame(anew: bool, seconds: float = PATIENCE_S) -> Answer[Encoded]:
    """Return the last frame at once, while a newer one is made; where it is old, wait for that.

    An old one says so where the historian takes longer over the newer one than it did before.

    Parameters
    ----------
    anew : the last one will not do
    seconds : how long a newer one is waited for [s]

    Raises
    ------
    HistorianUnavailable
        If there is none, and the historian does not answer.
    Busy
        If there is none yet, and as many requests are at the historian as may be.
    """
    hold = hold_s()
    last = frame.kept(hold)
    if last is not None and last.is_fresh and not anew:
        return last
    number = next_frame.want(hold)
    is_there = True
    if last is None:
        is_there = _wait_for(number, FIRST_S)
    elif anew or last.age > max(MOST_TICKS * TICK_S, TICK_S + 3 * last.took):
        with suppress(Busy):
            is_there = _wait_for(number, seconds)
    last = frame.kept(hold)
    late = None if is_there else next_frame.late(2 * last.took if last else 0.0)
    return _outcome(last, next_frame.failure or late)


def last_frame(hold: float, most: float | None) -> Answer[Encoded] | None:
    """Return the last frame with its age, None without one; have another one made of an old one.

    Parameters
    ----------
    most : from this age on it is old [s]; None: none is made
    """
    last = frame.kept(hold)
    if most is not None and (last is None or last.age > most):
        next_frame.want(hold)
    return last


def _wait_for(number: int, seconds: float) -> bool:
    lanes.take_place()
    with lanes.waiting():
        return next_frame.wait(number, seconds)


def _outcome(last: Answer[Encoded] | None, failure: BaseException | None) -> Answer[Encoded]:
    """Return the last frame, marked with why there is no newer one; raise that without one."""
    if failure is not None and not isinstance(failure, HistorianUnavailable):
        raise failure
    if last is None:
        raise failure or Busy
    return last if failure is None else replace(last, error=failure)


def _answer_of(reader: Cached[[], Any]) -> Answer[Any]:
    """Return the answer of a reader; the last good one while it may not ask the historian."""
    try:
        return reader.answer()
    except Busy:
        last = reader.kept()
        if last is None:
            raise
        return last


@cached(SPARKLINES_S, pinned=True)
def sparklines() -> Encoded:
    """Return the last hour of every tag by minutes, and its last day by hours, as letters.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    tags = queries.tags()
    names, every_kind = tuple(tags), [tag.kind for tag in tags.values()]
    sparks = queries.sparklines(names)
    newest = pd.Timestamp(sparks.attrs["newest"])
    lines = letters.spark_lines(names, sparks, newest, every_kind)
    states, newest_hour, *of_kind = day.last_day(tags) or (None, None, {}, {}, None)
    by_kind = dict(zip(("by_hour", "held", "held_at"), of_kind, strict=True))
    days = letters.day_letters(states, newest_hour)
    return encoded({**lines, **days, **by_kind, "arcs": day.arcs(tags, sparks)})


@blueprint.get("/tags")
def send_tags() -> flask.Response:
    """Send what changes rarely: names, units, rules; in the order of the frames."""
    _catch_up()
    answer = _answer_of(tag_list)
    tags, about, look_back, columns = answer.value
    zone = flask.current_app.config["KSYS"]["zone"]
    notes = {
        "rule_notes": _rule_notes(tags.values()),
        "notices": [list(each) for each in about_tags(about, ZoneInfo(zone))],
        "reference": overview.REFERENCE_S,
        "hold": hold_s(),
        "look_back": look_back,
    }
    return _json({**columns, **notes} | _trouble(answer))


def _rule_notes(tags: Iterable[Tag]) -> dict[str, str]:
    """Return what is wrong with a rule or kind, in the viewer's language, by the tag's place."""
    return {
        str(i): " ".join(sentence(fault) for fault in _faults(tag))
        for i, tag in enumerate(tags)
        if _faults(tag)
    }


def _faults(tag: Tag) -> list[BadInput]:
    """Return what is wrong with a tag's rule, and with the kind that its description gives."""
    faults = list(tag.checks.faults)
    if tag.unknown_kind:
        faults.append(BadInput("unknown_kind", kind=tag.unknown_kind))
    return faults


@blueprint.get("/frame")
def send_frame() -> flask.Response:
    """Send the tick's frame; the last good one, marked with its time, while there is none newer."""
    return _send(newest_frame(_catch_up()))


@blueprint.get("/sparklines")
def send_sparklines() -> flask.Response:
    """Send the last hour and day of every tag; the last good answer while there is none newer."""
    return _send(_answer_of(sparklines))


@blueprint.get("/reading")
def send_reading() -> flask.Response:
    """Send time [ms since 1970] and value, with every digit, of a tag's newest reading."""
    newest = encoding.readings(overview.readings(_tag(), 1))
    time_ms, value, _qc = newest[0] if newest else (None, None, None)
    return _json({"time": time_ms, "value": value})


@blueprint.get("/details")
def send_details() -> flask.Response:
    """Send the details of one tag: rule, last readings and changes of state, time in state [%]."""
    zone = str(flask.current_app.config["KSYS"]["zone"])
    details = overview.details(_tag(), zone)
    last = encoding.readings(details.readings)
    value = details.readings["value"].to_numpy(float)
    return _json(
        {
            "readings": last,
            "digits": digits.digits(value, details.tag.decimals),
            "time": last[0][0] if last else None,
            "value": last[0][1] if last else None,
            "rule": rules.as_row(details.tag.rule) if details.tag.rule else None,
            "time_in_state": {str(hours): each for hours, each in details.time_in_state.items()},
            "changes": encoding.changes(details.changes),
            "quality": encoding.assessed(details.quality),
            "curve": encoding.curve(details.curve),
        }
    )


def _tag() -> str:
    """Return the tag asked for; without one, the empty name, which no tag has."""
    return arguments().get("tag", [""])[0]


@blueprint.errorhandler(HistorianUnavailable)
def say_unavailable(error: HistorianUnavailable) -> tuple[flask.Response, int]:
    """Answer 503 while the historian does not answer and no earlier answer is stored."""
    return _json({"error": error.key, "message": spoken(error)}), 503


@blueprint.errorhandler(BadInput)
def say_bad_input(error: BadInput) -> tuple[flask.Response, int]:
    """Answer 400 with the sentence that names what cannot be used."""
    return _json({"error": error.key, "message": sentence(error)}), 400


def _send(answer: Answer[Encoded]) -> flask.Response:
    if answer.error is not None:
        response = _json(orjson.loads(answer.value.plain) | _trouble(answer))
        response.headers.update(_age_headers(answer))
        return response
    chosen = accepted(flask.request.environ.get("HTTP_ACCEPT_ENCODING", ""))
    headers = _age_headers(answer)
    if chosen:
        headers["Content-Encoding"] = chosen
    body = getattr(answer.value, chosen or "plain")
    return flask.Response(body, headers=headers, mimetype="application/json")


def _age_headers(answer: Answer[Encoded]) -> dict[str, str]:
    """Return headers with the age of an answer [ms], which the page adds to that of a value."""
    return {
        "X-Kept-Ms": str(math.ceil((answer.age + answer.value.older) * 1000)),
        "Vary": "Accept-Encoding",
        "Cache-Control": "no-store",
    }


def _trouble(answer: Answer[Any]) -> dict[str, Any]:
    """Return why there is no newer answer, and of when this one is [ms since 1970]."""
    if answer.error is None:
        return {}
    return {
        "error": answer.error.key,
        "message": spoken(answer.error),
        "as_of": round(answer.as_of.timestamp() * 1000),
    }


def _json(content: Any) -> flask.Response:
    return flask.Response(orjson.dumps(content), mimetype="application/json")
