"""The schema goes where it may, only once, and tells what is wrong with it."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import numpy as np
import psycopg2
import pytest
from psycopg2.extensions import make_dsn

from data.store import install, rollups, shapes
from data.store.install import ForeignSchema
from tests.conftest import TIMESCALE

pytestmark = pytest.mark.db
ENGINE = "timescale" if TIMESCALE else "plain"
STEPS = ["001_common.sql", f"001_{ENGINE}.sql", f"002_{ENGINE}.sql"]
logged = pytest.mark.skipif(
    bool(TIMESCALE), reason="of our own log on plain PostgreSQL: TimescaleDB keeps one of its own"
)

FIELD = """
CREATE TABLE influx_hist (ts timestamptz NOT NULL, tag_name varchar NOT NULL,
    value float8, qc smallint DEFAULT 0, meta jsonb, UNIQUE (ts, tag_name))
"""


@pytest.fixture
def conn(database: str) -> Iterator[Any]:
    with closing(psycopg2.connect(database)) as connection:
        yield connection


def run(connection: Any, query: str, *values: Any) -> list[Any]:
    with connection.cursor() as cur:
        cur.execute(query, values or None)
        return cur.fetchall() if cur.description else []


def inventory(connection: Any) -> list[Any]:
    """Every column, index, constraint, trigger, function and view of the schema, as SQL.

    Without what an extension brought.
    """
    return run(
        connection,
        """
        SELECT table_name || '.' || column_name, data_type || is_nullable
            || coalesce(column_default, '') || coalesce(generation_expression, '')
        FROM information_schema.columns WHERE table_schema = 'public'
        UNION ALL SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
            WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT proname, pg_get_functiondef(oid) FROM pg_proc
            WHERE pronamespace = 'public'::regnamespace AND NOT EXISTS (
                SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
        UNION ALL SELECT viewname, definition FROM pg_views WHERE schemaname = 'public'
        ORDER BY 1, 2
        """,
    )


def keys(connection: Any, level: str) -> list[str]:
    return [finding.key for finding in install.check(connection) if finding.level == level]


def test_an_installed_schema_has_no_fault(conn):
    assert install.install(conn) == [f"ran {step}" for step in STEPS]
    conn.rollback()
    assert keys(conn, "fault") == [] and keys(conn, "note") == []
    assert run(conn, "SELECT version, engine FROM ksys_schema") == [
        (1, ENGINE),
        (2, ENGINE),
    ]


def test_a_second_installation_does_nothing(conn):
    install.install(conn)
    run(conn, "INSERT INTO influx_hist (ts, tag_name, value) VALUES (now(), 'D101', 1)")
    conn.commit()
    before = inventory(conn)
    assert install.script(conn) == ""
    assert install.install(conn) == []
    assert inventory(conn) == before
    assert run(conn, "SELECT count(*) FROM influx_hist") == [(1,)]


def test_the_script_changes_nothing_and_makes_the_same_schema(conn, module_database):
    before = inventory(conn)
    text = install.script(conn)
    assert inventory(conn) == before
    install.install(conn)
    by_install = inventory(conn)
    with closing(psycopg2.connect(module_database)) as other:
        other.autocommit = True
        assert inventory(other) == before
        run(other, text)
        assert inventory(other) == by_install
        assert install.check(other) and keys(other, "fault") == []


def test_two_installations_at_once_make_one(database):
    done: list[list[str]] = []

    def work() -> None:
        with closing(psycopg2.connect(database)) as own:
            done.append(install.install(own))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(map(len, done)) == [0, 0, 0, 3]


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ("(time timestamptz, tag_name text, value float8)", "influx_hist.ts is missing"),
        ("(ts timestamp, tag_name text, value float8, qc int, meta jsonb)", "timestamp without"),
        ("(ts timestamptz, tag_name text, value numeric, qc int, meta jsonb)", "numeric"),
        ("(ts timestamptz, tag_name text, value float8)", "influx_hist.qc is missing"),
        ("(ts timestamptz, tag_name text, value float8, qc int, meta jsonb)", "no unique index"),
    ],
)
def test_readings_of_another_shape_are_left_alone(conn, shape, said):
    run(conn, f"CREATE TABLE influx_hist {shape}")
    conn.commit()
    before = inventory(conn)
    with pytest.raises(ForeignSchema, match=said):
        install.install(conn)
    conn.rollback()
    with pytest.raises(ForeignSchema, match=said):
        install.script(conn)
    assert inventory(conn) == before
    assert keys(conn, "fault") == ["shape"]


@pytest.mark.parametrize("relation", ["influx_agg_1h", "influx_latest", "features_5m"])
def test_rollups_of_others_are_left_alone(conn, relation):
    run(conn, FIELD)
    run(conn, f"CREATE VIEW {relation} AS SELECT 1 AS bucket")
    conn.commit()
    before = inventory(conn)
    with pytest.raises(ForeignSchema, match=f"{relation} is here"):
        install.install(conn)
    conn.rollback()
    assert inventory(conn) == before
    assert keys(conn, "fault") == []


def test_rules_in_the_other_spelling_are_left_alone(conn):
    run(
        conn,
        "CREATE TABLE influx_qc_rule"
        " (tag_name text, min_val float8, max_val float8, warning_min float8)",
    )
    conn.commit()
    with pytest.raises(ForeignSchema, match="influx_qc_rule.warn_min is missing"):
        install.install(conn)


def test_readings_that_were_there_before_are_rolled_up(conn):
    run(conn, FIELD)
    run(
        conn,
        "INSERT INTO influx_hist VALUES ('2025-01-01 00:00:30+00', 'D101', 4), "
        "('2025-01-02', 'D102', 5)",
    )
    conn.commit()
    install.install(conn)
    rollups.refresh(conn)
    assert run(conn, "SELECT tag_name, n, avg FROM influx_agg_1d ORDER BY 1") == [
        ("D101", 1, 4.0),
        ("D102", 1, 5.0),
    ]


@pytest.fixture
def next_version(tmp_path, monkeypatch):
    """Make a schema version 3 that adds a column."""
    shutil.copytree(install.SCHEMA, tmp_path / "schema")
    step = "ALTER TABLE influx_tag ADD COLUMN IF NOT EXISTS place text;\n"
    (tmp_path / "schema" / "003_common.sql").write_text(step, "utf-8")
    yield lambda: monkeypatch.setattr(install, "SCHEMA", tmp_path / "schema")
    monkeypatch.undo()


def test_an_older_schema_is_upgraded_with_its_readings(conn, next_version):
    install.install(conn)
    run(conn, "INSERT INTO influx_tag (tag_name) VALUES ('D101')")
    conn.commit()
    next_version()
    assert keys(conn, "fault") == ["version"]
    assert "ADD COLUMN" in install.script(conn)
    assert install.install(conn) == ["ran 003_common.sql"]
    assert run(conn, "SELECT tag_name, place FROM influx_tag") == [("D101", None)]
    assert run(conn, "SELECT version FROM ksys_schema ORDER BY 1") == [(1,), (2,), (3,)]
    assert keys(conn, "fault") == [] and install.install(conn) == []


def test_a_new_database_gets_every_version(conn, next_version):
    next_version()
    assert install.install(conn)[-1] == "ran 003_common.sql"


def test_a_newer_schema_is_left_alone(conn, next_version, monkeypatch):
    next_version()
    install.install(conn)
    monkeypatch.undo()
    with pytest.raises(ForeignSchema, match="version 3 and this program knows up to 2: update"):
        install.install(conn)
    conn.rollback()
    assert keys(conn, "fault") == ["version"]


@logged
def test_what_was_dropped_is_made_again_and_all_is_rolled_up(conn):
    install.install(conn)
    run(conn, "DROP TRIGGER ksys_inserted ON influx_hist; DROP TABLE influx_agg_1h")
    run(conn, "INSERT INTO influx_hist (ts, tag_name, value) VALUES ('2025-01-01', 'D101', 1)")
    conn.commit()
    assert keys(conn, "fault") == ["missing", "missing"]
    assert "trigger ksys_inserted was missing" in install.install(conn)
    assert keys(conn, "fault") == []
    rollups.refresh(conn)
    assert run(conn, "SELECT n FROM influx_agg_1h") == [(1,)]


@logged
def test_a_writer_who_knows_only_the_readings_is_logged(conn, database):
    install.install(conn)
    run(conn, "DROP ROLE IF EXISTS ksys_test_writer; CREATE ROLE ksys_test_writer LOGIN")
    run(conn, "GRANT INSERT ON influx_hist TO ksys_test_writer")
    conn.commit()
    try:
        dsn = make_dsn(database, options="-c search_path=pg_catalog")
        with closing(psycopg2.connect(dsn)) as writer:
            run(writer, "SET ROLE ksys_test_writer")
            run(writer, "INSERT INTO public.influx_hist VALUES ('2025-01-01', 'D101', 1)")
            writer.commit()
        assert run(conn, "SELECT tag_name FROM ksys_dirty") == [("D101",)]
    finally:
        conn.rollback()
        run(conn, "DROP OWNED BY ksys_test_writer; DROP ROLE ksys_test_writer")
        conn.commit()


def test_the_schema_goes_into_the_first_schema_of_the_search_path(database):
    with closing(psycopg2.connect(database)) as connection:
        run(connection, 'CREATE SCHEMA "plant A"')
        connection.commit()
    dsn = make_dsn(database, options='-c search_path="plant\\ A",public')
    with closing(psycopg2.connect(dsn)) as connection:
        install.install(connection)
        run(connection, "INSERT INTO influx_hist VALUES ('2025-01-01', 'D101', 1)")
        assert rollups.refresh(connection).done
        assert run(connection, "SELECT sum(n) FROM influx_agg_1d") == [(1,)]
        query = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        assert run(connection, query) == [(0,)]
        assert keys(connection, "fault") == []


@pytest.mark.parametrize("ts", ["infinity", "-infinity", "1969-12-31", "9999-12-31"])
def test_times_of_a_broken_clock_are_refused(conn, ts):
    install.install(conn)
    refused = (psycopg2.errors.CheckViolation, "influx_hist_ts_sane")
    if TIMESCALE and ts == "-infinity":  # there is no chunk that it could go into
        refused = (psycopg2.errors.DatetimeFieldOverflow, "out of range")
    with pytest.raises(refused[0], match=refused[1]):
        run(conn, "INSERT INTO influx_hist VALUES (%s, 'D101', 1)", ts)


@logged
def test_check_counts_what_waits_to_be_rolled_up(conn):
    install.install(conn)
    run(conn, "INSERT INTO influx_hist (ts, tag_name, value) VALUES (now(), 'D101', 1)")
    conn.commit()
    assert keys(conn, "fault") == []
    run(conn, "UPDATE ksys_dirty SET logged_at = now() - interval '1 hour'")
    assert keys(conn, "fault") == ["backlog"]
    conn.commit()
    rollups.refresh(conn)
    assert keys(conn, "fault") == []


def test_check_of_an_empty_and_of_an_outside_database_only_tells(conn):
    assert keys(conn, "fault") == ["no_readings"]
    run(conn, FIELD)
    found = install.check(conn)
    assert {finding.level for finding in found} == {"ok", "note"}
    assert "no_index" in keys(conn, "note")
    assert sum("influx_agg" in finding.sentence for finding in found) == len(shapes.ROLLUPS)


def test_the_newest_reading_and_the_features_are_those_of_the_readings(conn):
    install.install(conn)
    values = np.random.default_rng(3).normal(50, 5, 40)
    rows = [(f"2025-01-01 00:00:{i:02}+00", "D101", float(v), 0) for i, v in enumerate(values)]
    rows += [("2025-01-01 00:01+00", "D101", float("nan"), 0), ("2024-01-01", "가 /'\"", 7.0, 1)]
    with conn.cursor() as cur:
        cur.executemany("INSERT INTO influx_hist VALUES (%s, %s, %s, %s)", rows)
    latest = run(conn, "SELECT tag_name, value, ts::text FROM influx_latest ORDER BY ts")
    assert latest[0][:2] == ("가 /'\"", 7.0)
    assert latest[1][0] == "D101" and np.isnan(latest[1][1]) and len(latest) == 2
    (features,) = run(
        conn, "SELECT mean_5m, std_5m, min_5m, max_5m, p10_5m, p90_5m, n_5m FROM features_5m"
    )
    p10, p90 = np.percentile(values, [10, 90])
    expected = (values.mean(), values.std(ddof=1), values.min(), values.max(), p10, p90, 40)
    assert features == pytest.approx(expected)
