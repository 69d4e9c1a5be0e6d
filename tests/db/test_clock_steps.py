"""Clocks that step: no reading grows younger, LATE and STALE come on time, and it is said."""

import json
from collections.abc import Iterator
from datetime import UTC
from typing import Any

import pandas as pd
import pytest

import api.overview
from components import notices
from components.status.worded import worded
from data import queries, status
from data.analysis import alarms, gaps, states
from data.db import cache, clock, pool
from data.views import overview
from tests.support import moving
from tests.support.historians import Historian

pytestmark = [
    pytest.mark.db,
    pytest.mark.one_server("each node has a clock of its own, which no test moves"),
]
GAP = 30
# Two days of readings, close together in the last three hours, and a reading that is alone.
READINGS = """
    INSERT INTO influx_hist (ts, tag_name, value)
    SELECT now() - n * interval '10 s', 'many', n FROM generate_series(0, 1080) n
    UNION ALL SELECT now() - n * interval '60 s', 'many', 1 FROM generate_series(181, 2880) n
    UNION ALL SELECT now() - interval '2 s', 'one', 42
"""
RULES = """
    INSERT INTO influx_qc_rule (tag_name, min_val, max_val, max_gap_seconds)
    VALUES ('many', 0, 5000, 30), ('one', 0, 100, 30)
"""
STEPS = [sign * step for sign in (-1, 1) for step in (60, 3_600, 86_400)]
#: Seconds that pass from look to look: the readings grow LATE, then STALE.
LOOKS = (0, 10, 15, 10, 40, 20, 10)


@pytest.fixture
def clocks(own: Historian, monkeypatch: pytest.MonkeyPatch) -> Iterator[moving.Clocks]:
    """Clocks that the test moves; the feed has just stopped."""
    own.run(READINGS)
    own.run(RULES)
    yield moving.install(own.dsn, monkeypatch)
    cache.forget()
    pool.dispose()


def frame() -> dict[str, Any]:
    """Return the frame that a page gets now."""
    return dict(json.loads(api.overview.frame.answer().value.plain))


def look() -> pd.DataFrame:
    """Return age [s], that by the database's clock alone, and freshness of tags with a reading."""
    found = overview.now(queries.tags()).states
    by_clock = (found.attrs["now"] - found["ts"]).dt.total_seconds()
    columns = found[["ts", "age", "freshness"]].assign(by_clock=by_clock)
    return columns.dropna()


def due(age: float) -> int:
    """Return the freshness of a reading so old."""
    return 0 if age <= GAP else 1 if age <= 3 * GAP else 2


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("which", ["app", "database", "both"])
def test_no_age_falls_and_late_and_stale_come_on_time(
    clocks: moving.Clocks, which: str, step: int
) -> None:
    moved = {name: step for name in ("app", "database") if which in (name, "both")}
    last: dict[tuple[str, Any], float] = {}
    for k, seconds in enumerate(LOOKS):
        clocks.go(seconds, **(moved if k == 2 else {}))
        found = look()
        assert "many" in found.index
        for reading, age in zip(found["ts"].items(), found["age"], strict=True):
            assert age >= last.get(reading, 0.0) + seconds - 0.01 or reading not in last
            last[reading] = age
        assert (found["age"] >= clocks.passed).all(), "the feed stopped before the first look"
        assert found["freshness"].tolist() == [due(age) for age in found["age"]]
        true = found["by_clock"] - min(0.0, clocks.database)
        assert found["age"].tolist() == pytest.approx(true.tolist(), abs=1)


@pytest.mark.parametrize("step", STEPS)
def test_a_corrected_clock_heals_with_the_next_reading(
    own: Historian, clocks: moving.Clocks, step: int
) -> None:
    ages = [look()["age"]["one"]]
    for moved in (step, -step):
        clocks.go(10, database=moved)
        ages.append(look()["age"].get("one", ages[-1]))
    assert ages == sorted(ages) and ages[-1] >= max(20, step)
    own.run("INSERT INTO influx_hist VALUES (now() + %s * interval '1 s', 'one', 43)", [29])
    clocks.go(10)
    found = look().loc["one"]
    assert found["age"] < 5
    assert found["freshness"] == gaps.FRESH


def test_a_frame_carries_the_age_and_the_time_of_the_reading(clocks: moving.Clocks) -> None:
    before = frame()
    clocks.go(10, database=-3_600)
    after = frame()
    assert before["carried"] == {} and before["behind"] == 0
    assert after["carried"]["0"] == pytest.approx(3_600, abs=20)
    assert after["age"][0] >= before["age"][0] + 10
    assert after["clock"] == [0, 1], "the newest readings are of the future"
    assert after["badge"][1] == "0123456789ab"[states.BADGES.index("NO DATA")]
    clocks.go(10, database=3_600)
    healed = frame()
    assert healed["age"] == [pytest.approx(20, abs=5), pytest.approx(22, abs=5)]


