"""How wide the buckets of a chart are, and where each starts and stops."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from data.errors import BadInput
from data.windows import DAY, EPOCH, UNITS, WEEK, site_zone, split_token

#: Most buckets of one tag: one a pixel on a screen of 3,840.
MAX_ROWS = 4_000
#: Most single readings of one tag in a chart: 200,000 points took 80 to 89 ms to paint.
MAX_READINGS = 50_000
#: The width of a chart that did not say its own [px].
DEFAULT_PIXELS = 1_000
#: The width of a source of single readings [s].
RAW = 0


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


#: The widths on offer, from fine to coarse; each divides an hour, a day or a week of the site.
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


def resolution(token: str) -> Resolution:
    """Return the resolution with this token; 60m and 1h name the same.

    Raises
    ------
    BadInput
        If it is not one of `RESOLUTIONS`.
    """
    parts = split_token(token)
    if parts is not None:
        seconds, months = UNITS[parts[1]]
        for choice in RESOLUTIONS:
            if not months and choice.seconds == parts[0] * seconds:
                return choice
    choices = ", ".join(choice.token for choice in RESOLUTIONS)
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
    fitting = [each for each in RESOLUTIONS if each.seconds <= width]
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
    """Return the start of the bucket that holds `time` (aware), aware UTC."""
    if not width.local:
        seconds = (time - EPOCH) // timedelta(seconds=width.seconds) * width.seconds
        return EPOCH + timedelta(seconds=seconds)
    local = time.astimezone(site_zone(zone))
    back = local.weekday() if width.seconds == WEEK else 0
    return midnight(local.date() - timedelta(days=back), zone)


def ceiling(time: datetime, width: Resolution, zone: str) -> datetime:
    """Return `time` (aware) where a bucket starts, else the end of its bucket; aware UTC."""
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
    """Return bounds moved outward to whole buckets, aware UTC; `width` None: to whole seconds."""
    grid = width or RESOLUTIONS[0]
    return floor(start, grid, zone), ceiling(stop, grid, zone)


def offsets(start: datetime, stop: datetime, zone: str) -> set[int]:
    """Return the offsets from UTC that occur in a window, looked up every two weeks [s].

    Raises
    ------
    BadInput
        If there is no such zone.
    """
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
