"""`manage.py check` on a TimescaleDB: what its logs say of rollups that wait for a refresh."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from components.status import in_language
from components.status.worded import worded
from data import status
from data.db import cache, pool
from data.db.copy_out import compiled
from data.status import statements
from data.store import rollups
from tests.db import test_timescale
from tests.db.test_waiting import Writer, connected, installed

pytestmark = test_timescale.pytestmark
timescale = test_timescale.timescale
#: Twelve hours of three days ago, of which every second reading is written after the rollups.
STOP = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=3)
START = STOP - timedelta(hours=12)
FILL = """
INSERT INTO influx_hist (ts, tag_name, value)
SELECT at + {} * interval '1 s', 'D1', 1
FROM generate_series(timestamptz '{}', timestamptz '{}' - interval '1 s', '2 minutes') at
"""


@pytest.fixture
def writer(timescale: str) -> Iterator[Writer]:
    """Who writes to a store of ours, of which the rollups are up to date."""
    one = Writer(timescale)
    one.does(installed, FILL.format(0, STOP - timedelta(days=4), datetime.now(UTC)))
    one.does(rollups.refresh)
    yield one
    pool.dispose()


def lines(key: str) -> dict[str, status.Line]:
    """Return a line of each relation of which it is said."""
    cache.forget()
    return {line.subject: line for line in status.now().lines if line.key == key}


def test_hours_that_wait_for_a_refresh_are_named_exactly_and_no_rollup_of_them_is_called_whole(
    writer: Writer,
) -> None:
    first = {"influx_agg_1m": START + timedelta(minutes=1)}
    first |= dict.fromkeys(("influx_agg_10m", "influx_agg_1h"), START)
    finer = set(first)
    assert lines("waits") == {} and set(lines("whole")) >= finer
    writer.does(FILL.format(60, START, STOP))
    found = lines("waits")
    assert set(found) >= finer and not finer & set(lines("whole"))
    for name, start in first.items():
        line = found[name]
        assert (line.level, line.values["start"], line.values["stop"]) == ("note", start, STOP)
    for language in ("en", "ko"):
        with in_language(language):
            assert all(worded(found["influx_agg_1h"], UTC)[3:])
    writer.does(rollups.refresh)
    assert lines("waits") == {}


def rows_read(plan: dict[str, Any]) -> float:
    """Return how many rows all parts of a plan gave."""
    own = plan["Actual Rows"] * plan["Actual Loops"]
    return float(own + sum(map(rows_read, plan.get("Plans", ()))))


def test_the_ends_of_an_aggregate_in_real_time_are_read_without_all_of_its_rows(
    timescale: str,
) -> None:
    """It is no table with an index: its newest bucket comes of a sort of what it is asked for."""
    one, stop = Writer(timescale), datetime.now(UTC)
    one.does(installed, FILL.format(0, stop - timedelta(days=120), stop))
    one.does(rollups.refresh)
    sql, values = compiled(statements.edges_statement("influx_agg_1m"))
    pool.dispose()
    with closing(connected(timescale)) as connection, connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", {**values, "tags": ["D1"]})
        plan = cursor.fetchone()[0][0]["Plan"]
        cursor.execute("SELECT count(*) FROM influx_agg_1m")
        every = cursor.fetchone()[0]
    assert every > 80_000
    assert rows_read(plan) < every / 2
