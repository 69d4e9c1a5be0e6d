"""How finely was it written down? The decimals of readings, and so the step of an instrument."""

import numpy as np
from numpy.typing import NDArray

#: Decimals beyond these are noise of a conversion, not digits that an instrument gives.
MOST_DECIMALS = 9
#: How far, as a share of itself, a number may lie from a decimal that it stands for: half a unit in
#: the last place of a float32, and some roundings of a float64.
SINGLE_NOISE, DOUBLE_NOISE = 6e-8, 1e-12


def decimals(value: NDArray[np.float64]) -> NDArray[np.int8]:
    """Return the least d in 0…9 for which each number is written with d decimals.

    Parameters
    ----------
    value : numbers of any shape [tag unit]; one that fits a float32 was probably stored as one

    Returns
    -------
    int8, same shape; 9 where no d fits, 0 where a number is not finite
    """
    flat = np.asarray(value, dtype=np.float64).ravel()
    found = np.where(np.isfinite(flat), MOST_DECIMALS, 0).astype(np.int8)
    left = np.flatnonzero(found)
    number = flat[left]
    with np.errstate(over="ignore"):
        single = number.astype(np.float32) == number
    noise = np.where(single, SINGLE_NOISE, DOUBLE_NOISE) * np.abs(number)
    for digits in range(MOST_DECIMALS):
        with np.errstate(over="ignore", invalid="ignore"):
            fits = ~(np.abs(number - np.round(number, digits)) > noise)
        found[left[fits]] = digits
        left, number, noise = left[~fits], number[~fits], noise[~fits]
    return found.reshape(np.shape(value))
