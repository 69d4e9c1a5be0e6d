"""A window as one types it: tokens, days, months and times of the clock, alone or two with a /."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from data import windows
from data.errors import BadInput
from data.windows import DAYS, SHIFTS, Window, clock_time, instant, site_zone

#: What may stand between two ends besides `/`: `~` is written so in Korea.
_BETWEEN = re.compile(r"\s*(?:[/~–—]|\s+to\s+)\s*")
#: One end: a month, a day, a day with a time, or a time alone; the offset is of the time.
_END = re.compile(
    r"(?:(?P<year>\d{4})-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2}))?)?"
    r"(?:(?:^|[ T]+)(?P<time>\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)"
    r"\s*(?P<offset>Z|[+-]\d{2}:?\d{2})?)?",
    re.ASCII,
)
#: A month or a day as Korea writes it: 2026년 11월 20일, 2026. 11. 20., 2026.11.
_WRITTEN = re.compile(
    r"(?<!\d)(?P<year>\d{4})\s?(?:년\s?(?P<month>\d{1,2})\s?월(?:\s?(?P<day>\d{1,2})\s?일)?"
    r"|\.\s?(?P<second>\d{1,2})(?:\.\s?(?P<third>\d{1,2}))?(?!\d)\.?)",
    re.ASCII,
)
#: Longest text that is read, and repeated in a refusal.
MOST = 100
#: So many days from that of a moment a time alone can lie, by an offset and at the end of its day.
AROUND = 4

#: When an end begins and when what it names is over: the same for a moment.
Stretch = tuple[datetime, datetime]


def typed(text: str, now: datetime, zone: str, shifts: Sequence[time] = SHIFTS) -> Window:
    """Return the window that is meant, within what may be asked for.

    Times without offset are of the zone. A day and a month are whole; the present month stops with
    today. Of a time alone the start is the last one that has been, the stop the one that follows.
    What has an end in the calendar lies still, even where the other end is `now`.

    Parameters
    ----------
    now : the database's clock, aware

    Raises
    ------
    BadInput
        If it is none, reversed, before 1970 or in the future.
    """
    text = with_iso_days(" ".join(text.split()))
    window = _relative(text) or _still(text, now, zone)
    window.bounds(now, zone, shifts)
    return window


def with_iso_days(text: str) -> str:
    """Return a text with its days and months as ISO 8601 writes them, where Korea's way is."""

    def iso(match: re.Match[str]) -> str:
        parts = (match["year"], match["month"] or match["second"], match["day"] or match["third"])
        return "-".join(part.zfill(2) for part in parts if part)

    return _WRITTEN.sub(iso, text)


def _relative(text: str) -> Window | None:
    try:
        return windows.parse("/".join(_BETWEEN.split(text, maxsplit=1)))
    except BadInput:
        return None


def _still(text: str, now: datetime, zone: str) -> Window:
    ends, site = _BETWEEN.split(text), site_zone(zone)
    if len(ends) > 2 or len(text) > MOST:
        raise _unreadable(text)
    start, after = _stretch(ends[0], text, now, now.astimezone(site).date(), site)
    if _is_clock(ends[0]):
        times = _around(ends[0], text, now, now, site)
        start = after = max(each for each in times if each <= now)
    if len(ends) == 2:
        after = _after(ends, text, now, start, site)
    elif start == after:
        raise BadInput("typed_moment", text=text)
    # As text: a time before 1970 is refused in the words of its own clock.
    first, last = (each.astimezone(site).isoformat(sep=" ") for each in (start, after))
    return windows.absolute(first, last, zone)


def _is_clock(end: str) -> bool:
    match = _END.fullmatch(end)
    return bool(match and match["time"] and not match["year"])


def _around(end: str, text: str, now: datetime, moment: datetime, site: ZoneInfo) -> list[datetime]:
    """Return when a time alone is, on each of the days around a moment."""
    day = moment.astimezone(site).date()
    days = [day + n * DAYS for n in range(-AROUND, AROUND + 1)]
    return [_stretch(end, text, now, each, site)[0] for each in days]


