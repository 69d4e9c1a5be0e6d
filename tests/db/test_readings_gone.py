"""A trend of a time whose readings are gone: the finest rollup that reaches there tells, and so."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from components import comparison, context
from components.context.views import EXCURSIONS, STATISTICS
from components.notices import notices
from components.summary import caption
from data import queries, views
from data.db import cache
from data.queries.grouped import reach
from data.views import both, compared, every_excursion, histories, indicator_series, statistics
from data.views.view import View
from tests.support.historians import START, TIMESCALE, ZONE, Historian, rolled

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("in_english")]
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
#: Readings lie in three days; those before `LEFT` are gone, and the minutes before `MINUTES`.
HOURS, LEFT, MINUTES = 72, START + 48.4 * HOUR, START + 24 * HOUR
NOW = START + HOURS * HOUR


def values() -> pd.DataFrame:
    """Three days of readings, above 55 in a third of each period of some 21 minutes."""
    times = pd.date_range(START, NOW, freq="30 s", inclusive="left")
    value = 50 + 10 * np.sin(np.arange(len(times)) / 6.7)
    return pd.DataFrame({"value": value}, times.as_unit("us"))


def retained(historian: Historian) -> None:
    """Let retention take readings, and minutes."""
    historian.run("DELETE FROM influx_hist WHERE ts < %s", (LEFT,))
    historian.run("DELETE FROM influx_agg_1m WHERE bucket < %s", (MINUTES,))
    cache.forget()


@pytest.fixture
def plant(bare: Historian) -> pd.DataFrame:
    """A foreign historian whose readings, and minutes, are kept for a while only."""
    readings = bare.write(values())
    rolled(bare, "influx_agg_1m", "influx_agg_1h", "influx_agg_1d")
    bare.run("CREATE TABLE influx_qc_rule (tag_name text, max_val float8, warn_max float8)")
    bare.run("INSERT INTO influx_qc_rule VALUES ('D1', 100, 55)")
    retained(bare)
    return readings


def view_of(start: datetime, stop: datetime, **others: Any) -> View:
    bounds = {"start": start.isoformat(), "stop": stop.isoformat()}
    return views.view({"tag": "D1", "width": "1000", **bounds, **others}, NOW, ZONE)


def told(view: View) -> tuple[str, str]:
    """Return the caption and the notices of a view."""
    series, refusals = histories(view)
    return caption(view, series).text, str(notices(view, series, refusals))


@pytest.mark.parametrize(
    ("start", "length", "width"),
    [
        (30, 20 * MINUTE, "1m"),  # every reading, where they are there
        (30, 6 * HOUR, "1m"),  # 15 s
        (30, MINUTE / 2, "1m"),
        (48.3, 20 * MINUTE, "1m"),  # in part
        (48, HOUR, "1m"),
        (3, 20 * MINUTE, "1h"),
        (3, 20 * HOUR, "1h"),  # 1m
        (20, 20 * HOUR, "1h"),  # 1m in part
    ],
)
def test_a_zoom_into_a_time_whose_readings_are_gone_shows_the_finest_rollup_there(
    plant: pd.DataFrame, start: float, length: timedelta, width: str
) -> None:
    view = view_of(START + start * HOUR, START + start * HOUR + length)
    ((item,), _refusals) = histories(view)
    assert (item.resolution, item.source) == (width, f"influx_agg_{width}")
    first = item.frame.index[0].to_pydatetime()
    assert first <= view.start < first + timedelta(seconds=item.seconds)
    due = plant["value"][(plant.index >= first) & (plant.index < view.stop)]
    assert item.readings >= len(due) and item.frame["max"].max() >= due.max()
    assert not item.coverage < 0.99 and not len(item.gaps)
    line, above = told(view)
    assert "by rollups alone: the readings are gone" in line and "every reading" not in line
    assert "raw below" not in line
    assert "no readings" not in above


@pytest.mark.parametrize(
    ("width", "start"), [("1s", 3), ("10s", 3), ("10m", 3), ("10m", 23.5), ("10s", 48)]
)
def test_a_width_that_is_asked_for_stays_and_the_page_says_which_one_tells(
    plant: pd.DataFrame, width: str, start: float
) -> None:
    view = view_of(START + start * HOUR, START + (start + 1) * HOUR, resolution=width)
    ((item,), _refusals) = histories(view)
    assert (item.resolution, len(item.frame) > 0) == (width, start > 3)
    line, above = told(view)
    assert "no gap" not in line and "since" not in line
    told_by = "1 min" if start == 48 else "1 h"
    said = f"Readings of D1 in this window are gone, all or in part: choose {told_by} or wider"
    assert said in above and "has no readings" not in above


def test_a_silence_is_shown_as_it_is(bare: Historian, monkeypatch: pytest.MonkeyPatch) -> None:
    """A window that begins in one, a tag that began in it: no readings are gone."""
    minutes = [*range(0, 70), *range(200, 260)]
    times = pd.DatetimeIndex([START + each * MINUTE for each in minutes]).as_unit("us")
    bare.write(pd.DataFrame({"value": np.arange(len(times), dtype=float)}, times))
    rolled(bare, "influx_agg_1m", "influx_agg_10m", "influx_agg_1h", "influx_agg_1d")
    cache.forget()
    for start, stop in [(80, 100), (75, 210), (65, 90), (-100, 30), (255, 300), (199, 205)]:
        view = view_of(START + start * MINUTE, START + stop * MINUTE)
        for width in ("auto", "10s"):
            ((item,), _refusals) = histories(view_of(view.start, view.stop, resolution=width))
            assert item.resolution == ("raw" if width == "auto" else width)
            assert item.wider is None and item.gone is None
            inside = [each for each in minutes if start <= each < stop]
            assert item.readings == len(inside)
    asked: list[object] = []
    monkeypatch.setattr(reach, "_read", lambda *args: asked.append(args))
    view = view_of(START, START + 40 * MINUTE)
    assert histories(view)[0][0].resolution == "raw" and not asked


def test_where_edges_are_sought_near_the_ends_first_the_same_width_tells(
    plant: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a TimescaleDB."""
    has = replace(queries.catalog(), timescaledb="2.15")
    monkeypatch.setattr(reach, "catalog", lambda: has)
    for start, width in ((3, "1h"), (30, "1m"), (48.3, "1m"), (49, "raw")):
        view = view_of(START + start * HOUR, START + start * HOUR + 20 * MINUTE)
        assert histories(view)[0][0].resolution == width


