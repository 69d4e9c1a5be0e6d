"""What stands beside the readings of a trend, and what is said of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dash import html
from flask_babel import gettext as _

from components.messages import notice, spoken
from components.words import time_text
from data import views
from data.analysis import digits
from data.db import HistorianUnavailable
from data.views import Event, Events, Forecast, Forecasts, TagSeries, View
from figures.axes import Line
from figures.events import Expected, Mark, draw_events, draw_forecasts, reach
from figures.template import Canvas, Figure

TIME = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True, slots=True)
class Beside:
    """Events and forecasts of a view; `notes` are message blocks of what is not shown whole.

    `there` is whether the historian has either; nothing where it did not say.
    """

    view: View
    events: Events
    forecasts: Forecasts
    notes: tuple[html.Div, ...] = ()
    there: Mapping[str, bool] = field(default_factory=dict)

    def canvas(self, surface: Canvas) -> Canvas:
        """Return what is drawn on, as wide in time as a forecast reaches."""
        stop = self.forecasts.stop
        return surface if stop is None else replace(surface, stop=max(stop, surface.stop))

    def lines(self, every: Sequence[Line]) -> list[Line]:
        """Return the lines with axes that hold their forecasts too."""
        frames = {each.tag: each.frame for each in self.forecasts.of_tags}
        return [
            replace(line, reach=reach(frames[line.tag])) if line.tag in frames else line
            for line in every
        ]

    def draw(self, figure: Figure, surface: Canvas) -> None:
        """Draw both into the figure, and tell it which there are."""
        places = {name: place for place, name in enumerate(self.view.tags)}
        expected = [
            Expected(each.tag, places[each.tag], each.frame) for each in self.forecasts.of_tags
        ]
        draw_forecasts(figure, expected, surface)
        marks = [Mark(each.at, _text(each), bool(each.tag)) for each in self.events.events]
        draw_events(figure, marks, surface)
        shown = {"events": self.view.events, "forecast": self.view.forecast}
        figure["layout"]["meta"]["beside"] = {
            name: shown[name] for name, is_there in self.there.items() if is_there
        }

    def items(self) -> list[html.Li]:
        """Return the events as a list, the newest first."""
        return [html.Li(_line(self.view, each)) for each in reversed(self.events.events)]


def beside(view: View, series: Sequence[TagSeries]) -> Beside:
    """Return what stands beside a view; what cannot be read is said, and the chart stays."""
    tags = [item.tag for item in series]
    notes: list[Any] = []
    happened, expected = Events(), Forecasts()
    there: dict[str, bool] = {}
    try:
        there = views.there()
        happened = views.events(view, [tag.name for tag in tags])
        expected = views.forecasts(view, tags)
    except HistorianUnavailable as failure:
        text = _("Events or forecasts cannot be read: %(why)s", why=spoken(failure))
        notes.append(notice(text, "note"))
    notes += [notice(text, "note") for text in _texts(happened, expected)]
    return Beside(view, happened, expected, tuple(notes), there)


def _text(event: Event) -> str:
    return ": ".join(filter(None, (event.tag, event.text)))


def _line(view: View, event: Event) -> str:
    text = f"{time_text(view, event.at, TIME)} · {_text(event) or digits.NOTHING}"
    return text + _("… (cut)") if event.cut else text


def _texts(happened: Events, expected: Forecasts) -> list[str]:
    texts = [_of_forecast(each) for each in expected.of_tags]
    if expected.more:
        texts.append(_("Forecasts have more rows than are read here; the newest are drawn."))
    if happened.more:
        texts.append(_("There are more events in this window; the newest are shown."))
    return texts


def _of_forecast(each: Forecast) -> str:
    values = {
        "tag": each.tag,
        "model": each.model,
        "version": each.version,
        "horizon": each.horizon,
    }
    text = _(
        "Dashed: forecast of %(tag)s by %(model)s, version %(version)s, horizon %(horizon)s.",
        **values,
    )
    if each.others:
        text += " " + _("Forecasts of it that are not shown: %(count)s.", count=f"{each.others:,}")
    return text
