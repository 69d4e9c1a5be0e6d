"""Excursions of a window: by hand, and against a plain loop written from the definitions."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from data.analysis import alarms, excursions
from data.analysis.checks import ACTIVE, Checks, Limits
from data.analysis.excursions import Stretch

START = pd.Timestamp("2026-03-01T00:00:00Z")
NAN = float("nan")
BOTH = Limits(lo_lo=5, lo=10, hi=80, hi_hi=90)
SEVERITY = {"lo_lo": 2, "lo": 1, "hi": 1, "hi_hi": 2}


def at(seconds: float) -> pd.Timestamp:
    return START + pd.Timedelta(seconds, "s")


def window(start: float, stop: float) -> Stretch:
    return Stretch(at(start).value, at(stop).value)


def readings(values: list[float], times: list[float] | None = None) -> pd.DataFrame:
    seconds = [10.0 * place for place in range(len(values))] if times is None else times
    index = pd.DatetimeIndex([at(each) for each in seconds], tz="UTC")
    return pd.DataFrame({"value": np.asarray(values, float)}, index)


def checked(limits: Limits = BOTH, deadband: float = 2.0) -> Checks:
    return Checks(state=ACTIVE, limits=limits, deadband=deadband)


def found(
    values: list[float],
    stop: float,
    times: list[float] | None = None,
    start: float = 0,
    gap: float = 30.0,
    checks: Checks | None = None,
) -> list[Any]:
    """Return the excursions of a window as records."""
    rows = readings(values, times)
    how = (checks or checked(), window(start, stop), gap)
    return list(excursions.of_readings(rows, *how).itertuples(index=False))


def test_an_excursion_runs_from_its_first_reading_to_the_first_one_inside_again() -> None:
    (one,) = found([50, 81, 95, 82, 50], 50)
    assert (one.start, one.stop, one.seconds) == (at(10), at(40), 30)
    assert (one.level, one.extreme, one.extreme_at) == (alarms.CRITICAL, 95, at(20))
    assert (Limits._fields[one.limit], one.limit_value, one.over) == ("hi_hi", 90, 5)
    assert (one.coverage, one.began_before, one.still_on) == (1, False, False)


def test_an_excursion_that_is_on_at_the_end_is_still_on_and_has_no_stop() -> None:
    (one,) = found([50, 81], 25)
    assert one.stop is pd.NaT and one.still_on
    assert (one.seconds, one.coverage) == (15, 1)


def test_an_excursion_that_is_on_at_the_start_counts_from_there_and_says_so() -> None:
    (one,) = found([95, 85, 50], 40, start=5)
    assert (one.start, one.stop, one.seconds, one.began_before) == (at(5), at(20), 15, True)
    assert (one.extreme, one.extreme_at) == (95, at(0)), "what stood at the start counts"
    assert (one.level, one.over, one.coverage) == (alarms.CRITICAL, 5, 1)


def test_what_stood_before_the_start_does_not_count_where_a_reading_lies_just_there() -> None:
    (one,) = found([95, 85, 50], 40, start=10)
    assert (one.start, one.extreme, one.level) == (at(10), 85, alarms.WARNING)
    assert one.began_before
    assert found([95, 50, 50], 40, start=10) == [], "it ended where the window begins"


def test_a_window_without_a_reading_shows_the_excursion_that_nothing_has_ended() -> None:
    (one,) = found([95], 300, start=100)
    assert (one.start, one.seconds, one.coverage) == (at(100), 200, 0)
    assert (one.extreme, one.extreme_at, one.began_before, one.still_on) == (95, at(0), True, True)
    assert found([50], 300, start=100) == []
    assert found([], 300) == []


def test_a_window_of_one_reading_is_one_excursion_or_none() -> None:
    (one,) = found([81], 20)
    assert (one.start, one.seconds, one.still_on) == (at(0), 20, True)
    assert found([50], 20) == []


def test_a_window_of_bad_readings_alone_leaves_on_what_was_on() -> None:
    assert found([NAN, NAN], 20) == []
    (one,) = found([85, NAN, NAN], 30, start=5)
    assert (one.start, one.seconds, one.extreme) == (at(5), 25, 85)
    assert one.coverage == pytest.approx(5 / 25), "a BAD reading ends what stands"


def test_the_deadband_holds_an_excursion_on() -> None:
    (one,) = found([50, 80, 78, 78, 77.9], 50)
    assert (one.start, one.stop) == (at(10), at(40))
    (held,) = found([80, 79, 79, 50], 40, start=10)
    assert held.over == -1, "below the limit, within the deadband"


def test_an_excursion_through_a_gap_says_how_much_of_it_was_seen() -> None:
    (one,) = found([81, 85, 50], 110, times=[0, 10, 100])
    assert (one.seconds, one.coverage) == (100, pytest.approx(0.4))


def test_a_bad_reading_neither_ends_an_excursion_nor_is_its_extreme() -> None:
    (one,) = found([81, NAN, 82, 50], 40)
    assert (one.seconds, one.extreme, one.coverage) == (30, 82, pytest.approx(2 / 3))


def test_an_excursion_below_has_its_extreme_below() -> None:
    low, high = found([50, 9, 3, 9, 50, 81, 50], 70)
    assert (low.extreme, Limits._fields[low.limit], low.over) == (3, "lo_lo", 2)
    assert (high.extreme, Limits._fields[high.limit], high.over) == (81, "hi", 1)


def test_an_excursion_on_both_sides_is_of_the_limit_of_its_worst_level() -> None:
    (one,) = found([84, 4, 50], 30)
    assert (Limits._fields[one.limit], one.extreme, one.over) == ("lo_lo", 4, 1)
    (two,) = found([91, 1, 50], 30)
    assert (Limits._fields[two.limit], two.extreme) == ("lo_lo", 1), "it was passed by more"


@pytest.mark.parametrize("state", ["NO RULE", "RULE ERROR", "DISABLED"])
def test_without_a_rule_in_force_there_is_no_excursion(state: str) -> None:
    assert found([95, 95], 20, checks=Checks(state=state, limits=BOTH)) == []


def test_a_rule_without_limits_has_no_excursion() -> None:
    assert found([95, 95], 20, checks=checked(Limits())) == []


# --- the plain loop ------------------------------------------------------------------------------


class Latches:
    """The latches as an operator would keep them on paper."""

    def __init__(self, limits: Limits, deadband: float) -> None:
        self.limits = {name: each for name, each in limits._asdict().items() if each is not None}
        self.deadband, self.on = deadband, set[str]()

    def see(self, x: float) -> None:
        for name, limit in self.limits.items():
            beyond = x - limit if name.startswith("hi") else limit - x
            if beyond >= 0:
                self.on.add(name)
            elif beyond < -self.deadband:
                self.on.discard(name)

    @property
    def level(self) -> int:
        return max((SEVERITY[name] for name in self.on), default=0)

    def beyond(self, name: str, x: float) -> float:
        return x - self.limits[name] if name.startswith("hi") else self.limits[name] - x


def plain(
    rows: list[tuple[int, float]], checks: Checks, start: int, stop: int, gap: int
) -> list[dict[str, Any]]:
    """Return the excursions of [start, stop) by looking at every second of it."""
    latches = Latches(checks.limits, checks.deadband)
    listed, one = list[dict[str, Any]](), None
    newest, trusted = None, None
    by_time = dict(rows)
    first = min([start, *by_time])
    for second in range(first, stop):
        level_before = latches.level
        if second in by_time:
            newest = second
            if not np.isnan(by_time[second]):
                latches.see(by_time[second])
                trusted = second
        if second < start:
            continue
        if latches.level == 0:
            if one is not None:
                listed.append(one | {"stop": second})
            one = None
            continue
        if one is None:
            before = second == start and level_before > 0
            one = {"start": second, "on": set(), "seen": 0, "rows": [], "before": before}
            one["level"] = 0
        one["level"] = max(one["level"], latches.level)
        one["on"] |= latches.on
        one["seen"] += newest == trusted and second < newest + gap
        if trusted not in one["rows"]:
            one["rows"].append(trusted)
    if one is not None:
        listed.append(one | {"stop": None})
    return [_told(each, latches, by_time, stop) for each in listed]


def _told(
    one: dict[str, Any], latches: Latches, by_time: dict[int, float], stop: int
) -> dict[str, Any]:
    names = [n for n in Limits._fields if n in one["on"] and SEVERITY[n] == one["level"]]
    far = {n: max(latches.beyond(n, by_time[row]) for row in one["rows"]) for n in names}
    limit = max(names, key=lambda name: far[name])  # the first of two that are alike
    extreme_at = next(r for r in one["rows"] if latches.beyond(limit, by_time[r]) == far[limit])
    seconds = (stop if one["stop"] is None else one["stop"]) - one["start"]
    return {
        "start": at(one["start"]),
        "stop": pd.NaT if one["stop"] is None else at(one["stop"]),
        "seconds": float(seconds),
        "level": one["level"],
        "limit": Limits._fields.index(limit),
        "limit_value": float(latches.limits[limit]),
        "extreme": by_time[extreme_at],
        "extreme_at": at(extreme_at),
        "over": far[limit],
        "coverage": one["seen"] / seconds,
        "began_before": one["before"],
        "still_on": one["stop"] is None,
    }


RULES = [
    checked(),
    checked(BOTH, 0.0),
    checked(BOTH, 6.0),
    checked(Limits(hi=60), 5.0),
    checked(Limits(lo_lo=20, hi_hi=70), 10.0),
]


@st.composite
def series(draw: st.DrawFn) -> list[tuple[int, float]]:
    """Return readings of whole seconds, some BAD, some far apart, from before the window on."""
    steps = draw(st.lists(st.sampled_from([1, 2, 3, 7, 40]), min_size=0, max_size=60))
    number = st.one_of(st.integers(0, 100).map(float), st.just(NAN))
    seconds = [int(each) - 30 for each in np.cumsum(steps)]
    return [(second, draw(number)) for second in seconds]


@example([(-10, 95.0), (0, 85.0), (10, 50.0)], checked(), 30)
@example([(-10, 95.0), (0, NAN), (10, 50.0)], checked(), 30)
@given(series(), st.sampled_from(RULES), st.sampled_from([1, 5, 30]))
def test_excursions_are_those_of_a_plain_loop(
    rows: list[tuple[int, float]], checks: Checks, gap: int
) -> None:
    frame = readings([value for _, value in rows], [float(second) for second, _ in rows])
    listed = excursions.of_readings(frame, checks, window(0, 100), float(gap))
    expected = plain([row for row in rows if row[0] < 100], checks, 0, 100, gap)
    assert len(listed) == len(expected)
    for one, other in zip(listed.to_dict("records"), expected, strict=True):
        assert one.pop("coverage") == pytest.approx(other.pop("coverage"), abs=1e-9)
        stop, other_stop = one.pop("stop"), other.pop("stop")
        assert stop == other_stop or (stop is pd.NaT and other_stop is pd.NaT)
        assert one == other