@pytest.mark.one_server("there is no log of ours")
@pytest.mark.skipif(bool(TIMESCALE), reason="there an aggregate waits for what went")
def test_an_own_rollup_tells_of_readings_that_went_past_its_log(own: Historian) -> None:
    own.write(values())
    own.run("INSERT INTO influx_qc_rule (tag_name, max_val, warn_max) VALUES ('D1', 100, 55)")
    own.refresh()
    own.run("ALTER TABLE influx_hist DISABLE TRIGGER USER")
    own.run("DELETE FROM influx_hist WHERE ts < %s", (LEFT,))
    own.run("ALTER TABLE influx_hist ENABLE TRIGGER USER")
    cache.forget()
    for start, stop in [(0, 72), (24, 72), (48, 50), (30, 31)]:
        view = view_of(START + start * HOUR, START + stop * HOUR)
        ((item,), _refusals) = histories(view)
        assert item.seconds >= 60
        assert not item.coverage < 0.99 and not len(item.gaps)
        assert "by rollups alone: the readings are gone" in caption(view, [item]).text
        found = every_excursion([item.tag], view.start, view.stop)
        assert "influx_agg_1m" in found.sources[0]
        assert found.frame["seconds"].max() < 15 * 60 and len(found.frame) > 2


@pytest.mark.parametrize("auto", [True, False])
def test_both_sides_of_a_comparison_are_of_the_width_that_tells_both(
    plant: pd.DataFrame, auto: bool
) -> None:
    """Of this window all readings are there; of the one before, none or some."""
    for back, width in (("-1h", "1m"), ("-1d", "1m"), ("2026-03-01T09:54", "1h")):
        more = {} if auto else {"resolution": "10s"}
        view = view_of(START + 48.9 * HOUR, START + 49.3 * HOUR, compare=back, **more)
        series, _refusals, (against,) = both(view)
        said = str(comparison.notes(view, series, [against]))
        assert "no readings" not in said
        if auto:
            assert (series[0].resolution, against.other.resolution) == (width, width)
            assert "raw below" not in caption(view, series).text
            assert "gone" not in said and against.frame is not None and len(against.frame)
        else:
            assert series[0].resolution == "10s"
            told = {"1m": "1 min", "1h": "1 h"}[width]
            assert f"are gone, all or in part; choose {told} or wider" in said


