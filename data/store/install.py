"""Install the historian's schema, upgrade it and tell whether it is whole.

Steps are files `schema/NNN_common.sql`, `NNN_plain.sql` and `NNN_timescale.sql`; NNN is the schema
version. A new database runs all of its engine, an older one those above its version. Every step may
run again. After them, and on a database that is up to date, come the policies of TimescaleDB.
"""

import time
from pathlib import Path
from typing import NamedTuple

from psycopg2.extensions import connection as Connection

from data.errors import ForeignSchema
from data.sql import STANDARDS
from data.store import policies, shapes
from data.store.shapes import Finding

__all__ = ["Finding", "ForeignSchema", "check", "install", "latest_version", "script"]

SCHEMA = Path(__file__).parent / "schema"
INSTALL_LOCK = (0x6B737973, 3)  # "ksys": one installation at a time

# Functions and views keep this search path: a writer with another one still fills our log.
PREAMBLE = """
SELECT set_config('search_path', concat_ws(', ', quote_ident(current_schema()), (
    SELECT quote_ident(nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
    WHERE extname = 'timescaledb' AND nspname <> current_schema()), 'pg_temp'), true);
CREATE TABLE IF NOT EXISTS ksys_schema (
    version int PRIMARY KEY,
    engine text NOT NULL,
    installed_at timestamptz NOT NULL DEFAULT now()
);
"""
RECORD = "INSERT INTO ksys_schema (version, engine) VALUES (%s, %s) ON CONFLICT DO NOTHING;\n"
# What was written while the log was not whole is in no log.
ALL_DIRTY = (
    "INSERT INTO ksys_dirty (tag_name, start, stop) VALUES (NULL, '-infinity', 'infinity');\n"
)

# A table that was never analyzed has no estimate of its rows: -1.
COUNT = """
SELECT CASE WHEN reltuples >= 0 THEN reltuples::bigint ELSE (SELECT count(*) FROM influx_hist) END
FROM pg_class WHERE oid = to_regclass('influx_hist')
"""
# Of readings that were never analyzed it says 0.
COUNT_CHUNKS = """
SELECT coalesce(nullif(approximate_row_count('influx_hist'), 0), (SELECT count(*) FROM influx_hist))
"""
# A hundred thousand readings, read as the step reads them: what all of them take follows.
SAMPLE = """
SELECT count(*) FROM (
    SELECT (abs(value) < 1e140 AND coalesce(qc, 0) = 0) IS NOT TRUE FROM influx_hist LIMIT 100000
) sample
"""


class Sentences(NamedTuple):
    """What is said of a setting of a continuous aggregate: where it is found, and once changed."""

    found: str
    done: str


SETTINGS = {
    "batches": Sentences(
        "the policy of {} takes a transaction every few buckets, and more than twice the time:"
        " `manage.py schema install` changes that",
        "{} is refreshed in one transaction from now on",
    ),
    "computed": Sentences(
        "{} is computed from all readings at each question where nothing is left out:"
        " `manage.py schema install` changes that",
        "{} is read as it is stored from now on",
    ),
}


class Step(NamedTuple):
    """A file of statements: the version it leads to, its name and its text."""

    version: int
    name: str
    text: str


def refuse_codes(connection: Connection, qc_code: str | None, deed: str) -> None:
    """Refuse a historian whose qc is no flag.

    Our rollups would leave out what is good there, and what we load would mean something else.

    Parameters
    ----------
    qc_code : what somebody said of the qc of the readings, None without that
    deed : install or load

    Raises
    ------
    ForeignSchema
        If it is a code of OPC, or looks like one.
    """
    if qc_code in STANDARDS:
        raise ForeignSchema(f"{deed}_qc", reason=f"QC_CODE={qc_code}")
    looks = None if qc_code else shapes.qc_looks(connection)
    if looks:
        like = f"qc looks like {STANDARDS[looks.code]}, {looks.percent}% are {looks.value}"
        raise ForeignSchema(f"{deed}_qc", reason=f"{like} (QC_CODE=flag denies it)")


