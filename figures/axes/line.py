"""A tag as it is drawn, and the value axis that it stands on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from data.analysis import Gaps, Limits, kinds
from figures.before import Before, heights

#: Seconds of a day.
DAY = 86_400.0


@dataclass(frozen=True)
class Line:
    """One tag as it is drawn.

    Parameters
    ----------
    tag, unit : its names; free text
    frame : a history of good values with NaN rows where the line breaks
    bad : rows with BAD readings: `bad` how many, `bad_value` their extreme; None: none
    seconds : bucket width, 0 for raw readings
    limits : level limits, or None
    states : words of a state by value, or None
    kind : value, state, angle or counter
    told : how the numbers of each column are written, see `data.analysis.digits`
    gaps : those of the window, or None
    span : both ends of the instrument's range, or None
    place : among all tags that were asked for, which gives colour and mark; None: among the lines
    before : what it is compared with, or None
    reach : values that its axis holds besides [unit]
    """

    tag: str
    unit: str
    frame: pd.DataFrame
    bad: pd.DataFrame | None
    seconds: float
    limits: Limits | None = None
    states: Mapping[str, str] | None = None
    kind: str = kinds.VALUE
    told: Mapping[str, int] = field(default_factory=dict)
    gaps: Gaps | None = None
    span: tuple[float, float] | None = None
    place: int | None = None
    before: Before | None = None
    reach: tuple[float, ...] = ()

    @cached_property
    def extremes(self) -> tuple[np.ndarray, np.ndarray]:
        """Its least and its greatest at each point, NaN where it breaks [unit]."""
        low, high = (self.frame[name].to_numpy(dtype=float) for name in ("min", "max"))
        return low, high

    @cached_property
    def numbers(self) -> np.ndarray:
        """All numbers that it is drawn at [unit]."""
        numbers = np.concatenate([*self.extremes, *heights(self.before), np.array(self.reach)])
        return numbers[np.isfinite(numbers)]

    @property
    def good_times(self) -> list[pd.Index]:
        """The times of its points; a row where it breaks has none of its own."""
        there = ~np.isnan(self.frame["n"].to_numpy(dtype=np.float64))
        return [self.frame.index if there.all() else self.frame.index[there]]

    @property
    def bad_times(self) -> list[pd.Index]:
        """The times of its BAD readings, if it has some."""
        return [] if self.bad is None else [self.bad.index]

    @property
    def stepped(self) -> bool:
        """Whether it is a state: drawn in steps, in a lane of its own."""
        return self.kind == kinds.STATE or bool(self.states)

    @property
    def by_day(self) -> bool:
        """Whether its buckets hide the hour of an alarm or an extreme, which are marked then."""
        return self.seconds >= DAY

    @property
    def is_tracked(self) -> bool:
        """Whether its days beyond a limit stand on a track of their own."""
        return self.by_day and not self.stepped and bool(levels(self))

    def column(self, statistic: str) -> str:
        """Return the column that is drawn for a statistic: no mean of what has none."""
        if self.stepped or self.kind == kinds.ANGLE:
            return "last"
        return "last" if statistic == "avg" and self.kind != kinds.VALUE else statistic

    @property
    def axis_key(self) -> str:
        """What shares an axis: the unit; states share one by their words."""
        if self.stepped:
            return "state·" + "·".join((self.states or {}).values())
        return self.unit


@dataclass(frozen=True)
class Scale:
    """One value axis with the lines on it.

    Parameters
    ----------
    number : of the axis, from 1
    members : place among all lines (its colour) and line
    low, high : its ends [unit]
    bottom, top : where it stands, shares of the chart's height
    pixels : its height
    over : whether it lies over the first axis of its lane
    shared : whether its lines share their lane with others
    at : where it stands, share of the chart's width
    step : between two of its ticks [unit], 0 where that is left to plotly
    """

    number: int
    members: tuple[tuple[int, Line], ...]
    low: float
    high: float
    bottom: float
    top: float
    pixels: float
    over: bool
    shared: bool
    at: float = 0.0
    step: float = 0.0

    @property
    def ref(self) -> str:
        """What a trace or a shape calls it: y, y2, …"""
        return f"y{self.number}".removesuffix("1") if self.number < 10 else f"y{self.number}"

    @property
    def name(self) -> str:
        """Its key in a layout: yaxis, yaxis2, …"""
        return self.ref.replace("y", "yaxis")

    @property
    def line(self) -> Line:
        """The first of its lines."""
        return self.members[0][1]

    @property
    def empty(self) -> bool:
        """Whether it has no value to measure: its ends mean nothing then."""
        lines = [line for _place, line in self.members]
        return not self.line.stepped and not any(line.numbers.size for line in lines)


def levels(line: Line) -> list[float]:
    """Return the limits of a tag that exist [tag unit], in the order of `Limits`."""
    if line.limits is None:
        return []
    levels = (line.limits.lo_lo, line.limits.lo, line.limits.hi, line.limits.hi_hi)
    return [level for level in levels if level is not None]
