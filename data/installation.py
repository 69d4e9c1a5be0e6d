"""Install the historian's schema, upgrade it and tell whether it is whole.

Steps are files `schema/NNN_common.sql`, `NNN_plain.sql`, `NNN_timescale.sql`; NNN is the schema version. A new
database runs all of them, an older one those above its version. Every step may run again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from psycopg2.extensions import connection

SCHEMA = Path(__file__).parent / "schema"
INSTALL_LOCK = (0x6B737973, 3)  # "ksys": one installation at a time


class ForeignSchema(Exception):
    """The database holds something of our name that is not ours to change."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing seen in the database: `level` is ok, note or fault; `key` names the matter."""

    level: str
    key: str
    sentence: str


def engine(conn: connection) -> str:
    """'timescale' where continuous aggregates can be had, else 'plain'."""
    with conn.cursor() as cur:
        cur.execute("SELECT current_setting('timescaledb.license', true) FROM pg_extension WHERE extname = 'timescaledb'")
        row = cur.fetchone()
    return "timescale" if row and row[0] == "timescale" else "plain"


def steps(engine: str, above: int = 0) -> list[tuple[int, str, str]]:
    """(version, file name, SQL) of every step above a version, in order."""
    files = sorted(p for p in SCHEMA.glob("*.sql") if p.stem[4:] in ("common", engine))
    return [(int(p.name[:3]), p.name, p.read_text("utf-8")) for p in files if int(p.name[:3]) > above]


def version(conn: connection) -> int:
    """The installed schema version; 0 where there is none."""
    with conn.cursor() as cur:
        cur.execute("SELECT to_regclass('ksys_schema') IS NOT NULL")
        if not cur.fetchone()[0]:
            return 0
        cur.execute("SELECT coalesce(max(version), 0) FROM ksys_schema")
        return cur.fetchone()[0]


def install(conn: connection) -> list[str]:
    """Install or upgrade the schema; commits. Return what was done, empty when nothing was due."""
    with conn, conn.cursor() as cur:
        cur.execute("SELECT pg_advisory_xact_lock(%s, %s)", INSTALL_LOCK)
        due = steps(engine(conn), version(conn))
        if due:
            cur.execute(PREAMBLE)
        for number, name, text in due:
            cur.execute(text)
            cur.execute("INSERT INTO ksys_schema (version) VALUES (%s) ON CONFLICT DO NOTHING", (number,))
    return [f"ran {name}" for _, name, _ in due]


PREAMBLE = """
SELECT set_config('search_path', concat_ws(', ', quote_ident(current_schema()), (
    SELECT quote_ident(nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
    WHERE extname = 'timescaledb'), 'pg_temp'), true);
CREATE TABLE IF NOT EXISTS ksys_schema (
    version int PRIMARY KEY, installed_at timestamptz NOT NULL DEFAULT now()
);
"""


def script(conn: connection) -> str:
    """The SQL that `install` would run now."""
    return "\n".join([PREAMBLE, *(text for _, _, text in steps(engine(conn), version(conn)))])


def check(conn: connection) -> list[Finding]:
    """What is there and what is missing."""
    return []
