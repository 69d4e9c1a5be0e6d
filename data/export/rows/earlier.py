"""The other side of a comparison, read part by part as the rows of this one come."""

import numpy as np
import pandas as pd
import pyarrow as pa

from data import views
from data.analysis import arrays, comparison
from data.buckets import Resolution
from data.export import batches
from data.export.columns import OTHER
from data.export.contract import Question
from data.export.rows.gone import Look
from data.queries import Tag
from data.views import Caveats
from data.windows import DAY

#: So much of what was read stays: where clocks go back, later rows stand beside earlier ones [ns].
KEPT = 2 * DAY * 10**9


class Earlier:
    """Puts beside rows of one tag what they are compared with, in the order of time."""

    def __init__(
        self,
        question: Question,
        shift: comparison.TimeShift,
        tag: Tag,
        width: Resolution,
        most: int,
        caveats: Caveats | None = None,
    ) -> None:
        shift = shift.of(width)
        start, stop = shift.moved(question.start, question.stop)
        window = views.Window(tag, width, start, stop, question.now, question.zone)
        self._parts = views.parts(window, most, covered=False)
        self._against = views.Compared(tag, shift, start, stop, width, None)
        self._frame: pd.DataFrame | None = None
        self._ended = False
        self._look = Look(window.request, caveats)

    def beside(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return rows with columns of the other side; each call has later rows than the one before.

        Raises
        ------
        HistorianUnavailable
            If the historian does not answer.
        """
        at = self._against.shift.earlier(arrays.nanoseconds(pd.DatetimeIndex(table["time"])))
        there = at[at != arrays.NEVER]
        if len(there):
            self._read(int(there.max()))
        against = self._against.of(self._frame)
        rows = views.beside(table, against, OTHER)
        if len(there) and self._frame is not None:
            old = arrays.nanoseconds(self._frame.index) < int(there.max()) - KEPT
            self._frame = self._frame[~old]
        return rows

    def _read(self, until: int) -> None:
        """Read on until the rows reach a time [ns], or there are no more."""
        while not self._ended and (self._frame is None or _last(self._frame) < until):
            part = next(self._parts, None)
            if part is None:
                self._look.end()
                self._ended = True
                return
            self._look.at_part(part)
            both = [part.frame] if self._frame is None else [self._frame, part.frame]
            self._frame = pd.concat(both)


def _last(frame: pd.DataFrame) -> int:
    return int(arrays.nanoseconds(frame.index[-1:])[0]) if len(frame) else arrays.NEVER


def other_columns(table: pd.DataFrame, question: Question) -> dict[str, pa.Array]:
    """Return those of the asked columns that tell of the other side."""
    columns: dict[str, pa.Array] = {}
    for name in (name for name in question.columns if name.startswith(comparison.PREFIX)):
        column, kind = table[name], batches.type_of(name, question.zone)
        if pa.types.is_timestamp(kind):
            missing = column.isna().to_numpy(bool)
            at = pd.DatetimeIndex(column).as_unit("us").asi8
            columns[name] = batches.times(np.where(missing, 0, at), question.zone, missing)
        elif pa.types.is_dictionary(kind):
            columns[name] = batches.texts([str(text) for text in column])
        elif pa.types.is_floating(kind):
            columns[name] = batches.numbers(arrays.numbers(column))
        else:
            missing = column.isna().to_numpy(bool)
            whole = pa.array(column.fillna(0).to_numpy(np.int64), pa.int64(), mask=missing)
            columns[name] = whole.cast(kind)
    return columns
