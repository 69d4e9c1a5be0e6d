"""Paths of commands are refused by name, value and way out, before anything is done."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import manage
from commands.whole import whole
from data.errors import BadFile

#: Each command with a path in place of {}, and what names the path there.
READ = {
    ("load", "{}"): "FILES",
    ("load", "a.csv", "--tags", "{}"): "--tags",
    ("load", "a.csv", "--rules", "{}"): "--rules",
    ("restore", "{}"): "FILE",
    ("qc", "verify", "{}"): "FILE",
    ("qc", "import", "{}"): "FILE",
    ("export", "--output", "new.csv", "--check", "{}"): "--check",
    ("export", "--check", "a.csv", "--output", "{}"): "--output",
}
WRITTEN = {
    ("export", "--tag", "D1", "--output", "{}"): "--output",
    ("backup", "{}"): "FILE",
    ("qc", "export", "{}"): "FILE",
    ("load", "a.csv", "--skip-bad", "{}"): "--skip-bad",
}
REPLACED = list(WRITTEN)[:2]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a file, in which commands run that reach no historian."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TS_DSN", "host=/nowhere")
    (tmp_path / "a.csv").write_text("ts,tag_name,value\n")
    return tmp_path


def said(command: tuple[str, ...], path: str) -> str:
    """Return the one sentence that a command ends with."""
    done = CliRunner().invoke(manage.cli, [each.format(path) for each in command])
    assert done.exit_code == 1, done.output
    assert done.output.count("\n") == 1, done.output
    return done.output.strip()


def paths(group: click.Group, *names: str) -> Iterator[tuple[str, ...]]:
    """Yield every parameter of every command that is a path."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from paths(command, *names, name)
        for each in command.params:
            if isinstance(each.type, click.Path | click.File):
                yield (*names, name, each.opts[0])


def test_every_path_of_every_command_is_tried_here() -> None:
    tried = {
        (*(word for word in command[:2] if word in ("qc", "export", "verify", "import")), name)
        if command[0] == "qc"
        else (command[0], name)
        for command, name in (READ | WRITTEN).items()
    }
    there = {
        (*found[:-1], found[-1] if found[-1].startswith("--") else found[-1].upper())
        for found in paths(manage.cli)
    }
    assert there == tried


@pytest.mark.parametrize(("command", "name"), READ.items())
def test_a_file_that_is_not_there_is_named_with_its_option(
    command: tuple[str, ...], name: str
) -> None:
    found = said(command, "absent.csv")
    assert found == f"Error: {name} is 'absent.csv', and there is no such file; mend the path."


@pytest.mark.parametrize(("command", "name"), (READ | WRITTEN).items())
def test_a_folder_is_no_file(command: tuple[str, ...], name: str, folder: Path) -> None:
    (folder / "in").mkdir()
    assert said(command, "in") == f"Error: {name} is 'in', which is a folder; name a file in it."


@pytest.mark.parametrize(("command", "name"), WRITTEN.items())
def test_a_folder_that_is_not_there_is_named(command: tuple[str, ...], name: str) -> None:
    for path, missing in (("/nowhere/b.csv", "/nowhere"), ("/dev/null/b.csv", "/dev/null")):
        found = said(command, path)
        assert found.startswith(f"Error: {name} is '{path}', and there is no folder '{missing}'")


@pytest.mark.parametrize("command", [*READ, *WRITTEN])
def test_a_name_that_is_too_long_is_told_as_such(command: tuple[str, ...]) -> None:
    found = said(command, "x" * 300)
    assert "'xxx" in found and "File name too long" in found and "Mend the path" in found


@pytest.mark.parametrize("command", REPLACED)
def test_a_device_is_not_made_a_file(command: tuple[str, ...], folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    assert "which is a device or a pipe" in said(command, "pipe")
    assert (folder / "pipe").is_fifo()


@pytest.mark.parametrize("command", [*READ, *WRITTEN])
def test_what_this_user_may_not_do_is_told(
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, _mode: Path(path).name == "b.csv")
    assert "Permission denied" in said(command, "a.csv")


def test_a_link_stays_one_and_what_it_leads_to_gives_way(folder: Path) -> None:
    (folder / "elsewhere").mkdir()
    (folder / "link.csv").symlink_to("elsewhere/new.csv")
    with whole(folder / "link.csv") as file:
        file.write(b"time")
    assert (folder / "link.csv").is_symlink()
    assert (folder / "elsewhere" / "new.csv").read_bytes() == b"time"


def test_two_commands_do_not_write_one_file(folder: Path) -> None:
    path = folder / "b.csv"
    with ExitStack() as first:
        first.enter_context(whole(path)).write(b"first")
        with pytest.raises(BadFile, match="is being written by another command"), whole(path):
            pass
    assert path.read_bytes() == b"first"


def test_what_a_killed_command_left_is_written_over(folder: Path) -> None:
    kill = (
        "import os, pathlib\nfrom commands.whole import whole\n"
        "with whole(pathlib.Path('b.csv')) as file:\n"
        "    file.write(b'a longer text')\n    file.flush()\n    os.kill(os.getpid(), 9)\n"
    )
    root = str(Path(manage.__file__).parent)
    done = subprocess.run([sys.executable, "-c", kill], env={**os.environ, "PYTHONPATH": root})
    assert done.returncode == -9 and (folder / "b.csv.unfinished").read_bytes()
    with whole(folder / "b.csv") as file:
        file.write(b"short")
    assert [path.name for path in folder.iterdir() if "b.csv" in path.name] == ["b.csv"]
    assert (folder / "b.csv").read_bytes() == b"short"
