"""Operator commands: check, export, load, backup and the rest that `--help` lists."""

import json
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from psycopg2.extensions import connection as Connection

from access import add_commands
from commands.backup import add_backup
from commands.export import add_export
from commands.paths import FILE, NEW_FILE
from commands.places import add_places
from commands.shared import (
    DSN,
    Commands,
    address,
    naming,
    progress,
    qc_code,
    readable,
    schema_of,
    writable,
    writing,
)
from components import status as wording
from data import db, status
from data.analysis import rules
from data.demo import plant, speak
from data.errors import BadInput, ForeignSchema
from data.files import QUALITIES, SIGNS, THOUSANDS
from data.files import load as ingest
from data.files import rules as rulefile
from data.files import tags as tagfiles
from data.store import install as installation
from data.store import rollups
from settings import LANGUAGES, from_env

TAGS = "Tags of values; beside them come one of each other kind: a state, an angle, a counter."
UP_TO_DATE = "nothing to do: the schema is up to date"
WAITING = "another process is refreshing; nothing was done"


@click.group(cls=Commands)
def cli() -> None:
    """Run operator commands of Ksys."""


@cli.group()
def schema() -> None:
    """Install or check the tables of the historian."""


@schema.command()
@DSN
@click.option("--dry-run", is_flag=True, help="Print the SQL and change nothing.")
def install(dsn: str | None, dry_run: bool) -> None:
    """Install the schema, or bring it up to date."""
    with writing(dsn, install_own=False) as connection:
        installation.refuse_codes(connection, qc_code(dsn), "install")
        if dry_run:
            click.echo(installation.script(connection) or f"-- {UP_TO_DATE}")
            return
        cost = installation.cost(connection)
        if cost:
            click.echo(
                f"{cost.readings:,} readings will be read once, to count what the rollups leave"
                f" out: about {cost.seconds:,.0f} s"
            )
        for done in installation.install(connection) or [UP_TO_DATE]:
            click.echo(done)
        if cost:
            rollups.fill_left(connection)


@schema.command()
@DSN
def check(dsn: str | None) -> None:
    """Say what of the schema is there; exit code 1 where something is wrong."""
    with writing(dsn) as connection:
        findings = installation.check(connection, qc_code(dsn))
    for finding in findings:
        click.echo(f"{finding.level:5} {finding.sentence}")
    if any(finding.level == "fault" for finding in findings):
        sys.exit(1)


@cli.command("check")
@click.option("--dsn", callback=address, help="Historian to look at, instead of TS_DSN.")
@click.option("--json", "as_json", is_flag=True, help="Print it for a program.")
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language (default: SITE_LANGUAGE).")
def check_historian(dsn: str | None, as_json: bool, lang: str | None) -> None:
    """Say what is so with the historian that is read; exit code 1 where something must be mended.

    Reads only, with the right to SELECT alone, and for seconds at most.
    """
    settings = from_env()
    with readable(settings, dsn), wording.in_language(lang or settings.language):
        found, zone = status.now(), ZoneInfo(settings.site_tz)
        found = replace(found, lines=tuple(e for e in found.lines if e.subject != "app"))
        if as_json:
            told = wording.as_json(found, zone)
            text = json.dumps(told, ensure_ascii=False, indent=2)
        else:
            text = wording.as_report(found, zone)
    click.echo(naming(text, dsn))
    if status.worst(line.level for line in found.lines) == "fault":
        sys.exit(1)


@cli.command()
@click.argument("files", nargs=-1, required=True, type=FILE)
@DSN
@click.option("--tz", "zone", help="Zone of times without one (default: SITE_TZ).")
@click.option(
    "--on-duplicate",
    type=click.Choice(["last", "first", "error"]),
    default="last",
    show_default=True,
    help="Which of two readings of one tag and time is kept.",
)
@click.option(
    "--shift-to-now", is_flag=True, help="Shift all files so that the newest reading is now."
)
@click.option(
    "--tags", "tag_files", multiple=True, type=FILE, help="CSV of tag_name, unit, description."
)
@click.option("--rules", "rule_files", multiple=True, type=FILE, help="CSV of QC rules.")
@click.option(
    "--skip-bad",
    type=NEW_FILE,
    help="Write broken rows, or cells of a wide file, to this file instead of stopping.",
)
@click.option(
    "--quality",
    type=click.Choice(QUALITIES),
    help="How quality is coded: OPC DA, OPC UA, flag (0 good, else bad), words, or as Ksys "
    "stores it (0 good, 1 uncertain, 2 bad). Without it, by their values.",
)
@click.option("--encoding", help="Of files that are not UTF-8, such as cp949 or cp1252.")
@click.option("--decimal", type=click.Choice(SIGNS), help="Sign before decimals.")
@click.option("--thousands", type=click.Choice(THOUSANDS), help="Sign that groups digits by three.")
@click.option("--ignore", multiple=True, metavar="COLUMN", help="Leave a column out.")
def load(files: tuple[Path, ...], dsn: str | None, zone: str | None, **options: Any) -> None:
    """Load readings from CSV, CSV.GZ or Parquet FILES; each file wholly or not at all."""
    zone = zone or from_env().site_tz
    named = ("quality", "encoding", "decimal", "thousands", "ignore")
    choices = ingest.Choices(**{name: options[name] for name in named})
    shift = None
    if options["shift_to_now"]:
        shift = ingest.shift_to_now(files, zone, datetime.now(UTC), choices)
    with writing(dsn) as connection:
        installation.refuse_codes(connection, qc_code(dsn), "load")
        for path in options["tag_files"]:
            count = tagfiles.load_tags(connection, path, choices.encoding)
            click.echo(f"{path}: {count} tags")
            say_notes(path, tagfiles.remarks(path, choices.encoding))
        for path in options["rule_files"]:
            say_remarks(rulefile.read_csv(path))
            click.echo(f"{path}: {tagfiles.load_rules(connection, path)} rules")
        firsts: list[datetime] = []
        for path in files:
            with progress(path.name) as bar:
                summary = ingest.load(
                    connection,
                    path,
                    zone=zone,
                    on_duplicate=options["on_duplicate"],
                    shift=shift,
                    skip_bad=options["skip_bad"],
                    progress=bar,
                    choices=choices,
                )
            connection.commit()
            click.echo(f"{path}: {summary}")
            if summary.tags:
                click.echo(f"{path}: columns that became tags: {', '.join(summary.tags)}")
            say_notes(path, summary.notes)
            firsts += [summary.first] if summary.first else []
        bring_up_to_date(connection, min(firsts, default=None))


