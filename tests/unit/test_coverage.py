"""Coverage and gaps of a window, against plain loops over the readings."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.analysis import arrays, coverage, gaps, rules, spacing
from data.analysis.rules import Rule
from tests.support.gaps import gaps_of

NAN = float("nan")
START = pd.Timestamp("2026-03-01T00:00:00Z")
HOUR = 3_600.0


def ns(*seconds: float) -> np.ndarray:
    """Return times so many seconds after START."""
    return np.array([START.value + round(second * 1e9) for second in seconds], dtype=np.int64)


def looks_at(readings: np.ndarray, moments: list[int]) -> list[spacing.Look]:
    """Return what looks at all readings that there ever were find before moments [ns]."""
    return [spacing.look(at, readings[readings < at][-spacing.BEFORE :]) for at in moments]


def expected_of(
    readings: np.ndarray, seconds: float, first: int | None = None
) -> coverage.Expectation:
    """Return what is expected in a window from START, by all readings that there ever were."""
    edges = coverage.parts(*ns(0, seconds).tolist())
    looks = looks_at(readings, edges.tolist())
    while between := spacing.moments_between(looks):
        looks = sorted(looks + looks_at(readings, between), key=lambda each: each.moment)
    first = arrays.NEVER if not len(readings) else int(readings[0]) if first is None else first
    return coverage.expectation(edges, looks, first)


def share_by_hand(readings: list[int], start: int, stop: int) -> float:
    """The rule of docs/definitions.md, 1.5, of a tag that never changes: reading by reading."""
    there, due = 0.0, 0.0
    spacings = []
    for part in range(13):
        end = start + (stop - start) * part // 12
        before = [at for at in readings if at < end][-100:]
        steps = sorted((b - a) / 1e9 for a, b in zip(before, before[1:], strict=False))
        middle = len(steps) // 2
        median = (steps[middle] + steps[~middle]) / 2 if steps else NAN
        spacings.append(median)
    for part in reversed(range(12)):
        if np.isnan(spacings[part]):
            spacings[part] = spacings[part + 1]
    for part in range(12):
        low, high = (start + (stop - start) * k // 12 for k in (part, part + 1))
        begin = max(low, readings[0]) if readings else low
        number = max(high - begin, 0) / 1e9 / spacings[part + 1]
        there += min(sum(low <= at < high for at in readings), number + 1)
        due += number
    if not due > 0:
        return NAN
    whole = int(due + 1e-6)
    return min(there / whole, 1) if whole else (1 if there else NAN)


@given(
    st.lists(st.sampled_from([10, 10, 10, 11, 12, 90]), min_size=2, max_size=300),
    st.integers(-600, 600),
    st.integers(600, 7_200),
)
def test_coverage_is_that_of_a_loop_over_parts_and_readings(
    steps: list[int], begin: int, length: int
) -> None:
    readings = ns(*(begin + np.cumsum(steps)))
    found = expected_of(readings, length)
    expected = share_by_hand(readings.tolist(), *ns(0, length).tolist())
    if set(found.since.tolist()) - {int(readings[0]), *found.edges.tolist()}:
        return  # a change, by chance: see test_spacing
    if found.irregular:
        assert np.isnan(coverage.share(found, coverage.counts(found, readings)))
    else:
        share = coverage.share(found, coverage.counts(found, readings))
        assert share == pytest.approx(expected, nan_ok=True)


@given(
    st.lists(st.integers(1, 50), min_size=40, max_size=200),
    st.lists(st.integers(0, 3_600), min_size=1, max_size=20),
)
def test_what_is_expected_of_buckets_adds_up_to_what_is_expected_of_the_window(
    steps: list[int], cuts: list[int]
) -> None:
    found = expected_of(ns(*np.cumsum(steps)), HOUR)
    if found.irregular:
        return
    edges = ns(*sorted({0, 3_600, *cuts}))
    whole = coverage.expected(found, found.edges[:1], found.edges[-1:])
    assert coverage.expected(found, edges[:-1], edges[1:]).sum() == pytest.approx(whole[0])


@given(st.integers(1, 20_000), st.integers(0, 4_999), st.integers(-900, -10))
def test_a_window_without_a_gap_is_wholly_covered_however_short_it_is(
    length: int, phase: int, first: int
) -> None:
    """Of 2.4 expected readings 2 or 3 lie in a window, and of a twelfth of them mostly none."""
    readings = ns(*(first + np.arange(0, 1_000 + length / 1_000, 5.0) + phase / 1_000))
    found = expected_of(readings, length / 1_000)
    counts = coverage.counts(found, readings)
    if counts.sum():
        assert coverage.share(found, counts) == 1
    else:
        assert np.isnan(coverage.share(found, counts))


def test_a_reading_that_is_missing_in_a_short_window_is_missed() -> None:
    readings = ns(*(each for each in np.arange(-600, 60, 5.0) if each != 30))
    found = expected_of(readings, 60)
    assert coverage.share(found, coverage.counts(found, readings)) == pytest.approx(11 / 12)


def test_a_tag_that_is_silent_half_of_each_hour_is_half_covered() -> None:
    week = 7 * 24 * HOUR
    at = [t for t in range(0, int(week), 300) if t % 3_600 < 1_800]
    found = expected_of(ns(*at), week)
    assert coverage.share(found, coverage.counts(found, ns(*at))) == pytest.approx(0.5)
    hours = ns(*np.arange(0, week, HOUR))
    shares = coverage.bucket_shares(found, hours, hours + 3_600 * 10**9, np.full(len(hours), 6.0))
    np.testing.assert_allclose(shares, 0.5)


def test_a_whole_bucket_is_one_and_not_almost_one_wherever_the_parts_of_a_window_meet() -> None:
    for seconds in (86_400, 86_399.9, 50_000.3):
        found = expected_of(ns(*np.arange(-600, seconds, 5.0)), seconds)
        minutes = ns(*np.arange(0, seconds - 60, 60.0))
        whole = np.full(len(minutes), 12.0)
        shares = coverage.bucket_shares(found, minutes, minutes + 60 * 10**9, whole)
        assert set(shares.tolist()) == {1.0}
        third = coverage.bucket_shares(found, minutes, minutes + 60 * 10**9, whole - 8)
        assert set(third.tolist()) == {0.333333333}


def test_a_tag_that_became_faster_is_whole_and_the_change_is_told() -> None:
    slow, fast = np.arange(0, 6 * HOUR, 60), np.arange(6 * HOUR, 12 * HOUR, 1)
    readings = ns(*slow, *fast)
    found = expected_of(readings, 12 * HOUR)
    assert coverage.share(found, coverage.counts(found, readings)) == pytest.approx(1)
    assert found.change == (60, 1)


def test_a_tag_that_reports_by_exception_has_no_expected_number() -> None:
    random = np.random.default_rng(4)
    readings = ns(*np.cumsum(random.choice([1.0, 1_000.0], 2_000, p=[0.8, 0.2])))
    found = expected_of(readings, 24 * HOUR)
    assert found.irregular
    assert np.isnan(coverage.share(found, coverage.counts(found, readings)))
    assert found.change is None


def test_nothing_is_expected_before_the_first_reading() -> None:
    readings = ns(*np.arange(5.5 * HOUR, 12 * HOUR, 60))
    found = expected_of(readings, 12 * HOUR)
    assert coverage.share(found, coverage.counts(found, readings)) == pytest.approx(1)
    assert coverage.expected(found, ns(0), ns(5.5 * HOUR)).tolist() == [0]
    hour = coverage.bucket_shares(found, ns(4 * HOUR, 5 * HOUR), ns(5 * HOUR, 6 * HOUR), ns(0, 0))
    assert np.isnan(hour[0])


def test_a_known_period_wins_over_what_is_measured() -> None:
    readings = ns(*np.arange(0, HOUR, 60))
    found = expected_of(readings, HOUR).with_period(30.0)
    assert coverage.share(found, coverage.counts(found, readings)) == pytest.approx(0.5)


def test_a_tag_without_readings_has_no_coverage() -> None:
    found = expected_of(ns(), HOUR)
    assert np.isnan(coverage.share(found, coverage.counts(found, ns())))
    assert found.limits(rules.checks(None), ns(0)).tolist() == [30.0]


def test_a_gap_is_judged_by_the_spacing_of_its_twelfth_or_by_the_rule() -> None:
    readings = ns(*np.arange(0, 6 * HOUR, 60), *np.arange(6 * HOUR, 12 * HOUR, 1))
    found = expected_of(readings, 12 * HOUR)
    at = ns(HOUR, 11.5 * HOUR)
    assert found.limits(rules.checks(None), at) == pytest.approx([246, 30])
    assert found.limits(rules.checks(Rule("a", max_gap_seconds=7)), at).tolist() == [7, 7]


# --- gaps ----------------------------------------------------------------------------------------


def gaps_by_hand(readings: list[int], limit: float, start: int, stop: int) -> list[float]:
    """Every stretch between neighbours, and to the edges, that is longer than the limit [s]."""
    inside = [at for at in readings if start <= at < stop]
    edges = [start, *inside, stop]
    steps = [(b - a) / 1e9 for a, b in zip(edges, edges[1:], strict=False)]
    return [step for step in steps if step > limit]


@given(st.lists(st.integers(1, 400), max_size=60), st.integers(1, 300), st.sampled_from([60, 300]))
def test_between_buckets_a_gap_is_a_run_of_empty_ones_longer_than_the_limit(
    steps: list[int], limit: int, width: int
) -> None:
    at = np.cumsum(steps) if steps else np.zeros(0, int)
    starts = pd.DatetimeIndex(START + pd.to_timedelta(np.unique(at // width * width), unit="s"))
    stop = START + pd.Timedelta(7_200, "s")
    ends = starts + pd.Timedelta(width, "s")
    found = gaps_of(starts, limit, START, stop, ends)
    full, runs, run = {int(t // width) for t in at if t < 7_200}, [], 0
    for bucket in range(7_200 // width):
        run = 0 if bucket in full else run + width
        if bucket + 1 in full or bucket + 1 == 7_200 // width:
            runs += [run] if run > limit else []
            run = 0
    assert found.seconds.tolist() == runs
    exact = gaps_by_hand(ns(*at).tolist(), limit, START.value, stop.value)
    assert len(found) <= len(exact)
    assert sum(gap > limit + 2 * width for gap in exact) <= len(found)


@given(st.lists(st.integers(1, 400), min_size=2, max_size=60), st.integers(1, 300))
def test_a_line_of_buckets_breaks_at_the_empty_ones_inside_a_listed_gap(
    steps: list[int], limit: int
) -> None:
    at = np.cumsum(steps)
    times = START + pd.to_timedelta(at, unit="s")
    listed = gaps_of(pd.DatetimeIndex(times), limit, START, times[-1])
    buckets = np.unique(at // 60 * 60)
    index = START + pd.to_timedelta(buckets, unit="s")
    frame = pd.DataFrame({"avg": 1.0, "seconds": 60.0}, index=index)
    broken = gaps.with_breaks(frame, float(limit), listed)
    expected = 0
    for this, after in zip(buckets, buckets[1:], strict=False):
        empty = (this + 60, after)
        inside = any(b - a > limit and a < empty[1] and b > empty[0]
                     for a, b in zip(at, at[1:], strict=False))  # fmt: skip
        expected += empty[1] > empty[0] and (inside or empty[1] - empty[0] > limit)
    assert broken["avg"].isna().sum() == expected


def test_days_end_where_the_next_begins_also_when_clocks_change() -> None:
    days = pd.date_range("2026-10-24", periods=4, freq="D", tz="Europe/Berlin")
    hours = [24.0, 25.0, 24.0]
    frame = pd.DataFrame({"avg": 1.0, "seconds": np.array(hours) * 3_600}, index=days[:-1])
    assert arrays.ends(frame).tolist() == days[1:].as_unit("ns").asi8.tolist()
    assert gaps.with_breaks(frame, 600.0) is frame


def test_a_window_that_is_not_yet_begun_has_no_gap() -> None:
    empty = pd.DatetimeIndex([], tz="UTC")
    assert not len(gaps_of(empty, 30, START, START - dt.timedelta(hours=1)))
