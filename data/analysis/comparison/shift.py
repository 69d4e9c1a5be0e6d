"""How far back a window is compared: by the clock of its zone, whatever that clock did between."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from data import buckets
from data.analysis import arrays
from data.buckets import Resolution
from data.errors import BadInput
from data.typed import with_iso_days
from data.windows import DAYS, EPOCH, SHIFTS, WEEKS, clock_time, instant, site_zone

#: What an address may say besides a start, and by how much the clock is set back.
TOKENS = ("-1h", "-1d", "-1w", "-1shift")
BACK = {"-1h": timedelta(hours=1), "-1d": DAYS, "-1w": WEEKS}
#: An hour is one that passed; all else is told by the clock.
PASSED = "-1h"


@dataclass(frozen=True, slots=True)
class TimeShift:
    """How times of a window lie to those that they are compared with.

    Parameters
    ----------
    token : one of TOKENS, empty for a start that was typed
    back : how much earlier the clock of the zone reads there
    zone : IANA name
    """

    token: str
    back: timedelta
    zone: str

    @property
    def passed(self) -> bool:
        """Whether so much time has passed between the two; else the clock alone tells."""
        return self.token == PASSED

    def of(self, width: Resolution | None) -> "TimeShift":
        """Return the shift for buckets: a typed start is that of the bucket that it lies in.

        It is as far back as whole buckets go, whatever part of the window is looked at.
        """
        if self.token or width is None:
            return self
        step = timedelta(seconds=width.seconds)
        return replace(self, back=self.back // step * step)

    def widths(self, at: arrays.Whole, width: Resolution) -> arrays.Whole:
        """Return how wide the buckets are that begin at these times [ns]; 0 where none begins."""
        whole = width.seconds * 10**9
        if not width.local or not len(at):
            return np.where(at % whole == 0, whole, 0)
        there = at[at != arrays.NEVER]
        if not len(there):
            return np.zeros(len(at), np.int64)
        first, last = _time(int(there.min())), _time(int(there.max())) + buckets.INSTANT
        start, stop = buckets.snapped(first, last, width, self.zone)
        edges = pd.DatetimeIndex(buckets.edges(start, stop, width, self.zone)).as_unit("ns").asi8
        place = np.searchsorted(edges, at).clip(max=len(edges) - 2)
        return np.where(edges[place] == at, np.diff(edges)[place], 0)

    def alike(self, at: arrays.Whole, width: Resolution) -> arrays.Whole:
        """Return which bucket [ns] each of these is compared with; `arrays.NEVER`: with none.

        With none of another width: around a change of clocks, or where none begins there.
        """
        earlier = self.earlier(at)
        is_alike = self.widths(earlier, width) == self.widths(at, width)
        return np.where(is_alike & (earlier != arrays.NEVER), earlier, arrays.NEVER)

    def moved(self, start: datetime, stop: datetime) -> tuple[datetime, datetime]:
        """Return the window (aware UTC) that holds all that [start, stop) is compared with."""
        if self.passed:
            return start - self.back, stop - self.back
        site = site_zone(self.zone)
        read = [each.astimezone(site).replace(tzinfo=None) for each in (start, stop)]
        for change in buckets.changes(start, stop + buckets.INSTANT, self.zone):
            at = change.at.replace(tzinfo=None)  # the clock may read more here than at the end
            read += [at + timedelta(seconds=each) for each in (change.before, change.after)]
        ends = (min(read) - self.back, max(read) - self.back)
        # A time that is repeated or skipped there has two readings: both lie in the window.
        first, last = ([_instant(each, site, fold) for fold in (0, 1)] for each in ends)
        return min(first), max(last)

    def earlier(self, at: arrays.Whole) -> arrays.Whole:
        """Return what each time [ns] is compared with: the first time the clock reads it there.

        `arrays.NEVER` where the clock skipped that.
        """
        return self._by_clock(at, -self.back)

    def later(self, at: arrays.Whole) -> arrays.Whole:
        """Return which time [ns] is compared with each; `arrays.NEVER` where none is."""
        later = self._by_clock(at, self.back)
        there = later != arrays.NEVER
        again = self.earlier(np.where(there, later, 0))
        return np.where(there & (again == at), later, arrays.NEVER)

    def _by_clock(self, at: arrays.Whole, by: timedelta) -> arrays.Whole:
        if self.passed:
            return at + pd.Timedelta(by).value
        read = pd.DatetimeIndex(at, tz="UTC").tz_convert(self.zone).tz_localize(None) + by
        first = np.ones(len(at), dtype=bool)
        moved = read.tz_localize(self.zone, ambiguous=first, nonexistent="NaT")
        return np.asarray(moved.tz_convert("UTC").asi8)

    def start(self, start: datetime) -> str:
        """Return the start of a window as an address says what it is compared with."""
        if self.token:
            return self.token
        read = start.astimezone(site_zone(self.zone)).replace(tzinfo=None) - self.back
        return read.isoformat()


def _instant(local: datetime, site: ZoneInfo, fold: int) -> datetime:
    return local.replace(tzinfo=site, fold=fold).astimezone(UTC)


def time_shift(
    text: str,
    start: datetime,
    now: datetime,
    zone: str,
    shifts: Sequence[time] = SHIFTS,
    base: datetime | None = None,
) -> TimeShift:
    """Return how far back a window is compared.

    Parameters
    ----------
    text : one of TOKENS, or when the other window starts; without offset by the clock of the zone.
        `THERE/HERE` are two times of which one is compared with the other, whatever is looked at
    start : of the window, aware
    now : the database's clock
    shifts : when the shifts of a day start
    base : start of the window before it was zoomed, which a typed start is held against

    Raises
    ------
    BadInput
        If it is neither, or before 1970, or yet to come.
    """
    # A minus sign as it is printed is one, too.
    name = text.strip().replace("−", "-").lower()
    if name in BACK:
        shift = TimeShift(name, BACK[name], zone)
    elif name in TOKENS:
        shift = TimeShift(name, _length_before(start, zone, shifts), zone)
    else:
        shift = TimeShift("", _typed(text, base or start, zone), zone)
    read = start.astimezone(site_zone(zone)).replace(tzinfo=None) - shift.back
    if read.year > now.year + 1 or (read.year > 1 and instant(read, site_zone(zone)) >= now):
        raise BadInput("compare_future", compare=text)
    if read.year < EPOCH.year or instant(read, site_zone(zone)) < EPOCH:
        raise BadInput("time_before_1970", name="compare", value=text)
    return shift


def _time(at: int) -> datetime:
    return EPOCH + timedelta(microseconds=at // 1_000)


def _length_before(start: datetime, zone: str, shifts: Sequence[time]) -> timedelta:
    """Return the length by the clock of the shift before the one in which a window starts."""
    local = start.astimezone(site_zone(zone)).replace(tzinfo=None)
    days = [local.date() + n * DAYS for n in (-2, -1, 0, 1)]
    starts = sorted({datetime.combine(day, at) for day in days for at in shifts})
    lengths = [after - before for before, after in pairwise(starts) if after <= local]
    return lengths[-1]


def _typed(text: str, start: datetime, zone: str) -> timedelta:
    """Return how much earlier the clock reads at a typed start than at that of the window.

    Of two times `THERE/HERE`: than at the second of them.
    """
    site = site_zone(zone)
    there, slash, here = with_iso_days(text).partition("/")
    try:
        beside = _read(here, site) if slash else start.astimezone(site).replace(tzinfo=None)
        return beside - _read(there, site)
    except (ValueError, OverflowError) as error:
        raise BadInput("unknown_compare", compare=text, choices=", ".join(TOKENS)) from error


def _read(text: str, site: ZoneInfo) -> datetime:
    """Return what the clock of the zone reads at a time as ISO 8601 writes it, naive."""
    read = clock_time(text)
    return read.astimezone(site).replace(tzinfo=None) if read.tzinfo else read
