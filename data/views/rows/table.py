"""The rows behind a figure as a frame, for its table."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from data.analysis import arrays
from data.views.comparison import COMPARED, Compared, beside
from data.views.rows.columns import (
    BUCKET_COLUMNS,
    KIND_COLUMNS,
    Column,
    Columns,
    Counts,
    Words,
    newest_first,
    of_series,
)
from data.views.rows.columns import columns as columns_of
from data.views.series import TagSeries

#: What stands beside the numbers of any rows.
EXTRA_COLUMNS = (
    *("bad", "bad_value", "share", "coverage", "unit", "filling", "quality", "reasons"),
    "remade",
)


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
    if not series:
        every = ("no", "tag", "time", *columns, *EXTRA_COLUMNS, *KIND_COLUMNS)
        return pd.DataFrame(columns=[*every, *COMPARED])
    if not against:
        return framed(columns_of(series, now, columns))
    parts = [cells(item, now, columns) for item in series]
    parts = [beside(part, other) for part, other in zip(parts, against, strict=True)]
    place = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    table = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
    order = newest_first(arrays.nanoseconds(table["time"]), place)
    table = table.iloc[order].reset_index(drop=True)
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
    inside = table[there].reset_index(drop=True)
    return inside.assign(no=np.arange(1, len(inside) + 1))


def cells(item: TagSeries, now: datetime, columns: Sequence[str]) -> pd.DataFrame:
    """Return the rows of one series by time: the columns of `rows` but for `no`."""
    columns_of = of_series(item, now, columns)
    index = pd.DatetimeIndex(item.frame.index)
    times = pd.DatetimeIndex(columns_of["time"], tz="UTC").tz_convert(index.tz).as_unit(index.unit)
    return pd.DataFrame(
        {name: _cells_of(column) for name, column in columns_of.items()} | {"time": times}
    )


def framed(columns: Columns) -> pd.DataFrame:
    """Return rows that stand as arrays as a frame: what `rows` returns."""
    cells_of = {name: _cells_of(column) for name, column in columns.by_name.items()}
    return pd.DataFrame(cells_of | {"time": columns.times})


def _cells_of(column: Column) -> Any:
    if isinstance(column, Words):
        return pd.array(list(column.texts), dtype="str").take(column.places)
    return pd.arrays.IntegerArray(*column) if isinstance(column, Counts) else column
