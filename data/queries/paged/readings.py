"""The first readings of a window, and those beside some moments, however many there are in it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from data.analysis import arrays
from data.db import read_columns, read_frame
from data.queries.plan import Request, time_of
from data.queries.relations import catalog, degrading
from data.sql import beside_moments_statement, raw_statement


@degrading
def first_readings(request: Request, most: int) -> pd.DataFrame:
    """Return the first readings of a request's window by time, as files have them; past the cache.

    Returns
    -------
    DataFrame, columns ts (UTC), value [tag unit], qc; at most `most` rows.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    values = {"tag": request.tag, "start": request.start, "stop": request.stop}
    return arrays.as_files_have(read_frame(raw_statement(catalog().flagged, most), values))


@degrading
def beside(request: Request, moments: Sequence[int]) -> arrays.Whole:
    """Return the times of a request's readings next to some moments, either side, sorted [ns].

    Errors as for `first_readings`.
    """
    values = {"tag": request.tag, "start": request.start, "stop": request.stop}
    values["moments"] = [time_of(each) for each in moments]
    columns = read_columns(beside_moments_statement(), values)
    times = np.concatenate([arrays.nanoseconds(columns[name]) for name in ("earlier", "later")])
    return np.unique(times[times != arrays.NEVER])
