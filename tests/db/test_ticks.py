"""A tick that reads what came since the one before says what a tick of all readings says."""

import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data import queries
from data.db import cache
from data.queries import Recent
from data.queries.tick import recent
from tests.support.historians import Historian

pytestmark = pytest.mark.db

READINGS = """
INSERT INTO influx_hist (tag_name, ts, value, qc)
SELECT 'T' || k, now() - make_interval(secs => 10 * n + k), 50 + (n * k) %% 17,
       (k = 5 AND n %% 4 = 0)::int
FROM generate_series(0, 900) n, generate_series(1, 5) k
UNION ALL
SELECT 'slow', now() - make_interval(hours => n), n, 0 FROM generate_series(0, 90) n
UNION ALL
SELECT 'BAD', now() - make_interval(secs => 10 * n), n, 1 FROM generate_series(0, 700) n
UNION ALL
SELECT 'wild', now() - make_interval(secs => 10 * n), CASE WHEN n < 700 THEN 900 ELSE 50 END, 0
FROM generate_series(0, 800) n
"""
RULES = """
INSERT INTO influx_qc_rule (tag_name, min_val, max_val) VALUES ('T3', 0, 100), ('wild', 0, 100)
"""
NAMES = ("T1", "T2", "T3", "T4", "T5", "slow", "BAD", "wild", "nothing")
KNOWN = [True] * 6 + [False] * 3
HOUR = 3_600.0
PLACE = "(SELECT ts FROM influx_hist WHERE tag_name = 'T2' ORDER BY ts DESC OFFSET {} LIMIT 1)"
#: Of these nothing that is held by other bounds counts.
RULED = {"a rule": "T2", "a rule of a slow tag": "slow"}
#: What happens between two ticks to the tags of which the readings are held.
EVENTS = {
    "nothing": "SELECT",
    "a new reading": "INSERT INTO influx_hist (tag_name, ts, value) VALUES ('T2', now(), 9)",
    "a late one": "INSERT INTO influx_hist (tag_name, ts, value)"
    " VALUES ('T2', now() - interval '35 seconds', 9)",
    "a new one that is BAD": "INSERT INTO influx_hist (tag_name, ts, value, qc)"
    " VALUES ('T2', now(), 9, 1), ('T3', now(), 1e9, 0), ('T4', now(), 'NaN', 0)",
    "one of the future": "INSERT INTO influx_hist (tag_name, ts, value)"
    " VALUES ('T2', now() + interval '1 hour', 9)",
    "the newest changed": "UPDATE influx_hist SET value = 3 WHERE tag_name = 'T2' AND ts ="
    + PLACE.format(0),
    "one of the last changed": "UPDATE influx_hist SET value = 3 WHERE tag_name = 'T2' AND ts ="
    + PLACE.format(6),
    "one of the last flagged": "UPDATE influx_hist SET qc = 1 WHERE tag_name = 'T2' AND ts ="
    + PLACE.format(4),
    "one of the last deleted": "DELETE FROM influx_hist WHERE tag_name = 'T2' AND ts ="
    + PLACE.format(5),
    "the last ten deleted": "DELETE FROM influx_hist WHERE tag_name = 'T2' AND ts >="
    + PLACE.format(9),
    "all deleted": "DELETE FROM influx_hist WHERE tag_name = 'T2'",
    "a flood": "INSERT INTO influx_hist (tag_name, ts, value) SELECT 'T2',"
    " now() - make_interval(secs => n / 100.0), n FROM generate_series(0, 650) n",
    "a flood of BAD": "INSERT INTO influx_hist (tag_name, ts, value, qc) SELECT 'T2',"
    " now() - make_interval(secs => n / 100.0), n, 1 FROM generate_series(0, 650) n",
    "many new ones": "INSERT INTO influx_hist (tag_name, ts, value) SELECT 'T2',"
    " now() - make_interval(secs => n / 100.0), n FROM generate_series(0, 100) n",
    "a rule": "INSERT INTO influx_qc_rule (tag_name, min_val, max_val) VALUES ('T2', 0, 55)",
    "a rule of a slow tag": "INSERT INTO influx_qc_rule (tag_name, min_val, max_val)"
    " VALUES ('slow', 0, 40)",
    "a rule of a tag that was BAD for long": "UPDATE influx_qc_rule SET max_val = 1000"
    " WHERE tag_name = 'wild'",
    "a rule that leaves less of it": "UPDATE influx_qc_rule SET max_val = 40"
    " WHERE tag_name = 'wild'",
}


