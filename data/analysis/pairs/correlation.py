"""How two tags go together."""

import math

import numpy as np

from data.analysis.arrays import Floats

#: Two points lie on a line whatever they are: fewer than these tell no correlation.
LEAST = 3


def correlation(x: Floats, y: Floats) -> float:
    """Return Pearson's r of pairs, -1…1.

    Parameters
    ----------
    x, y : finite, of the same length [units of the tags]

    Returns
    -------
    NaN of fewer than `LEAST` pairs, and where one side does not change.

    Both sides are taken less their means and by their greatest distance first: so neither a far
    offset nor a great number costs digits. PostgreSQL: `corr(y, x)`.
    """
    if len(x) < LEAST or np.ptp(x) == 0 or np.ptp(y) == 0:
        return math.nan
    across, up = _from_mean(x), _from_mean(y)
    r = float(across @ up) / math.sqrt(float(across @ across) * float(up @ up))
    return min(1.0, max(-1.0, r))


def _from_mean(values: Floats) -> Floats:
    """Return the distances from the mean, the greatest of which is 1 or -1."""
    scale = np.abs(values).max()
    distances = values / scale - np.mean(values / scale)
    distances -= distances.mean()
    return np.asarray(distances / np.abs(distances).max(), dtype=np.float64)
