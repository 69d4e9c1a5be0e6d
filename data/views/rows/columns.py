"""The rows behind a figure as arrays, a column each: a file is written of them without a frame."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from data.analysis import arrays, kinds, quality
from data.queries import Tag
from data.views.presence import held
from data.views.series import TagSeries

#: Columns of a table or file of rows: of buckets, of indicators, and what stands beside either.
BUCKET_COLUMNS = ("avg", "min", "max", "last", "first", "n")
INDICATOR_COLUMNS = (
    *("avg", "sma_10", "sma_60", "ema_20", "lower", "middle", "upper", "sigma"),
    *("slope", "r2", "n"),
)
KIND_COLUMNS = ("state", "difference", "reset", "resultant")
#: Columns in which a single reading stands as it was read.
OF_READING = ("avg", "min", "max", "last", "first")
#: Which rows of a column: in another order, or some of them.
Order = slice | arrays.Whole
NEWEST_FIRST = slice(None, None, -1)


class Words(NamedTuple):
    """A text a row: every text once, and which of them each row has."""

    texts: tuple[str, ...]
    places: np.ndarray[Any, np.dtype[np.integer[Any]]]

    def taken(self, order: Order) -> "Words":
        """Return the texts of these rows."""
        return Words(self.texts, self.places[order])


class Counts(NamedTuple):
    """A whole number a row, missing in some rows."""

    values: arrays.Whole
    missing: arrays.Mask

    def taken(self, order: Order) -> "Counts":
        """Return the numbers of these rows."""
        return Counts(self.values[order], self.missing[order])


#: An array of numbers, truths or times [ns since 1970, NEVER where there is none], or one of these.
Column = np.ndarray[Any, Any] | Words | Counts


@dataclass(frozen=True, slots=True)
class Columns:
    """Rows by column, all of one length.

    Parameters
    ----------
    count : how many rows there are
    zone : whose clock their times are written by
    """

    count: int
    zone: str
    by_name: dict[str, Column]

    @property
    def times(self) -> pd.DatetimeIndex:
        """The time of each row, by the clock of their zone."""
        return pd.DatetimeIndex(self.by_name["time"], tz="UTC").tz_convert(self.zone)

    def taken(self, order: Order) -> "Columns":
        """Return these rows."""
        rows = {name: _taken(column, order) for name, column in self.by_name.items()}
        return Columns(len(rows["no"]), self.zone, rows)


def columns(
    series: Sequence[TagSeries], now: datetime, names: Sequence[str] = BUCKET_COLUMNS
) -> Columns:
    """Return what `rows` does of series that nothing is compared with, as arrays.

    One array stands for all columns of single readings that are the same.
    """
    parts = [of_series(item, now, names) for item in series]
    if not parts:
        return Columns(0, "UTC", {})
    zone = str(pd.DatetimeIndex(series[0].frame.index).tz)
    places = [np.full(len(part["time"]), place) for place, part in enumerate(parts)]
    joined = parts[0] if len(parts) == 1 else _joined(parts)
    order = newest_first(np.asarray(joined["time"]), np.concatenate(places))
    count, taken = len(joined["time"]), dict[int, Column]()
    for column in joined.values():
        if id(column) not in taken:
            taken[id(column)] = _taken(column, order)
    by_name = {name: taken[id(column)] for name, column in joined.items()}
    return Columns(count, zone, {"no": np.arange(1, count + 1), **by_name})


def newest_first(at: arrays.Whole, place: arrays.Whole) -> Order:
    """Return the order of rows by time [ns], newest first; of one time by the place of the tag."""
    if (at[1:] > at[:-1]).all():
        return NEWEST_FIRST
    return np.lexsort((place, -at))


def _taken(column: Column, order: Order) -> Column:
    if isinstance(column, np.ndarray):
        return np.ascontiguousarray(column[order])
    return column.taken(order)


def _joined(parts: Sequence[dict[str, Column]]) -> dict[str, Column]:
    """Return the columns of all parts, one below the other; what is one array stays one."""
    below: dict[tuple[int, ...], Column] = {}
    joined: dict[str, Column] = {}
    for name in parts[0]:
        each = [part[name] for part in parts]
        key = tuple(id(column) for column in each)
        if key not in below:
            below[key] = _below(each)
        joined[name] = below[key]
    return joined


def _below(each: Sequence[Any]) -> Column:
    if isinstance(each[0], Words):
        starts = accumulate((len(words.texts) for words in each), initial=0)
        pairs = zip(each, starts, strict=False)  # after the last there would begin another
        moved = [words.places.astype(np.int64) + start for words, start in pairs]
        return Words(sum((words.texts for words in each), ()), np.concatenate(moved))
    if isinstance(each[0], Counts):
        return Counts(*(np.concatenate(fields) for fields in zip(*each, strict=True)))
    return np.concatenate(each)


def of_series(item: TagSeries, now: datetime, names: Sequence[str]) -> dict[str, Column]:
    """Return the columns of `rows` of one series by time, but for `no`."""
    there = _drawn(item.frame, names)
    frame = item.frame if there.all() else item.frame[there]
    marks = item.marks()
    fills = arrays.ends(frame) > pd.Timestamp(now).as_unit("ns").value
    numbers = _numbers(item, frame, names)
    none = np.full(len(frame), np.nan)
    return {
        "tag": _alike(item.tag.name, len(frame)),
        "time": arrays.nanoseconds(frame.index),
        **numbers,
        "bad": _counted(frame),
        "bad_value": arrays.numbers(frame["bad_value"]),
        "share": _good(frame) if item.seconds else none,
        "coverage": item.bucket_coverage[there] if item.seconds else none,
        "unit": _alike(item.tag.unit, len(frame)),
        "filling": fills & bool(item.seconds),
        "remade": arrays.truths(frame["remade"]),
        "quality": words_of(marks.quality[there], _quality),
        "reasons": words_of(marks.reasons[there], _reasons),
        **{name: _column_or(frame, name, none) for name in ("difference", "resultant")},
        "reset": _resets(frame),
        "state": _states(item.tag, frame, numbers),
    }


def words_of(codes: arrays.Codes | arrays.Bits, word: Callable[[int], str]) -> Words:
    """Return the word of each code; of each code it is asked for once."""
    if not len(codes):
        return _alike("", 0)
    least = int(codes.min())
    above = codes.astype(np.int64) - least
    is_there = np.bincount(above) > 0
    texts = tuple(word(code) for code in (np.flatnonzero(is_there) + least).tolist())
    return Words(texts, (np.cumsum(is_there) - 1)[above])


def _quality(code: int) -> str:
    return quality.QUALITIES[code]


def _reasons(bits: int) -> str:
    return " ".join(quality.reason_keys(bits))


def _alike(text: str, count: int) -> Words:
    return Words((text,), np.zeros(count, np.int8))


def _column_or(frame: pd.DataFrame, name: str, none: arrays.Floats) -> arrays.Floats:
    return arrays.numbers(frame[name]) if name in frame else none


def _numbers(item: TagSeries, frame: pd.DataFrame, names: Sequence[str]) -> dict[str, Column]:
    """Return the columns of numbers; of a single reading its value as read, good or not."""
    numbers: dict[str, Column] = {}
    as_read = None if item.seconds else _as_read(frame)
    for name in names:
        if name == "n":
            numbers[name] = arrays.counts(frame[name]).astype(np.int64)
        elif as_read is None or name not in OF_READING or (name == "avg" and item.of_kind):
            numbers[name] = arrays.numbers(frame[name])
        else:
            numbers[name] = as_read
    return numbers


def _as_read(frame: pd.DataFrame) -> arrays.Floats:
    """Return the values of single readings, which the history has in each of their columns."""
    values = arrays.numbers(frame["last"])
    return np.where(np.isnan(values), arrays.numbers(frame["bad_value"]), values)


def _resets(frame: pd.DataFrame) -> Counts:
    """Return whether a counter began again in each row, missing of any other tag."""
    told = "reset" in frame
    again = frame["reset"].to_numpy(np.int64) if told else np.zeros(len(frame), np.int64)
    return Counts(again, np.full(len(frame), not told))


def _states(tag: Tag, frame: pd.DataFrame, numbers: dict[str, Column]) -> Words:
    """Return the word of the last value of a state in each row, empty texts of any other tag."""
    last = numbers.get("last")
    if tag.kind != kinds.STATE or not isinstance(last, np.ndarray):
        return _alike("", len(frame))
    each, places = np.unique(last, return_inverse=True)
    return Words(tuple(kinds.words(each.tolist(), tag.states)), places)


def _drawn(frame: pd.DataFrame, names: Sequence[str]) -> arrays.Mask:
    """Return which rows the chart has a point of: readings, or an indicator at an empty bucket."""
    there = held(frame) > 0
    for name in names:
        if name != "n" and not np.all(there):
            there = there | ~np.isnan(arrays.numbers(frame[name]))
    return np.asarray(there)


def _counted(frame: pd.DataFrame) -> Counts:
    """Return how many readings were left out of each row, missing where nobody counted all."""
    return Counts(arrays.counts(frame["bad"]).astype(np.int64), _uncounted(frame))


def _uncounted(frame: pd.DataFrame) -> arrays.Mask:
    """Return of which rows some readings were not counted, or BAD ones could not be left out."""
    return arrays.truths(frame["unknown"]) | arrays.truths(frame["marked"])


def _good(frame: pd.DataFrame) -> arrays.Floats:
    """Return the share of good ones among the readings of each bucket, NaN where not known."""
    n, bad = (arrays.counts(frame[name]) for name in ("n", "bad"))
    counted = (n + bad > 0) & ~_uncounted(frame)
    return np.where(counted, n / np.maximum(n + bad, 1), np.nan)
