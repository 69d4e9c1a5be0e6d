"""The rows behind a figure, for its table and its file."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from data.analysis import arrays, kinds, quality
from data.queries import Tag
from data.views.comparison import COMPARED, Compared, beside
from data.views.series import TagSeries

#: Columns of a table or file of rows: of buckets, of indicators, and what stands beside either.
BUCKET_COLUMNS = ("avg", "min", "max", "last", "first", "n")
INDICATOR_COLUMNS = (
    *("avg", "sma_10", "sma_60", "ema_20", "lower", "middle", "upper", "sigma"),
    *("slope", "r2", "n"),
)
EXTRA_COLUMNS = (
    *("bad", "bad_value", "share", "coverage", "unit", "filling", "quality", "reasons"),
    "remade",
)
KIND_COLUMNS = ("state", "difference", "reset", "resultant")
Objects = np.ndarray[Any, np.dtype[np.object_]]


def rows(
    series: Sequence[TagSeries],
    now: datetime,
    columns: Sequence[str] = BUCKET_COLUMNS,
    against: Sequence[Compared] = (),
) -> pd.DataFrame:
    """Return the rows behind a figure, newest first, tags in their order within one time.

    Parameters
    ----------
    series : of the tags, in their order
    now : time up to which all readings are there, which says what still fills
    columns : of the numbers, a selection of BUCKET_COLUMNS, sum and diff, or of INDICATOR_COLUMNS
    against : what each series is compared with: the rows have the columns COMPARED besides

    Returns
    -------
    DataFrame with columns no, tag, time (site zone), `columns`, bad (readings left out of the
    numbers, missing where not known), bad_value (their extreme), share (of good ones among the
    readings of a bucket, 0…1, missing where not known), coverage (of the bucket, 0…1), unit,
    filling (the bucket will still change), quality (a word), reasons (words of `quality.REASONS`,
    with blanks between them), remade (the rollup lacks readings of it, and another source answers),
    state (word of the last value), difference and reset (1 or 0, of a counter), resultant (length,
    of an angle). The row of a single reading has its value as read, good or not; n + bad is 1.
    """
    parts = [cells(item, now, columns) for item in series]
    if not parts:
        every = ("no", "tag", "time", *columns, *EXTRA_COLUMNS, *KIND_COLUMNS)
        return pd.DataFrame(columns=[*every, *COMPARED])
    if against:
        parts = [beside(part, other) for part, other in zip(parts, against, strict=True)]
    place = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    table = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
    order = np.lexsort((place, -arrays.nanoseconds(table["time"])))
    table = table.take(order).reset_index(drop=True)
    table.insert(0, "no", np.arange(1, len(table) + 1))
    return table


def touching(
    table: pd.DataFrame, series: Sequence[TagSeries], start: datetime, stop: datetime
) -> pd.DataFrame:
    """Return those rows that touch [start, stop), numbered anew."""
    first, last = (pd.Timestamp(each).as_unit("ns").value for each in (start, stop))
    at = arrays.nanoseconds(table["time"])
    there = np.zeros(len(table), dtype=bool)
    for item in series:
        begins, ends = arrays.nanoseconds(item.frame.index), arrays.ends(item.frame)
        some = (begins < last) & np.where(ends > begins, ends > first, begins >= first)
        there |= (table["tag"] == item.tag.name).to_numpy() & np.isin(at, begins[some])
    found = table[there].reset_index(drop=True)
    return found.assign(no=np.arange(1, len(found) + 1))


def cells(item: TagSeries, now: datetime, columns: Sequence[str]) -> pd.DataFrame:
    """Return the rows of one series by time: the columns of `rows` but for `no`."""
    there = _drawn(item.frame, columns)
    frame = item.frame if there.all() else item.frame[there]
    marks = item.marks()
    fills = arrays.ends(frame) > pd.Timestamp(now).as_unit("ns").value
    numbers = {name: _number(item, frame, name) for name in columns}
    found = {
        "tag": _alike(item.tag.name, len(frame)),
        "time": pd.DatetimeIndex(frame.index),
        **numbers,
        "bad": _counted(frame),
        "bad_value": arrays.numbers(frame["bad_value"]),
        "share": _good(frame) if item.seconds else np.full(len(frame), np.nan),
        "coverage": item.bucket_coverage[there],
        "unit": _alike(item.tag.unit, len(frame)),
        "filling": fills & bool(item.seconds),
        "remade": arrays.truths(frame["remade"]),
        "quality": words_of(marks["quality"].to_numpy()[there], _quality),
        "reasons": words_of(marks["reasons"].to_numpy()[there], _reasons),
        **{name: arrays.column_of(frame, name) for name in ("difference", "resultant")},
        "reset": _resets(frame),
        "state": _states(item.tag, frame, numbers),
    }
    return pd.DataFrame(found)


def words_of(codes: arrays.Codes | arrays.Bits, word: Callable[[int], str]) -> Objects:
    """Return the word of each code; of each code it is asked for once."""
    each, places = np.unique(codes, return_inverse=True)
    return np.array([word(code) for code in each.tolist()], dtype=object)[places]


def _quality(code: int) -> str:
    return quality.QUALITIES[code]


def _reasons(bits: int) -> str:
    return " ".join(quality.reason_keys(bits))


def _alike(text: str, count: int) -> Objects:
    return np.full(count, text, dtype=object)


def _number(item: TagSeries, frame: pd.DataFrame, name: str) -> arrays.Floats | arrays.Whole:
    """Return a column of numbers; of a single reading its value as read, good or not."""
    values = arrays.numbers(frame[name])
    if name == "n":
        return np.nan_to_num(values).astype(np.int64)
    if item.seconds or name in ("sum", "diff") or (name == "avg" and item.of_kind):
        return values
    return np.where(np.isnan(values), arrays.numbers(frame["bad_value"]), values)


def _resets(frame: pd.DataFrame) -> Any:
    """Return whether a counter began again in each row, missing of any other tag."""
    told = "reset" in frame
    again = frame["reset"].to_numpy(np.int64) if told else np.zeros(len(frame), np.int64)
    return pd.arrays.IntegerArray(again, np.full(len(frame), not told))


def _states(tag: Tag, frame: pd.DataFrame, numbers: Mapping[str, Any]) -> Objects:
    """Return the word of the last value of a state in each row, empty texts of any other tag."""
    if tag.kind != kinds.STATE or "last" not in numbers:
        return _alike("", len(frame))
    return np.array(kinds.words(numbers["last"].tolist(), tag.states), dtype=object)


def _drawn(frame: pd.DataFrame, columns: Sequence[str]) -> arrays.Mask:
    """Return which rows the chart has a point of: readings, or an indicator at an empty bucket."""
    there = sum(np.nan_to_num(arrays.numbers(frame[name])) for name in ("n", "bad")) > 0
    for name in columns:
        if name != "n" and not np.all(there):
            there = there | ~np.isnan(arrays.numbers(frame[name]))
    return np.asarray(there)


def _counted(frame: pd.DataFrame) -> Any:
    """Return how many readings were left out of each row, missing where nobody counted them."""
    bad = np.nan_to_num(arrays.numbers(frame["bad"])).astype(np.int64)
    return pd.arrays.IntegerArray(bad, arrays.truths(frame["unknown"]) & (bad == 0))


def _good(frame: pd.DataFrame) -> arrays.Floats:
    """Return the share of good ones among the readings of each bucket, NaN where not known."""
    n, bad = (np.nan_to_num(arrays.numbers(frame[name])) for name in ("n", "bad"))
    known = (n + bad > 0) & ~(arrays.truths(frame["unknown"]) & (bad == 0))
    return np.where(known, n / np.maximum(n + bad, 1), np.nan)
