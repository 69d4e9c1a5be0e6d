"""The details of a tag say of its last shifts what its card said at each moment of them."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from api import encoding
from data import queries
from data.analysis import alarms, quality, rules
from data.analysis.rules import Rule
from data.analysis.spikes import LOOK_BACK
from data.db import cache
from data.views import day, overview
from tests.support.historians import Historian

pytestmark = pytest.mark.db
SHIFTS = (8, 24)
DAY = pd.Timedelta(hours=24)
WORDS = ("NORMAL", "WARNING", "CRITICAL", "BAD", "NO DATA")


def put(historian: Historian, rule: Rule) -> None:
    """Write a rule into a historian of our own schema."""
    row = {k: v for k, v in rules.as_row(rule).items() if v is not None}
    holes = ", ".join(f"%({name})s" for name in row)
    historian.run(f"INSERT INTO influx_qc_rule ({', '.join(row)}) VALUES ({holes})", row)


def now(historian: Historian) -> pd.Timestamp:
    with historian.connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        return pd.Timestamp(cursor.fetchone()[0]).tz_convert("UTC")


def steps(
    end: pd.Timestamp, spacing: float, *stretches: tuple[float, float, float]
) -> pd.DataFrame:
    """Return readings of stretches (from hours ago, to hours ago, value)."""
    parts = []
    for since, until, value in stretches:
        count = int((since - until) * 3600 / spacing)
        times = end - pd.to_timedelta(since * 3600 - np.arange(count) * spacing, unit="s")
        parts.append(pd.Series(value, times))
    return pd.concat(parts).to_frame("value").tz_convert("UTC")


def card(tag: str) -> str:
    """Return the alarm that the card of a tag shows."""
    cache.forget()
    return alarms.ALARMS[int(judged().loc[tag, "alarm"])]


def judged() -> pd.DataFrame:
    return overview.now(queries.tags()).states


def shares(tag: str) -> dict[int, dict[str, float]]:
    cache.forget()
    return overview.details(tag, "Asia/Seoul").time_in_state


# ---- the case that was reported -----------------------------------------------------------------

HELD = Rule("D1", 0, 1000, warn_max=800, deadband_pct=1, max_gap_seconds=600)


def test_an_alarm_that_the_deadband_holds_is_one_on_the_card_and_in_the_details(
    own: Historian,
) -> None:
    put(own, HELD)
    own.write(steps(now(own), 10, (26, 25, 805.0), (25, 0, 795.0)))
    own.refresh()
    assert card("D1") == "WARNING"
    found = shares("D1")
    assert {hours: each["WARNING"] for hours, each in found.items()} == pytest.approx(
        {8: 100.0, 24: 100.0}, abs=0.02
    )


def test_a_reading_just_before_the_window_holds_in_it(own: Historian) -> None:
    put(own, Rule("D1", 0, 1000, warn_max=800, max_gap_seconds=7200))
    own.write(steps(now(own), 3600, (30.5, 0, 500.0)))
    assert shares("D1")[24]["NORMAL"] == pytest.approx(100, abs=0.02)
    assert shares("D1")[8]["NO DATA"] == pytest.approx(0, abs=0.02)


def test_a_decision_that_the_card_no_longer_sees_counts_only_for_the_time_that_it_was_seen(
    bare: Historian,
) -> None:
    """Without hours to look back over, the look-back ends after 24 h of readings."""
    bare.run(RULE_TABLE)
    put(bare, HELD)
    bare.write(steps(now(bare), 10, (26, 25, 805.0), (25, 0, 795.0)))
    assert card("D1") == "NORMAL"
    assert shares("D1")[8]["WARNING"] == pytest.approx(100 * 7 / 8, abs=0.05)
    assert shares("D1")[24]["WARNING"] == pytest.approx(100 * 23 / 24, abs=0.05)


RULE_TABLE = """
    CREATE TABLE influx_qc_rule (tag_name text, min_val float8, max_val float8, warn_max float8,
        warn_min float8, crit_min float8, crit_max float8, max_gap_seconds int,
        allow_negative boolean, enabled boolean, deadband_pct float8)
