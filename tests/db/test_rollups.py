"""The rollups equal the readings, whoever wrote them, in whatever order, at the same time."""

import io
import math
import random
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg2.extras import execute_values

from data.errors import ForeignSchema
from data.store import install, rollup_sql, rollups
from tests.conftest import TIMESCALE

pytestmark = [
    pytest.mark.db,
    pytest.mark.skipif(
        bool(TIMESCALE),
        reason="our log keeps them on plain PostgreSQL alone; of aggregates: test_timescale.py",
    ),
]

T0 = datetime(2025, 3, 1, 22, 59, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WIDTHS = {
    "influx_agg_1m": timedelta(minutes=1),
    "influx_agg_10m": timedelta(minutes=10),
    "influx_agg_1h": timedelta(hours=1),
    "influx_agg_1d": timedelta(days=1),
}
COLUMNS = "n, avg, sum, min, max, last, first, diff"
UPSERT = """
INSERT INTO influx_hist (ts, tag_name, value, qc) VALUES %s
ON CONFLICT (ts, tag_name) DO UPDATE SET value = excluded.value, qc = excluded.qc
"""


@pytest.fixture
def conn(module_database: str) -> Iterator[Any]:
    """A connection to an installed schema without a reading."""
    with closing(psycopg2.connect(module_database)) as connection:
        install.install(connection)
        run(connection, "TRUNCATE influx_hist, influx_agg_1m, influx_agg_10m")
        run(connection, "TRUNCATE influx_agg_1h, influx_agg_1d, ksys_dirty")
        connection.commit()
        yield connection


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def write(connection: Any, *rows: tuple[float, str, float | None] | tuple[Any, ...]) -> None:
    """Insert or overwrite (seconds after T0, tag, value[, qc]) without a commit."""
    with connection.cursor() as cur:
        values = [(at(row[0]), row[1], row[2], row[3] if len(row) > 3 else 0) for row in rows]
        execute_values(cur, UPSERT, values)


def run(connection: Any, query: str, *values: Any) -> list[Any]:
    with connection.cursor() as cur:
        cur.execute(query, values or None)
        return cur.fetchall() if cur.description else []


def recomputed(connection: Any, width: timedelta) -> dict[tuple[str, datetime], tuple[float, ...]]:
    """The rollup by plain Python from the readings."""
    groups = defaultdict(list)
    for ts, tag, value, qc in run(
        connection, "SELECT ts, tag_name, value, qc FROM influx_hist ORDER BY ts"
    ):
        if value is not None and math.isfinite(value) and abs(value) < 1e140 and not qc:
            groups[tag, EPOCH + (ts - EPOCH) // width * width].append(value)
    return {
        key: (
            len(v),
            math.fsum(v) / len(v),
            math.fsum(v),
            min(v),
            max(v),
            v[-1],
            v[0],
            v[-1] - v[0],
        )
        for key, v in groups.items()
    }


def assert_equal_to_readings(connection: Any) -> None:
    for relation, width in WIDTHS.items():
        rows = run(connection, f"SELECT tag_name, bucket, {COLUMNS} FROM {relation}")
        stored = {(row[0], row[1]): row[2:] for row in rows}
        expected = recomputed(connection, width)
        assert stored.keys() == expected.keys(), relation
        for key, bucket in stored.items():
            assert bucket == pytest.approx(expected[key], rel=1e-9, abs=1e-9), (relation, key)


def test_a_refresh_computes_every_rollup(conn):
    write(conn, *((7 * i, "D101", math.sin(i)) for i in range(2000)), (100, "가 '\"/", 5.0))
    conn.commit()
    done = rollups.refresh(conn)
    assert done.done and done.ranges == 2 and done.buckets > 200
    assert len(run(conn, "SELECT 1 FROM influx_agg_1d")) == 3
    assert_equal_to_readings(conn)


def test_a_refresh_without_changes_does_nothing(conn):
    write(conn, (0, "D101", 1.0))
    conn.commit()
    rollups.refresh(conn)
    assert rollups.refresh(conn) == rollups.Refreshed(done=True, ranges=0, buckets=0)


def test_buckets_without_readings_go(conn):
    write(conn, (0, "D101", 1.0), (90_000, "D101", 2.0), (0, "D102", 3.0))
    conn.commit()
    rollups.refresh(conn)
    run(conn, "DELETE FROM influx_hist WHERE ts > %s", at(1))
    rollups.refresh(conn)
    assert_equal_to_readings(conn)
    run(conn, "TRUNCATE influx_hist")
    rollups.refresh(conn)
    assert_equal_to_readings(conn)
    assert run(conn, "SELECT 1 FROM influx_agg_1d") == []


def test_a_reading_that_moves_leaves_its_old_bucket_and_tag(conn):
    write(conn, (0, "D101", 1.0), (5, "D101", 2.0))
    conn.commit()
    rollups.refresh(conn)
    run(conn, "UPDATE influx_hist SET ts = ts + interval '3 days', tag_name = 'D102'")
    rollups.refresh(conn)
    assert_equal_to_readings(conn)


@pytest.mark.parametrize(
    "bad", [math.nan, math.inf, -math.inf, None, 1.7e308, -1e140], ids=lambda bad: f"{bad}"
)
def test_values_that_cannot_be_summed_stay_out(conn, bad):
    write(conn, (0, "D101", 1.0), (1, "D101", bad), (2, "D101", bad), (300, "D101", bad))
    write(conn, (3, "D101", 9.0, 1))
    conn.commit()
    rollups.refresh(conn)
    assert run(conn, "SELECT n, max FROM influx_agg_1d") == [(1, 1.0)]
    assert_equal_to_readings(conn)


def test_values_next_to_nothing_do_not_stop_the_refresh(conn):
    write(conn, (0, "D101", 5e-324), (1, "D101", 0.0), (2, "D101", 0.0))
    conn.commit()
    rollups.refresh(conn)
    assert run(conn, "SELECT n, avg, max FROM influx_agg_1m") == [(3, 0.0, 5e-324)]


def test_copy_merge_and_upsert_are_logged(conn):
    with conn.cursor() as cur:
        lines = "\n".join(f"{at(i)},D101,{i}" for i in range(100))
        cur.copy_expert("COPY influx_hist (ts, tag_name, value) FROM STDIN CSV", io.StringIO(lines))
    write(conn, *((i, "D101", 2.0 * i) for i in range(50, 150)))
    run(
        conn,
        """
        MERGE INTO influx_hist h USING (VALUES (%s::timestamptz, 'D101'), (%s, 'D103')) n (ts, tag)
        ON h.ts = n.ts AND h.tag_name = n.tag
        WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (ts, tag_name, value)
        VALUES (n.ts, n.tag, 8)
        """,
        at(3),
        at(5000),
    )
    conn.commit()
    rollups.refresh(conn)
    assert_equal_to_readings(conn)


def test_the_log_holds_minutes_for_live_data_and_no_empty_year_between_two_readings(conn):
    write(conn, (0, "D101", 1.0), (61, "D101", 1.0), (31_536_000, "D101", 2.0))
    rows = run(conn, "SELECT start, stop FROM ksys_dirty ORDER BY start")
    assert rows == [(at(0), at(120)), (at(31_536_000), at(31_536_060))]


def test_a_bulk_load_leaves_few_rows_in_the_log(conn):
    run(
        conn,
        """
        INSERT INTO influx_hist (ts, tag_name, value)
        SELECT ts, 'D101', 1
        FROM generate_series(timestamptz '2025-01-01', '2025-02-01', '10 min') ts
        """,
    )
    assert run(conn, "SELECT count(*) FROM ksys_dirty") == [(1,)]


SECONDS = st.sampled_from([0, 1, 59, 60, 61, 599, 600, 3599, 3600, 3660, 86_399, 86_400, 200_000])
VALUES = st.sampled_from([0.0, 1.5, -2.0, 1e9, math.nan, math.inf, None, 3e200])
READING = st.tuples(SECONDS, st.sampled_from(["A", "B"]), VALUES, st.sampled_from([0, 0, 0, 1]))
CHANGE = st.one_of(
    st.tuples(st.just("write"), st.lists(READING, min_size=1, max_size=6)),
    st.tuples(st.just("update"), SECONDS),
    st.tuples(st.just("delete"), SECONDS),
    st.tuples(st.just("move"), SECONDS),
    st.tuples(st.sampled_from(["commit", "rollback", "bulk"]), st.none()),
)
STEP = st.one_of(
    st.tuples(st.integers(0, 1), CHANGE),
    st.just((2, ("refresh", None))),
    st.just((2, ("rebuild", None))),
)


def change(connection: Any, who: int, name: str, argument: Any) -> None:
    """Do one thing by one of two writers, who write at times of their own and so never wait."""
    own = 0.25 * who
    if name == "write":
        unique = {(s + own, tag): (s + own, tag, value, qc) for s, tag, value, qc in argument}
        write(connection, *unique.values())
    elif name == "update":
        run(
            connection, "UPDATE influx_hist SET value = value + 1 WHERE ts = %s", at(argument + own)
        )
    elif name == "delete":
        run(connection, "DELETE FROM influx_hist WHERE ts = %s", at(argument + own))
    elif name == "move":
        query = "UPDATE influx_hist SET ts = ts + interval '20 days' WHERE ts = %s"
        run(connection, "DELETE FROM influx_hist WHERE ts = %s", at(argument + own + 1_728_000))
        run(connection, query, at(argument + own))
    elif name == "bulk":
        with rollups.suspended(connection, ["A"], at(0), at(10)):
            write(connection, (5 + own, "A", 7.0), (6 + own, "A", 8.0))
    elif name == "commit":
        connection.commit()
    else:
        connection.rollback()


@pytest.fixture
def three(module_database: str) -> Iterator[list[Any]]:
    """Three connections to one database: two writers and a refresher."""
    connections = [psycopg2.connect(module_database) for _ in range(3)]
    install.install(connections[2])
    yield connections
    for connection in connections:
        connection.close()


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEP, min_size=3, max_size=25))
def test_rollups_equal_the_readings_after_any_order_of_changes(three, steps):
    """Two open transactions run between refreshes, committed or rolled back at any point."""
    for connection in three:
        connection.rollback()
    run(three[2], "TRUNCATE influx_hist")
    rollups.refresh(three[2])
    for who, (name, argument) in steps:
        if name == "refresh":
            rollups.refresh(three[2])
        elif name == "rebuild":
            rollups.rebuild(three[2], at(0), at(4000))
        else:
            change(three[who], who, name, argument)
    three[0].commit()
    three[1].commit()
    rollups.refresh(three[2])
    assert_equal_to_readings(three[2])
    three[2].commit()


