"""What lies below `SHELTER`: data of checkouts that the server's user cannot enter.

Nothing removes it when the checkout goes, so it is listed and removed here. Only what nobody uses
is removed: all locks of a home are held meanwhile.
"""

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from data.embedded import location
from data.errors import EmbeddedUnavailable

with contextlib.suppress(ImportError):  # Windows: there are no shelters
    import fcntl

#: What is being removed; a removal that was cut off is finished by the next one.
GOING = ".removed-"


@dataclass(frozen=True)
class Shelter:
    """Data of one checkout.

    Attributes
    ----------
    name : of its directory
    size : of all that is in it [bytes]
    used_last : when a server last wrote there; None where there are no data
    in_use : whether a process uses it now
    directory : KSYS_DATA of the checkout; empty where that was not written down
    """

    name: str
    size: int
    used_last: datetime | None
    in_use: bool
    directory: str

    @property
    def is_orphan(self) -> bool:
        """Whether its checkout is known to be gone."""
        return bool(self.directory) and not Path(self.directory).exists()


def shelters() -> list[Shelter]:
    """Return all there are, by name."""
    return [_looked_at(path) for path in _paths()]


def shelter(name: str) -> Shelter:
    """Return one by its name.

    Raises
    ------
    EmbeddedUnavailable
        If there is none.
    """
    for path in _paths():
        if path.name == name:
            return _looked_at(path)
    raise EmbeddedUnavailable("place_unknown", name=name, place=location.SHELTER)


def remove(name: str) -> None:
    """Remove one with all its data, for ever.

    Raises
    ------
    EmbeddedUnavailable
        If there is none of the name, or a process uses it.
    """
    for left in _children(location.SHELTER, f"{GOING}*"):
        shutil.rmtree(left)
    path = location.SHELTER / shelter(name).name
    with _locked(path / "postgres") as is_ours:
        if not is_ours:
            raise EmbeddedUnavailable("place_used", name=name)
        going = path.with_name(f"{GOING}{name}")
        path.rename(going)  # at once: who starts now begins anew
    shutil.rmtree(going)


def _paths() -> list[Path]:
    paths = _children(location.SHELTER, "*")
    return [path for path in paths if path.is_dir() and not path.name.startswith(".")]


def _children(path: Path, pattern: str) -> list[Path]:
    return sorted(path.glob(pattern)) if path.is_dir() else []


def _looked_at(path: Path) -> Shelter:
    with _locked(path / "postgres") as is_ours:
        in_use = not is_ours
    origin = path / location.ORIGIN
    directory = os.fsdecode(origin.read_bytes()) if origin.is_file() else ""
    return Shelter(path.name, _size(path), _used_last(path), in_use, directory)


def _size(path: Path) -> int:
    """Return what a directory takes on the disk [bytes]; what goes meanwhile takes nothing."""
    total = 0
    for folder, _folders, files in os.walk(path):
        for name in files:
            with contextlib.suppress(FileNotFoundError):
                total += (Path(folder) / name).lstat().st_blocks * 512
    return total


def _used_last(path: Path) -> datetime | None:
    """Return when the state of the server was last written: it is at its end, and every 5 min."""
    try:
        written = (path / "postgres/data/global/pg_control").stat().st_mtime
    except FileNotFoundError:
        return None
    return datetime.fromtimestamp(written, UTC)


@contextlib.contextmanager
def _locked(home: Path) -> Iterator[bool]:
    """Yield whether nobody uses a home; then nobody begins to before the block ends."""
    with contextlib.ExitStack() as held:
        yield all(_lock(home / name, held) for name in location.LOCKS)


def _lock(path: Path, held: contextlib.ExitStack) -> bool:
    try:
        file = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    except FileNotFoundError:
        return True  # of a shelter that was never whole
    held.callback(os.close, file)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
