"""How far apart readings were, as the counts of whole buckets tell."""

import numpy as np
import pytest

from data.analysis import rolled

MINUTE = 60 * 10**9


def rows(times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return starts [ns] and counts of minutes, of readings at these times [s]."""
    at, counts = np.unique((times // 60).astype(np.int64), return_counts=True)
    return at * MINUTE, counts.astype(float)


def told(times: np.ndarray) -> float:
    at, counts = rows(times)
    look = rolled.look(10**18, at[-100:], counts[-100:], MINUTE)
    assert len(look.times) < 2 or (np.diff(look.times) > 0).all()
    assert look.before == look.after or np.isnan(look.after)
    return look.after


@pytest.mark.parametrize(
    "seconds", [1, 5, 7, 13.7, 30, 45, 60, 61, 90, 100, 300, 900, 3_600, 7_213]
)
def test_regular_readings_are_as_far_apart_as_they_are(seconds: float) -> None:
    """Where they fall among the buckets, and that some are missing, does not change it."""
    times = np.arange(0, 200 * max(seconds, 60), seconds) + 0.3 * seconds
    assert told(times) == pytest.approx(seconds, rel=0.02)
    holed = times[(times < 0.3 * times[-1]) | (times > 0.5 * times[-1])]
    assert told(holed) == pytest.approx(seconds, rel=0.02)
    jitter = np.random.default_rng(7).uniform(-0.1, 0.1, len(times)) * seconds
    assert told(np.sort(times + jitter)) == pytest.approx(seconds, rel=0.06)


@pytest.mark.parametrize("seconds", [1, 60, 300])
def test_single_losses_are_losses_and_no_longer_spacing(seconds: float) -> None:
    times = np.arange(0, 100 * max(seconds, 60), seconds)
    kept = np.delete(times, np.arange(5, len(times), max(len(times) // 3, 2)))
    assert told(kept) == pytest.approx(seconds, rel=1e-3)


def test_of_one_row_its_count_tells_and_of_one_reading_nothing() -> None:
    one = np.zeros(1, np.int64)
    assert rolled.look(MINUTE, one, np.full(1, 60.0), MINUTE).after == 1.0
    assert np.isnan(rolled.look(MINUTE, one, np.ones(1), MINUTE).after)
    assert np.isnan(rolled.look(MINUTE, one[:0], np.zeros(0), MINUTE).after)


def test_rows_of_a_tag_that_reports_by_exception_have_no_typical_spacing() -> None:
    """A burst of each minute, and then nothing for hours."""
    bursts = [start * 60.0 + np.arange(0, 60, 2) for start in range(8)]
    few = np.arange(8) * 40_000.0 + 5_000
    at, counts = rows(np.sort(np.concatenate([*bursts, few])))
    assert rolled.look(10**18, at, counts, MINUTE).irregular
