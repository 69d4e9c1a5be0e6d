"""What the views under a trend hold: excursions as rows of a table, statistics as a table."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd
from dash import html
from flask_babel import gettext as _

from components.context.views import EXCURSIONS, STATISTICS
from components.words import duration, limit_letters, time_text
from data import views
from data.analysis import alarms, arrays, digits, kinds, statistics
from data.views import Excursions, OfWindow, TagSeries, View

#: Excursions that are listed, the newest: a longer list is a file.
MOST_LISTED = 1_000
#: How times are written.
TIME = "%Y-%m-%d %H:%M:%S"
#: Signs of the levels, as badges have them.
SIGNS = {alarms.WARNING: "▲", alarms.CRITICAL: "⬢"}
#: What of a window is in no state that a rule gives, and its share.
STATES = ("NORMAL", "WARNING", "CRITICAL", "BAD", "UNJUDGED", "NO DATA")


class Contents(NamedTuple):
    """Rows of excursions, the table of statistics, and what is to be said of either."""

    excursions: list[dict[str, Any]]
    statistics: Any
    note: str


def contents(chosen: str, view: View, series: Sequence[TagSeries]) -> Contents:
    """Return what the chosen view holds of the window that is drawn; nothing of the others.

    Raises
    ------
    BadInput
        If there are too many readings for excursions.
    HistorianUnavailable
        If the historian does not answer.
    """
    stop = max(min(view.stop, view.now), view.start)
    tags = [item.tag for item in series]
    if chosen == EXCURSIONS:
        found = views.every_excursion(tags, view.start, stop)
        return Contents(_rows(found, view, series), [], _of_excursions(found))
    if chosen == STATISTICS:
        every = [views.statistics(tag, view.start, stop, view.zone) for tag in tags]
        return Contents([], _table(every, view, series), _of_statistics(every))
    return Contents([], [], "")


def _of_excursions(found: Excursions) -> str:
    """Return what is to be said of a list of excursions."""
    texts = []
    without = [
        tag.name for tag, source in zip(found.tags, found.sources, strict=True) if not source
    ]
    if without:
        texts.append(_("Without limits in force: %(tags)s.", tags=", ".join(without)))
    sources = sorted({each for each in found.sources if each})
    if not len(found.frame) and sources:
        texts.append(_("No limit was crossed in this window."))
    if any("agg" in each for each in sources):
        texts.append(_("Found by %(sources)s.", sources=", ".join(sources)))
    if len(found.frame) > MOST_LISTED:
        texts.append(
            _(
                "The newest %(most)s of %(count)s; the API and its CSV have all.",
                most=f"{MOST_LISTED:,}",
                count=f"{len(found.frame):,}",
            )
        )
    return " ".join(texts)


def _rows(found: Excursions, view: View, series: Sequence[TagSeries]) -> list[dict[str, Any]]:
    frame = found.frame.sort_values("start", kind="stable").tail(MOST_LISTED)
    records: list[dict[Any, Any]] = frame.to_dict("records")
    return [_row(each, found, view, series) for each in records]


def _row(
    each: dict[str, Any], found: Excursions, view: View, series: Sequence[TagSeries]
) -> dict[str, Any]:
    """Return a row of the table: what it sorts by, and in `texts` what it shows instead."""
    item = series[each["tag"]]
    tag, letters = found.tags[each["tag"]], limit_letters()
    levels = {alarms.WARNING: _("WARNING"), alarms.CRITICAL: _("CRITICAL")}
    limit = f"{letters[each['limit']]} {digits.full(each['limit_value'])} {tag.unit}".strip()
    start = time_text(view, each["start"], TIME)
    stop = _("still on") if each["still_on"] else time_text(view, each["stop"], TIME)
    far = time_text(view, each["extreme_at"], TIME) if pd.notna(each["extreme_at"]) else ""
    moments = {name: _milliseconds(each[name]) for name in ("start", "stop", "extreme_at")}
    places = item.digits.get("max", 0)
    return {
        "id": f"{tag.name}/{moments['start']}/{moments['stop'] or ''}",
        "tag": tag.name,
        "level": int(each["level"]),
        "limit": each["limit_value"],
        **moments,
        "seconds": each["seconds"],
        **{name: _known(each[name]) for name in ("extreme", "over", "coverage")},
        "digits": {"extreme": places, "over": places},
        "texts": {
            "level": f"{SIGNS[each['level']]} {levels[each['level']]}",
            "limit": limit,
            "start": _("before %(time)s", time=start) if each["began_before"] else start,
            "stop": stop,
            "extreme_at": far,
            "seconds": duration(each["seconds"]),
            "coverage": _percent(100 * each["coverage"]),
        },
    }


def _percent(share: float) -> str:
    return f"{share:.1f}%" if math.isfinite(share) else "–"


def _milliseconds(moment: pd.Timestamp) -> int | None:
    return None if pd.isna(moment) else moment.as_unit("ns").value // 1_000_000


def _known(number: float) -> float | None:
    return float(number) if math.isfinite(number) else None


def _of_statistics(every: Sequence[OfWindow]) -> str:
    """Return of which tags buckets tell the spread, where not the readings do."""
    made = sorted({each.made_of for each in every if not each.of_readings})
    if not made:
        return ""
    return _(
        "There are too many readings: spread and percentiles are of %(made_of)s; "
        "time in state and the mean by time are not known.",
        made_of=", ".join(made),
    )


def _table(every: Sequence[OfWindow], view: View, series: Sequence[TagSeries]) -> html.Table:
    heads = [
        *(_("Tag"), _("Newest"), _("Min"), _("at"), _("Max"), _("at")),
        *(_("Mean"), _("Mean by time"), _("Std dev"), "p05", "p50", "p95"),
        *(_("Good"), _("Time in state")),
    ]
    rows = [_cells(found, view, item) for found, item in zip(every, series, strict=True)]
    return html.Table(
        [
            html.Thead(html.Tr([html.Th(each, scope="col") for each in heads])),
            html.Tbody([html.Tr([_cell(*pair) for pair in enumerate(row)]) for row in rows]),
        ],
        className="context__table",
    )


def _cell(place: int, content: Any) -> html.Th | html.Td:
    return html.Td(content) if place else html.Th(content, scope="row")


def _cells(found: OfWindow, view: View, item: TagSeries) -> list[Any]:
    of, places = found.numbers, item.digits.get("max", 0)

    def number(value: float) -> str:
        return digits.written(value, places) if math.isfinite(value) else "–"

    def placed(moment: statistics.Moment) -> list[str]:
        if moment.at == arrays.NEVER:
            return ["–", ""]
        return [_written(item, moment.value, places), time_text(view, _time(moment.at), TIME)]

    least, greatest = placed(of.least), placed(of.greatest)
    return [
        [html.B(found.tag.name), " ", html.Small(found.tag.unit)],
        placed(of.newest)[0],
        *least,
        *greatest,
        *(number(each) for each in (of.mean, of.weighted, of.sd, *of.quantiles)),
        _percent(100 * of.good),
        _states(of.states),
    ]


def _written(item: TagSeries, value: float, places: int) -> str:
    if item.tag.kind == kinds.STATE:
        return kinds.words([value], item.tag.states)[0]
    return digits.written(value, places)


def _time(at: int) -> pd.Timestamp:
    return pd.Timestamp(at, tz="UTC")


def _states(shares: dict[str, float]) -> Any:
    """Return the time in state as a bar, and in words what is not normal."""
    if not shares:
        return "–"
    there = [(state, shares[state]) for state in STATES if shares.get(state)]
    bar = html.Span(
        [
            html.I(className=f"context__part--{_slug(state)}", style={"width": f"{share:.3f}%"})
            for state, share in there
        ],
        className="context__bar",
    )
    words = state_words()
    said = ", ".join(f"{words[state]} {_percent(share)}" for state, share in there)
    return [bar, html.Span(said, className="context__said")]


def _slug(state: str) -> str:
    return state.lower().replace(" ", "-")


def state_words() -> dict[str, str]:
    """Return the word of each state that a window is divided into."""
    return {
        "NORMAL": _("Normal"),
        "WARNING": _("Warning"),
        "CRITICAL": _("Critical"),
        "BAD": _("Bad"),
        "UNJUDGED": _("Not judged"),
        "NO DATA": _("No data"),
    }