@pytest.fixture
def tags(own: Historian) -> Historian:
    """Tags of which all is held after a tick, and such as are read anew each time."""
    own.run(READINGS.replace("%%", "%"))
    own.run(RULES)
    cache.forget()
    return own


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the statements of a tick were bound."""
    values: list[dict[str, Any]] = []
    latest = sys.modules["data.queries.latest"]
    read = latest._recent_rows

    def reading(flagged: Any, bound: dict[str, Any]) -> pd.DataFrame:
        values.append(dict(bound))
        frame: pd.DataFrame = read(flagged, bound)
        return frame

    monkeypatch.setattr(latest, "_recent_rows", reading)
    return values


def tick() -> Recent:
    """Return what a tick says, by what it knows."""
    queries.read_anew()
    return queries.recent.function(NAMES, HOUR)


def same(answer: Recent) -> None:
    """Assert that a tick that knows nothing says the same.

    The references are read anew at each tick, and move on with the clock.
    """
    cache.forget()
    expected = tick()
    for name in ("latest", "trusted"):
        pd.testing.assert_frame_equal(getattr(answer, name), getattr(expected, name))


@pytest.mark.parametrize("event", EVENTS)
def test_what_happens_counts_at_the_next_tick(
    tags: Historian, asked: list[dict[str, Any]], event: str
) -> None:
    tick()
    tags.run(EVENTS[event])
    asked.clear()
    answer = tick()
    held = [at is not None for at in next(each for each in asked if "seens" in each)["seens"]]
    assert held == [is_held and name != RULED.get(event)
                    for name, is_held in zip(NAMES, KNOWN, strict=True)]  # fmt: skip
    same(answer)


def test_one_tick_after_the_other_carries_the_readings_on(tags: Historian) -> None:
    for place in range(1, 6):
        answer = tick()
        tags.run(
            "INSERT INTO influx_hist (tag_name, ts, value, qc) SELECT 'T' || k,"
            " now() - make_interval(secs => (k + 10 * n) / 1e6), n, (n = 1)::int"
            " FROM generate_series(1, 5) k, generate_series(0, %s) n",
            (place,),
        )
    answer = tick()
    assert (np.bincount(answer.trusted["tag"])[:5] == 61).all()
    same(answer)


def test_what_lies_further_back_is_seen_when_what_is_held_is_a_minute_old(
    tags: Historian, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tick()
    tags.run(f"UPDATE influx_hist SET value = 3 WHERE tag_name = 'T2' AND ts = {PLACE.format(30)}")
    pd.testing.assert_frame_equal(tick().trusted, before.trusted)
    monkeypatch.setattr(recent, "ANEW_S", 0.0)
    after = tick()
    assert (after.trusted["value"] != before.trusted["value"]).sum() == 1
    same(after)


def test_all_tags_are_read_anew_within_a_minute_and_never_all_at_one_tick(
    tags: Historian, asked: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = 1_000.0
    monkeypatch.setattr(recent, "time", SimpleNamespace(monotonic=lambda: clock))
    tick()
    read: list[list[float]] = [[clock] for _ in NAMES]
    for _ in range(30):
        clock += 10.0
        asked.clear()
        tick()
        seens = next(each for each in asked if "seens" in each)["seens"]
        assert any(at is not None for at in seens)
        for at, times in zip(seens, read, strict=True):
            times += [] if at is not None else [clock]
    assert max(np.diff([*times, clock]).max() for times in read) <= recent.ANEW_S
