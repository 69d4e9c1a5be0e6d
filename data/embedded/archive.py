"""The file of a backup: what `pg_dump` wrote, and a manifest of what that must be.

It is a ZIP that compresses nothing, as `pg_dump` does: `historian.dump`, then `manifest.json`. The
list of a ZIP stands at its end, so a file that was cut is none.
"""

import errno
import hashlib
import json
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import IO, BinaryIO
from zipfile import BadZipFile, ZipFile

from data.errors import BadFile

DUMP, MANIFEST = "historian.dump", "manifest.json"
#: What the manifest says that the file is.
KIND = "backup of an embedded historian of Ksys, 1"
CHUNK = 2**20
#: What a ZIP complains with that is broken anywhere.
BROKEN = (
    BadZipFile, EOFError, KeyError, NotImplementedError, RuntimeError, TypeError, ValueError,
    OverflowError, struct.error,
)  # fmt: skip

Progress = Callable[[float], None]


@dataclass(frozen=True)
class Manifest:
    """What a backup is.

    Attributes
    ----------
    made : moment of its one state, ISO 8601
    postgres : major version of the server
    schema : version of the schema of Ksys, 0 where there was none
    rows : rows by table
    stored : what the database took on the disk [bytes]
    size, sha256 : of the dump [bytes, hexadecimal]
    kind : that it is a backup
    """

    made: str
    postgres: int
    schema: int
    rows: Mapping[str, int]
    stored: int
    size: int = 0
    sha256: str = ""
    kind: str = KIND


class Counted:
    """A digest and a size of what passes."""

    def __init__(self) -> None:
        self.size, self._digest = 0, hashlib.sha256()

    def passed(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Yield chunks on."""
        for chunk in chunks:
            self.size += len(chunk)
            self._digest.update(chunk)
            yield chunk

    @property
    def sha256(self) -> str:
        """Return the digest so far."""
        return self._digest.hexdigest()


def write(file: BinaryIO, about: Manifest, chunks: Iterator[bytes]) -> Manifest:
    """Write a backup; return its manifest, with size and digest of the dump."""
    counted = Counted()
    with ZipFile(file, "w") as archive:
        with archive.open(DUMP, "w", force_zip64=True) as target:
            for chunk in counted.passed(chunks):
                target.write(chunk)
        told = {**asdict(about), "size": counted.size, "sha256": counted.sha256}
        archive.writestr(MANIFEST, json.dumps(told, indent=2))
    return Manifest(**told)


def checked(path: Path, progress: Progress) -> Manifest:
    """Return the manifest of a backup whose every byte was read and is as it says.

    Raises
    ------
    BadFile
        If the file is no backup, is cut, or is not what its manifest says.
    """
    with _opened(path) as archive:
        told = dict(json.loads(archive.read(MANIFEST)))
        if told.get("kind") != KIND:
            raise BadFile("backup_kind", file=path, kind=KIND)
        manifest = Manifest(**{each.name: told[each.name] for each in fields(Manifest)})
        for _ in chunks_of(archive, manifest, path, progress):
            pass
    return manifest


def dump(path: Path, manifest: Manifest, progress: Progress) -> Iterator[bytes]:
    """Yield the chunks of the dump.

    Raises
    ------
    BadFile
        At its end, if it is no longer what its manifest says.
    """
    with _opened(path) as archive:
        yield from chunks_of(archive, manifest, path, progress)


def chunks_of(
    archive: ZipFile, manifest: Manifest, path: Path, progress: Progress
) -> Iterator[bytes]:
    """Yield what is in the dump; complain at its end where that is not what the manifest says."""
    counted = Counted()
    with archive.open(DUMP) as file:
        for chunk in counted.passed(_read(file)):
            yield chunk
            progress(min(1.0, counted.size / max(1, manifest.size)))
    if (counted.size, counted.sha256) != (manifest.size, manifest.sha256):
        raise BadFile("backup_sums", file=path, size=counted.size, expected=manifest.size)


def _read(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk


@contextmanager
def _opened(path: Path) -> Iterator[ZipFile]:
    try:
        with ZipFile(path) as archive:
            yield archive
    except OSError as error:
        if error.errno != errno.EINVAL:  # it was led to a place before its beginning
            raise
        raise BadFile("backup_broken", file=path, reason=error.strerror) from error
    except BROKEN as error:
        reason = str(error).strip("\"'") or type(error).__name__
        raise BadFile("backup_broken", file=path, reason=reason) from error
