"""A tag whose spacing changed: the moment is found to the reading, and nothing false is said."""

import numpy as np
import pandas as pd
import pytest

from data.analysis import coverage, rules, spacing
from tests.support.gaps import gaps_of
from tests.support.spacings import Regimes, expected_of, looks_at

START = pd.Timestamp("2026-03-01T00:00:00Z")
DAY = 86_400.0
NO_RULE = rules.checks(None)


def ns(seconds: object) -> np.ndarray:
    """Return times so many seconds after START."""
    return START.value + np.round(np.asarray(seconds, dtype=float) * 1e9).astype(np.int64)


def said_of(
    regimes: Regimes, length: float
) -> tuple[list[tuple[float, float]], float, list[float]]:
    """Return the gaps, the coverage and the moments of change of a window from START."""
    readings = ns(regimes.seconds)
    start, stop = ns([0, length]).tolist()
    due, looks = expected_of(readings, start, stop)
    assert looks <= spacing.MOST_LOOKS
    times = pd.DatetimeIndex(readings, tz="UTC")
    ends = (START, START + pd.Timedelta(length, "s"))
    listed = gaps_of(times, lambda at: due.limits(NO_RULE, at), *ends)
    edges = (listed.start - START.value) / 1e9, (listed.stop - START.value) / 1e9
    seconds = list(zip(*(each.tolist() for each in edges), strict=True))
    factor = np.maximum(due.spacings[1:] / due.spacings[:-1], due.spacings[:-1] / due.spacings[1:])
    changes = (due.since[1:][factor > spacing.DIFFERS] - START.value) / 1e9
    return seconds, coverage.share(due, coverage.counts(due, readings)), changes.tolist()


@pytest.mark.parametrize(
    ("steps", "shares"),
    [
        ((60, 5), (0, 0.93)),
        ((5, 60), (0, 0.93)),
        ((60, 1), (0, 0.5)),
        ((1, 60), (0, 0.41)),
        ((600, 60, 5), (0, 0.92, 0.995)),
        ((600, 60, 5), (0, 0.93, 0.95)),
        ((10, 5, 20, 60), (0, 0.3, 0.55, 0.8)),
        ((5, 600), (0, 0.98)),
        ((30, 20), (0, 0.46)),
    ],
)
def test_a_change_within_a_twelfth_is_no_gap_and_takes_nothing_from_coverage(
    steps: tuple[float, ...], shares: tuple[float, ...]
) -> None:
    length = 7 * DAY
    starts = tuple(round(share * length / 600) * 600.0 for share in shares)
    listed, share, changes = said_of(Regimes(steps, (*starts, length)), length)
    assert listed == []
    assert share == pytest.approx(1, abs=2e-3)
    # The readings of both sides are the moment: the last of the one or the first of the other.
    assert len(changes) == len(starts) - 1
    for found, start, before in zip(changes, starts[1:], steps, strict=False):
        assert start - before <= found <= start


@pytest.mark.parametrize("steps", [(2, 60), (60, 2), (2, 600), (1, 10)])
def test_a_change_is_at_its_reading_wherever_looks_fall(steps: tuple[float, float]) -> None:
    """A look with a few readings behind the change has not noticed, and must not hold it back."""
    for phase in range(0, 300, 7):
        start = 22 * 3_600.0 + phase
        listed, _share, changes = said_of(Regimes(steps, (0, start, DAY)), DAY)
        assert listed == [] and len(changes) == 1, phase
        assert start - steps[0] <= changes[0] <= start, phase


