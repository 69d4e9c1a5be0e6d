"""The stretch of time looked at: what an address may call it, and where it starts and stops."""

import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from data.errors import BadInput

#: No window starts before: buckets are counted from here.
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: How far past now an absolute window may stop: today, and the whole of it in any zone.
AHEAD = timedelta(days=1)
#: Widths of a day and a week without a change of clocks [s].
DAY = 86_400
WEEK = 7 * DAY
#: The windows that the controls offer, as addresses spell them.
WINDOWS = (
    *("1m", "5m", "10m", "30m", "1h", "6h", "12h", "24h", "48h"),
    *("7d", "14d", "30d", "3mo", "6mo", "12mo"),
)
#: Stretches of the calendar and of the shifts, as addresses spell them; each moves with the clock.
NAMED = (
    *("this-shift", "last-shift", "today", "yesterday", "this-week", "last-week"),
    *("this-month", "last-month"),
)
#: When shifts start where nobody says otherwise.
SHIFTS = (time(6), time(14), time(22))
#: The shortest window: at the very start of a day there is nothing of it yet [s].
SHORTEST = 1
#: A day and a week of the calendar, whatever the clocks do.
DAYS, WEEKS = timedelta(days=1), timedelta(weeks=1)

#: Unit -> (seconds, months); months by the calendar of the site zone.
UNITS = {
    "s": (1, 0),
    "m": (60, 0),
    "h": (3_600, 0),
    "d": (DAY, 0),
    "w": (WEEK, 0),
    "mo": (0, 1),
    "y": (0, 12),
}
#: Word of a unit, singular -> its spelling in tokens.
_WORDS = {
    "sec": "s",
    "second": "s",
    "min": "m",
    "minute": "m",
    "hour": "h",
    "day": "d",
    "week": "w",
    "month": "mo",
    "year": "y",
}
_TOKEN = re.compile(r"(\d{1,9})\s*([A-Za-z]+)", re.ASCII)
#: One end of a window that moves with the clock: now, or a length before it.
_END = re.compile(r"now(?:\s*-\s*(.+))?", re.ASCII | re.IGNORECASE)
#: The end of a day, which ISO 8601 writes as 24:00 and Python reads from 3.14 on.
_DAY_OVER = re.compile(r"(?<=[T ])24(?=(?::?00){0,2}(?:[.,]0+)?(?:Z|[+-].*)?$)", re.ASCII)
#: A length of time, in seconds or in months.
Length = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time, relative to the database's now or between two times.

    Parameters
    ----------
    token : canonical spelling of a relative window, empty for an absolute one
    seconds, months : how long before now it starts, one of them 0
    until : how long before now it stops, as seconds and months; one of them 0
    name : of a stretch of the calendar, one of `NAMED`, else empty
    start, stop : its half-open bounds when absolute, aware UTC
    """

    token: str = ""
    seconds: int = 0
    months: int = 0
    until: Length = (0, 0)
    name: str = ""
    start: datetime | None = None
    stop: datetime | None = None

    @property
    def relative(self) -> bool:
        """Whether the window moves with the clock."""
        return self.start is None

    def bounds(
        self, now: datetime, zone: str, shifts: Sequence[time] = SHIFTS
    ) -> tuple[datetime, datetime]:
        """Return the half-open bounds, aware UTC; not snapped to buckets.

        Parameters
        ----------
        now : the database's clock, aware; where a relative window stops
        zone : IANA name of the site zone, whose calendar months follow
        shifts : when the shifts of a day start by the clock of the zone

        Raises
        ------
        BadInput
            If the window starts before 1970, stops more than a day past now or is reversed.
        """
        if self.start is not None and self.stop is not None:
            if self.stop > now + AHEAD:
                raise BadInput("window_future", stop=_text(self.stop, zone))
            return self.start, self.stop
        site, now = site_zone(zone), now.astimezone(UTC)
        if self.name:
            return _named(self.name, now, site, shifts)
        start, stop = (
            self._end(now, each, site) for each in ((self.seconds, self.months), self.until)
        )
        if start >= stop:
            raise _reversed("window", self.token, start, stop, zone)
        return start, stop

    def _end(self, now: datetime, length: Length, site: ZoneInfo) -> datetime:
        try:
            end = _before(now, *length, site)
        except OverflowError:
            end = EPOCH - AHEAD
        if end < EPOCH:
            raise BadInput("window_too_long", window=self.token)
        return end


def _named(
    name: str, now: datetime, site: ZoneInfo, shifts: Sequence[time]
) -> tuple[datetime, datetime]:
    """Return the bounds of a stretch of the calendar: the present one, or the one before it."""
    which, _dash, unit = name.rpartition("-")
    today = now.astimezone(site).date()
    if unit == "shift":
        starts = _shifts(today, site, shifts)
    elif unit == "week":
        monday = today - today.weekday() * DAYS
        starts = _midnights(site, monday - WEEKS, monday)
    elif unit == "month":
        starts = _midnights(site, _first(_first(today) - DAYS), _first(today))
    else:
        starts = _midnights(site, today - DAYS, today)
    before, present = [each for each in starts if each <= now][-2:]
    if which == "last" or name == "yesterday":
        return before, present
    return min(present, now - timedelta(seconds=SHORTEST)), now


def _first(day: date) -> date:
    return day.replace(day=1)


def _midnights(site: ZoneInfo, *days: date) -> list[datetime]:
    return [instant(datetime.combine(day, time()), site) for day in days]


def _shifts(today: date, site: ZoneInfo, shifts: Sequence[time]) -> list[datetime]:
    """Return when the shifts of three days start, in their order."""
    days = [today + n * DAYS for n in (-2, -1, 0)]
    return sorted({instant(datetime.combine(day, at), site) for day in days for at in shifts})


def instant(local: datetime, site: ZoneInfo) -> datetime:
    """Return when a clock reads `local` (naive) for the first time, aware UTC.

    A time that the clock skips is read as if it had not changed yet.
    """
    return local.replace(tzinfo=site).astimezone(UTC)


def clock_time(text: str) -> datetime:
    """Return a time as ISO 8601 writes it, naive without offset; 24:00 is the end of its day.

    Raises
    ------
    ValueError, OverflowError
        If it is none.
    """
    begun, is_over = _DAY_OVER.subn("00", text.strip())
    return datetime.fromisoformat(begun) + is_over * DAYS


def _before(stop: datetime, seconds: int, months: int, zone: ZoneInfo) -> datetime:
    if not months:
        return stop - timedelta(seconds=seconds)
    local = stop.astimezone(zone)
    year, month = divmod(local.year * 12 + local.month - 1 - months, 12)
    if year < 1:
        raise OverflowError
    day = min(local.day, _days_in(year, month + 1))
    return local.replace(year=year, month=month + 1, day=day).astimezone(UTC)


def _days_in(year: int, month: int) -> int:
    later = date(year + month // 12, month % 12 + 1, 1)
    return (later - timedelta(days=1)).day


def site_zone(name: str) -> ZoneInfo:
    """Return the zone with this IANA name.

    Raises
    ------
    BadInput
        If there is none.
    """
    try:
        return _zone(name)
    except (ValueError, OSError) as error:  # OSError: 'Asia' names a directory
        raise BadInput("unknown_zone", zone=name) from error


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except KeyError as error:  # ZoneInfoNotFoundError
        raise ValueError(name) from error


def split_token(text: str) -> tuple[int, str] | None:
    """Return count and unit of a token such as 10m or '10 minutes'; None if it is none."""
    match = _TOKEN.fullmatch(str(text).strip())
    if not match:
        return None
    count, unit = int(match[1]), match[2]
    if unit not in UNITS:
        word = unit.lower()
        unit = _WORDS.get(word) or _WORDS.get(word.removesuffix("s")) or ""
    return (count, unit) if unit and count else None


def parse(text: str) -> Window:
    """Return the relative window that a token names: 24h, 3mo, now-2w/now-1w, yesterday.

    Raises
    ------
    BadInput
        If it names none.
    """
    token = str(text).strip()
    name = "-".join(token.lower().split())
    if name in NAMED:
        return Window(name, name=name)
    if parts := split_token(token):
        return _since(parts)
    first, slash, second = (part.strip() for part in token.partition("/"))
    start, stop = (_ago(end, text) for end in (first, second if slash else "now"))
    if start is None:
        raise BadInput("unknown_window", window=str(text))
    return _since(start, stop)


def _ago(end: str, text: str) -> tuple[int, str] | None:
    """Return count and unit of how long before now an end such as now-1w lies; None: at now."""
    match = _END.fullmatch(end)
    parts = split_token(match[1]) if match and match[1] else None
    if not match or (match[1] and not parts):
        raise BadInput("unknown_window", window=str(text))
    return parts


def _since(start: tuple[int, str], stop: tuple[int, str] | None = None) -> Window:
    token, length = "{}{}".format(*start), _length(*start)
    if stop is None:
        return Window(token, *length)
    return Window("now-{}/now-{}{}".format(token, *stop), *length, until=_length(*stop))


def _length(count: int, unit: str) -> Length:
    seconds, months = UNITS[unit]
    return count * seconds, count * months


def window_of(start: str, stop: str, window: str, zone: str) -> Window:
    """Return the window that an address asks for: between start and stop, else the one it names.

    Raises
    ------
    BadInput
        If only one of the bounds is given, or what is given cannot be read.
    """
    if start and stop:
        return absolute(start, stop, zone)
    if start or stop:
        raise BadInput("half_a_window", given="start" if start else "stop")
    return parse(window)


def absolute(start: datetime | str, stop: datetime | str, zone: str) -> Window:
    """Return the window between two times; a time without offset is one of the site zone.

    Raises
    ------
    BadInput
        If a time cannot be read or lies before 1970, or start is not before stop.
    """
    first, last = (_time(name, value, zone) for name, value in (("start", start), ("stop", stop)))
    if first >= last:
        raise _reversed("start", str(start), first, last, zone)
    return Window(start=first, stop=last)


def _reversed(name: str, value: str, start: datetime, stop: datetime, zone: str) -> BadInput:
    """Return the refusal of a window that ends before it begins, by the parameter that asked it."""
    first, last = _text(start, zone), _text(stop, zone)
    return BadInput("start_after_stop", name=name, value=value, start=first, stop=last)


def _time(name: str, value: datetime | str, zone: str) -> datetime:
    site = site_zone(zone)
    try:
        read = value if isinstance(value, datetime) else clock_time(value)
        aware = read if read.tzinfo else read.replace(tzinfo=site)
        # The first hours of the year 1, as .NET's DateTime.MinValue, are none of UTC east of it.
        utc = aware.astimezone(UTC) if aware.year > 1 else datetime.min.replace(tzinfo=UTC)
    except (ValueError, OverflowError, AttributeError) as error:
        raise BadInput("unreadable_time", name=name, value=str(value)) from error
    if utc < EPOCH:
        raise BadInput("time_before_1970", name=name, value=str(value))
    return utc


def _text(moment: datetime, zone: str) -> str:
    with contextlib.suppress(OverflowError):  # the last hours of the year 9999
        moment = moment.astimezone(site_zone(zone))
    return moment.isoformat(sep=" ", timespec="seconds")