def test_a_refresh_never_takes_the_log_of_a_transaction_that_it_cannot_see(module_database, conn):
    with closing(psycopg2.connect(module_database)) as writer:
        write(writer, (0, "D101", 1.0))
        rollups.refresh(conn)
        assert run(conn, "SELECT 1 FROM influx_agg_1m") == []
        writer.commit()
        rollups.refresh(conn)
        assert_equal_to_readings(conn)


def test_what_is_committed_during_a_refresh_keeps_its_log_row(module_database, conn, monkeypatch):
    """Between taking the log and reading, another writer commits to the same bucket."""
    write(conn, (0, "D101", 1.0))
    conn.commit()
    recompute = rollups._recompute

    def recompute_late(*args: Any) -> int:
        with closing(psycopg2.connect(module_database)) as writer:
            write(writer, (1, "D101", 2.0))
            writer.commit()
        return recompute(*args)

    monkeypatch.setattr(rollups, "_recompute", recompute_late)
    rollups.refresh(conn)
    assert run(conn, "SELECT count(*) FROM ksys_dirty") == [(1,)]
    monkeypatch.undo()
    rollups.refresh(conn)
    assert_equal_to_readings(conn)


def test_a_stricter_session_still_refreshes_by_read_committed(module_database, conn, monkeypatch):
    """With one snapshot for all statements the second writer's log row could be lost."""
    conn.set_session(isolation_level="REPEATABLE READ")
    seen = []
    monkeypatch.setattr(rollups, "_recompute", lambda cur, *_: seen.append(level_of(cur)) or 0)

    def level_of(cur: Any) -> str:
        cur.execute("SHOW transaction_isolation")
        return cur.fetchone()[0]

    write(conn, (0, "D101", 1.0))
    conn.commit()
    rollups.refresh(conn)
    assert seen == ["read committed"]