def test_indicators_are_of_the_width_that_tells_the_window(plant: pd.DataFrame) -> None:
    start = START + 30 * HOUR
    item = indicator_series(view_of(start, start + 4 * HOUR))
    assert (item.resolution, item.wider, len(item.frame)) == ("1m", None, 240)
    assert (item.frame["n"] == 2).all() and item.frame["sma_60"].notna().all()
    fixed = indicator_series(view_of(start, start + 4 * HOUR, resolution="10s"))
    assert (fixed.resolution, fixed.wider.token) == ("10s", "1m")


#: A zone whose hours begin at half hours of UTC.
HALF = "Asia/Kolkata"


@pytest.mark.parametrize(
    ("hours", "zone", "width"),
    [
        (("influx_agg_1h",), HALF, "1h"),
        (("influx_agg_1d",), ZONE, "1d"),
        (("influx_agg_1d",), HALF, "1d"),
    ],
)
@pytest.mark.parametrize("resolution", ["auto", "10s", "1h"])
def test_hours_of_utc_that_no_bucket_of_the_zone_is_made_of_are_told(
    bare: Historian, hours: tuple[str, ...], zone: str, width: str, resolution: str
) -> None:
    """Neither an empty chart without a word, nor that there are no readings."""
    readings = bare.write(values())
    rolled(bare, *hours)
    bare.run("DELETE FROM influx_hist WHERE ts < %s", (LEFT,))
    cache.forget()
    start, stop = START + 24 * HOUR, START + 30 * HOUR
    view = view_of(start, stop, tz=zone, resolution=resolution)
    ((item,), _refusals) = histories(view)
    assert item.wider.token == f"{width};tz=UTC" and not item.readings
    line, above = told(view)
    words = {"1h": "1 h", "1d": "1 d"}[width]
    assert f"the clock of UTC, which buckets of {zone} are not made of: choose the zone" in above
    assert f"(tz=UTC in the address), and {words} or wider" in above and "no readings" not in above
    assert "no gap" not in line
    found = statistics(item.tag, start, stop, zone, NOW)
    inside = readings["value"][(readings.index >= found.start) & (readings.index < found.stop)]
    assert found.gone and found.start <= start and found.stop >= stop
    assert found.numbers.n == len(inside)
    assert found.numbers.mean == pytest.approx(inside.mean(), rel=1e-12)
    ((there,), _refusals) = histories(view_of(start, stop, tz="UTC", resolution=width))
    assert there.wider is None and there.readings
    indicators = indicator_series(view)
    assert indicators.wider.token == f"{width};tz=UTC"


def test_in_a_zone_of_half_hours_minutes_tell_where_there_are_such(plant: pd.DataFrame) -> None:
    view = view_of(START + 30 * HOUR, START + 32 * HOUR, tz=HALF)
    ((item,), _refusals) = histories(view)
    assert (item.resolution, item.wider) == ("1m", None)


def test_a_comparison_with_what_is_stored_by_another_clock_says_so(bare: Historian) -> None:
    bare.write(values())
    rolled(bare, "influx_agg_1h")
    bare.run("DELETE FROM influx_hist WHERE ts < %s", (LEFT,))
    cache.forget()
    view = view_of(START + 49 * HOUR, START + 51 * HOUR, tz=HALF, compare="-1d")
    series, _refusals, (against,) = both(view)
    said = str(comparison.notes(view, series, [against]))
    assert "choose the zone UTC, and 1 h or wider" in said


def test_a_comparison_at_hand_says_that_its_readings_are_gone(plant: pd.DataFrame) -> None:
    view = view_of(START + 48.9 * HOUR, START + 49.3 * HOUR, compare="2026-03-01T09:54")
    (against,) = compared(view, histories(view)[0])
    assert against.why is views.Why.GONE


def listed(view: View) -> context.Contents:
    return context.contents(EXCURSIONS, view, histories(view)[0])


def exact(plant: pd.DataFrame, start: datetime, stop: datetime) -> Sequence[Any]:
    """Return the runs of minutes in which a reading was above, as excursions."""
    value = plant["value"][(plant.index >= start) & (plant.index < stop)]
    above = value.groupby(value.index.floor("min")).max() >= 55
    return list(above.index[above & ~above.shift(1, fill_value=False)])


