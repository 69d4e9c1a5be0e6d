"""A backup of an embedded server in one file, and such a file as a server's only data again.

Both work on one state of all tables. A backup is read by `pg_dump` beside whoever reads and writes.
What is restored comes into a database of its own, is counted there, and takes the place of the old
one in one transaction, so that what ends a restore leaves the old data as they were.
"""

import contextlib
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC
from pathlib import Path
from typing import IO, Any, BinaryIO

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import ISOLATION_LEVEL_REPEATABLE_READ, make_dsn

from data.embedded import archive
from data.embedded.archive import Manifest, Progress
from data.embedded.server import ROOM, Server, disk_full, free_bytes
from data.errors import BadFile, EmbeddedUnavailable, size_text

#: A database that is coming, and one that is going; what was left of either is dropped.
COMING, GOING = "ksys_coming", "ksys_going"
#: Here one stands while databases are renamed.
BESIDE = "template1"
#: Programs of the server see none of the caller's PG… and locale variables.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
_TABLES = """
SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
ORDER BY relname
"""
_ABOUT = """
SELECT now(), current_setting('server_version_num')::int / 10000,
       pg_database_size(current_database()), to_regclass('ksys_schema') IS NOT NULL,
       pg_export_snapshot()
"""
# One statement for the server, and so one transaction.
_RENAME = f"""
ALTER DATABASE ksys RENAME TO {GOING};
ALTER DATABASE {COMING} RENAME TO ksys;
"""
_SCHEMA = "SELECT coalesce(max(version), 0) FROM ksys_schema"


def backup(server: Server, file: BinaryIO, progress: Callable[[int], None]) -> Manifest:
    """Write all of a server to a file; return what that is.

    Parameters
    ----------
    file : open, can be sought
    progress : takes how many bytes were written since it was called last

    Raises
    ------
    EmbeddedUnavailable
        If the server holds nothing, or could not be read to the end.
    """
    with _in_words(server), contextlib.closing(psycopg2.connect(server.dsn)) as connection:
        connection.set_session(ISOLATION_LEVEL_REPEATABLE_READ, readonly=True)
        with connection.cursor() as cursor:
            cursor.execute(_ABOUT)
            made, major, stored, has_schema, snapshot = cursor.fetchone()
            cursor.execute(_SCHEMA if has_schema else "SELECT 0")
            schema = cursor.fetchone()[0]
            about = Manifest(made.astimezone(UTC).isoformat(), major, schema, _rows(cursor), stored)
        if not any(about.rows.values()):
            raise EmbeddedUnavailable("backup_nothing", place=server.home)
        return archive.write(file, about, _dumped(server, snapshot, progress))


def _rows(cursor: Any) -> Mapping[str, int]:
    """Return the rows of each table."""
    cursor.execute(_TABLES)
    counted = {}
    for (name,) in cursor.fetchall():
        cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier("public", name)))
        counted[name] = int(cursor.fetchone()[0])
    return counted


def _dumped(server: Server, snapshot: str, progress: Callable[[int], None]) -> Iterator[bytes]:
    """Yield what pg_dump writes of one state; complain at its end where that is not whole."""
    options = ["--format=custom", "--compress=gzip:1", f"--snapshot={snapshot}"]
    options.append(f"--dbname={server.dsn}")
    streams = subprocess.DEVNULL, subprocess.PIPE
    with _running(server, "pg_dump", options, *streams) as (program, errors):
        while program.stdout and (chunk := program.stdout.read(archive.CHUNK)):
            yield chunk
            progress(len(chunk))
        if program.wait():
            raise EmbeddedUnavailable("backup_failed", reason=_said(errors))


@contextlib.contextmanager
def _running(
    server: Server, name: str, options: Sequence[str], stdin: int, stdout: int
) -> Iterator[tuple["subprocess.Popen[bytes]", IO[bytes]]]:
    """Run a program of the server's; yield it and what it complains."""
    command = [str(server.programs / name), *options]
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(  # noqa: S603 - our own program
            command,
            stdin=stdin,
            stdout=stdout,
            stderr=errors,
            env=ENVIRONMENT,
        ) as program,
    ):
        yield program, errors


def _said(errors: IO[bytes]) -> str:
    """Return the first error that a program named, or else its last line."""
    errors.seek(0)
    lines = [line.strip() for line in errors.read().decode(errors="replace").split("\n")]
    named = [line.partition("error: ")[2] for line in lines if "error: " in line]
    return [*named, *[line for line in lines if line][-1:], "it ended without a word"][0]


