"""The times of a chart: ticks on the clock of the place, and every time as its table writes it.

An axis has one offset from UTC, that of its end. Where a window holds two, plotly looks up the text
of each time that has the other one: the bucket of a day then has the name of that day.
"""

import math
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from data import buckets
from data.analysis import moments
from figures.template import Canvas, Figure, dates

#: Room of a tick's text [px].
ROOM = 120
#: Distances of ticks: seconds of a clock, days, months.
MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720)
SECONDS = (1, 2, 5, 10, 15, 30, *(60 * each for each in MINUTES))
DAYS, MONTHS = (1, 2, 7, 14), (1, 2, 3, 6, 12, 24, 60)
DAY_S, MONTH_S = 86_400, 2_629_746
#: Every clock of a place is a whole number of these steps from UTC [s].
QUARTER = 900
#: How plotly names a tick, to be looked up: unlike any time of a point.
KEY = "%Y-%m-%dT%H:%M:%S"


def time_names(canvas: Canvas, indexes: Sequence[pd.Index]) -> Figure:
    """Return what the time axis of a figure says of the times of its points.

    Parameters
    ----------
    indexes : aware times of what is drawn
    """
    points = [pd.DatetimeIndex(index) for index in indexes]
    with_fractions = any(moments.fractional(each) for each in points)
    offset = round(canvas.offset / timedelta(milliseconds=1))
    clock = "%Y-%m-%d %H:%M:%S" + (".%L" if with_fractions else "")
    axis: Figure = {"hoverformat": clock + moments.offset_text(offset)}
    if len(buckets.offsets(canvas.start, canvas.stop, canvas.zone)) == 1:
        return axis
    names: dict[str, str] = {}
    for each in points:
        names |= _other_names(each, canvas.zone, offset, with_fractions)
    ticks = _ticks(canvas)
    shown = dates(canvas.milliseconds(ticks.at))
    names |= zip((text[:19] for text in shown), ticks.labels(), strict=True)
    place = {"tickmode": "array", "tickvals": shown, "tickformat": KEY, "tickformatstops": []}
    return {**axis, **place, "labelalias": names}


class Ticks(NamedTuple):
    """Where ticks stand, by the clock of the place, and how their times are written."""

    at: pd.DatetimeIndex
    form: str

    def labels(self) -> list[str]:
        """Return what stands at each tick: its time, and below it the offset or the day."""
        ends = [moments.offset_text(each) for each in moments.offsets(self.at).tolist()]
        times = [time.strftime(self.form) for time in self.at]
        return [text.replace("|", end) for text, end in zip(times, ends, strict=True)]


def _other_names(
    times: pd.DatetimeIndex, zone: str, offset: int, with_fractions: bool
) -> dict[str, str]:
    """Return the text of each time that has another offset, by its text on the axis."""
    local = times.tz_convert(ZoneInfo(zone))
    other = local[moments.offsets(local) != offset]
    utc = other.as_unit("ns").asi8 // moments.MS
    end = moments.offset_text(offset)
    keys = (text + end for text in moments.clocks(utc + offset, with_fractions))
    return dict(zip(keys, moments.texts(other, with_fractions), strict=True))


def _ticks(canvas: Canvas) -> Ticks:
    """Return ticks at round times of the place's clock, as near to one another as there is room."""
    least = (canvas.stop - canvas.start).total_seconds() / max(canvas.pixels / ROOM, 2)
    for seconds in SECONDS:
        if seconds >= least:
            return _of_clock(canvas, seconds)
    for days in DAYS:
        if days * DAY_S >= least:
            return Ticks(_midnights(canvas, partial(_is_nth, days)), "%Y-%m-%d<br>|")
    months = next((each for each in MONTHS if each * MONTH_S >= least), MONTHS[-1])
    first = _midnights(canvas, lambda day: day.day == 1 and _months(day) % months == 0)
    return Ticks(first, "%Y-%m<br>|")


def _is_nth(days: int, day: date) -> bool:
    """Whether ticks of so many days stand at a day: Mondays, where weeks are counted."""
    return day.toordinal() % days == (1 if days % 7 == 0 else 0)


def _months(day: date) -> int:
    return day.year * 12 + day.month - 1


def _midnights(canvas: Canvas, is_wanted: Callable[[date], bool]) -> pd.DatetimeIndex:
    zone = ZoneInfo(canvas.zone)
    first, last = (each.astimezone(zone).date() for each in (canvas.start, canvas.stop))
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    at = [buckets.midnight(day, canvas.zone) for day in days if is_wanted(day)]
    inside = [each for each in at if canvas.start <= each <= canvas.stop]
    return pd.DatetimeIndex(inside, tz="UTC").tz_convert(zone)


def _of_clock(canvas: Canvas, seconds: int) -> Ticks:
    step = math.gcd(seconds, QUARTER)
    first, last = (math.ceil(each.timestamp() / step) for each in (canvas.start, canvas.stop))
    every = pd.to_datetime(np.arange(first, last) * step, unit="s", utc=True)
    local = every.tz_convert(ZoneInfo(canvas.zone))
    of_day = local.hour * 3600 + local.minute * 60 + local.second
    return Ticks(
        local[of_day % seconds == 0],
        "%H:%M:%S|<br>%Y-%m-%d" if seconds < 60 else "%H:%M|<br>%Y-%m-%d",
    )