@pytest.mark.parametrize("step", [step for step in STEPS if step < 0])
@pytest.mark.usefixtures("in_english")
def test_a_database_s_clock_that_falls_behind_is_said_until_it_has_caught_up(
    clocks: moving.Clocks, step: int
) -> None:
    assert (frame()["behind"], notices._behind()) == (0, [])
    clocks.go(10, database=step)
    assert frame()["behind"] == pytest.approx(-step, abs=1)
    (said,) = notices._behind()
    assert "The database's clock has fallen behind" in said
    clocks.go(10, database=-step)
    assert (frame()["behind"], notices._behind()) == (0, [])


@pytest.mark.parametrize("step", STEPS)
def test_an_app_s_clock_that_steps_moves_no_window_and_keeps_no_frame(
    clocks: moving.Clocks, step: int
) -> None:
    first, began = frame()["now"], clock.now().value
    for _ in range(3):
        clocks.go(3, app=step)
        second, moment = frame()["now"], clock.now().value
        assert second - first == pytest.approx(3_000, abs=2_000)
        assert (moment - began).total_seconds() == pytest.approx(3, abs=2)
        first, began = second, moment
    assert clock.behind() == 0


def test_an_alarm_that_a_look_back_decides_is_found_after_a_clock_was_ahead_for_a_while(
    own: Historian, clocks: moving.Clocks
) -> None:
    """What came while the clock was right again is newer than what the look-back had read."""
    resting = (
        "INSERT INTO influx_hist SELECT now() + n * interval '1 s', 'rests', 79.5"
        " FROM generate_series(%s, %s) n"
    )
    own.run(resting, [-300, 0])
    own.run(
        "INSERT INTO influx_qc_rule (tag_name, min_val, max_val, warn_max, deadband_pct)"
        " VALUES ('rests', 0, 100, 80, 2)"
    )

    def alarm() -> str:
        return alarms.ALARMS[overview.now(queries.tags()).states["alarm"]["rests"]]

    assert alarm() == "NORMAL"
    clocks.go(10, database=86_400)
    assert alarm() == "NORMAL"
    own.run("INSERT INTO influx_hist VALUES (now() + interval '20 s', 'rests', 85)")
    own.run(resting, [21, 120])
    clocks.go(120, database=-86_400)
    assert alarm() == "WARNING"


def write(own: Historian, value: float, first: int, last: int) -> None:
    """Write a reading of b each second, from and to so many seconds after the true now."""
    own.run(
        "INSERT INTO influx_hist (ts, tag_name, value) SELECT now() + n * interval '1 s', 'b', %s"
        " FROM generate_series(%s, %s) n",
        [value, first, last],
    )


def test_what_a_long_search_had_read_of_the_future_hides_nothing_that_came_since(
    own: Historian, clocks: moving.Clocks
) -> None:
    def alarm() -> str:
        return alarms.ALARMS[overview.now(queries.tags()).states["alarm"]["b"]]

    own.run(
        "INSERT INTO influx_qc_rule (tag_name, min_val, max_val, warn_max) VALUES ('b', 0, 100, 80)"
    )
    write(own, 50, -1_200, -1_000)
    write(own, 999, -999, 0)
    assert alarm() == "NORMAL"
    clocks.go(10, database=86_400)
    write(own, 999, 86_401, 86_410)
    assert alarm() == "NORMAL"
    clocks.go(120, database=-86_400)
    write(own, 85, 20, 40)
    write(own, 999, 41, 125)
    assert alarm() == "WARNING"


def test_since_when_is_sought_anew_where_a_clock_stepped_back(
    own: Historian, clocks: moving.Clocks
) -> None:
    def since() -> Any:
        return overview.now(queries.tags()).crossed["since"].iloc[0]

    own.run(
        "INSERT INTO influx_qc_rule (tag_name, min_val, max_val, warn_max, deadband_pct)"
        " VALUES ('b', 0, 100, 80, 2)"
    )
    write(own, 50, -4_000, -3_600)
    write(own, 85, -3_599, 0)
    since()
    clocks.go(10, database=86_400)
    write(own, 85, 86_401, 86_410)
    since()
    clocks.go(300, database=-86_400)
    write(own, 50, 20, 60)
    write(own, 85, 61, 305)
    stepped = since()
    cache.forget()
    assert stepped == since()


@pytest.mark.parametrize(
    ("hours", "key", "said", "badges"),
    [
        (1, "clock_ahead", "ahead of", {"STALE"}),
        (-1, "clock_after", "behind", {"CLOCK", "NO DATA"}),
    ],
    ids=["ahead", "behind"],
)
def test_a_server_whose_clock_is_an_hour_wrong_from_the_beginning_is_told_and_nothing_looks_well(
    own: Historian,
    clocks: moving.Clocks,
    in_english: None,
    hours: int,
    key: str,
    said: str,
    badges: set[str],
) -> None:
    """By a clock that is ahead every reading is old; by one that is behind it is of the future."""
    clocks.go(database=hours * 3_600)
    found = overview.now(queries.tags()).states
    assert {states.BADGES[code] for code in found["badge"]} == badges
    report = status.now()
    (line,) = [each for each in report.lines if each.subject == "clock"]
    assert (line.level, line.key) == ("risk", key)
    assert worded(line, UTC).found == f"The historian's clock is 1 h {said} this machine's."
    ahead = [each.values["tags"] for each in report.lines if each.key == "tags_ahead"]
    assert ahead == ([] if hours > 0 else [("many", "one")])
