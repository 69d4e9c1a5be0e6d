"""Indicators against TA-Lib, to 1e-9: at the first visible bucket, around gaps, at an offset.

All values are multiples of 1/64, so that an offset of 1e8 takes none of their digits: what differs
then is how an indicator counts, and nothing else. TA-Lib itself keeps running sums, which lose
every digit there, so it always gets the values without the offset.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from data.analysis import indicators

talib = pytest.importorskip(
    "talib", reason="no TA-Lib on this machine: indicators are not compared with it"
)

START = pd.Timestamp("2026-03-01T00:00:00Z")
OFFSETS = [0.0, 1e8, -1e8]
MINUTES_AN_HOUR = 60
#: The largest error of writing a mean near 1e8 as a float is half of the spacing of floats there.
SPACING = float(np.spacing(1e8))


def wave(count: int, offset: float = 0.0) -> pd.Series:
    """Return a random walk of minutes in steps of 1/64."""
    steps = np.random.default_rng(13).integers(-64, 65, count)
    index = pd.date_range(START, periods=count, freq="1min", name="bucket")
    return pd.Series(offset + steps.cumsum() / 64, index)


def bands(values: np.ndarray, n: int) -> tuple[np.ndarray, ...]:
    return tuple(talib.BBANDS(values, timeperiod=n, nbdevup=2, nbdevdn=2, matype=0))


#: Name -> the width, ours, TA-Lib's, and whether the offset stays in the numbers.
CASES: dict[str, tuple[int, Callable[[pd.Series], pd.Series], Callable[..., object], bool]] = {
    "sma 10": (10, lambda x: indicators.sma(x, 10), lambda x: talib.SMA(x, 10), True),
    "sma 60": (60, lambda x: indicators.sma(x, 60), lambda x: talib.SMA(x, 60), True),
    "ema 20": (20, lambda x: indicators.ema(x, 20), lambda x: talib.EMA(x, 20), True),
    "upper": (20, lambda x: indicators.bollinger(x)["upper"], lambda x: bands(x, 20)[0], True),
    "middle": (20, lambda x: indicators.bollinger(x)["middle"], lambda x: bands(x, 20)[1], True),
    "lower": (20, lambda x: indicators.bollinger(x)["lower"], lambda x: bands(x, 20)[2], True),
    "sigma": (
        20,
        lambda x: indicators.bollinger(x)["sigma"],
        lambda x: talib.STDDEV(x, 20, nbdev=1),
        False,
    ),
    "slope 60": (
        60,
        lambda x: indicators.slope(x, 60)["slope"],
        lambda x: talib.LINEARREG_SLOPE(x, 60) * MINUTES_AN_HOUR,
        False,
    ),
}
WIDTHS = {"sma 10": "sma", "sma 60": "sma", "ema 20": "ema", "slope 60": "slope"}


def same(ours: pd.Series, theirs: object, stays: bool, offset: float) -> None:
    """Compare to 1e-9, with what a float near the offset can hold where the offset stays."""
    expected = np.asarray(theirs)
    assert len(ours) == len(expected) and not np.isnan(expected).any()
    found = ours.to_numpy() - (offset if stays else 0.0)
    rounding = SPACING if stays and offset else 0.0
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9 + rounding)


@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("name", CASES)
def test_an_indicator_is_that_of_talib_from_the_first_visible_bucket_on(
    name: str, offset: float
) -> None:
    """Only the warm-up is read before the first visible bucket, and that one is there."""
    n, ours, theirs, stays = CASES[name]
    before = indicators.warm_up(**{WIDTHS.get(name, "bands"): n})
    found = ours(wave(before + 200, offset)).iloc[before:]
    expected = theirs(wave(before + 200).to_numpy())
    same(found, np.asarray(expected)[before:], stays, offset)


@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("name", CASES)
def test_an_indicator_is_that_of_talib_on_both_sides_of_a_gap(name: str, offset: float) -> None:
    """TA-Lib knows no gaps: it gets each run by itself, where ours computes through none."""
    n, ours, theirs, stays = CASES[name]
    x = wave(1_200, offset)
    x.iloc[500:600] = np.nan
    found = ours(x)
    first = n - 1 if name != "ema 20" else indicators.EMA_WARM_UP * n - 1
    assert found.iloc[:first].isna().all()
    left = np.asarray(theirs(wave(1_200).to_numpy()[:500]))
    same(found.iloc[first:500], left[first:], stays, offset)
    assert found.iloc[500 + n - indicators.needed(n) : 600].isna().all()
    if name == "ema 20":
        return  # it begins anew before the window is full: the next test
    right = np.asarray(theirs(wave(1_200).to_numpy()[600:]))
    same(found.iloc[600 + first :], right[first:], stays, offset)


@pytest.mark.parametrize("offset", OFFSETS)
def test_ema_after_a_gap_is_that_of_talib_seeded_with_the_mean_of_what_is_there(
    offset: float,
) -> None:
    """The first window after a gap has 16 of 20 buckets; their mean stands for the others."""
    n, needed = 20, indicators.needed(20)
    x = wave(1_200, offset)
    x.iloc[500:600] = np.nan
    begins = 600 + needed - n
    run = wave(1_200).to_numpy()[begins:].copy()
    run[: n - needed] = run[n - needed : n].mean()
    shown = indicators.EMA_WARM_UP * n - 1
    found = indicators.ema(x, n).iloc[begins:]
    assert found.iloc[:shown].isna().all()
    same(found.iloc[shown:], talib.EMA(run, n)[shown:], True, offset)


@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("name", [name for name in CASES if name != "ema 20"])
def test_a_window_that_lacks_buckets_is_that_of_pandas(name: str, offset: float) -> None:
    """TA-Lib knows no missing bucket: what it would do with one is no answer."""
    n, ours, _theirs, stays = CASES[name]
    x, plain = wave(600, offset), wave(600)
    lacking = np.random.default_rng(7).random(600) < 0.1
    x[lacking] = plain[lacking] = np.nan
    found = ours(x)
    rolling = plain.rolling(n, min_periods=indicators.needed(n))
    hours = pd.Series(np.arange(600) / MINUTES_AN_HOUR, x.index).where(plain.notna())
    of_time = hours.rolling(n, min_periods=indicators.needed(n))
    both = {"upper": 2, "lower": -2, "middle": 0}
    if name == "slope 60":
        expected = of_time.cov(plain) / of_time.var()
    elif name == "sigma":
        expected = rolling.std(ddof=0)
    else:
        expected = rolling.mean() + both.get(name, 0) * rolling.std(ddof=0)
    shown = found.notna()
    assert shown.sum() > 400
    same(found[shown], expected[shown], stays, offset)
