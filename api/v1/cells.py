"""Columns of numbers and times as what JSON and CSV hold: None for what is missing."""

from datetime import datetime, timedelta, tzinfo
from typing import Any

import numpy as np
import pandas as pd

from data.analysis import arrays
from data.windows import EPOCH


def numbers(values: Any) -> list[float | None]:
    """Return numbers with every digit, None for what is not finite."""
    array = np.asarray(values, dtype=np.float64)
    cells: list[float | None] = array.tolist()
    if np.isfinite(array).all():
        return cells
    return [cell if fine else None for cell, fine in zip(cells, np.isfinite(array), strict=True)]


def counts(values: pd.Series) -> list[int | None]:
    """Return whole numbers, None for what is missing."""
    return [
        None if missing else int(each) for each, missing in zip(values, values.isna(), strict=True)
    ]


def times(at: Any, zone: tzinfo) -> list[str | None]:
    """Return times in a zone as ISO 8601 text with offset, None for what is missing.

    Parameters
    ----------
    at : nanoseconds since 1970, `arrays.NEVER` where there is none; or an index of times
    """
    if isinstance(at, pd.DatetimeIndex):
        at = arrays.nanoseconds(at)
    return [None if ns == arrays.NEVER else moment(ns // 1_000, zone) for ns in at.tolist()]


def moment(us: int, zone: tzinfo) -> str:
    """Return a time, microseconds since 1970, as ISO 8601 text with the offset of a zone."""
    return (EPOCH + timedelta(microseconds=us)).astimezone(zone).isoformat()


def text_of(time: datetime, zone: tzinfo) -> str:
    """Return a time as ISO 8601 text with the offset of a zone."""
    return time.astimezone(zone).isoformat()


def truths(values: pd.Series) -> list[bool]:
    """Return truths; what is missing is not so."""
    return [bool(each) for each in values.eq(True)]


def cells_of(column: pd.Series, kind: str, zone: tzinfo) -> list[Any]:
    """Return the values of a column as JSON and CSV hold them.

    Parameters
    ----------
    kind : time, number, whole, truth, text, or texts (with blanks between them)
    """
    if kind == "time":
        return times(pd.DatetimeIndex(column), zone)
    if kind == "number":
        return numbers(column.to_numpy(dtype=float))
    if kind == "whole":
        return counts(column)
    if kind == "truth":
        return truths(column)
    texts = ["" if text is None or text != text else text for text in column]
    return [text.split() for text in texts] if kind == "texts" else texts
