"""Since when a limit is crossed: what the card says equals what going through all readings says."""

import math

import pandas as pd
import pytest

from data import queries
from data.db import cache
from data.queries import since
from data.views import overview
from tests.support.historians import TIMESCALE, Historian

#: A TimescaleDB tells deleted readings from dropped ones, which go by whole chunks.
deletes = pytest.mark.skipif(bool(TIMESCALE), reason="what is deleted there is not gone")

pytestmark = pytest.mark.db
#: Tags of these tests: limits 5, 10, 80, 90 and a deadband of 2.
RULES = """
    INSERT INTO influx_qc_rule (tag_name, min_val, max_val, crit_min, warn_min, warn_max, crit_max,
                                deadband_pct, max_gap_seconds)
    SELECT name, 0, 100, 5, 10, 80, 90, 2, 600 FROM unnest(%s) name
"""


@pytest.fixture
def now(own: Historian) -> pd.Timestamp:
    own.run(RULES, (["A", "B", "C", "D"],))
    cache.forget()
    return pd.Timestamp.now("UTC").floor("s")


def readings(now: pd.Timestamp, *stretches: tuple[float, float, float]) -> pd.DataFrame:
    """Return readings of stretches (hours ago that it begins, value, spacing [s]) up to now."""
    frames, stop = [], now - pd.Timedelta(5, "s")
    for hours, value, spacing in reversed(stretches):
        start = now - pd.Timedelta(hours, "h")
        times = pd.date_range(start, stop, freq=f"{spacing}s", inclusive="left")
        frames.append(pd.DataFrame({"value": value}, times.as_unit("us")))
        stop = start
    return pd.concat(frames[::-1])


def crossed() -> pd.DataFrame:
    names = list(queries.tags())
    queries.recent.expire(tuple(names), overview.REFERENCE_S)
    found = overview.now(queries.tags()).crossed
    return found.assign(name=[names[tag] for tag in found["tag"]]).set_index("name")


@pytest.mark.parametrize("has_hours", [True, False])
def test_the_reading_that_crossed_a_limit_is_found_as_far_back_as_the_alarm(own, now, has_hours):
    """In view, of this hour, hours ago; after a rest in the deadband; each to the reading."""
    own.write(readings(now, (10, 50, 60), (0.2, 95, 20)), "A")
    own.write(readings(now, (12, 50, 60), (1.5, 95, 20)), "B")
    own.write(readings(now, (20, 50, 60), (9.3, 79, 60), (6.7, 85, 20)), "C")
    own.write(readings(now, (20, 50, 60), (16.1, 3, 20)), "D")
    if has_hours:
        own.refresh()
    else:
        own.drop("influx_agg_1h")
    cache.forget()
    found = crossed()
    assert found["is_found"].all()
    hours = {"A": 0.2, "B": 1.5, "C": 6.7, "D": 16.1}
    expected = {name: now - pd.Timedelta(back, "h") for name, back in hours.items()}
    assert found["since"].dt.ceil("s").to_dict() == expected
    assert found["limit"].to_dict() == {"A": 3, "B": 3, "C": 2, "D": 0}
    assert found["over"].to_dict() == {"A": 5, "B": 5, "C": 5, "D": 2}


def test_the_reading_is_found_weeks_ago_by_the_hours(own, now):
    own.write(readings(now, (600, 50, 1800), (500.6, 79.5, 1800), (400.3, 85, 1800)), "A")
    own.refresh()
    cache.forget()
    # 30 readings of 30 min: in view are the last 61, a day and a quarter.
    (since_time,) = crossed()["since"]
    assert since_time == now - pd.Timedelta(400.3, "h")


@deletes
def test_hours_whose_readings_are_gone_answer_with_their_start(own, now):
    own.write(readings(now, (600, 50, 1800), (400.3, 85, 1800)), "A")
    own.refresh()
    own.run("ALTER TABLE influx_hist DISABLE TRIGGER ALL")
    own.run("DELETE FROM influx_hist WHERE ts < now() - interval '300 h'")
    cache.forget()
    (since_time,) = crossed()["since"]
    crossing = now - pd.Timedelta(400.3, "h")
    assert crossing.floor("h") <= since_time <= crossing.ceil("h")


@deletes
def test_an_hour_whose_readings_are_gone_counts_beside_a_bad_number(own, now):
    """The hour in which the limit was crossed downwards also holds one above the span."""
    own.write(readings(now, (600, 50, 1800), (400, 3, 1800)), "D")
    own.refresh()
    own.run("ALTER TABLE influx_hist DISABLE TRIGGER ALL")
    own.run("DELETE FROM influx_hist WHERE ts < now() - interval '300 h'")
    own.run("UPDATE influx_agg_1h SET max = 'Infinity' WHERE bucket < now() - interval '300 h'")
    cache.forget()
    (since_time,) = crossed()["since"]
    crossing = now - pd.Timedelta(400, "h")
    assert crossing.floor("h") <= since_time <= crossing.ceil("h")


