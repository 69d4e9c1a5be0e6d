"""Quality: each test of docs/definitions.md by hand, then against ioos_qc, pandas, brute force."""

import dataclasses
import statistics

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ioos_qc import qartod

from data.analysis import gaps, quality, spikes
from data.analysis.arrays import decimals
from data.analysis.checks import UNCHECKED
from data.analysis.quality import REASONS
from data.analysis.rules import Rule, checks
from tests.support.decimals import by_hand
from tests.support.gaps import gaps_of

START = pd.Timestamp("2026-03-01T00:00:00Z")
RULE = Rule("D100", min_val=0, max_val=100, max_step=10, roc_max_per_min=60)
NAN, INF = float("nan"), float("inf")


def series(values: list[float], spacing: float = 10.0, **columns: object) -> pd.DataFrame:
    at = START + pd.to_timedelta(np.arange(len(values)) * spacing, unit="s")
    return pd.DataFrame({"value": np.asarray(values, float), **columns}, index=at)


def reasons(frame: pd.DataFrame, rule: Rule | None, gap: float = 30.0) -> list[set[str]]:
    bits = quality.assess(frame, checks(rule), gap)["reasons"]
    return [{word for bit, word in REASONS.items() if each & bit} for each in bits]


def words(frame: pd.DataFrame, rule: Rule | None, gap: float = 30.0) -> list[str]:
    return [quality.QUALITIES[code] for code in quality.assess(frame, checks(rule), gap)["quality"]]


def test_what_is_not_a_finite_number_is_bad_and_missing_with_or_without_a_rule() -> None:
    frame = series([1, NAN, INF, -INF])
    for rule in (RULE, None):
        assert reasons(frame, rule)[1:] == [{"missing"}] * 3
        assert words(frame, rule)[1:] == ["BAD"] * 3


def test_the_bounds_of_the_span_are_inside_it() -> None:
    rule = Rule("a", min_val=0, max_val=100)
    assert words(series([0, 100, -1e-9, 100.0000001]), rule) == ["GOOD", "GOOD", "BAD", "BAD"]
    assert reasons(series([101]), rule) == [{"span"}]


def test_a_one_sided_span_checks_one_side() -> None:
    assert words(series([-1e9, 101]), Rule("a", max_val=100)) == ["GOOD", "BAD"]


def test_a_negative_reading_is_bad_only_where_the_rule_forbids_it() -> None:
    assert reasons(series([-1, 0]), Rule("a", allow_negative=False)) == [{"negative"}, set()]
    assert reasons(series([-1]), Rule("a")) == [set()]


def test_a_step_is_suspect_beyond_its_limit_and_not_at_it() -> None:
    rule = Rule("a", max_step=10)
    assert reasons(series([0, 10, 20.5, 10, 0]), rule) == [set(), set(), {"step"}, {"step"}, set()]


def test_a_rate_is_suspect_beyond_its_limit_and_not_at_it() -> None:
    rule = Rule("a", roc_max_per_min=60)
    assert reasons(series([0, 10, 20.5]), rule) == [set(), set(), {"rate"}]


def test_step_and_rate_are_not_judged_across_a_gap() -> None:
    assert reasons(series([0, 90], spacing=30), RULE) == [set(), {"step", "rate"}]
    assert reasons(series([0, 90], spacing=30.001), RULE) == [set(), set()]


def test_a_bad_reading_makes_no_step_of_the_good_ones_around_it() -> None:
    assert reasons(series([50, 999, 51]), RULE) == [set(), {"span"}, set()]


def test_a_step_over_a_bad_reading_is_still_a_step() -> None:
    assert reasons(series([10, NAN, 60], spacing=1), RULE)[2] == {"step", "rate"}


def test_a_flag_of_the_source_makes_a_reading_bad_with_or_without_a_rule() -> None:
    frame = series([1, 1, 1], qc=[0, 4, -1])
    assert words(frame, RULE) == ["GOOD", "BAD", "BAD"]
    assert words(frame, None) == ["UNKNOWN", "BAD", "BAD"]
    assert reasons(frame, RULE)[1] == {"source"}


