"""The schema on a real TimescaleDB, compiled to WebAssembly: one connection at a time, no jobs."""

import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2
import pytest
from psycopg2.extras import RealDictCursor
from sqlalchemy.dialects import postgresql

from data.status.relations import relation_facts
from data.store import install, rollups
from tests.conftest import TIMESCALE, free_port
from tests.support.historians import MATERIALIZED
from tests.support.places import ROOT

SERVER = ROOT / "tests/support/npm/timescale"
NOW = datetime.now(UTC)
WIDTHS = {
    "influx_agg_1m": "1 minute",
    "influx_agg_10m": "10 minutes",
    "influx_agg_1h": "1 hour",
    "influx_agg_1d": "1 day",
}
LEFT = {
    "ksys_left_1m": "1 minute",
    "ksys_left_10m": "10 minutes",
    "ksys_left_1h": "1 hour",
    "ksys_left_1d": "1 day",
}
LEFT_OUT = """
SELECT tag_name, date_bin(%s, ts, 'epoch') AS bucket,
       sum((qc <> 0 AND value <> 'NaN')::int), sum((value = 'NaN')::int), 0,
       min(nullif(value, 'NaN')), max(nullif(value, 'NaN'))
FROM influx_hist WHERE value = 'NaN' OR qc <> 0 GROUP BY 1, 2 ORDER BY 1, 2
"""
RECOMPUTED = """
SELECT tag_name, date_bin(%s, ts, 'epoch') AS bucket, count(*), avg(value), sum(value), min(value),
       max(value), (array_agg(value ORDER BY ts DESC))[1], (array_agg(value ORDER BY ts))[1],
       (array_agg(value ORDER BY ts DESC))[1] - (array_agg(value ORDER BY ts))[1]
FROM influx_hist WHERE value NOT IN ('NaN', 'Infinity') AND qc = 0 GROUP BY 1, 2 ORDER BY 1, 2
"""
READINGS = """
INSERT INTO influx_hist (ts, tag_name, value, qc)
SELECT ts, tag, CASE WHEN mod(i, 97) = 0 THEN 'NaN' ELSE sin(i) END, (mod(i, 89) = 0)::int
FROM generate_series(0, 800) i
CROSS JOIN LATERAL (SELECT timestamptz %s - i * interval '7 minutes 13 seconds' AS ts) at
CROSS JOIN (VALUES ('D101'), ('가 "/')) tags (tag)
"""

pytestmark = [
    pytest.mark.db,
    *([] if TIMESCALE else [pytest.mark.optional("node")]),
    pytest.mark.skipif(
        not TIMESCALE and not (SERVER / "node_modules").is_dir(),
        reason="no TimescaleDB: `npm ci --legacy-peer-deps` in tests/support/npm/timescale has it",
    ),
]


