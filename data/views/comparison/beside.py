"""The columns of a table that tell of the other side, and by how much the two differ."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from data.analysis import arrays, comparison, kinds
from data.views.comparison.compared import Compared

TIME, DELTA = f"{comparison.PREFIX}time", f"{comparison.PREFIX}delta"
#: Columns of the other side in a table of rows.
NAMES = ("avg", "min", "max", "last", "first", "n")
OF_KINDS = ("difference", "state")


def columns_for(names: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of a comparison of these columns: its time, theirs, by how much."""
    return (TIME, *(comparison.PREFIX + name for name in names), DELTA)


COMPARED = columns_for((*NAMES, *OF_KINDS))


def beside(
    table: pd.DataFrame, against: Compared, names: Sequence[str] = (*NAMES, *OF_KINDS)
) -> pd.DataFrame:
    """Return rows of one tag with columns of what each is compared with.

    Parameters
    ----------
    table : rows of `cells`, columns time, n, filling and the numbers
    names : columns of the other side; `compare_time` stands before them, `compare_delta` after
        them: this side less the other, missing of a state and where either has no good value
    """
    times = pd.DatetimeIndex(table["time"])
    rows = against.rows(arrays.nanoseconds(times))
    added: dict[str, Any] = {TIME: _times(rows["at"].to_numpy(), times)}
    added |= {comparison.PREFIX + name: _column(rows, name, against) for name in names}
    added[DELTA] = _deltas(table, rows, against)
    return table.assign(**added)


def _times(at: arrays.Whole, like: pd.DatetimeIndex) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(at, tz="UTC").tz_convert(like.tz)


def _column(rows: pd.DataFrame, name: str, against: Compared) -> Any:
    """Return a column of the other side, of the type that it has on this one."""
    kind, values = against.tag.kind, arrays.column_of(rows, "last" if name == "state" else name)
    if name == "state":
        words = kinds.words(values.tolist(), against.tag.states)
        return np.array(words if kind == kinds.STATE else [""] * len(rows), dtype=object)
    if name in ("n", "reset"):
        missing = np.isnan(values) if name == "reset" else rows["at"].to_numpy() == arrays.NEVER
        return pd.arrays.IntegerArray(np.nan_to_num(values).astype(np.int64), np.asarray(missing))
    return np.full(len(rows), np.nan) if name == "sum" and kind != kinds.VALUE else values


def _deltas(table: pd.DataFrame, rows: pd.DataFrame, against: Compared) -> arrays.Floats:
    """Return this side less the other; of a counter not while the bucket still counts."""
    name, kind = against.column, against.tag.kind
    if name is None:
        return np.full(len(rows), np.nan)
    good = arrays.numbers(table["n"]) > 0
    if kind == kinds.COUNTER:
        good &= ~arrays.truths(table["filling"])
    here = np.where(good, arrays.column_of(table, name), np.nan)
    return comparison.deltas(kind, here, arrays.column_of(rows, name))
