"""What a window holds of a tag: extremes, means, spread, quantiles, time in state."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from data.analysis import alarms, kinds
from data.analysis.arrays import NEVER, Floats, Whole, nanoseconds, numbers
from data.analysis.checks import Checks
from data.analysis.presence.gaps import Silence, silences

#: The shares of readings that lie at or below these quantiles.
QUANTILES = (0.05, 0.5, 0.95)


class Moment(NamedTuple):
    """A value and when it was read [ns since 1970]; NaN and NEVER where there is none."""

    value: float = np.nan
    at: int = NEVER


NOWHERE = Moment()


@dataclass(frozen=True, slots=True)
class Statistics:
    """Numbers of a window [tag unit]; NaN where there is none, or it would be wrong for the kind.

    Parameters
    ----------
    n, bad : readings that are not BAD, and that are
    unclear : readings besides of which nobody knows which are BAD; no other number is of them
    uncounted : nobody counted all that were left out: there may be more BAD ones
    silences : stretches without any, that may be gone, see `gaps.silences`
    newest, least, greatest : of those that are not BAD; of several the first
    mean, weighted : arithmetic mean; each value by the time for which it holds
    sd : sample standard deviation
    quantiles : 5 %, 50 % and 95 %, by linear interpolation
    states : share of time in each state [%], empty where that is not known
    """

    n: int = 0
    bad: int = 0
    unclear: int = 0
    uncounted: bool = False
    silences: tuple[Silence, ...] = ()
    newest: Moment = NOWHERE
    least: Moment = NOWHERE
    greatest: Moment = NOWHERE
    mean: float = np.nan
    weighted: float = np.nan
    sd: float = np.nan
    quantiles: tuple[float, float, float] = (np.nan, np.nan, np.nan)
    states: dict[str, float] = field(default_factory=dict)

    @property
    def bad_if_counted(self) -> int | None:
        """How many readings are BAD, None where nobody knows it."""
        return None if self.unclear or self.uncounted else self.bad

    @property
    def good(self) -> float:
        """The share of readings that are not BAD, 0…1; NaN without any, and where not known."""
        clear = self.n + self.bad and self.bad_if_counted is not None
        return self.n / (self.n + self.bad) if clear else np.nan


def of_readings(
    readings: pd.DataFrame,
    checks: Checks,
    kind: str,
    window: tuple[int, int],
    reach: Floats | float,
) -> Statistics:
    """Return the statistics of a window [start, stop) [ns] from its readings.

    Parameters
    ----------
    readings : of one tag by time, those before the window that decide included; index tz-aware,
        column value, NaN where BAD [tag unit]
    kind : of the tag: a state, an angle and a counter have no mean; an angle has a circular one
    reach : for how long a reading holds at most, one number or one a reading [s]
    """
    at, value = nanoseconds(readings.index), numbers(readings["value"])
    first, last = np.searchsorted(at, window).tolist()
    trusted = ~np.isnan(value)
    inside = np.flatnonzero(trusted[first:last]) + first
    seconds = kinds.held(at, reach, *window)
    return Statistics(
        n=len(inside),
        bad=last - first - len(inside),
        silences=_silences(at[first:last], window),
        states=time_in_state(readings, checks, window, reach),
        **_extremes(value[inside], at[inside], kind),
        **_means(value, seconds, inside, kind),
    )


def _silences(at: Whole, window: tuple[int, int]) -> tuple[Silence, ...]:
    spacing = float(np.median(np.diff(at))) / 1e9 if len(at) > 1 else None
    return silences(at, at, *window, spacing)


def _extremes(value: Floats, at: Whole, kind: str) -> dict[str, Any]:
    """Return the newest, least and greatest value; of an angle, which goes round, the newest."""
    if not len(value):
        return {}
    extremes = {"newest": Moment(float(value[-1]), int(at[-1]))}
    if kind != kinds.ANGLE:
        low, high = int(value.argmin()), int(value.argmax())
        extremes["least"] = Moment(float(value[low]), int(at[low]))
        extremes["greatest"] = Moment(float(value[high]), int(at[high]))
    return extremes


def _means(value: Floats, seconds: Floats, inside: Whole, kind: str) -> dict[str, Any]:
    """Return what is reckoned with all values; each is as exact as two passes make it."""
    numbers: dict[str, Any] = {}
    if kind == kinds.ANGLE:
        return {"mean": kinds.circular_mean(value[inside])[0]}
    if kind != kinds.VALUE:
        return {}
    if len(inside):
        numbers["mean"] = _mean(value[inside])
        numbers["quantiles"] = tuple(np.quantile(value[inside], QUANTILES).tolist())
    if len(inside) > 1:
        apart = value[inside] - numbers["mean"]
        # The mean of what is left is only rounding: taken out, it leaves none.
        squares = float((apart**2).sum()) - float(apart.sum()) ** 2 / len(apart)
        numbers["sd"] = float(np.sqrt(max(squares, 0.0) / (len(apart) - 1)))
    holds = (seconds > 0) & ~np.isnan(value)
    if holds.any():
        about = float(value[holds][0])
        shares = seconds[holds] / seconds[holds].sum()
        numbers["weighted"] = about + float(((value[holds] - about) * shares).sum())
    return numbers


def _mean(value: Floats) -> float:
    about = float(value[0])
    return about + float((value - about).mean())


def time_in_state(
    readings: pd.DataFrame, checks: Checks, window: tuple[int, int], reach: Floats | float
) -> dict[str, float]:
    """Return the shares of a window in each state [%]; they sum to 100.

    Parameters as for `of_readings`.
    """
    level = alarms.levels(readings, checks)
    start, stop = (pd.Timestamp(edge, tz="UTC") for edge in window)
    return alarms.time_in_state(level, readings["value"].isna(), reach, start, stop)