def test_longer_than_a_look_back_is_said_so_and_a_tag_that_began_so_since_it_began(own, now):
    own.write(readings(now, (800, 95, 3600)), "A")
    own.write(readings(now, (100, 95, 900)), "B")
    own.refresh()
    cache.forget()
    found = crossed()
    assert found["is_found"].all()
    assert found["since"].isna().to_dict() == {"A": True, "B": False}
    assert found["since"]["B"] == now - pd.Timedelta(100, "h")


@pytest.mark.parametrize("number", [1e150, float("inf"), float("nan")])
def test_hours_of_nothing_but_bad_numbers_make_no_alarm_older(own, now, number):
    """Its only readings that are not BAD begin 100 h ago: it is CRITICAL since then."""
    own.run("UPDATE influx_qc_rule SET max_val = NULL")  # a span would leave them out by itself
    own.write(readings(now, (100, 95, 900)), "A")
    own.refresh()
    own.run(
        f"INSERT INTO {own.stored('influx_agg_1h')}"
        " (tag_name, bucket, n, sum, min, max, first, last)"
        " SELECT 'A', date_trunc('hour', now()) - interval '40 d', 1, x, x, x, x, x"
        " FROM (SELECT %s::float8) one (x)",
        (number,),
    )
    cache.forget()
    assert crossed()["since"].to_dict() == {"A": now - pd.Timedelta(100, "h")}


def test_an_hour_with_one_sound_reading_makes_an_alarm_older_while_the_reading_is_there(own, now):
    """Its numbers alone (-1e6 to 1e150) do not tell that."""
    own.write(readings(now, (100, 95, 900)), "A")
    old = (now - pd.Timedelta(40, "D")).floor("h")
    frame = pd.DataFrame({"value": [-1e6, 95, 1e150]}, old + pd.to_timedelta([1, 2, 3], "min"))
    own.write(frame, "A")
    own.refresh()
    own.run(
        f"UPDATE {own.stored('influx_agg_1h')}"
        " SET min = -1e6, max = 1e150, first = -1e6, last = 1e150 WHERE bucket = %s", (old,)
    )  # fmt: skip
    cache.forget()
    assert crossed()["since"].isna().to_dict() == {"A": True}


def test_a_silent_tag_counts_from_where_its_alarm_began(own, now):
    own.write(readings(now, (12, 50, 60), (5, 95, 20)).loc[: now - pd.Timedelta(1, "h")], "A")
    cache.forget()
    (since_time,) = crossed()["since"]
    assert since_time == now - pd.Timedelta(5, "h")


def test_readings_that_are_bad_neither_begin_nor_end_an_alarm(own, now):
    frame = readings(now, (12, 50, 60), (5, 95, 20))
    frame.iloc[100:110], frame.iloc[-800:-780] = 999, -3
    own.write(frame, "A")
    cache.forget()
    (since_time,) = crossed()["since"]
    assert since_time == now - pd.Timedelta(5, "h")


def test_what_is_kept_is_not_sought_again_until_a_reading_ends_the_alarm(own, now, monkeypatch):
    earlier = readings(now, (12, 50, 60), (5, 95, 20)).loc[: now - pd.Timedelta(40, "min")]
    own.write(earlier, "A")
    cache.forget()
    asked: list[int] = []
    real = since._found

    def counting(names, rows, at):
        asked.append(len(rows))
        return real(names, rows, at)

    monkeypatch.setattr(since, "_found", counting)
    assert crossed()["since"].tolist() == crossed()["since"].tolist()
    assert asked == [1]
    # The alarm ended and came back, and so many readings came that no tick has seen it.
    again = readings(now, (0.6, 50, 60), (0.5, 95, 10))
    own.write(again, "A")
    (since_time,) = crossed()["since"]
    assert since_time == now - pd.Timedelta(0.5, "h")
    assert asked == [1, 1]


def test_another_worker_says_the_same(own, now):
    own.write(readings(now, (12, 50, 60), (5, 95, 20)), "A")
    cache.forget()
    first = crossed()["since"].tolist()
    cache.forget()
    assert crossed()["since"].tolist() == first


def test_of_many_tags_a_tick_asks_with_three_statements_at_most(own, now, monkeypatch):
    names = [f"M{k}" for k in range(30)]
    own.run(RULES, (names,))
    for name in names:
        own.write(readings(now, (2, 95, 20)), name)
    cache.forget()
    count = []
    real = since.read_frame
    monkeypatch.setattr(since, "read_frame", lambda *asked: count.append(1) or real(*asked))
    found = crossed()
    assert len(found) == 30 and found["is_found"].all()
    assert 1 <= len(count) <= 2  # beside the one of the look-back


def test_what_a_tick_has_no_time_for_is_left_to_the_next(own, now, monkeypatch):
    for name in "ABC":
        own.write(readings(now, (12, 50, 60), (5, 95, 20)), name)
    cache.forget()
    monkeypatch.setattr(since, "CROSSING_SEARCH_S", -math.inf)
    monkeypatch.setattr(since, "at_once", lambda _spacing: 1)
    assert [int(crossed()["is_found"].sum()) for _ in range(3)] == [1, 2, 3]
