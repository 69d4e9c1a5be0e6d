"""Readings that somebody deleted stay in a foreign rollup until it is refreshed: that is told."""

from datetime import timedelta

import pandas as pd
import pytest

from components.summary import caption
from data import queries, views
from data.analysis import arrays
from data.buckets import resolution
from data.db import cache
from data.queries.grouped.placing import deleted
from data.queries.grouped.whole import Lacking
from data.queries.plan import Segment, time_of
from data.queries.relations import LAST
from data.views import TagSeries, histories
from tests.support.historians import START, ZONE, Historian

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("in_english")]
HOUR = timedelta(hours=1)
NOW = START + 96 * HOUR
FOREIGN = """
CREATE EXTENSION IF NOT EXISTS timescaledb;
CREATE TABLE influx_hist (ts timestamptz NOT NULL, tag_name text, value float8);
SELECT create_hypertable('influx_hist', 'ts', chunk_time_interval => interval '1 day');
CREATE INDEX ON influx_hist (tag_name, ts DESC);
INSERT INTO influx_hist SELECT at, 'D1', 50
FROM generate_series(timestamptz '2026-03-01 00:00+00', '2026-03-04 23:59+00', '1 min') at
"""
ROLLED = """
CREATE MATERIALIZED VIEW influx_agg_1h WITH (timescaledb.continuous) AS
SELECT time_bucket('1 hour', ts) AS bucket, tag_name, count(*) AS n, avg(value) AS avg,
       sum(value) AS sum, min(value) AS min, max(value) AS max, last(value, ts) AS last,
       first(value, ts) AS first, last(value, ts) - first(value, ts) AS diff
FROM influx_hist GROUP BY 1, 2 WITH NO DATA
"""


@pytest.fixture
def foreign(empty: Historian) -> Historian:
    """Four days of one tag, and hours that are up to date."""
    empty.run(FOREIGN)
    empty.run(ROLLED)
    empty.run("CALL refresh_continuous_aggregate('influx_agg_1h', NULL, NULL)")
    cache.forget()
    return empty


def told(start: float, hours: float) -> tuple[int, str]:
    """Return how many buckets of a window hold readings that were deleted, and the caption."""
    cache.forget()
    bounds = {"start": START + start * HOUR, "stop": START + (start + hours) * HOUR}
    query = {name: each.isoformat() for name, each in bounds.items()}
    view = views.view({"tag": "D1", "resolution": "1h", **query}, NOW, ZONE)
    series, _refusals = histories(view)
    return series[0].deleted, caption(view, series).text


@pytest.mark.timescale
@pytest.mark.parametrize(
    "which", ["", " AND extract(minute FROM ts)::int % 10 <> 0"], ids=["all", "thinned"]
)
def test_buckets_that_hold_deleted_readings_are_counted(foreign: Historian, which: str) -> None:
    assert told(40, 12) == (0, told(40, 12)[1])
    foreign.run(
        "DELETE FROM influx_hist WHERE ts >= '2026-03-02 20:00+00'"
        f" AND ts < '2026-03-02 23:00+00'{which}"
    )
    count, line = told(40, 12)
    assert count == 3 and "3 buckets hold readings that were deleted since" in line
    count, line = told(44, 1)
    assert count == 1 and "one bucket holds readings that were deleted since" in line
    assert told(47, 5)[0] == 0 and told(30, 14)[0] == 0
    foreign.run("CALL refresh_continuous_aggregate('influx_agg_1h', NULL, NULL)")
    count, line = told(40, 12)
    assert count == 0 and "deleted" not in line


@pytest.mark.timescale
def test_what_retention_dropped_was_not_deleted(foreign: Historian) -> None:
    foreign.run("SELECT drop_chunks('influx_hist', older_than => timestamptz '2026-03-03')")
    count, line = told(0, 72)
    assert count == 0 and "deleted" not in line and "the readings are gone" in line


