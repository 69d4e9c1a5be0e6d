"""A backup holds all of one moment, comes back as it was, and is refused where it is not whole."""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import psycopg2
import pytest
from click.testing import CliRunner

from data import embedded
from data.embedded import archive
from data.embedded import backups as room
from data.store import install, rollups
from manage import cli
from tests.support.servers import App, asked, gone, kill, server_processes

pytestmark = pytest.mark.db
#: Good, flagged, not finite and absurd readings, a tag and a rule.
FILL = """
INSERT INTO influx_hist (ts, tag_name, value, qc, meta)
SELECT '2026-01-01Z'::timestamptz + n * interval '7 s', 'D' || n % 5,
       CASE WHEN n % 97 = 0 THEN 'NaN' WHEN n % 101 = 0 THEN 1e200 ELSE sin(n) END,
       CASE WHEN n % 89 = 0 THEN 2 ELSE 0 END, jsonb_build_object('n', n)
FROM generate_series(1, 20000) n;
INSERT INTO influx_tag (tag_name, unit, meta)
VALUES ('D1', '°C', '{"description": "온도, \\"A\\""}');
INSERT INTO influx_qc_rule (tag_name, min_val, meta) VALUES ('D1', -1e-300, '{"kind": "value"}');
"""
PUBLIC = "relnamespace = 'public'::regnamespace"
TABLES = f"""
SELECT array_agg(relname::text ORDER BY relname) FROM pg_class WHERE relkind = 'r' AND {PUBLIC}
"""
Run = Callable[..., str]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """A function that runs a command on the embedded historian of a directory."""
    monkeypatch.delenv("TS_DSN", raising=False)

    def command(directory: Path, *arguments: object, code: int = 0) -> str:
        monkeypatch.setenv("KSYS_DATA", str(directory))
        done = CliRunner().invoke(cli, [str(each) for each in arguments])
        assert done.exit_code == code, done.output
        return done.output

    return command


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Callable[[str], embedded.Server]]:
    """A function that starts the server of a directory; all are gone at the end."""
    started = []

    def start(name: str) -> embedded.Server:
        started.append(embedded.start(tmp_path / name, fsync=False))
        return started[-1]

    yield start
    for each in started:
        each.release()
    kill(*server_processes(tmp_path))


def filled(server: embedded.Server, statement: str = FILL) -> dict[str, Any]:
    """Let a server hold readings, rollups and what these leave out; return its contents."""
    with closing(psycopg2.connect(server.dsn)) as connection:
        install.install(connection)
        connection.cursor().execute(statement)
        connection.commit()
        rollups.refresh(connection)
        connection.commit()
    return contents(server)


def contents(server: embedded.Server) -> dict[str, Any]:
    """Return number and digest of the rows of each table, and what its relations are."""
    found = {}
    for table in asked(server.dsn, TABLES) or []:
        rows = "count(*) || md5(string_agg(t::text, '|' ORDER BY t::text))"
        found[table] = asked(server.dsn, f"SELECT {rows} FROM {table} t")
    shape = "SELECT md5(string_agg(a::text, '|' ORDER BY a::text)) FROM ({}) a"
    for name, query in {
        "columns": "SELECT * FROM information_schema.columns WHERE table_schema = 'public'",
        "constraints": "SELECT conrelid::regclass, pg_get_constraintdef(oid) FROM pg_constraint",
        "indexes": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "triggers": "SELECT pg_get_triggerdef(oid) FROM pg_trigger",
        "functions": "SELECT prosrc, proconfig FROM pg_proc WHERE proname LIKE 'ksys%%'",
        "views": "SELECT definition FROM pg_views WHERE schemaname = 'public'",
        "rights": f"SELECT relname, relacl FROM pg_class WHERE {PUBLIC}",
        "next rights": "SELECT defaclacl FROM pg_default_acl",
    }.items():
        found[name] = asked(server.dsn, shape.format(query))
    return found


def backed_up(run: Run, tmp_path: Path, server: Any) -> tuple[Path, dict[str, Any]]:
    """Return a backup of a filled server that nobody uses any more, and what it held."""
    own = server("var")
    held = filled(own)
    file = tmp_path / "plant.ksys"
    said = run(tmp_path / "var", "backup", file)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert "influx_hist 20,000 rows" in said and f"sha256 {digest}" in said
    assert f"{file.stat().st_size:,} bytes" in said
    own.release()
    assert gone(tmp_path / "var")
    return file, held


