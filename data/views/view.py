"""What a page is asked to show: a question in full, or why it cannot be understood."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from data import buckets, windows
from data.analysis import comparison
from data.buckets import Resolution
from data.errors import BadInput

#: Tags of one chart: there are as many colours that one tells apart.
MAX_TAGS = 8
#: What of a bucket can be drawn as the line.
STATISTICS = ("avg", "min", "max", "first", "last")
#: In place of a resolution: what the pixels of the chart choose.
AUTO = "auto"
#: How lines of several units stand: a lane a unit, over one another, by shares of their spans.
AXES = ("lanes", "overlay", "span")
#: What the page of indicators draws, each with a switch; the usual ones, and the word for none.
INDICATORS = ("avg", "sma_10", "sma_60", "ema_20", "bollinger", "slope")
USUAL = tuple(name for name in INDICATORS if name != "ema_20")
NO_INDICATOR = "none"
#: No chart is wider [px]: of 1e300 there came a number of ticks that no answer can hold.
MOST_PIXELS = 32_768.0
#: Every parameter of a question.
PARAMETERS = (
    *("tag", "window", "start", "stop", "zoom", "resolution", "tz", "statistic", "axes"),
    *("indicators", "compare", "chosen", "select", "events", "forecast", "width"),
)
#: The window of an address that names none: a day holds every shift once.
DEFAULT_WINDOW = "24h"


@dataclass(frozen=True, slots=True)
class View:
    """A question in full: which tags, which stretch of time, how wide the buckets.

    Parameters
    ----------
    start, stop : half-open, aware; not yet snapped to buckets
    now : the database's clock
    live : whether the window ends at now and so moves with it
    resolution : asked for, or None where the pixels choose
    pixels : width of the chart [px], None if unknown
    window : as addresses spell it where it moves with the clock, else empty
    axes : how lines of several units stand, one of AXES
    indicators : those that are drawn, of INDICATORS and in their order
    compare : how far back it is compared, None where it is not
    chosen : the tag whose earlier line is drawn; the first where none of the tags is named so
    events, forecast : whether they are shown, where the historian has them
    lag : how far the replica that is read is behind [s], 0 where it is not; infinite: not known
    selected : the stretch of the window that is told below the chart, None where all of it is
    """

    tags: tuple[str, ...]
    start: datetime
    stop: datetime
    now: datetime
    zone: str
    live: bool
    statistic: str = "avg"
    resolution: Resolution | None = None
    pixels: float | None = None
    window: str = ""
    axes: str = AXES[0]
    indicators: tuple[str, ...] = USUAL
    compare: comparison.TimeShift | None = None
    chosen: str = ""
    selected: tuple[datetime, datetime] | None = None
    events: bool = True
    forecast: bool = False
    lag: float = 0.0

    @property
    def whole_until(self) -> datetime:
        """Time up to which what is read has all readings: now, less the lag of a replica."""
        return self.now - timedelta(seconds=min(self.lag, self.now.timestamp()))

    @property
    def seconds(self) -> float:
        """Length of the window [s]."""
        return (self.stop - self.start).total_seconds()

    @property
    def told(self) -> tuple[datetime, datetime]:
        """What is told below the chart, half-open: the selected stretch, else the window; to now.

        A stretch that is all to come is empty.
        """
        start, stop = self.selected or (self.start, self.stop)
        return start, max(min(stop, self.now), start)


def view(
    query: Mapping[str, Any], now: datetime, zone: str, shifts: Sequence[time] = windows.SHIFTS
) -> View:
    """Return what an address or a page's controls ask for.

    Parameters
    ----------
    query : one of PARAMETERS -> its text, as it came; tag: one or several; zoom and select:
        'start/stop', and zoom wins over window, start and stop; events and forecast: on or off
    now : the database's clock
    zone : the site's, used without `tz`
    shifts : when its shifts start

    Raises
    ------
    BadInput
        Names the parameter, the value and the way out.
    """
    zone = windows.site_zone(_one(query, "tz") or zone).key
    window = _window(query, zone)
    start, stop = window.bounds(now, zone, shifts)
    width = _one(query, "resolution")
    return View(
        tags=_tags(query),
        start=start,
        stop=stop,
        now=now,
        zone=zone,
        live=window.relative and stop == now,
        window=window.token,
        statistic=_statistic(_one(query, "statistic") or "avg"),
        resolution=buckets.resolution(width, [AUTO]) if width not in ("", AUTO) else None,
        pixels=_pixels(query.get("width")),
        axes=_axes(_one(query, "axes") or AXES[0]),
        indicators=_indicators(_one(query, "indicators")),
        compare=_compare(query, start, now, zone, shifts),
        chosen=_one(query, "chosen"),
        events=_switch(query, "events", True),
        forecast=_switch(query, "forecast", False),
        selected=_selected(_one(query, "select"), (start, stop), now, zone),
    )


def _selected(
    text: str, window: tuple[datetime, datetime], now: datetime, zone: str
) -> tuple[datetime, datetime] | None:
    """Return what of a window is selected by `start/stop`; None where nothing is."""
    if not text:
        return None
    wanted = _between("select", text, zone).bounds(now, zone)
    start, stop = max(wanted[0], window[0]), min(wanted[1], window[1])
    if start >= stop:
        raise BadInput("select_outside", select=text)
    return start, stop


def _compare(
    query: Mapping[str, Any], start: datetime, now: datetime, zone: str, shifts: Sequence[time]
) -> comparison.TimeShift | None:
    """Return how far back a window is compared: with a typed start, as far as before its zoom.

    Where that window moves with the clock the start is that of the zoom, and both hold still.
    """
    text = _one(query, "compare")
    if not text:
        return None
    base = start
    if _one(query, "zoom") and not (whole := _window({**query, "zoom": ""}, zone)).relative:
        base, _stop = whole.bounds(now, zone, shifts)
    return comparison.time_shift(text, start, now, zone, shifts, base)


def _one(query: Mapping[str, Any], name: str) -> str:
    """Return a parameter as text; of one given twice the last counts."""
    value = query.get(name) or ""
    if isinstance(value, (list, tuple)):
        value = value[-1]
    return str(value).strip()


def _tags(query: Mapping[str, Any]) -> tuple[str, ...]:
    names = query.get("tag")
    names = () if names is None else names
    names = [names] if isinstance(names, str) else names
    if not isinstance(names, (list, tuple)) or not all(isinstance(tag, str) for tag in names):
        raise BadInput("bad_call", part="tag")
    tags = tuple(dict.fromkeys(names))
    if len(tags) > MAX_TAGS:
        raise BadInput("too_many_tags", count=len(tags), limit=MAX_TAGS)
    return tags


def _window(query: Mapping[str, Any], zone: str) -> windows.Window:
    if zoom := _one(query, "zoom"):
        return _between("zoom", zoom, zone)
    start, stop = (_one(query, name) for name in ("start", "stop"))
    return windows.window_of(start, stop, _one(query, "window") or DEFAULT_WINDOW, zone)


def _between(name: str, text: str, zone: str) -> windows.Window:
    """Return the window of a parameter that says both bounds, as `start/stop`."""
    first, _slash, last = text.partition("/")
    try:
        return windows.absolute(first, last, zone)
    except BadInput as error:  # of bounds that nobody sent by their names
        raise BadInput("unreadable_stretch", name=name, value=text) from error


def _switch(query: Mapping[str, Any], name: str, usual: bool) -> bool:
    text = _one(query, name)
    if text not in ("", "on", "off"):
        raise BadInput("unknown_switch", name=name, value=text)
    return text == "on" if text else usual


def _statistic(name: str) -> str:
    if name not in STATISTICS:
        raise BadInput("unknown_statistic", statistic=name, choices=", ".join(STATISTICS))
    return name


def _axes(name: str) -> str:
    if name not in AXES:
        raise BadInput("unknown_axes", axes=name, choices=", ".join(AXES))
    return name


def _indicators(text: str) -> tuple[str, ...]:
    """Return what `avg,sma_60` names, in the order of INDICATORS; the usual ones of no text."""
    if not text:
        return USUAL
    names = set() if text == NO_INDICATOR else {name.strip() for name in text.split(",")}
    for name in sorted(names.difference(INDICATORS)):
        choices = ", ".join((*INDICATORS, NO_INDICATOR))
        raise BadInput("unknown_indicator", indicator=name, choices=choices)
    return tuple(name for name in INDICATORS if name in names)


def _pixels(value: object) -> float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    return min(number, MOST_PIXELS) if math.isfinite(number) and number > 0 else None