def bring_up_to_date(connection: Connection, since: datetime | None) -> None:
    """Bring the rollups up to date with what was loaded; say so where others keep them.

    The readings are stored then all the same, so the command must not end as if they were not.
    """
    try:
        rollups.refresh(connection, since)
    except ForeignSchema as others:
        click.echo(f"note: {others}", err=True)


def say_notes(path: Path, notes: Sequence[str]) -> None:
    """Say what is remarkable about a file that was loaded."""
    for note in notes:
        click.echo(f"note: {path}: {note}", err=True)


def say_remarks(found: Sequence[rules.Rule]) -> None:
    """Say what is remarkable about sound rules."""
    for rule in found:
        for remark in rules.remarks(rule):
            click.echo(f"note: tag {rule.tag_name!r}: {remark}", err=True)


@cli.group()
def qc() -> None:
    """Import, export and verify QC rules as CSV."""


@qc.command("verify")
@click.argument("file", type=FILE)
def verify_rules(file: Path) -> None:
    """Check a rules FILE, name every broken row, and change nothing."""
    found = list(rulefile.judged(file))
    say_remarks([rule for rule in found if isinstance(rule, rules.Rule)])
    faults = [str(fault) for fault in found if isinstance(fault, BadInput)]
    if faults:
        raise click.ClickException("\n".join(faults))
    click.echo(f"{file}: {len(found)} rules, all sound")


@qc.command("import")
@click.argument("file", type=FILE)
@DSN
def import_rules(file: Path, dsn: str | None) -> None:
    """Take the rules of FILE over into the historian, all or none."""
    say_remarks(rulefile.read_csv(file))
    with writing(dsn) as connection:
        click.echo(f"{file}: {tagfiles.load_rules(connection, file)} rules")


@qc.command("export")
@click.argument("file", type=NEW_FILE)
@DSN
def export_rules(file: Path, dsn: str | None) -> None:
    """Write the rules of the historian to FILE."""
    with writing(dsn) as connection:
        found = tagfiles.stored_rules(connection)
    rulefile.write_csv(found, file)
    click.echo(f"{file}: {len(found)} rules")


@cli.command()
@DSN
@click.option(
    "--start", type=click.DateTime(), help="Rebuild from here (UTC) instead of what changed."
)
@click.option("--stop", type=click.DateTime(), help="Rebuild up to here (UTC).")
@click.option("--watch", is_flag=True, help="Go on until Ctrl-C.")
def refresh(dsn: str | None, start: datetime | None, stop: datetime | None, watch: bool) -> None:
    """Bring the rollups up to date with the readings."""
    if (start is None) != (stop is None):
        raise click.UsageError("--start and --stop go together")
    if start and stop and start >= stop:
        raise click.UsageError(
            f"--start {start} is not before --stop {stop}; choose a later --stop"
        )
    if watch and start:
        raise click.UsageError("--watch repairs no stretch; leave it out, or --start and --stop")
    if watch:
        with writable(dsn) as (target, name), suppress(KeyboardInterrupt):  # which ends it
            keep = db.keeping_to(target, name, schema_of(dsn))
            rollups.watch(target, 10, threading.Event(), keep)
        return
    with writing(dsn) as connection:
        if start and stop:
            done = rollups.rebuild(connection, start.replace(tzinfo=UTC), stop.replace(tzinfo=UTC))
        else:
            done = rollups.refresh(connection)
    counted = f"{done.buckets:,} buckets brought up to date" if done.done else WAITING
    for line in done.spans or [counted]:
        click.echo(str(line))


@cli.command()
@DSN
@click.option("--tags", default=9, show_default=True, type=click.IntRange(9, 20_000), help=TAGS)
@click.option(
    "--days",
    default=365,
    show_default=True,
    type=click.IntRange(1, 3660),
    help="How far back its readings go.",
)
@click.option("--seed", default=7, show_default=True, help="The same seed makes the same readings.")
def demo(dsn: str | None, tags: int, days: int, seed: int) -> None:
    """Fill the historian with the demonstration plant, in the language of the site."""
    with writing(dsn) as connection, progress("Making the plant") as bar:
        plant.seed(connection, datetime.now(UTC), days=days, tags=tags, seed=seed, progress=bar)
        speak(connection, from_env().language)


add_commands(cli, from_env)
add_export(cli, readable)
add_backup(cli)
add_places(cli)

if __name__ == "__main__":
    cli()
