"""Rows beside those of the period before, against pandas over the same raw readings."""

import math
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import flask
import numpy as np
import pandas as pd
import psycopg2
import pytest
from psycopg2.extras import Json, execute_values

from data import views
from data.analysis import comparison
from data.buckets import resolution
from data.db import cache, pool
from data.store import install, rollups
from data.views import Why, compared, every_history, rows
from data.views.view import View
from tests.support.historians import spread

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("in_english")]
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 5, tzinfo=UTC)
#: The clock of Berlin goes back on the 25th of October, within these readings.
START, STOP = datetime(2026, 10, 14, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC)
META = {
    "level": {},
    "wind": {"kind": "angle"},
    "pump": {"states": {"0": "off", "1": "on"}},
    "total": {"kind": "counter"},
}
LOW, HIGH = 0.0, 1_000.0
#: A reading a minute on the 20th, every five seconds on the 21st.
FASTER = """
    INSERT INTO influx_hist (ts, tag_name, value)
    SELECT at, 'faster', extract(epoch FROM at) FROM (
        SELECT generate_series(timestamptz '2026-10-20 00:00Z', '2026-10-20 06:00Z', '1 min')
        UNION ALL
        SELECT generate_series(timestamptz '2026-10-21 00:00Z', '2026-10-21 06:00Z', '5 s')
    ) AS each (at)
"""


def readings() -> pd.DataFrame:
    """Return a reading a minute of each tag; a hole, BAD ones, and a counter that began again."""
    times = pd.date_range(START, STOP, freq="60s", inclusive="left")
    k = np.arange(len(times))
    random = np.random.default_rng(7)
    level = 400 + 100 * np.sin(k / 500) + random.normal(0, 5, len(k))
    level[random.random(len(k)) < 0.01] = 5_000.0  # out of span
    level[(times >= "2026-10-20 06:00Z") & (times < "2026-10-20 09:30Z")] = np.nan  # none
    total = 1_000.0 + np.cumsum(random.integers(0, 4, len(k)))
    total[9_005:] -= total[9_005]
    wind = np.mod(355 + 20 * np.sin(k / 300), 360)
    return pd.DataFrame(
        {"level": level, "wind": wind, "pump": (k % 97 < 40) * 1.0, "total": total}, index=times
    )


def fill(dsn: str) -> None:
    """Make a historian with a tag of each kind."""
    frame = readings()
    found = [
        (at.to_pydatetime(), name, value)
        for name in frame
        for at, value in zip(frame.index, frame[name].tolist(), strict=True)
        if value == value
    ]
    with closing(psycopg2.connect(dsn)) as connection:
        install.install(connection)
        with connection, connection.cursor() as cursor:
            tags = [(n, n, {"wind": "deg"}.get(n, ""), Json(meta)) for n, meta in META.items()]
            insert = "INSERT INTO influx_tag (tag_id, tag_name, unit, meta) VALUES %s"
            execute_values(cursor, insert, tags)
            rule = "INSERT INTO influx_qc_rule (tag_name, min_val, max_val) VALUES (%s, %s, %s)"
            cursor.execute(rule, ("level", LOW, HIGH))
            cursor.execute(FASTER)
            insert = "INSERT INTO influx_hist (ts, tag_name, value) VALUES %s"
            execute_values(cursor, insert, found, page_size=5_000)
        rollups.refresh(connection)
    spread(dsn)


@pytest.fixture(scope="module")
def there(module_database: str) -> Iterator[None]:
    """That historian, asked."""
    fill(module_database)
    pool.connect(module_database)
    cache.configure(flask.Flask("test"))
    cache.forget()
    yield
    cache.forget()


def view_of(tags: list[str], first: str, last: str, width: str | None, compare: str) -> View:
    """Return a view of Berlin."""
    query = {"tag": tags, "start": first, "stop": last, "resolution": width, "compare": compare}
    return views.view(query, NOW, "Europe/Berlin")


def table_of(view: View) -> pd.DataFrame:
    """Return its rows, oldest first."""
    series = every_history(view)
    return rows(series, view.now, against=compared(view, series))[::-1].reset_index(drop=True)


