"""The array types of `analysis/`, columns of a frame as arrays, decimals of numbers."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
#: A code a tag or reading: quality, freshness, alarm, badge.
Codes = NDArray[np.int8]
#: The reasons of a reading as bits.
Bits = NDArray[np.int16]
Mask = NDArray[np.bool_]
#: Nanoseconds since 1970 (UTC), or places in an array.
Whole = NDArray[np.int64]
#: The time of a reading that is not there, as pandas itself has it (NaT).
NEVER = np.iinfo(np.int64).min
#: Times up to here can be told in nanoseconds [us since 1970], before it and after it.
FAR = np.iinfo(np.int64).max // 1_000
#: Stretches of time [ns], sorted, without overlap.
Stretches = tuple[tuple[int, int], ...]
#: More of them in a window than this become fewer: near ones count as one.
MOST_STRETCHES = 64
#: Decimals beyond these are noise of a conversion, not digits that an instrument gives.
MOST_DECIMALS = 9
#: How far, as a share of itself, a number may lie from a decimal that it stands for: half a unit in
#: the last place of a float32, and some roundings of a float64.
SINGLE_NOISE, DOUBLE_NOISE = 6e-8, 1e-12


def nanoseconds(times: "pd.Index | pd.Series[pd.Timestamp]") -> Whole:
    """Return aware times as ns since 1970 (UTC); NaT is NEVER."""
    index = times if isinstance(times, pd.DatetimeIndex) else pd.DatetimeIndex(times)
    at = index.asi8
    if index.unit == "us" and len(at) and at.min() > -FAR and at.max() < FAR:
        return at * 1_000  # as a historian has them: a tenth of the time
    return index.as_unit("ns").asi8


def ends(frame: pd.DataFrame) -> Whole:
    """Return where rows end [ns]: `seconds` after their index; that is 0 for readings (or absent).

    Parameters
    ----------
    frame : index tz-aware
    """
    at = nanoseconds(frame.index)
    return after(at, frame["seconds"].to_numpy(dtype=np.float64)) if "seconds" in frame else at


def after(at: Whole, seconds: Floats) -> Whole:
    """Return the times [ns] so many seconds after others."""
    return at + np.rint(seconds * 1e9).astype(np.int64)


def stepped(steps: Sequence[tuple[int, float]], at: Whole) -> Floats:
    """Return what holds at times [ns].

    Parameters
    ----------
    steps : from when on [ns] which number holds, in order; the first one before that too
    """
    since = np.array([ns for ns, _number in steps], dtype=np.int64)
    place = (np.searchsorted(since, at, side="right") - 1).clip(min=0)
    return np.array([number for _ns, number in steps], dtype=np.float64)[place]


def numbers(column: pd.Series) -> Floats:
    """Return a column as float64, NaN where a cell is missing."""
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iuf":  # nothing to look for
        return column.to_numpy().astype(np.float64, copy=False)
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def counts(column: pd.Series) -> Floats:
    """Return a column of counts as float64, 0 where a cell is missing."""
    values = numbers(column)
    return np.where(np.isnan(values), 0.0, values)


def column_of(frame: pd.DataFrame, name: str) -> Floats:
    """Return a column as float64, NaN in every row where the frame has none of that name."""
    return numbers(frame[name]) if name in frame else np.full(len(frame), np.nan)


def truths(column: pd.Series) -> Mask:
    """Return which cells are true; one that is missing is not."""
    # numpy asks a Series for more than its values, which takes longer than a thousand of them.
    return (column if column.dtype == bool else column.eq(True)).to_numpy(dtype=bool)


def flagged(readings: pd.DataFrame) -> Mask:
    """Return which readings their source flags: `qc` other than 0; none where there is no `qc`."""
    if "qc" not in readings:
        return np.zeros(len(readings), dtype=bool)
    return counts(readings["qc"]) != 0


def short_way(change: Floats, turn: float | Floats) -> Floats:
    """Return changes of an angle the short way round, from -turn/2 up to turn/2.

    Parameters
    ----------
    change : of angles, or of any number where `turn` is infinite: that is returned as it is
    turn : after which an angle begins anew, one or one a change, in the same unit
    """
    if not np.isfinite(turn).any():
        return change
    with np.errstate(invalid="ignore"):
        whole = np.where(np.isfinite(turn), turn * np.floor(change / turn + 0.5), 0.0)
    return np.asarray(change - whole, dtype=np.float64)


def decimals(value: Floats) -> Codes:
    """Return the least d in 0…9 for which each number is written with d decimals.

    Parameters
    ----------
    value : numbers of any shape [tag unit]; one that fits a float32 was probably stored as one

    Returns
    -------
    int8, same shape; 9 where no d fits, 0 where a number is not finite
    """
    flat = np.asarray(value, dtype=np.float64).ravel()
    least = np.where(np.isfinite(flat), MOST_DECIMALS, 0).astype(np.int8)
    left = np.flatnonzero(least)
    number = flat[left]
    with np.errstate(over="ignore"):
        single = number.astype(np.float32) == number
    noise = np.where(single, SINGLE_NOISE, DOUBLE_NOISE) * np.abs(number)
    for digits in range(MOST_DECIMALS):
        with np.errstate(over="ignore", invalid="ignore"):
            fits = ~(np.abs(number - np.round(number, digits)) > noise)
        least[left[fits]] = digits
        left, number, noise = left[~fits], number[~fits], noise[~fits]
    return least.reshape(np.shape(value))


def joined(stretches: Iterable[tuple[int, int]], apart: int = 0) -> Stretches:
    """Return stretches sorted, those as one that overlap or lie no more than `apart` apart."""
    merged: list[tuple[int, int]] = []
    for start, stop in sorted(stretches):
        if merged and start <= merged[-1][1] + apart:
            merged[-1] = (merged[-1][0], max(merged[-1][1], stop))
        else:
            merged.append((start, stop))
    return tuple(merged)


def within(stretches: Stretches, start: int, stop: int) -> Stretches:
    """Return what of the stretches lies in [start, stop); if these are many, near ones as one."""
    inside = [(max(a, start), min(b, stop)) for a, b in stretches if a < stop and start < b]
    return joined(inside, 0 if len(inside) <= MOST_STRETCHES else (stop - start) // MOST_STRETCHES)


def outside(stretches: Stretches, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Yield what of [start, stop) lies in none of the stretches."""
    for first, last in within(stretches, start, stop):
        if start < first:
            yield start, first
        start = last
    if start < stop:
        yield start, stop


def parts(stretches: Stretches, width: int, most: int) -> Iterator[tuple[int, int]]:
    """Yield stretches of whole buckets in parts of whole buckets, about `most` long at most."""
    step = max(-(-most // width), 1) * width
    for start, stop in stretches:
        for begin in range(start, stop, step):
            yield begin, min(begin + step, stop)


def as_files_have(readings: pd.DataFrame) -> pd.DataFrame:
    """Return readings in the order of files: of several at one time the lesser value comes first.

    Parameters
    ----------
    readings : columns ts, value and perhaps qc, by time; a server orders no further
    """
    keys = [readings[name].to_numpy() for name in ("qc", "value") if name in readings]
    order = file_order(nanoseconds(readings["ts"]), *keys)
    return readings if order is None else readings.iloc[order].reset_index(drop=True)


def file_order(at: np.ndarray[Any, Any], *keys: np.ndarray[Any, Any]) -> Whole | None:
    """Return the order of files of readings that are sorted by time, None where they have it.

    Parameters
    ----------
    at : their times, numbers or datetime64
    keys : by which those of one time are sorted, the weightiest last
    """
    if not (at[1:] == at[:-1]).any():
        return None
    return np.lexsort((*keys, at))
