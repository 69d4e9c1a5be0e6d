"""`manage.py backup` and `restore`: all of the embedded historian in one file, and back."""

import hashlib
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from tqdm import tqdm

from commands.paths import FILE, WHOLE_FILE
from commands.shared import progress
from commands.whole import new
from data import embedded
from data.errors import BadFile, size_text
from data.store import install as installation
from settings import Settings, from_env


def add_backup(group: click.Group) -> None:
    """Add both commands to a group."""

    @group.command("backup")
    @click.argument("file", type=WHOLE_FILE)
    def write_backup(file: Path) -> None:
        """Write all of the embedded historian to FILE, which must be new.

        Ksys may run meanwhile; the file holds one state of all tables.
        """
        begun = time.monotonic()
        with new(file) as opened, _own() as server, _bar(file.name) as bar:
            manifest = embedded.backup(server, opened, bar.update)
        _say(file, manifest)
        seconds = time.monotonic() - begun
        with file.open("rb") as written:  # of the file, as sha256sum tells it
            digest = hashlib.file_digest(written, "sha256").hexdigest()
        click.echo(f"{file}: {file.stat().st_size:,} bytes, {seconds:,.1f} s, sha256 {digest}")

    @group.command("restore")
    @click.argument("file", type=FILE)
    @click.option("--replace", is_flag=True, help="Let the data go that are there.")
    def read_backup(file: Path, replace: bool) -> None:
        """Let the embedded historian hold what the backup FILE holds, and nothing else.

        Ksys must not run. The file is checked as a whole before anything is done, and until all of
        it is there the data stay as they are.
        """
        settings = _settings()
        with progress(f"Checking {file.name}") as bar:
            manifest = embedded.checked(file, bar)
        newest = installation.latest_version()
        if manifest.schema > newest:
            told = {"what": "schema", "version": manifest.schema, "ours": newest}
            raise BadFile("backup_newer", file=file, **told)
        with _own(settings) as server, progress(f"Restoring {file.name}") as bar:
            embedded.restore(server, file, manifest, replace=replace, progress=bar)
        _say(file, manifest)
        click.echo(f"{file}: restored, as it was at {manifest.made}")


def _settings() -> Settings:
    settings = from_env()
    if not settings.embedded:
        raise click.UsageError(
            "TS_DSN names a historian of your own, and this is for the embedded one; "
            "take pg_dump or pg_basebackup of that server"
        )
    return settings


@contextmanager
def _own(settings: Settings | None = None) -> Iterator[embedded.Server]:
    """Yield the embedded server."""
    server = embedded.start((settings or _settings()).directory)
    try:
        yield server
    finally:
        server.release()


@contextmanager
def _bar(name: str) -> Iterator["tqdm[None]"]:
    """Yield what shows bytes on a terminal; how many there will be nobody knows."""
    with tqdm(
        desc=name, unit="B", unit_scale=True, unit_divisor=1024, disable=not sys.stderr.isatty()
    ) as bar:
        yield bar


def _say(file: Path, manifest: embedded.Manifest) -> None:
    for table, rows in manifest.rows.items():
        click.echo(f"{file}: {table} {rows:,} rows")
    click.echo(f"{file}: a database of {size_text(manifest.stored)}")
