"""Rows of buckets joined with what the rollups leave out of them, and what nobody counted."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pandas as pd

from data.analysis import arrays

#: Columns of which a bucket that comes twice has the sum.
ADDED = ("n", "bad", "marked")


def merged(frame: pd.DataFrame, low: float, high: float) -> pd.DataFrame:
    """Return rows of buckets with those joined that come twice: with readings, and left out.

    Parameters
    ----------
    frame : rows of `history_statement`, sorted by `bucket`, which comes twice at most
    low, high : outside them lies the extreme that `bad_value` is to tell [tag unit]
    """
    twice = frame["bucket"].duplicated().to_numpy()
    if not twice.any():
        return frame
    places = np.flatnonzero(twice)
    rows = places - 1 - np.arange(len(places))  # a row has gone for each twin before it
    columns = {}
    for name in frame.columns:
        column = frame[name].to_numpy().copy()
        one, other, column = column[places - 1], column[places], column[~twice]
        if name in ADDED:
            column[rows] = one + other
        elif name == "bad_value":
            column[rows] = _extreme(one, other, low, high)
        elif name != "bucket":
            column[rows] = np.where(np.isnan(one), other, one)
        columns[name] = column
    columns["bucket"] = frame["bucket"][~twice].array
    return pd.DataFrame(columns)


def _extreme(one: arrays.Floats, other: arrays.Floats, low: float, high: float) -> arrays.Floats:
    """Return of two values what lies outside the span, first above; inside it the greater."""
    least, most = np.fmin(one, other), np.fmax(one, other)
    return np.where(most > high, most, np.where(least < low, least, most))


def mark(
    frame: pd.DataFrame, spans: Sequence[tuple[datetime, datetime]], ends: pd.DatetimeIndex
) -> pd.Series:
    """Return which rows overlap a stretch; `ends` are the ends of their buckets."""
    index = pd.DatetimeIndex(frame.index)
    unknown = np.zeros(len(frame), dtype=bool)
    for start, stop in spans:
        unknown |= np.asarray((index < pd.Timestamp(stop)) & (ends > pd.Timestamp(start)))
    return pd.Series(unknown, frame.index)
