"""Moving mean, bands and slope on a regular grid of buckets (docs/definitions.md, 4).

A windowed value exists only if the window is full and at least 80 % of its buckets have data.
All sums are two-pass over each window: at an offset of 1e8 running sums lose every digit.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from data.analysis.arrays import Floats, Whole, nanoseconds

#: EMA is shown only after this many times n buckets: after n the seed still weighs 13.5 %.
EMA_WARM_UP = 7
#: Buckets of the longest window: a day of minutes.
LONGEST = 1_440
#: Numbers of the windows that are computed in one go: 4 MB of memory, whatever the length.
NUMBERS_AT_ONCE = 500_000
NANOSECONDS_AN_HOUR = 3.6e12


def needed(n: int) -> int:
    """Return how many of n buckets must have data for a windowed value: 80 %, rounded up."""
    return -(-4 * n // 5)


def warm_up(sma: int = 0, ema: int = 0, bands: int = 0, slope: int = 0) -> int:
    """Return how many buckets before the first visible one must be read for these widths.

    Parameters
    ----------
    sma, ema, bands, slope : length of the longest window of each [buckets], 0 where there is none
    """
    return max(sma - 1, EMA_WARM_UP * ema, bands - 1, slope - 1, 0)


def on_grid(frame: pd.DataFrame, edges: pd.DatetimeIndex) -> pd.DataFrame:
    """Return the frame with a row for every bucket between edges, empty where there was none.

    Parameters
    ----------
    frame : index bucket, tz-aware, sorted: starts of some of these buckets
    edges : the starts of all buckets and the end of the last one; of the zone of `frame`

    Returns
    -------
    DataFrame; `seconds` is the width of each bucket
    """
    grid = edges[:-1].as_unit("ns")
    filled = frame.set_axis(pd.DatetimeIndex(frame.index).as_unit("ns")).reindex(grid)
    filled["seconds"] = np.diff(nanoseconds(edges)) / 1e9
    filled.index.name, filled.attrs = frame.index.name, dict(frame.attrs)
    return filled


def _windowed(
    values: Floats, n: int, answer: Callable[[Floats, Whole], Floats], columns: int
) -> Floats:
    """Return `answer` of each covered window as rows x columns, NaN elsewhere.

    `answer` gets rows x n numbers with NaN where a bucket is missing, and the place of the first
    of each row in `values`.
    """
    answers = np.full((len(values), columns), np.nan)
    if len(values) < n:
        return answers
    windows = np.lib.stride_tricks.sliding_window_view(values, n)
    counts = np.convolve(~np.isnan(values), np.ones(n, dtype=np.int64), mode="valid")
    covered = np.flatnonzero(counts >= needed(n))
    rows = max(1, NUMBERS_AT_ONCE // n)
    for first in range(0, len(covered), rows):
        piece = covered[first : first + rows]
        answers[piece + n - 1] = answer(windows[piece], piece)
    return answers


def _means(windows: Floats) -> Floats:
    """Return the mean of each row over its numbers, exact where they are equal."""
    first = np.nanmin(windows, axis=1, keepdims=True)
    with np.errstate(over="ignore"):
        return first[:, 0] + np.nanmean(windows - first, axis=1)


def _check(n: int) -> None:
    if not 2 <= n <= LONGEST:
        raise ValueError(f"a window of {n} buckets; choose 2 to {LONGEST}")


def sma(values: pd.Series, n: int) -> pd.Series:
    """Return the mean of the last n buckets [tag unit], NaN until the window is covered.

    Parameters
    ----------
    values : bucket means, regular grid, NaN where missing [tag unit]
    n : length of the window [buckets]

    Raises
    ------
    ValueError
        If n is not in 2…1,440.
    """
    _check(n)
    means = _windowed(_numbers(values), n, lambda w, _: _means(w)[:, None], 1)
    return pd.Series(means[:, 0], values.index, name=f"sma_{n}")


def _numbers(values: pd.Series) -> Floats:
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def ema(values: pd.Series, n: int) -> pd.Series:
    """Return the exponential mean e_t = e_(t-1) + a (x_t - e_(t-1)) with a = 2/(n+1).

    Seeded with the mean of the first n buckets, and anew after a stretch where less than 80 % of
    the last n had data. A missing bucket leaves it as it is. NaN during its warm-up, 7n buckets
    counted from the first of the seed. In the unit of the tag.

    Parameters and errors as `sma`. Reckoned from the seed, so that an offset of 1e8 costs no digit.
    """
    x, seeds = _numbers(values), sma(values, n).to_numpy()
    means = np.full(len(x), np.nan)
    edge = np.diff(np.concatenate([[0], (~np.isnan(seeds)).astype(np.int8), [0]]))
    for first, after in zip(np.flatnonzero(edge == 1), np.flatnonzero(edge == -1), strict=True):
        seed = seeds[first]
        run = pd.Series(np.concatenate([[0.0], x[first + 1 : after] - seed]))
        run = run.ewm(alpha=2 / (n + 1), adjust=False, ignore_na=True).mean()
        warm = min(first + (EMA_WARM_UP - 1) * n, after)
        means[warm:after] = seed + run.to_numpy()[warm - first :]
    return pd.Series(means, values.index, name=f"ema_{n}")


def bollinger(values: pd.Series, width: int = 20, k: float = 2.0) -> pd.DataFrame:
    """Return the moving mean with a band of k population standard deviations.

    Parameters
    ----------
    values : Series of buckets, regular grid, NaN where missing [tag unit]
    width : length of the moving window [buckets]
    k : half width of the band [standard deviations]

    Returns
    -------
    DataFrame, same index, columns `middle`, `lower`, `upper`, `sigma` (the standard deviation)
    [tag unit]; `percent_b` (x - lower)/(upper - lower); `bandwidth` (upper - lower)/middle; the
    last two NaN where the band has no width; all NaN until the window is covered.

    Raises
    ------
    ValueError
        If width is not in 2…1,440.

    Source: J. Bollinger, "Bollinger on Bollinger Bands", 2001.
    """
    _check(width)
    x = _numbers(values)
    middle, deviation = _windowed(x, width, _mean_and_deviation, 2).T
    lower, upper = middle - k * deviation, middle + k * deviation
    band = np.where(deviation > 0, upper - lower, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.where(middle == 0, np.nan, band / middle)
        columns = {"percent_b": (x - lower) / band, "bandwidth": relative}
    bands = {"middle": middle, "lower": lower, "upper": upper, "sigma": deviation}
    return pd.DataFrame(bands | columns, index=values.index)


def _mean_and_deviation(windows: Floats, _piece: Whole) -> Floats:
    mean = _means(windows)
    variance = np.nanmean((windows - mean[:, None]) ** 2, axis=1)
    return np.column_stack([mean, np.sqrt(variance)])


def slope(values: pd.Series, n: int) -> pd.DataFrame:
    """Return the least-squares slope over the last n buckets, and how much of them it explains.

    Parameters
    ----------
    values : bucket means, NaN where missing, by the start of the bucket: a tz-aware index, sorted;
        what counts is its time, for a day of a change of clocks has 23 or 25 h [tag unit]
    n : length of the window [buckets]

    Returns
    -------
    DataFrame, same index: `slope` [tag unit per hour], PostgreSQL's `regr_slope(x, t)` * 3600;
    `r2` 0…1, PostgreSQL's `regr_r2`: 1 where all values are equal

    Raises
    ------
    ValueError
        If n is not in 2…1,440.
    """
    _check(n)
    ns = nanoseconds(values.index)
    times = np.lib.stride_tricks.sliding_window_view(ns, n) if len(ns) >= n else ns

    def regression(windows: Floats, piece: Whole) -> Floats:
        # Counted from the first of the window: a float holds 12 months of hours, not an epoch.
        return _regression(windows, (times[piece] - times[piece, :1]) / NANOSECONDS_AN_HOUR)

    regressions = _windowed(_numbers(values), n, regression, 2)
    return pd.DataFrame(regressions, index=values.index, columns=["slope", "r2"])


def _regression(windows: Floats, hours: Floats) -> Floats:
    """Return slope and R² of each row; `hours` is the time of each bucket, of the same shape."""
    there = ~np.isnan(windows)
    time = np.where(there, hours, 0.0)
    time = np.where(there, hours - time.sum(axis=1, keepdims=True) / there.sum(1)[:, None], 0.0)
    change = np.where(there, windows - _means(windows)[:, None], 0.0)
    sxy, sxx, syy = ((a * b).sum(axis=1) for a, b in ((time, change), (time,) * 2, (change,) * 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        explained = np.clip(sxy**2 / (sxx * syy), 0.0, 1.0)
    return np.column_stack([sxy / sxx, np.where(syy == 0, 1.0, explained)])
