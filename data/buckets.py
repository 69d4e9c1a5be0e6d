"""How wide the buckets of a chart are, and where each starts and stops."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

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
#: From this width on buckets start on the clock of the zone [s].
HOUR = 3_600
#: How long after a change of clocks an edge may come that the clock has passed before: none goes
#: back by more.
REPEATED = timedelta(hours=3)
INSTANT = timedelta(microseconds=1)
#: Clocks that change and change back within a week are not seen to have changed.
LOOK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Resolution:
    """Width of a bucket.

    Parameters
    ----------
    token : its spelling in addresses and commands, such as 10m
    seconds : its width; buckets of an hour and more are those of the zone's clock [s]
    """

    token: str
    seconds: int

    @property
    def local(self) -> bool:
        """Whether its buckets start on the clock of the zone instead of at a UTC multiple."""
        return self.seconds >= HOUR


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
#: A window longer than this shows days: the longest month, and the hour clocks are set back [s].
LONG = 31 * DAY + 3_600
BY_DAY = next(each for each in RESOLUTIONS if each.seconds == DAY)


def resolution(token: str, besides: Sequence[str] = ()) -> Resolution:
    """Return the resolution with this token; 60m and 1h name the same.

    Parameters
    ----------
    besides : words that are taken where it is asked for, and name none: a refusal tells them too

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
    choices = ", ".join([*besides, *(choice.token for choice in RESOLUTIONS)])
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


def check_count(width: Resolution, start: datetime, stop: datetime) -> None:
    """Refuse more buckets of one tag than are shown at once, with BadInput."""
    count = math.ceil((stop - start).total_seconds() / width.seconds)
    if count > MAX_ROWS + 2:  # moving outward adds one at either end
        raise BadInput("too_many_buckets", count=count, resolution=width.token, limit=MAX_ROWS)


def floor(time: datetime, width: Resolution, zone: str) -> datetime:
    """Return the start of the bucket that holds `time` (aware), aware UTC.

    A bucket of an hour and more lies between two instants at which the clock of the zone reaches an
    edge: 6 h start at 00, 06, 12 and 18, days at midnight, weeks on Monday. Where clocks change one
    is longer or shorter. An edge that the clock passes twice counts once, the first time; only an
    hour that occurs twice is two buckets. An edge that is skipped is where the clock jumps.
    """
    time = time.astimezone(UTC)
    if not width.local:
        seconds = (time - EPOCH) // timedelta(seconds=width.seconds) * width.seconds
        return EPOCH + timedelta(seconds=seconds)
    if width.seconds == HOUR:
        return _hour(time, zone)
    return _first_instant(_edge(_reached(time, zone), width), zone)


def _hour(time: datetime, zone: str) -> datetime:
    local = time.astimezone(site_zone(zone))
    into = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    start = time - into
    for change in reversed(changes(start, time + INSTANT, zone)):
        before = (change.at - INSTANT).astimezone(site_zone(zone))
        if change.after > change.before and before.hour != local.hour:
            return change.at
        return _hour(change.at - INSTANT, zone)
    return start


def _reached(time: datetime, zone: str) -> datetime:
    """Return the latest that the clock of the zone has read by an instant, naive."""
    local = time.astimezone(site_zone(zone)).replace(tzinfo=None)
    for change in changes(time - REPEATED, time + INSTANT, zone):
        turned = change.at.replace(tzinfo=None) + timedelta(seconds=change.before)
        local = max(local, turned - INSTANT)
    return local


def _edge(local: datetime, width: Resolution) -> datetime:
    """Return the newest edge up to a time of the clock, both naive."""
    day = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if width.seconds == WEEK:
        return day - timedelta(days=day.weekday())
    if width.seconds == DAY:
        return day
    into = timedelta(seconds=width.seconds)
    return day + (local - day) // into * into


def _first_instant(local: datetime, zone: str) -> datetime:
    """Return when the clock of the zone first reads a time (naive) or, where it skips it, more."""
    site = site_zone(zone)
    instant = local.replace(tzinfo=site).astimezone(UTC)  # fold 0: the first of two
    if instant.astimezone(site).replace(tzinfo=None) == local:
        return instant
    return changes(instant - 2 * timedelta(seconds=DAY), instant + INSTANT, zone)[-1].at


def ceiling(time: datetime, width: Resolution, zone: str) -> datetime:
    """Return `time` (aware) where a bucket starts, else the end of its bucket; aware UTC."""
    start = floor(time, width, zone)
    return start if start == time else after(start, width, zone)


