"""A file is there under its name only when it is whole, whatever ends this process."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from data.errors import BadFile, naming


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """Yield a file to write; it gets its name when the block ends well, and else is gone.

    A symbolic link stays one: the file that it leads to gives way.

    Raises
    ------
    BadFile
        If another command writes a file of that name: two would write into one another.
    """
    target = Path(os.path.realpath(path))
    under_way = target.with_name(target.name + ".unfinished")
    with naming(path), _alone(under_way, path) as file:
        try:
            file.truncate()  # of a run that was killed
            yield file
            _store(file)
            under_way.replace(target)
        finally:
            under_way.unlink(missing_ok=True)


@contextmanager
def _alone(under_way: Path, path: Path) -> Iterator[BinaryIO]:
    """Yield a file opened to write that no other command has; it is locked until it is closed."""
    while True:
        mine = os.open(under_way, os.O_WRONLY | os.O_CREAT, 0o666)
        with os.fdopen(mine, "wb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise BadFile("path_written", path=str(path)) from error
            if _is_at(file, under_way):
                yield file
                return


def _is_at(file: BinaryIO, path: Path) -> bool:
    """Return whether a file has this name still: who had it before may have ended meanwhile."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


@contextmanager
def new(path: Path) -> Iterator[BinaryIO]:
    """Yield a file to write as `whole` does, for its owner alone; no other file gives way to it.

    Raises
    ------
    BadFile
        If a file of that name is there, before or after.
    """
    under_way = path.with_name(path.name + ".unfinished")
    for there in (path, under_way):
        _refuse(there)
    mine = os.open(under_way, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with naming(path), os.fdopen(mine, "wb") as file:
            yield file
            _store(file)
        _refuse(path)
        under_way.replace(path)
    finally:
        under_way.unlink(missing_ok=True)


def _refuse(path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise BadFile("file_there", file=path)


def _store(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