def test_one_refresh_at_a_time(module_database, conn):
    write(conn, (0, "D101", 1.0))
    conn.commit()
    with closing(psycopg2.connect(module_database)) as other:
        run(other, "SELECT pg_advisory_xact_lock(%s, %s)", *rollups.REFRESH_LOCK)
        assert rollups.refresh(conn) == rollups.Refreshed(done=False)
        assert run(conn, "SELECT 1 FROM ksys_dirty")
        other.commit()
    assert rollups.refresh(conn).done


def write_at_random(dsn: str, number: int, found: list[int]) -> None:
    """Insert, overwrite and delete readings, until ten refreshes have met some; roll some back."""
    dice = random.Random(number)
    with closing(psycopg2.connect(dsn)) as own:
        for count in range(1000):
            times = sorted(dice.sample(range(0, 9000, 30), 8))
            if dice.random() < 0.3:
                run(own, "DELETE FROM influx_hist WHERE ts = %s", at(times[0]))
            else:
                write(own, *((t, f"D{t % 3}", dice.random()) for t in times))
            if dice.random() < 0.2:
                own.rollback()
            own.commit()
            if count > 40 and len(found) >= 10:
                return


def refresh_until(dsn: str, over: threading.Event, found: list[int]) -> None:
    """Refresh again and again; add to `found` how many ranges were dirty, when some were."""
    with closing(psycopg2.connect(dsn)) as own:
        while not over.wait(0.005):
            ranges = rollups.refresh(own).ranges
            if ranges:
                found.append(ranges)


