"""The first readings of a window, however many there are in it."""

import pandas as pd

from data.analysis import arrays
from data.db import read_frame
from data.queries.plan import Request
from data.queries.relations import catalog, degrading
from data.sql import raw_statement


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
