"""Operator commands, run as an operator does."""

import os
import signal
import subprocess
import sys
from contextlib import closing
from functools import partial
from pathlib import Path

import psycopg2
import pytest
from click.testing import CliRunner
from psycopg2.extensions import make_dsn

from data.files import rules
from data.store import install
from manage import cli
from tests.conftest import TIMESCALE
from tests.support import predecessor
from tests.support.historians import rows_of
from tests.support.places import ROOT
from tests.support.servers import until

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
        install.install(connection)
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
    dry = manage("schema", "install", "--dry-run", "--dsn", database)
    assert dry.stdout.startswith("-- nothing to do")
    assert manage("schema", "check", "--dsn", database).returncode == 0


def test_the_schema_that_is_named_is_installed_into_and_loaded_into(database, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("ts,tag_name,value\n2026-01-01T00:00:00Z,a,1\n")
    named = {"TS_SCHEMA": "plant A"}
    absent = manage("schema", "install", "--dsn", database, **named)
    assert absent.returncode == 1
    assert "no schema 'plant A'" in absent.stderr and "CREATE SCHEMA" in absent.stderr
    with closing(psycopg2.connect(database)) as connection, connection.cursor() as cursor:
        cursor.execute('CREATE SCHEMA "plant A"')
        connection.commit()
    assert manage("schema", "install", "--dsn", database, **named).returncode == 0
    assert manage("load", file, "--dsn", database, **named).returncode == 0
    assert rows(database, 'SELECT value FROM "plant A".influx_hist') == [(1.0,)]
    assert rows(database, 'SELECT sum FROM "plant A".influx_agg_1d') == [(1.0,)]
    assert rows(database, "SELECT to_regclass('public.influx_hist')") == [(None,)]


def test_a_watch_in_a_schema_that_is_not_there_ends_at_once_with_its_sentence(store):
    """The rollups of another schema would be kept, where that of the readings is not."""
    said = failed("refresh", "--watch", "--dsn", store, TS_SCHEMA="plant B")
    assert "no schema 'plant B'" in said and "TS_SCHEMA" in said


def test_an_upgrade_says_first_how_many_readings_it_reads_and_how_long(database):
    assert manage("schema", "install", "--dsn", database).returncode == 0
    with closing(psycopg2.connect(database)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO influx_hist (ts, tag_name, value, qc)"
            " VALUES (now() - interval '3 days', 'a', 1, 1)"
        )
        cursor.execute("DELETE FROM ksys_schema WHERE version = 2")
        kind = "MATERIALIZED VIEW" if TIMESCALE else "TABLE"
        for name in ("1d", "1h", "10m", "1m"):
            cursor.execute(f"DROP {kind} ksys_left_{name}")
        connection.commit()
    said = manage("schema", "install", "--dsn", database).stdout.splitlines()
    assert said[0].startswith("1 readings will be read once")
    assert said[1] == f"ran 002_{'timescale' if TIMESCALE else 'plain'}.sql"
    assert rows(database, "SELECT flagged FROM ksys_left_1d") == [(1,)]


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


@pytest.mark.one_server("relations of others are not distributed there")
def test_readings_that_are_loaded_beside_rollups_of_others_are_said_to_be_loaded(
    database, tmp_path
):
    with closing(psycopg2.connect(database)) as connection, connection.cursor() as cursor:
        cursor.execute(predecessor.TABLES.format(*predecessor.BOUNDS["short"]))
        cursor.execute(
            "CREATE TABLE influx_agg_1m (bucket timestamptz, tag_name text, n bigint, sum float8,"
            " avg float8, min float8, max float8, first float8, last float8, diff float8)"
        )
        connection.commit()
    file = tmp_path / "a.csv"
    file.write_text("ts,tag_name,value\n2026-01-01T00:00:00Z,D1,1\n")
    done = manage("load", file, "--dsn", database)
    assert "read 1, loaded 1" in done.stdout and done.returncode == 0, done.stderr
    assert "note: No rollup of this database is kept by Ksys" in done.stderr
    assert "brought up to date by who made them" in done.stderr
    assert rows(database, "SELECT tag_name, value FROM influx_hist") == [("D1", 1.0)]
    assert failed("refresh", "--dsn", database).startswith("Error: No rollup")


def test_a_broken_row_is_named_and_nothing_of_its_file_is_loaded(store, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("ts,tag_name,value\n2026-01-01T00:00:00Z,D1,1\n2026-01-02T00:00:00Z,D1,x\n")
    done = manage("load", file, "--dsn", store)
    assert done.returncode == 1
    assert "a.csv, line 3" in done.stderr
    assert "Traceback" not in done.stderr
    assert rows(store, "SELECT count(*) FROM influx_hist") == [(0,)]


QUALITY = """ts,tag_name,value,Quality
2026-01-01T00:00:00Z,D1,1,192
2026-01-01T00:00:05Z,D1,2,64
2026-01-01T00:00:10Z,D1,3,24
2026-01-01T00:00:15Z,D1,4,216
2026-01-01T00:00:20Z,D1,,0
"""


def test_load_stores_uncertain_as_1_and_bad_as_2_and_counts_each(store, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text(QUALITY)
    done = manage("load", file, "--dsn", store)
    assert "read 5, loaded 4" in done.stdout
    assert "good 2, uncertain 1, bad 1" in done.stdout
    assert "quality from the column 'Quality', read as OPC DA" in done.stderr
    found = rows(store, "SELECT value, qc FROM influx_hist ORDER BY ts")
    assert found == [(1, 0), (2, 1), (3, 2), (4, 0)]
    assert rows(store, "SELECT n, sum FROM influx_agg_1m") == [(2, 5.0)]
    assert "loaded 0, unchanged 4" in manage("load", file, "--dsn", store).stdout


REFUSED = {
    "quality": ("ts,tag_name,value,quality\n{0}Z,D1,1,0\n", "--quality", "da", [(1.0, 2)]),
    "status": ("ts,tag_name,value,status\n{0}Z,D1,1,RUN\n", "--ignore", "status", [(1.0, 0)]),
    "decimals": ("ts;D1\n{0}Z;1,234\n", "--decimal", ",", [(1.234, 0)]),
    "thousands": ("ts;D1\n{0}Z;1,234\n", "--thousands", ",", [(1234.0, 0)]),
    "encoding": ("ts,T °C\n{0}Z,1\n", "--encoding", "cp1252", [(1.0, 0)]),
}


@pytest.mark.parametrize("case", REFUSED)
def test_of_a_file_that_could_mean_two_things_nothing_is_loaded_until_it_is_said(
    store, tmp_path, case
):
    text, option, value, found = REFUSED[case]
    file = tmp_path / "a.csv"
    file.write_bytes(text.format("2026-01-01T00:00:00").encode("cp1252"))
    done = manage("load", file, "--dsn", store)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: a.csv")
    assert option in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert rows(store, "SELECT count(*) FROM influx_hist") == [(0,)]
    assert manage("load", file, option, value, "--dsn", store).returncode == 0
    assert rows(store, "SELECT value, qc FROM influx_hist") == found


def test_load_says_what_it_took_and_what_it_left(store, tmp_path):
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    text = "번호,시각,압력 1,온도\n1,2026-01-01 00:00,1,2\n2,2026-01-01 00:01,1,"
    first.write_bytes(text.encode("cp949"))
    done = manage("load", first, "--dsn", store)
    assert "columns that became tags: 압력 1, 온도" in done.stdout
    assert "was read as cp949" in done.stderr
    assert "numbers of rows, not loaded as a tag: '번호'" in done.stderr
    assert "nothing ends its last line, line 3" in done.stderr
    second.write_text("ts,tag_name,value\n2026-01-01T00:00:00Z,압력１\u3000,1\n", encoding="utf-8")
    said = manage("load", second, "--dsn", store).stderr
    assert "without the blanks or marks around them: '압력１\\u3000'" in said
    assert "the names '압력 1', '압력１' differ only in blanks or in the width of letters" in said
    names = rows(store, "SELECT DISTINCT tag_name FROM influx_hist ORDER BY 1")
    assert sorted(name for (name,) in names) == sorted(["압력 1", "압력１", "온도"])


def test_one_bad_cell_of_a_wide_file_costs_one_reading(store, tmp_path):
    file, rejects = tmp_path / "a.csv", tmp_path / "rejects.csv"
    file.write_text("ts,A,B,C\n2026-01-01T00:00:00Z,1,x,3\n2026-01-01T00:00:05Z,4,5,6\n")
    done = manage("load", file, "--skip-bad", rejects, "--dsn", store)
    assert "read 6, loaded 5" in done.stdout
    assert "rejected 1" in done.stdout
    assert "B is 'x', not a number" in rejects.read_text()
    found = rows(store, "SELECT tag_name, value FROM influx_hist ORDER BY ts, tag_name")
    assert found == [("A", 1), ("C", 3), ("A", 4), ("B", 5), ("C", 6)]


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


FOREIGN = """
    CREATE TABLE influx_qc_rule (tag_name text, min_val float8, max_val float8, max_step float8,
        max_gap_seconds integer, warning_min float8, warning_max float8, critical_min float8,
        critical_max float8, meta jsonb)
"""


def run(dsn, statement):
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        connection.commit()


def imported(store, tmp_path, text):
    file = tmp_path / "rules.csv"
    file.write_text(text, encoding="utf-8")
    return manage("qc", "import", file, "--dsn", store)


def test_what_is_exported_imported_and_exported_again_is_the_same_to_the_byte(store, tmp_path):
    meta = '"{""flat_seconds"": 90, ""by"": ""가나""}"'
    names = "tag_name,min_val,max_val,warn_max,max_gap_seconds,enabled,deadband_pct,meta\n"
    text = (
        f'{names}"가나/다 ""q""",0,0.30000000000000004,,30,no,1,{meta}\n=1+1,,1e-300,,,,,not json\n'
    )
    assert imported(store, tmp_path, text).returncode == 0
    run(store, "INSERT INTO influx_qc_rule (tag_name, meta) VALUES ('list', '[1]'), ('a,b', '7')")
    once, twice = tmp_path / "once.csv", tmp_path / "twice.csv"
    assert manage("qc", "export", once, "--dsn", store).returncode == 0
    assert manage("qc", "verify", once).returncode == 0
    assert manage("qc", "import", once, "--dsn", store).returncode == 0
    assert manage("qc", "export", twice, "--dsn", store).returncode == 0
    assert once.read_bytes() == twice.read_bytes()
    assert len(once.read_text(encoding="utf-8").splitlines()) == 5


def test_import_into_a_store_of_the_long_spelling_fills_its_columns(database, tmp_path):
    run(database, FOREIGN)
    assert imported(database, tmp_path, RULES.replace("warning_", "warn_")).returncode == 0
    found = rows(database, "SELECT tag_name, warning_min, critical_max FROM influx_qc_rule")
    assert sorted(found) == [("D1", 10.0, 95.0), ("D2", None, None)]
    back = tmp_path / "back.csv"
    assert manage("qc", "export", back, "--dsn", database).returncode == 0
    assert rules.read_csv(back) == rules.read_csv(tmp_path / "rules.csv")


def test_import_into_a_store_of_both_spellings_leaves_no_old_limit_behind(database, tmp_path):
    run(database, FOREIGN)
    run(database, "ALTER TABLE influx_qc_rule ADD COLUMN warn_max float8")
    run(database, "INSERT INTO influx_qc_rule (tag_name, warning_max) VALUES ('D1', 7)")
    assert imported(database, tmp_path, "tag_name,warn_max\nD1,\n").returncode == 0
    found = rows(database, "SELECT warn_max, warning_max FROM influx_qc_rule")
    assert found == [(None, None)]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("spike_zscore=3.5", "no column spike_zscore to hold 3.5"),
        ("enabled=false", "no column enabled to hold False"),
        ("max_step=0.1234567891", "makes 0.12345679 of max_step 0.1234567891"),
    ],
)
def test_import_refuses_what_the_store_cannot_hold_naming_row_and_column(
    database, tmp_path, cell, said
):
    run(database, FOREIGN)
    run(database, "ALTER TABLE influx_qc_rule ALTER COLUMN max_step TYPE real")
    column, _, value = cell.partition("=")
    done = imported(database, tmp_path, f"tag_name,{column}\nD1,\nD2,{value}\n")
    assert done.returncode == 1
    assert "rules.csv, line 3, tag 'D2'" in done.stderr
    assert said in done.stderr
    assert rows(database, "SELECT count(*) FROM influx_qc_rule") == [(0,)]


def test_a_stuck_test_taken_out_of_the_file_is_no_longer_in_force(store, tmp_path):
    meta = '"{""flat_seconds"": 60, ""by"": ""me""}"'
    assert imported(store, tmp_path, f"tag_name,meta\nD1,{meta}\n").returncode == 0
    assert imported(store, tmp_path, "tag_name,max_val\nD1,5\n").returncode == 0
    assert rows(store, "SELECT max_val, meta FROM influx_qc_rule") == [(5.0, {"by": "me"})]


def test_a_rule_that_breaks_the_nesting_is_named_with_its_row_and_nothing_is_taken(store, tmp_path):
    done = imported(store, tmp_path, RULES + "D3,0,100,90,10,,\n")
    assert done.returncode == 1
    assert "line 4, tag 'D3': warn_min 90 must lie below warn_max 10" in done.stderr
    assert rows(store, "SELECT count(*) FROM influx_qc_rule") == [(0,)]


def test_a_name_with_blanks_is_taken_as_it_is_and_said_so(store, tmp_path):
    done = imported(store, tmp_path, "tag_name,max_val\n Q3 ,5\nQ4,5\n")
    assert "2 rules" in done.stdout
    assert "the name ' Q3 ' begins or ends with a blank" in done.stderr
    assert "Q4" not in done.stderr
    assert "' Q3 '" in manage("qc", "verify", tmp_path / "rules.csv").stderr
    names = rows(store, "SELECT tag_name FROM influx_qc_rule ORDER BY 1")
    assert sorted(names) == [(" Q3 ",), ("Q4",)]


def test_a_file_that_cannot_be_written_is_one_sentence(store, tmp_path):
    bad = tmp_path / "a.csv"
    bad.write_text("ts,tag_name,value\n2026-01-01T00:00:00Z,D1,x\n")
    for command in (("qc", "export", "/dev/full"), ("load", bad, "--skip-bad", "/dev/full")):
        done = manage(*command, "--dsn", store)
        assert done.returncode == 1
        assert done.stderr.startswith("Error: /dev/full: No space left on device. Mend its path, ")


def test_refresh_repairs_a_stretch_that_something_else_spoilt(store, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("ts,tag_name,value\n2026-01-01T00:00:00Z,D1,7\n")
    manage("load", file, "--dsn", store)
    with closing(psycopg2.connect(store)) as connection, connection.cursor() as cursor:
        cursor.execute(f"UPDATE {rows_of(connection, 'influx_agg_1m')} SET sum = 99")
        connection.commit()
    assert rows(store, "SELECT sum FROM influx_agg_1m") == [(99.0,)]
    bounds = ("--start", "2026-01-01", "--stop", "2026-01-02")
    assert manage("refresh", *bounds, "--dsn", store).returncode == 0
    assert rows(store, "SELECT sum FROM influx_agg_1m") == [(7.0,)]


def test_a_watch_ends_well_by_ctrl_c(store, tmp_path):
    """Its help says that this ends it; a service that it is would count as failed."""
    file = tmp_path / "a.csv"
    file.write_text("ts,tag_name,value\n2026-01-01T00:00:00Z,D1,7\n")
    manage("load", file, "--dsn", store)
    with closing(psycopg2.connect(store)) as connection, connection.cursor() as cursor:
        later = "VALUES ('2026-01-02', 'D1', 8)"
        cursor.execute(f"INSERT INTO influx_hist (ts, tag_name, value) {later}")
        connection.commit()
    command = [sys.executable, "manage.py", "refresh", "--watch", "--dsn", store]
    # A shell has what it starts beside it ignore Ctrl-C, and all that is started from there.
    heeding = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    watch = subprocess.Popen(
        command, cwd=ROOT, stderr=subprocess.PIPE, text=True, preexec_fn=heeding
    )
    try:
        until(lambda: rows(store, "SELECT count(*) FROM influx_agg_1m")[0][0] == 2)
        watch.send_signal(signal.SIGINT)
        said = watch.communicate(timeout=60)[1]
    finally:
        watch.kill()
        watch.wait()
    assert (watch.returncode, said) == (0, "")


@pytest.mark.parametrize("command", [("check",), ("refresh",), ("demo",)])
def test_an_empty_address_is_not_taken_for_the_embedded_historian(command, tmp_path):
    """A variable of a script that is not set would let it be read, or written to."""
    said = failed(*command, "--dsn", "", KSYS_DATA=str(tmp_path / "data"))
    assert said.startswith("Error: --dsn='' cannot be used; it must be keywords such as")
    assert not (tmp_path / "data").exists()


def failed(*arguments, **environment):
    """Return the one sentence that a command ends with."""
    done = manage(*arguments, **environment)
    assert done.returncode == 1, done.stdout
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert "hush" not in done.stderr
    return done.stderr.strip()


@pytest.mark.parametrize("name", ["--dsn", "TS_DSN_WRITE"])
@pytest.mark.parametrize(
    ("dsn", "words"),
    [
        ("nonsense", "='nonsense' cannot be used; it must be keywords such as host=db"),
        ("host=db pass=hush", " cannot be used; it must be keywords such as host=db"),
        ("host=db password=hush hush", " cannot be used; it must be keywords such as host=db"),
        ("host=db port=hush", " cannot be used; it must be keywords such as host=db"),
        ("postgresql://me:hush/hush@db/x", " cannot be used; it must be keywords"),
        ("postgresql://me:x@hush@db/x", " cannot be used; it must be keywords such as host=db"),
        ("host=127.0.0.1 port=1", ": no PostgreSQL answers at host=127.0.0.1 port=1"),
        ("host=/nowhere", ": no PostgreSQL answers at host=/nowhere port=5432 (No "),
        ("host=no.invalid", ": there is no host of the name in host=no.invalid port=5432; mend ho"),
        ("host=127.0.0.1 port=1 sslmode=x", "no connection to host=127.0.0.1 port=1: invalid ssl"),
    ],
)
def test_an_address_that_leads_nowhere_is_one_sentence_with_its_name(name, dsn, words):
    option = ["--dsn", dsn] if name == "--dsn" else []
    given = {"PGPASSWORD": "hush"} | ({} if option else {name: dsn})
    done = CliRunner().invoke(cli, ["refresh", *option], env=given)
    said = done.stderr.strip()
    assert done.exit_code == 1
    assert len(said.splitlines()) == 1
    assert "hush" not in said
    assert said.startswith(f"Error: {name}")
    assert words in said
    assert "libpq" in said or "mend" in said


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("--start", "2026-11-30", "--stop", "2026-11-29"), "is not before --stop 2026-11-29"),
        (("--start", "2026-11-29", "--stop", "2026-11-29"), "choose a later --stop"),
        (("--start", "2026-11-29", "--stop", "2026-11-30", "--watch"), "--watch repairs no"),
        (("--start", "2026-11-29"), "--start and --stop go together"),
    ],
)
def test_a_stretch_that_would_repair_nothing_is_refused(more, says):
    """With its ends the wrong way round it said "0 buckets brought up to date", as if all was."""
    done = CliRunner().invoke(cli, ["refresh", *more], env={"TS_DSN_WRITE": "host=/nowhere"})
    assert (done.exit_code, says in done.stderr) == (2, True)


