"""The hours of many tags are judged as the buckets of each tag are, and as its readings are."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api import letters
from data.analysis import alarms, hours
from data.analysis.checks import UNCHECKED, Checks, stacked
from data.analysis.rules import Rule, checks

NEWEST = pd.Timestamp("2026-03-02T12:00:00Z")
LIMITS = {"crit_min": 10, "warn_min": 20, "warn_max": 80, "crit_max": 90}
RULED = checks(Rule("T", 0, 100, **LIMITS, deadband_pct=3))
#: Values on each side of each limit and inside each deadband.
VALUES = [5.0, 11.0, 15.0, 21.0, 50.0, 78.0, 85.0, 88.0, 95.0]
FREE = np.zeros((1, 4), dtype=np.int8)


def matrix(readings: list[list[float]], bad: list[int] | None = None) -> hours.Hours:
    """Return one tag's hours of these readings."""
    rows = []
    for place, values in enumerate(readings):
        bucket = NEWEST - pd.Timedelta(hours=hours.HOURS - 1 - place)
        none = [np.nan] * 4
        numbers = [min(values), max(values), values[0], values[-1]] if values else none
        rows.append([0, bucket, *numbers, (bad or [0] * hours.HOURS)[place]])
    columns = ["tag", "bucket", "min", "max", "first", "last", "bad"]
    return hours.matrix(pd.DataFrame(rows, columns=columns), 1, NEWEST)


def words(found: Any) -> list[str]:
    return [hours.WORDS[int(code)] for code in found[0]]


an_hour = st.lists(st.sampled_from(VALUES), max_size=4)
single = st.lists(st.sampled_from(VALUES), max_size=1)
size: Any = {"min_size": hours.HOURS, "max_size": hours.HOURS}
a_day = st.one_of(st.lists(an_hour, **size), st.lists(single, **size))
some = settings(max_examples=40)


@some
@given(a_day)
def test_a_tag_among_many_has_the_levels_of_its_buckets(readings: list[list[float]]) -> None:
    found = words(hours.states(matrix(readings), stacked([RULED]), FREE))
    numbers = {name: grid[0] for name, grid in zip(hours.Hours._fields, matrix(readings)[:4],
                                                   strict=False)}  # fmt: skip
    expected = alarms.bucket_levels(pd.DataFrame(numbers), RULED)
    assert found == [
        alarms.ALARMS[int(level)] if values else "NO DATA"
        for level, values in zip(expected, readings, strict=True)
    ]


@some
@given(a_day, st.lists(st.sampled_from(VALUES), min_size=1, max_size=4))
def test_no_hour_is_milder_than_its_readings_and_what_came_before(
    readings: list[list[float]], before: list[float]
) -> None:
    """Reading by reading, those before the hours included: the look-back gives what decided."""
    numbers, many = matrix(readings), stacked([RULED])
    questions = hours.undecided(numbers, many)
    deciding = [
        next((value for value in reversed(before) if not low <= value < high), np.nan)
        for low, high in zip(questions["low"], questions["high"], strict=True)
    ]
    sides = hours.sides_before(questions, np.array(deciding), 1)
    found = words(hours.states(numbers, many, sides))
    every = pd.DataFrame({"value": [*before, *(value for each in readings for value in each)]})
    level = alarms.levels(every, RULED).tolist()[len(before) :]
    for word, values in zip(found, readings, strict=True):
        mine, level = level[: len(values)], level[len(values) :]
        if mine:
            code = next(code for code, name in alarms.ALARMS.items() if name == word)
            assert code >= max(mine)
            # Their order is lost only where an hour has several.
            assert code == max(mine) or any(len(each) > 1 for each in readings)


@pytest.mark.parametrize(
    ("values", "bad", "word"),
    [
        ([50.0], 0, "NORMAL"), ([50.0], 1, "BAD"), ([85.0], 1, "BAD"), ([95.0], 1, "CRITICAL"),
        ([], 1, "BAD"), ([], 0, "NO DATA"),
    ],
)  # fmt: skip
def test_an_hour_is_its_worst_in_the_order_of_badges(
    values: list[float], bad: int, word: str
) -> None:
    found = hours.states(matrix([values] * 24, [bad] * 24), stacked([RULED]), FREE)
    assert set(words(found)) == {word}


@pytest.mark.parametrize("judged", [UNCHECKED, checks(Rule("T", 0, 100, enabled=False))])
def test_without_a_rule_in_force_no_hour_is_normal(judged: Checks) -> None:
    numbers = matrix([[50.0]] * 23 + [[]])
    assert words(hours.states(numbers, stacked([judged]), FREE)) == ["UNJUDGED"] * 23 + ["NO DATA"]
    assert hours.undecided(numbers, stacked([judged])).empty


def test_hours_before_and_after_the_day_are_in_none_of_its_places() -> None:
    rows = pd.DataFrame(
        {
            "tag": [0, 0, 1],
            "bucket": [NEWEST - pd.Timedelta(hours=24), NEWEST + pd.Timedelta(hours=1), NEWEST],
            **dict.fromkeys(("min", "max", "first", "last"), 50.0),
            "bad": 1,
        }
    )
    found = hours.matrix(rows, 2, NEWEST)
    assert np.isfinite(found.max).sum() == found.bad.sum() == 1
    assert found.max[1, -1] == 50


def test_every_state_of_an_hour_has_a_letter_of_its_own() -> None:
    codes = sorted(hours.WORDS)
    sent = letters.day_letters(np.array([codes], dtype=np.int8), NEWEST)
    assert sent["last_hour"] == NEWEST.value // 10**6
    (day,) = sent["days"]
    assert len(set(day)) == len(codes) == len(letters.HOUR_LETTERS)
    assert day == "".join(letters.HOUR_LETTERS[hours.WORDS[code]] for code in codes)
    assert letters.day_letters(None) == {"days": [], "last_hour": None}


def test_hours_without_a_row_before_the_newest_one_are_missing_newest_first() -> None:
    start = pd.Timestamp("2026-03-01", tz="UTC")
    rows = pd.DataFrame(
        {"tag": [0, 0, 2], "bucket": [start + pd.Timedelta(hours=h) for h in (1, 4, 1)]}
    )
    found = hours.missing(rows, 3, start)
    told = [(tag, (at - start) // pd.Timedelta(hours=1)) for tag, at in found.to_numpy().tolist()]
    assert told == [(0, 3), (0, 2), (0, 0), (2, 0)]


def test_an_hour_of_a_rollup_with_few_readings_is_doubted_the_newest_first() -> None:
    at = pd.date_range("2026-03-01", periods=4, freq="h", tz="UTC")
    rows = pd.DataFrame(
        {
            "tag": [0, 0, 0, 0, 1],
            "bucket": [*at, at[0]],
            "n": [60, 53, 54, 20, 3],
            "stored": [True, True, True, False, True],
        }
    )
    found = hours.short(rows)
    assert found[["tag", "n", "most"]].to_numpy().tolist() == [[0, 53, 60]]
