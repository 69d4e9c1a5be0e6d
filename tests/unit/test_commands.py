"""How commands end: in a sentence that names the file, and says what the command does not do."""

import errno
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from types import SimpleNamespace
from typing import BinaryIO

import click
import pytest
from click.testing import CliRunner

from commands.shared import Commands, readable
from commands.whole import new, whole
from data.db import HistorianUnavailable
from data.errors import SENTENCES, BadInput
from settings import Settings

Writes = Callable[[Path], AbstractContextManager[BinaryIO]]


def ended(error: Exception) -> str:
    """Return what a command says that ended so."""

    @click.group(cls=Commands)
    def group() -> None:
        pass

    @group.command()
    def fails() -> None:
        raise error

    done = CliRunner().invoke(group, ["fails"])
    assert done.exit_code == 1
    return done.output


@pytest.mark.parametrize("key", ["historian_lost", "historian_refused", "historian_full"])
def test_a_command_says_that_it_does_not_ask_again(key: str) -> None:
    assert "by itself" in SENTENCES[key]
    said = ended(HistorianUnavailable(key))
    assert said.endswith("This command does not wait for that; run it again.\n"), said


def test_what_nobody_does_again_is_said_without_it() -> None:
    assert "run it again" not in ended(BadInput("export_resume_window"))


@pytest.mark.parametrize("writes", [whole, new])
def test_a_full_disk_names_the_file(tmp_path: Path, writes: Writes) -> None:
    path = tmp_path / "d101.csv"

    def fill() -> None:
        with writes(path) as file:
            file.write(b"time")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError) as caught:
        fill()
    assert ended(caught.value).startswith(f"Error: {path}: No space left on device. Mend ")
    assert list(tmp_path.iterdir()) == []


def test_a_variable_that_is_misspelt_is_told_before_anything_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KSYS_DIR", "/srv/ksys")
    said = ended(BadInput("export_resume_window"))
    assert said.startswith("note: KSYS_DIR is set, but is no setting of Ksys and does nothing; ")


def test_what_is_read_of_the_embedded_historian_says_that_it_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An administrator whose shell lacks the TS_DSN of the server would take it for the plant's."""
    own = SimpleNamespace(read_dsn="host=/nowhere", home=tmp_path, release=lambda: None)
    monkeypatch.setattr("data.embedded.start", lambda _: own)
    for dsn in (None, "host=/nowhere"):
        with readable(Settings(), dsn):
            pass
    (line,) = capsys.readouterr().err.splitlines()
    assert line == f"note: TS_DSN is not set: this is the embedded historian in {tmp_path}"
