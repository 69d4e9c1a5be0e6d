"""Keep one embedded PostgreSQL server for as long as somebody uses it.

A program of its own, started by `server.py` and by nobody else: it makes the data directory,
starts the server, starts it again when it was killed, and stops it when no process holds the users
file any more. It imports all it needs before it gives up root, because afterwards it may no longer
be able to read the directory that Python lives in.
"""

import contextlib
import ctypes
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Literal

PR_SET_PDEATHSIG = 1
# Seconds between two looks at the users file. With the times to stop below this keeps the promise
# that the server is gone within 5 s.
PAUSE = 0.25
# A server whose disk is full ends at once, again and again: it is started when there is room, which
# is looked at so often [s].
PATIENCE = 2.0
# Ever less polite ways to end a server, and the seconds each is given. Nothing committed is lost
# by any of them: the next start replays the log.
ENDINGS = ((signal.SIGINT, 2.5), (signal.SIGQUIT, 0.7), (signal.SIGKILL, 0.3))
# Programs that start here see none of the caller's PG… and locale variables.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
LIBC = ctypes.CDLL(None)


class Users:
    """Whether any process still uses the server; `lock` keeps starters out while it stops."""

    def __init__(self, home: Path) -> None:
        self.lock = os.open(home / "lock", os.O_RDWR)
        self.users = os.open(home / "users", os.O_RDWR)
        self.asked_to_leave = False
        signal.signal(signal.SIGTERM, self.leave)

    def leave(self, *_: object) -> None:
        """Stop at the next look: the machine is going down."""
        self.asked_to_leave = True

    def gone(self) -> bool:
        """Return whether nobody is left; from then on no one can start until we have ended."""
        if self.asked_to_leave:
            return True
        if not _locked(self.lock):
            return False
        if _locked(self.users):
            return True
        fcntl.flock(self.lock, fcntl.LOCK_UN)
        return False


def keep(order: dict[str, Any]) -> None:
    """Run the server until its last user is gone.

    Parameters
    ----------
    order : from `server`: home, data and socket (folders); postgres (program), initdb and settings
        (arguments); first_statement (SQL); supervisor_lock (file descriptor); room (bytes that are
        free when it starts again); uid and gid (of whom the server runs as, or None)

    Raises
    ------
    SystemExit
        If the server cannot run at all; the starter then shows the log.
    """
    home, data = Path(order["home"]), Path(order["data"])
    users = Users(home)
    _sweep(home, data)
    if not data.exists() and not _initialise(order, home, data, users):
        return
    started = 0
    while not users.gone():
        if started and _free(data) < order["room"]:
            time.sleep(PATIENCE)
            continue
        running = _alone(home, data)
        _clear(data, Path(order["socket"]))
        began = time.monotonic()
        server = _child([order["postgres"], "-D", str(data), *order["settings"]], running)
        os.close(running)
        started += 1
        code = _attended(server, users, PAUSE)
        if code is None:
            _end(server)
            _kill_orphans(data)
            break
        _say(f"the server ended by itself with code {code}")
        if started == 1 and code > 0 and time.monotonic() - began < 10:
            raise SystemExit(1)  # it cannot run at all: the starter shows the log
        time.sleep(PAUSE if code < 0 else 1)
    if Path(order["socket"]).parent != home:
        shutil.rmtree(order["socket"], ignore_errors=True)


def _initialise(order: dict[str, Any], home: Path, data: Path, users: Users) -> bool:
    """Make the data directory elsewhere, rename it when whole; False when nobody waits for it."""
    new = Path(tempfile.mkdtemp(prefix=f"{data.name}.new-", dir=home))
    code = _attended(initdb := _child([*order["initdb"], f"--pgdata={new}"]), users, 0.02)
    if code is None:
        _end(initdb)
        return False
    if code:
        raise SystemExit(code)
    subprocess.run(  # noqa: S603 - our own binary
        [order["postgres"], "--single", "-D", str(new), "template1"],
        input=order["first_statement"].encode(), check=True, env=ENVIRONMENT,
    )  # fmt: skip
    new.rename(data)
    directory = os.open(home, os.O_RDONLY)
    os.fsync(directory)
    os.close(directory)
    return True


def _attended(process: "subprocess.Popen[bytes]", users: Users, pause: float) -> int | None:
    """Return how a program ended, or None when its users were gone first."""
    while (code := process.poll()) is None:
        if users.gone():
            return None
        time.sleep(pause)
    return code


def _end(process: "subprocess.Popen[bytes]") -> None:
    for number, seconds in ENDINGS:
        process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
            return


def _child(command: list[str], *inherited: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 - our own binary
        command, pass_fds=inherited, preexec_fn=_end_with_parent, env=ENVIRONMENT, cwd="/"
    )


def _end_with_parent() -> None:
    """Let the kernel (Linux) end a program fast when this supervisor is killed."""
    with contextlib.suppress(AttributeError):
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def _alone(home: Path, data: Path) -> int:
    """Return a locked file for the server to inherit; no process of an earlier one lives then.

    Every process of the server holds it until it ends, so unlike the number in a pid file the lock
    can neither be left over nor belong to a stranger.
    """
    running = os.open(home / "running", os.O_RDWR | os.O_CREAT, 0o600)
    for attempt in range(300):
        if _locked(running):
            return running
        if attempt > 40:
            _kill_orphans(data)
        time.sleep(0.05)
    raise SystemExit("processes of an earlier server do not end")


def _kill_orphans(data: Path) -> None:
    """End backends whose postmaster was killed while they were busy (Linux)."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            inside = (process / "cwd").readlink() == data
            if inside and (process / "exe").readlink().name == "postgres":
                os.kill(int(process.name), signal.SIGKILL)


def _clear(data: Path, sockets: Path) -> None:
    """Remove what a killed server left; its process number may by now be that of a stranger."""
    sockets.mkdir(mode=0o700, exist_ok=True)
    status = sockets.lstat()
    if sockets.is_symlink() or status.st_uid != os.geteuid() or status.st_mode & 0o077:
        raise SystemExit(f"{sockets} is not private to us; remove it")
    for left in [data / "postmaster.pid", *sockets.glob(".s.PGSQL.*")]:
        left.unlink(missing_ok=True)


def _sweep(home: Path, data: Path) -> None:
    for unfinished in home.glob(f"{data.name}.new-*"):
        shutil.rmtree(unfinished, ignore_errors=True)


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _free(data: Path) -> int:
    """Return what is free on the disk [bytes]."""
    disk = os.statvfs(data)
    return disk.f_bavail * disk.f_frsize


def _say(sentence: str) -> None:
    with contextlib.suppress(OSError):  # the log may lie on the disk that is full
        sys.stderr.write(f"supervisor: {sentence}\n")
        sys.stderr.flush()


def _drop(uid: int, gid: int) -> None:
    """Become another user for good."""
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def main(text: str) -> Literal[0]:
    """Do as ordered (JSON) in a process that is nobody's child."""
    order = json.loads(text)
    os.set_inheritable(order["supervisor_lock"], False)
    if order["uid"] is not None:
        _drop(order["uid"], order["gid"])
    if os.fork():
        return 0
    os.setsid()
    os.chdir("/")
    os.umask(0o077)
    keep(order)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
