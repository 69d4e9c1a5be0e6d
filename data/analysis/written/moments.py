"""How times are written: 2026-11-25 10:00:00+09:00, with milliseconds where any time has some."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

MS, MINUTE = 1_000_000, 60_000


def fractional(times: pd.DatetimeIndex) -> bool:
    """Return whether any time is no whole second, so that all are written with milliseconds."""
    return bool((times.as_unit("ns").asi8 % 1_000_000_000 != 0).any())


def offsets(times: pd.DatetimeIndex) -> NDArray[np.int64]:
    """Return the offset of each aware time from UTC [ms]."""
    there = times.tz_localize(None).as_unit("ns").asi8
    return np.asarray((there - times.as_unit("ns").asi8) // MS)


def offset_text(offset: int) -> str:
    """Return an offset from UTC [ms] as `+09:00`."""
    hours, minutes = divmod(abs(offset) // MINUTE, 60)
    return f"{'-' if offset < 0 else '+'}{hours:02}:{minutes:02}"


def texts(times: pd.DatetimeIndex, with_fractions: bool) -> list[str]:
    """Return aware times with their offsets; what is finer than it shows is cut off."""
    at = offsets(times)
    names = {each: offset_text(each) for each in np.unique(at).tolist()}
    clock = clocks(times.as_unit("ns").asi8 // MS + at, with_fractions)
    return [text + names[each] for text, each in zip(clock, at.tolist(), strict=True)]


def clocks(milliseconds: NDArray[np.int64], with_fractions: bool) -> Iterable[str]:
    """Return times of a clock [ms since 1970 by it] as 2026-11-25 10:00:00."""
    unit = "ms" if with_fractions else "s"
    shown = np.datetime_as_string(
        milliseconds.astype("datetime64[ms]").astype(f"datetime64[{unit}]")
    )
    return (str(text).replace("T", " ") for text in shown)
