"""The last hour of every tag as far as the digits of its card need it."""

from typing import NamedTuple

import numpy as np

from data.analysis import Floats, digits
from data.db import cached
from data.errors import HistorianUnavailable
from data.queries.latest import sparklines
from data.queries.plan import HISTORY_S

#: The last hour as it was sent so long ago [s] will do, so that a tick seldom asks for it itself.
OLD_S = 300.0


class Hour(NamedTuple):
    """Least and greatest reading of each tag [tag unit], NaN without one; decimals they have."""

    low: Floats
    high: Floats
    own: digits.Digits


@cached(HISTORY_S, in_process=True, pinned=True)
def hour(names: tuple[str, ...]) -> Hour:
    """Return the ends of the last hour of each tag, from its minutes.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    last = sparklines.kept(names)
    minutes = last.value if last is not None and last.age < OLD_S else sparklines(names)
    columns = ("min", "max", "last")
    tag = minutes["tag"].to_numpy(np.int64)
    place = np.arange(len(tag)) - np.searchsorted(tag, tag)
    width = int(place.max()) + 1 if len(place) else 0
    readings = np.full((len(names), len(columns), width), np.nan)
    for column, name in enumerate(columns):
        readings[tag, column, place] = minutes[name].to_numpy(np.float64)
    rows = readings.reshape(len(names), len(columns) * width)
    low, high = digits.ends(rows)
    return Hour(low, high, digits.own_decimals(rows, digits.fine(low, high)))


def card_digits(names: tuple[str, ...], value: Floats, decimals: Floats) -> digits.Digits:
    """Return the digits of the newest value of each tag, shown with its last hour.

    Where the hour is not to be had the value alone tells: a frame does not fail for its digits.

    Parameters
    ----------
    value, decimals : one a tag; `decimals` NaN where the tag names none
    """
    value = np.where(np.isfinite(value), value, np.nan)
    try:
        low, high, own = hour(names)
    except HistorianUnavailable:
        low, high, own = value, value, np.full(len(names), -digits.MOST_DECIMALS)
    low, high = np.fmin(low, value), np.fmax(high, value)
    alone = digits.own_decimals(value[:, None], digits.fine(low, high))
    return digits.of_range(low, high, np.maximum(own, alone), decimals)