@pytest.fixture(scope="module")
def timescale(request: pytest.FixtureRequest) -> Iterator[str]:
    """The DSN of a server of its own, which ends when its standard input does; or of a real one."""
    if TIMESCALE:
        yield request.getfixturevalue("module_database")
        return
    port = free_port()
    command = ["node", "server.mjs", str(port)]
    with subprocess.Popen(
        command, cwd=SERVER, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        assert server.stdout is not None and server.stdout.readline() == b"listening\n"
        yield (
            f"host=127.0.0.1 port={port} user=postgres password=postgres"
            " dbname=postgres sslmode=disable"
        )
        server.kill()


@pytest.fixture(scope="module")
def conn(timescale: str) -> Iterator[Any]:
    """The one connection, with the schema and some days of readings."""
    with closing(psycopg2.connect(timescale)) as connection:
        steps = ["001_common.sql", "001_timescale.sql", "002_timescale.sql"]
        assert install.install(connection) == [f"ran {step}" for step in steps]
        run(connection, READINGS, NOW)
        connection.commit()
        yield connection


def run(connection: Any, query: str, *values: Any) -> list[Any]:
    with connection.cursor() as cur:
        cur.execute(query, values or None)
        return cur.fetchall() if cur.description else []


def counts(connection: Any) -> dict[str, int]:
    """Return how many rows each rollup has."""
    return {name: run(connection, f"SELECT count(*) FROM {name}")[0][0] for name in WIDTHS}


def assert_equal_to_readings(connection: Any) -> None:
    for relation, width in WIDTHS.items():
        stored = run(
            connection,
            "SELECT tag_name, bucket, n, avg, sum, min, max, last, first, diff"
            f" FROM {relation} ORDER BY 1, 2",
        )
        expected = run(connection, RECOMPUTED, width)
        assert [row[:3] for row in stored] == [row[:3] for row in expected], relation
        for bucket, wanted in zip(stored, expected, strict=True):
            assert bucket[3:] == pytest.approx(wanted[3:], abs=1e-9), relation


def assert_left_out_is_counted(connection: Any) -> None:
    for relation, width in LEFT.items():
        stored = run(
            connection,
            "SELECT tag_name, bucket, flagged, not_finite, absurd, low, high"
            f" FROM {relation} ORDER BY 1, 2",
        )
        # What is newer than its refresh the readings tell.
        ((day,),) = run(connection, "SELECT date_trunc('day', now(), 'UTC') - interval '1 day'")
        counted = [row for row in run(connection, LEFT_OUT, width) if row[1] < day]
        assert counted == [row for row in stored if row[1] < day] != [], relation


def test_what_is_left_out_is_counted_once_it_is_filled(conn):
    rollups.fill_left(conn)
    assert_left_out_is_counted(conn)
    assert conn.autocommit is False


def test_the_readings_are_a_hypertable_under_policies(conn):
    jobs = run(conn, "SELECT proc_name FROM timescaledb_information.jobs")
    names = [name for (name,) in jobs]
    assert run(conn, "SELECT hypertable_name FROM timescaledb_information.hypertables") == [
        ("influx_hist",)
    ]
    assert names.count("policy_refresh_continuous_aggregate") == 9
    assert {"policy_compression", "policy_retention"} <= set(names)


def test_no_policy_refreshes_what_retention_has_dropped(conn):
    """A refresh over dropped readings would empty the rollups, which are kept for ever."""
    ((kept, longest),) = run(
        conn,
        """
        SELECT max((config ->> 'drop_after')::interval)
                   FILTER (WHERE proc_name = 'policy_retention'),
               max((config ->> 'start_offset')::interval)
        FROM timescaledb_information.jobs
        """,
    )
    assert longest < kept


def test_the_rollups_are_real_time_and_what_is_left_out_is_not(conn):
    """An aggregate without a bucket would be computed from all readings at each question."""
    rows = run(
        conn,
        "SELECT view_name, materialized_only FROM timescaledb_information.continuous_aggregates",
    )
    stored = dict.fromkeys([*WIDTHS, "features_5m"], False) | dict.fromkeys(LEFT, True)
    assert dict(rows) == stored
    assert_equal_to_readings(conn)


def test_a_second_installation_does_nothing(conn):
    assert install.install(conn) == []
    assert install.script(conn) == ""


def test_what_was_computed_at_each_question_is_read_as_it_is_stored_after_an_installation(conn):
    run(conn, "ALTER MATERIALIZED VIEW ksys_left_1h SET (timescaledb.materialized_only = false)")
    notes = [each for each in install.check(conn) if each.key == "computed"]
    assert [each.sentence.split()[0] for each in notes] == ["ksys_left_1h"]
    assert install.install(conn) == ["ksys_left_1h is read as it is stored from now on"]
    assert {finding.level for finding in install.check(conn)} == {"ok"}


def test_mending_runs_every_step_again(conn):
    run(conn, "DROP VIEW influx_latest")
    conn.commit()
    assert "influx_latest was missing" in install.install(conn)
    assert run(conn, "SELECT tag_name FROM influx_latest ORDER BY 1") == [("D101",), ('가 "/',)]


def test_check_finds_no_fault_and_tells_what_ages(conn):
    assert {finding.level for finding in install.check(conn)} == {"ok"}
    run(conn, "ALTER MATERIALIZED VIEW influx_agg_1d SET (timescaledb.materialized_only = true)")
    run(conn, "SELECT remove_continuous_aggregate_policy('influx_agg_1h')")
    run(
        conn,
        "SELECT remove_continuous_aggregate_policy('influx_agg_1m');"
        "SELECT add_continuous_aggregate_policy('influx_agg_1m',"
        " start_offset => INTERVAL '2 hours', end_offset => INTERVAL '1 minute',"
        " schedule_interval => INTERVAL '1 minute')",
    )
    found = {finding.key: finding for finding in install.check(conn)}
    conn.rollback()
    assert found["materialized_only"].sentence.startswith("influx_agg_1d")
    assert found["no_policy"].sentence.startswith("influx_agg_1h")
    assert "later than 02:00:00" in found["late_readings"].sentence


def test_a_chunk_without_the_index_by_tag_and_time_is_counted(conn):
    find = "SELECT indexrelid::regclass FROM pg_index WHERE indrelid = %s::regclass"
    ((chunk,), *more) = run(conn, "SELECT show_chunks('influx_hist')::text")
    indexes = [name for (name,) in run(conn, find, chunk) if name.endswith("influx_hist_tag_ts")]
    run(conn, f"DROP INDEX {indexes[0]}")
    told = [each.sentence for each in install.check(conn) if each.key == "index_of_parts"]
    assert len(told) == 1 and f"{len(more)} of {len(more) + 1} chunks" in told[0]
    conn.rollback()
    assert {finding.level for finding in install.check(conn)} == {"ok"}


def test_a_refresh_is_one_transaction_and_not_one_every_ten_buckets(conn):
    """Of some releases it is that only where it is asked for, and takes minutes otherwise."""
    rollups.refresh(conn)
    ((stored,),) = run(conn, MATERIALIZED, "influx_agg_1m")
    ((rows, transactions),) = run(
        conn, f"SELECT count(*), count(DISTINCT xmin::text) FROM {stored}"
    )
    assert rows > 1_000
    assert transactions == 1


def test_a_policy_refreshes_in_one_transaction_where_it_can_be_told_so(conn):
    jobs = run(
        conn,
        "SELECT job_id, config ->> 'buckets_per_batch', hypertable_name"
        " FROM timescaledb_information.jobs"
        " WHERE proc_name = 'policy_refresh_continuous_aggregate'",
    )
    if not run(conn, "SELECT 1 FROM pg_proc WHERE 'buckets_per_batch' = ANY (proargnames)"):
        pytest.skip("this TimescaleDB knows no batches")
    assert [batch for _, batch, _ in jobs] == ["0"] * 9
    rollups.refresh(conn)
    run(conn, "UPDATE influx_hist SET value = value + 1 WHERE ts < now() - interval '1 hour'")
    conn.commit()
    conn.autocommit = True
    try:
        (job,) = [job for job, _, name in jobs if name == "influx_agg_1m"]
        run(conn, "CALL run_job(%s)", job)
    finally:
        conn.autocommit = False
    ((stored,),) = run(conn, MATERIALIZED, "influx_agg_1m")
    query = f"SELECT count(*), count(DISTINCT xmin::text) FROM {stored}"
    ((rows, transactions),) = run(conn, query)
    assert rows > 1_000 and transactions <= 2
    rollups.refresh(conn)
    assert_equal_to_readings(conn)


REFRESHING = """
FROM timescaledb_information.jobs j JOIN timescaledb_information.continuous_aggregates c
  ON j.hypertable_name IN (c.view_name, c.materialization_hypertable_name)
WHERE j.proc_name = 'policy_refresh_continuous_aggregate'
"""
BATCHES = f"SELECT c.view_name, j.config ->> 'buckets_per_batch' {REFRESHING} ORDER BY 1"


def test_an_installation_changes_the_policies_of_a_schema_from_before(conn):
    """Of a schema of ours alone, and where nobody chose a number: all else is up to date."""
    if not run(conn, "SELECT 1 FROM pg_proc WHERE 'buckets_per_batch' = ANY (proargnames)"):
        pytest.skip("this TimescaleDB knows no batches")
    jobs = "FROM timescaledb_information.jobs WHERE config ? 'buckets_per_batch'"
    run(conn, f"SELECT alter_job(job_id, config => config - 'buckets_per_batch') {jobs}")
    chosen = """config => config || '{"buckets_per_batch": 40}'"""
    run(conn, f"SELECT alter_job(job_id, {chosen}) {REFRESHING} AND c.view_name = 'features_5m'")
    before = [name for name, batch in run(conn, BATCHES) if batch is None]
    assert len(before) == 8
    told = [each for each in install.check(conn) if each.key == "batches"]
    assert [each.level for each in told] == ["note"] * 8
    assert "alter_job" in install.script(conn)
    done = install.install(conn)
    assert [line.partition(" ")[0] for line in done] == before
    assert dict(run(conn, BATCHES)) == {**dict.fromkeys(before, "0"), "features_5m": "40"}
    assert install.install(conn) == [] and install.script(conn) == ""
    assert "batches" not in {each.key for each in install.check(conn)}


def test_a_refresh_brings_in_late_changed_and_deleted_readings(conn):
    """After a refresh the past is materialized: a change shows only when refreshed again."""
    assert rollups.refresh(conn).done
    late = NOW - timedelta(days=2, hours=3)
    with rollups.suspended(conn, ["D101"]):
        run(conn, "INSERT INTO influx_hist VALUES (%s, 'D101', 1000)", late)
    run(conn, "DELETE FROM influx_hist WHERE ts < %s", NOW - timedelta(days=3, hours=5))
    conn.commit()
    assert run(conn, "SELECT 1 FROM influx_agg_1m WHERE max = 1000") == []
    assert rollups.refresh(conn) == rollups.Refreshed(done=True, ranges=9)
    assert conn.autocommit is False
    assert_equal_to_readings(conn)


def test_a_refresh_says_of_each_aggregate_whether_anything_had_changed(conn):
    rollups.refresh(conn)
    run(conn, "INSERT INTO influx_hist VALUES (%s, 'D101', 5)", NOW - timedelta(days=2, hours=1))
    conn.commit()
    done = rollups.refresh(conn).spans
    assert [span.relation for span in done][:4] == list(WIDTHS), "the finest first"
    assert {span.relation for span in done if span.changed} >= {*WIDTHS, "features_5m"}
    assert str(done[2]).startswith("influx_agg_1h: brought up to date, ")
    again = {span.relation: span for span in rollups.refresh(conn).spans}
    assert not again["influx_agg_1d"].changed
    assert str(again["influx_agg_1d"]).startswith("influx_agg_1d: nothing had changed, ")
    assert_equal_to_readings(conn)


def test_a_refresh_after_a_load_goes_back_as_far_as_what_was_loaded(conn):
    """Policies look back a year; what lies before is in no rollup, and no query would say so."""
    old = NOW - timedelta(days=600)
    run(conn, "INSERT INTO influx_hist VALUES (%s, 'D101', 7)", old)
    conn.commit()
    rollups.refresh(conn)
    query = "SELECT sum(n) FROM influx_agg_1d WHERE bucket BETWEEN %s AND %s"
    days = (old - timedelta(days=1), old)
    assert run(conn, query, *days) == [(None,)]
    rollups.refresh(conn, old)
    assert run(conn, query, *days) == [(1,)]
    assert_equal_to_readings(conn)
    run(conn, "DELETE FROM influx_hist WHERE ts = %s", old)
    conn.commit()
    rollups.refresh(conn, old)
    assert run(conn, query, *days) == [(None,)], "what is deleted goes by the same way"


def test_a_rebuild_refreshes_any_part_of_the_past(conn):
    old = NOW - timedelta(days=500)
    run(conn, "INSERT INTO influx_hist VALUES (%s, 'D101', 5)", old)
    conn.commit()
    rollups.refresh(conn)
    assert (
        run(conn, "SELECT 1 FROM influx_agg_1d WHERE bucket < %s", NOW - timedelta(days=400)) == []
    )
    rollups.rebuild(conn, old - timedelta(hours=1), old + timedelta(hours=1))
    assert_equal_to_readings(conn)


def test_a_rebuild_leaves_the_rollups_of_dropped_readings(conn):
    """What retention may have dropped is not refreshed: nothing is left to compute it from."""
    old = NOW - timedelta(days=800)
    run(conn, "INSERT INTO influx_hist VALUES (%s, 'D101', 5)", old)
    conn.commit()
    conn.autocommit = True
    query = "CALL refresh_continuous_aggregate('influx_agg_1m', %s, %s)"
    run(conn, query, old - timedelta(hours=1), old + timedelta(hours=1))
    conn.autocommit = False
    run(conn, "SELECT drop_chunks('influx_hist', older_than => INTERVAL '2 years')")
    conn.commit()
    rollups.rebuild(conn)
    left = run(conn, "SELECT n FROM influx_agg_1m WHERE bucket <= %s", old)
    assert left == [(1,)]


def test_a_rebuild_computes_anew_what_was_lost_and_leaves_rollups_of_dropped_chunks(conn):
    """No log knows of rows that somebody took out of a rollup: that can be forced from 2.18 on."""
    run(conn, "INSERT INTO influx_hist VALUES (%s, 'D101', 6)", NOW - timedelta(days=300))
    conn.commit()
    rollups.refresh(conn)
    whole, stored = counts(conn), {name: run(conn, MATERIALIZED, name)[0][0] for name in WIDTHS}
    run(conn, "SELECT drop_chunks('influx_hist', older_than => INTERVAL '200 days')")
    for name in WIDTHS:
        run(conn, f"DELETE FROM {stored[name]} WHERE bucket > %s", NOW - timedelta(days=3))
    conn.commit()
    rollups.refresh(conn)
    assert all(counts(conn)[name] < rows for name, rows in whole.items())
    spans = rollups.rebuild(conn, NOW - timedelta(days=360), NOW).spans
    if not any(span.forced for span in spans):
        pytest.skip("this TimescaleDB cannot force a refresh")
    assert counts(conn) == whole
    assert str(next(span for span in spans if span.forced)).startswith("influx_agg_1m: computed")


def test_the_features_are_those_of_the_readings(conn):
    compared = run(
        conn,
        """
        SELECT f.mean_5m, r.mean, f.p90_5m, r.p90, f.n_5m, r.n FROM features_5m f JOIN (
            SELECT tag_name, date_bin('5 minutes', ts, 'epoch') AS bucket, avg(value) AS mean,
                   percentile_cont(0.9) WITHIN GROUP (ORDER BY value) AS p90, count(*) AS n
            FROM influx_hist WHERE value <> 'NaN' AND qc = 0 GROUP BY 1, 2
        ) r USING (tag_name, bucket)
        """,
    )
    assert len(compared) > 500
    for mean, own_mean, p90, own_p90, n, own_n in compared:
        assert (mean, p90, n) == pytest.approx((own_mean, own_p90, own_n))


class OneConnection:
    """What `data/status` asks by, over a connection that is open."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def rows(self, statement: Any, values: Any = None) -> list[Any]:
        with self.connection.cursor(cursor_factory=RealDictCursor) as cursor:
            cursor.execute(str(statement.compile(dialect=postgresql.dialect())), values)
            return list(cursor)


def test_relations_of_our_names_in_another_schema_say_nothing_of_ours(conn):
    wanted = relation_facts(OneConnection(conn), timescale=True)
    assert wanted["influx_agg_1d"].kind == "continuous aggregate"
    run(
        conn,
        """
        CREATE SCHEMA elsewhere;
        CREATE TABLE elsewhere.influx_tag (ts timestamptz NOT NULL, tag_name text, value float8);
        SELECT create_hypertable('elsewhere.influx_tag', 'ts');
        CREATE TABLE elsewhere.influx_hist (ts timestamptz NOT NULL, tag_name text, value float8);
        SELECT create_hypertable('elsewhere.influx_hist', 'ts');
        SELECT add_retention_policy('elsewhere.influx_hist', INTERVAL '3 days');
        CREATE MATERIALIZED VIEW elsewhere.influx_agg_1d
        WITH (timescaledb.continuous, timescaledb.materialized_only = true) AS
        SELECT time_bucket('1 day', ts) AS bucket, tag_name, count(*) AS n
        FROM elsewhere.influx_hist GROUP BY 1, 2 WITH NO DATA;
        """,
    )
    found = relation_facts(OneConnection(conn), timescale=True)
    conn.rollback()
    assert found == wanted


def test_a_foreign_hypertable_is_left_alone(timescale, conn):
    run(conn, "CREATE SCHEMA field; CREATE TABLE field.influx_hist (ts timestamptz, value float8)")
    run(conn, "SET search_path = field, public")
    with pytest.raises(install.ForeignSchema, match="tag_name is missing"):
        install.script(conn)
    conn.rollback()
