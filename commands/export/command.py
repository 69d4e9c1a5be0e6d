"""The command: the parameters of an address as options, and a file instead of an answer."""

import hashlib
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import click
import pyarrow as pa
from tqdm import tqdm

from commands.export.check import differences
from commands.export.parts import Parts
from commands.paths import FILE, WHOLE_FILE
from commands.shared import address
from commands.whole import whole
from data import export
from data.db import clock
from data.errors import BadFile, BadInput
from data.export import Question
from settings import Settings, from_env

#: Option -> what it says; the parameters of an address, but for the language of refusals.
HELP = {
    "tag": "A tag; may be given again.",
    "tag_like": "A pattern: * stands for any signs, ? for one; may be given again.",
    "group": "All tags of a group; may be given again.",
    "start": "From here: ISO 8601, without offset in the zone.",
    "stop": "Up to here, not included.",
    "window": "Instead of both: a stretch that ends now, such as 24h.",
    "resolution": "raw: every reading (the default); 1s to 1w: buckets; auto.",
    "statistics": "Of buckets, with commas between them: avg, min, max, first, last, sum, diff, n.",
    "tz": "Zone of times and of days (default: SITE_TZ).",
    "shape": "long: a row a reading; wide: a column a tag.",
    "quality": "all, or good.",
    "columns": "The columns, in their order, with commas between them.",
    "order": "tag: tag by tag; time.",
    "decimal": "Sign before decimals: . or ,",
    "separator": "Between cells: , ; or tab.",
    "excel": "1: opens in Excel by double click.",
    "compare": "Beside buckets those of earlier: -1h, -1d, -1w, -1shift, or when that starts.",
}
FORMAT = "What the file is; without it the name says so."
Readable = Callable[[Settings, str | None], AbstractContextManager[None]]


class Done(NamedTuple):
    """What was written."""

    rows: int
    size: int
    sha256: str


def add_export(group: click.Group, readable: Readable) -> None:
    """Add the command to a group.

    Parameters
    ----------
    readable : lets the historian of the pages, or of a DSN, be read
    """

    @group.command("export")
    @_options
    @click.option("--output", "file", type=WHOLE_FILE, required=True, help="File to write.")
    @click.option("--format", "kind", type=click.Choice(list(export.FORMATS)), help=FORMAT)
    @click.option("--resume", is_flag=True, help="Keep the days that are read, and go on there.")
    @click.option("--check", "manifest", type=FILE, help="Only compare FILE with this manifest.")
    @click.option("--dsn", callback=address, help="Historian to read, instead of TS_DSN.")
    def export_file(
        file: Path, kind: str | None, resume: bool, manifest: Path | None, **options: Any
    ) -> None:
        """Write exactly what is asked for to a file: whole, or not at all.

        The options are the parameters of docs/exports.md. With --resume a run that was ended goes
        on with the first day that it had not read.
        """
        if manifest is not None:
            _compare(file, manifest)
            return
        kind, settings = kind or _kind(file), from_env()
        with readable(settings, options.pop("dsn")):
            where = settings.site_tz, settings.shifts, settings.site_name
            question = export.question(_query(options), clock.now().value, *where)
            _write(question, kind, file, resume)


def _options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command an option for each parameter of an address."""
    for name in reversed(HELP):
        many = name in ("tag", "tag_like", "group")
        option = click.option(f"--{name.replace('_', '-')}", name, multiple=many, help=HELP[name])
        command = option(command)
    return command


def _query(options: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the query that an address with these parameters would have."""
    query = {}
    for name, value in options.items():
        texts = list(value) if isinstance(value, tuple) else [value]
        if texts and texts != [None]:
            query[name] = texts
    return query


def _kind(file: Path) -> str:
    fitting = [kind for kind in export.FORMATS if file.name.endswith(f".{kind}")]
    if not fitting:
        kinds = ", ".join(f".{kind}" for kind in export.FORMATS)
        raise click.UsageError(f"{file} ends in none of {kinds}; name the format with --format")
    return max(fitting, key=len)


def _compare(file: Path, manifest: Path) -> None:
    if not file.exists():
        raise BadFile("path_missing", name="--output", path=str(file))
    lines = differences(file, manifest)
    for line in lines:
        click.echo(f"{file}: {line}")
    if lines:
        sys.exit(1)
    click.echo(f"{file}: as the manifest says")


def _write(question: Question, kind: str, file: Path, resume: bool) -> None:
    begun = time.monotonic()
    done = _by_days(question, kind, file) if resume else _at_once(question, kind, file)
    click.echo(
        f"{file}: {done.rows:,} rows, {done.size:,} bytes, {time.monotonic() - begun:,.1f} s,"
        f" sha256 {done.sha256}"
    )


def _at_once(question: Question, kind: str, file: Path) -> Done:
    """Write a file as it is read, from one state of the historian."""
    pump = export.stream(question)
    try:
        with _bar(file.name) as bar:
            return _written(question, kind, file, pump.batches(), bar)
    finally:
        pump.end()


def _by_days(question: Question, kind: str, file: Path) -> Done:
    """Write a file of days, each read once and kept until the file is there.

    Raises
    ------
    BadInput
        If the window moves with the clock: no two runs would ask for the same.
    """
    if question.live:
        raise BadInput("export_resume_window")
    parts = Parts(file, question)
    missing, since = parts.missing(), parts.oldest()
    if since is not None:
        click.echo(
            f"note: {file}: {len(parts.pieces) - len(missing)} of {len(parts.pieces)} parts are of"
            f" an earlier run, from {since:%Y-%m-%dT%H:%M:%SZ} on; what was written for their days"
            " since is not in the file. To read all anew, leave --resume out",
            err=True,
        )
    with tqdm(
        total=len(parts.pieces),
        initial=len(parts.pieces) - len(missing),
        desc=file.name,
        unit=" days",
        disable=not sys.stderr.isatty(),
    ) as bar:
        for number in missing:
            parts.read(number)
            bar.update()
    with _bar(file.name) as bar:
        done = _written(question, kind, file, parts.batches(), bar)
    parts.remove()
    return done


@contextmanager
def _bar(name: str) -> Iterator[Any]:
    """Yield what shows rows and bytes on a terminal."""
    with tqdm(desc=name, unit=" rows", unit_scale=True, disable=not sys.stderr.isatty()) as bar:
        yield bar


def _written(
    question: Question, kind: str, file: Path, batches: Iterator[pa.RecordBatch], bar: Any
) -> Done:
    rows = size = 0
    digest = hashlib.sha256()

    def counted() -> Iterator[pa.RecordBatch]:
        nonlocal rows
        for batch in batches:
            rows += batch.num_rows
            bar.update(batch.num_rows)
            yield batch

    with whole(file) as opened:
        for chunk in export.FORMATS[kind].written(question, export.schema(question), counted()):
            opened.write(chunk)
            digest.update(chunk)
            size += len(chunk)
            bar.set_postfix_str(f"{size / 1e6:,.1f} MB", refresh=False)
    return Done(rows, size, digest.hexdigest())
