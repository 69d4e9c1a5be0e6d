"""Readings whose spacing changes at known times, and what is so of them, by plain loops."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from data.analysis import arrays, coverage, spacing


@dataclass(frozen=True)
class Regimes:
    """Readings that are `steps[k]` seconds apart from `starts[k]` to `starts[k + 1]`, less holes.

    All times in seconds from the start of the window.
    """

    steps: tuple[float, ...]
    starts: tuple[float, ...]
    holes: tuple[tuple[float, float], ...] = ()

    @property
    def seconds(self) -> np.ndarray:
        """The times of the readings."""
        every = [
            np.arange(low, high, step)
            for step, (low, high) in zip(self.steps, pairwise(self.starts), strict=True)
        ]
        times = np.concatenate(every)
        for low, high in self.holes:
            times = times[(times <= low) | (times >= high)]
        return times

    def step_at(self, second: float) -> float:
        """Return how far apart readings are that begin there."""
        before = [k for k, start in enumerate(self.starts[:-1]) if start <= second]
        return self.steps[before[-1] if before else 0]

    def gaps(self, stop: float) -> list[tuple[float, float]]:
        """Return every stretch of [0, stop) that is longer than 4.1 spacings and than 30 s."""
        edges = [0.0, *(t for t in self.seconds.tolist() if t < stop), stop]
        return [
            (low, high)
            for low, high in pairwise(edges)
            if high - low > max(30.0, 4.1 * self.step_at(low))
        ]

    def coverage(self, stop: float) -> float:
        """Return the share of the readings that would be there without a hole."""
        whole = Regimes(self.steps, self.starts).seconds
        return float((self.seconds < stop).sum() / (whole < stop).sum())


def looks_at(readings: np.ndarray, moments: list[int]) -> list[spacing.Look]:
    """Return what looks at all readings that there ever were find before moments [ns]."""
    return [spacing.look(at, readings[readings < at][-spacing.BEFORE :]) for at in moments]


def expected_of(readings: np.ndarray, start: int, stop: int) -> tuple[coverage.Expectation, int]:
    """Return what is expected in [start, stop) [ns], and how many looks that took."""
    edges = coverage.parts(start, stop)
    looks = looks_at(readings, edges.tolist())
    while between := spacing.moments_between(looks):
        looks = sorted(looks + looks_at(readings, between), key=lambda each: each.moment)
    first = int(readings[0]) if len(readings) else arrays.NEVER
    return coverage.expectation(edges, looks, first), len(looks)