def test_a_flagged_reading_is_compared_with_nothing_and_nothing_with_it() -> None:
    frame = series([50, 90, 51, 52], spacing=1, qc=[0, 1, 0, 0])
    assert reasons(frame, RULE) == [set(), {"source"}, set(), set()]
    lone = series([50] * 20 + [90] + [50] * 3, spacing=1, qc=[0] * 20 + [2] + [0] * 3)
    assert reasons(lone, Rule("a", spike_zscore=3, flat_seconds=15))[20] == {"source"}
    assert "stuck" in reasons(lone, Rule("a", spike_zscore=3, flat_seconds=15))[21]


def test_a_broken_or_disabled_rule_judges_nothing_and_nothing_is_called_good() -> None:
    for rule in (Rule("a", min_val=5, max_val=1), Rule("a", max_val=1, enabled=False)):
        assert words(series([0, 500]), rule) == ["UNKNOWN", "UNKNOWN"]


def test_an_empty_series_gets_an_empty_answer() -> None:
    assert (
        len(quality.assess(series([]), checks(Rule("a", spike_zscore=3, flat_seconds=9)), 30)) == 0
    )


# --- spike ---------------------------------------------------------------------------------------


def spikes_by_hand(values: list[float], limit: float, span: float | None) -> list[bool]:
    """Iglewicz and Hoaglin as docs/definitions.md has it, reading by reading."""
    found, before, places = [], [], []
    for x in values:
        if not np.isfinite(x) or (span is not None and abs(x) > span / 2):
            found.append(False)
            continue
        last = before[-60:]
        middle = statistics.median(last) if last else NAN
        places.append(by_hand(x))
        step = 10.0 ** -max(places[-61:])
        least = step if span is None else max(min(step, 0.05 * span), 0.001 * span)
        spread = max(statistics.median(abs(v - middle) for v in last), least) if last else NAN
        far = len(last) >= 10 and abs(0.6745 * (x - middle)) > limit * spread
        found.append(bool(far))
        before.append(x)
    return found


@given(
    st.one_of(
        st.floats(-1e9, 1e9),
        st.floats(-1e9, 1e9, width=32),
        st.decimals(-1000, 1000, places=3).map(float),
        st.decimals(-1000, 1000, places=2).map(lambda number: float(np.float32(number))),
    )
)
def test_decimals_of_a_reading_are_those_found_in_exact_arithmetic(x: float) -> None:
    assert decimals(np.array([x])) == [by_hand(x)]


def test_decimals_of_an_instrument_are_seen_through_float32_and_float64() -> None:
    written = [0, 14, 0.9, 0.05, 1234.567, -3.5, 1e20, NAN, INF]
    places = [0, 0, 1, 2, 3, 1, 0, 0, 0]
    assert decimals(np.array(written)).tolist() == places
    assert decimals(np.array(written, dtype=np.float32).astype(float)).tolist() == places
    assert decimals(np.array([[np.pi, 1 / 3]])).tolist() == [[9, 9]]


@given(
    st.lists(
        st.one_of(st.integers(-20, 20).map(lambda n: n / 10), st.just(NAN), st.just(2.0)),
        min_size=0,
        max_size=150,
    ),
    st.sampled_from([1.0, 3.5, 10.0]),
    st.sampled_from([None, 1000.0, 5.0, 1.0]),
)
def test_spikes_are_those_of_median_and_mad_taken_one_by_one(
    values: list[float], limit: float, span: float | None
) -> None:
    bounds = {} if span is None else {"min_val": -span / 2, "max_val": span / 2}
    found = reasons(series(values), Rule("a", spike_zscore=limit, **bounds))
    assert ["spike" in each for each in found] == spikes_by_hand(values, limit, span)


@pytest.mark.parametrize("seed", range(3))
def test_spikes_are_judged_by_just_the_last_sixty_readings(seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=400).tolist()
    found = reasons(series(values), Rule("a", spike_zscore=1.0))
    assert ["spike" in each for each in found] == spikes_by_hand(values, 1.0, None)


@pytest.mark.parametrize(
    ("still", "then", "spikes"),
    [
        (14, [15] * 10, 0),
        (14, [50, 14, 50], 2),
        (14.0, [14.1, 14.2], 0),  # the step of 0.1 is the instrument's
        (14.0, [17.0], 0),
        (14.0, [24.0], 1),
    ],
)
def test_one_step_of_the_instrument_is_no_spike(
    still: float, then: list[float], spikes: int
) -> None:
    rule = Rule("a", min_val=-20, max_val=60, spike_zscore=5)
    found = reasons(series([still] * 60 + then), rule)
    assert sum("spike" in each for each in found) == spikes


