"""The lines of a trend with what each is compared with."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from components.charts import lines, offset
from components.comparison.words import chosen_of
from data.analysis import arrays, comparison, kinds, moments
from data.views import Compared, TagSeries, View
from figures.axes import Line
from figures.before import Before, Piece

MS = 1_000_000


def drawn(view: View, series: Sequence[TagSeries], against: Sequence[Compared]) -> list[Line]:
    """Return the line of each tag; of a comparison with its values, and one with its line.

    Parameters
    ----------
    against : what each series is compared with; none where nothing is
    """
    every = lines(series, view.tags)
    if not against:
        return every
    chosen = chosen_of(view, against)
    return [
        _with_before(view, line, other, other is chosen)
        for line, other in zip(every, against, strict=True)
    ]


def _with_before(view: View, line: Line, against: Compared, is_drawn: bool) -> Line:
    column = line.column(view.statistic)
    at = arrays.nanoseconds(line.frame.index)
    rows = against.rows(at)
    # A counter's reading tells nothing beside another: what is compared is what it counted.
    name = "difference" if line.kind == kinds.COUNTER and against.width else column
    before, here = arrays.column_of(rows, name), arrays.column_of(line.frame, against.column or "")
    delta = comparison.deltas(line.kind, here, arrays.column_of(rows, against.column or ""))
    if line.kind == kinds.COUNTER:
        seconds = line.frame["seconds"].to_numpy(dtype=float)
        ends = at + np.nan_to_num(seconds * 1e9).astype(np.int64)
        delta = np.where(ends > pd.Timestamp(view.now).as_unit("ns").value, np.nan, delta)
    other = against.other
    told = max(line.told.get(column, 0), other.digits.get(column, 0) if other else 0)
    there = ~np.isnan(arrays.numbers(line.frame["n"]))
    # What a reading is compared with is a reading; the clock tells of the time itself.
    earlier = rows["at"].to_numpy() if against.width else against.shift.earlier(at)
    compared = Before(
        column=column,
        told=told,
        pieces=_pieces(view, at[there], earlier[there]),
        counted=name == "difference",
        frame=_moved(against) if is_drawn else None,
    )
    return replace(line, frame=line.frame.assign(before=before, delta=delta), before=compared)


def _moved(against: Compared) -> pd.DataFrame | None:
    """Return the earlier line at the times of this window that it is compared with."""
    if against.other is None or against.frame is None or not len(against.frame):
        return None
    frame = against.other.with_breaks
    at = against.shift.later(arrays.nanoseconds(frame.index))
    index = pd.DatetimeIndex(at, tz="UTC").tz_convert(against.shift.zone)
    return frame.set_axis(index)[at != arrays.NEVER].sort_index(kind="stable")


def _pieces(view: View, at: arrays.Whole, other: arrays.Whole) -> list[Piece]:
    """Return from which time of the axis on the earlier clock read how much less.

    Parameters
    ----------
    at, other : times of the line, and what they are compared with [ns]
    """
    shown = at // MS + round(offset(view).total_seconds() * 1000)
    none = other == arrays.NEVER
    there = np.where(none, 0, other)
    ends = moments.offsets(pd.DatetimeIndex(there, tz="UTC").tz_convert(view.zone))
    ends, back = np.where(none, 0, ends), np.where(none, 0, shown - there // MS - ends)
    told = np.stack([none, back, ends])
    new = np.flatnonzero(np.append(True, (told[:, 1:] != told[:, :-1]).any(axis=0))[: len(at)])
    return [
        Piece(int(shown[k]), None if none[k] else int(back[k]), moments.offset_text(int(ends[k])))
        for k in new.tolist()
    ]
