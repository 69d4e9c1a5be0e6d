"""Since when a state is what it is, and its starts in 24 hours, as a loop over readings says."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from data import queries
from data.analysis.rules import Rule
from data.db import HistorianUnavailable, cache
from data.queries import look_back
from data.queries.cards import changes
from data.views import day
from tests.db.test_overview_details import now, put
from tests.support.historians import Historian, bare, rolled

pytestmark = pytest.mark.db
__all__ = ["bare"]
TAGS = ("P1", "P2", "P3", "P4")


@pytest.fixture
def plant(own: Historian) -> Historian:
    """Pumps that are off or on, and one whose rule knows a span."""
    own.run(
        'INSERT INTO influx_tag (tag_name, meta) SELECT tag, \'{"states": {"0": "off",'
        ' "1": "on"}}\' FROM unnest(%s) tag',
        (list(TAGS),),
    )
    put(own, Rule("P4", 0, 1))
    return own


def said(tag: str = "P1", forgetting: bool = True) -> list[Any] | None:
    """Return value, starts and since when [ms] of a tag as its card gets them."""
    if forgetting:
        cache.forget()
    else:
        queries.day.expire(tuple(queries.tags()))
    tags = queries.tags()
    found = day.last_day(tags)
    assert found is not None
    return found.held.get(str(list(tags).index(tag)))


def window(end: pd.Timestamp) -> pd.Timestamp:
    return end.floor("h") - pd.Timedelta(hours=23)


def by_hand(readings: pd.DataFrame, start: pd.Timestamp) -> list[Any]:
    """Return the same, reading by reading; a reading outside 0…1 is BAD."""
    before: float | None = None
    starts: int | None = 0
    since: int | str | None = "unknown"
    for ts, value, qc in zip(
        readings.index, readings["value"], readings.get("qc", np.zeros(len(readings))), strict=True
    ):
        if qc or not 0 <= value <= 1:
            continue
        if ts < start:
            before, since = value, None
            continue
        if before is None and value:
            starts = None
        if before is not None and value != before:
            since = ts.value // 1_000_000
            starts = None if starts is None else starts + (value == 1)
        before = value
    return [before, starts, *([] if since == "unknown" else [since])]


def random_states(end: pd.Timestamp, seed: int, outside: bool) -> pd.DataFrame:
    """Return 30 hours of a pump: long and short runs, silent hours, BAD readings between."""
    random = np.random.default_rng(seed)
    at = np.unique(random.uniform(0, 30 * 3600, 3_000).round(3))
    at = at[(at // 3600).astype(int) % 7 != seed % 7]
    chance = np.where((at // 10_000).astype(int) % 2, 0.002, 0.2)
    value = (np.cumsum(random.random(len(at)) < chance) % 2).astype(float)
    times = end.floor("s") - pd.to_timedelta(at[::-1], unit="s")
    odd = random.random(len(at)) < 0.05
    if not outside:
        value[odd] = 1 - value[odd]
        return pd.DataFrame({"value": value, "qc": odd.astype(int)}, times)
    value[odd] = 7.0
    return pd.DataFrame({"value": value, "qc": 0}, times)


@pytest.mark.parametrize("rolled_up", ["whole", "behind", "none"])
def test_random_states_are_told_as_a_loop_over_their_readings_does(
    plant: Historian, rolled_up: str
) -> None:
    end = now(plant)
    written = {
        tag: plant.write(random_states(end, seed, tag == "P4"), tag)
        for seed, tag in enumerate(TAGS, 1)
    }
    if rolled_up != "none":
        plant.refresh()
    if rolled_up == "behind":
        stored = {name: plant.stored(name) for name in ("influx_agg_1m", "influx_agg_1h")}
        plant.run(f"DELETE FROM {stored['influx_agg_1m']} WHERE bucket > now() - interval '70 min'")
        plant.run(f"DELETE FROM {stored['influx_agg_1h']} WHERE bucket > now() - interval '5 h'")
    found = {tag: said(tag) for tag in TAGS}
    assert now(plant).floor("h") == end.floor("h"), "an hour ended meanwhile: run it again"
    assert found == {tag: by_hand(written[tag], window(end)) for tag in TAGS}
    assert sum(each[1] for each in found.values() if each) > 50


def states(at: list[tuple[str, float]], end: pd.Timestamp) -> pd.DataFrame:
    """Return readings at offsets from the start of the hour that is filling, none after now."""
    times = pd.DatetimeIndex([end.floor("h") + pd.Timedelta(offset) for offset, _ in at])
    frame = pd.DataFrame({"value": [value for _, value in at]}, times)
    return frame[frame.index < end]


def test_a_start_on_the_hour_counts_once_and_so_do_two_within_a_second(plant: Historian) -> None:
    end = now(plant)
    some = [("-25h", 0.0), ("-23h", 1.0), ("-22h", 0.0), ("-5h", 1.0), ("-4h", 0.0)]
    some += [("-3h", 0.0), ("-179.99m", 1.0), ("-179.985m", 0.0), ("-179.98m", 1.0)]
    readings = plant.write(states([*some, ("-1h", 1.0)], end), "P1")
    plant.refresh()
    since = (end.floor("h") - pd.Timedelta("179.98m")).value // 1_000_000
    assert said() == by_hand(readings, window(end)) == [1.0, 4, since]


def test_what_is_held_since_before_the_day_says_so_and_what_began_in_it_says_nothing(
    plant: Historian,
) -> None:
    end = now(plant)
    every = [f"-{hours}h" for hours in range(30, 0, -1)]
    plant.write(states([(each, 1.0) for each in every], end), "P1")
    plant.write(states([(each, 1.0) for each in every[-5:]], end), "P2")
    plant.write(states([(each, 0.0) for each in every[-5:]], end), "P3")
    plant.refresh()
    assert said("P1") == [1.0, 0, None]
    assert said("P2") == [1.0, None], "who knows what it was before its first reading"
    assert said("P3") == [0.0, 0], "no start, but it may have been on before"
    assert said("P4") is None


def test_late_changed_and_deleted_readings_make_an_hour_counted_anew(plant: Historian) -> None:
    end = now(plant)
    readings = random_states(end, 3, outside=False)
    late = readings.iloc[200::7]
    late = late[late.index >= window(end)]  # what was before the hours is shared for ten minutes
    plant.write(readings.drop(late.index), "P1")
    plant.refresh()
    assert said() == by_hand(readings.drop(late.index), window(end))
    plant.write(late, "P1")
    plant.refresh()
    assert said(forgetting=False) == by_hand(readings, window(end))
    gone = pd.DatetimeIndex(late.index[5::3])
    plant.run(
        "DELETE FROM influx_hist WHERE ts = ANY(%s)", ([each.to_pydatetime() for each in gone],)
    )
    plant.refresh()
    assert said(forgetting=False) == by_hand(readings.drop(gone), window(end))


def test_an_hour_is_looked_into_once_and_never_more_than_an_answer_may(
    plant: Historian, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = now(plant)
    readings = plant.write(random_states(end, 5, outside=False), "P1")
    plant.refresh()
    asked = []
    read = changes.read_frame

    def counting(statement: Any, values: Any) -> Any:
        asked.append(len(values.get("hours", [])))
        return read(statement, values)

    monkeypatch.setattr(changes, "read_frame", counting)
    monkeypatch.setattr(changes, "MOST_HOURS", 5)
    expected = by_hand(readings, window(end))
    first = said()
    assert first is not None
    assert first[0] == expected[0] and first[1] is None, "not all is counted: no number"
    for _ in range(8):
        last = said(forgetting=False)
    assert last == expected
    assert max(asked) == 5
    settled = len(asked)
    assert said(forgetting=False) == expected
    assert sum(asked[settled:]) == 0, "the same readings are not looked into again"


def test_where_readings_are_gone_no_starts_are_told(plant: Historian) -> None:
    end = now(plant)
    readings = plant.write(random_states(end, 6, outside=False), "P1")
    plant.refresh()
    plant.run("ALTER TABLE influx_hist DISABLE TRIGGER USER")
    plant.run("DELETE FROM influx_hist WHERE ts < now() - interval '15 hours'")
    found, (value, _starts, since) = said(), by_hand(readings, window(end))
    assert found == [value, None, since]


def test_a_counting_that_takes_too_long_takes_nothing_else_away(
    plant: Historian, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    plant.write(random_states(now(plant), 5, outside=False), "P1")
    plant.refresh()
    read, asked = changes.read_frame, []

    def refused(statement: Any, values: Any) -> Any:
        if "hours" in values:
            asked.append(1)
            raise HistorianUnavailable("historian_timeout")
        return read(statement, values)

    monkeypatch.setattr(changes, "read_frame", refused)
    found = [said(), said(forgetting=False)]
    assert [each[1] if each else None for each in found] == [None, None]
    assert len(asked) == 1 and "take too long" in caplog.text


def test_more_than_two_words_tell_since_when_their_value_is_held_and_no_starts(
    plant: Historian,
) -> None:
    plant.run("""UPDATE influx_tag SET meta = '{"states": {"0": "auto", "1": "hand", "2": "off"}}'
                 WHERE tag_name = 'P2'""")
    end = now(plant)
    plant.write(states([("-30h", 0.0), ("-4h", 2.0), ("-3h", 1.0), ("-2h", 1.0)], end), "P2")
    plant.refresh()
    since = (end.floor("h") - pd.Timedelta("3h")).value // 1_000_000
    assert said("P2") == [1.0, None, since]


def test_a_minute_that_a_number_out_of_span_spoils_hides_no_start(plant: Historian) -> None:
    end = now(plant)
    every = [(f"-{seconds}s", 1.0) for seconds in range(25 * 3600, 0, -15)]
    spoilt = {"-9000s": 0.0, "-8985s": 7.0}
    readings = plant.write(states([(at, spoilt.get(at, one)) for at, one in every], end), "P4")
    plant.refresh()
    assert said("P4") == by_hand(readings, window(end))
    assert said("P4") == [1.0, 1, (end.floor("h") - pd.Timedelta("8970s")).value // 1_000_000]


def test_a_hole_in_a_rollup_of_others_hides_no_start(
    bare: Historian, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare.run("CREATE TABLE IF NOT EXISTS influx_tag (tag_name text, tag_type text)")
    bare.run("INSERT INTO influx_tag (tag_name, tag_type) VALUES ('P1', 'digital')")
    end = now(bare)
    some = [(f"-{hours}h", float(hours % 6 == 0)) for hours in range(30, 0, -1)]
    readings = bare.write(states(some, end), "P1")
    rolled(bare, "influx_agg_1m", "influx_agg_1h")
    bare.run("DELETE FROM influx_agg_1h WHERE bucket < now() - interval '8 h'")
    bare.run("DELETE FROM influx_agg_1m WHERE bucket < now() - interval '8 h'")
    assert said() == by_hand(readings, window(end))
    monkeypatch.setattr(look_back, "MOST_HOURS", 1)
    assert said() == by_hand(readings, window(end)), "hours that the bar itself does not look for"
