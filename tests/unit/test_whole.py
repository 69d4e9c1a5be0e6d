"""Which stretches of a rollup may lack readings, by counts alone."""

import random
import tracemalloc
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from data import buckets
from data.analysis.presence.doubtful import Counts, Doubt, doubtful_span, doubts, run_of
from data.queries.grouped.whole import shown_in
from data.queries.plan import Request, ns_of

HOUR = 3_600 * 10**9


def counts(n: list[float], width: int = HOUR) -> Counts:
    """Return buckets from 0 on; NaN: there is none."""
    number = np.array(n, dtype=np.float64)
    there = np.flatnonzero(~np.isnan(number))
    return Counts(there * width, number[there], width, 0, len(n) * width)


def hours(found: list[Doubt]) -> list[tuple[int, int, int]]:
    return [(each.start // HOUR, each.stop // HOUR, each.n) for each in found]


NONE = float("nan")
FULL = 3_600.0


def test_a_run_of_missing_buckets_is_one_doubt_also_at_either_end() -> None:
    given = counts([NONE, *[FULL] * 10, NONE, NONE, NONE, *[FULL] * 10, NONE])
    assert hours(doubts(given)) == [(24, 25, 0), (11, 14, 0), (0, 1, 0)]


@pytest.mark.parametrize(("n", "doubted"), [(3_239, True), (3_240, False), (5_000, False)])
def test_a_bucket_with_less_than_nine_tenths_of_the_eight_around_is_in_doubt(
    n: float, doubted: bool
) -> None:
    given = counts([*[FULL] * 9, n, *[FULL] * 9])
    assert hours(doubts(given)) == ([(9, 10, int(n))] if doubted else [])


def test_of_a_long_poor_run_the_ends_are_in_doubt_and_the_whole_belongs_to_them() -> None:
    given = counts([*[FULL] * 12, *[FULL / 2] * 30, *[FULL] * 12])
    found = doubts(given)
    assert hours(found) == [(41, 42, 1_800), (12, 13, 1_800)]
    assert {run_of(doubt, given) for doubt in found} == {(12 * HOUR, 42 * HOUR)}


def test_a_poor_run_takes_in_the_bucket_at_each_end_of_which_it_has_spoilt_a_part() -> None:
    """Beside the poor ones next to them these look whole: 100 and 90 of 120 readings."""
    n = [*[120.0] * 12, 100.0, *[60.0] * 6, 90.0, *[120.0] * 12]
    (doubt,) = doubts(counts(n))
    assert doubt.start >= 13 * HOUR and doubt.stop <= 20 * HOUR
    assert run_of(doubt, counts(n)) == (12 * HOUR, 20 * HOUR)
    assert run_of(doubts(counts(n[12:]))[0], counts(n[12:])) == (0, 8 * HOUR)
    assert run_of(doubts(counts(n[:20]))[0], counts(n[:20])) == (12 * HOUR, 20 * HOUR)
    whole = [*[120.0] * 12, 109.0, *[60.0] * 6, 109.0, *[120.0] * 12]
    assert run_of(doubts(counts(whole))[0], counts(whole)) == (13 * HOUR, 19 * HOUR)


def test_doubts_with_few_readings_between_are_one() -> None:
    nights = [*[40.0] * 10, *[NONE] * 14] * 3
    assert hours(doubts(counts(nights))) == [(10, 72, 800)]
    nights = [*[400.0] * 10, *[NONE] * 14] * 3
    assert hours(doubts(counts(nights))) == [(58, 72, 0), (34, 48, 0), (10, 24, 0)]


def test_where_counts_vary_by_themselves_ten_buckets_are_compared() -> None:
    random = np.random.default_rng(1)
    n = random.poisson(300, 3_000).astype(float) * random.choice([1, 2], 3_000)
    n[1_500:1_540] = np.nan
    found = doubts(counts(n.tolist()))
    assert any(start <= 1_500 and stop >= 1_540 for start, stop, _n in hours(found))
    assert len(found) < 200  # one by one nearly half of them would be in doubt


@pytest.mark.parametrize("first", range(80, 91))
@pytest.mark.parametrize("length", [1, 2, 11, 19])
def test_missing_buckets_of_a_tag_whose_counts_vary_are_read_again_wherever_tens_begin(
    first: int, length: int
) -> None:
    """Nine of ten are no few, and beside a hole that ends there one hour was left out unsaid."""
    n = np.random.default_rng(3).poisson(40, 168).astype(float)
    n[first : first + length] = np.nan
    given = counts(n.tolist())
    runs = [run_of(doubt, given) for doubt in doubts(given)]
    assert any(start <= first * HOUR and stop >= (first + length) * HOUR for start, stop in runs)


def test_of_a_tag_of_which_many_buckets_are_missing_missing_ones_are_compared_by_ten_too() -> None:
    n = np.random.default_rng(4).poisson(0.7, 3_000).astype(float)
    n[n == 0] = np.nan
    n[1_503:1_541] = np.nan
    given = counts(n.tolist())
    every = doubts(given)
    assert len(every) < 200  # one by one more than half of them would be in doubt
    # As many buckets follow the hole, or come before it, as are missing there anyway.
    around = ~np.isnan(n)
    low = (np.flatnonzero(around[:1_503])[-1] + 1) * HOUR
    high = (1_541 + np.flatnonzero(around[1_541:])[0]) * HOUR
    assert any(start <= low and stop >= high for start, stop in (run_of(d, given) for d in every))


def test_rows_that_are_whole_need_no_closer_look_and_others_say_where() -> None:
    start = np.arange(30) * HOUR * 6
    stop = start + HOUR * 6
    rows = {
        "n": np.full(30, 6 * FULL),
        "stored": np.full(30, 6 * 3_600.0),
        "least": np.ones(30),
    }
    spans = [(0, 180 * HOUR)]
    assert doubtful_span(start, stop, rows, spans) is None
    rows["stored"][7], rows["n"][7] = 5 * 3_600.0, 5 * FULL
    assert doubtful_span(start, stop, rows, spans) == (42 * HOUR, 48 * HOUR)
    rows["least"][9] = 0.5
    assert doubtful_span(start, stop, rows, spans) == (42 * HOUR, 60 * HOUR)
    gone = np.arange(30) != 20
    rows = {name: column[gone] for name, column in rows.items()}
    assert doubtful_span(start[gone], stop[gone], rows, spans) == (42 * HOUR, 126 * HOUR)
    assert doubtful_span(start[gone], stop[gone], rows, [(0, 30 * HOUR)]) is None


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe"])
@pytest.mark.parametrize("token", ["10s", "1m", "1h", "6h", "1d", "1w"])
def test_buckets_that_stretches_touch_are_counted_once_each(token: str, zone: str) -> None:
    """Around a change of clocks too, and where stretches overlap or reach past the window."""
    width, chance = buckets.resolution(token), random.Random(token + zone)
    middle = datetime(2026, 3, 29, tzinfo=UTC)
    start = middle - 20 * timedelta(seconds=width.seconds)
    bounds = buckets.snapped(start, middle + 40 * timedelta(seconds=width.seconds), width, zone)
    request = Request("D1", width, *bounds, zone)
    edges = pd.DatetimeIndex(buckets.edges(*bounds, width, zone)).as_unit("ns").asi8
    for _ in range(20):
        low = [chance.randrange(int(edges[0]) - 10**12, int(edges[-1]) + 10**12) for _ in range(4)]
        low = [each // 1_000 * 1_000 for each in low]
        high = [each + chance.choice([1_000, 10**9, width.seconds * 10**10]) for each in low]
        pairs = list(zip(low, high, strict=True))
        touched = [
            any(a < stop and start < b for a, b in pairs)
            for start, stop in zip(edges[:-1], edges[1:], strict=True)
        ]
        assert shown_in(request, pairs) == sum(touched)


def test_no_bucket_of_a_year_of_seconds_is_listed_to_count_those_that_are_touched() -> None:
    start, stop = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    request = Request("D1", buckets.resolution("1s"), start, stop, "UTC")
    tracemalloc.start()
    assert shown_in(request, [(ns_of(start), ns_of(stop))]) == 365 * 86_400
    assert tracemalloc.get_traced_memory()[1] < 100_000
    tracemalloc.stop()
