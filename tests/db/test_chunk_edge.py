"""Our own schema on a TimescaleDB, where a bucket begins before the first chunk of the readings."""

from collections.abc import Iterator
from datetime import timedelta

import pandas as pd
import pytest

from data import buckets, queries
from data.buckets import resolution
from data.db import pool
from data.store import rollups
from tests.db import test_timescale, test_waiting
from tests.db.test_waiting import Writer, installed
from tests.support.historians import asked, regrouped, same

pytestmark = test_waiting.pytestmark
timescale = test_timescale.timescale
#: A chunk that is over, and its readings, which begin three hours behind its start.
EDGE = "to_timestamp(floor(extract(epoch FROM now()) / 604800) * 604800 - 1209600)"
FILL = f"""
INSERT INTO influx_hist (ts, tag_name, value)
SELECT at, 'D1', 100 + sin(extract(epoch FROM at) / 1000)
FROM generate_series({EDGE} + interval '3 hours', {EDGE} + interval '40 hours', '90 s') at
"""


@pytest.fixture
def writer(timescale: str) -> Iterator[Writer]:
    """Who writes to a historian whose only chunk begins in the middle of a day of the site."""
    one = Writer(timescale)
    one.does(installed, FILL, rollups.refresh)
    yield one
    pool.dispose()


def test_readings_deleted_at_the_beginning_of_all_count_in_no_day(writer: Writer) -> None:
    """No rollup tells of any reading before the chunk: so none was dropped with one before it."""
    writer.does(f"DELETE FROM influx_hist WHERE ts < {EDGE} + interval '20 hours'")
    now = pool.database_now()
    for zone in ("Asia/Seoul", "America/New_York", "UTC"):
        start, stop = buckets.snapped(now - timedelta(days=23), now, resolution("1d"), zone)
        single = queries.history(asked("D1", "raw", start, stop, zone))
        every = pd.DataFrame({"value": single["avg"][single["n"] > 0]})
        same(queries.history(asked("D1", "1d", start, stop, zone)), regrouped(every, "1d", zone))
