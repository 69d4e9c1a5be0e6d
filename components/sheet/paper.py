"""A trend on paper: what stands over the chart and under it; a screen shows neither."""

import math
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from dash import html
from flask_babel import gettext as _

from access import who
from components.sheet.picture import file_name
from components.shell import site_name
from components.summary import zone_text
from components.words import limit_letters, time_text
from data import queries
from data.analysis import digits
from data.views import TagSeries, View

#: A title of more letters is written smaller: its names stand in the table below it, too.
LONG = 80
#: How the times of a sheet are written.
TIME = "%Y-%m-%d %H:%M:%S"


def place(page: str) -> html.Div:
    """Return the place of what stands over the chart; `head` fills it with each answer."""
    return html.Div(id=f"{page}-sheet", className="sheet")


def head(
    view: View, series: Sequence[TagSeries], page: str, drawn_from: str, compared: str = ""
) -> list[Any]:
    """Return what a sheet says of its chart: plant, tags, window, zone, source, limits.

    The same texts go into a picture: `assets/chart/picture.mjs` reads them of the attributes.

    Parameters
    ----------
    drawn_from : what is seen, as the line under the chart says it
    compared : with what, empty where nothing is

    Raises
    ------
    HistorianUnavailable
        If the rules that judge were never read.
    """
    title = ", ".join(view.tags)
    window, zone, as_of = _facts(view)
    told: dict[str, Any] = {
        "data-name": file_name(view, series, page),
        "data-title": " · ".join(each for each in (site_name(), title) if each),
        "data-facts": f"{window} · {zone}\n{drawn_from}",
        "data-limits": "\n".join(_limit_lines(series)),
    }
    beside = [html.Dt(_("Compared with")), html.Dd(compared)] if compared else []
    if compared:
        told["data-facts"] += "\n" + _("Compared with") + " " + compared
    kind = _("Trend sheet") if page == "trend" else _("Sheet of indicators")
    return [
        html.Div(
            [html.B(site_name() or "Ksys"), html.Span(kind)], className="sheet__plant", **told
        ),
        html.H2(title or _("No tag is chosen"), className=_title_class(title)),
        html.Dl(
            [
                *(html.Dt(_("Window")), html.Dd(window)),
                *beside,
                *(html.Dt(_("Zone")), html.Dd(zone)),
                *(html.Dt(_("Drawn from")), html.Dd(drawn_from)),
                *(html.Dt(_("Limits in force")), html.Dd(as_of)),
            ],
            className="sheet__facts",
        ),
        _limits(series),
    ]


def _title_class(title: str) -> str:
    return "sheet__title sheet__title--long" if len(title) > LONG else "sheet__title"


def _facts(view: View) -> tuple[str, str, str]:
    """Return window, zone, and of when the rules are."""
    zone = ZoneInfo(view.zone)
    start, stop = view.start.astimezone(zone), view.stop.astimezone(zone)
    times = " – ".join(time_text(view, each, TIME) for each in (start, stop))
    as_of = queries.rules.answer().as_of.astimezone(zone)
    return times, zone_text(view), _("as of %(time)s", time=f"{as_of:{TIME}}")


def _limits(series: Sequence[TagSeries]) -> html.Table:
    heads = ("", _("Tag"), "", _("Unit"), *limit_letters(), _("Span"))
    rows = []
    for number, item in enumerate(series, 1):
        tag = item.tag
        limits = ["–" if each is None else digits.full(each) for each in tag.checks.limits]
        cells: list[Any] = [html.B(tag.name), tag.description, tag.unit, *limits, _span(item)]
        mark = html.I(className=f"mark mark--{number}")
        rows.append(html.Tr([html.Td(mark), *(html.Td(each) for each in cells)]))
    head_row = html.Tr([html.Th(each, scope="col") for each in heads])
    return html.Table([html.Thead(head_row), html.Tbody(rows)], className="sheet__table")


def _span(item: TagSeries) -> str:
    low, high = item.tag.checks.low, item.tag.checks.high
    if not math.isfinite(low) and not math.isfinite(high):
        return "–"
    ends = (digits.full(each) if math.isfinite(each) else "…" for each in (low, high))
    return " – ".join(ends)


def _limit_lines(series: Sequence[TagSeries]) -> list[str]:
    """Return a line a tag: "D101 Feed pressure [bar]: LL 5 · L 10 · H 180 · HH 195"."""
    letters, none = limit_letters(), _("no limits")
    lines = []
    for item in series:
        tag = item.tag
        named = [
            f"{letter} {digits.full(each)}"
            for letter, each in zip(letters, tag.checks.limits, strict=True)
            if each is not None
        ]
        name = " ".join(part for part in (tag.name, tag.description) if part)
        unit = f" [{tag.unit}]" if tag.unit else ""
        lines.append(f"{name}{unit}: {' · '.join(named) or none}")
    return lines


def foot(page: str = "") -> html.Div:
    """Return what stands under the chart: room for remarks, lines to sign, when it was printed.

    Parameters
    ----------
    page : that fills in excursions; empty where it has none
    """
    person = who()
    names = (_("Name"), _("Signature"), _("Date"))
    return html.Div(
        [
            *([html.Div(id=f"{page}-sheet-excursions")] if page else []),
            html.H3(_("Remarks")),
            html.Div(className="sheet__remarks"),
            html.Div([html.Span(each) for each in names], className="sheet__sign"),
            html.P(
                [
                    "Ksys · ",
                    _("drawn"),
                    " ",
                    html.Span(className="sheet__moment"),
                    *([" · ", person.name] if person and person.is_person else []),
                ],
                className="sheet__foot",
            ),
        ],
        className="sheet sheet--foot",
    )
