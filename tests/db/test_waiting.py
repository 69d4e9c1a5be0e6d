"""Our own schema on a TimescaleDB: while its rollups wait for a refresh the readings are shown."""

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pandas as pd
import psycopg2
import pytest

from data import buckets, queries
from data.analysis import alarms
from data.analysis.excursions import Stretch
from data.analysis.rules import Rule, checks
from data.buckets import resolution
from data.db import cache, pool
from data.queries import OutsideQuestion
from data.queries.grouped import whole
from data.store import install, rollups
from data.views import day
from tests.db import test_timescale
from tests.db.test_history_timescale import _is_reached
from tests.support.historians import ZONE, asked, regrouped, same
from tests.support.servers import until

# In WebAssembly what one test leaves waiting is counted by the next: each would need a server.
pytestmark = [*test_timescale.pytestmark, pytest.mark.timescale]
timescale = test_timescale.timescale
TOKENS = ("1m", "10m", "1h", "6h", "1d")
EVERY = ("influx_agg_1m", "influx_agg_10m", "influx_agg_1h", "influx_agg_1d")
#: Four days of two tags, every 90 s up to half an hour ago.
FILL = """
INSERT INTO influx_hist (ts, tag_name, value)
SELECT at, tag, 100 + sin(extract(epoch FROM at) / 1000)
FROM generate_series(now() - interval '4 days', now() - interval '30 minutes', '90 s') at,
     unnest(ARRAY['D1', 'D2']) tag
"""