def test_rollups_equal_the_readings_with_writers_and_refreshers_at_once(module_database, conn):
    """Five writers insert, overwrite and delete at shared times while two refresh."""
    over, found = threading.Event(), []
    with ThreadPoolExecutor(7) as pool:
        refreshers = [pool.submit(refresh_until, module_database, over, found) for _ in range(2)]
        try:
            for writer in [
                pool.submit(write_at_random, module_database, i, found) for i in range(5)
            ]:
                writer.result(120)
        finally:
            over.set()
        for refresher in refreshers:
            refresher.result(60)
    assert len(found) >= 10
    rollups.refresh(conn)
    assert run(conn, "SELECT count(*) > 100 FROM influx_hist") == [(True,)]
    assert_equal_to_readings(conn)


def test_a_suspended_load_marks_everything_or_what_it_was_told(conn):
    with rollups.suspended(conn, ["D101"], at(0), at(60)):
        write(conn, (0, "D101", 1.0), (1, "D101", 1.0))
    assert run(conn, "SELECT tag_name, start, stop FROM ksys_dirty") == [("D101", at(0), at(60))]
    write(conn, (2, "D102", 1.0))
    assert len(run(conn, "SELECT 1 FROM ksys_dirty")) == 2
    conn.commit()
    rollups.refresh(conn)
    with rollups.suspended(conn):
        write(conn, (90_000, "D103", 1.0))
    conn.commit()
    rollups.refresh(conn)
    assert_equal_to_readings(conn)


def test_a_suspended_load_that_fails_or_commits_inside_loses_nothing(conn):
    with pytest.raises(psycopg2.errors.DivisionByZero), rollups.suspended(conn):
        run(conn, "SELECT 1 / 0")
    conn.rollback()
    write(conn, (0, "D101", 1.0))
    assert len(run(conn, "SELECT 1 FROM ksys_dirty")) == 1
    with rollups.suspended(conn, ["D102"]):
        write(conn, (0, "D102", 1.0))
        conn.commit()
        write(conn, (0, "D103", 1.0))
        conn.commit()
    rollups.refresh(conn)
    assert_equal_to_readings(conn)


def test_a_suspended_load_does_not_silence_others(module_database, conn):
    with closing(psycopg2.connect(module_database)) as other:
        with rollups.suspended(conn, ["D101"]):
            write(conn, (0, "D101", 1.0))
            write(other, (0, "D102", 1.0))
            other.commit()
        assert run(other, "SELECT tag_name FROM ksys_dirty") == [("D102",)]


def test_a_rebuild_repairs_what_no_log_knows_of(conn):
    write(conn, (0, "D101", 1.0), (86_400, "D101", 1.0))
    conn.commit()
    rollups.refresh(conn)
    run(conn, "UPDATE influx_agg_1m SET sum = 99")
    run(conn, "UPDATE influx_agg_1h SET sum = 99")
    rollups.rebuild(conn, at(30), at(31))
    assert run(conn, "SELECT sum FROM influx_agg_1m ORDER BY bucket") == [(1.0,), (99.0,)]
    rollups.rebuild(conn)
    assert_equal_to_readings(conn)


