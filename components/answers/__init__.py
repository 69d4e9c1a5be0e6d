"""The charts that were drawn last, kept in this process for what stands below them.

Table, statistics and excursions ask right after their chart, for the very answer that is drawn;
what was read and judged for that is not read and judged again. Another process reads it anew.
"""

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import pandas as pd

from data.db import cache
from data.views import Columns, TagSeries, framed

#: So many answers are kept, the newest first, and so many rows of all of them.
MOST, MOST_ROWS = 4, 200_000
KEPT = "rows of charts"


@dataclass(frozen=True)
class Rows:
    """The rows of a chart: its series, and what `data.views` makes of them, arrays or a frame.

    Parameters
    ----------
    others : the series that each is compared with, None without one
    """

    series: Sequence[TagSeries]
    table: Columns | pd.DataFrame
    others: Sequence[TagSeries | None] = ()

    @property
    def count(self) -> int:
        """How many rows there are."""
        return self.table.count if isinstance(self.table, Columns) else len(self.table)

    @property
    def frame(self) -> pd.DataFrame:
        """The rows as a frame."""
        return framed(self.table) if isinstance(self.table, Columns) else self.table


Maker = Callable[[], Rows]
Series = Sequence[TagSeries]


class Chart(NamedTuple):
    """An answer: its name, its series, how its rows are made, and how many these are."""

    name: str
    series: Series
    make: Maker
    size: int


def keep(record: Mapping[str, Any], series: Series, make: Maker, size: int) -> None:
    """Keep an answer, and how its rows are made until they are asked for, and then the rows.

    Parameters
    ----------
    record : what the browser keeps of the answer
    size : how many rows there are
    """
    name = _name(record)
    others = [each for each in cache.recall(KEPT) or () if each.name != name]
    every = [Chart(name, series, make, size), *others][:MOST]
    held = itertools.accumulate(each.size for each in every)
    kept = [each for each, sum_ in zip(every, held, strict=True) if sum_ <= MOST_ROWS]
    cache.remember(KEPT, kept)


def series(record: Mapping[str, Any], read: Callable[[], Series]) -> Series:
    """Return the series of the answer that a record tells of; `read` reads them where none is kept.

    Raises
    ------
    BadInput, HistorianUnavailable
        As `read` does.
    """
    chart = _chart(record)
    return chart.series if chart else read()


def rows(record: Mapping[str, Any], read: Maker) -> Rows:
    """Return the rows of the answer that a record tells of; `read` makes them where none are kept.

    Raises
    ------
    BadInput, HistorianUnavailable
        As `read` does.
    """
    chart = _chart(record)
    made = chart.make() if chart else read()
    keep(record, made.series, partial(_same, made), made.count)
    return made


def _chart(record: Mapping[str, Any]) -> Chart | None:
    name = _name(record)
    return next((each for each in cache.recall(KEPT) or () if each.name == name), None)


def _same(made: Rows) -> Rows:
    return made


def _name(record: Mapping[str, Any]) -> str:
    return json.dumps([record.get("now"), record.get("query")], sort_keys=True)
