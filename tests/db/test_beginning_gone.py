"""What is told of readings that are gone: the newest value, by which clock, from when on."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from components import comparison
from data import queries
from data.db import cache
from data.views import both, every_excursion, histories, statistics
from tests.db.test_readings_gone import HOUR, LEFT, MINUTE, NOW, told, view_of
from tests.db.test_readings_gone import plant as plant
from tests.support.historians import START, ZONE, Historian, rolled

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("in_english")]


def test_the_newest_value_of_what_is_gone_is_the_last_of_its_rollup(
    bare: Historian, plant: pd.DataFrame
) -> None:
    """Whether a limit tells of it or not, and however many readings decide limits before it."""
    bare.run("UPDATE influx_qc_rule SET warn_max = 59.9")
    for rule in (True, False):
        if not rule:
            bare.run("DELETE FROM influx_qc_rule")
        cache.forget()
        for start, hours in ((3, 8), (3, 0.5), (30, 0.5), (47, 1.2)):
            bounds = (START + start * HOUR, START + (start + hours) * HOUR)
            found = statistics(queries.tags()["D1"], *bounds, ZONE, NOW)
            assert found.gone and found.width
            inside = plant["value"][(plant.index >= found.start) & (plant.index < found.stop)]
            newest = found.numbers.newest
            assert newest.value == inside.iloc[-1]
            until = pd.Timestamp(newest.at, tz="UTC") + timedelta(seconds=found.width.seconds)
            assert until >= inside.index[-1]


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/St_Johns"])
def test_where_only_hours_of_utc_are_left_no_clock_of_half_hours_denies_them(
    plant: pd.DataFrame, zone: str
) -> None:
    """Statistics are of these hours; the page says how they are seen."""
    start, stop = START + 3.4 * HOUR, START + 9.2 * HOUR
    found = statistics(queries.tags()["D1"], start, stop, zone, NOW)
    inside = plant["value"][(plant.index >= found.start) & (plant.index < found.stop)]
    assert (found.start, found.stop) == (START + 3 * HOUR, START + 10 * HOUR)
    assert found.gone and found.numbers.n == len(inside) and not found.numbers.states
    view = replace(view_of(start, stop), zone=zone)
    line, above = told(view)
    assert "no gap" not in line and "since" not in line and "has no readings" not in above
    assert "choose the zone UTC (tz=UTC in the address), and 1 h or wider" in above
    (series,), _refusals = histories(replace(view, zone="UTC"))
    assert (series.resolution, series.readings) == ("1h", len(inside))
    shown = view_of(START + 50 * HOUR, START + 51 * HOUR, compare="2026-03-01T05:00Z", tz=zone)
    series, _refusals, against = both(shown)
    said = str(comparison.notes(shown, series, against))
    assert "choose the zone UTC, and 1 h or wider" in said


def with_a_silence(bare: Historian) -> None:
    """Write a reading a minute and its rollups, but none of the hour from minute 400 on."""
    minutes = [*range(0, 400), *range(460, 700)]
    times = pd.DatetimeIndex([START + each * MINUTE for each in minutes]).as_unit("us")
    bare.write(pd.DataFrame({"value": np.arange(len(times), dtype=float)}, times))
    rolled(bare, "influx_agg_1m", "influx_agg_1h")


def test_a_window_that_begins_in_a_silence_says_so_where_readings_are_gone(
    bare: Historian,
) -> None:
    """And not that the tag began then."""
    with_a_silence(bare)
    bare.run("DELETE FROM influx_hist WHERE ts < %s", (START + 600 * MINUTE,))
    cache.forget()
    ((item,), _refusals) = histories(view_of(START + 410 * MINUTE, START + 500 * MINUTE))
    assert [*item.gaps.frame["start"]] == [START + 410 * MINUTE]
    assert [*item.gaps.frame["stop"]] == [START + 460 * MINUTE]
    assert item.presence.since is None
    view = view_of(START - 10 * MINUTE, START + 60 * MINUTE)
    assert histories(view)[0][0].presence.since == START
    bare.run("DELETE FROM influx_agg_1m WHERE bucket < %s", (START + 480 * MINUTE,))
    cache.forget()
    fine = view_of(START + 400 * MINUTE, START + 500 * MINUTE, resolution="1m")
    assert not len(histories(fine)[0][0].gaps)


def test_the_last_hour_of_a_tag_tells_its_state_when_its_readings_are_gone(
    bare: Historian,
) -> None:
    """The tag fell silent then: the hour before it, in alarm, is not what it is in."""
    times = pd.date_range(START, periods=600, freq="1min").as_unit("us")
    value = np.where(np.arange(600) < 540, 60.0, 40.0)
    bare.write(pd.DataFrame({"value": value}, times))
    rolled(bare, "influx_agg_1m", "influx_agg_1h")
    bare.run("CREATE TABLE influx_qc_rule (tag_name text, max_val float8, warn_max float8)")
    bare.run("INSERT INTO influx_qc_rule VALUES ('D1', 100, 55)")
    for gone in (False, True):
        if gone:
            bare.run("DELETE FROM influx_hist")
        cache.forget()
        for start in (10, 12.5, 400):
            bounds = (START + start * HOUR, START + (start + 2) * HOUR)
            assert not len(every_excursion([queries.tags()["D1"]], *bounds).frame)
        begun = every_excursion([queries.tags()["D1"]], START + 8 * HOUR, START + 12 * HOUR)
        assert list(begun.frame["stop"]) == [START + 9 * HOUR]


def test_a_window_within_a_silence_has_its_gap_also_where_readings_are_gone(
    bare: Historian,
) -> None:
    with_a_silence(bare)
    for is_gone in (False, True):
        if is_gone:
            bare.run("DELETE FROM influx_hist WHERE ts < %s", (START + 600 * MINUTE,))
        cache.forget()
        view = view_of(START + 410 * MINUTE, START + 450 * MINUTE)
        ((item,), _refusals) = histories(view)
        assert item.gaps.times == [(view.start, view.stop)]
        assert not item.coverage > 0 and item.wider is None and not item.readings
        line, above = told(view)
        assert "no gap" not in line and "no readings in this window" in above
    ((before,), _refusals) = histories(view_of(START - 40 * MINUTE, START - 10 * MINUTE))
    assert not len(before.gaps)


@pytest.mark.parametrize(("seconds", "width"), [(30, "1m"), (300, "1m"), (900, "10m")])
def test_a_time_that_rollups_alone_tell_is_covered_as_the_first_readings_that_are_left_say(
    bare: Historian, seconds: int, width: str
) -> None:
    """Neither nothing is known of it, nor is each spacing of a slow tag a gap."""
    times = pd.date_range(START, NOW, freq=f"{seconds} s", inclusive="left").as_unit("us")
    silent = (times >= START + 30 * HOUR) & (times < START + 33 * HOUR)
    bare.write(pd.DataFrame({"value": 50.0}, times[~silent]))
    rolled(bare, "influx_agg_1m", "influx_agg_10m")
    bare.run("DELETE FROM influx_hist WHERE ts < %s", (LEFT,))
    cache.forget()
    for start, stop, share in ((10, 14, 1.0), (28, 36, 5 / 8), (30.5, 32.5, 0.0)):
        view = view_of(START + start * HOUR, START + stop * HOUR, resolution=width)
        ((item,), _refusals) = histories(view)
        assert item.coverage == pytest.approx(share, abs=0.02)
        assert len(item.gaps) == (share < 1)
