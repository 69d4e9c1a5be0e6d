"""The stretch of time looked at: what an address may call it, and where it starts and stops."""

import contextlib
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
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


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time, relative to the database's now or between two times.

    Parameters
    ----------
    token : canonical spelling of a relative window, empty for an absolute one
    seconds, months : its length, one of them 0
    start, stop : its half-open bounds when absolute, aware UTC
    """

    token: str = ""
    seconds: int = 0
    months: int = 0
    start: datetime | None = None
    stop: datetime | None = None

    @property
    def relative(self) -> bool:
        """Whether the window moves with the clock."""
        return self.start is None

    def bounds(self, now: datetime, zone: str) -> tuple[datetime, datetime]:
        """Return the half-open bounds, aware UTC; not snapped to buckets.

        Parameters
        ----------
        now : the database's clock, aware; where a relative window stops
        zone : IANA name of the site zone, whose calendar months follow

        Raises
        ------
        BadInput
            If the window starts before 1970 or stops more than a day past now.
        """
        if self.start is not None and self.stop is not None:
            if self.stop > now + AHEAD:
                raise BadInput("window_future", stop=_text(self.stop, zone))
            return self.start, self.stop
        stop = now.astimezone(UTC)
        try:
            start = _before(stop, self.seconds, self.months, site_zone(zone))
        except OverflowError:
            start = EPOCH - AHEAD
        if start < EPOCH:
            raise BadInput("window_too_long", window=self.token)
        return start, stop


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
    """Return the relative window that a token such as 24h, 90s, 3mo or 1y names.

    Raises
    ------
    BadInput
        If it names none.
    """
    parts = split_token(text)
    if parts is None:
        raise BadInput("unknown_window", window=str(text))
    count, unit = parts
    seconds, months = UNITS[unit]
    return Window(f"{count}{unit}", count * seconds, count * months)


def asked(start: str, stop: str, window: str, zone: str) -> Window:
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
        raise BadInput("start_after_stop", start=_text(first, zone), stop=_text(last, zone))
    return Window(start=first, stop=last)


def _time(name: str, value: datetime | str, zone: str) -> datetime:
    site = site_zone(zone)
    try:
        time = value if isinstance(value, datetime) else datetime.fromisoformat(value.strip())
        aware = time if time.tzinfo else time.replace(tzinfo=site)
        utc = aware.astimezone(UTC)
    except (ValueError, OverflowError, AttributeError) as error:
        raise BadInput("unreadable_time", name=name, value=str(value)) from error
    if utc < EPOCH:
        raise BadInput("time_before_1970", name=name, value=str(value))
    return utc


def _text(time: datetime, zone: str) -> str:
    with contextlib.suppress(OverflowError):  # the last hours of the year 9999
        time = time.astimezone(site_zone(zone))
    return time.isoformat(sep=" ", timespec="seconds")
