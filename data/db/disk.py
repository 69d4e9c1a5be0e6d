"""The disk under the embedded historian: how much is free, and whether that is too little.

Of a historian elsewhere nothing is known here: it says by itself that its disk is full.
"""

import shutil
from pathlib import Path
from typing import NamedTuple

from data.errors import HistorianUnavailable, size_text

#: With less than this PostgreSQL cannot go on: it writes its log in files of 16 MB, some at once.
LEAST = 64 * 2**20
#: With less than this there is little time left: its log alone may grow by 1 GB (`max_wal_size`).
LOW = 2 * 2**30
#: Failures that may come from a full disk: the statement says so, or the server ended by it.
OF_A_DISK = (
    "historian_disk", "historian_refused", "historian_lost", "historian_starting",
    "historian_failed", "historian_timeout",
)  # fmt: skip


class Disk(NamedTuple):
    """What is free on a disk [bytes], and whether that is too little."""

    free: int

    @property
    def full(self) -> bool:
        """Whether a server on it cannot go on."""
        return self.free < LEAST

    @property
    def low(self) -> bool:
        """Whether there is so little that somebody should make room; also where it is full."""
        return self.free < LOW

    def __str__(self) -> str:
        return size_text(self.free)


class _Place:
    """Where the embedded historian of this process stores, None without one."""

    path: Path | None = None


def store_in(path: Path | None) -> None:
    """Say where the embedded historian that is read stores; None: it is another one."""
    _Place.path = path


def disk() -> Disk | None:
    """Return the disk under the embedded historian, None where there is none to be found."""
    if _Place.path is None:
        return None
    try:
        return Disk(shutil.disk_usage(_Place.path).free)
    except FileNotFoundError:  # somebody took its folder away: that the server is gone says enough
        return None


def named(failure: HistorianUnavailable) -> HistorianUnavailable:
    """Return a failure by its cause, where that is a full disk under the embedded historian."""
    here = disk() if failure.key in OF_A_DISK else None
    if here is None or not here.full:
        return failure
    return HistorianUnavailable("historian_disk_here", free=str(here))
