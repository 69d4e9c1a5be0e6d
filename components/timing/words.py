"""A window in words: as its button says it, and exactly, as one checks what is typed."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from flask_babel import get_locale
from flask_babel import gettext as _

from components.words import duration, offset_text, window_word
from data import buckets, typed
from data.views import View

#: A window below this shows its seconds [s].
SECONDS_BELOW = 3_600
#: On the button of a longer window the change of clocks between its ends is not told.
OFFSETS_UP_TO = timedelta(days=2)
INSTANT = timedelta(microseconds=1)


def name_words() -> dict[str, str]:
    """Return name -> word of each stretch of the calendar, in the order of the control."""
    return {
        "this-shift": _("This shift"),
        "last-shift": _("Last shift"),
        "today": _("Today"),
        "yesterday": _("Yesterday"),
        "this-week": _("This week"),
        "last-week": _("Last week"),
        "this-month": _("This month"),
        "last-month": _("Last month"),
    }


def between(start: datetime, stop: datetime, now: datetime, zone: str, exact: bool = False) -> str:
    """Return two times as `25 Nov 22:26 – 26 Nov 22:26`, by the clock of the zone.

    Parameters
    ----------
    now : the year of which goes without saying
    exact : with seconds and both days in any case
    """
    site = ZoneInfo(zone)
    first, last, here = (each.astimezone(site) for each in (start, stop, now))
    clock = "HH:mm:ss" if exact or _needs_seconds(first, last) else "HH:mm"
    day = _("d MMM") if {first.year, last.year} == {here.year} else _("d MMM yyyy")
    days = [day, "" if first.date() == last.date() and not exact else day]
    told = exact or stop - start <= OFFSETS_UP_TO
    two = told and len(buckets.offsets(start, stop, zone)) > 1
    ends, language = [], str(get_locale() or "en")
    for moment, pattern in zip((first, last), days, strict=True):
        text = format_datetime(moment, f"{pattern} {clock}".strip(), locale=language)
        ends.append(f"{text} {offset_text(moment)}" if two else text)
    return " – ".join(ends)


def _needs_seconds(first: datetime, last: datetime) -> bool:
    short = (last - first).total_seconds() < SECONDS_BELOW
    return short and bool(first.second or last.second or first.microsecond or last.microsecond)


def short(window: str) -> str:
    """Return a window as a button says it: its name, its length, or two moments as they are."""
    return name_words().get(window) or window_word(window)


def length(window: str, start: datetime, stop: datetime) -> str:
    """Return how long a window is, in the unit of its name where it has one; or that name."""
    if window and "/" not in window:
        return short(window)
    return duration((stop - start).total_seconds())


def motion(window: str, stop: datetime, now: datetime) -> str:
    """Return how a window moves: `live` where it ends now; empty for one that lies still."""
    if not window:
        return ""
    return _("live") if stop == now else _("moves with the clock")


def pending(start: datetime, stop: datetime, now: datetime) -> str:
    """Return how much of a window is to come; empty for one that is over."""
    if stop <= now:
        return ""
    return _("not over yet") if start < now else _("yet to come")


def days(start: datetime, stop: datetime, zone: str) -> list[str]:
    """Return the first and the last day that a window touches, as 2026-11-20."""
    site = ZoneInfo(zone)
    return [each.astimezone(site).date().isoformat() for each in (start, stop - INSTANT)]


def of_view(view: View) -> dict[str, Any]:
    """Return what the time control says of a view: button, what is typed for it, its days."""
    return {
        "window": view.window,
        "start": view.start.astimezone(ZoneInfo(view.zone)).isoformat(),
        "stop": view.stop.astimezone(ZoneInfo(view.zone)).isoformat(),
        "label": between(view.start, view.stop, view.now, view.zone),
        "motion": motion(view.window, view.stop, view.now)
        or pending(view.start, view.stop, view.now),
        "typed": spelled(view.window, view.start, view.stop, view.zone),
        "days": days(view.start, view.stop, view.zone),
        "today": view.now.astimezone(ZoneInfo(view.zone)).date().isoformat(),
        "zone": view.zone,
    }


def spelled(window: str, start: datetime, stop: datetime, zone: str) -> str:
    """Return what one types for a window."""
    if not window:
        return typed.spelled(start, stop, zone)
    is_length = window not in name_words() and "/" not in window
    return f"now-{window}/now" if is_length else window
