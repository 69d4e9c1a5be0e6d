"""How numbers are written: the digits of what is shown together, and the text of each number.

The digits are a whole number: decimals, or below 0 a power of ten with -1 - digits decimals of its
mantissa. `assets/digits.mjs` writes the same texts, and so does plotly by `template`; a test
compares the three.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.analysis.arrays import Floats, Mask

#: Digits a number or row of numbers.
Digits = NDArray[np.int64]
#: Significant digits that a float64 has, whatever they are.
MOST = 15
#: What is drawn apart by a thousandth of what is shown is written apart.
PARTS = 1000
#: The decimals that a tag names hold where what is shown spans so many steps of theirs, or none.
STEPS = 10
#: Exponents of the greatest number from which on, or below which, there is a power of ten.
HUGE, TINY = 15, -4
#: Decimals beyond these are no numbers that a float64 can be scaled by.
MOST_DECIMALS = 300
#: So many numbers of a row mostly need as many decimals as all of it: they are looked at first.
FIRST = 64
#: A difference below this share of the greatest number is lost in 15 digits.
LOST = PARTS * 10.0 ** (1 - MOST)
#: So near to the middle between two texts the arithmetic of float64 does not tell which is nearer:
#: absolute, and as a share of the number in steps of its last digit.
HALFWAY, ROUNDING = 1e-6, 1e-15
#: What stands for a number that is not there.
NOTHING = "–"
#: The minus that people read, as plotly writes it at an axis; files and the API have a hyphen.
MINUS = "−"
_EXACT = Context(prec=800, rounding=ROUND_HALF_UP)
#: Powers of ten from 1e-650 (0) to 1e650 (inf): looking one up takes a tenth of computing it.
_FURTHEST = 650
with np.errstate(over="ignore", under="ignore"):
    _TENS = 10.0 ** np.arange(-_FURTHEST, _FURTHEST + 1.0)


def digits(shown: Floats, decimals: float | None = None) -> int:
    """Return the digits of numbers that are shown together.

    Parameters
    ----------
    shown : numbers of any shape; those that are not finite count for nothing
    decimals : those that the tag names, None or NaN where it names none
    """
    row = np.asarray(shown, dtype=np.float64).reshape(1, -1)
    named = np.array([np.nan if decimals is None else decimals], dtype=np.float64)
    low, high = ends(row)
    return int(of_range(low, high, own_decimals(row, fine(low, high)), named)[0])


def by_column(
    frame: pd.DataFrame, decimals: float | None, *groups: Sequence[str]
) -> dict[str, int]:
    """Return the digits of each column of numbers that are drawn on one axis.

    Parameters
    ----------
    decimals : those that the tag names, None where it names none
    groups : columns that have decimals of their own together: readings have fewer than means
    """
    named = np.array([np.nan if decimals is None else decimals], dtype=np.float64)
    rows = [
        np.concatenate([frame[name].to_numpy(np.float64) for name in group])[None, :]
        for group in groups
    ]
    low, high = ends(np.hstack(rows))
    upto = fine(low, high)
    own = np.concatenate([own_decimals(row, upto) for row in rows])
    told = of_range(low, high, own, named).tolist()
    return {name: each for group, each in zip(groups, told, strict=True) for name in group}


def ends(rows: Floats) -> tuple[Floats, Floats]:
    """Return the least and the greatest finite number of each row, NaN of a row without any."""
    finite = np.where(np.isfinite(rows), rows, np.nan)
    nothing = np.full((len(rows), 1), np.nan)  # so that a row has at least one column
    finite = np.hstack([finite, nothing])
    return np.fmin.reduce(finite, axis=1), np.fmax.reduce(finite, axis=1)


def of_range(low: Floats, high: Floats, own: Digits, decimals: Floats) -> Digits:
    """Return the digits of rows of numbers that are shown together.

    Parameters
    ----------
    low, high : least and greatest of each row, NaN where it has none
    own : decimals that the numbers have themselves, see `own_decimals`
    decimals : those that the tag names, NaN where it names none
    """
    least = -exponents(_top(low, high))
    most = MOST - 1 + least
    free = np.minimum(np.minimum(fine(low, high), own), most)
    with np.errstate(over="ignore"):
        steps = (high - low) * 10.0 ** np.nan_to_num(decimals)
    holds = ~((steps > 0) & (steps < STEPS))
    named = np.where(np.isnan(decimals), 0, decimals).astype(np.int64)
    named = np.where(holds, np.minimum(named, np.maximum(most, 0)), np.maximum(named, free))
    told = np.where(np.isnan(decimals), free, named)
    far = (least <= -HUGE) | ((least > -TINY) & (told != decimals))
    return np.where(far, -1 - np.clip(told - least, 0, MOST - 1), np.maximum(told, 0))


def _top(low: Floats, high: Floats) -> Floats:
    return np.nan_to_num(np.maximum(np.abs(low), np.abs(high)))


def _tens(power: Digits) -> Floats:
    """Return ten to each of these powers."""
    return _TENS[np.clip(power, -_FURTHEST, _FURTHEST) + _FURTHEST]


def exponents(values: Floats) -> Digits:
    """Return the power of ten of each number as 15 digits write it, 0 of 0 and of no number."""
    size = np.abs(np.where(np.isfinite(values) & (values != 0), values, 1.0))
    power = np.floor(np.log10(size)).astype(np.int64)
    with np.errstate(over="ignore", divide="ignore"):
        power += (size >= _tens(power + 1)).astype(np.int64) - (size < _tens(power))
        return power + (np.round(size / _tens(power), MOST - 1) >= 10)


def fine(low: Floats, high: Floats) -> Digits:
    """Return the least decimals that tell a thousandth of a range; of no range more than any."""
    part = np.nan_to_num(high / PARTS - low / PARTS)
    there = part > 0
    part = np.where(there, part, 1.0)
    places = np.ceil(-np.log10(part)).astype(np.int64)
    with np.errstate(over="ignore"):
        places += 10.0**-places > part
        places -= 10.0 ** -(places - 1.0) <= part
    return np.where(there, places, MOST_DECIMALS)


def own_decimals(rows: Floats, upto: Digits | None = None) -> Digits:
    """Return the least decimals with which every number of a row is written as it is.

    Parameters
    ----------
    rows : n x k, what is not finite counts for nothing
    upto : more are not sought, n

    Returns
    -------
    n decimals, of rows with whole numbers from 1e15 on below 0; at most those of 15 digits. A
    row of float32 has those that read back as float32: 182.47 and not 182.470001220703.
    """
    values = np.where(np.isfinite(rows), rows, 0.0)
    with np.errstate(over="ignore"):
        single = (values.astype(np.float32) == values).all(axis=1)
    power = exponents(np.abs(values).max(axis=1, initial=0.0))
    most = np.clip(MOST - 1 - power, -MOST_DECIMALS, MOST_DECIMALS)
    most = most if upto is None else np.minimum(most, upto)
    least = np.where((power >= 0) & (power < HUGE), 0, -power)
    for some in dict.fromkeys((min(FIRST, values.shape[1]), values.shape[1])):
        least = _least(values[:, :some], single, least, most)
    return np.minimum(least, np.maximum(most, -power))


def _least(values: Floats, single: Mask, least: Digits, most: Digits) -> Digits:
    """Return the least decimals from those found on with which all of a row is written as it is.

    Parameters
    ----------
    single : rows of float32
    most : more are not sought
    """
    least, left = least.copy(), np.flatnonzero(least < most)
    if not len(left):
        return least
    place = MOST - 1 - exponents(values)
    noise = 0.5 * _tens(-place)
    reads_back = single[:, None]
    if single.any():
        reads_back = reads_back & (_near(values, place) != values)
    while len(left):
        fits = _fits(values[left], least[left, None], noise[left], reads_back[left])
        left = left[~fits.all(axis=1)]
        least[left] += 1
        left = left[least[left] < most[left]]
    return least


def _fits(values: Floats, decimals: Digits, noise: Floats, reads_back: Mask) -> Mask:
    """Return which numbers so many decimals write as they are, or so that float32 reads back."""
    near = _near(values, decimals)
    with np.errstate(over="ignore", invalid="ignore"):
        same = near.astype(np.float32) == values
        return np.asarray((np.abs(values - near) <= noise) | (reads_back & same))


def _near(values: Floats, decimals: Digits) -> Floats:
    """Return numbers rounded to so many decimals; -2 rounds to whole hundreds."""
    with np.errstate(over="ignore", invalid="ignore"):
        scale = _tens(np.abs(decimals))
        fine, coarse = np.rint(values * scale) / scale, np.rint(values / scale) * scale
    return np.asarray(np.where(decimals >= 0, fine, coarse))


class Steps(NamedTuple):
    """Numbers as so many steps of their last digit, of which it is certain where it is `clear`.

    `width` of a step is one number for all where they have the same decimals.
    """

    number: Floats
    width: Floats
    clear: Mask


def steps(values: Floats, told: int | Digits) -> Steps:
    """Return numbers in steps of the last digit that is written of them; all of them finite."""
    places = np.atleast_1d(told)
    if (places < 0).any():
        places = np.where(places >= 0, places, -1 - places - exponents(values))
    with np.errstate(over="ignore"):
        width = 10.0 ** -places.astype(np.float64)
        scaled = values * 10.0 ** places.astype(np.float64)
        number = np.rint(scaled)
    doubt = np.maximum(HALFWAY, ROUNDING * np.abs(scaled))
    with np.errstate(invalid="ignore"):
        clear = (np.abs(np.abs(scaled - number) - 0.5) > doubt) & (np.abs(scaled) < 2.0**52)
    return Steps(number, width, clear)


def alike(values: Floats, others: Floats, told: int) -> Mask:
    """Return which numbers have the same text as their others; all of them finite."""
    one, other = steps(values, told), steps(others, told)
    same = (one.number == other.number) & (one.width == other.width) | (values == others)
    for place in np.flatnonzero(~(one.clear & other.clear) & (values != others)):
        same[place] = _same_text(float(values[place]), float(others[place]), told)
    return same


def _same_text(value: float, other: float, told: int) -> bool:
    """Return whether two finite numbers have the same text, by whole numbers where these tell."""
    if told < 0 or max(abs(value), abs(other)) >= 10.0**HUGE:
        return written(value, told) == written(other, told)
    return _whole_steps(value, told) == _whole_steps(other, told)


def _whole_steps(value: float, told: int) -> int:
    """Return the steps of its last digit that a number is written with, a half away from 0."""
    above, below = value.as_integer_ratio()
    whole = (2 * abs(above) * 10**told + below) // (2 * below)
    return whole if above > 0 else -whole


def written(value: float | None, told: int) -> str:
    """Return a number with its digits: 1,883.3103 or 4.00e-6; a dash for what is no number."""
    if value is None or not np.isfinite(value):
        return NOTHING
    exact = Decimal(value)
    if told < 0 or exact.adjusted() > HUGE + 5:
        return _scientific(exact, MOST - 1 if told >= 0 else -1 - told)
    near = _EXACT.quantize(exact, Decimal(1).scaleb(-told))
    return signed(f"{near if near else abs(near):,f}")


def _scientific(exact: Decimal, decimals: int) -> str:
    if not exact:
        return f"{Decimal(0).scaleb(-decimals):f}e+0"
    near = _EXACT.quantize(exact, Decimal(1).scaleb(exact.adjusted() - decimals))
    power = near.adjusted()
    mantissa = _EXACT.quantize(near.scaleb(-power, _EXACT), Decimal(1).scaleb(-decimals))
    return signed(f"{mantissa:f}e{power:+d}")


def full(value: float | None) -> str:
    """Return a number with every digit: the shortest text that reads back as the same float64."""
    if value is None or not np.isfinite(value):
        return NOTHING
    exact = Decimal(repr(float(value))).normalize()
    if exact and not TINY <= exact.adjusted() < HUGE:
        return _scientific(exact, len(exact.as_tuple().digits) - 1)
    return signed(f"{exact:,f}") if exact else "0"


def signed(text: str) -> str:
    """Return the text of a number with the minus of the axes: a hyphen is for programs."""
    return text.replace("-", MINUS)


def template(told: int) -> str:
    """Return the digits as d3 takes them: `,.4f` or `.2e`."""
    return f",.{told}f" if told >= 0 else f".{-1 - told}e"
