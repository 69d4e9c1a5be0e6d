"""Numbers as plotly's typed arrays: in four bytes where neither eye nor text tells a difference."""

import base64

import numpy as np

from data.analysis import Floats, digits

#: A float32 line may miss the true one by this share of its own height: far below a pixel.
FLOAT32_ERROR = 1e-5


def typed(values: Floats, told: int | None = None) -> dict[str, str]:
    """Return numbers as a typed array; float32 where that is drawn and written alike.

    Values that are not finite become NaN, which plotly draws as a break.

    Parameters
    ----------
    told : the digits that are written of them, None where it writes none
    """
    numbers = np.asarray(values, dtype=np.float64)
    numbers = np.where(np.isfinite(numbers), numbers, np.nan)
    single = _single(numbers, told)
    array = numbers.astype("<f8") if single is None else single
    return {"dtype": array.dtype.str[1:], "bdata": base64.b64encode(array.tobytes()).decode()}


def _single(numbers: Floats, told: int | None) -> np.ndarray | None:
    """Return float32 that are drawn and written as the numbers are, None if there are none such."""
    there = np.flatnonzero(np.isfinite(numbers))
    finite = numbers[there]
    if not finite.size:
        return numbers.astype("<f4")
    if np.abs(finite).max() > np.finfo(np.float32).max:
        return None
    near = finite.astype("<f4")
    if told is not None and not _step(near, finite, told):
        return None
    height = finite.max() - finite.min()
    if np.abs(finite - near).max() > FLOAT32_ERROR * (height if height else abs(finite[0])):
        return None
    array = numbers.astype("<f4")
    array[there] = near
    return array


def _step(near: np.ndarray, exact: Floats, told: int) -> bool:
    """Move those by one step of float32 that would be written otherwise than they are exactly.

    Returns
    -------
    Whether all are written as they are exactly then
    """
    wrong = np.flatnonzero(~digits.alike(exact, near.astype(np.float64), told))
    if not len(wrong):
        return True
    # Past the middle between two texts: back towards the number itself.
    towards = np.where(near[wrong] < exact[wrong], np.inf, -np.inf).astype("<f4")
    near[wrong] = np.nextafter(near[wrong], towards)
    return bool(digits.alike(exact[wrong], near[wrong].astype(np.float64), told).all())