def test_a_step_as_wide_as_the_span_is_a_spike_where_the_signal_stood_still() -> None:
    rule = Rule("a", min_val=0, max_val=1, spike_zscore=5)
    assert reasons(series([0.0] * 60 + [0.9]), rule)[-1] == {"spike"}
    assert reasons(series([0.0] * 60 + [1.0]), rule)[-1] == {"spike"}


def test_a_still_signal_without_a_span_is_judged_by_the_step_of_its_readings() -> None:
    rule = Rule("a", spike_zscore=5)
    assert reasons(series([5.0] * 60 + [6.0]), rule)[-1] == set()
    assert reasons(series([5.0] * 60 + [50.0]), rule)[-1] == {"spike"}


def test_an_angle_changes_by_the_short_way_round() -> None:
    values = [359.0, 1.0, 2.0, 358.0, 178.0]
    rule = Rule("a", min_val=0, max_val=360, max_step=10, roc_max_per_min=100, spike_zscore=5)
    noise = [359.0, 1.0, 0.0, 358.0, 2.0] * 4
    found = quality.assess(series([*noise, *values]), checks(rule, 360.0), 30.0)["reasons"]
    words = [set(quality.reason_keys(int(bits))) for bits in found]
    assert words[-5:] == [set()] * 4 + [{"step", "rate", "spike"}]
    assert all(word == set() for word in words[:-1])
    # Of a number that is no angle the same readings jump.
    assert reasons(series([*noise, *values]), rule)[-4] == {"step", "rate"}


@given(st.lists(st.integers(0, 71).map(lambda k: 5.0 * k), min_size=12, max_size=40))
def test_an_angle_is_judged_alike_wherever_its_zero_lies(values: list[float]) -> None:
    rule = Rule("a", max_step=40, roc_max_per_min=200, spike_zscore=2)
    turned = [(value + 115.0) % 360.0 for value in values]
    both = [
        quality.assess(series(each), checks(rule, 360.0), 30.0)["reasons"].tolist()
        for each in (values, turned)
    ]
    assert both[0] == both[1]


def test_a_spike_is_not_judged_before_ten_readings_stand_before_it() -> None:
    noise = [1.0, 2.0, 3.0, 2.0, 1.0, 2.0, 3.0, 2.0, 1.0, 2.0]
    rule = Rule("a", spike_zscore=5)
    assert reasons(series([*noise[:9], 99]), rule)[-1] == set()
    assert reasons(series([*noise, 99]), rule)[-1] == {"spike"}


def test_a_long_series_is_judged_piece_by_piece_without_a_seam() -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(size=spikes.ROWS_AT_ONCE + 200)
    rule = Rule("a", spike_zscore=3)
    whole = quality.assess(series(list(values)), checks(rule), 30)["reasons"].to_numpy()
    late = quality.assess(series(list(values[spikes.ROWS_AT_ONCE - 100 :])), checks(rule), 30)[
        "reasons"
    ]
    assert (whole[spikes.ROWS_AT_ONCE - 40 :] == late.to_numpy()[60:]).all()
    assert whole.any()


def far_by_a_loop(value: np.ndarray, place: np.ndarray, limit: float, width: float | None):
    """Yield whether each reading is a spike, told by the definition alone."""
    written = decimals(value)
    for i in range(len(value)):
        near = [j for j in range(max(0, i - 60), i) if place[j] >= place[i] - 5_000]
        if len(near) < 10:
            yield False
            continue
        middle = np.median(value[near])
        step = 10.0 ** -max(int(written[j]) for j in [*near, i])
        least = [step] if width is None else [min(step, 0.05 * width), 0.001 * width]
        spread = max(np.median(np.abs(value[near] - middle)), *least)
        yield 0.6745 * abs(value[i] - middle) > limit * spread


@pytest.mark.parametrize("width", [None, 1.0, 200.0])
@pytest.mark.parametrize("wide", [1, 300])
def test_spikes_are_those_that_a_plain_loop_finds(width: float | None, wide: int) -> None:
    rng, count = np.random.default_rng(5), 0
    for _ in range(60):
        size = int(rng.integers(1, 160))
        value = np.round(rng.normal(size=size).cumsum() * rng.choice([0, 0.01, 1]), 2)
        value[rng.integers(0, size, size=2)] += rng.choice([0.5, 5, 100])
        # With BAD ones left out between them, some before a reading are too far back.
        place = np.sort(rng.choice(size * wide, size=size, replace=False))
        of_tag = dataclasses.replace(UNCHECKED, zscore=4.0, span=width)
        expected = list(far_by_a_loop(value, place, 4.0, width))
        assert spikes.in_series(value, place, of_tag).tolist() == expected
        count += sum(expected)
    assert count > 20