def by_clock(at: pd.Timestamp, back: timedelta) -> datetime | None:
    """Return the first instant at which Berlin's clock reads as much less, None without one."""
    wanted = at.to_pydatetime().astimezone(BERLIN).replace(tzinfo=None) - back
    instant = wanted.replace(tzinfo=BERLIN).astimezone(UTC)
    return instant if instant.astimezone(BERLIN).replace(tzinfo=None) == wanted else None


@pytest.mark.parametrize(("width", "seconds"), [("1m", 60), ("10m", 600), ("1h", 3_600)])
@pytest.mark.parametrize(
    ("first", "last", "compare", "days"),
    [
        ("2026-10-24T20:00", "2026-10-25T23:00", "-1d", 1),  # the change lies in the window
        ("2026-10-25T20:00", "2026-10-26T12:00", "-1d", 1),  # and in the one before
        ("2026-10-28T00:00", "2026-10-28T12:00", "-1w", 7),  # and between the two
    ],
)
def test_buckets_stand_beside_those_of_the_clock_a_period_before(
    there, width, seconds, first, last, compare, days
):
    table = table_of(view_of(["level"], first, last, width, compare))
    raw = readings()["level"].dropna()
    raw = raw[(raw >= LOW) & (raw <= HIGH)]
    assert len(table) > 10
    for row in table.itertuples():
        begin = by_clock(row.time, timedelta(days=days))
        if begin is None:
            assert row.compare_time is pd.NaT and math.isnan(row.compare_avg)
            continue
        assert row.compare_time == pd.Timestamp(begin)
        good = raw[begin : begin + timedelta(seconds=seconds) - timedelta(microseconds=1)]
        assert row.compare_n == len(good)
        if not len(good):
            assert math.isnan(row.compare_avg) and math.isnan(row.compare_delta)
            continue
        found = (row.compare_avg, row.compare_min, row.compare_max)
        assert found == pytest.approx((good.mean(), good.min(), good.max()), rel=1e-12)
        assert (row.compare_first, row.compare_last) == (good.iloc[0], good.iloc[-1])
        here = raw[row.time : row.time + timedelta(seconds=seconds) - timedelta(microseconds=1)]
        wanted = here.mean() - good.mean() if len(here) else math.nan
        assert row.compare_delta == pytest.approx(wanted, rel=1e-9, abs=1e-9, nan_ok=True)
    assert table["compare_delta"].notna().sum() > len(table) / 2


def test_the_skipped_hour_is_compared_with_nothing(there):
    # In Lord Howe the clock goes on by half an hour on the 4th of October; Berlin's by an hour in
    # March: both lie before these readings, so the shift itself is held against unit tests. Here
    # the repeated hour: both of it are compared with the one hour a week before.
    table = table_of(view_of(["level"], "2026-10-25T01:00", "2026-10-25T04:00", "1h", "-1w"))
    texts = [each.isoformat() for each in table["compare_time"]]
    assert texts == [
        "2026-10-18T01:00:00+02:00",
        "2026-10-18T02:00:00+02:00",
        "2026-10-18T02:00:00+02:00",
        "2026-10-18T03:00:00+02:00",
    ]


def test_a_day_of_25_hours_is_compared_with_none(there):
    table = table_of(view_of(["level"], "2026-10-23", "2026-10-28", "1d", "-1d"))
    assert table["compare_time"].notna().tolist() == [True, True, False, False, True]
    assert table["compare_delta"].notna().tolist() == [True, True, False, False, True]


def test_single_readings_stand_beside_the_last_one_that_holds(there):
    view = view_of(["level"], "2026-10-21T05:30:20", "2026-10-21T12:00", None, "2026-10-20T05:30")
    table = table_of(view)
    assert set(table["n"] + table["bad"]) == {1}
    raw = readings()["level"].dropna()
    raw = raw[(raw >= LOW) & (raw <= HIGH)]
    for row in table.itertuples():
        asked = by_clock(row.time, timedelta(days=1, seconds=20))
        before = raw[:asked]
        holds = before.index[-1] >= pd.Timestamp(asked) - timedelta(seconds=4.1 * 60)
        if holds:
            assert row.compare_time == before.index[-1]
            assert row.compare_avg == before.iloc[-1]
            wanted = row.avg - before.iloc[-1] if row.n else math.nan
            assert row.compare_delta == pytest.approx(wanted, nan_ok=True)
        else:
            assert row.compare_time is pd.NaT and math.isnan(row.compare_avg)
    assert table["compare_time"].isna().any() and table["compare_time"].notna().any()


