"""The embedded server on a disk that is full: a sentence at the start, no storm, and it heals."""

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from data import embedded
from data.embedded import EmbeddedUnavailable
from tests.support.servers import (
    App,
    answers,
    asked,
    gone,
    kill,
    named,
    postmaster,
    until,
)

pytestmark = pytest.mark.db


@pytest.fixture
def small() -> Iterator[Callable[[int], Path]]:
    """A directory on a disk of its own, of so many MB; called again, it gets another size."""
    directory = Path(tempfile.mkdtemp())
    directory.chmod(0o755)
    mounted = False

    def sized(megabytes: int) -> Path:
        nonlocal mounted
        options = f"size={megabytes}m,mode=755" + (",remount" if mounted else "")
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(directory)]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode:
            pytest.skip("a disk of its own needs the right to mount one")
        mounted = True
        return directory

    yield sized
    if mounted:
        gone(directory)
        subprocess.run(["umount", str(directory)], check=True)
    directory.rmdir()


def test_a_start_on_a_full_disk_says_so_and_works_once_there_is_room(small) -> None:
    directory = small(12)
    with pytest.raises(EmbeddedUnavailable, match="is full: .* MB are free") as refused:
        embedded.start(directory, fsync=False)
    assert str(directory) in str(refused.value)
    small(400)
    server = embedded.start(directory, fsync=False)
    assert answers(server.dsn)
    server.release()


def test_a_server_that_ended_by_a_full_disk_comes_back_when_there_is_room(small) -> None:
    directory = small(400)
    app = App(directory)
    dsn = app.dsn()
    asked(dsn, "CREATE TABLE kept AS SELECT 1 AS n")
    fill = directory / "fill"
    with pytest.raises(OSError, match="No space left"), fill.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(2**20))
    kill(postmaster(dsn))
    until(lambda: not named(directory, "postgres"))
    with pytest.raises(EmbeddedUnavailable, match="is full: 0 MB are free"):
        embedded.start(directory, fsync=False)
    assert named(directory, "supervisor") and not named(directory, "postgres")
    fill.unlink()
    until(lambda: answers(dsn))
    assert asked(dsn, "SELECT n FROM kept") == 1
    app.end()