@pytest.fixture
def guarded(database):
    """A database that asks the user `guarded` for a password, and lets `banned` in never."""
    hba = Path(rows(database, "SHOW hba_file")[0][0])
    before = hba.read_text()
    run(database, "CREATE ROLE guarded LOGIN PASSWORD 'right'; CREATE ROLE banned LOGIN")
    hba.write_text(f"local all guarded scram-sha-256\nlocal all banned reject\n{before}")
    run(database, "SELECT pg_reload_conf()")
    yield database
    hba.write_text(before)
    run(database, "SELECT pg_reload_conf(); DROP ROLE guarded; DROP ROLE banned")


def test_who_is_not_let_in_gets_one_sentence_with_the_user_and_the_way_out(guarded):
    def as_user(name, **environment):
        return failed("refresh", "--dsn", make_dsn(guarded, user=name), **environment)

    said = as_user("guarded", PGPASSWORD="hush")
    assert "does not take user 'guarded' with the password given; mend user and password" in said
    assert "mend user and password in --dsn" in as_user("guarded")
    assert "does not let user 'banned' in from here; see pg_hba.conf" in as_user("banned")
    assert "has no user 'nobody_here'; mend user" in as_user("nobody_here")


def test_a_database_that_is_not_there_is_named_with_the_way_out(database):
    said = failed("schema", "install", "--dsn", make_dsn(database, dbname="absent"))
    assert "has no database 'absent'; mend dbname in --dsn, or make it with createdb" in said