def test_single_readings_hold_as_long_as_their_own_window_has_them_apart(there):
    view = view_of(["faster"], "2026-10-21T05:00", "2026-10-21T05:10", None, "-1d")
    table = table_of(view)
    assert len(table) == 120
    assert table["compare_time"].notna().all()
    day = 24 * 60 * 60
    assert (table["compare_delta"] - day).tolist() == [5.0 * (each % 12) for each in range(120)]


def test_an_angle_differs_the_short_way_round(there):
    table = table_of(view_of(["wind"], "2026-10-22T10:00", "2026-10-22T18:00", "10m", "-1h"))
    turned = (table["last"] - table["compare_last"] + 180) % 360 - 180
    assert np.allclose(table["compare_delta"], turned)
    assert (table["compare_delta"].abs() < 90).all()
    assert ((table["last"] - table["compare_last"]).abs() > 180).any()


def test_a_state_has_a_word_then_and_no_difference(there):
    table = table_of(view_of(["pump"], "2026-10-22T10:00", "2026-10-22T18:00", "10m", "-1d"))
    assert set(table["compare_state"]) <= {"on", "off"}
    assert table["compare_delta"].isna().all()
    assert table["compare_avg"].isna().all()


def test_a_counter_differs_by_what_it_counted_over_a_reset_too(there):
    # It begins again on the 20th at 06:05 UTC.
    table = table_of(view_of(["total"], "2026-10-21T00:00", "2026-10-21T12:00", "1h", "-1d"))
    raw = readings()["total"]
    steps = raw.diff().where(raw.diff() >= 0, raw)
    for row in table.itertuples():
        hour = timedelta(hours=1) - timedelta(microseconds=1)
        here, then = (steps[at : at + hour].sum() for at in (row.time, row.compare_time))
        assert row.compare_difference == pytest.approx(then)
        assert row.compare_delta == pytest.approx(here - then)


def test_a_counter_s_difference_is_not_told_of_a_bucket_that_counts_on(there):
    query = {"tag": ["total"], "start": "2026-10-21T00:00", "stop": "2026-10-21T12:00"}
    query |= {"resolution": "1h", "compare": "-1d"}
    view = views.view(query, datetime(2026, 10, 21, 9, 30, tzinfo=UTC), "Europe/Berlin")
    table = table_of(view)
    (row,) = table[table["filling"]].itertuples()
    assert math.isnan(row.compare_delta) and not math.isnan(row.compare_difference)


@pytest.mark.parametrize(
    ("first", "last", "width", "compare", "why"),
    [
        ("2026-10-14T04:00", "2026-10-14T08:00", "10m", "-1w", Why.BEFORE_FIRST),
        ("2026-10-21T08:30", "2026-10-21T11:00", "10m", "-1d", Why.EMPTY),
        ("2026-10-21T08:00", "2026-10-28T11:00", "1d", "-1h", Why.OTHER_WIDTH),
        ("2026-10-22T08:00", "2026-10-22T11:00", "1h", "-1h", Why.NOTHING),
    ],
)
def test_why_there_is_nothing_is_known(there, first, last, width, compare, why):
    view = view_of(["level"], first, last, width, compare)
    series = every_history(view)
    (against,) = compared(view, series)
    assert against.why is why
    table = rows(series, view.now, against=[against])
    assert table["compare_delta"].isna().all() == bool(why)


def test_a_view_that_compares_nothing_asks_nothing_more(there):
    view = view_of(["level"], "2026-10-22", "2026-10-23", "1h", "")
    series = every_history(view)
    assert view.compare is None and compared(view, series) == []
    assert not [name for name in rows(series, view.now) if name.startswith("compare")]


def test_the_earlier_window_is_one_view_like_any_other(there):
    view = view_of(["level"], "2026-10-22", "2026-10-23", "1h", "-1d")
    (against,) = compared(view, every_history(view))
    (alone,) = every_history(view_of(["level"], "2026-10-21", "2026-10-22", "1h", ""))
    pd.testing.assert_frame_equal(against.frame, alone.frame)
    assert comparison.time_shift("-1d", view.start, NOW, "Europe/Berlin") == view.compare
    assert against.width == resolution("1h")