@pytest.mark.parametrize(("start", "hours"), [(30, 2), (47, 2), (48, 1), (26, 30)])
def test_excursions_of_a_time_whose_readings_are_gone_are_those_of_the_minutes(
    plant: pd.DataFrame, start: float, hours: float
) -> None:
    bounds = (START + start * HOUR, START + (start + hours) * HOUR)
    found = every_excursion([queries.tags()["D1"]], *bounds)
    assert "influx_agg_1m" in found.sources[0]
    begun = found.frame[~found.frame["began_before"]]
    due = [each for each in exact(plant, *bounds) if each > bounds[0]]
    assert len(begun) == len(due)
    assert (found.frame["seconds"] < 15 * 60).all() and len(found.frame) > 2
    said = listed(view_of(*bounds)).note
    assert "No readings there" not in said and "No limit was crossed" not in said


def test_where_minutes_are_gone_too_their_hours_tell(plant: pd.DataFrame) -> None:
    bounds = (START + 20 * HOUR, START + 27 * HOUR)
    found = every_excursion([queries.tags()["D1"]], *bounds)
    assert found.frame["start"].min() <= bounds[0]
    assert found.frame["stop"].max() > START + 26 * HOUR
    long = found.frame["seconds"] >= 3_600
    assert long.any() and not long.all()


@pytest.mark.parametrize("resolution", ["auto", "10s"])
def test_no_sentence_denies_readings_beside_excursions(
    plant: pd.DataFrame, resolution: str
) -> None:
    for select in ("", "2026-03-02T06:10Z/2026-03-02T06:50Z"):
        view = view_of(START + 30 * HOUR, START + 31 * HOUR, resolution=resolution, select=select)
        found = listed(view)
        assert found.excursions
        assert "No readings there" not in found.note and "No limit was" not in found.note


def test_rollups_tell_also_that_no_limit_was_crossed(bare: Historian, plant: pd.DataFrame) -> None:
    bare.run("UPDATE influx_qc_rule SET warn_max = 70")
    cache.forget()
    for resolution in ("auto", "10s"):
        view = view_of(START + 30 * HOUR, START + 31 * HOUR, resolution=resolution)
        assert listed(view).note.startswith("No limit was crossed in this window.")


@pytest.mark.parametrize("gap", [None, 3_600])
def test_statistics_of_an_hour_that_holds_the_end_of_what_is_gone_are_of_its_rollups(
    bare: Historian, plant: pd.DataFrame, gap: int | None
) -> None:
    bare.run("ALTER TABLE influx_qc_rule ADD max_gap_seconds int")
    bare.run("UPDATE influx_qc_rule SET max_gap_seconds = %s", (gap,))
    cache.forget()
    start, stop = START + 48.1 * HOUR, START + 48.9 * HOUR
    found = statistics(queries.tags()["D1"], start, stop, ZONE, NOW)
    inside = plant["value"][(plant.index >= start) & (plant.index < stop)]
    assert found.gone and found.made_of == "2m means"
    assert (found.start, found.stop, found.numbers.n) == (start, stop, len(inside))
    # What was left out of rollups of others nobody counted: it is not said that nothing was.
    assert found.numbers.bad_if_counted is None and np.isnan(found.numbers.good)
    assert found.numbers.mean == pytest.approx(inside.mean(), rel=1e-12)
    view = view_of(start, stop)
    said = str(context.contents(STATISTICS, view, histories(view)[0]))
    assert "No data" not in said and "Readings there are gone" in said


def test_a_stretch_in_a_silence_within_a_bucket_crossed_nothing_that_is_known(
    own: Historian,
) -> None:
    minutes = [*range(0, 61), *range(80, 120)]
    times = pd.DatetimeIndex([START + each * MINUTE for each in minutes]).as_unit("us")
    own.write(pd.DataFrame({"value": np.full(len(times), 50.0)}, times))
    own.run("INSERT INTO influx_qc_rule (tag_name, max_val, warn_max) VALUES ('D1', 100, 55)")
    own.refresh()
    cache.forget()
    for resolution in ("1m", "30m", "1h", "auto"):
        whole = {"resolution": resolution, "select": "2026-03-01T01:05Z/2026-03-01T01:15Z"}
        assert listed(view_of(START, START + 2 * HOUR, **whole)).note == "No readings there: D1."
        whole["select"] = "2026-03-01T01:05Z/2026-03-01T01:25Z"
        crossed = "No limit was crossed in the selected stretch."
        assert listed(view_of(START, START + 2 * HOUR, **whole)).note == crossed