def test_a_refresh_reads_by_index_however_long_the_history(conn):
    run(
        conn,
        """
        INSERT INTO influx_agg_1m (tag_name, bucket, n, sum, min, max, first, last)
        SELECT 'D101', ts, 1, 1, 1, 1, 1, 1
        FROM generate_series(timestamptz '2024-01-01', '2024-01-20', '1 min') ts
        """,
    )
    run(conn, rollup_sql.BY_INDEX)
    for level in rollup_sql.LEVELS:
        query = rollup_sql.statement(rollup_sql.REFRESH, level).as_string(conn)
        tags = [f"T{i}" for i in range(1000)]
        plan = run(conn, "EXPLAIN " + query, tags, [at(0)] * 1000, [at(60)] * 1000)
        assert "Seq Scan on influx" not in str(plan), level


def test_an_uninstalled_database_has_nothing_to_refresh(database):
    with (
        closing(psycopg2.connect(database)) as connection,
        pytest.raises(ForeignSchema, match="nothing to refresh"),
    ):
        rollups.refresh(connection)


def wait_until(condition: Any) -> None:
    for _ in range(200):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("did not come true within 10 s")


def test_a_watch_goes_on_after_its_connection_was_cut(module_database, conn):
    """Of two watchers one works; when it is cut off, the readings are still rolled up."""
    stop = threading.Event()
    watchers = [
        threading.Thread(target=rollups.watch, args=(module_database, 0.05, stop)) for _ in range(2)
    ]
    for watcher in watchers:
        watcher.start()
    try:
        for number in range(3):
            write(conn, (number, "D101", float(number)))
            conn.commit()
            wait_until(lambda n=number: total(conn) == n + 1)
            leaders = """
                SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted
                AND classid = %s AND objid = %s
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            """
            wait_until(lambda q=leaders: len(run(conn, q, *rollups.WATCH_LOCK)) == 1)
            ((pid,),) = run(conn, leaders, *rollups.WATCH_LOCK)
            run(conn, "SELECT pg_terminate_backend(%s)", pid)
            conn.commit()
    finally:
        stop.set()
        for watcher in watchers:
            watcher.join(10)
    assert not any(watcher.is_alive() for watcher in watchers)


def total(connection: Any) -> int:
    (found,) = run(connection, "SELECT coalesce(sum(n), 0) FROM influx_agg_1d")
    connection.commit()
    return int(found[0])


def test_a_watch_waits_for_a_schema_that_went_and_comes_back(module_database, conn, caplog):
    stop = threading.Event()
    watcher = threading.Thread(target=rollups.watch, args=(module_database, 0.02, stop))
    watcher.start()
    try:
        write(conn, (0, "D101", 1.0))
        conn.commit()
        wait_until(lambda: committed(conn, "SELECT 1 FROM influx_agg_1d") != [])
        run(conn, "ALTER TABLE ksys_dirty RENAME TO ksys_gone")
        conn.commit()
        wait_until(lambda: "rollups wait for the historian" in caplog.text)
        run(conn, "ALTER TABLE ksys_gone RENAME TO ksys_dirty")
        write(conn, (86_400, "D101", 2.0))
        conn.commit()
        wait_until(lambda: len(committed(conn, "SELECT 1 FROM influx_agg_1d")) == 2)
    finally:
        stop.set()
        watcher.join(10)
    assert not watcher.is_alive()
    assert caplog.text.count("rollups wait for the historian") == 1


def test_a_watch_of_a_database_without_a_schema_ends_at_once(database):
    with pytest.raises(ForeignSchema, match="nothing to refresh"):
        rollups.watch(database, 0.01, threading.Event())


def committed(connection: Any, query: str) -> list[Any]:
    """Return rows as they are now; the transaction ends, so that others can lock."""
    found = run(connection, query)
    connection.commit()
    return found


def test_a_watch_tries_again_what_failed_and_says_so_once(module_database, conn, caplog):
    """A rollup table that is locked away for a while stops nothing for good."""
    stop = threading.Event()
    write(conn, (0, "D101", 1.0))
    run(conn, "ALTER TABLE influx_agg_1h RENAME TO hidden")
    conn.commit()
    watcher = threading.Thread(target=rollups.watch, args=(module_database, 0.02, stop))
    watcher.start()
    try:
        wait_until(lambda: caplog.records)
        run(conn, "ALTER TABLE hidden RENAME TO influx_agg_1h")
        conn.commit()
        wait_until(lambda: total(conn) == 1)
    finally:
        stop.set()
        watcher.join(10)
    assert len(caplog.records) == 1 and "influx_agg_1h" in caplog.text
