"""What the commands share: their options, how they fail, and the database that they write."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from tqdm import tqdm

from data import db, embedded
from data.errors import BadFile, KsysError
from data.store import install as installation
from settings import Settings, database_address, from_env, slips


def address(_context: click.Context, _option: click.Parameter, text: str | None) -> str | None:
    """Refuse an address that cannot or may not be used before anything is done.

    An empty one is no address, and not as if there were none: a variable of a script that is not
    set would let the command write to the embedded historian.
    """
    if text is None:
        return None
    from_env().demand_tls("--dsn", database_address("--dsn", text))
    return text


DSN = click.option("--dsn", callback=address, help="Database to write, instead of TS_DSN_WRITE.")


class Commands(click.Group):
    """A group whose known failures end as one sentence and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        for name, nearest in slips().items():
            told = KsysError("setting_unknown", name=name, nearest=nearest)
            click.echo(f"note: {told}", err=True)
        try:
            return super().invoke(ctx)
        except KsysError as error:
            raise click.ClickException(_sentence(error)) from error
        except BrokenPipeError:  # click itself ends quietly where nobody reads on
            raise
        except OSError as error:
            raise click.ClickException(_file_sentence(error)) from error


def _sentence(error: KsysError) -> str:
    """Return what went wrong; pages ask again by themselves, commands do not."""
    text = str(error)
    once = " This command does not wait for that; run it again." if "by itself" in text else ""
    return text + once


def naming(text: str, dsn: str | None) -> str:
    """Return what is said of the historian that is read, by what gave its address."""
    return re.sub(r"\bTS_DSN\b", "--dsn", text) if dsn else text


def _file_sentence(error: OSError) -> str:
    """Return which file cannot be used, why, and the way out."""
    if not error.filename:
        return str(error)
    return str(BadFile("file_failed", file=error.filename, reason=error.strerror))


@contextmanager
def writable(dsn: str | None) -> Iterator[tuple[str, str]]:
    """Yield the DSN of the database to write and what names it; else those of the embedded one."""
    settings = from_env()
    target = dsn or settings.dsn_write
    if target:
        yield target, "--dsn" if dsn else "TS_DSN_WRITE"
        return
    if not settings.embedded:
        raise click.UsageError(
            "TS_DSN is only read; name the database to write with --dsn or TS_DSN_WRITE"
        )
    own = embedded.start(settings.directory)
    try:
        yield own.dsn, "the embedded historian"
    finally:
        own.release()


@contextmanager
def writing(dsn: str | None, install_own: bool = True) -> Iterator[Any]:
    """Yield a connection to the database to write, committed when the block ends well."""
    with writable(dsn) as (target, name), db.writing(target, name, schema_of(dsn)) as connection:
        if install_own and not (dsn or from_env().dsn_write):
            installation.install(connection)
        yield connection
        connection.commit()


def schema_of(dsn: str | None) -> str | None:
    """Return the schema to write to; in the embedded historian there is one."""
    settings = from_env()
    return settings.schema if dsn or settings.dsn_write else None


def qc_code(dsn: str | None) -> str | None:
    """Return what qc means in the database to write; in the embedded one only Ksys writes it."""
    settings = from_env()
    return settings.qc_code if dsn or settings.dsn_write else "flag"


@contextmanager
def progress(label: str) -> Iterator[Any]:
    """Yield a function that takes the share done, 0 to 1, and shows it as a bar."""
    with tqdm(total=100, desc=label, unit="%", disable=not sys.stderr.isatty()) as bar:
        yield lambda share: bar.update(round(100 * share) - bar.n)


@contextmanager
def readable(settings: Settings, dsn: str | None) -> Iterator[None]:
    """Let the historian of the pages be read, the embedded one where none is configured.

    What goes wrong names `--dsn` where that gave its address, and not TS_DSN.
    """
    own = None if dsn or not settings.embedded else embedded.start(settings.directory)
    if own:
        click.echo(
            f"note: TS_DSN is not set: this is the embedded historian in {own.home}", err=True
        )
    try:
        target = own.read_dsn if own else dsn or str(settings.dsn)
        db.pool.connect(
            target,
            read_dsn=None if dsn or own else settings.dsn_read,
            pooler=settings.pooler,
            statement_timeout_ms=settings.statement_timeout_ms,
            export_pool_size=1,
            export_timeout_ms=settings.export_timeout_ms,
            qc_code="flag" if own else settings.qc_code,
            schema=None if own else settings.schema,
        )
        db.disk.store_in(own.home if own else None)
        yield
    except KsysError as error:
        if not dsn:
            raise
        raise click.ClickException(naming(_sentence(error), dsn)) from error
    finally:
        db.pool.dispose()
        if own:
            own.release()
