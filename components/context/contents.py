"""What the views under a trend hold: excursions as rows of a table, statistics as a table."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import pandas as pd
from dash import html
from flask_babel import gettext as _

from components.context import lacking, written
from components.context.headline import headline
from components.context.views import EXCURSIONS, STATISTICS
from components.outside import bars, paper
from components.words import duration, limit_letters, percent, time_text
from data import views
from data.analysis import alarms, digits
from data.views import Excursions, OfWindow, TagSeries, View

#: Excursions that are listed, the newest: a longer list is a file.
MOST_LISTED = 1_000
#: Signs of the levels, as badges have them.
SIGNS = {alarms.WARNING: "▲", alarms.CRITICAL: "⬢"}


class Contents(NamedTuple):
    """Rows of excursions, the table of statistics, what is to be said of either, and the headline.

    The headline stands over the chart: the window of the chosen tag.
    """

    excursions: list[dict[str, Any]]
    statistics: Any
    note: str
    headline: Any


def contents(chosen: str, view: View, series: Sequence[TagSeries]) -> Contents:
    """Return what the chosen view holds of the window that is drawn; nothing of the others.

    Raises
    ------
    BadInput
        If there are too many readings for excursions.
    HistorianUnavailable
        If the historian does not answer.
    """
    start, stop = view.told
    tags = [item.tag for item in series]
    place = next((k for k, item in enumerate(series) if item.tag.name == view.chosen), 0)
    told = range(len(series)) if chosen == STATISTICS else range(place, min(place + 1, len(series)))
    windows = {each: of_window(series[each], view) for each in told}
    over = headline(windows[place], view, series[place]) if series else []
    if chosen == EXCURSIONS:
        outside_limits = views.every_excursion(tags, start, stop)
        return Contents(
            _rows(outside_limits, view, series),
            [],
            _of_excursions(outside_limits, view, series),
            over,
        )
    if chosen == STATISTICS:
        every = list(windows.values())
        return Contents([], _table(every, view, series), _of_statistics(every, view), over)
    return Contents([], [], "", over)


def of_window(item: TagSeries, view: View) -> OfWindow:
    """Return the statistics of a tag in what is told of a view."""
    return views.statistics(item.tag, *view.told, view.zone, view.now)


def outside(view: View, series: Sequence[TagSeries]) -> tuple[Any, Any]:
    """Return the excursions of all of a chart's window: bars in its lanes, and rows on paper.

    Raises
    ------
    BadInput
        If there are too many readings of a tag.
    HistorianUnavailable
        If the historian does not answer.
    """
    stop = max(min(view.stop, view.now), view.start)
    every = views.every_excursion([item.tag for item in series], view.start, stop)
    whole = replace(view, selected=None)
    texts = [*lacking.of_excursions(every, whole, series), *_of_sources(every)]
    rows = _rows(every, view, series)
    return bars(every, view, series), paper(rows, len(every.frame), " ".join(texts))


def _of_excursions(every: Excursions, view: View, series: Sequence[TagSeries]) -> str:
    """Return what is to be said of a list of excursions."""
    texts = [*lacking.of_excursions(every, view, series), *_of_sources(every)]
    if len(every.frame) > MOST_LISTED:
        texts.append(
            _(
                "The newest %(most)s of %(count)s; the API and its CSV have all.",
                most=f"{MOST_LISTED:,}",
                count=f"{len(every.frame):,}",
            )
        )
    return " ".join(texts)


def _of_sources(every: Excursions) -> list[str]:
    """Return what answered for excursions, and what of it nobody looked after, as sentences."""
    texts = []
    sources = sorted({each for each in every.sources if each})
    if any("agg" in each for each in sources):
        texts.append(_("Found by %(sources)s.", sources=", ".join(sources)))
        texts.append(
            _("Where a rollup alone tells, a bucket that was outside at any time counts whole.")
        )
    if any(every.unchecked):
        count = f"{sum(every.unchecked):,}"
        texts.append(
            _("Buckets that may lack readings and were not checked: %(count)s.", count=count)
        )
    return texts


def _rows(every: Excursions, view: View, series: Sequence[TagSeries]) -> list[dict[str, Any]]:
    frame = every.frame.sort_values("start", kind="stable").tail(MOST_LISTED)
    records: list[dict[Any, Any]] = frame.to_dict("records")
    at, extreme = frame["tag"].to_numpy(), frame["extreme"].to_numpy()
    told = {
        place: written.places(series[place], extreme[at == place]) for place in set(at.tolist())
    }
    return [_row(each, every, view, told[each["tag"]]) for each in records]


def _row(each: dict[str, Any], every: Excursions, view: View, told: int) -> dict[str, Any]:
    """Return a row of the table: what it sorts by, and in `texts` what it shows instead."""
    tag, letters = every.tags[each["tag"]], limit_letters()
    levels = {alarms.WARNING: _("WARNING"), alarms.CRITICAL: _("CRITICAL")}
    limit = f"{letters[each['limit']]} {digits.full(each['limit_value'])} {tag.unit}".strip()
    start = time_text(view, each["start"], written.TIME)
    stop = _("still on") if each["still_on"] else time_text(view, each["stop"], written.TIME)
    far = time_text(view, each["extreme_at"], written.TIME) if pd.notna(each["extreme_at"]) else ""
    moments = {name: _milliseconds(each[name]) for name in ("start", "stop", "extreme_at")}
    return {
        "id": f"{tag.name}/{moments['start']}/{moments['stop'] or ''}",
        "tag": tag.name,
        "level": int(each["level"]),
        "limit": each["limit_value"],
        **moments,
        "seconds": each["seconds"],
        **{name: _known(each[name]) for name in ("extreme", "over", "coverage")},
        "digits": {
            "extreme": told,
            "over": written.apart(told, each["extreme"], each["limit_value"]),
        },
        "texts": {
            "level": f"{SIGNS[each['level']]} {levels[each['level']]}",
            "limit": limit,
            "start": _("before %(time)s", time=start) if each["began_before"] else start,
            "stop": stop,
            "extreme_at": far,
            "seconds": duration(each["seconds"]),
            "coverage": percent(100 * each["coverage"]),
        },
    }


def _milliseconds(moment: pd.Timestamp) -> int | None:
    return None if pd.isna(moment) else moment.as_unit("ns").value // 1_000_000


def _known(number: float) -> float | None:
    return float(number) if math.isfinite(number) else None


def _of_statistics(every: Sequence[OfWindow], view: View) -> str:
    """Return what a window lacks, and of what the spread is where not of readings."""
    texts = lacking.of_statistics(every)
    many, gone = (
        ", ".join(
            sorted({written.means(each) for each in every if each.width and each.gone == gone})
        )
        for gone in (False, True)
    )
    if many:
        texts.append(
            _(
                "There are too many readings: spread and percentiles are of %(made_of)s; "
                "time in state and the mean by time are not known.",
                made_of=many,
            )
        )
    if gone:
        texts.append(
            _(
                "Readings there are gone: the numbers are of rollups, spread and percentiles of "
                "%(made_of)s; time in state and the mean by time are not known.",
                made_of=gone,
            )
        )
    spans = sorted({written.whole_span(each, view) for each in every} - {""})
    texts += [_("The numbers are of whole buckets: %(span)s.", span=each) for each in spans]
    return " ".join(texts)


def _table(every: Sequence[OfWindow], view: View, series: Sequence[TagSeries]) -> html.Table:
    heads = [
        *(_("Tag"), _("Newest"), _("Min"), _("at"), _("Max"), _("at")),
        *(_("Mean"), _("Mean by time"), _("Std dev"), "p05", "p50", "p95"),
        *(_("Good"), _("Time in state")),
    ]
    rows = [_cells(window, view, item) for window, item in zip(every, series, strict=True)]
    return html.Table(
        [
            html.Thead(html.Tr([html.Th(each, scope="col") for each in heads])),
            html.Tbody([html.Tr([_cell(*pair) for pair in enumerate(row)]) for row in rows]),
        ],
        className="context__table",
    )


def _cell(place: int, content: Any) -> html.Th | html.Td:
    return html.Td(content) if place else html.Th(content, scope="row")


def _cells(window: OfWindow, view: View, item: TagSeries) -> list[Any]:
    of = window.numbers
    told = written.places(item, (of.newest.value, of.least.value, of.greatest.value))
    finer = written.mean_places(item, of)
    newest, least, greatest = (
        written.placed(view, item, told, each) for each in (of.newest, of.least, of.greatest)
    )
    return [
        [html.B(window.tag.name), " ", html.Small(window.tag.unit)],
        newest[0],
        *least,
        *greatest,
        *(written.number(finer, each) for each in (of.mean, of.weighted, of.sd, *of.quantiles)),
        percent(100 * of.good),
        written.state_bar(of.states),
    ]