# --- stuck ---------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 2), min_size=1, max_size=60), st.sampled_from([20, 25, 60]))
def test_stuck_is_a_rolling_maximum_that_equals_the_minimum(values: list[int], flat: int) -> None:
    frame = series([float(v) for v in values])
    window = frame["value"].rolling(f"{flat}s", closed="both")
    reaches = frame.index - frame.index[0] >= pd.Timedelta(flat, "s")
    expected = (window.max() == window.min()) & (window.count() >= 3) & reaches
    found = reasons(frame, Rule("a", flat_seconds=flat))
    assert ["stuck" in each for each in found] == expected.tolist()


def test_two_readings_are_too_few_to_call_a_value_stuck() -> None:
    assert reasons(series([1, 1, 1], spacing=600), Rule("a", flat_seconds=900))[-1] == set()


# --- against ioos_qc -----------------------------------------------------------------------------

numbers = st.one_of(st.floats(-1e6, 1e6), st.sampled_from([NAN, INF, -INF, 0.0, 50.0]))


measured = st.one_of(st.floats(-1e6, 1e6), st.sampled_from([NAN, 0.0, 50.0]))


@given(st.lists(measured, min_size=1, max_size=80), st.floats(-100, 100), st.floats(0.001, 200))
def test_gross_range_equals_ioos_qc(values: list[float], low: float, width: float) -> None:
    high = low + width
    flags = np.ma.filled(qartod.gross_range_test(values, (low, high)), 9)
    expected = [{1: set(), 4: {"span"}, 9: {"missing"}}[int(flag)] for flag in flags]
    assert reasons(series(values), Rule("a", min_val=low, max_val=high)) == expected


@given(
    st.lists(st.integers(-400, 400).map(lambda n: n / 4), min_size=1, max_size=80),
    st.lists(st.integers(1, 100), min_size=80, max_size=80),
    st.integers(1, 64).map(lambda n: n / 8),
)
def test_rate_of_change_equals_ioos_qc_on_whole_seconds_without_gaps(
    values: list[float], spacings: list[int], per_second: float
) -> None:
    at = START + pd.to_timedelta(np.cumsum(spacings[: len(values)]), unit="s")
    frame = pd.DataFrame({"value": values}, index=at)
    flags = qartod.rate_of_change_test(values, at.tz_localize(None).to_numpy(), per_second)
    found = reasons(frame, Rule("a", roc_max_per_min=60 * per_second), gap=100)
    assert [each == {"rate"} for each in found] == (np.ma.filled(flags, 9) == 3).tolist()


def test_unlike_ioos_qc_we_call_an_infinite_reading_missing_rather_than_out_of_span() -> None:
    assert qartod.gross_range_test([INF, -INF], (0, 10)).tolist() == [4, 4]
    assert reasons(series([INF, -INF]), Rule("a", min_val=0, max_val=10)) == [{"missing"}] * 2


def ioos_rates(frame: pd.DataFrame, per_second: float) -> list[int]:
    at = frame.index.tz_localize(None).to_numpy()
    with np.errstate(divide="ignore"):
        flags = qartod.rate_of_change_test(frame["value"].to_numpy(), at, per_second)
    return [int(flag) for flag in np.ma.filled(flags, 9)]


def test_unlike_ioos_qc_we_do_not_judge_a_rate_across_a_gap() -> None:
    frame = series([0, 1000], spacing=60)
    assert ioos_rates(frame, 1.0) == [1, 3]
    assert reasons(frame, Rule("a", roc_max_per_min=60), gap=30) == [set(), set()]


def test_unlike_ioos_qc_we_judge_a_rate_over_a_missing_reading() -> None:
    frame = series([0, NAN, 1000], spacing=10)
    assert ioos_rates(frame, 1.0) == [1, 9, 1]
    assert reasons(frame, Rule("a", roc_max_per_min=60)) == [set(), {"missing"}, {"rate"}]


