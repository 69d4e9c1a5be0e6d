"""A tick that reads a day, and what lies before it apart: the same as if all had been read."""

import sys
from datetime import timedelta

import pandas as pd
import pytest

from data import queries
from data.db import cache
from data.queries import Recent, deciding
from tests.support.historians import Historian

pytestmark = pytest.mark.db

#: Beside tags of ten seconds: slow ones, dead ones, ones that are BAD, ahead of the clock, alone.
READINGS = """
INSERT INTO influx_hist (tag_name, ts, value, qc)
SELECT 'fast', now() - make_interval(secs => 10 * n + 1), 50 + n % 7, 0
FROM generate_series(0, 800) n
UNION ALL
SELECT 'hourly', now() - make_interval(mins => 60 * n + 1), 40 + n, 0 FROM generate_series(0, 90) n
UNION ALL
SELECT 'daily', now() - make_interval(hours => 24 * n + 2), n, 0 FROM generate_series(0, 80) n
UNION ALL
SELECT 'dead', now() - interval '40 days' - make_interval(secs => n), n % 5, 0
FROM generate_series(0, 700) n
UNION ALL
SELECT 'flagged', now() - make_interval(mins => n + 1), n, 1 FROM generate_series(0, 2000) n
UNION ALL
SELECT 'sound before', now() - make_interval(mins => 3 * n + 1), n, (n < 900)::int
FROM generate_series(0, 1500) n
UNION ALL
SELECT 'ahead', now() + interval '1 hour', 9, 0
UNION ALL
SELECT 'ahead', now() - interval '3 days' - make_interval(mins => n), n, 0
FROM generate_series(0, 100) n
UNION ALL
SELECT 'once', now() - interval '25 hours 30 minutes', 7, 0
"""
RULES = """
INSERT INTO influx_qc_rule (tag_name, min_val, max_val, max_gap_seconds)
VALUES ('daily', 0, 1000, 200000), ('once', 0, 100, 400000), ('hourly', 0, 60, 7200)
"""
NAMES = ("fast", "hourly", "daily", "dead", "flagged", "sound before", "ahead", "once", "nothing")
HOUR = 3_600.0


@pytest.fixture
def tags(own: Historian) -> Historian:
    """Tags of which a day holds all, a part, or nothing."""
    own.run(READINGS)
    own.run(RULES)
    cache.forget()
    return own


def _unbounded(monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...] = NAMES) -> Recent:
    with monkeypatch.context() as patched:
        patched.setattr(deciding, "tick_floor", lambda: deciding.EVER)
        cache.forget()
        answer = queries.recent(names, HOUR)
    cache.forget()
    return answer


def _same(answer: Recent, expected: Recent) -> None:
    for name in ("latest", "trusted"):
        pd.testing.assert_frame_equal(getattr(answer, name), getattr(expected, name))
    ours, theirs = (each.reference.sort_values("tag", ignore_index=True)
                    for each in (answer, expected))  # fmt: skip
    pd.testing.assert_frame_equal(ours, theirs)


def test_a_tick_by_its_bound_says_what_a_tick_of_all_readings_says(
    tags: Historian, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = _unbounded(monkeypatch)
    assert expected.latest["ts"].notna().tolist() == [True] * 8 + [False]
    assert expected.latest["clock"].tolist() == [name == "ahead" for name in NAMES]
    assert {"daily", "once"} <= {NAMES[tag] for tag in expected.reference["tag"]}
    _same(queries.recent(NAMES, HOUR), expected)


def test_the_next_ticks_hold_what_lies_before_and_see_what_came(
    tags: Historian, monkeypatch: pytest.MonkeyPatch
) -> None:
    queries.recent(NAMES, HOUR)
    asked: list[object] = []
    reader = sys.modules["data.queries.latest"]
    read = reader._recent_rows
    monkeypatch.setattr(
        reader,
        "_recent_rows",
        lambda flagged, values: asked.append(values) or read(flagged, values),
    )
    tags.run(
        "INSERT INTO influx_hist (tag_name, ts, value) VALUES ('dead', now(), 1),"
        " ('daily', now() - interval '1 minute', 3), ('ahead', now() - interval '2 hours', 4)"
    )
    second = queries.recent.function(NAMES, HOUR)
    assert len(asked) == 1, "nothing before the bound is read again"
    _same(second, _unbounded(monkeypatch))


def test_a_reading_written_into_the_past_is_seen_when_what_is_held_is_old(
    tags: Historian, monkeypatch: pytest.MonkeyPatch
) -> None:
    queries.recent(NAMES, HOUR)
    tags.run("INSERT INTO influx_hist (tag_name, ts, value) VALUES ('nothing', %s, 5)",
             (deciding.tick_floor() - timedelta(hours=1),))  # fmt: skip
    monkeypatch.setattr(deciding, "OLDER_S", 0.0)
    frame = queries.recent.function(NAMES, HOUR)
    assert frame.latest["value"].iloc[-1] == 5
    _same(frame, _unbounded(monkeypatch))


@pytest.mark.parametrize("hours", [-200_000, -3, 3, 30, 200_000])
def test_a_clock_that_is_wrong_changes_no_answer(
    tags: Historian, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    expected = _unbounded(monkeypatch)
    floor = deciding.tick_floor() + timedelta(hours=hours)
    monkeypatch.setattr(deciding, "tick_floor", lambda: floor)
    _same(queries.recent(NAMES, HOUR), expected)
