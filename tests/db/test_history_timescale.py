"""Readers on a real TimescaleDB: hypertable, real-time and materialised-only rollups."""

from collections.abc import Iterator
from datetime import timedelta

import pandas as pd
import pytest

from data import buckets, queries
from data.buckets import resolution
from data.db import HistorianUnavailable, cache, pool
from data.store import install
from tests.db import test_timescale
from tests.support.historians import ZONE, Historian, asked, regrouped, same, wave
from tests.support.servers import until

pytestmark = test_timescale.pytestmark
timescale = test_timescale.timescale
REFRESH = "CALL refresh_continuous_aggregate(%s, NULL, %s::timestamptz)"


@pytest.fixture
def readings(timescale: str) -> Iterator[pd.DataFrame]:
    """Five days of one tag up to now; the server takes one connection at a time."""
    historian = Historian(timescale)
    historian.connection.autocommit = False
    install.install(historian.connection)
    historian.connection.commit()
    historian.connection.autocommit = True
    with historian.connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        now = cursor.fetchone()[0]
    written = historian.write(wave(now - timedelta(days=5), 120, 120))
    # The hours end a day ago and are shown as stored; the tens of minutes were never refreshed.
    historian.run(REFRESH, ("influx_agg_1h", now - timedelta(days=1)))
    historian.run(
        "ALTER MATERIALIZED VIEW influx_agg_1h SET (timescaledb.materialized_only = true)"
    )
    historian.run(
        "ALTER MATERIALIZED VIEW influx_agg_10m SET (timescaledb.materialized_only = true)"
    )
    historian.connection.close()
    # This server takes no options, and a RESET there leads to no schema of ours.
    pool.connect(timescale, schema="public", pool_size=1, statement_timeout_ms=60_000)
    until(_is_reached, 30)  # it serves one connection at a time, and lets go of one a little late
    cache.forget()
    yield written
    pool.dispose()


def _is_reached() -> bool:
    try:
        pool.database_now()
    except HistorianUnavailable:
        return False
    return True


def test_readers_answer_on_a_hypertable_with_rollups_of_every_freshness(
    readings: pd.DataFrame,
) -> None:
    found = queries.catalog()
    assert found.timescaledb
    assert found.rollups == (86_400, 3_600, 600, 60)
    now = pool.database_now()
    for token in ("1m", "10m", "1h", "6h", "1d"):
        start, stop = buckets.snapped(now - timedelta(days=2), now, resolution(token), ZONE)
        inside = readings[(readings.index >= start) & (readings.index < stop)]
        same(queries.history(asked("D1", token, start, stop, ZONE)), regrouped(inside, token))
    assert queries.latest(("D1",))["value"].tolist() == [readings["value"].iloc[-1]]
    assert queries.tail(("D1",), 5)["value"].tolist() == readings["value"].iloc[-5:].tolist()
    assert list(queries.tags()) == ["D1"]
