"""The chart of a page: how it behaves in the browser, and what of a view it is drawn on."""

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dash import dcc, html
from flask_babel import get_locale
from flask_babel import gettext as _

from components.shell import asking
from components.words import duration, limit_letters, statistic_words
from data import buckets
from data.analysis import Checks
from data.views import TagSeries, View
from figures.axes import Line
from figures.limits import SHORT
from figures.tech import CURVES, RAW, Curve, Label
from figures.template import Canvas

#: What the bar offers, in groups; whatever else a plotly has or comes to have is left out.
TOOLS = (("zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "autoScale2d"),)
#: The chart before its first answer, without axes: there is nothing to measure yet.
EMPTY_FIGURE = {
    "data": [],
    "layout": {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "xaxis": {"visible": False},
        "yaxis": {"visible": False},
    },
}


def graph(page: str) -> html.Div:
    """Return the empty chart of a page, as high as its place; a callback brings its figure."""
    chart = dcc.Graph(id=f"{page}-chart", config=config(), responsive=True, figure=EMPTY_FIGURE)
    label: dict[str, Any] = {"aria-labelledby": f"{page}-seeing"}
    return html.Div([chart, asking()], className="chart", role="figure", tabIndex=0, **label)


def config() -> Any:
    """Return plotly's options: words from our catalogue, no logo, no tool without a job.

    A double click is answered by assets/chart/: only the page knows where `back` is.
    """
    language = str(get_locale() or "en")
    return {
        "displaylogo": False,
        "doubleClick": False,
        "scrollZoom": False,
        "responsive": True,
        "modeBarButtons": [list(tools) for tools in TOOLS],
        "showSendToCloud": False,
        # plotly 7 would upload a chart to a cloud of its own and fetch maps from there.
        "plotlyServerURL": "",
        "topojsonURL": "/",
        "locale": language,
        "locales": {language: {"dictionary": _dictionary(), "format": _format()}},
    }


def _dictionary() -> dict[str, str]:
    """Plotly's own English words for its tools, as the viewer reads them."""
    return {
        "Autoscale": _("Whole window"),
        "Pan": _("Move"),
        "Zoom": _("Zoom"),
        "Zoom in": _("Zoom in"),
        "Zoom out": _("Zoom out"),
        "Double-click to zoom back out": _("Double-click to go back"),
    }


def _format() -> dict[str, Any]:
    """Our axes write dates in numbers, so that no month has a name."""
    return {"date": "%Y-%m-%d", "time": "%H:%M:%S", "dateTime": "%Y-%m-%d %H:%M:%S"}


def offset(view: View) -> timedelta:
    """Return what the whole time axis of a chart adds to UTC: the zone's offset where it ends."""
    return view.stop.astimezone(ZoneInfo(view.zone)).utcoffset() or timedelta()


def canvas(view: View, theme: str, page: str) -> Canvas:
    """Return what the figure of a view is drawn on; `theme` is light or dark, else light."""
    return Canvas(
        start=view.start,
        stop=view.stop,
        now=view.now,
        offset=offset(view),
        theme=theme,
        revision="|".join((page, view.statistic, *view.tags)),
        words=words(),
        zone=view.zone,
        pixels=view.pixels or buckets.DEFAULT_PIXELS,
    )


def words() -> Mapping[str, str]:
    """Return English word -> the viewer's, of all that is written inside a figure."""
    return {
        **statistic_words(),
        **dict(zip(SHORT, limit_letters(), strict=True)),
        "gap": _("gap"),
        "first pair": _("first pair"),
        "last pair": _("last pair"),
        "alarms": _("alarms"),
        "above this view": _("above this view"),
        "below this view": _("below this view"),
    }


def lines(series: Sequence[TagSeries], tags: Sequence[str]) -> list[Line]:
    """Return the line of each tag, as `figures.trend` draws it.

    Parameters
    ----------
    tags : all that were asked for, there or not: the place among them gives colour and mark, as in
        the rows over the chart
    """
    return [
        Line(
            tag=item.tag.name,
            unit=item.tag.unit,
            frame=item.with_breaks,
            bad=item.bad,
            seconds=item.seconds,
            limits=item.tag.checks.limits,
            states=item.tag.states,
            kind=item.tag.kind,
            told=item.digits,
            gaps=item.gaps,
            span=_span(item.tag.checks),
            place=tags.index(item.tag.name),
        )
        for item in series
    ]


def _span(checks: Checks) -> tuple[float, float] | None:
    """Return both ends of an instrument's range, None where one is not known."""
    ends = checks.min_val, checks.high
    return ends if all(map(math.isfinite, ends)) else None


def indicator_labels(item: TagSeries) -> Mapping[str, Label]:
    """Return what is said of each indicator: its window in buckets and in time, and of what."""
    bucket = duration(item.seconds)
    mean = _("%(bucket)s means", bucket=bucket)
    sma = _("SMA %(n)s = %(span)s of %(bucket)s means")
    texts = {
        "sma_10": ("SMA 10", sma),
        "sma_60": ("SMA 60", sma),
        "ema_20": ("EMA 20", _("EMA %(n)s = %(span)s of %(bucket)s means")),
        "bollinger": (
            _("Bollinger 20"),
            _("Bollinger 20/2 = %(span)s of %(bucket)s means ± 2 σ"),
        ),
        "slope": (_("Slope 60"), _("Slope 60 = %(span)s of %(bucket)s means, per hour")),
    }

    def label(curve: Curve) -> Label:
        span = duration(curve.buckets * item.seconds)
        values = {"n": curve.buckets, "span": span, "bucket": bucket}
        name, text = texts[curve.name]
        return Label(name, span, f"{curve.buckets} × {bucket}", text % values)

    computed = {each.name: label(each) for each in CURVES if each is not RAW}
    return {RAW.name: Label(mean, bucket, "", mean), **computed}
