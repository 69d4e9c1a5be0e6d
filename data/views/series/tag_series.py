"""What there is of one tag in a view."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pandas as pd

from data import buckets
from data.analysis import Gaps, arrays, coverage, digits, gaps, quality
from data.buckets import Resolution
from data.db import HistorianUnavailable
from data.queries import Tag, Whole
from data.views.kinds import OfKind
from data.views.presence import Presence, Rows, rows_of

#: Columns of which the numbers are readings, and those that are drawn on one axis with means.
READINGS = ("min", "max", "first", "last")
MEANS_AND_BANDS = ("avg", "sma_10", "sma_60", "ema_20", "lower", "middle", "upper")
#: Numbers of indicators that have a scale each of their own.
ALONE = ("sigma", "slope", "r2")
#: Judges the rows of a history.
Judge = Callable[[], quality.Marks]


@dataclass(frozen=True, slots=True)
class TagSeries:
    """What there is of one tag in a view.

    Parameters
    ----------
    frame : history or indicators, index `bucket`, without break rows
    resolution, seconds : width of the buckets as a token and in seconds, 0 for single readings
    source : the relations read
    spacing : median spacing of the readings [s], None if unknown
    find_presence : returns `presence`; of single readings that is found when somebody asks for it
    marks : returns quality and reasons of each row (see `quality.QUALITIES`, bits of
        `quality.REASONS`): a table shows them, a chart does not
    readings : how many there are, those left out of the statistics included
    until : the database's clock when the view was asked for, or the time of an old answer
    as_of : when the historian gave this, by its clock; `error` says why it gave nothing newer
    of_kind : what is said of a state, an angle or a counter, None for a value
    unchecked : buckets that may lack readings, and were not looked after
    deleted : buckets that count readings which somebody deleted since
    gone : time before which the rollups alone tell, for the readings are gone; None without one
    wider : the finest width that tells what is gone at this one, where this is asked for or that is
        one of another zone; None elsewhere
    """

    tag: Tag
    frame: pd.DataFrame
    resolution: str
    seconds: float
    source: str
    spacing: float | None
    find_presence: Callable[[], Presence]
    marks: Judge
    readings: int
    until: datetime
    as_of: datetime
    error: HistorianUnavailable | None
    of_kind: OfKind | None = None
    unchecked: int = 0
    deleted: int = 0
    gone: datetime | None = None
    wider: Whole | None = None
    #: Filled when they are asked for first: a chart, its chips and its table ask for them.
    _digits: dict[str, int] = field(default_factory=dict, init=False, repr=False, compare=False)
    _rows: list[Rows] = field(default_factory=list, init=False, repr=False, compare=False)
    _presence: list[Presence] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def width(self) -> Resolution | None:
        """Of its buckets; None of single readings."""
        return buckets.resolution(self.resolution) if self.seconds else None

    def tells_more(self, other: "TagSeries") -> bool:
        """Return whether it has a row with readings within what is before or between another's."""
        (at, ends), (first, last) = (each.rows.with_readings for each in (self, other))
        if not len(first):
            return bool(len(at))
        last = np.maximum(last, first + 1)  # a reading is in the row that begins with it
        place = np.searchsorted(first, ends)  # of the first row that begins when it ends, or later
        return bool((at >= np.where(place > 0, last[place - 1], at)).any())

    def with_rows(self, frame: pd.DataFrame, rows: Rows) -> "TagSeries":
        """Return the series with the rows that were made of a frame, if that is its own."""
        if frame is self.frame:
            self._rows.append(rows)
        return self

    @property
    def rows(self) -> Rows:
        """The rows of the frame as arrays."""
        if not self._rows:
            self._rows.append(rows_of(self.frame))
        return self._rows[0]

    @property
    def presence(self) -> Presence:
        """Gaps, coverage and what was expected."""
        if not self._presence:
            self._presence.append(self.find_presence())
        return self._presence[0]

    @property
    def with_breaks(self) -> pd.DataFrame:
        """The frame of the line: rows with a good value, and an empty row in every gap."""
        some = self.rows.good > 0
        good = self.frame if some.all() else self.frame[some]
        at, due = self.rows.at[some], self.presence.expectation
        return gaps.with_breaks(good, due.limits(self.tag.checks, at), self.gaps)

    @property
    def digits(self) -> dict[str, int]:
        """How the numbers of each column are written, in table and chart alike."""
        if not self._digits:
            self._digits.update(self._digits_by_column())
        return self._digits

    def _digits_by_column(self) -> dict[str, int]:
        if "sma_10" in self.frame:
            decimals = self.tag.decimals
            return {
                **digits.by_column(self.frame, decimals, MEANS_AND_BANDS, ("min", "max")),
                **{name: digits.by_column(self.frame, None, (name,))[name] for name in ALONE},
            }
        if not self.seconds:  # a single reading stands in every column
            told = digits.by_column(self.frame, self.tag.decimals, ("last",))
            return dict.fromkeys(("avg", *READINGS), told["last"])
        return digits.by_column(self.frame, self.tag.decimals, ("avg",), READINGS)

    @property
    def gaps(self) -> Gaps:
        """Every gap of the window."""
        return self.presence.gaps

    @property
    def coverage(self) -> float:
        """The share of expected readings that is there, 0…1; NaN where none can be expected."""
        return self.presence.coverage

    @property
    def bucket_coverage(self) -> arrays.Floats:
        """The coverage of each bucket, 0…1; NaN for single readings and where none is expected."""
        if not self.seconds:
            return np.full(len(self.frame), np.nan)
        start, stop = self.rows.at, self.rows.ends
        now = pd.Timestamp(self.until).as_unit("ns").value  # a bucket that fills is due so far
        stop, due = np.minimum(stop, np.maximum(start, now)), self.presence.expectation
        return coverage.bucket_shares(due, start, stop, self.rows.counts)

    @property
    def uncounted(self) -> tuple[datetime, datetime] | None:
        """Start of the first and of the last bucket of which nobody counted what was left out."""
        places = np.flatnonzero(arrays.truths(self.frame["unknown"]))
        if not len(places):
            return None
        first, last = pd.DatetimeIndex(self.frame.index)[places[[0, -1]]]
        return first.to_pydatetime(), last.to_pydatetime()

    @property
    def remade(self) -> int:
        """Of how many rows the rollup lacks readings, so that another source answers them."""
        return int(arrays.truths(self.frame["remade"]).sum())

    @property
    def bad(self) -> pd.DataFrame | None:
        """The rows that hold BAD readings: `bad` how many, `bad_value` the extreme; None: none."""
        some = self.rows.bad > 0
        if not some.any():
            return None
        columns = {name: self.frame[name].to_numpy()[some] for name in ("bad", "bad_value")}
        return pd.DataFrame(columns, self.frame.index[some])