"""


def test_a_reading_of_the_future_decides_no_alarm(own: Historian) -> None:
    put(own, HELD)
    end = now(own)
    own.write(steps(end, 10, (3, 0, 795.0)))
    own.write(pd.DataFrame({"value": [805.0]}, [end + pd.Timedelta(days=2)]))
    own.refresh()
    assert card("D1") == "NORMAL"


def test_more_readings_than_are_read_singly_give_the_same_shares_by_the_minute(
    own: Historian,
) -> None:
    """Noise that never leaves the deadband by a whole minute, at a reading each second."""
    put(own, HELD)
    end, random = now(own), np.random.default_rng(3)
    times = end - pd.to_timedelta(np.arange(26 * 3600, 0, -1), unit="s")
    # 26 h to 12 h ago held by 805, then noise from 780 to 799 that leaves the deadband at once.
    age = np.arange(26 * 3600, 0, -1) / 3600
    value = np.where(age > 25, 805.0, np.where(age > 12, 795.0, random.uniform(780, 799, len(age))))
    own.write(pd.DataFrame({"value": value}, pd.DatetimeIndex(times)))
    own.refresh()
    assert card("D1") == "NORMAL"
    assert shares("D1")[8]["NORMAL"] == pytest.approx(100, abs=0.3)
    assert shares("D1")[24]["WARNING"] == pytest.approx(50, abs=0.3)


# ---- against an oracle --------------------------------------------------------------------------


def is_trusted(value: float) -> bool:
    return 0 <= value <= 100


def decided(readings: list[tuple[float, float]], limit: float, sign: int, back: float) -> bool:
    """Whether the newest reading that a look-back sees outside the zone lies beyond the limit."""
    trusted = 0
    for place, (age, value) in enumerate(reversed(readings)):
        if age > back and (trusted >= 61 or place > LOOK_BACK):
            return False
        if is_trusted(value):
            trusted += 1
            if sign * value >= sign * limit:
                return True
            if sign * value < sign * limit - 2:
                return False
    return False


def state_at(readings: list[tuple[float, float]], back: float) -> str:
    """Return the state by the readings (age at that moment [s], value), oldest first."""
    for word, under, over in (("CRITICAL", 10, 90), ("WARNING", 20, 80)):
        if decided(readings, under, -1, back) or decided(readings, over, 1, back):
            return word
    return "NORMAL"


def expected(readings: pd.DataFrame, gap: float, end: pd.Timestamp, hours: int, back: float) -> Any:
    """Return the shares of the hours before `end`, reading by reading."""
    at = [(end - ts).total_seconds() for ts in readings.index]
    values = readings["value"].tolist()
    spent = dict.fromkeys(WORDS, 0.0)
    for place, age in enumerate(at):
        following = at[place + 1] if place + 1 < len(at) else 0.0
        seconds = min(age, hours * 3600.0) - max(following, age - gap)
        if seconds > 0:
            before = [(at[k] - age, values[k]) for k in range(place + 1)]
            word = state_at(before, back) if is_trusted(values[place]) else "BAD"
            spent[word] += seconds
    spent["NO DATA"] = hours * 3600 - sum(spent.values())
    return {word: 100 * seconds / (hours * 3600) for word, seconds in spent.items()}


#: A value on each side of each limit, within the deadband of each, and two that are BAD.
LEVELS = np.array([5.0, 11.0, 15.0, 21.0, 50.0, 79.0, 85.0, 89.0, 95.0, 120.0, -3.0])
OFTEN = np.array([1, 6, 1, 8, 2, 8, 1, 6, 1, 1, 1]) / 36


def random_series(end: pd.Timestamp, seed: int) -> pd.DataFrame:
    """Return 80 hours of steps that rest for long, most of them within a deadband, some BAD.

    Tags with a reading each 90 s, 10 min or hour: the newest 61 reach back hours or days.
    """
    random, spacing = np.random.default_rng(seed), (90.0, 600.0, 3600.0)[seed % 3]
    count = int(80 * 3600 / spacing)
    ages = np.sort(random.uniform(0, 80 * 3600, count).round(3))[::-1]
    change = random.random(count) < spacing / 3600 / (1, 8, 1)[seed // 3 % 3]
    place = np.maximum.accumulate(np.where(change, np.arange(count), 0))
    value = random.choice(LEVELS, count, p=OFTEN)[place]
    if seed // 3 % 3 == 2:  # one crossing long ago, then never outside its zone
        crossed = ages > 3600 * random.uniform(20, 70)
        value = np.where(crossed, 85.0, np.where(random.random(count) < 0.05, 120.0, 79.0))
    times = pd.DatetimeIndex(end - pd.to_timedelta(ages, unit="s")).as_unit("us")
    frame = pd.DataFrame({"value": value}, times)
    return frame[~frame.index.duplicated()]


LIMITS = {"warn_min": 20, "warn_max": 80, "crit_min": 10, "crit_max": 90}
RANDOM = [
    Rule(f"T{k}", 0, 100, **LIMITS, deadband_pct=2, max_gap_seconds=900 if k % 2 else 7200)
    for k in range(18)
]


@pytest.mark.parametrize("rolled", [True, False])
def test_shares_and_card_are_those_of_a_look_back_from_each_reading(
    own: Historian, rolled: bool
) -> None:
    end = now(own)
    series = {rule.tag_name: random_series(end, k) for k, rule in enumerate(RANDOM)}
    for rule in RANDOM:
        put(own, rule)
        own.write(series[rule.tag_name], rule.tag_name)
    own.refresh()
    if not rolled:
        own.drop("influx_agg_1h")
    back = (30 * DAY if rolled else DAY).total_seconds()
    cache.forget()
    cards = judged()
    for rule in RANDOM:
        readings, found = series[rule.tag_name], shares(rule.tag_name)
        moment = queries.latest((rule.tag_name,)).attrs["now"]
        for hours in SHIFTS:
            gap = float(rule.max_gap_seconds or 0)
            oracle = expected(readings, gap, pd.Timestamp(moment), hours, back)
            assert found[hours] == pytest.approx(oracle, abs=0.05), (rule.tag_name, hours)
        ages = [(moment - ts).total_seconds() for ts in readings.index]
        state = state_at(list(zip(ages, readings["value"], strict=True)), back)
        if not any(map(is_trusted, readings["value"].iloc[-610:])):
            state = "UNJUDGED"
        assert alarms.ALARMS[int(cards.loc[rule.tag_name, "alarm"])] == state, rule.tag_name


def test_a_tag_of_states_changes_with_its_value_and_another_with_its_level_alone(
    own: Historian,
) -> None:
    own.run("""INSERT INTO influx_tag (tag_name, meta) VALUES
               ('M1', '{"states": {"0": "STOP", "1": "RUN", "2": "TRIP"}}')""")
    end = now(own)
    for tag in ("M1", "V1"):
        put(own, Rule(tag, 0, 3, crit_max=2, max_gap_seconds=120))
        own.write(steps(end, 60, (9, 6, 1.0), (6, 5, 2.0), (5, 3, 0.0), (2, 0, 1.0)), tag)
    cache.forget()
    found = overview.details("M1", "Asia/Seoul").changes
    said = list(zip(found["state"], found["value"].fillna(-1).tolist(), strict=True))
    assert said == [
        ("NORMAL", 1.0), ("NO DATA", -1.0), ("NORMAL", 0.0), ("CRITICAL", 2.0), ("NORMAL", 1.0),
    ]  # fmt: skip
    other = overview.details("V1", "Asia/Seoul").changes
    assert other["state"].tolist() == ["NORMAL", "NO DATA", "NORMAL", "CRITICAL", "NORMAL"]
    assert other["value"].isna().all()


def test_an_alarm_has_the_value_farthest_beyond_its_limits_and_a_bad_one_is_never_that(
    own: Historian,
) -> None:
    put(own, Rule("D1", 0, 1000, warn_min=100, warn_max=800, max_gap_seconds=600))
    end = now(own)
    high, low, calm = (3, 2.5, 850.0), (2, 1.5, 40.0), (1, 0, 500.0)
    parts = [high, (2.5, 2.4, 930.0), (2.4, 2.35, 5000.0), (2.35, 2, 850.0), low, (1.5, 1, 90.0)]
    own.write(steps(end, 10, *parts, calm))
    cache.forget()
    found = overview.details("D1", "Asia/Seoul")
    alarming = found.changes[found.changes["state"] == "WARNING"]
    assert alarming["extreme"].tolist() == [40.0, 930.0]
    assert (alarming["extreme_at"] >= alarming["since"]).all()
    others = found.changes[found.changes["state"] != "WARNING"]
    assert others["extreme"].isna().all() and others["extreme_at"].isna().all()


def test_the_last_readings_carry_the_quality_that_their_file_has(own: Historian) -> None:
    put(own, Rule("D1", 0, 1000, max_step=50, max_gap_seconds=600))
    end = now(own)
    own.write(steps(end, 60, (1, 0.05, 500.0), (0.05, 0.03, 1200.0), (0.03, 0.0, 600.0)))
    cache.forget()
    found = overview.details("D1", "Asia/Seoul")
    assert len(found.quality) == len(found.readings) == overview.LAST_READINGS
    words = [quality.QUALITIES[code] for code in found.quality["quality"].astype(int)]
    values = found.readings["value"].tolist()
    assert {word for word, value in zip(words, values, strict=True) if value > 1000} == {"BAD"}
    assert words[-1] == "GOOD" and "SUSPECT" in words
    good = found.curve["mean"].dropna()
    assert set(good.round(6)) == {500.0, 600.0}


def test_a_counter_tells_what_each_hour_added_and_a_state_when_it_was_on(own: Historian) -> None:
    own.run("""INSERT INTO influx_tag (tag_name, meta) VALUES
               ('C1', '{"kind": "counter"}'), ('M1', '{"states": {"0": "off", "1": "on"}}'),
               ('M2', '{"states": {"0": "STOP", "1": "RUN", "2": "TRIP"}}')""")
    end = now(own).floor("h") + pd.Timedelta(minutes=59)
    times = pd.date_range(end - pd.Timedelta(hours=6), now(own), freq="60s")
    own.write(pd.DataFrame({"value": np.arange(len(times)) * 2.0}, times), "C1")
    on = np.where(times < end - pd.Timedelta(hours=3), 1.0, 0.0)
    own.write(pd.DataFrame({"value": on}, times), "M1")
    tripped = times < end - pd.Timedelta(hours=4.5)
    own.write(pd.DataFrame({"value": np.where(tripped, 2.0, on)}, times), "M2")
    own.refresh()
    cache.forget()
    tags = queries.tags()
    found = day.last_day(tags)
    assert found is not None
    names = list(tags)
    added = found.by_hour[str(names.index("C1"))]
    assert added[-6:-1] == [120.0] * 5 and added[0] is None
    first = next(place for place, tag in enumerate(reversed(added), 1) if tag is None)
    assert first == 7, "what the first hour with readings added is not known"
    assert found.by_hour[str(names.index("M1"))][-6:-1] == [1.0, 1.0, 0.5, 0.0, 0.0]
    of_three = [[2.0], [2.0, 1.0], [1.0, 0.0], [0.0], [0.0]]
    assert found.by_hour[str(names.index("M2"))][-6:-1] == of_three


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu"])
def test_the_curve_of_the_details_goes_through_a_change_of_clocks(
    own: Historian, zone: str
) -> None:
    put(own, Rule("D1", 0, 1000))
    starts = {"Australia/Lord_Howe": "2026-04-04T11:00Z"}
    start = pd.Timestamp(starts.get(zone, "2026-10-24T21:00Z"))
    times = pd.date_range(start, periods=8 * 60, freq="60s")
    values = np.arange(len(times), dtype=float) % 500
    own.write(pd.DataFrame({"value": values}, times), "D1")
    own.refresh()
    cache.forget()
    stop = start + pd.Timedelta(hours=8)
    curve = overview._curve(queries.tags()["D1"], start, stop, zone)
    oracle = pd.Series(values, times).resample("2min", origin="epoch")
    whole = oracle.count() == 2
    for name, wanted in (("mean", oracle.mean()), ("low", oracle.min()), ("high", oracle.max())):
        np.testing.assert_allclose(curve[name].tz_convert("UTC")[whole], wanted[whole])


@pytest.mark.one_server("a tag of a rule alone is not shown")
def test_a_name_without_a_reading_has_empty_details(own: Historian) -> None:
    put(own, Rule("X9", 0, 1000, warn_max=800))
    cache.forget()
    found = overview.details("X9", "Asia/Seoul")
    assert encoding.assessed(found.quality) == encoding.changes(found.changes) == []
    assert not any(encoding.curve(found.curve)["mean"])
