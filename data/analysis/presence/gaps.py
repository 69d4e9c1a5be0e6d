"""When is a tag silent, and where does a line break? Ages, freshness and gaps.

The age shown of a reading never falls, whatever the database's clock does: see `carried_ages`.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from data.analysis import arrays
from data.analysis.arrays import NEVER, Codes, Floats, Mask, Whole, nanoseconds
from data.analysis.checks import UNCHECKED, Checks, ManyChecks
from data.windows import EPOCH

#: Codes of freshness; the word of each is at its place in FRESHNESS.
FRESH, LATE, STALE, NO_DATA = range(4)
FRESHNESS = ("FRESH", "LATE", "STALE", "NO DATA")
#: A reading is STALE when it is older than this many gaps, so that one late reading is only LATE.
STALE_GAPS = 3
#: A tag that is read from a replica which is further behind is at least LATE [s], whatever its gap.
MOST_LAG_S = 30.0
#: Where no rule says it, a gap is longer than this many spacings (four may be missed, and clocks
#: jitter) and than this many seconds (below, a slow network looks like a gap).
GAP_SPACINGS, LEAST_GAP_S = 4.1, 30.0
#: So many readings may have come late into a time whose others are gone, and that shows.
FEW = 8


def limit(checks: Checks | ManyChecks, spacing: float | Floats | None) -> Floats:
    """Return the longest spacing that is no gap [s]: the rule's, else max(30, 4.1 spacings).

    Parameters
    ----------
    checks : of one tag, or of n
    spacing : median spacing of the readings [s], None or NaN where unknown; one or n
    """
    own = np.asarray(checks.gap_seconds, dtype=np.float64)
    typical = GAP_SPACINGS * np.asarray(spacing, dtype=np.float64)
    return np.where(np.isnan(own), np.fmax(LEAST_GAP_S, typical), own)


def freshness_codes(age: Floats, gap: Floats, lag: float = 0.0) -> Codes:
    """Return FRESH, LATE, STALE or NO_DATA (age NaN); `age`, `gap` [s] of one shape, any.

    Parameters
    ----------
    lag : how far the replica that was read is behind [s]: from MOST_LAG_S or the gap on none is
        FRESH, for a newer reading may be there
    """
    codes = (age > gap).astype(np.int8) + (age > STALE_GAPS * gap)
    codes = np.maximum(codes, np.where(lag > np.minimum(MOST_LAG_S, gap), LATE, FRESH))
    return np.where(np.isnan(age), NO_DATA, codes).astype(np.int8)


class ShownAges(NamedTuple):
    """What was last shown of n tags.

    Parameters
    ----------
    at : time of the newest reading that was ever seen [ns since 1970], NEVER without one
    age : how old it was said to be [s]
    steady : when that was said, by the steady clock [s]
    """

    at: Whole
    age: Floats
    steady: Floats

    def of(self, places: Whole) -> "ShownAges":
        """Return what was shown of the tags at these places."""
        return ShownAges(self.at[places], self.age[places], self.steady[places])

    def put(self, places: Whole, shown: "ShownAges") -> None:
        """Take in what is shown of the tags at these places."""
        self.at[places], self.age[places], self.steady[places] = shown

    def and_more(self, count: int) -> "ShownAges":
        """Return room for more tags, behind those that are known."""
        nothing = never_shown(count)
        return ShownAges(
            np.concatenate([self.at, nothing.at]),
            np.concatenate([self.age, nothing.age]),
            np.concatenate([self.steady, nothing.steady]),
        )


def never_shown(count: int) -> ShownAges:
    """Return what is known of tags that were never shown."""
    return ShownAges(np.full(count, NEVER), np.full(count, np.nan), np.full(count, np.nan))


def ages(now: int, at: Whole) -> Floats:
    """Return how old readings are by a clock: now - at [s] of times [ns], NaN without a reading.

    A reading of a clock that is up to 5 s ahead has the age 0.
    """
    present = at != NEVER
    age = (now - np.where(present, at, now)) / 1e9
    return np.where(present, np.maximum(age, 0.0), np.nan)


def carried_ages(now: int, at: Whole, steady: float, before: ShownAges) -> tuple[Floats, ShownAges]:
    """Return how old the newest readings are [s], NaN without one, and what is shown from now on.

    A reading ages by the database's clock, or by the steady one from the age that was last shown,
    whichever makes it older. A reading later than all before it starts afresh. One before them is
    older than they are by what lies between the two: it comes to light when a clock steps back and
    the later ones are of the future.

    Parameters
    ----------
    now : the database's clock [ns since 1970]
    at : time of each tag's newest reading [ns since 1970], NEVER without one
    steady : the steady clock [s]
    before : of the same tags
    """
    both = (at != NEVER) & (before.at != NEVER)
    older = np.where(both, before.at - np.where(both, at, 0), -1)
    age = ages(now, at)
    least = before.age + (steady - before.steady) + older / 1e9
    age = np.where(older >= 0, np.fmax(age, least), age)
    newest = (at != NEVER) & (older <= 0)
    return age, ShownAges(
        np.where(newest, at, before.at),
        np.where(newest, age, before.age),
        np.where(newest, steady, before.steady),
    )


#: The longest spacing that is no gap [s], or what returns it for times [ns].
Longest = float | Callable[[Whole], Floats]


@dataclass(frozen=True, slots=True)
class Gaps:
    """Stretches without a reading that are longer than allowed, in order.

    A chart asks for them at each of its lines: arrays cost it a tenth of what a frame does.

    Parameters
    ----------
    start, stop : of each [ns since 1970]
    seconds : how long each is
    zone : of the times of `frame`
    """

    start: Whole
    stop: Whole
    seconds: Floats
    zone: dt.tzinfo

    def __len__(self) -> int:
        return len(self.seconds)

    def part(self, places: Mask | slice) -> "Gaps":
        """Return some of them."""
        return Gaps(self.start[places], self.stop[places], self.seconds[places], self.zone)

    @property
    def times(self) -> list[tuple[dt.datetime, dt.datetime]]:
        """Start and stop of each, aware UTC, cut off to microseconds."""
        start, stop = (
            [EPOCH + dt.timedelta(microseconds=at // 1_000) for at in edge.tolist()]
            for edge in (self.start, self.stop)
        )
        return list(zip(start, stop, strict=True))

    @property
    def frame(self) -> pd.DataFrame:
        """Columns start, stop (times of the zone), seconds."""
        start, stop = (
            pd.DatetimeIndex(at, tz=dt.UTC).tz_convert(self.zone) for at in (self.start, self.stop)
        )
        return pd.DataFrame({"start": start, "stop": stop, "seconds": self.seconds})


def gaps_between(
    till: Whole, longest: Longest, first: int, last: int, ends: Whole | None, zone: dt.tzinfo
) -> Gaps:
    """Return the stretches of [first, last) without a reading that are longer than allowed.

    Parameters
    ----------
    till : times of the readings, or starts of the buckets that hold some, sorted [ns]
    longest : spacing that is no gap; where it depends on time, that where the stretch begins counts
    first, last : half-open bounds of the window [ns]; they count as edges of stretches
    ends : of the buckets [ns]: then a gap is a run of empty ones; None: `till` are of the readings
    zone : in which the gaps are told
    """
    inside = (till < last) & ((till >= first) if ends is None else (ends > first))
    since = np.concatenate([[first], (till if ends is None else ends)[inside]])
    till = np.concatenate([till[inside], [max(last, first)]])
    seconds = (till - since) / 1e9
    wide = seconds > (longest(since) if callable(longest) else longest)
    return Gaps(since[wide], till[wide], seconds[wide], zone)


class Silence(NamedTuple):
    """A stretch without rows [ns], and how far apart rows may be and follow one another [s]."""

    start: int
    stop: int
    longest: float


def silences(
    at: Whole, ends: Whole, first: int, last: int, spacing: float | None
) -> tuple[Silence, ...]:
    """Return the stretches of [first, last) without rows that are longer than all before them.

    They may be time whose readings are gone, with a few before them that came late: nothing else
    begins with little and then has nothing for longer. There are few, as each doubles the time.

    Parameters
    ----------
    at, ends : starts and ends of the rows that have readings, sorted [ns]
    spacing : of the readings [s], None where it is not known; of FEW rows it is that of late ones
    """
    longest = float(limit(UNCHECKED, spacing if len(at) > FEW else None))
    if not len(at):
        return (Silence(first, last, longest),)
    # No bucket that begins with a reading is one without; the database's times are of 1 us.
    since = np.concatenate([[first], np.maximum(ends, at + 1_000)])
    till = np.concatenate([at, [last]])
    some = (till - since > longest * 1e9) & (till - since > since - first)
    return tuple(
        Silence(*edges, longest)
        for edges in zip(since[some].tolist(), till[some].tolist(), strict=True)
    )


def moments_in_silences(first: int, last: int, longest: float) -> list[int]:
    """Return moments of [first, last) [ns] of which one lies in each of its `silences`.

    Each is twice as far from the start as the one before: so long a silence holds one of them.

    Parameters
    ----------
    longest : spacing that is none [s]
    """
    moments, step = [], int(longest * 1e9)
    while first + step < last:
        moments.append(first + step)
        step *= 2
    return moments


def with_breaks(
    frame: pd.DataFrame,
    longest: Floats | float,
    listed: Gaps | None = None,
) -> pd.DataFrame:
    """Return the frame with an empty row in the middle of every spacing where the line breaks.

    It breaks where the stretch between two rows is longer than allowed, and where it lies in a gap
    that is listed; buckets that follow one another have no stretch between them.

    Parameters
    ----------
    frame : index tz-aware, sorted; `seconds` is the width of each row, 0 for readings (or absent);
        with a break its whole numbers and flags become floats
    longest : stretch that is no gap, one or one a row [s]
    listed : the gaps of the window
    """
    index = pd.DatetimeIndex(frame.index)
    at = nanoseconds(index)
    start, stop = at[1:], arrays.ends(frame)[:-1]
    wide = (start - stop) / 1e9 > (longest[:-1] if isinstance(longest, np.ndarray) else longest)
    if listed is not None and len(listed):
        wide = wide | _in_gap(stop, start, listed)
    if not wide.any():
        return frame
    after = np.flatnonzero(wide)
    times = np.insert(at, after + 1, at[after] + np.diff(at)[after] // 2)
    values = np.insert(frame.to_numpy(dtype=np.float64), after + 1, np.nan, axis=0)
    rows = pd.DatetimeIndex(times, tz=dt.UTC).as_unit(index.unit).tz_convert(index.tz)
    broken = pd.DataFrame(values, rows.rename(index.name), frame.columns, copy=False)
    broken.attrs = dict(frame.attrs)
    return broken


def _in_gap(start: Whole, stop: Whole, listed: Gaps) -> Mask:
    """Return which stretches have a part of a gap in them; an empty stretch has none."""
    begin, end = listed.start, listed.stop
    # Gaps do not overlap: the first that ends after a stretch begins is the only one to look at.
    place = np.searchsorted(end, start, side="right").clip(max=len(end) - 1)
    return np.asarray((begin[place] < stop) & (end[place] > start) & (stop > start))
