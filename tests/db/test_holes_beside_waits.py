"""Rollups of others on a TimescaleDB with holes beside what waits for a refresh, or was dropped."""

from datetime import timedelta

import pytest

from data import queries
from data.db import cache
from tests.db.test_deleted import FOREIGN, ROLLED
from tests.support.historians import START, Historian, asked

pytestmark = [pytest.mark.db, pytest.mark.timescale]
DAYS = ROLLED.replace("influx_agg_1h", "influx_agg_1d").replace("'1 hour'", "'1 day'")
#: Ten hours of the third day.
HOLE = "bucket >= '2026-03-03 06:00+00' AND bucket < '2026-03-03 16:00+00'"


@pytest.fixture
def foreign(empty: Historian) -> Historian:
    """Four days of one tag, with hours and days that are up to date."""
    empty.run(FOREIGN)
    for rolled, name in ((ROLLED, "influx_agg_1h"), (DAYS, "influx_agg_1d")):
        empty.run(rolled)
        empty.run(f"CALL refresh_continuous_aggregate('{name}', NULL, NULL)")
    empty.run(f"DELETE FROM {empty.stored('influx_agg_1h')} WHERE {HOLE}")
    return empty


def counted(token: str, zone: str) -> list[float]:
    """Return how many readings each bucket of the second to the fourth day holds."""
    cache.forget()
    start, stop = START + timedelta(days=1), START + timedelta(days=4)
    history = queries.history(asked("D1", token, start, stop, zone))
    assert history.attrs["unchecked"] == history.attrs["deleted"] == 0
    return history["n"].tolist()


def test_a_hole_in_a_bucket_that_begins_among_dropped_readings_is_filled(
    foreign: Historian,
) -> None:
    """What was dropped waits for a refresh: readings have nothing to put in its place."""
    foreign.run("DROP MATERIALIZED VIEW influx_agg_1d")
    foreign.run("SELECT drop_chunks('influx_hist', older_than => timestamptz '2026-03-03')")
    assert counted("1w", "UTC") == [3 * 1_440]
    assert counted("1d", "UTC") == [1_440] * 3
    assert counted("1d", "Etc/GMT+11") == [1_440, 1_440, 1_440, 780]


@pytest.mark.parametrize("minute", ["05:59:30", "06:00:30", "11:11:11", "20:00:30"])
def test_a_hole_in_what_answers_for_days_that_wait_is_filled(
    foreign: Historian, minute: str
) -> None:
    foreign.run(f"INSERT INTO influx_hist VALUES ('2026-03-03 {minute}+00', 'D1', 99)")
    assert counted("1d", "UTC") == [1_440, 1_441, 1_440]
    assert counted("1w", "UTC") == [3 * 1_440 + 1]
