"""`KSYS_DATA/access`: what all workers, and all hosts that share the folder, know of who may.

Each file is JSON, written whole under a lock and put in place by one rename, so that a reader finds
the old or the new one. It is read again as soon as it is another: every worker sees a change at
its next request.
"""

import fcntl
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from data.errors import BadSetting

#: The files of the folder: records by their key.
USERS, TOKENS, SESSIONS, THROTTLE = "users", "tokens", "sessions", "throttle"
#: How long a host of several may believe what it has seen of a file [s]: two are allowed.
SEEN_S = 1
#: What signs cookies, as hexadecimal digits [bytes].
SECRET_BYTES = 32

Records = dict[str, Any]


class _Read(NamedTuple):
    """A file as it was read: what tells that it is another, and its records."""

    mark: tuple[int, int, int]
    records: Records


class Folder:
    """The files of one folder, which only its owner can read.

    Parameters
    ----------
    path : made at the first write, mode 0700; its files have 0600
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        # Looked at with every request: a Path is made slower than the file is looked at.
        self._names = {name: f"{path}/{name}.json" for name in (USERS, TOKENS, SESSIONS, THROTTLE)}
        self._read: dict[str, _Read] = {}
        self._lock = Lock()

    def read(self, name: str) -> Records:
        """Return the records of a file, not to be changed; none where there is no such file.

        Raises
        ------
        BadSetting
            If the file is damaged, or its disk does not answer: who may is not guessed.
        """
        try:
            stat = os.stat(self._names[name])  # noqa: PTH116 - see above
            mark = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            last = self._read.get(name)
            if last is None or last.mark != mark:
                last = self._read[name] = _Read(mark, _parsed(self._path(name)))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise _unreached(error) from error
        return last.records

    def change(self, name: str, changed: Callable[[Records], Records]) -> None:
        """Put other records into a file; nobody else writes meanwhile.

        Parameters
        ----------
        changed : takes a copy of the records, returns what they become
        """
        with self._alone():
            path = self._path(name)
            before = _parsed(path) if path.exists() else {}
            after = changed(dict(before))
            if after != before or not path.exists():
                self._write(path, json.dumps(after, ensure_ascii=False, indent=1))

    def _path(self, name: str) -> Path:
        return self.path / f"{name}.json"

    def role_of_user(self, name: str) -> str | None:
        """Return the word of the role of a user of this server; None for nobody."""
        record = self.read(USERS).get(name)
        return record and str(record["role"])

    def secret(self) -> str:
        """Return what signs cookies, made once; whoever deletes the file ends all sessions."""
        path = self.path / "secret"
        with self._alone():
            if not path.exists():
                self._write(path, secrets.token_hex(SECRET_BYTES))
            return path.read_text(encoding="ascii")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let one thread of one process at a time change the folder.

        Raises
        ------
        BadSetting
            If it cannot be written.
        """
        try:
            if not self.path.is_dir():
                self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
                _give(self.path)
            with self._lock, _private(self.path / "lock") as file:
                fcntl.flock(file, fcntl.LOCK_EX)  # ends with the file
                yield
        except OSError as error:
            raise _unreached(error) from error

    def _write(self, path: Path, text: str) -> None:
        new = path.with_suffix(".new")
        new.unlink(missing_ok=True)  # of a writer that was killed
        with _private(new) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)


def _private(path: Path) -> Any:
    """Return a file to write that only its owner can read, also where the umask allows more."""
    # Root follows no link that the owner of the folder may have put there.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    _give(path)
    return os.fdopen(descriptor, "w", encoding="utf8")


def _give(path: Path) -> None:
    """Give what root has made to whom the folder around it belongs.

    A server that is not root's could not read a user whom root adds, and would let nobody in.
    """
    if os.geteuid() == 0:
        around = path.parent.stat()
        os.chown(path, around.st_uid, around.st_gid, follow_symlinks=False)


def _unreached(error: OSError) -> BadSetting:
    return BadSetting("access_unreached", reason=error.strerror or type(error).__name__)


def _parsed(path: Path) -> Records:
    try:
        records = json.loads(path.read_text(encoding="utf8"))
    except ValueError as error:
        raise BadSetting("access_damaged", file=path.name) from error
    if not isinstance(records, dict):
        raise BadSetting("access_damaged", file=path.name)
    return records


def is_seen_late(path: Path, mounts: str) -> bool:
    """Whether a folder lies on NFS that believes for longer what it has seen of a file.

    Parameters
    ----------
    mounts : what /proc/self/mounts says
    """
    each = [line.split() for line in mounts.splitlines()]
    places = {fields[1].replace("\\040", " "): fields for fields in each}
    over = (str(place) for place in (path, *path.parents) if str(place) in places)
    _device, _place, kind, named, *_rest = places[next(over)]
    options = dict(option.partition("=")[::2] for option in named.split(","))
    if not kind.startswith("nfs") or "noac" in options:
        return False
    return any(int(options.get(most, "60")) > SEEN_S for most in ("acregmax", "acdirmax"))
