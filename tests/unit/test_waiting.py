"""Which source answers where rollups wait for a refresh."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import windows
from data.analysis import arrays
from data.buckets import RAW
from data.queries.grouped import whole
from data.queries.plan import Source

MINUTE = 60 * 10**9
DAY = 1440


def source(width: int, first: int, newest: int) -> Source:
    """Return a source from minute to minute."""
    times = (windows.EPOCH + timedelta(minutes=each) for each in (first, newest))
    return Source(width, *times)


def told(start: int, stop: int, sources: list[Source], stretches: dict[int, list[tuple[int, int]]]):
    """Return width, start and stop [min] of what answers."""
    waits = {
        width: tuple((a * MINUTE, b * MINUTE) for a, b in each) for width, each in stretches.items()
    }
    found = whole.answers(start * MINUTE, stop * MINUTE, sources, waits)
    minutes = [
        (each.width, *((t - windows.EPOCH) // timedelta(minutes=1) for t in each[1:]))
        for each in found
    ]
    return sorted(minutes, key=lambda each: each[1])


def test_the_coarsest_rollup_that_does_not_wait_answers_and_readings_where_all_do() -> None:
    sources = [source(3_600, 0, DAY), source(600, 0, DAY), source(60, 0, DAY)]
    stretches = {3_600: [(60, 120)], 600: [(70, 80)], 60: [(75, 77)]}
    assert told(0, 180, sources, stretches) == [
        (3_600, 0, 60), (600, 60, 70), (60, 70, 75), (RAW, 75, 77), (60, 77, 80),
        (600, 80, 120), (3_600, 120, 180),
    ]  # fmt: skip


def test_a_rollup_answers_only_from_its_first_to_its_newest_bucket() -> None:
    sources = [source(600, 60, 110)]
    assert told(0, 180, sources, {}) == [(RAW, 0, 60), (600, 60, 120), (RAW, 120, 180)]
    assert told(0, 60, sources, {}) == [(RAW, 0, 60)]
    assert told(0, 60, [], {}) == [(RAW, 0, 60)]


@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(1, 40)), max_size=8),
    st.lists(st.tuples(st.integers(0, 30), st.integers(1, 4)), max_size=4),
    st.integers(0, 20), st.integers(0, 20),
)  # fmt: skip
def test_every_minute_is_answered_once_and_by_no_rollup_that_waits_there(
    minutes, tens, first, newest
) -> None:
    one = arrays.joined((a, a + length) for a, length in minutes)
    ten = arrays.joined((a * 10, (a + length) * 10) for a, length in tens)
    sources = [source(600, first * 10, (first + newest) * 10), source(60, first, first + 250)]
    found = told(0, 300, sources, {600: list(ten), 60: list(one)})
    minute = np.zeros(300, int)
    for width, start, stop in found:
        minute[start:stop] += 1
        for a, b in {600: ten, 60: one}.get(width, ()):
            assert not (a < stop and start < b)
    assert (minute == 1).all()


def test_many_stretches_become_fewer_that_hold_them_all() -> None:
    every = tuple((10 * k, 10 * k + 5) for k in range(1_000))
    found = arrays.within(every, 0, 10_000)
    assert len(found) <= arrays.MOST_STRETCHES + 1
    assert all(any(a <= start and stop <= b for a, b in found) for start, stop in every)
    assert arrays.within(every, 12, 34) == ((12, 15), (20, 25), (30, 34))


@pytest.mark.parametrize(("most", "expected"), [(0, 6), (25, 2), (1_000, 1)])
def test_a_long_stretch_is_cut_into_parts_of_whole_buckets(most: int, expected: int) -> None:
    found = list(arrays.parts(((60, 120),), 10, most))
    assert len(found) == expected
    assert arrays.joined(found) == ((60, 120),)
    assert all(start % 10 == 0 and stop % 10 == 0 for start, stop in found)
