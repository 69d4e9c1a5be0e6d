"""The rows of the charts that were drawn last, kept in this process for the tables below them.

A table asks right after its chart, for the rows of the very answer that is drawn; what was read and
judged for that is not read and judged again. Another process reads it anew.
"""

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from data.db import cache
from data.views import TagSeries

#: So many answers are kept, the newest first, and so many rows of all of them.
MOST, MOST_ROWS = 4, 200_000
KEPT = "rows of charts"


@dataclass(frozen=True)
class Rows:
    """The rows of a chart: its series, and the table of `data.views.rows` that they make."""

    series: Sequence[TagSeries]
    table: pd.DataFrame


Maker = Callable[[], Rows]


def keep(record: Mapping[str, Any], make: Maker, size: int) -> None:
    """Keep how the rows of an answer are made until they are asked for, and then the rows.

    Parameters
    ----------
    record : what the browser keeps of the answer
    size : how many rows there are
    """
    name = _name(record)
    others = [each for each in cache.recall(KEPT) or () if each[0] != name]
    every = [(name, make, size), *others][:MOST]
    held = itertools.accumulate(rows for _name, _make, rows in every)
    kept = [each for each, sum_ in zip(every, held, strict=True) if sum_ <= MOST_ROWS]
    cache.remember(KEPT, kept)


def rows(record: Mapping[str, Any], read: Maker) -> Rows:
    """Return the rows of the answer that a record tells of; `read` makes them where none are kept.

    Raises
    ------
    BadInput, HistorianUnavailable
        As `read` does.
    """
    name = _name(record)
    make = next((each for of, each, _size in cache.recall(KEPT) or () if of == name), read)
    made = make()
    keep(record, partial(_same, made), len(made.table))
    return made


def _same(made: Rows) -> Rows:
    return made


def _name(record: Mapping[str, Any]) -> str:
    return json.dumps([record.get("now"), record.get("query")], sort_keys=True)