def test_unlike_ioos_qc_we_keep_fractions_of_a_second() -> None:
    frame = series([0, 1.5], spacing=1.6)  # 0.94 per second; ioos_qc cuts the spacing to 1 s
    assert ioos_rates(frame, 1.0) == [1, 3]
    assert reasons(frame, Rule("a", roc_max_per_min=60)) == [set(), set()]


def test_unlike_ioos_qc_we_refuse_a_span_whose_ends_are_swapped() -> None:
    assert qartod.gross_range_test([5.0, 50.0], (10, 0)).tolist() == [1, 4]
    assert words(series([5, 50]), Rule("a", min_val=10, max_val=0)) == ["UNKNOWN", "UNKNOWN"]


@given(st.lists(numbers, min_size=2, max_size=40), st.integers(1, 39))
def test_no_later_reading_changes_the_quality_of_an_earlier_one(
    values: list[float], count: int
) -> None:
    rule = Rule("a", 0, 1e5, max_step=10, spike_zscore=3, flat_seconds=30)
    whole = quality.assess(series(values), checks(rule), 30)
    part = quality.assess(series(values[:count]), checks(rule), 30)
    assert whole.head(count).equals(part)


# --- freshness -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age", "word"),
    [(0, "FRESH"), (30, "FRESH"), (30.001, "LATE"), (90, "LATE"), (90.001, "STALE")],
)
def test_freshness_ends_at_one_gap_and_lateness_at_three(age: float, word: str) -> None:
    assert gaps.FRESHNESS[gaps.freshness_codes(np.array(age), np.array(30.0))] == word


def test_a_tag_without_a_reading_has_no_data() -> None:
    assert gaps.FRESHNESS[gaps.freshness_codes(np.array(NAN), np.array(30.0))] == "NO DATA"


def test_the_gap_is_the_rules_else_follows_the_spacing_but_never_below_30_seconds() -> None:
    assert gaps.limit(checks(Rule("a", max_gap_seconds=7)), 60) == 7
    assert gaps.limit(checks(Rule("a")), 60) == pytest.approx(246)
    assert gaps.limit(checks(None), 5) == 30
    assert gaps.limit(checks(None), None) == gaps.limit(checks(None), NAN) == 30


def test_the_gap_of_a_rule_that_is_not_in_force_is_not_used() -> None:
    assert gaps.limit(checks(Rule("a", max_gap_seconds=7, enabled=False)), 60) == 4.1 * 60


# --- gaps and breaks: those of buckets and coverage are in test_coverage.py -----------------------


def times(*seconds: float, zone: str = "UTC") -> pd.DatetimeIndex:
    return (START + pd.to_timedelta(list(seconds), unit="s")).tz_convert(zone)


def test_gaps_are_the_spacings_beyond_the_limit_and_the_empty_edges_of_the_window() -> None:
    found = gaps_of(
        times(50, 60, 90, 121, zone="Asia/Seoul"), 30, START, START + pd.Timedelta(200, "s")
    )
    assert found.seconds.tolist() == [50, 31, 79]
    told = found.frame
    assert told["seconds"].tolist() == [50, 31, 79]
    assert told["start"].iloc[1] == START + pd.Timedelta(90, "s") == found.times[1][0]
    assert str(told["start"].dt.tz) == "Asia/Seoul"


def test_a_window_without_readings_is_one_gap() -> None:
    found = gaps_of(times()[:0], 30, START, START + pd.Timedelta(1, "h"))
    assert found.seconds.tolist() == [3600]


def test_a_line_breaks_only_where_the_spacing_exceeds_the_limit() -> None:
    at = times(0, 10, 41, 71, zone="Asia/Seoul").rename("bucket")
    frame = pd.DataFrame({"avg": [1.0, 2, 3, 4], "n": [1, 2, 3, 4]}, index=at)
    broken = gaps.with_breaks(frame, 30)
    assert broken["avg"].tolist()[:2] == [1, 2]
    assert np.isnan(broken["avg"].iloc[2])
    assert np.isnan(broken["n"].iloc[2])
    assert broken.index.is_monotonic_increasing
    assert broken.index.name == "bucket"
    assert str(broken.index.tz) == "Asia/Seoul"
    pd.testing.assert_frame_equal(broken.dropna(), frame.astype({"n": float}), check_freq=False)


def test_a_frame_without_gaps_is_left_as_it_is() -> None:
    frame = series([1, 2, 3])
    assert gaps.with_breaks(frame, 30) is frame