def restore(
    server: Server, path: Path, manifest: Manifest, *, replace: bool, progress: Progress
) -> None:
    """Let a server hold what a backup holds, and nothing else.

    Parameters
    ----------
    manifest : of the backup, from `checked`
    replace : whether data that the server holds may go

    Raises
    ------
    EmbeddedUnavailable
        If somebody else uses the server, it holds data, its disk has no room for both, or the
        backup cannot be read into it. The data are as they were.
    BadFile
        If the backup is of a newer PostgreSQL, or not what its manifest says.
    """
    with _in_words(server):
        _refuse(server, path, manifest, replace)
        with _beside(server) as cursor:
            _drop(cursor, COMING)
            try:
                cursor.execute(f"CREATE DATABASE {COMING} TEMPLATE template0")
                _fill(server, path, manifest, progress)
                _refuse_used(server)
                _take_over(cursor)
            finally:
                _drop(cursor, COMING)
            _drop(cursor, GOING)


@contextlib.contextmanager
def _in_words(server: Server) -> Iterator[None]:
    """Say in a sentence what the server complains of."""
    try:
        yield
    except psycopg2.Error as error:
        reason = " ".join(str(error).split())
        raise disk_full(server.home) or EmbeddedUnavailable(
            "backup_failed", reason=reason
        ) from error


def _refuse(server: Server, path: Path, manifest: Manifest, replace: bool) -> None:
    """Refuse what cannot or may not be restored, before anything is done."""
    _refuse_used(server)
    with contextlib.closing(psycopg2.connect(server.dsn)) as connection, connection:
        _refuse_newer(path, manifest.postgres, connection.server_version // 10_000)
        if not replace:
            _refuse_data(server, connection.cursor())
    _refuse_room(server, manifest)


@contextlib.contextmanager
def _beside(server: Server) -> Iterator[Any]:
    """Yield a cursor of another database, on which each statement is a transaction."""
    with contextlib.closing(psycopg2.connect(make_dsn(server.dsn, dbname=BESIDE))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor


def _drop(cursor: Any, name: str) -> None:
    cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _take_over(cursor: Any) -> None:
    """Put the database that came in the place of the one that goes, whole or not at all."""
    _drop(cursor, GOING)
    try:
        cursor.execute(_RENAME)
    except psycopg2.errors.ObjectInUse as error:
        raise EmbeddedUnavailable("restore_used") from error


def _fill(server: Server, path: Path, manifest: Manifest, progress: Progress) -> None:
    """Read a backup into the database that comes, and count there what came."""
    coming = make_dsn(server.dsn, dbname=COMING)
    options = ["--single-transaction", "--exit-on-error", "--no-owner"]
    options.append(f"--dbname={coming}")
    streams = subprocess.PIPE, subprocess.DEVNULL
    with _running(server, "pg_restore", options, *streams) as (program, errors):
        with contextlib.suppress(BrokenPipeError):  # it says why
            _send(program, archive.dump(path, manifest, progress))
        if program.wait():
            raise EmbeddedUnavailable("restore_failed", file=path, reason=_said(errors))
    with contextlib.closing(psycopg2.connect(coming)) as connection, connection:
        cursor = connection.cursor()
        came = _rows(cursor)
        for table in {**manifest.rows, **came}:
            rows, expected = came.get(table), manifest.rows.get(table)
            if rows != expected:
                told = {"table": table, "rows": rows or 0, "expected": expected or 0}
                raise BadFile("restore_rows", file=path, **told)
        cursor.execute("ANALYZE")


def _send(program: "subprocess.Popen[bytes]", chunks: Iterator[bytes]) -> None:
    """Send all to a program, or end it: it may not take a part for the whole."""
    pipe = program.stdin
    with contextlib.ExitStack() as unless_whole:
        unless_whole.callback(program.kill)
        for chunk in chunks:
            pipe.write(chunk)  # type: ignore[union-attr]  # it is a pipe
        unless_whole.pop_all()
    with contextlib.suppress(BrokenPipeError):
        pipe.close()  # type: ignore[union-attr]  # it is a pipe


def _refuse_used(server: Server) -> None:
    if not server.is_alone():
        raise EmbeddedUnavailable("restore_used")


def _refuse_newer(path: Path, major: int, ours: int) -> None:
    if major > ours:
        raise BadFile("backup_newer", file=path, what="PostgreSQL", version=major, ours=ours)


def _refuse_data(server: Server, cursor: Any) -> None:
    held = {name: rows for name, rows in _rows(cursor).items() if rows and name != "ksys_schema"}
    if held:
        told = ", ".join(f"{name} {rows:,}" for name, rows in held.items())
        raise EmbeddedUnavailable("restore_holds", place=server.home, held=told)


def _refuse_room(server: Server, manifest: Manifest) -> None:
    free = free_bytes(server.home)
    if free < manifest.stored + ROOM:
        needed, left = size_text(manifest.stored + ROOM), size_text(free)
        raise EmbeddedUnavailable("restore_room", place=server.home, needed=needed, free=left)
