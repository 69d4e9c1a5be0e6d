"""An alarm is sought in the readings where the hours of the last 30 days do not tell."""

from collections.abc import Iterator

import pandas as pd
import pytest

from data import queries
from data.db import cache, pool
from data.store import rollups
from data.views import overview
from tests.db import test_timescale
from tests.db.test_waiting import Writer, installed
from tests.support.historians import Historian, bare, rolled

timescale = test_timescale.timescale
__all__ = ["bare"]
#: Limits 80 and 90 with a deadband of 2: at 79 only the past tells whether the limit is crossed.
RULES = """
INSERT INTO influx_qc_rule (tag_name, min_val, max_val, warn_max, crit_max, deadband_pct,
                            max_gap_seconds)
SELECT tag, 0, 100, 80, 90, 2, 9999 FROM unnest(ARRAY['A', 'B']) tag
"""
RULE_TABLE = """
CREATE TABLE influx_qc_rule (tag_name text, min_val float8, max_val float8, warn_max float8,
    crit_max float8, deadband_pct float8, max_gap_seconds float8)
"""
FILL = """
INSERT INTO influx_hist (ts, tag_name, value)
SELECT at, tag, 79 FROM unnest(ARRAY['A', 'B']) tag,
     generate_series(date_trunc('minute', now()) - interval '28 days', now(), '30 minutes') at
"""


def late(value: float, hours: float) -> str:
    """Return what writes a reading of A that late, between two others."""
    at = f"date_trunc('hour', now()) - interval '{hours} hours' + interval '95 seconds'"
    return f"INSERT INTO influx_hist (ts, tag_name, value) VALUES ({at}, 'A', {value})"


def taken(hours: float) -> str:
    """Return what deletes all readings of A of two hours, the former of them so long ago."""
    start = f"date_trunc('hour', now()) - interval '{hours} hours'"
    bounds = f"ts >= {start} AND ts < {start} + interval '2 hours'"
    return f"DELETE FROM influx_hist WHERE tag_name = 'A' AND {bounds}"


def hours_ago(hours: float) -> pd.Timestamp:
    """Return the time of a late reading."""
    at = pd.Timestamp(pool.database_now()).tz_convert("UTC").floor("h")
    return at - pd.Timedelta(hours, "h") + pd.Timedelta(95, "s")


def alarms() -> dict[str, pd.Timestamp]:
    """Return since when each tag that is in alarm is."""
    cache.forget()
    names = list(queries.tags())
    found = overview.now(queries.tags()).crossed
    assert found["is_found"].all()
    return {names[tag]: since for tag, since in zip(found["tag"], found["since"], strict=True)}


@pytest.fixture(scope="module")
def writer(timescale: str) -> Iterator[Writer]:
    """Who writes to a historian whose rollups are up to date; no tag of it is in alarm."""
    one = Writer(timescale)
    one.does(installed, RULES, FILL, rollups.refresh)
    yield one
    pool.dispose()


# The server in WebAssembly ends over it, and comes back empty.
@pytest.mark.db
@pytest.mark.timescale
class TestWhileHoursWait:
    """Late, deleted and dropped readings, before a refresh and after."""

    def test_late_readings_set_and_reset_a_limit_before_the_refresh(self, writer: Writer) -> None:
        assert alarms() == {}
        writer.does(late(85, 200), late(88, 150))
        assert alarms() == {"A": hours_ago(200)}
        writer.does(rollups.refresh)
        assert alarms() == {"A": hours_ago(200)}
        writer.does(late(70, 180))
        assert alarms() == {"A": hours_ago(150)}
        writer.does(late(70, 100))
        assert alarms() == {}
        writer.does(rollups.refresh)
        assert alarms() == {}

    def test_hours_that_were_deleted_decide_nothing(self, writer: Writer) -> None:
        writer.does(late(86, 60), rollups.refresh)
        assert alarms() == {"A": hours_ago(60)}
        writer.does(taken(60))
        assert alarms() == {}
        writer.does(rollups.refresh)
        assert alarms() == {}

    def test_hours_whose_readings_were_dropped_decide_as_they_are(self, writer: Writer) -> None:
        writer.does(late(86, 600), taken(180), taken(150), taken(100), rollups.refresh)
        assert alarms() == {"A": hours_ago(600)}
        drop = "SELECT drop_chunks('influx_hist', older_than => interval '15 days')"
        writer.does(late(87, 599), drop)
        assert alarms() == {"A": hours_ago(600).floor("h")}


@pytest.mark.db
def test_hours_that_a_rollup_of_others_lacks_are_read(bare: Historian) -> None:
    bare.run(RULE_TABLE)
    bare.run(RULES)
    bare.run(FILL)
    bare.run(late(85, 28))
    rolled(bare, "influx_agg_1h")
    whole = alarms()
    assert whole == {"A": hours_ago(28)}
    bare.run(late(75, 29))  # a reset: since when is sought in the same hole
    bare.run(
        "DELETE FROM influx_agg_1h WHERE bucket BETWEEN now() - interval '36 hours'"
        " AND now() - interval '24 hours'"
    )
    assert alarms() == whole


@pytest.mark.db
def test_of_a_rollup_that_began_an_hour_ago_the_day_before_is_read(bare: Historian) -> None:
    bare.run(RULE_TABLE)
    bare.run(RULES)
    bare.run(FILL)
    bare.run(late(85, 20))
    rolled(bare, "influx_agg_1h")
    bare.run("DELETE FROM influx_agg_1h WHERE bucket < now() - interval '2 hours'")
    assert alarms() == {"A": hours_ago(20)}