@given(st.lists(st.integers(1, 100), min_size=1, max_size=50), st.integers(1, 100))
def test_there_is_a_break_for_each_spacing_beyond_the_limit(steps: list[int], limit: int) -> None:
    frame = pd.DataFrame({"avg": 1.0}, index=times(*np.cumsum(steps)))
    broken = gaps.with_breaks(frame, limit)
    assert broken["avg"].isna().sum() == sum(step > limit for step in steps[1:])
    assert len(broken.dropna()) == len(frame)


# --- buckets -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "bad", "word"),
    [
        (10, 90, 0, "GOOD"),
        (0, 100, 0, "GOOD"),
        (10, 101, 0, "SUSPECT"),
        (-1, 90, 0, "SUSPECT"),
        (10, 90, 2, "SUSPECT"),
        (10, NAN, 0, "SUSPECT"),
        (10, INF, 0, "SUSPECT"),
        (101, 102, 0, "BAD"),
        (-9, -1, 0, "BAD"),
        (NAN, NAN, 3, "BAD"),
        (NAN, NAN, 0, "UNKNOWN"),
    ],
)
def test_a_bucket_is_judged_by_the_range_of_what_it_contains(
    low: float, high: float, bad: int, word: str
) -> None:
    frame = pd.DataFrame({"min": [low], "max": [high], "bad": [bad]}, dtype=float)
    found = quality.bucket_quality(frame, checks(Rule("a", 0, 100)))
    assert quality.QUALITIES[int(found.iloc[0])] == word


@pytest.mark.parametrize(
    ("bad_value", "word"),
    [(50, "source"), (0, "source"), (101, "span"), (-1, "span"), (NAN, "missing")],
)
def test_a_bucket_of_nothing_but_bad_readings_is_bad_and_says_why(
    bad_value: float, word: str
) -> None:
    """A reading that is left out although it lies inside the span was flagged by its source."""
    row = {"min": [NAN], "max": [NAN], "bad": [2.0], "bad_value": [bad_value]}
    frame, rule = pd.DataFrame(row, dtype=float), checks(Rule("a", 0, 100))
    assert quality.bucket_quality(frame, rule).tolist() == [quality.BAD]
    assert quality.reason_keys(quality.bucket_reasons(frame, rule)[0]) == [word]


def test_a_bucket_of_flagged_readings_is_bad_without_a_rule_too() -> None:
    row = {"min": [NAN], "max": [NAN], "bad": [1.0], "bad_value": [7.0]}
    assert quality.bucket_quality(pd.DataFrame(row), checks(None)).tolist() == [quality.BAD]


def test_a_bucket_with_a_good_reading_among_flagged_ones_contains_bad() -> None:
    row = {"min": [5.0], "max": [5.0], "bad": [1.0], "bad_value": [7.0]}
    frame = pd.DataFrame(row)
    for rule in (checks(None), checks(Rule("a", 0, 100))):
        assert quality.bucket_quality(frame, rule).tolist() == [quality.SUSPECT]
        assert quality.bucket_reasons(frame, rule).tolist() == [quality.CONTAINS_BAD]


def test_a_bucket_without_a_rule_in_force_is_unknown() -> None:
    frame = pd.DataFrame({"min": [1.0], "max": [2.0]})
    assert quality.bucket_quality(frame, checks(None)).tolist() == [quality.UNKNOWN]
    off = Rule("a", 0, 100, enabled=False)
    assert quality.bucket_quality(frame, checks(off)).tolist() == [quality.UNKNOWN]


def test_a_bucket_below_zero_is_bad_where_the_tag_cannot_be_negative() -> None:
    frame = pd.DataFrame({"min": [-2.0, -2.0], "max": [-1.0, 5.0]})
    found = quality.bucket_quality(frame, checks(Rule("a", allow_negative=False)))
    assert found.tolist() == [quality.BAD, quality.SUSPECT]


def test_a_value_of_absurd_size_is_bad_though_no_span_forbids_it() -> None:
    readings = pd.DataFrame(
        {"value": [1.0, 1.7e308, -1e140], "qc": 0},
        index=pd.date_range("2026-01-01", periods=3, freq="5s", tz="UTC"),
    )
    judged = quality.assess(readings, checks(None), 30.0)
    assert list(judged["quality"]) == [quality.UNKNOWN, quality.BAD, quality.BAD]