def test_what_comes_back_is_what_was_to_the_last_row_and_right(run, tmp_path, server) -> None:
    file, held = backed_up(run, tmp_path, server)
    assert held["ksys_left_1m"] and held["ksys_left_1d"] and held["influx_qc_rule"]
    assert file.stat().st_mode & 0o777 == 0o600
    assert "restored, as it was at 20" in run(tmp_path / "new", "restore", file)
    own = server("new")
    assert contents(own) == held
    assert asked(own.read_dsn, "SELECT count(*) FROM influx_hist") == 20_000
    filled(own, "INSERT INTO influx_hist (ts, tag_name, value) VALUES ('2026-03-01Z', 'D1', 7)")
    assert asked(own.dsn, "SELECT sum FROM influx_agg_1h WHERE bucket = '2026-03-01Z'") == 7


def test_a_backup_beside_a_writer_holds_one_moment(run, tmp_path, server) -> None:
    own, stop = server("var"), threading.Event()
    filled(own)

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            asked(
                own.dsn,
                "WITH h AS (INSERT INTO influx_hist (ts, tag_name, value)"
                " VALUES (to_timestamp(%s), 'W', 1)) INSERT INTO influx_tag (tag_name) VALUES (%s)",
                number, f"W{number}",
            )  # fmt: skip

    writer = threading.Thread(target=write)
    writer.start()
    run(tmp_path / "var", "backup", tmp_path / "plant.ksys")
    stop.set()
    writer.join()
    run(tmp_path / "new", "restore", tmp_path / "plant.ksys")
    other = server("new")
    written = asked(other.dsn, "SELECT count(*) FROM influx_hist WHERE tag_name = 'W'")
    assert written == asked(other.dsn, "SELECT count(*) FROM influx_tag WHERE tag_name LIKE 'W%%'")
    assert 0 < written <= asked(own.dsn, "SELECT count(*) FROM influx_hist WHERE tag_name = 'W'")


def test_no_file_and_no_data_give_way_unasked(run, tmp_path, server) -> None:
    file, held = backed_up(run, tmp_path, server)
    before = file.read_bytes()
    assert "is there already" in run(tmp_path / "var", "backup", file, code=1)
    assert file.read_bytes() == before
    said = run(tmp_path / "var", "restore", file, code=1)
    assert "influx_hist 20,000" in said and "--replace" in said
    assert contents(server("var")) == held


def test_replaced_data_are_those_of_the_backup_alone(run, tmp_path, server) -> None:
    file, held = backed_up(run, tmp_path, server)
    own = server("var")
    filled(own, "DELETE FROM influx_hist; CREATE TABLE stranger AS SELECT 1 AS n")
    own.release()
    assert gone(tmp_path / "var")
    run(tmp_path / "var", "restore", file, "--replace")
    own = server("var")
    assert contents(own) == held
    names = asked(own.dsn, "SELECT array_agg(datname::text ORDER BY datname) FROM pg_database")
    assert names == ["ksys", "template0", "template1"]


def test_nothing_is_restored_while_ksys_runs(run, tmp_path, server) -> None:
    file, held = backed_up(run, tmp_path, server)
    app = App(tmp_path / "var")
    app.dsn()
    assert "end Ksys" in run(tmp_path / "var", "restore", file, "--replace", code=1)
    app.end()
    assert contents(server("var")) == held


def test_who_comes_while_it_is_restored_keeps_the_old_data(
    run, tmp_path, server, monkeypatch
) -> None:
    file, held = backed_up(run, tmp_path, server)
    fill, late = room._fill, []

    def filled_and_joined(own: embedded.Server, *rest: Any) -> None:
        fill(own, *rest)
        late.append(App(tmp_path / "var"))
        late[0].dsn()

    monkeypatch.setattr(room, "_fill", filled_and_joined)
    assert "end Ksys" in run(tmp_path / "var", "restore", file, "--replace", code=1)
    late[0].end()
    assert contents(server("var")) == held