def shown(start: float, stop: float, **more: str) -> TagSeries:
    """Return what a window shows, in hours after START."""
    cache.forget()
    bounds = {"start": START + start * HOUR, "stop": START + stop * HOUR}
    query = {name: each.isoformat() for name, each in bounds.items()}
    ((item,), _refusals) = histories(views.view({"tag": "D1", **query, **more}, NOW, ZONE))
    return item


@pytest.mark.timescale
@pytest.mark.parametrize("start", [8, 10, 11])
def test_many_readings_that_came_late_into_a_time_of_dropped_chunks_do_not_hide_that(
    foreign: Historian, start: float
) -> None:
    """Two hours of them: a window begins before them, with them, or among them."""
    foreign.run("SELECT drop_chunks('influx_hist', older_than => timestamptz '2026-03-03')")
    foreign.run(
        "INSERT INTO influx_hist SELECT at, 'D1', 51 FROM generate_series("
        "timestamptz '2026-03-01 10:00:30+00', '2026-03-01 11:59:30+00', '1 min') at"
    )
    for more in ({"resolution": "1h"}, {}):
        item = shown(start, 20, **more)
        assert (item.resolution, item.gone) == ("1h", START + 20 * HOUR)
        assert item.readings == 60 * (20 - start) and item.coverage > 0.99
    assert shown(start, 60, resolution="1h").gone == START + 48 * HOUR
    assert shown(start, 20, resolution="1m").wider.token == "1h"


@pytest.mark.timescale
def test_a_window_that_begins_among_deleted_readings_shows_what_one_before_it_does(
    foreign: Historian,
) -> None:
    foreign.run(
        "DELETE FROM influx_hist WHERE ts >= '2026-03-02 08:00+00' AND ts < '2026-03-02 20:00+00'"
    )
    for start in (31, 32, 34.5):
        item = shown(start, 50)
        assert (start, item.resolution, item.wider, item.gone) == (start, "raw", None, None)
        assert item.frame.index.min() >= START + min(start, 44) * HOUR and len(item.gaps) == 1
    assert shown(34.5, 37).wider is None


@pytest.mark.timescale
def test_readings_of_which_somebody_deleted_all_up_to_a_time_are_gone(foreign: Historian) -> None:
    """As by a retention of one's own, which leaves the chunks: nothing is before them."""
    foreign.run("DELETE FROM influx_hist WHERE ts < '2026-03-03'")
    for start in (10, 40):
        item = shown(start, 47)
        assert (item.resolution, item.wider, item.readings) == ("1h", None, 60 * (47 - start))
        assert shown(start, 47, resolution="10m").wider.token == "1h"


def frame(*counts: float) -> pd.DataFrame:
    at = pd.DatetimeIndex([START + place * HOUR for place in range(len(counts))]).as_unit("us")
    whole = pd.DataFrame({"n": counts, "bad": 0.0}, at.rename("bucket"))
    return whole[whole["n"].notna()]


@pytest.mark.parametrize(
    ("kept", "there", "expected"),
    [
        (LAST, 0, 2),  # the third has fewer, the fourth none; nobody waits for the fifth
        (0, 0, 0),  # our own store: the readings are shown
        (LAST, LAST, 0),  # perhaps a chunk was dropped
        (LAST, 3, 1),
    ],
)
def test_only_where_no_chunk_was_dropped_fewer_readings_are_deleted_ones(
    kept: int, there: int, expected: int
) -> None:
    first = int(arrays.nanoseconds(pd.DatetimeIndex([START]))[0])
    request = queries.request("D1", resolution("1h"), START, START + 6 * HOUR, "UTC")
    waiting = [Segment(0, START + HOUR, START + 4 * HOUR)]
    there = first + there * 3_600 * 10**9 if there not in (0, LAST) else there
    lacking = Lacking(waiting, waiting, kept, 0, there)
    rows, again = frame(60, 60, 60, 60, 60, 60), frame(float("nan"), 60, 6)
    assert deleted(rows, again, request, lacking) == expected
    assert time_of(first) == START