class Writer:
    """Who writes beside the readers; the server in WebAssembly has one connection at a time."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn

    def does(self, *deeds: Any) -> None:
        """Run statements, or call what takes a connection; the readers then begin anew."""
        pool.dispose()
        with closing(connected(self.dsn)) as connection:
            connection.autocommit = True
            for deed in deeds:
                if isinstance(deed, str):
                    connection.cursor().execute(deed)
                else:
                    deed(connection)
        pool.connect(self.dsn, schema="public", pool_size=1, statement_timeout_ms=60_000)
        until(_is_reached, 30)
        cache.forget()


def connected(dsn: str) -> Any:
    """Return a connection, once the server has let go of the one before."""
    for _ in range(60):
        try:
            return psycopg2.connect(dsn)
        except psycopg2.OperationalError:
            time.sleep(0.5)
    return psycopg2.connect(dsn)


def installed(connection: Any) -> None:
    connection.autocommit = False
    install.install(connection)
    connection.commit()
    connection.autocommit = True


def refreshed(*names: str) -> Any:
    """Return what refreshes these rollups in this order, as a policy does, up to an hour ago."""

    def refresh(connection: Any) -> None:
        with connection.cursor() as cursor:
            for name in names:
                cursor.execute(
                    f"CALL refresh_continuous_aggregate('{name}', now() - interval '364 days',"
                    " now() - interval '1 hour')"
                )

    return refresh


@pytest.fixture(scope="module")
def writer(timescale: str) -> Iterator[Writer]:
    """Who writes to a historian of our own schema, of which the rollups are up to date."""
    one = Writer(timescale)
    one.does(installed, FILL, rollups.refresh)
    yield one
    pool.dispose()


def readings() -> pd.DataFrame:
    """Return the readings of D1 as they are now."""
    stop = pool.database_now()
    found = queries.history(asked("D1", "raw", stop - timedelta(days=5), stop))
    return pd.DataFrame({"value": found["avg"][found["n"] > 0]})


def assert_readings_are_shown() -> dict[str, pd.DataFrame]:
    """Hold every resolution against the readings; return the histories."""
    every, now, found = readings(), pool.database_now(), {}
    for token in TOKENS:
        days = 2 if token == "1m" else 5
        bounds = (now - timedelta(days=days), now)
        start, stop = buckets.snapped(*bounds, resolution(token), ZONE)
        inside = every[(every.index >= start) & (every.index < stop)]
        found[token] = queries.history(asked("D1", token, start, stop, ZONE))
        same(found[token], regrouped(inside, token))
        assert found[token].attrs["unchecked"] == 0
    return found


def test_rollups_that_are_up_to_date_are_read_as_they_are(writer: Writer) -> None:
    found = assert_readings_are_shown()
    assert queries.catalog().refreshes
    assert not any(frame["remade"].any() for frame in found.values())
    assert "influx_agg_1d" in queries.history(
        asked("D1", "1d", *buckets.snapped(
            pool.database_now() - timedelta(days=3), pool.database_now(), resolution("1d"), "UTC"
        ), "UTC")
    ).attrs["source"]  # fmt: skip


LATE = "SELECT now() - interval '29 hours 17 minutes'"
WRITES = {
    "one late reading": f"INSERT INTO influx_hist SELECT ({LATE}), 'D1', 900",
    "one changed value": "UPDATE influx_hist SET value = -77 WHERE tag_name = 'D1' AND ts ="
    f" (SELECT max(ts) FROM influx_hist WHERE tag_name = 'D1' AND ts < ({LATE}))",
    "one deleted reading": "DELETE FROM influx_hist WHERE tag_name = 'D1' AND ts ="
    f" (SELECT max(ts) FROM influx_hist WHERE tag_name = 'D1' AND ts < ({LATE}))",
    "hours deleted": "DELETE FROM influx_hist WHERE tag_name = 'D1' AND"
    f" ts > ({LATE}) - interval '3 hours' AND ts < ({LATE})",
    "the oldest day deleted": "DELETE FROM influx_hist WHERE tag_name = 'D1' AND"
    " ts < now() - interval '3 days'",
    "one late reading of the last hour": "INSERT INTO influx_hist"
    " SELECT now() - interval '44 minutes 3 seconds', 'D1', 901",
}


@pytest.mark.parametrize("write", WRITES.values(), ids=list(WRITES))
def test_what_is_shown_equals_the_readings_after_each_step_of_the_policies(
    writer: Writer, write: str
) -> None:
    """Each level is refreshed by a policy of its own: between two of them the coarser is wrong."""
    writer.does(write)
    found = assert_readings_are_shown()
    assert any(frame["remade"].any() for frame in found.values())
    for name in EVERY:
        writer.does(refreshed(name))
        assert_readings_are_shown()
    writer.does(rollups.refresh)
    assert not any(frame["remade"].any() for frame in assert_readings_are_shown().values())


#: Flagged or no numbers: late, of the hour that is over, and of the minutes that are.
LEFT_OUT = f"""
INSERT INTO influx_hist (ts, tag_name, value, qc) VALUES
    (({LATE}) + interval '13 s', 'D1', 1, 1),
    (({LATE}) + interval '17 s', 'D1', 'NaN', 0),
    (now() - interval '75 minutes', 'D1', 2, 1),
    (now() - interval '12 minutes', 'D1', 'Infinity', 0),
    (now() - interval '100 s', 'D1', 3, 1)