@pytest.mark.parametrize("cut", [0, 1, 22, 23, 500, 5_000, 100_000])
def test_a_cut_file_is_refused_before_anything_is_done(run, tmp_path, server, cut: int) -> None:
    file, _held = backed_up(run, tmp_path, server)
    whole = file.read_bytes()
    file.write_bytes(whole[: -cut or None] if cut else b"")
    said = run(tmp_path / "new", "restore", file, code=1)
    assert "is no whole backup" in said and str(file) in said
    assert not (tmp_path / "new").exists()


def test_a_changed_byte_is_refused_or_is_of_no_content(run, tmp_path, server) -> None:
    file, _held = backed_up(run, tmp_path, server)
    whole = file.read_bytes()
    manifest = archive.checked(file, float)
    for place in [
        *range(0, len(whole), len(whole) // 150),
        *range(len(whole) - 900, len(whole), 7),
    ]:
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        try:
            assert archive.checked(file, float) == manifest, place
        except archive.BadFile as error:
            assert error.key in ("backup_broken", "backup_sums", "backup_kind")


def rewritten(file: Path, **changes: Any) -> None:
    """Write a backup anew, with another manifest."""
    with ZipFile(file) as old:
        dump, told = old.read(archive.DUMP), json.loads(old.read(archive.MANIFEST))
    with ZipFile(file, "w") as new:
        new.writestr(archive.DUMP, dump)
        new.writestr(archive.MANIFEST, json.dumps({**told, **changes}))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "photographs"}, "is no backup of an embedded historian"),
        ({"sha256": "0" * 64}, "is not what its manifest says"),
        ({"schema": 99}, "is of schema 99, and here is 2"),
        ({"postgres": 99}, "is of PostgreSQL 99, and here is 18"),
        ({"stored": 2**60}, "A restore needs"),
        ({"rows": {"influx_hist": 19_999}}, "rows of influx_hist instead of 19,999"),
    ],
)
def test_what_does_not_fit_is_refused_and_the_data_stay(
    run, tmp_path, server, changes: dict[str, Any], words: str
) -> None:
    file, held = backed_up(run, tmp_path, server)
    rewritten(file, **changes)
    assert words in run(tmp_path / "var", "restore", file, "--replace", code=1)
    assert gone(tmp_path / "var")
    assert contents(server("var")) == held


def test_a_dump_that_cannot_be_read_leaves_the_data(run, tmp_path, server) -> None:
    file, held = backed_up(run, tmp_path, server)
    with ZipFile(file) as old:
        dump, told = bytearray(old.read(archive.DUMP)), json.loads(old.read(archive.MANIFEST))
    del dump[len(dump) // 2 :]
    counted = archive.Counted()
    list(counted.passed(iter([bytes(dump)])))
    with ZipFile(file, "w") as new:
        new.writestr(archive.DUMP, bytes(dump))
        new.writestr(
            archive.MANIFEST, json.dumps({**told, "size": counted.size, "sha256": counted.sha256})
        )
    said = run(tmp_path / "var", "restore", file, "--replace", code=1)
    assert "could not be read into" in said and "end of file" in said
    assert gone(tmp_path / "var")
    assert contents(server("var")) == held


def test_a_backup_that_fails_leaves_no_file(run, tmp_path, server, monkeypatch) -> None:
    own = server("var")
    filled(own)
    monkeypatch.setattr(room, "_ABOUT", room._ABOUT.replace("pg_export_snapshot()", "'00-0-1'"))
    said = run(tmp_path / "var", "backup", tmp_path / "plant.ksys", code=1)
    assert "could not be read or written to the end" in said and "snapshot" in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["var"]


def test_there_is_no_backup_of_nothing(run, tmp_path) -> None:
    said = run(tmp_path / "var", "backup", tmp_path / "plant.ksys", code=1)
    assert "holds nothing" in said
    assert not (tmp_path / "plant.ksys").exists()


def test_a_historian_of_ones_own_is_not_ours_to_keep(run, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("TS_DSN", "host=/nowhere dbname=plant")
    said = run(tmp_path / "var", "backup", tmp_path / "plant.ksys", code=2)
    assert "TS_DSN names a historian of your own" in said
