"""`/api/v1/statistics`: what a window holds of tags, in numbers."""

from typing import Any

from api.v1.cells import moment, numbers, text_of
from api.v1.parameters import N_, SPAN, TAGS, ZONE, Query
from api.v1.routes import Answer, Route
from components.question import view_of
from data import views
from data.analysis import alarms, arrays
from data.analysis import statistics as summing
from data.views import Caveats, OfWindow, tag_of
from data.windows import site_zone

#: Column of a time in state -> the state.
STATES = {
    "normal": alarms.ALARMS[alarms.NORMAL],
    "warning": alarms.ALARMS[alarms.WARNING],
    "critical": alarms.ALARMS[alarms.CRITICAL],
    "bad": "BAD",
    "unjudged": alarms.ALARMS[alarms.UNJUDGED],
    "no_data": "NO DATA",
}
COLUMNS = {
    "tag_name": "text",
    "unit": "text",
    "start": "time",
    "stop": "time",
    "n": "whole",
    "n_bad": "whole",
    "good": "number",
    "newest": "number",
    "newest_at": "time",
    "min": "number",
    "min_at": "time",
    "max": "number",
    "max_at": "time",
    "mean": "number",
    "mean_by_time": "number",
    "sd": "number",
    "p05": "number",
    "p50": "number",
    "p95": "number",
    "made_of": "text",
    **{f"{name}_pct": "number" for name in STATES},
}
OF_WINDOW = {"start": "time", "stop": "time", "tz": "text"}


def answer(query: Query) -> Answer:
    """Return a row a tag of what its window holds."""
    view = view_of({name: texts for name, texts in query.items() if name != "lang"})
    zone, (start, stop) = site_zone(view.zone), view.told
    tags = [tag_of(name) for name in view.tags]
    every = [views.statistics(tag, start, stop, view.zone, view.now) for tag in tags]
    rows = [_row(found, view.zone) for found in every]
    about = {"start": text_of(view.start, zone), "stop": text_of(view.stop, zone), "tz": view.zone}
    caveats = Caveats()
    for found in every:
        caveats.add(found.tag.name, None, found.unchecked, found.deleted)
    columns = {name: [row[name] for row in rows] for name in COLUMNS}
    return Answer(columns, about, caveats=caveats)


def _row(found: OfWindow, zone_name: str) -> dict[str, Any]:
    of, zone = found.numbers, site_zone(zone_name)

    def placed(name: str, each: summing.Moment) -> dict[str, Any]:
        at = None if each.at == arrays.NEVER else moment(each.at // 1_000, zone)
        return {name: numbers([each.value])[0], f"{name}_at": at}

    row: dict[str, Any] = {"tag_name": found.tag.name, "unit": found.tag.unit}
    row |= {"start": text_of(found.start, zone), "stop": text_of(found.stop, zone)}
    row |= {"n": of.n, "n_bad": of.bad_if_counted, "made_of": found.made_of}
    row |= placed("newest", of.newest) | placed("min", of.least) | placed("max", of.greatest)
    names = ("good", "mean", "mean_by_time", "sd", "p05", "p50", "p95")
    cells = numbers([of.good, of.mean, of.weighted, of.sd, *of.quantiles])
    row |= dict(zip(names, cells, strict=True))
    shares = {f"{name}_pct": of.states.get(word, 0.0) for name, word in STATES.items()}
    return row | (shares if of.states else dict.fromkeys(shares))


ROUTE = Route(
    "statistics",
    N_("What a window holds of tags: extremes with their times, means, spread, time in state."),
    (TAGS, *SPAN, ZONE),
    COLUMNS,
    answer,
    about=OF_WINDOW,
    example="tag=D101&window=24h",
)
