"""The statistics of a window from its readings, where these are few enough to be read."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from data.analysis import arrays, excursions
from data.analysis import statistics as summing
from data.db import cached, read_packed
from data.queries.plan import time_of
from data.queries.readings import MOST_READINGS
from data.queries.relations import catalog, degrading
from data.queries.stretches import Asked, Question, asking, before
from data.sql import unflagged_statement


def _seconds(
    _question: Question, _kind: str, window: excursions.Stretch, _reaches: object
) -> float:
    return asking.shared_seconds(window)


@cached(_seconds)
@degrading
def statistics(
    question: Question,
    kind: str,
    window: excursions.Stretch,
    reaches: tuple[tuple[int, float], ...],
) -> summing.Statistics | None:
    """Return the statistics of a window [start, stop), not past now; None: too many readings.

    Parameters
    ----------
    reaches : from when on [ns] a reading holds for how long at most [s], in order

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    asked = Asked.of((question,), window)
    start, stop = (time_of(edge) for edge in window)
    values = {"tag": question.tag, "start": start, "stop": stop}
    frame = read_packed(unflagged_statement(catalog().flagged, MOST_READINGS + 1), values)
    if len(frame) > MOST_READINGS:
        return None
    frame = arrays.as_files_have(frame)
    number = arrays.numbers(frame["value"])
    value = asking.trusted(number, np.zeros(len(number), dtype=bool), question.checks)
    earlier = before.rows_before(asked, np.zeros(1, np.int64), window.start)
    at = np.append(earlier["at"].to_numpy(np.int64), arrays.nanoseconds(frame["ts"]))
    numbers = np.append(earlier["last"].to_numpy(), value)
    readings = pd.DataFrame({"value": numbers}, pd.DatetimeIndex(at, tz="UTC"))
    reach = arrays.stepped(reaches, at)
    return summing.of_readings(readings, question.checks, kind, window, reach)


def newest(question: Question, window: excursions.Stretch) -> summing.Moment:
    """Return the newest reading of a window that is not BAD, past the cache.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    rows = before.newest_good(Asked.of((question,), window), window.stop)
    rows = rows[rows["value"].notna() & (rows["at"] >= window.start)].iloc[-1:]
    pairs = zip(rows["value"].tolist(), rows["at"].tolist(), strict=True)
    return next((summing.Moment(*pair) for pair in pairs), summing.NOWHERE)


def moments(question: Question, of: Sequence[tuple[int, int, float]]) -> list[int]:
    """Return when a tag first had values in stretches [ns], past the cache.

    Of one whose reading is gone the start of the stretch.

    Parameters
    ----------
    of : start, stop [ns] and value of each

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    start, stop = (min(row[0] for row in of), max(row[1] for row in of))
    asked = Asked.of((question,), excursions.Stretch(start, stop))
    pieces = asking.pieces([(0, *row[:2]) for row in of])
    times = asking.moments(asked, pieces, np.array([row[2] for row in of]))
    return [times.get(place, row[0]) for place, row in enumerate(of)]
