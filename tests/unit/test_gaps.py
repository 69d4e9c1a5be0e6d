"""A few moments tell of every silence that may be time whose readings are gone."""

import numpy as np
import pytest

from data.analysis import UNCHECKED, gaps


@pytest.mark.parametrize("seed", range(40))
def test_each_silence_holds_one_of_a_few_moments(seed: int) -> None:
    random = np.random.default_rng(seed)
    steps = random.choice([1, 5, 60, 2_000, 90_000], random.integers(2, 300))
    at = np.cumsum(steps * random.uniform(0.5, 1.5, len(steps)) * 1e9).astype(np.int64)
    last = int(at[-1] + random.choice([1, 10**6]) * 10**9)
    spacing = float(random.choice([1.0, 60.0]))
    longest = float(gaps.limit(UNCHECKED, spacing))
    moments = gaps.moments_in_silences(0, last, longest)
    assert len(moments) < 32
    for each in gaps.silences(at, at, 0, last, spacing):
        assert any(each.start <= moment < each.stop for moment in moments)
