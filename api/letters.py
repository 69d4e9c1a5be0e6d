"""The last hour and the last day of each tag, in letters: a character a minute, or an hour."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from api.encoding import numbers, rounded
from data.analysis import Floats, arrays, digits, hours, kinds

#: A height of a sparkline is one of these 64 letters, lowest first: a character a minute. A
#: blank is an empty minute.
LETTERS = np.array(list("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"))
#: Minutes of a sparkline: the hour that the change on the card is counted over.
BUCKETS = 60
#: The state of an hour is one of these: a character an hour.
HOUR_LETTERS = {
    "NORMAL": "N",
    "WARNING": "W",
    "CRITICAL": "C",
    "BAD": "B",
    "UNJUDGED": "U",
    "NO DATA": " ",
}


def spark_lines(
    names: Sequence[str],
    sparks: pd.DataFrame,
    newest: pd.Timestamp,
    of_kind: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the last hour of each tag as letters.

    Parameters
    ----------
    sparks : columns tag (place in `names`), bucket, avg, min, max, last, bad
    newest : the last of the 60 minutes, which may be filling
    of_kind : kind of each tag; none: all are values. For the mean of all others, which would be
        wrong, stands their last value (column last); an angle has no min and max either

    Returns
    -------
    Dict of newest [ms since 1970], names, and lines, a list for each of them: low and high of its
    hour [tag unit], None where every reading is left out; mean, min and max as 60 letters between
    the two, min and max left out where both equal the mean; then, where readings are left out, 60
    letters that are x where there are some. An empty list for a tag without readings.
    """
    place = BUCKETS - 1 - ((newest - sparks["bucket"]).dt.total_seconds().to_numpy() // 60)
    tag = sparks["tag"].to_numpy(np.int64)
    sparks = _without_means(sparks, np.array(of_kind or [kinds.VALUE] * len(names))[tag])
    inside = (place >= 0) & (place < BUCKETS)
    grids = []
    for name in ("avg", "min", "max"):
        grid = np.full((len(names), BUCKETS), np.nan)
        value = sparks[name].to_numpy(np.float64)
        grid[tag[inside], place[inside].astype(np.int64)] = value[inside]
        grids.append(np.where(np.isfinite(grid), grid, np.nan))
    # A mean of equal readings may miss them by a rounding, which would look like a wide envelope.
    mean, low, high = grids
    mean = np.where(mean < low, low, np.where(mean > high, high, mean))
    low, high = np.fmin(mean, low), np.fmax(mean, high)
    # fmin and fmax pass over what is missing, and a row of nothing stays NaN without a warning.
    bottom, top = np.fmin.reduce(low, axis=1), np.fmax.reduce(high, axis=1)
    letters = [_letters(grid, bottom, top) for grid in (mean, low, high)]
    # An hour that needs more decimals would be rounded away: its ends are sent as they are.
    fine = digits.fine(bottom, top)
    parts = np.where(fine > digits.MOST, -1, np.maximum(fine, 0))
    ends = zip(numbers(rounded(bottom, parts)), numbers(rounded(top, parts)), strict=True)
    is_bad = np.zeros((len(names), BUCKETS), dtype=bool)
    is_bad[tag[inside], place[inside].astype(np.int64)] = sparks["bad"].to_numpy()[inside] > 0
    marks = [["".join(row)] if "x" in row else [] for row in np.where(is_bad, "x", " ")]
    lines = [
        [least, most, *_unlike(*line), *mark] if mark or least is not None else []
        for (least, most), mark, *line in zip(ends, marks, *letters, strict=True)
    ]
    return {"newest": newest.value // 1_000_000, "names": list(names), "lines": lines}


def day_letters(states: arrays.Codes | None, newest: pd.Timestamp | None = None) -> dict[str, Any]:
    """Return the states of the last hours of each tag as letters, one an hour, oldest first.

    Parameters
    ----------
    states : codes of `hours.states`, a row a tag; None where they are not to be had
    newest : start of the last hour
    """
    if states is None or newest is None:
        return {"days": [], "last_hour": None}
    letters = np.array([HOUR_LETTERS[hours.WORDS[code]] for code in range(-1, hours.NO_DATA + 1)])
    days = ["".join(row) for row in letters[states.astype(np.int64) + 1]]
    return {"days": days, "last_hour": newest.value // 1_000_000}


def _without_means(sparks: pd.DataFrame, kind: Any) -> pd.DataFrame:
    """Return the minutes with what may be drawn of them, by the kind of the tag of each."""
    if (kind == kinds.VALUE).all():
        return sparks
    last = sparks["last"]
    other, angle = kind != kinds.VALUE, kind == kinds.ANGLE
    return sparks.assign(
        avg=sparks["avg"].mask(other, last),
        min=sparks["min"].mask(angle, last),
        max=sparks["max"].mask(angle, last),
    )


def _unlike(mean: str, low: str, high: str) -> list[str]:
    return [mean] if mean == low == high else [mean, low, high]


def _letters(grid: Floats, bottom: Floats, top: Floats) -> list[str]:
    """Return one letter a bucket; a flat line lies in the middle."""
    width = np.where(top > bottom, top - bottom, np.nan)[:, None]
    share = np.where(np.isnan(width), 0.5, (grid - bottom[:, None]) / width)
    height = np.rint(np.clip(np.nan_to_num(share), 0, 1) * (len(LETTERS) - 1)).astype(np.int64)
    rows = np.where(np.isnan(grid), " ", LETTERS[height])
    return ["".join(row) for row in rows]