def install(connection: Connection) -> list[str]:
    """Install, upgrade or mend the schema; commits. Return what was done, empty if nothing was due.

    Raises
    ------
    ForeignSchema
        If a relation of our names is here that this program did not make or cannot write to.
    """
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", INSTALL_LOCK)
        due, gone = _due(connection)
        wrong = policies.settings(connection)
        text = _script(connection, due, gone, wrong)
        if text:
            cursor.execute(text)
    done = [*(f"{name} was missing" for name in gone), *(f"ran {step.name}" for step in due)]
    return done + [SETTINGS[each.key].done.format(each.name) for each in wrong]


class Cost(NamedTuple):
    """What an upgrade reads: how many readings, and about how long that takes [s]."""

    readings: int
    seconds: float


def cost(connection: Connection) -> Cost | None:
    """Return what `install` would cost now where it reads all readings; None where it does not."""
    due, _gone = _due(connection)
    if not any(step.version == shapes.LEFT_VERSION for step in due):
        return None
    with connection.cursor() as cursor:
        if not shapes.exists(cursor, "influx_hist"):
            return None
        timescale = shapes.engine(connection) == "timescale"
        cursor.execute(COUNT_CHUNKS if timescale else COUNT)
        readings = int(cursor.fetchone()[0])
        start = time.perf_counter()
        cursor.execute(SAMPLE)
        sample = int(cursor.fetchone()[0])
    seconds = time.perf_counter() - start
    return Cost(readings, readings * seconds / sample) if sample else None


def script(connection: Connection) -> str:
    """Return the SQL that `install` would run now, as one transaction; empty if nothing is due."""
    text = _script(connection, *_due(connection), policies.settings(connection))
    return f"BEGIN;\n{text}COMMIT;\n" if text else ""


def latest_version() -> int:
    """Return the version of the schema that `install` makes."""
    return _steps("plain")[-1].version


def check(connection: Connection, qc_code: str | None = None) -> list[Finding]:
    """Return what is there and what is missing; a `fault` needs a hand, a `note` does not.

    Parameters
    ----------
    qc_code : what somebody said of the qc of the readings, None without that
    """
    findings = list(shapes.findings(connection, latest_version(), qc_code))
    ours = shapes.installed(connection).engine == "timescale"
    wrong = policies.settings(connection) if ours else []
    return findings + [
        Finding("note", key, SETTINGS[key].found.format(name)) for name, key in wrong
    ]


def _steps(engine: str) -> list[Step]:
    files = sorted(SCHEMA.glob("[0-9][0-9][0-9]_*.sql"))
    return [
        Step(int(file.name[:3]), file.name, file.read_text("utf-8"))
        for file in files
        if file.stem[4:] in ("common", engine)
    ]


def _due(connection: Connection) -> tuple[list[Step], list[str]]:
    """Return the steps to run, and what of an installed schema is missing (then all steps run)."""
    here = shapes.installed(connection)
    steps = _steps(here.engine or shapes.engine(connection))
    _refuse_foreign(connection, here.version, steps[-1].version)
    if not here.engine:
        return steps, []
    with connection.cursor() as cursor:
        gone = shapes.missing(cursor, here) if here.version == steps[-1].version else []
    return [step for step in steps if gone or step.version > here.version], gone


def _script(
    connection: Connection, due: list[Step], gone: list[str], wrong: list[policies.Setting]
) -> str:
    if not due and not wrong:
        return ""
    engine = shapes.installed(connection).engine or shapes.engine(connection)
    with connection.cursor() as cursor:
        record = [cursor.mogrify(RECORD, (step.version, engine)).decode() for step in due]
    end = (
        [policies.IN_ONE, policies.STORED] if engine == "timescale" else [ALL_DIRTY] if gone else []
    )
    return "\n".join([PREAMBLE, *(step.text for step in due), *dict.fromkeys(record), *end])


def _refuse_foreign(connection: Connection, version: int, newest: int) -> None:
    if version > newest:
        raise ForeignSchema("schema_newer", version=version, newest=newest)
    with connection.cursor() as cursor:
        for relation in shapes.SHAPES:
            wrong = shapes.misshapen(cursor, relation)
            if wrong:
                raise ForeignSchema("schema_foreign", difference=wrong)
        for relation in (*shapes.ROLLUPS, *shapes.VIEWS) if version == 0 else ():
            if shapes.exists(cursor, relation):
                raise ForeignSchema("schema_not_ours", relation=relation)
