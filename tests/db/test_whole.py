"""A rollup is believed only where it is whole: what it lacks comes from the readings."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from components.summary import caption
from data import buckets, queries
from data.buckets import resolution
from data.db import pool
from data.queries.grouped import whole
from data.views import histories, rows
from data.views.view import View
from tests.conftest import TIMESCALE
from tests.support.historians import (
    ROLLUP_SQL,
    START,
    WIDTHS,
    ZONE,
    Historian,
    asked,
    regrouped,
    rolled,
    same,
)

pytestmark = pytest.mark.db
DAY = timedelta(days=1)
HOURS = "influx_agg_1h"


def at(days: float) -> datetime:
    """Return a time so many days after START."""
    return START + days * DAY


def steady(days: float, seconds: float, peak: float | None = None) -> pd.DataFrame:
    """Return readings at equal spacing around 100; a peak is one of them, after 3.3 days."""
    times = pd.date_range(START, at(days), freq=f"{seconds} s", inclusive="left")
    values = 100 + np.sin(np.arange(len(times)) / 50.0)
    frame = pd.DataFrame({"value": values}, times.as_unit("us"))
    if peak is not None:
        frame.iloc[frame.index.searchsorted(pd.Timestamp(at(3.3))), 0] = peak
    return frame


def between(readings: pd.DataFrame, start: float, stop: float) -> np.ndarray:
    """Return which readings lie between two times, in days after START."""
    return (readings.index >= at(start)) & (readings.index < at(stop))


def lose(historian: Historian, name: str, start: float, stop: float) -> None:
    """Delete the buckets of a rollup between two times, in days after START."""
    bounds = (at(start), at(stop))
    historian.run(f"DELETE FROM {name} WHERE bucket >= %s AND bucket < %s", bounds)


def ask(token: str, days: float, zone: str = ZONE) -> pd.DataFrame:
    start, stop = buckets.snapped(START, at(days), resolution(token), zone)
    return queries.history(asked("D1", token, start, stop, zone))


@pytest.mark.parametrize(("token", "days"), [("1h", 30), ("6h", 30), ("1d", 365)])
def test_twelve_hours_that_a_rollup_lacks_are_read_from_the_readings(
    bare: Historian, token: str, days: int
) -> None:
    readings = bare.write(steady(6, 20, peak=999.0))
    rolled(bare, HOURS)
    lose(bare, HOURS, 3, 3.5)
    found = ask(token, days)
    same(found, regrouped(readings, token))
    assert found["max"].max() == 999.0
    assert found.attrs["unchecked"] == 0
    assert found.attrs["source"] == "influx_agg_1h, influx_hist"
    assert found["remade"].sum() == {"1h": 12, "6h": 3, "1d": 1}[token]
    assert found["unknown"].sum() == len(found) - (
        12 if token == "1h" else 1 if token == "6h" else 0
    )


def test_a_site_day_with_a_hole_of_twelve_hours_has_all_its_readings(bare: Historian) -> None:
    bare.write(steady(3, 5))
    rolled(bare, HOURS)
    lose(bare, HOURS, 1, 1.5)
    found = ask("1d", 365)
    assert found["n"].loc["2026-03-02"] == 17_280


@pytest.mark.parametrize("token", ["1h", "6h", "1d"])
def test_rows_that_an_aggregate_never_saw_are_read_also_where_it_has_their_bucket(
    bare: Historian, token: str
) -> None:
    """Half of a stretch of ten hours came late, the peak among it: no bucket is missing."""
    readings = steady(6, 60, peak=999.0)
    late = between(readings, 3, 3 + 10 / 24) & (np.arange(len(readings)) % 2 == 0)
    late[readings["value"].argmax()] = True
    bare.write(readings[~late])
    rolled(bare, HOURS)
    bare.write(readings[late])
    found = ask(token, 6)
    same(found, regrouped(readings, token))
    assert found["max"].max() == 999.0
    assert found["remade"].any() and not found["remade"].all()


def test_an_aggregate_whose_policy_looks_back_two_hours_lacks_what_came_three_hours_late(
    bare: Historian,
) -> None:
    readings = steady(6, 60, peak=999.0)
    late = between(readings, 3.25, 3.375)
    bare.write(readings[~late])
    rolled(bare, *WIDTHS)
    bare.write(readings[late])
    for token in ("10m", "1h", "6h", "1d"):
        found = ask(token, 6)
        same(found, regrouped(readings, token))
        assert found["remade"].any()


@pytest.mark.parametrize("behind", [2, 72])
def test_an_aggregate_that_is_behind_and_has_holes_too_is_completed(
    bare: Historian, behind: int
) -> None:
    now = pool.database_now()
    start = (now - 6 * DAY).replace(minute=0, second=0, microsecond=0)
    times = pd.date_range(start, now, freq="60 s").as_unit("us")
    readings = bare.write(pd.DataFrame({"value": np.arange(len(times)) % 97.0}, times))
    rolled(bare, *WIDTHS)
    for name, hours in ((HOURS, behind), ("influx_agg_1d", behind + 24)):
        sql = f"DELETE FROM {name} WHERE bucket > now() - %s * interval '1 hour'"
        bare.run(sql, (hours,))
    for name, hours in ((HOURS, 100), ("influx_agg_10m", 30), ("influx_agg_1m", 30)):
        holes = (start + timedelta(hours=hours), start + timedelta(hours=hours + 3))
        bare.run(f"DELETE FROM {name} WHERE bucket >= %s AND bucket < %s", holes)
        recent = (now - timedelta(minutes=80), now - timedelta(minutes=55))
        bare.run(f"DELETE FROM {name} WHERE bucket >= %s AND bucket < %s", recent)
    for token in ("10m", "1h", "6h", "1d"):
        begin, end = buckets.snapped(start, now, resolution(token), ZONE)
        inside = readings[(readings.index >= begin) & (readings.index < end)]
        same(queries.history(asked("D1", token, begin, end, ZONE)), regrouped(inside, token))


def test_an_aggregate_made_again_without_data_answers_nothing_that_it_lacks(
    bare: Historian,
) -> None:
    readings = bare.write(steady(6, 60))
    rolled(bare, *WIDTHS)
    bare.run(f"TRUNCATE {HOURS}")
    same(ask("6h", 6), regrouped(readings, "6h"))
    bare.run(ROLLUP_SQL.format(table=HOURS, width=3_600))
    lose(bare, HOURS, 0, 5.5)  # its policy has come to the last hours only
    for token in ("1h", "1d"):
        same(ask(token, 6), regrouped(readings, token))


def test_where_readings_are_gone_the_rollup_is_the_truth_and_that_is_said(
    bare: Historian, in_english: None
) -> None:
    readings = bare.write(steady(6, 60))
    rolled(bare, HOURS)
    bare.run("DELETE FROM influx_hist WHERE ts < %s", (at(4),))
    lose(bare, HOURS, 2, 2.5)  # nobody knows these any more
    lose(bare, HOURS, 5, 5.25)  # these the readings know
    found = ask("1h", 6)
    same(found, regrouped(readings[~between(readings, 2, 2.5)], "1h"))
    assert found["remade"].sum() == 6
    assert found.attrs["gone"] == at(4)
    view = View(("D1",), START, at(6), at(6), ZONE, live=False, resolution=resolution("1h"))
    said = caption(view, histories(view)[0]).text
    assert "6 buckets read again: their rollup differs from the readings" in said
    assert "before 2026-03-05 09:00 by rollups alone: the readings are gone" in said
    assert "not checked" not in said


def test_where_readings_are_gone_a_finer_rollup_knows_what_a_coarse_one_lacks(
    bare: Historian,
) -> None:
    readings = bare.write(steady(6, 60))
    rolled(bare, HOURS, "influx_agg_10m")
    bare.run("DELETE FROM influx_hist WHERE ts < %s", (at(4),))
    lose(bare, HOURS, 2, 2.5)
    found = ask("6h", 6)
    same(found, regrouped(readings, "6h"))
    assert found.attrs["source"] == "influx_agg_1h, influx_agg_10m"


def test_a_bucket_of_which_retention_has_dropped_a_part_stays_as_the_rollup_has_it(
    bare: Historian,
) -> None:
    readings = steady(6, 60)
    thin = between(readings, 3, 4) & (np.arange(len(readings)) % 3 > 0)
    readings = bare.write(readings[~thin])
    rolled(bare, HOURS)
    bare.run("DELETE FROM influx_hist WHERE ts < %s", (at(3.51),))
    late = steady(6, 60)[between(steady(6, 60), 3.8, 3.84)]
    bare.run("DELETE FROM influx_hist WHERE ts >= %s AND ts < %s", (at(3.8), at(3.84)))
    bare.write(late)
    found = ask("1h", 6)
    expected = regrouped(readings, "1h")
    assert (found["n"].to_numpy() >= expected["n"].to_numpy()).all()
    same(found[~found["remade"]], expected[~found["remade"].to_numpy()])


def test_a_tag_that_is_silent_at_night_is_believed_at_64_looks_an_answer(
    bare: Historian, in_english: None
) -> None:
    readings = steady(80, 300)
    readings = bare.write(readings[(readings.index.hour < 22) & (readings.index.hour > 5)])
    rolled(bare, HOURS)
    found = ask("1d", 80)
    same(found, regrouped(readings, "1d"))
    assert not found["remade"].any()
    assert found.attrs["unchecked"] == 0  # few readings between: several nights at one look
    view = View(("D1",), START, at(80), at(80), ZONE, live=False, resolution=resolution("1d"))
    assert "checked" not in caption(view, histories(view)[0]).text


def test_what_is_not_looked_after_is_told(
    bare: Historian, in_english: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings = bare.write(steady(6, 20))
    rolled(bare, HOURS)
    for day in range(5):
        lose(bare, HOURS, day + 0.5, day + 0.75)
    monkeypatch.setattr(whole, "PROBES", 2)
    found = ask("1h", 6)
    lacking = between(readings, 0.5, 0.75) | between(readings, 1.5, 1.75)
    lacking |= between(readings, 2.5, 2.75)
    same(found, regrouped(readings[~lacking], "1h"))
    assert found["remade"].sum() == 12  # the newest two holes
    assert found.attrs["unchecked"] == 18
    view = View(("D1",), START, at(6), at(6), ZONE, live=False, resolution=resolution("1h"))
    series = histories(view)[0]
    said = caption(view, series).text
    assert "12 buckets read again: their rollup differs from the readings" in said
    assert "the readings · 18 buckets not checked" in said
    assert rows(series, datetime.now(UTC))["remade"].sum() == 12


@pytest.mark.one_server("our own log is made of triggers")
@pytest.mark.skipif(bool(TIMESCALE), reason="our log keeps them on plain PostgreSQL alone")
def test_rollups_that_our_own_log_keeps_are_not_looked_after(
    own: Historian,
) -> None:
    readings = own.write(steady(3, 60))
    own.refresh()
    lose(own, HOURS, 1, 1.5)  # it cannot come to this
    assert queries.catalog().logged
    found = ask("1h", 3)
    same(found, regrouped(readings[~between(readings, 1, 1.5)], "1h"))
    assert not found["remade"].any()