def test_a_right_that_lacks_is_named_with_the_way_out(store):
    run(store, "CREATE ROLE reader LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
    said = failed("refresh", "--dsn", make_dsn(store, user="reader"))
    run(store, "DROP OWNED BY reader; DROP ROLE reader")
    assert "user 'reader' lacks a right" in said
    denied = "must be owner of view" if TIMESCALE else "permission denied for table"
    assert denied in said
    assert "GRANT it" in said


def test_an_answer_that_is_an_error_is_one_sentence(database, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("ts,tag_name,value\n2026-01-01T00:00:00Z,D1,7\n")
    said = failed("load", file, "--dsn", database)
    assert 'relation "influx_hist" does not exist' in said
    assert "manage.py schema check says what is there" in said


def test_a_historian_of_opc_is_named_and_neither_filled_nor_given_rollups(store, tmp_path):
    with closing(psycopg2.connect(store)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO influx_hist (ts, tag_name, value, qc)"
            " SELECT now() - make_interval(secs => k), 'a', 1, 192 FROM generate_series(1, 9) k"
        )
        connection.commit()
    for code, status, said in (
        ("", 1, "fault qc looks like OPC DA: 100% are 192"),
        ("da", 0, "note  QC_CODE=da"),
        ("flag", 0, "schema version"),
    ):
        done = manage("schema", "check", "--dsn", store, QC_CODE=code)
        assert (done.returncode, said in done.stdout) == (status, True), done.stdout + done.stderr
    for code, said in (("", "100% are 192"), ("ua", "QC_CODE=ua")):
        done = manage("schema", "install", "--dsn", store, QC_CODE=code)
        assert done.returncode == 1 and said in done.stderr, done.stderr
    file = tmp_path / "a.csv"
    file.write_text("time,a\n2026-01-01T00:00:00Z,1\n")
    for code, said in (("", "100% are 192"), ("da", "QC_CODE=da")):
        done = manage("load", file, "--dsn", store, QC_CODE=code)
        assert done.returncode == 1 and said in done.stderr, done.stderr
    assert rows(store, "SELECT count(*) FROM influx_hist") == [(9,)]