"""


def test_what_is_left_out_is_counted_at_every_width_whether_it_waits_or_not(
    writer: Writer,
) -> None:
    writer.does(LEFT_OUT)
    for step in ([], [rollups.refresh], [rollups.refresh]):
        writer.does(*step)
        found = assert_readings_are_shown()
        bad = {token: frame["bad"].sum() for token, frame in found.items()}
        assert bad == dict.fromkeys(TOKENS, 5)
    day_hours = queries.day(("D1",))
    assert day_hours is not None
    hours = {
        (pool.database_now() - timedelta(minutes=back)).replace(minute=0, second=0, microsecond=0)
        for back in (75, 12, 100 / 60)
    }
    told = day_hours[(day_hours["bad"] > 0) & (day_hours["bucket"] >= min(hours))]
    assert {each.to_pydatetime() for each in told["bucket"]} == hours
    writer.does("DELETE FROM influx_hist WHERE qc <> 0 OR abs(value) = 'Infinity' OR value = 'NaN'")
    writer.does(rollups.refresh)


def test_a_rollup_over_one_that_is_materialised_only_lacks_nothing(writer: Writer) -> None:
    """Above what is stored of the finer one the coarser one computes from nothing."""
    real_time = "ALTER MATERIALIZED VIEW influx_agg_10m SET (timescaledb.materialized_only = {})"
    writer.does(
        real_time.format("true"),
        "INSERT INTO influx_hist SELECT now() - interval '20 minutes', 'D1', 902",
    )
    assert_readings_are_shown()
    writer.does(real_time.format("false"))
    assert_readings_are_shown()


def test_readings_of_other_tags_make_no_row_of_a_tag_one_that_was_read_again(
    writer: Writer,
) -> None:
    writer.does(f"INSERT INTO influx_hist SELECT ({LATE}) - interval '1 hour', 'D2', 5")
    found = assert_readings_are_shown()
    assert not any(frame["remade"].any() for frame in found.values())
    writer.does(rollups.refresh)


def test_where_too_many_readings_wait_it_is_said_how_many_buckets_are_not_checked(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Among whole hours: one that is short besides would be looked after for that.
    writer.does(f"INSERT INTO influx_hist SELECT ({LATE}) + interval '6 hours', 'D1', 903")
    monkeypatch.setattr(whole, "MOST_READINGS", 0)
    now = pool.database_now()
    start, stop = buckets.snapped(now - timedelta(days=3), now, resolution("1h"), ZONE)
    found = queries.history(asked("D1", "1h", start, stop, ZONE))
    assert found.attrs["unchecked"] == 1
    assert not (found["max"] == 903).any()
    writer.does(rollups.refresh)


def test_rollups_of_dropped_readings_stay(writer: Writer) -> None:
    """Retention drops chunks: then the rollup is the truth, whatever waits for a refresh."""
    old = "date_trunc('day', now()) - interval '200 days'"
    writer.does(
        "INSERT INTO influx_hist SELECT generate_series("
        f"{old}, {old} + interval '2 days', '1 minute'), 'D1', 50",
        rollups.refresh,
        f"INSERT INTO influx_hist SELECT {old} + interval '90 s', 'D1', 60",
        "SELECT drop_chunks('influx_hist', older_than => interval '100 days')",
    )
    start = pd.Timestamp(pool.database_now()).floor("D") - pd.Timedelta(days=200)
    for token in ("10m", "1h"):
        bounds = (start.to_pydatetime(), (start + pd.Timedelta(days=2)).to_pydatetime())
        found = queries.history(asked("D1", token, *bounds, "UTC"))
        assert found["n"].sum() == 2 * 1440
        assert found["max"].max() == 50
        assert found.attrs["source"] == f"influx_agg_{token}" and not found["remade"].any()
    above_40 = checks(Rule("D1", warn_max=40.0))
    window = Stretch(start.value, (start + pd.Timedelta(days=3)).value)
    told = queries.every_excursion.function((OutsideQuestion("D1", above_40),), window)
    assert told.frame["start"].tolist() == [start]
    assert told.frame["extreme"].tolist() == [50]


def test_lines_and_bars_of_the_cards_show_what_waits(writer: Writer) -> None:
    """An alarm that came late makes its hour one at once, and not when a policy has run."""
    writer.does(
        rollups.refresh,
        "INSERT INTO influx_qc_rule (tag_name, min_val, max_val, crit_max)"
        " VALUES ('D1', -1000, 1000, 903.5)",
        f"INSERT INTO influx_hist SELECT ({LATE}) + interval '9 hours', 'D1', 904",
        "INSERT INTO influx_hist SELECT now() - interval '40 minutes', 'D1', 905",
    )
    tags = queries.tags()
    found = day.last_day(tags)
    assert found is not None
    critical = (found.states[list(tags).index("D1")] == alarms.CRITICAL).sum()
    assert critical == 2
    line = queries.sparklines(("D1", "D2"))
    assert (line["max"] == 905).sum() == 1
