"""The columns of excursions."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

#: Columns of excursions, and their types.
COLUMNS = {
    "tag": "i8",
    "start": "M8[ns]",
    "stop": "M8[ns]",
    "seconds": "f8",
    "level": "i1",
    "limit": "i1",
    "limit_value": "f8",
    "extreme": "f8",
    "extreme_at": "M8[ns]",
    "over": "f8",
    "coverage": "f8",
    "began_before": "?",
    "still_on": "?",
}


def none() -> pd.DataFrame:
    """Return the excursions of a window without any."""
    return framed({name: np.zeros(0, kind) for name, kind in COLUMNS.items()})


def framed(columns: dict[str, NDArray[Any]]) -> pd.DataFrame:
    """Return columns of excursions as a frame; times are UTC.

    Parameters
    ----------
    columns : times as ns since 1970, `arrays.NEVER` where there is none
    """
    typed: dict[str, Any] = {}
    for name, kind in COLUMNS.items():
        column = columns[name].astype(kind)
        typed[name] = pd.DatetimeIndex(column, tz="UTC") if kind == "M8[ns]" else column
    return pd.DataFrame(typed)
