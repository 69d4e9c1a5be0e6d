"""Alarm: latches with deadband and time in state, against state machines by hand."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.analysis import alarms, quality, rules
from data.analysis.checks import ACTIVE, Checks, Limits
from data.analysis.rules import Rule
from data.files import rules as rulefile
from tests.support.places import SHARED

START = pd.Timestamp("2026-03-01T00:00:00Z")
NAN = float("nan")
STATES = ("NORMAL", "WARNING", "CRITICAL", "BAD", "NO DATA")
BOTH = Limits(lo_lo=5, lo=10, hi=80, hi_hi=90)


def series(values: list[float], spacing: float = 10.0) -> pd.Series:
    at = START + pd.to_timedelta(np.arange(len(values)) * spacing, unit="s")
    return pd.Series(np.asarray(values, float), index=at, name="value")


def checked(at: Limits, deadband: float) -> Checks:
    """Return checks that hold readings against these limits only."""
    return Checks(state=ACTIVE, limits=at, deadband=deadband)


def levels(values: pd.Series, at: Limits, deadband: float, back: object = None) -> pd.Series:
    return alarms.levels(values.to_frame("value"), checked(at, deadband), back)


def words(values: list[float], at: Limits = BOTH, deadband: float = 2.0) -> list[str]:
    return [alarms.ALARMS[code] for code in levels(series(values), at, deadband)]


def state_machine(values: list[float], at: Limits, d: float) -> list[int]:
    """The four latches as an operator would keep them on paper, one reading after the other."""
    on, found, seen = dict.fromkeys(at._fields, False), [], False
    severity = {"lo_lo": 2, "lo": 1, "hi": 1, "hi_hi": 2}
    for x in values:
        if np.isfinite(x):
            seen = True
            for name, limit in at._asdict().items():
                if limit is None:
                    continue
                if name.startswith("hi"):
                    on[name] = x >= limit or (on[name] and not x < limit - d)
                else:
                    on[name] = x <= limit or (on[name] and not x > limit + d)
        found.append(max((severity[n] for n in on if on[n]), default=0) if seen else -1)
    return found


def test_the_limits_themselves_are_abnormal() -> None:
    assert words([80, 90, 79.9]) == ["WARNING", "CRITICAL", "WARNING"]
    assert words([10, 5, 10.1]) == ["WARNING", "CRITICAL", "WARNING"]


def test_an_alarm_is_left_only_beyond_the_deadband() -> None:
    assert words([81, 78, 77.9, 79]) == ["WARNING", "WARNING", "NORMAL", "NORMAL"]
    assert words([9, 12, 12.1, 11]) == ["WARNING", "WARNING", "NORMAL", "NORMAL"]


def test_each_limit_has_a_deadband_of_its_own() -> None:
    assert words([91, 88, 87.9, 78, 77]) == [
        "CRITICAL", "CRITICAL", "WARNING", "WARNING", "NORMAL",
    ]  # fmt: skip


def test_a_trip_straight_to_the_other_side_is_seen() -> None:
    assert words([81, 4, 50]) == ["WARNING", "CRITICAL", "NORMAL"]


def test_a_bad_reading_leaves_every_latch_as_it_was() -> None:
    assert words([NAN, 81, NAN, 79]) == ["UNJUDGED", "WARNING", "WARNING", "WARNING"]


def test_a_first_reading_in_the_zone_is_judged_without_deadband() -> None:
    assert words([79]) == ["NORMAL"]


def test_a_decision_counts_while_the_look_back_sees_it() -> None:
    day = 24 * 3600 / 70  # more readings a day than are seen however old
    found = levels(series([81, *[79] * 140], day), BOTH, 2, pd.Timedelta(hours=24))
    assert found.tolist() == [1] * 71 + [0] * 70
    assert set(levels(series([81, *[79] * 140], day), BOTH, 2)) == {alarms.WARNING}


def test_a_slow_tag_is_judged_by_its_last_61_trusted_readings_however_old() -> None:
    values = [81, NAN, *[79] * 80]
    found = levels(series(values, 86_400), BOTH, 2, pd.Timedelta(hours=24))
    assert found.tolist() == [1] * 62 + [0] * 20


def seen_state(ages: list[float], values: list[float], at: Limits, d: float, back: float) -> int:
    """The level by a look-back from one moment: for each limit the newest that decides, or none."""
    trusted = [(a, x) for a, x in zip(ages, values, strict=True) if np.isfinite(x)]
    if not trusted:
        return -1
    newest_first = trusted[::-1]
    worst = 0
    for limit, sign, severity in zip(at, (-1, -1, 1, 1), (2, 1, 1, 2), strict=True):
        for place, (age, x) in enumerate(newest_first):
            if limit is None or (place >= 61 and age > back):
                break
            if sign * x >= sign * limit:
                worst = max(worst, severity)
                break
            if sign * x < sign * limit - d:
                break
    return worst


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 1.0, 3.5]), st.integers(1, 9000))
def test_levels_are_those_of_a_look_back_from_each_reading(seed: int, d: float, back: int) -> None:
    random, at = np.random.default_rng(seed), Limits(-8, -4, 4, 8)
    values = np.round(random.normal(0, 1, 200).cumsum() * 2) / 2
    values = np.where(random.random(200) < 0.3, NAN, np.where(abs(values) > 12, 3.0, values))
    seconds = np.sort(random.integers(0, 20_000, 200)) + np.arange(200)
    found = levels(
        pd.Series(values, START + pd.to_timedelta(seconds, unit="s")),
        at,
        d,
        pd.Timedelta(seconds=back),
    )
    for place in range(200):
        ages = (seconds[place] - seconds[: place + 1]).tolist()
        state = seen_state(ages, values[: place + 1].tolist(), at, d, back)
        assert found.iloc[place] == state


def test_without_limits_nothing_alarms() -> None:
    assert words([1e9, -1e9], Limits(), 0) == ["NORMAL", "NORMAL"]


def test_an_empty_series_gets_an_empty_answer() -> None:
    assert len(levels(series([]), BOTH, 2)) == 0


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[float], Limits, float]:
    """Readings on a grid that meets limits and zone edges exactly, with any limits missing."""
    at = Limits(*(v if draw(st.booleans()) else None for v in (-8.0, -4.0, 4.0, 8.0)))
    reading = st.one_of(st.integers(-24, 24).map(lambda n: n / 2), st.just(NAN))
    values = draw(st.lists(reading, min_size=1, max_size=80))
    return values, at, draw(st.sampled_from([0.0, 0.5, 1.0, 3.5]))


@given(cases())
def test_levels_are_those_of_a_state_machine(case: tuple[list[float], Limits, float]) -> None:
    values, at, d = case
    assert levels(series(values), at, d).tolist() == state_machine(values, at, d)


@given(cases(), st.integers(0, 79))
def test_a_worker_started_later_gives_the_same_answer(
    case: tuple[list[float], Limits, float], started: int
) -> None:
    values, at, d = case
    whole = levels(series(values), at, d)
    zone, later = alarms.zones(at, d), levels(series(values[started:]), at, d)
    for place in range(len(later)):
        seen = np.array(values[started : started + place + 1])
        sides = [
            alarms.sides(seen, zone.low[k], zone.high[k]) for k in range(4) if at[k] is not None
        ]
        if all(side.any() for side in sides) and np.isfinite(seen).any():
            assert later.iloc[place] == whole.iloc[started + place]


def resting(seed: int, hours: int = 4) -> pd.Series:
    """A value that rests on its limit of 80 of 100: white noise every second, sd 0.25 % of span."""
    noise = np.random.default_rng(seed).normal(0, 0.25, hours * 3600)
    return series(list(80 + noise), spacing=1)


def changes(level: pd.Series) -> int:
    return int((level.diff().fillna(0) != 0).sum())


@pytest.mark.parametrize("seed", range(5))
def test_a_value_resting_on_its_limit_changes_state_at_most_three_times_an_hour(seed: int) -> None:
    rule = Rule("a", 0, 100, warn_max=80, deadband_pct=1)
    found = levels(resting(seed), rules.limits(rule), rules.deadband(rule))
    assert changes(found) / 4 <= 3
    without = levels(resting(seed), rules.limits(rule), 0.0)
    assert changes(without) / 4 > 1500


# --- buckets -------------------------------------------------------------------------------------


def buckets(*readings: list[float]) -> pd.DataFrame:
    """Return what rollups keep of buckets of readings, a minute each."""
    rows = [(min(x), max(x), x[0], x[-1]) if x else (NAN,) * 4 for x in readings]
    at = START + pd.to_timedelta(60 * np.arange(len(rows)), unit="s")
    return pd.DataFrame(rows, at, ["min", "max", "first", "last"], dtype=float)


def test_a_bucket_that_contained_a_warning_is_a_warning_whatever_its_mean() -> None:
    minutes = buckets([20, 79.9], [20, 80, 20], [20, 95, 20], [4, 50], [])
    found = alarms.bucket_levels(minutes, checked(BOTH, 0.0))
    assert [alarms.ALARMS[code] for code in found] == [
        "NORMAL", "WARNING", "CRITICAL", "CRITICAL", "UNJUDGED",
    ]  # fmt: skip


@given(st.lists(st.integers(0, 100).map(float), min_size=1, max_size=40))
def test_a_bucket_has_the_worst_level_of_its_readings_without_deadband(values: list[float]) -> None:
    worst = levels(series(values), BOTH, 0.0).max()
    assert alarms.bucket_levels(buckets(values), checked(BOTH, 0.0)).iloc[0] == worst


def bucket_words(*readings: list[float]) -> list[str]:
    found = alarms.bucket_levels(buckets(*readings), checked(BOTH, 2.0))
    return [alarms.ALARMS[code] for code in found]


def test_a_bucket_keeps_an_alarm_that_the_deadband_holds_and_ends_it_with_its_last_reading() -> (
    None
):
    assert bucket_words([70, 81], [79, 78], [79, 77], [79, 70]) == [
        "WARNING", "WARNING", "WARNING", "NORMAL",
    ]  # fmt: skip
    assert bucket_words([81, 70], [79]) == ["WARNING", "NORMAL"]
    assert bucket_words([81], [77, 79], [79]) == ["WARNING", "NORMAL", "NORMAL"]
    assert bucket_words([11], [9], [12], [13], [12]) == [
        "NORMAL", "WARNING", "WARNING", "NORMAL", "NORMAL",
    ]  # fmt: skip


def test_a_bucket_that_crossed_and_came_back_into_the_zone_leaves_the_alarm_set() -> None:
    """Which came first, the crossing or the return, its numbers do not tell."""
    assert bucket_words([81, 70, 79], [79], [77]) == ["WARNING", "WARNING", "NORMAL"]


@given(st.lists(st.lists(st.integers(-12, 12).map(float), max_size=6), min_size=1, max_size=30))
def test_no_bucket_has_a_lower_level_than_its_readings_and_most_have_the_same(
    parts: list[list[float]],
) -> None:
    at, d = Limits(-8, -4, 4, 8), 3.0
    codes = iter(levels(series([x for part in parts for x in part]), at, d))
    worst = [max((int(next(codes)) for _ in part), default=-1) for part in parts]
    found = alarms.bucket_levels(buckets(*parts), checked(at, d)).tolist()
    assert all(a >= b for a, b in zip(found, worst, strict=True))
    if not any(crossed_and_returned(part, at, d) for part in parts):
        assert found == worst


def crossed_and_returned(part: list[float], at: Limits, d: float) -> bool:
    """Whether readings crossed a limit, left its zone on the other side, and end within it."""
    return any(
        any(sign * x >= limit for x in part)
        and any(sign * x < limit - d for x in part)
        and limit - d <= sign * part[-1] < limit
        for sign in (-1, 1)
        for limit in (4, 8)
    )


# --- readings with everything --------------------------------------------------------------------


def test_a_step_is_suspect_and_still_trips_the_alarm() -> None:
    rule = Rule("a", 0, 100, warn_max=80, crit_max=90, max_step=5)
    found = alarms.annotated(series([50, 95]).to_frame(), rules.checks(rule), 30)
    assert found["quality"].tolist() == [quality.GOOD, quality.SUSPECT]
    assert found["alarm"].tolist() == [alarms.NORMAL, alarms.CRITICAL]


def test_a_reading_out_of_span_keeps_the_last_trusted_alarm() -> None:
    rule = Rule("a", 0, 100, warn_max=80)
    found = alarms.annotated(series([85, 999, 50]).to_frame(), rules.checks(rule), 30)
    assert found["alarm"].tolist() == [alarms.WARNING, alarms.WARNING, alarms.NORMAL]


@pytest.mark.parametrize("rule", [None, Rule("a", warn_max=1, enabled=False), Rule("a", 9, 1)])
def test_without_a_rule_in_force_no_reading_looks_normal(rule: Rule | None) -> None:
    found = alarms.annotated(series([50]).to_frame(), rules.checks(rule), 30)
    assert found["alarm"].tolist() == [alarms.UNJUDGED]


@pytest.mark.samples
def test_levels_of_a_real_plant_are_those_of_the_state_machine() -> None:
    known = {rule.tag_name: rule for rule in rulefile.read_csv(SHARED / "skab_qc_rules.csv")}
    plant = pd.read_csv(SHARED / "skab.csv.gz", nrows=60_000, parse_dates=["ts"])
    plant = plant.drop_duplicates(["ts", "tag_name"], keep="last")
    for tag, readings in plant.groupby("tag_name"):
        rule, values = known[tag], readings.sort_values("ts").set_index("ts")["value"]
        at, d = rules.limits(rule), rules.deadband(rule)
        found = levels(values, at, d)
        assert found.tolist() == state_machine(values.tolist(), at, d)


# --- time in state -------------------------------------------------------------------------------


def stop_at(seconds: float) -> pd.Timestamp:
    return START + pd.Timedelta(seconds, "s")


def test_each_reading_holds_until_the_next_at_most_one_gap() -> None:
    level = pd.Series([0, 1, 2, 0], index=pd.DatetimeIndex(map(stop_at, (0, 10, 20, 80))))
    bad = pd.Series([False, False, False, True], index=level.index)
    shares = alarms.time_in_state(level, bad, 30, stop_at(0), stop_at(100))
    expected = {"NORMAL": 10, "WARNING": 10, "CRITICAL": 30, "BAD": 20, "NO DATA": 30}
    assert shares == pytest.approx(expected)


def test_a_reading_before_the_window_counts_for_what_it_holds_inside() -> None:
    level = pd.Series([1], index=pd.DatetimeIndex([stop_at(-10)]))
    bad = pd.Series([False], index=level.index)
    shares = alarms.time_in_state(level, bad, 30, stop_at(0), stop_at(100))
    assert shares["WARNING"] == pytest.approx(20)


def test_a_window_without_a_reading_is_no_data_throughout() -> None:
    none = pd.Series([], index=pd.DatetimeIndex([], tz="UTC"), dtype="int8")
    shares = alarms.time_in_state(none, none.astype(bool), 30, stop_at(0), stop_at(100))
    assert shares == {"NORMAL": 0, "WARNING": 0, "CRITICAL": 0, "BAD": 0, "NO DATA": 100}


def test_time_without_a_rule_in_force_is_named_and_not_called_normal() -> None:
    level = pd.Series([alarms.UNJUDGED], index=pd.DatetimeIndex([stop_at(0)]))
    bad = pd.Series([False], index=level.index)
    shares = alarms.time_in_state(level, bad, 30, stop_at(0), stop_at(30))
    assert (shares["UNJUDGED"], shares["NORMAL"]) == (pytest.approx(100), 0)


class Stated(NamedTuple):
    """Readings of whole seconds with their states, of which some lie before the window."""

    at: list[int]
    level: pd.Series
    bad: pd.Series

    def each_second(self, gap: int, width: int) -> list[str]:
        """Return the state in each second of the window, by looking at every one of them."""
        return [self.then(second, gap) for second in range(width)]

    def then(self, second: int, gap: int) -> str:
        older = np.flatnonzero(np.array(self.at) <= second)
        if not len(older) or second >= self.at[older[-1]] + gap:
            return "NO DATA"
        return "BAD" if self.bad.iloc[older[-1]] else alarms.ALARMS[self.level.iloc[older[-1]]]


@st.composite
def stated(draw: st.DrawFn) -> Stated:
    steps = draw(st.lists(st.integers(1, 20), min_size=1, max_size=30))
    size = {"min_size": len(steps), "max_size": len(steps)}
    at = [int(second) - 20 for second in np.cumsum(steps)]
    index = pd.DatetimeIndex([stop_at(float(second)) for second in at])
    level = pd.Series(draw(st.lists(st.integers(0, 2), **size)), index)
    return Stated(at, level, pd.Series(draw(st.lists(st.booleans(), **size)), index))


@given(stated())
def test_time_in_state_counts_every_second_once(readings: Stated) -> None:
    found = alarms.time_in_state(readings.level, readings.bad, 7, START, stop_at(100))
    every = readings.each_second(7, 100)
    assert found == pytest.approx({word: every.count(word) for word in STATES}, abs=1e-4)
    assert sum(found.values()) == pytest.approx(100)


@given(stated())
def test_changes_of_state_are_those_seen_by_looking_at_every_second(readings: Stated) -> None:
    found = alarms.changes(readings.level, readings.bad, 7, START, stop_at(100))
    every = readings.each_second(7, 100)
    changed = [k for k in range(1, 100) if every[k] != every[k - 1]]
    ends = [*changed[1:], 100][: len(changed)]
    assert found["since"].tolist() == [stop_at(float(k)) for k in reversed(changed)]
    assert found["state"].tolist() == [every[k] for k in reversed(changed)]
    lasted = [float(end - k) for k, end in zip(changed, ends, strict=True)]
    assert found["seconds"].tolist() == pytest.approx(lasted[::-1])
    assert found["value"].isna().all()


@given(stated(), st.data())
def test_another_value_of_a_tag_of_states_is_a_change_too(
    readings: Stated, data: st.DataObject
) -> None:
    size = len(readings.at)
    words = data.draw(st.lists(st.sampled_from([0.0, 1.0, 2.0]), min_size=size, max_size=size))
    value = pd.Series(words, readings.level.index)
    found = alarms.changes(readings.level, readings.bad, 7, START, stop_at(100), value)

    def seen(second: int) -> tuple[str, float | None]:
        state = readings.then(second, 7)
        at = [k for k in readings.at if k <= second]
        return state, None if state in ("BAD", "NO DATA") else words[len(at) - 1]

    every = [seen(k) for k in range(100)]
    changed = [k for k in range(1, 100) if every[k] != every[k - 1]]
    assert found["since"].tolist() == [stop_at(float(k)) for k in reversed(changed)]
    said = found["value"].astype(object).where(found["value"].notna(), None)
    assert list(zip(found["state"], said, strict=True)) == [every[k] for k in reversed(changed)]
