"""How far apart readings were, as the rows of a rollup tell: where the readings are gone."""

import numpy as np

from data.analysis.arrays import NEVER, Floats, Mask, Whole
from data.analysis.presence.spacing import BEFORE, Look, is_irregular

#: Where so many steps are the same that is the spacing: the rest are losses, or a slow drift.
SAME = 0.95
#: Where so many are as far apart as whole buckets let regular readings be, their mean is.
ALIKE = 0.5


def look(moment: int, at: Whole, counts: Floats, width: int) -> Look:
    """Return what rows of a rollup before a moment tell, as a look at readings would.

    Readings between two rows lie (next start - start)/n apart. Their times are not known: those of
    the look are as many at this spacing, up to the start of the last row.

    Parameters
    ----------
    moment : up to which nothing else was read [ns]
    at : starts of rows that have readings, sorted [ns]
    counts : how many readings each has
    width : of the rows [ns]
    """
    steps, n = np.diff(at) / width, counts[:-1]
    if not len(steps):
        several = len(at) and counts[0] > 1
        steps, n = (np.ones(1), counts) if several else (steps, n)
    if not len(steps):
        return Look(moment, at, np.nan, np.nan, NEVER, False)
    each = np.sort(steps / n)
    seconds = _spacing(steps, n, float(np.median(each))) * width / 1e9
    times = _times(at, int(seconds * 1e9))
    return Look(moment, times, seconds, seconds, NEVER, is_irregular(each))


def _spacing(steps: Floats, n: Floats, middle: float) -> float:
    """Return the spacing in widths of a row: the median, or the mean of what comes near it."""
    alike = _alike(steps, n, middle)
    if (steps / n == middle).mean() >= SAME or alike.mean() < ALIKE:
        return middle
    return float(steps[alike].sum() / n[alike].sum())


def _alike(steps: Floats, n: Floats, spacing: float) -> Mask:
    """Return which steps regular readings can make, as their times fall among whole rows."""
    return (np.abs(n - steps / spacing) <= 1) & (np.abs(steps - n * spacing) <= 1)


def _times(at: Whole, spacing: int) -> Whole:
    """Return up to 100 times so far apart [ns], the last at the start of the last row."""
    count = min(BEFORE, max(int(at[-1] - at[0]) // spacing + 1, 2))
    return at[-1] - spacing * np.arange(count - 1, -1, -1, dtype=np.int64)