def drawn(seed: int) -> tuple[Regimes, float]:
    """Return readings of two to four spacings, up to nine holes in them, and the window's length.

    Each spacing holds for a twelfth of the window at least, and for 200 readings.
    """
    random = np.random.default_rng(seed)
    length = float(random.choice([6 * 3_600, DAY, 3 * DAY]))
    count = int(random.integers(2, 5))
    steps = [float(random.choice([1, 5, 10, 30, 60]))]
    while len(steps) < count:
        step = float(random.choice([1, 5, 10, 30, 60]))
        steps += [step] if step != steps[-1] and length / 5 / step > 200 else []
    starts = [0.0]
    for k in range(1, count):
        starts.append(round((k + random.uniform(-0.2, 0.2)) * length / count / 60) * 60.0)
    starts.append(length)
    holes: list[tuple[float, float]] = []
    for step, low, high in zip(steps, starts[:-1], starts[1:], strict=True):
        for _ in range(int(random.integers(0, 4))):
            # Twenty readings on either side tell a hole from the change.
            first, last = int(low // step) + 20, int(high // step) - 90
            begin = random.integers(first, max(last, first + 1)) * step
            end = begin + random.integers(2, 60) * step
            if end < high - 20 * step and all(end + 9 * step < a or begin > b for a, b in holes):
                holes.append((begin, end))
    return Regimes(tuple(steps), tuple(starts), tuple(holes)), length


@pytest.mark.parametrize("seed", range(40))
def test_real_gaps_on_either_side_of_changes_are_found_exactly(seed: int) -> None:
    regimes, length = drawn(seed)
    listed, share, _ = said_of(regimes, length)
    assert listed == regimes.gaps(length)
    assert share == pytest.approx(regimes.coverage(length), abs=0.01)


def test_a_change_across_a_silence_is_at_the_first_reading_of_the_new_spacing() -> None:
    regimes = Regimes((60, 1), (0, 3 * DAY, 7 * DAY), ((2 * DAY, 4 * DAY),))
    listed, share, changes = said_of(regimes, 7 * DAY)
    assert listed == [(2 * DAY, 4 * DAY)]
    assert changes == [4 * DAY]
    expected = 4 * DAY / 60 + 3 * DAY  # in the silence as before it
    assert share == pytest.approx((2 * DAY / 60 + 3 * DAY) / expected, abs=1e-3)


def test_a_change_before_the_window_is_none_of_it() -> None:
    regimes = Regimes((60, 5), (-DAY, -100, DAY))
    listed, share, changes = said_of(regimes, DAY)
    assert (listed, changes) == ([], [])
    assert share == pytest.approx(1, abs=1e-3)


def test_a_tag_that_reports_by_exception_is_not_looked_at_over_and_over() -> None:
    steps = np.random.default_rng(4).exponential(20, 40_000)
    readings = ns(np.cumsum(steps))
    _, looks = expected_of(readings, START.value, int(readings[-1]))
    assert looks <= 60


def test_a_change_of_tenfold_shortly_before_a_moment_is_not_taken_for_exception() -> None:
    regimes = Regimes((60, 1), (0, 0.5 * DAY - 70, DAY))
    readings = ns(regimes.seconds)
    due, _ = expected_of(readings, *ns([0, DAY]).tolist())
    assert not due.irregular
    assert due.change == (60, 1)


def test_a_few_gaps_in_a_row_are_no_change() -> None:
    steps = np.full(3_000, 5.0)
    steps[[500, 501, 503, 900, 2_990]] = 300
    seconds = np.cumsum(steps)
    due, _ = expected_of(ns(seconds), *ns([0, seconds[-1]]).tolist())
    assert set(due.spacings.tolist()) == {5.0}


@pytest.mark.parametrize("seed", range(40))
def test_a_window_holds_about_as_many_readings_as_looks_tell_at_least(seed: int) -> None:
    regimes, length = drawn(seed)
    moments = ns(np.linspace(0, length, 13)).tolist()
    looks = looks_at(ns(regimes.seconds), moments)
    least = spacing.least_between(looks, moments[0], moments[-1])
    whole = len(Regimes(regimes.steps, regimes.starts).seconds)
    assert length / max(regimes.steps) * 0.9 < least < whole * 1.1


def test_readings_of_one_spacing_are_told_as_many_as_they_are() -> None:
    moments = ns(np.linspace(0, DAY, 13)).tolist()
    looks = looks_at(ns(np.arange(0, DAY, 5)), moments)
    assert spacing.least_between(looks, moments[0], moments[-1]) == pytest.approx(17_280)
    assert spacing.least_between(looks, *ns([DAY / 4, DAY / 2]).tolist()) == pytest.approx(4_320)
    assert spacing.least_between(looks_at(ns([]), moments), moments[0], moments[-1]) == 0
