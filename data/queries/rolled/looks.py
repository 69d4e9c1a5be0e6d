"""Looks at the rows of rollups before some moments, where the readings are gone."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

import numpy as np

from data.analysis import arrays, rolled, spacing
from data.queries.asking import read_columns
from data.queries.plan import time_of
from data.queries.relations import catalog
from data.sql import rows_before_statement

#: So many rows tell how far apart readings are; of fewer a coarser rollup may tell more.
ENOUGH = spacing.END


def looks(tags: Sequence[str], moments: Sequence[int]) -> list[spacing.Look]:
    """Return what the finest rollup that has rows of a tag before a moment [ns] tells of each.

    Without a spacing where none has.

    Parameters
    ----------
    tags, moments : as many of each

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    none = np.zeros(0, np.int64)
    best = [rolled.look(moment, none, none.astype(float), 1) for moment in moments]
    most, due = np.zeros(len(moments), np.int64), list(range(len(moments)))
    for width in reversed(catalog().rollups):
        if not due:
            break
        rows = _rows([tags[each] for each in due], [moments[each] for each in due], width)
        for place, (at, counts) in zip(due, rows, strict=True):
            if len(at) > most[place]:
                most[place] = len(at)
                best[place] = rolled.look(moments[place], at, counts, width * 10**9)
        due = [place for place in due if most[place] < ENOUGH]
    return best


def spacings_of(tags: Sequence[str], moment: int) -> list[float]:
    """Return how far apart readings of tags were before a moment [ns] in seconds, NaN if unknown.

    Errors as for `looks`.
    """
    return [each.after for each in looks(tags, [moment] * len(tags))]


def _rows(
    tags: Sequence[str], moments: Sequence[int], width: int
) -> list[tuple[arrays.Whole, arrays.Floats]]:
    """Return starts [ns] and counts of the rows that are over at each moment [ns], by time."""
    edges = [time_of(each) - timedelta(seconds=width, microseconds=-1) for each in moments]
    values = {"tags": list(tags), "befores": edges}
    columns = read_columns(rows_before_statement(width, catalog().left), values)
    at, n, place = arrays.nanoseconds(columns["bucket"]), columns["n"], columns["tag"]
    order = np.lexsort((at, place))
    order = order[n[order] > 0]
    bounds = np.searchsorted(place[order], np.arange(len(tags) + 1)).tolist()
    parts = [order[low:high] for low, high in pairwise(bounds)]
    return [(at[part], n[part].astype(np.float64)) for part in parts]
