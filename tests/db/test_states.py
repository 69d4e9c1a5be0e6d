"""The states of many tags now equal what the series functions say of each tag's history."""

import contextlib
import json
import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import flask
import numpy as np
import pandas as pd
import psycopg2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import queries
from data.analysis import alarms, checks, gaps, kinds, quality, rules, states
from data.analysis.rules import Rule
from data.analysis.states import BADGES
from data.db import cache, pool
from data.store import install, rollups
from data.views import overview
from tests.support.historians import spread

NOW = pd.Timestamp("2026-03-01T12:00:00Z")
NAN = float("nan")
RULE = Rule("a", 0, 100, 10, 80, 5, 90, deadband_pct=2, max_gap_seconds=30)
Histories = dict[str, list[tuple[float, float]]]


def readings(history: list[tuple[float, float]]) -> pd.DataFrame:
    """Return (age in seconds, value) pairs as a series, oldest first."""
    at = NOW - pd.to_timedelta([age for age, _ in history], unit="s")
    return pd.DataFrame({"value": [value for _, value in history], "qc": 0}, index=at, dtype=float)


def split(histories: Histories, count: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the latest frame and the tail of `count` readings, as the historian would."""
    index = pd.Index(list(histories), name="tag_name", dtype=object)
    newest, tails = [], [readings([]).assign(tag=0).rename_axis("ts").reset_index()]
    for place, history in enumerate(histories.values()):
        series = readings(history).rename_axis("ts").reset_index().assign(tag=place)
        tails.append(series.tail(count))
        newest.append(series.iloc[-1].to_dict() if len(series) else {"ts": pd.NaT, "value": NAN})
    latest = pd.DataFrame(newest, columns=["ts", "value", "qc"], index=index)
    latest["ts"] = pd.to_datetime(latest["ts"], utc=True).dt.as_unit("us")
    return latest, pd.concat(tails[1:] if len(tails) > 1 else tails, ignore_index=True)


def looked_back(asked: pd.DataFrame, histories: Histories) -> pd.DataFrame:
    """Answer the questions of `ambiguous` by going through every reading, newest first."""
    names, answers = list(histories), []
    for question in asked.itertuples():
        series = readings(histories[names[question.tag]])["value"]
        decides = (series < question.low) | (series >= question.high)
        found = series[decides & series.between(question.floor, question.ceiling)]
        found = found[np.isfinite(found)]
        pair = (found.index[-1], found.iloc[-1]) if len(found) else (pd.NaT, NAN)
        answers.append(pair)
    columns = pd.DataFrame(answers, columns=["ts", "value"], index=asked.index)
    columns["ts"] = pd.to_datetime(columns["ts"], utc=True)
    columns["reached"] = [
        any(readings(histories[names[question.tag]]).index <= question.since)
        for question in asked.itertuples()
    ]
    return asked.join(columns.astype({"value": float, "reached": bool}))


def stacked(names: Iterable[str], known: dict[str, Rule]) -> checks.ManyChecks:
    return checks.stacked([rules.checks(known.get(name)) for name in names])


def tag_states(
    now: pd.Timestamp, latest: pd.DataFrame, tail: pd.DataFrame, known: dict[str, Rule], *rest: Any
) -> pd.DataFrame:
    """Return the states of tags under these rules, judged by the trusted readings of their tail."""
    many = stacked(latest.index, known)
    readings = states.tails(latest, trusted(tail, many), many)
    return states.tag_states(now, latest, readings, many, *rest)


def ambiguous(latest: pd.DataFrame, tail: pd.DataFrame, known: dict[str, Rule]) -> pd.DataFrame:
    many = stacked(latest.index, known)
    return states.ambiguous(states.tails(latest, trusted(tail, many), many), many)


def trusted(tail: pd.DataFrame, many: checks.ManyChecks) -> pd.DataFrame:
    """Return the readings that are not BAD, as the historian gives them."""
    tag = tail["tag"].to_numpy(dtype=int)
    between = (tail["value"] >= many.low[tag]) & (tail["value"] <= many.high[tag])
    return tail[between & (tail["value"].abs() < quality.LARGEST)].reset_index(drop=True)


def found_states(histories: Histories, known: dict[str, Rule], count: int = 61) -> pd.DataFrame:
    latest, tail = split(histories, count)
    held = looked_back(ambiguous(latest, tail, known), histories)
    spacing = np.full(len(latest), 5.0)
    return tag_states(NOW, latest, tail, known, spacing, held)


def one(history: list[tuple[float, float]], rule: Rule | None = RULE, **latest: object) -> object:
    frame, tail = split({"a": history}, 61)
    known = {} if rule is None else {"a": rule}
    return tag_states(NOW, frame.assign(**latest), tail, known).iloc[0]


def badge(history: list[tuple[float, float]], rule: Rule | None = RULE, **latest: object) -> str:
    return BADGES[one(history, rule, **latest).badge]


# --- the badge -----------------------------------------------------------------------------------


def test_a_fresh_value_inside_its_limits_is_normal() -> None:
    found = one([(5, 50.0)])
    assert BADGES[found.badge] == "NORMAL"
    assert (found.age, found.value) == (5, 50)
    assert (found.freshness, found.quality, found.alarm) == (0, quality.GOOD, alarms.NORMAL)


@pytest.mark.parametrize(
    ("history", "word"),
    [
        ([(31, 50)], "LATE"),
        ([(91, 50)], "STALE"),
        ([(91, 85)], "STALE"),
        ([(91, 95)], "CRITICAL"),
        ([(86_399, 95)], "CRITICAL"),
        ([(86_400, 95)], "STALE"),
        ([(40, 95), (5, 999)], "CRITICAL"),
        ([(91, 999)], "STALE"),
        ([(31, 95)], "CRITICAL"),
        ([(31, 85)], "WARNING"),
        ([(5, 999)], "BAD"),
        ([(31, 999)], "BAD"),
        ([(5, NAN)], "BAD"),
        ([], "NO DATA"),
    ],
)
def test_the_badge_is_the_worst_of_freshness_quality_and_alarm(
    history: list[tuple[float, float]], word: str
) -> None:
    assert badge(history) == word


def test_a_critical_tag_whose_gap_is_long_is_critical_for_as_long_as_it_is_not_stale() -> None:
    daily = replace(RULE, max_gap_seconds=100_000)
    assert badge([(90_000, 95)], daily) == "CRITICAL"
    assert badge([(299_000, 95)], daily) == "CRITICAL"
    assert badge([(301_000, 95)], daily) == "STALE"


def test_a_suspect_value_is_a_badge_only_where_nothing_worse_is_true() -> None:
    rule = replace(RULE, max_step=5)
    assert badge([(10, 50), (5, 60)], rule) == "SUSPECT"
    assert badge([(10, 50), (5, 85)], rule) == "WARNING"
    assert badge([(40, 50), (35, 60)], rule) == "LATE"


def test_a_step_does_not_hide_the_trip() -> None:
    found = one([(10, 50), (5, 95)], replace(RULE, max_step=5))
    assert (found.quality, found.alarm) == (quality.SUSPECT, alarms.CRITICAL)


@pytest.mark.parametrize(
    ("rule", "word"),
    [
        (None, "NO RULE"),
        (replace(RULE, enabled=False), "DISABLED"),
        (replace(RULE, warn_min=85), "RULE ERROR"),
    ],
)
def test_without_a_rule_in_force_a_tag_never_looks_normal(rule: Rule | None, word: str) -> None:
    found = one([(5, 999.0)], rule)
    assert BADGES[found.badge] == checks.RULE_STATES[found.rule_state] == word
    assert (found.alarm, found.quality) == (alarms.UNJUDGED, quality.UNKNOWN)


def test_a_tag_without_a_rule_still_turns_stale() -> None:
    assert badge([(91, 50)], None) == "STALE"


def test_a_reading_from_the_future_is_said_beside_the_last_true_one() -> None:
    assert badge([(5, 50)], clock=True) == "CLOCK"
    assert badge([(5, 85)], clock=True) == "CLOCK"
    assert badge([(5, 95)], clock=True) == "CRITICAL"
    assert badge([(91, 50)], clock=True) == "STALE"


def test_readings_of_the_tail_after_the_latest_one_are_not_looked_at() -> None:
    latest, tail = split({"a": [(10, 50), (5, 51)]}, 61)
    ahead = pd.DataFrame({"ts": [NOW + pd.Timedelta(1, "h")], "value": 99.0, "qc": 0, "tag": 0})
    found = tag_states(NOW, latest, pd.concat([tail, ahead]), {"a": RULE}).iloc[0]
    assert (found.value, found.alarm) == (51, alarms.NORMAL)


def test_a_clock_a_little_ahead_gives_age_zero() -> None:
    assert one([(-4, 50)]).age == 0


def test_the_last_trusted_alarm_of_a_bad_tag_stays() -> None:
    found = one([(15, 95), (10, 999), (5, NAN)])
    assert (found.quality, found.alarm) == (quality.BAD, alarms.CRITICAL)


def test_no_tags_no_rows() -> None:
    latest, tail = split({}, 61)
    assert len(tag_states(NOW, latest, tail, {})) == 0
    assert len(ambiguous(latest, tail, {})) == 0


# --- the look-back -------------------------------------------------------------------------------


def test_a_value_in_its_zone_is_asked_for_where_the_tail_does_not_decide() -> None:
    history = [(500.0, 85.0)] + [(float(age), 79.0) for age in range(100, 0, -1)]
    latest, tail = split({"x": [(5, 50)], "a": history}, 61)
    (asked,) = ambiguous(latest, tail, {"x": RULE, "a": RULE}).itertuples()
    assert (asked.tag, asked.level) == (1, 2)
    assert (asked.low, asked.high, asked.floor, asked.ceiling) == (78, 80, 0, 100)


def test_the_answer_of_the_look_back_decides_and_no_answer_means_without_deadband() -> None:
    zone = [(float(age), 79.0) for age in range(100, 0, -1)]
    found = found_states({"a": [(500.0, 85.0), *zone], "b": [(500.0, 50.0), *zone], "c": zone},
                       dict.fromkeys("abc", RULE))  # fmt: skip
    assert found["alarm"].tolist() == [alarms.WARNING, alarms.NORMAL, alarms.NORMAL]


def test_the_look_back_skips_readings_that_are_bad() -> None:
    zone = [(float(age), 79.0) for age in range(100, 0, -1)]
    found = found_states({"a": [(500.0, 85.0), (400.0, -5.0), *zone]}, {"a": RULE})
    assert found["alarm"].tolist() == [alarms.WARNING]


def test_a_tail_of_bad_readings_makes_the_look_back_find_the_last_trusted_alarm() -> None:
    bad = [(float(age), 999.0) for age in range(100, 0, -1)]
    found = found_states({"a": [(500.0, 95.0), *bad]}, {"a": RULE}).iloc[0]
    assert (found["quality"], found["alarm"]) == (quality.BAD, alarms.CRITICAL)


def test_a_look_back_for_a_tag_that_cannot_be_negative_starts_at_zero() -> None:
    rule = replace(RULE, min_val=None, allow_negative=False)
    latest, tail = split({"a": [(5, 79.0)]}, 61)
    (asked,) = ambiguous(latest, tail, {"a": rule}).itertuples()
    assert (asked.floor, asked.ceiling) == (0, 100)


def test_a_tag_without_a_reading_asks_nothing() -> None:
    latest, tail = split({"a": []}, 61)
    assert len(ambiguous(latest, tail, {"a": RULE})) == 0


def test_a_value_stuck_for_longer_than_the_tail_is_found_by_the_look_back() -> None:
    rule = replace(RULE, flat_seconds=3600)
    flat = [(float(age), 50.0) for age in range(3700, 0, -5)]
    moved = [(5000.0, 51.0), *flat]
    lately = [(5000.0, 51.0), *flat[:100], (3000.0, 50.5), *flat[150:]]
    found = found_states({"a": moved, "b": lately}, {"a": rule, "b": rule})
    assert found["reasons"].tolist() == [quality.STUCK, 0]


def test_a_tail_too_short_to_tell_does_not_call_a_value_stuck_unasked() -> None:
    flat = [(float(age), 50.0) for age in range(300, 0, -5)]
    assert one(flat, replace(RULE, flat_seconds=3600)).reasons == 0
    assert one(flat, replace(RULE, flat_seconds=120)).reasons == quality.STUCK


value = st.one_of(
    st.integers(-2, 24).map(lambda n: n * 5.0), st.sampled_from([79.0, 11.0, 89.0, 6.0, NAN])
)


@st.composite
def plants(draw: st.DrawFn) -> tuple[Histories, dict[str, Rule]]:
    """Three tags whose readings often meet limits and zones, under rules of every kind."""
    histories, known = {}, {}
    for name in draw(st.permutations(["a", "가/\"'", "=1+1"])):
        steps = draw(st.lists(st.sampled_from([1, 5, 40]), max_size=40))
        values = draw(st.lists(value, min_size=len(steps), max_size=len(steps)))
        ages = (sum(steps) - np.cumsum([0, *steps])[:-1]).tolist() if steps else []
        old = [(90_000.0, 50.0), (80_000.0, 52.0)] if steps else []
        pairs = zip(ages, values, strict=True)
        histories[name] = [*old, *((float(age), each) for age, each in pairs)]
        known[name] = replace(
            RULE,
            tag_name=name,
            max_step=draw(st.sampled_from([None, 20])),
            roc_max_per_min=draw(st.sampled_from([None, 300])),
            flat_seconds=draw(st.sampled_from([None, 10, 60])),
            deadband_pct=draw(st.sampled_from([None, 2])),
            enabled=draw(st.sampled_from([True, True, True, False])),
        )
    return histories, known


@given(plants(), st.integers(1, 45))
def test_the_state_now_is_the_last_row_of_the_whole_history_however_short_the_tail(
    plant: tuple[Histories, dict[str, Rule]], count: int
) -> None:
    histories, known = plant
    found = found_states(histories, known, count)
    for name, history in histories.items():
        now = found.loc[name]
        if not history:
            assert BADGES[now["badge"]] == "NO DATA"
            continue
        last = alarms.annotated(readings(history), rules.checks(known[name]), 30).iloc[-1]
        assert now["alarm"] == last["alarm"]
        if count >= 2 and "missing" not in _recent(readings(history), known[name], count):
            assert (now["quality"], now["reasons"]) == (last["quality"], last["reasons"])


def _recent(series: pd.DataFrame, rule: Rule, count: int) -> str:
    """Return "missing" where the tail holds no trusted reading before the newest one."""
    codes = quality.assess(series, rules.checks(rule), 30)["quality"].iloc[-count:-1]
    return "" if (codes != quality.BAD).any() else "missing"


def test_spikes_and_medians_of_many_tags_are_those_of_each() -> None:
    rng = np.random.default_rng(5)
    histories, known = {}, {}
    for place in range(40):
        name, noise = f"T{place}", rng.normal(50, 5, 61)
        noise[-1] += rng.choice([0, 15, 30])
        histories[name] = [(5.0 * (61 - i), float(x)) for i, x in enumerate(noise)]
        known[name] = replace(RULE, tag_name=name, spike_zscore=rng.choice([None, 3.5]))
    found = found_states(histories, known)
    expected = [
        int(quality.assess(readings(history), rules.checks(known[name]), 30)["reasons"].iloc[-1])
        for name, history in histories.items()
    ]
    assert found["reasons"].tolist() == expected
    assert 0 < sum(each == quality.SPIKE for each in expected) < 40


def test_one_step_of_the_instrument_is_a_spike_on_no_card_either() -> None:
    rng = np.random.default_rng(6)
    histories, known = {}, {}
    for place in range(60):
        name, step = f"T{place}", 10.0 ** -(place % 3)
        values = np.full(61, 14.0) + step * (np.arange(61) == place)  # one alone tells the step
        values[-1] += 0.3 * step * rng.choice([1, 10, 40])
        histories[name] = [(5.0 * (61 - i), round(float(x), 6)) for i, x in enumerate(values)]
        known[name] = Rule(name, min_val=-20, max_val=60, spike_zscore=5)
    found = found_states(histories, known)["reasons"].tolist()
    assert found == [
        int(quality.assess(readings(history), rules.checks(known[name]), 30)["reasons"].iloc[-1])
        for name, history in histories.items()
    ]
    assert 0 < sum(bool(each & quality.SPIKE) for each in found) < 60


def test_the_checks_of_many_tags_are_stacked_anew_once_one_of_them_is_another() -> None:
    one, other = rules.checks(RULE), rules.checks(replace(RULE, crit_max=95))
    first = queries.many_checks([one, one])
    assert queries.many_checks([one, one]) is first
    assert queries.many_checks([one, other]).limits[1].tolist() == list(other.limits)
    with pytest.raises(ValueError, match="read-only"):
        first.low[0] = -1.0


def test_the_gap_follows_the_rule_else_the_spacing() -> None:
    histories = {"a": [(5.0, 1.0)], "b": [(5.0, 1.0)], "c": [(5.0, 1.0)]}
    latest, tail = split(histories, 61)
    spacing = np.array([60.0, 60.0, NAN])
    found = tag_states(NOW, latest, tail, {"a": RULE}, spacing)
    assert found["gap_seconds"].tolist() == [30, pytest.approx(246), 30]
    for name, each in zip(histories, spacing, strict=True):
        expected = gaps.limit(rules.checks(RULE if name == "a" else None), each)
        assert found["gap_seconds"][name] == pytest.approx(expected)


def plant_of(count: int) -> tuple[Histories, dict[str, Rule]]:
    rng = np.random.default_rng(7)
    names = [f"T{i:04d}" for i in range(count)]
    values = rng.normal(50, 20, (count, 61))
    ages = 5.0 * np.arange(61)[::-1]
    histories = {
        name: list(zip(ages.tolist(), row.tolist(), strict=True))
        for name, row in zip(names, values, strict=True)
    }
    rule = replace(RULE, max_step=30, roc_max_per_min=400, spike_zscore=3.5, flat_seconds=60)
    return histories, {name: replace(rule, tag_name=name) for name in names}


# --- the numbers of a card -----------------------------------------------------------------------


def references(*rows: tuple[float, float]) -> pd.DataFrame:
    ages, values = zip(*rows, strict=True) if rows else ((), ())
    at = pd.DatetimeIndex(NOW - pd.to_timedelta(list(ages), unit="s"))
    return pd.DataFrame({"tag": [0] * len(at), "ts": at, "value": list(values)}, dtype=None)


def delta(rule: Rule | None, *rows: tuple[float, float]) -> float:
    known = {} if rule is None else {"a": rule}
    latest, tail = split({"a": [(5.0, 60.0)]}, 61)
    found = references(*rows).astype({"value": float, "tag": int})
    now = tag_states(NOW, latest, tail, known)
    return float(kinds.deltas(NOW, now, found, stacked(["a"], known), 3600)["delta"].iloc[0])


def test_delta_is_the_change_since_the_reference() -> None:
    assert delta(RULE, (3605, 40.0)) == 20
    assert delta(None, (3605, 40.0)) == 20


@pytest.mark.parametrize("rows", [[], [(3631, 40.0)], [(3599, 40.0)], [(3605, 999.0)]])
def test_without_a_trusted_reference_there_is_no_delta_rather_than_zero(
    rows: list[tuple[float, float]],
) -> None:
    assert math.isnan(delta(RULE, *rows))


def test_the_newest_trusted_reading_before_the_reference_time_counts() -> None:
    assert delta(RULE, (3610, 40.0), (3605, 50.0), (3602, 999.0)) == 10


def test_every_code_of_the_answer_has_a_word_and_goes_into_json() -> None:
    histories, known = plant_of(200)
    found = found_states(histories, known)
    assert set(found["badge"]) <= set(range(len(BADGES)))
    assert set(found["quality"]) <= set(quality.QUALITIES)
    assert set(found["alarm"]) <= set(alarms.ALARMS)
    assert set(found["freshness"]) <= set(range(len(gaps.FRESHNESS)))
    assert json.loads(found[["badge", "alarm", "quality"]].to_json())
    assert checks.RULE_STATES[0] == checks.ACTIVE


# --- with the historian --------------------------------------------------------------------------

ZONE_READINGS = """
INSERT INTO influx_hist (ts, tag_name, value)
SELECT now() - make_interval(secs => 5 * i), tag, 79 FROM generate_series(0, 100) AS i,
unnest(ARRAY['day', 'month', 'never', 'bad', 'fell']) AS tag
"""
OLDER = """
INSERT INTO influx_hist (ts, tag_name, value) VALUES
(now() - interval '3 hours', 'day', 85), (now() - interval '5 hours', 'day', 50),
(now() - interval '9 days', 'month', 85), (now() - interval '10 days', 'month', 50),
(now() - interval '3 hours', 'bad', 999), (now() - interval '4 hours', 'bad', 85),
(now() - interval '3 hours', 'fell', 50), (now() - interval '4 hours', 'fell', 85)
"""


@pytest.mark.db
def test_a_restarted_worker_finds_the_latches_in_the_historian(database: str) -> None:
    """Nothing is remembered but the readings: raw for a day, hours for a month."""
    names = ("day", "month", "never", "bad", "fell")
    connection = psycopg2.connect(database)
    install.install(connection)
    with connection, connection.cursor() as cursor:
        cursor.execute(ZONE_READINGS)
        cursor.execute(OLDER)
    rollups.refresh(connection)
    connection.close()
    spread(database)
    pool.connect(database)
    cache.configure(flask.Flask(__name__))
    latest, tail, _reference = queries.recent(names, 3600.0)
    many, now = stacked(names, dict.fromkeys(names, RULE)), latest.attrs["now"]
    readings = states.tails(latest, tail, many)
    held = queries.look_back_answers(states.ambiguous(readings, many), names, now, tail)
    found = states.tag_states(now, latest, readings, many, None, held)
    pool.dispose()
    words = [alarms.ALARMS[code] for code in found["alarm"]]
    assert words == ["WARNING", "WARNING", "NORMAL", "WARNING", "NORMAL"]


@pytest.mark.db
def test_card_and_chart_see_the_same_spike_where_every_second_reading_is_bad(
    database: str,
) -> None:
    """Sixty readings that are not BAD are twice as many back; the older ones move further."""
    good = [50 + 20 * math.sin(k) for k in range(60)] + [50 + 0.1 * math.sin(k) for k in range(20)]
    values = [*(reading for value in good for reading in (value, 999.0)), 52.0]
    times = pd.Timestamp.now("UTC") - pd.to_timedelta(np.arange(len(values))[::-1] * 5, unit="s")
    rule = Rule("a", 0, 100, spike_zscore=3.5)
    with contextlib.closing(psycopg2.connect(database)) as connection:
        install.install(connection)
        with connection, connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO influx_qc_rule (tag_name, min_val, max_val, spike_zscore) "
                "VALUES ('a', 0, 100, 3.5)"
            )
            cursor.executemany(
                "INSERT INTO influx_hist (ts, tag_name, value) VALUES (%s, 'a', %s)",
                list(zip(times.to_pydatetime(), values, strict=True)),
            )
    spread(database)
    pool.connect(database)
    cache.forget()
    found = overview.now(queries.tags()).states
    pool.dispose()
    chart = quality.assess(pd.DataFrame({"value": values}, times), rules.checks(rule), 30.0)
    assert found.loc["a", "reasons"] == chart["reasons"].iloc[-1] == 0