def after(start: datetime, width: Resolution, zone: str) -> datetime:
    """Return the end of the bucket that starts at `start`, aware UTC."""
    step = timedelta(seconds=width.seconds)
    if not width.local:
        return start + step
    if width.seconds == HOUR:
        following = floor(start + 2 * step, width, zone)  # the longest has less than two hours
        while (earlier := floor(following - INSTANT, width, zone)) > start:
            following = earlier
        return following
    edge = _edge(_reached(start, zone), width)
    following = start
    while following <= start:
        edge += step
        following = _first_instant(edge, zone)
    return following


def midnight(day: date, zone: str) -> datetime:
    """Return the first instant of a day of the zone, aware UTC."""
    return _first_instant(datetime(day.year, day.month, day.day), zone)  # noqa: DTZ001 - of a clock


class Change(NamedTuple):
    """A change of clocks: when, and the offsets from UTC before and after it [s]."""

    at: datetime
    before: int
    after: int


def changes(start: datetime, stop: datetime, zone: str) -> list[Change]:
    """Return the changes of a zone's clock in the open stretch between two times, aware UTC."""
    years = range(start.astimezone(UTC).year, stop.astimezone(UTC).year + 1)
    return [each for year in years for each in _changes_in(zone, year) if start < each.at < stop]


@lru_cache(maxsize=1_024)
def _changes_in(zone: str, year: int) -> tuple[Change, ...]:
    site = site_zone(zone)
    time, end, changes = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC), []
    while time < end:
        stop = min(time + LOOK, end)
        before, later = (_offset(each.astimezone(site)) for each in (time, stop))
        if before != later:
            changes.append(Change(_turn(time, stop, site), before, later))
        time = stop
    return tuple(changes)


def _turn(low: datetime, high: datetime, site: ZoneInfo) -> datetime:
    """Return the first second with the offset of `high`, sought by halves."""
    before = _offset(low.astimezone(site))
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        if _offset(middle.astimezone(site)) == before:
            low = middle
        else:
            high = middle
    return high


class Piece(NamedTuple):
    """How buckets lie up to a time: in equal steps from `origin`; None: the one from `held` on."""

    until: datetime
    origin: datetime | None
    held: datetime | None


def pieces(start: datetime, stop: datetime, width: Resolution, zone: str) -> list[Piece]:
    """Return how the buckets of [start, stop), two edges, lie; around a change one by one."""
    if not width.local:
        return [Piece(stop, EPOCH, None)]
    begin = start - timedelta(seconds=width.seconds + DAY)  # one may still be odd at `start`
    offset, parts = _offset(begin.astimezone(site_zone(zone))), list[Piece]()
    for change in changes(begin, stop, zone):
        edge = floor(change.at - INSTANT, width, zone)
        parts.append(Piece(edge, _origin(offset, width), None))
        offset = change.after
        origin, step = _origin(offset, width), timedelta(seconds=width.seconds)
        while edge < change.at or (edge - origin) % step:
            following = after(edge, width, zone)
            parts.append(Piece(following, None, edge))
            edge = following
    every = [*parts, Piece(stop, _origin(offset, width), None)]
    return [piece for piece in every if piece.until > start]


def _origin(offset: int, width: Resolution) -> datetime:
    """Return an edge of the buckets at an offset from UTC [s]; 1970 began on a Thursday."""
    monday = timedelta(days=4 if width.seconds == WEEK else 0)
    return EPOCH + monday - timedelta(seconds=offset)


def edges(start: datetime, stop: datetime, width: Resolution, zone: str) -> list[datetime]:
    """Return the starts of the buckets of [start, stop), both edges, and `stop`."""
    starts, time, step = list[datetime](), start, timedelta(seconds=width.seconds)
    for piece in pieces(start, stop, width, zone):
        until = min(piece.until, stop)
        while time < until:
            starts.append(time)
            time = piece.until if piece.held else min(time + step, piece.until)
    return [*starts, stop]


def count(start: datetime, stop: datetime, width: Resolution, zone: str) -> int:
    """Return how many buckets [start, stop) has, both edges: of a year of seconds too."""
    if not width.local:
        return (stop - start) // timedelta(seconds=width.seconds)
    return len(edges(start, stop, width, zone)) - 1


def snapped(
    start: datetime, stop: datetime, width: Resolution | None, zone: str
) -> tuple[datetime, datetime]:
    """Return bounds moved outward to whole buckets, aware UTC; `width` None: to whole seconds."""
    grid = width or RESOLUTIONS[0]
    return floor(start, grid, zone), ceiling(stop, grid, zone)


@lru_cache(64)  # every time that is written asks for those of its window
def offsets(start: datetime, stop: datetime, zone: str) -> frozenset[int]:
    """Return the offsets from UTC that occur in a window [s]."""
    first = _offset(start.astimezone(site_zone(zone)))
    return frozenset({first, *(change.after for change in changes(start, stop + INSTANT, zone))})


def _offset(local: datetime) -> int:
    offset = local.utcoffset()
    return 0 if offset is None else int(offset.total_seconds())
