"""The rows that a table scrolls to, as JSON has them."""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from components.tables.columns import BLOCK
from components.tables.order import is_plain, shown
from components.words import needs_readings
from data.analysis import comparison, digits, kinds, moments
from data.errors import BadInput
from data.views import Column, Columns, Counts, TagSeries, Words, framed


def block(
    rows: Columns | pd.DataFrame,
    request: Mapping[str, Any],
    series: Sequence[TagSeries] = (),
    others: Sequence[TagSeries | None] = (),
) -> dict[str, Any]:
    """Return the rows that a grid asked for, as its getRowsResponse.

    Parameters
    ----------
    rows : as `data.views.columns` or `data.views.rows` return them
    request : getRowsRequest: startRow, endRow, and what to sort and to filter by
    series : of the rows; states are told in words, numbers with the digits of their tag
    others : the series that each of them is compared with; none where nothing is

    Raises
    ------
    BadInput
        If it asks for no rows that there can be, for more than a grid does, or by what no column
        is sorted or filtered by.
    """
    first, last = _row(request, "startRow", 0), _row(request, "endRow", BLOCK)
    if last - first > 10 * BLOCK:
        raise BadInput("bad_call", part="endRow")
    of_kinds = [item for item in series if item.of_kind is not None]
    if isinstance(rows, Columns):
        if is_plain(request) and not of_kinds:
            return _plain(rows, slice(first, last), {item.tag.name: item.digits for item in series})
        rows = framed(rows)
    rows = shown(rows, request)
    part = rows.iloc[first:last]
    with_fractions = moments.fractional(pd.DatetimeIndex(rows["time"])) if len(rows) else False
    if len(part):
        times = pd.DatetimeIndex(part["time"])
        part = part.assign(time=moments.texts(times, with_fractions))
    compares = "compare_time" in part
    if compares:
        part = part.assign(compare_time=_earlier(part["compare_time"], with_fractions))
    pairs = itertools.zip_longest(series, others)
    told = {item.tag.name: _digits(item, other, compares) for item, other in pairs}
    for item in of_kinds:
        part = _in_words(part.astype(object), item)
    cells = {str(name): _cells(part[name]) for name in part.columns}
    return {"rowData": _records(cells, told), "rowCount": len(rows)}


def _plain(rows: Columns, which: slice, told: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """Return rows as they are, without a frame: a page is a small part of them."""
    part = rows.taken(which)
    cells = {name: _values(column) for name, column in part.by_name.items()}
    cells["time"] = moments.texts(part.times, moments.fractional(rows.times))
    return {"rowData": _records(cells, told), "rowCount": rows.count}


def _records(
    cells: Mapping[str, list[Any]], told: Mapping[str, Mapping[str, int]]
) -> list[dict[str, Any]]:
    """Return a record a row: its cells by column, and `digits` of its numbers."""
    names = [*cells, "digits"]
    digits = [told.get(tag, {}) for tag in cells["tag"]]
    return [dict(zip(names, row, strict=True)) for row in zip(*cells.values(), digits, strict=True)]


def _values(column: Column) -> list[Any]:
    """Return the values of an array as JSON has them: None for what is missing."""
    if isinstance(column, Words):
        return [column.texts[place] for place in column.places.tolist()]
    if isinstance(column, Counts):
        pairs = zip(column.values.tolist(), column.missing.tolist(), strict=True)
        return [None if gone else value for value, gone in pairs]
    return _without_nan(column.tolist()) if column.dtype == np.float64 else column.tolist()


def _cells(column: pd.Series) -> list[Any]:
    """Return the values of a column as JSON has them: None for what is missing."""
    cells: list[Any] = column.tolist()
    if column.dtype == np.float64:
        return _without_nan(cells)
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "bi":
        return cells
    return [None if gone else cell for cell, gone in zip(cells, column.isna(), strict=True)]


def _without_nan(numbers: list[float]) -> list[Any]:
    return [None if math.isnan(number) else number for number in numbers]


def _earlier(times: pd.Series, with_fractions: bool) -> pd.Series:
    """Return times as they are written, nothing where there is none."""
    there = times.dropna()
    texts = moments.texts(pd.DatetimeIndex(there), with_fractions)
    return pd.Series(texts, there.index, dtype=object).reindex(times.index)


def _digits(item: TagSeries, other: TagSeries | None, compares: bool) -> Mapping[str, int]:
    """Return how numbers are written; what is compared, with the digits of the side with more."""
    if not compares:
        return item.digits
    there = other.digits if other else {}
    most = {name: max(told, there.get(name, told)) for name, told in item.digits.items()}
    column = "last" if item.tag.kind == kinds.COUNTER else "avg"
    compared = {f"{comparison.PREFIX}{name}": told for name, told in most.items()}
    return {**item.digits, **compared, f"{comparison.PREFIX}delta": most[column]}


def _row(request: Mapping[str, Any], name: str, without: int) -> int:
    row = request.get(name, without)
    if type(row) is not int or row < 0:
        raise BadInput("bad_call", part=name)
    return row


def _in_words(part: pd.DataFrame, item: TagSeries) -> pd.DataFrame:
    """Return rows (of objects) with the texts of those of a state or an angle."""
    mine = (part["tag"] == item.tag.name) & (item.of_kind is not None)
    if not mine.any():
        return part
    if item.tag.kind == kinds.STATE:
        names = ("min", "max", "last", "first")
        there = [name for name in map(comparison.PREFIX.__add__, names) if name in part]
        for name in (*names, *there):
            values = part.loc[mine, name].astype(float).tolist()
            part.loc[mine, name] = kinds.words(values, item.tag.states, digits.MINUS)
    if item.tag.kind == kinds.ANGLE and item.of_kind and item.of_kind.needs_readings:
        part.loc[mine, "avg"] = needs_readings()
    return part
