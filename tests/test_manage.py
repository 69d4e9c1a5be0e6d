"""Operator commands, run as an operator does."""

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from data import installation

ROOT = Path(__file__).parent.parent
RULES = """tag_name,min_val,max_val,warning_min,warning_max,critical_min,critical_max
D1,0,100,10,90,5,95
D2,0,100,,90,,
"""
pytestmark = pytest.mark.db


def manage(*arguments, **environment):
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("TS_", "DATABASE_URL"))}
    return subprocess.run(
        [sys.executable, "manage.py", *map(str, arguments)],
        cwd=ROOT,
        env=clean | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def store(database):
    with closing(psycopg2.connect(database)) as connection:
        installation.install(connection)
        connection.commit()
    return database


def rows(dsn, statement):
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def test_schema_install_prints_its_sql_first_and_does_it_once(database):
    dry = manage("schema", "install", "--dry-run", "--dsn", database)
    assert "influx_hist" in dry.stdout
    assert rows(database, "SELECT to_regclass('influx_hist')") == [(None,)]
    assert manage("schema", "install", "--dsn", database).returncode == 0
    again = manage("schema", "install", "--dsn", database)
    assert "up to date" in again.stdout
    assert manage("schema", "check", "--dsn", database).returncode == 0


def test_a_historian_that_is_only_read_is_never_written(store):
    done = manage("schema", "install", TS_DSN=store)
    assert done.returncode == 2
    assert "--dsn or TS_DSN_WRITE" in done.stderr


def test_load_tells_what_it_did_and_a_second_time_changes_nothing(store, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("ts,tag_name,value\n2026-01-01T00:00:00Z,D1,1\n2026-01-01T00:00:05Z,D1,\n")
    first = manage("load", file, TS_DSN_WRITE=store)
    assert "read 2, loaded 1" in first.stdout
    assert "nulls 1" in first.stdout
    assert "loaded 0" in manage("load", file, TS_DSN_WRITE=store).stdout
    assert rows(store, "SELECT tag_name, value FROM influx_hist") == [("D1", 1.0)]
    assert rows(store, "SELECT n, sum FROM influx_agg_1m") == [(1, 1.0)]


def test_a_broken_row_is_named_and_nothing_of_its_file_is_loaded(store, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("ts,tag_name,value\n2026-01-01T00:00:00Z,D1,1\n2026-01-02T00:00:00Z,D1,x\n")
    done = manage("load", file, "--dsn", store)
    assert done.returncode == 1
    assert "a.csv, line 3" in done.stderr
    assert "Traceback" not in done.stderr
    assert rows(store, "SELECT count(*) FROM influx_hist") == [(0,)]


def test_rules_go_in_and_come_out_the_same(store, tmp_path):
    file, back = tmp_path / "rules.csv", tmp_path / "back.csv"
    file.write_text(RULES)
    assert "2 rules" in manage("qc", "import", file, "--dsn", store).stdout
    assert manage("qc", "export", back, "--dsn", store).returncode == 0
    assert manage("qc", "import", back, "--dsn", store).returncode == 0
    found = rows(store, "SELECT tag_name, warn_min, crit_max FROM influx_qc_rule ORDER BY 1")
    assert found == [("D1", 10.0, 95.0), ("D2", None, None)]


def test_verify_names_every_broken_row_and_import_takes_none(store, tmp_path):
    file = tmp_path / "rules.csv"
    file.write_text(RULES + "D3,0,100,90,10,,\nD4,x,,,,,\n")
    done = manage("qc", "verify", file)
    assert done.returncode == 1
    assert "line 4, tag 'D3'" in done.stderr
    assert "line 5, tag 'D4'" in done.stderr
    assert manage("qc", "import", file, "--dsn", store).returncode == 1
    assert rows(store, "SELECT count(*) FROM influx_qc_rule") == [(0,)]


def test_refresh_repairs_a_stretch_that_something_else_spoilt(store, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("ts,tag_name,value\n2026-01-01T00:00:00Z,D1,7\n")
    manage("load", file, "--dsn", store)
    with closing(psycopg2.connect(store)) as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE influx_agg_1m SET sum = 99")
        connection.commit()
    bounds = ("--start", "2026-01-01", "--stop", "2026-01-02")
    assert manage("refresh", *bounds, "--dsn", store).returncode == 0
    assert rows(store, "SELECT sum FROM influx_agg_1m") == [(7.0,)]


def test_a_database_that_is_down_is_one_sentence():
    done = manage("refresh", "--dsn", "host=127.0.0.1 port=1 dbname=x connect_timeout=2")
    assert done.returncode == 1
    assert "port 1" in done.stderr
    assert "Traceback" not in done.stderr
