"""The stretch of time looked at and the width of its buckets, one table each."""

import contextlib
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from data.errors import BadInput

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)
MAX_ROWS = 4_000
MAX_READINGS = 50_000
DEFAULT_PIXELS = 1_000
DAY = 86_400
WEEK = 7 * DAY


@dataclass(frozen=True, slots=True)
class Resolution:
    """Width of a bucket.

    Parameters
    ----------
    token : its spelling in addresses and commands, such as 10m
    seconds : its width; days and weeks are those of the site zone [s]
    """

    token: str
    seconds: int

    @property
    def local(self) -> bool:
        """Whether its buckets start at midnight of the site zone instead of at a UTC multiple."""
        return self.seconds >= DAY


RESOLUTIONS = (
    Resolution("1s", 1),
    Resolution("2s", 2),
    Resolution("5s", 5),
    Resolution("10s", 10),
    Resolution("15s", 15),
    Resolution("30s", 30),
    Resolution("1m", 60),
    Resolution("2m", 120),
    Resolution("5m", 300),
    Resolution("10m", 600),
    Resolution("15m", 900),
    Resolution("30m", 1_800),
    Resolution("1h", 3_600),
    Resolution("2h", 7_200),
    Resolution("3h", 10_800),
    Resolution("4h", 14_400),
    Resolution("6h", 21_600),
    Resolution("12h", 43_200),
    Resolution("1d", DAY),
    Resolution("1w", WEEK),
)
WINDOWS = (
    *("1m", "5m", "10m", "30m", "1h", "6h", "12h", "24h", "48h"),
    *("7d", "14d", "30d", "3mo", "6mo", "12mo"),
)

# unit -> (seconds, months); months by the calendar of the site zone
_UNITS = {
    "s": (1, 0),
    "m": (60, 0),
    "h": (3_600, 0),
    "d": (DAY, 0),
    "w": (WEEK, 0),
    "mo": (0, 1),
    "y": (0, 12),
}
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
        """Return half-open bounds, aware UTC.

        Raises
        ------
        BadInput
            If the window starts before 1970 or stops more than a day past now.
        """
        if self.start is not None and self.stop is not None:
            if self.stop > now + AHEAD:
                raise BadInput("window_future", stop=_shown(self.stop, zone))
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


def _split(text: str) -> tuple[int, str] | None:
    """Return count and unit of a token such as 10m or '10 minutes'; None if it is none."""
    match = _TOKEN.fullmatch(str(text).strip())
    if not match:
        return None
    count, unit = int(match[1]), match[2]
    if unit not in _UNITS:
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
    parts = _split(text)
    if parts is None:
        raise BadInput("unknown_window", window=str(text), choices=", ".join(WINDOWS))
    count, unit = parts
    seconds, months = _UNITS[unit]
    return Window(f"{count}{unit}", count * seconds, count * months)


def absolute(start: datetime | str, stop: datetime | str, zone: str) -> Window:
    """Return the window between two times; a time without offset is one of the site zone.

    Raises
    ------
    BadInput
        If a time cannot be read or lies before 1970, or start is not before stop.
    """
    first, last = (_time(name, value, zone) for name, value in (("start", start), ("stop", stop)))
    if first >= last:
        raise BadInput("start_after_stop", start=_shown(first, zone), stop=_shown(last, zone))
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


def _shown(time: datetime, zone: str) -> str:
    with contextlib.suppress(OverflowError):  # the last hours of the year 9999
        time = time.astimezone(site_zone(zone))
    return time.isoformat(sep=" ", timespec="seconds")


def resolution(token: str) -> Resolution:
    """Return the resolution with this token; 60m and 1h are the same.

    Raises
    ------
    BadInput
        If it is not one of `RESOLUTIONS`.
    """
    parts = _split(token)
    if parts is not None:
        seconds, months = _UNITS[parts[1]]
        for known in RESOLUTIONS:
            if not months and known.seconds == parts[0] * seconds:
                return known
    choices = ", ".join(known.token for known in RESOLUTIONS)
    raise BadInput("unknown_resolution", resolution=str(token), choices=choices)


def finest_for(
    span_seconds: float, pixels: float | None, spacing_seconds: float | None = None
) -> Resolution | None:
    """Return the resolution that a chart can show; None means every reading.

    Parameters
    ----------
    span_seconds : length of the window [s]
    pixels : width of the chart [px]; None or nonsense: 1,000
    spacing_seconds : median spacing of the tag's readings [s], None if unknown

    Returns
    -------
    The largest resolution not above span / pixels, at most 4,000 buckets; None where that is
    no coarser than the readings themselves and they are at most 50,000.
    """
    width = span_seconds / _clipped(pixels)
    spacing = spacing_seconds or 0.0
    fitting = [known for known in RESOLUTIONS if known.seconds <= width]
    finest = fitting[-1] if fitting else None
    if finest is None or finest.seconds <= spacing:
        if not spacing or span_seconds / spacing <= MAX_READINGS:
            return None
        finest = finest or RESOLUTIONS[0]
    index = RESOLUTIONS.index(finest)
    for coarser in RESOLUTIONS[index:]:
        if span_seconds / coarser.seconds <= MAX_ROWS:
            return coarser
    return RESOLUTIONS[-1]


def _clipped(pixels: float | None) -> float:
    if pixels is None or not math.isfinite(pixels) or pixels <= 0:
        return DEFAULT_PIXELS
    return min(max(pixels, 100), MAX_ROWS)


def floor(time: datetime, width: Resolution, zone: str) -> datetime:
    """Return the start of the bucket that holds `time`, aware UTC."""
    if not width.local:
        seconds = (time - EPOCH) // timedelta(seconds=width.seconds) * width.seconds
        return EPOCH + timedelta(seconds=seconds)
    local = time.astimezone(site_zone(zone))
    back = local.weekday() if width.seconds == WEEK else 0
    return midnight(local.date() - timedelta(days=back), zone)


def ceiling(time: datetime, width: Resolution, zone: str) -> datetime:
    """Return the end of the bucket that holds the instant before `time`, aware UTC."""
    start = floor(time, width, zone)
    if start == time:
        return start
    if not width.local:
        return start + timedelta(seconds=width.seconds)
    local = start.astimezone(site_zone(zone))
    return midnight(local.date() + timedelta(days=width.seconds // DAY), zone)


def midnight(day: date, zone: str) -> datetime:
    """Return the first instant of a day of the zone, aware UTC."""
    start = datetime(day.year, day.month, day.day, tzinfo=site_zone(zone))
    return start.astimezone(UTC)


def snapped(
    start: datetime, stop: datetime, width: Resolution | None, zone: str
) -> tuple[datetime, datetime]:
    """Return bounds moved outward to whole buckets (whole seconds for single readings)."""
    grid = width or RESOLUTIONS[0]
    return floor(start, grid, zone), ceiling(stop, grid, zone)


def offsets(start: datetime, stop: datetime, zone: str) -> set[int]:
    """Return the offsets from UTC that occur in a window, looked up every 2 weeks [s]."""
    site = site_zone(zone)
    return {_offset(time.astimezone(site)) for time in _looks(start, stop)}


def _looks(start: datetime, stop: datetime) -> Iterator[datetime]:
    time = start
    while time < stop:
        yield time
        time += timedelta(days=14)
    yield stop


def _offset(local: datetime) -> int:
    offset = local.utcoffset()
    return 0 if offset is None else int(offset.total_seconds())