def _after(
    ends: Sequence[str], text: str, now: datetime, start: datetime, site: ZoneInfo
) -> datetime:
    """Return when the second end is over; of a time alone the one that follows the start."""
    beside = start.astimezone(site).date()
    after = _stretch(ends[1], text, now, beside, site)[1]
    if not _is_clock(ends[1]):
        return after
    read = [_END.fullmatch(end) for end in ends]
    clocks = [
        _padded(each["time"]) for each in read if each and each["time"] and not each["offset"]
    ]
    if len(clocks) == 2 and clocks[0] <= clocks[1]:
        return after  # of an hour that the clock skips that is before the start, and is refused
    return min(each for each in _around(ends[1], text, now, start, site) if each >= start)


def _stretch(end: str, text: str, now: datetime, beside: date, site: ZoneInfo) -> Stretch:
    """Return what one end names; a time alone is of the day `beside`."""
    if end.lower().startswith("now"):
        moment = now if end.lower() == "now" else _moment(end, text, now, site)
        return moment, moment
    match = _END.fullmatch(end)
    if not end or match is None:
        raise _unreadable(text)
    _check_year(match["year"], end, now)
    try:
        return _parsed(match, beside, now, site)
    except (ValueError, OverflowError) as error:
        raise BadInput("typed_nowhere", text=end) from error


def _moment(end: str, text: str, now: datetime, site: ZoneInfo) -> datetime:
    """Return the moment of an end such as now-1w."""
    if (window := _relative(end)) is None:
        raise _unreadable(text)
    return window.bounds(now, site.key)[0]


def _check_year(year: str | None, end: str, now: datetime) -> None:
    if year and int(year) < windows.EPOCH.year:
        raise BadInput("time_before_1970", name="start", value=end)
    if year and int(year) > now.year + 1:
        raise BadInput("window_future", stop=end)


def _parsed(match: re.Match[str], beside: date, now: datetime, site: ZoneInfo) -> Stretch:
    day = beside
    if match["year"]:
        day = date(int(match["year"]), int(match["month"]), int(match["day"] or 1))
    if match["time"]:
        if match["year"] and not match["day"]:
            raise ValueError("a time of a month")
        moment = _at(day, match["time"], match["offset"], site)
        return moment, moment
    if match["day"]:
        return _midnight(day, site), _midnight(day + DAYS, site)
    following = (day + 31 * DAYS).replace(day=1)
    start, after = _midnight(day, site), _midnight(following, site)
    tomorrow = _midnight(now.astimezone(site).date() + DAYS, site)
    return start, min(after, tomorrow) if start < tomorrow else after


def _at(day: date, clock: str, offset: str | None, site: ZoneInfo) -> datetime:
    read = clock_time(f"{day}T{_padded(clock)}{offset or ''}")
    return read if offset else instant(read, site)


def _padded(clock: str) -> str:
    """Return 8:00 as 08:00."""
    return clock.zfill(len(clock) + clock.find(":") % 2)


def _midnight(day: date, site: ZoneInfo) -> datetime:
    return instant(datetime.combine(day, time()), site)


def _unreadable(text: str) -> BadInput:
    return BadInput("typed_unreadable", text=text if len(text) <= MOST else text[:MOST] + "…")


def spelled(start: datetime, stop: datetime, zone: str) -> str:
    """Return what one types for [start, stop): `typed` reads the same of it.

    Whole days are days; a time that its clock reads twice carries its offset.
    """
    site = site_zone(zone)
    first, last = _whole_day(start, site), _whole_day(stop, site)
    if first and last:
        through = last - DAYS
        return f"{first}" if first == through else f"{first}/{through}"
    return f"{_clock(start, site)}/{_clock(stop, site)}"


def _whole_day(moment: datetime, site: ZoneInfo) -> date | None:
    day = moment.astimezone(site).date()
    return day if _midnight(day, site) == moment else None


def _clock(moment: datetime, site: ZoneInfo) -> str:
    local = moment.astimezone(site).replace(tzinfo=None)
    exact = "auto" if local.microsecond else "seconds" if local.second else "minutes"
    text = local.isoformat(sep=" ", timespec=exact)
    offset = moment.astimezone(site).utcoffset() or timedelta()
    if instant(local.replace(fold=0), site) == moment:
        return text
    if offset % timedelta(minutes=1):  # no text has such an offset
        return _clock(moment, ZoneInfo("UTC")) + "Z"
    return text + moment.astimezone(site).isoformat()[-6:]
