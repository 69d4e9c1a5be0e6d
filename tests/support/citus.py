"""Databases on a real Citus cluster, with the relations of the contract distributed by tag."""

import io
import os
import re
import uuid
from collections.abc import Sequence
from contextlib import closing
from typing import Any, NamedTuple

import psycopg2
from psycopg2.extensions import make_dsn, parse_dsn

from tests.support.places import ROOT

#: A coordinator on which databases may be made and dropped, on it and on the nodes that it knows.
CITUS = os.environ.get("TEST_CITUS_DSN", "")
#: What our own schema has that a distributed table cannot have, or that would stand still.
LOG = """
DROP TRIGGER IF EXISTS ksys_inserted ON influx_hist;
DROP TRIGGER IF EXISTS ksys_deleted ON influx_hist;
DROP TRIGGER IF EXISTS ksys_updated_old ON influx_hist;
DROP TRIGGER IF EXISTS ksys_updated_new ON influx_hist;
DROP TRIGGER IF EXISTS ksys_truncated ON influx_hist;
DROP TABLE IF EXISTS ksys_dirty;
"""
ROLLUPS = ("influx_agg_1m", "influx_agg_10m", "influx_agg_1h", "influx_agg_1d")
LEFT = ("ksys_left_1m", "ksys_left_10m", "ksys_left_1h", "ksys_left_1d")
WIDTHS = (60, 600, 3_600, 86_400)
RELATIONS = (*ROLLUPS, *LEFT, "ksys_left_since", "influx_tag", "influx_qc_rule", "influx_latest")
BESIDE = "SELECT create_distributed_table(%s, 'tag_name', colocate_with => 'influx_hist')"
COUNTS = "abs(value) < 1e140 AND coalesce(qc, 0) = 0"
#: What an operator of a cluster runs instead of our log: docs/citus.md.
ROLLED_UP = """
INSERT INTO {table} (bucket, tag_name, n, sum, min, max, last, first)
SELECT date_bin('{width} s', ts, 'epoch'), tag_name, count(*), sum(value), min(value), max(value),
       (array_agg(value ORDER BY ts DESC))[1], (array_agg(value ORDER BY ts))[1]
FROM influx_hist WHERE {counts} GROUP BY 1, 2
"""
LEFT_OUT = """
INSERT INTO {table} (bucket, tag_name, flagged, not_finite, absurd, low, high)
SELECT date_bin('{width} s', ts, 'epoch'), tag_name,
       count(*) FILTER (WHERE abs(value) < 1e140),
       count(*) FILTER (WHERE NOT abs(value) < 'inf'),
       count(*) FILTER (WHERE abs(value) < 'inf' AND abs(value) >= 1e140),
       min(value) FILTER (WHERE abs(value) < 'inf'), max(value) FILTER (WHERE abs(value) < 'inf')
FROM influx_hist WHERE value IS NOT NULL AND ({counts}) IS NOT TRUE GROUP BY 1, 2
"""
UNNAMED = """
INSERT INTO influx_tag (tag_name)
SELECT DISTINCT one.tag_name FROM influx_hist one
LEFT JOIN influx_tag tag ON tag.tag_name = one.tag_name WHERE tag.tag_name IS NULL
"""
#: A test that describes a tag after its readings finds the row that they were given.
BARE = """
SELECT DISTINCT tag.tag_name
FROM influx_tag tag JOIN influx_hist hist ON hist.tag_name = tag.tag_name
WHERE jsonb_strip_nulls(to_jsonb(tag) - '{key,tag_name,created_at,updated_at}'::text[])
      IN ('{}', '{"meta": {}}')
"""
DESCRIBES = re.compile(r"INSERT INTO influx_tag\b", re.I)
#: Where our log has been dropped, none can be turned off.
TURNS_OFF = re.compile(r"ALTER TABLE influx_hist (DIS|EN)ABLE TRIGGER (USER|ALL)$", re.I)
IN_PUBLIC = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ({kinds}) AND NOT relispartition
  AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
"""
WRITES = re.compile(r"(INSERT INTO|COPY) influx_hist\b", re.I)
#: Citus before 13.1 has no such setting, and makes a database on one server anyway.
NOT_ON_NODES = """
SELECT set_config(name, 'off', false) FROM pg_settings
WHERE name = 'citus.enable_create_database_propagation'
"""
COPIED = ("influx_tag", "influx_qc_rule", "influx_hist", *ROLLUPS)
#: Tables that hold what is computed: only the others are copied.
STORED = """
SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
  AND attgenerated = '' AND attidentity = ''
"""


class Layout(NamedTuple):
    """The SQL of docs/citus.md: relations, how they are distributed, rows for tags, two rollups."""

    relations: str
    distributed: str
    named: str
    minutes: str
    tens: str


def layout() -> Layout:
    """Return what an operator is told to run."""
    text = (ROOT / "docs/citus.md").read_text("utf-8")
    return Layout(*re.findall(r"^```sql\n(.*?)^```", text, re.M | re.S))


def run(dsn: str, *statements: str) -> list[Any]:
    """Run statements, each by itself; return the rows of the last."""
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        for statement in statements:
            cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def nodes() -> list[tuple[str, int]]:
    """Return host and port of the nodes, the coordinator first."""
    sql = "SELECT nodename, nodeport FROM pg_dist_node WHERE noderole = 'primary' ORDER BY groupid"
    return [(str(host), int(port)) for host, port in run(CITUS, sql)]


def new_database() -> str:
    """Make a database on each node, a cluster of its own; return its name."""
    name, every = f"ksys_test_{uuid.uuid4().hex}", nodes()
    for host, port in every:
        run(make_dsn(CITUS, host=host, port=port), f'CREATE DATABASE "{name}"')
        there = make_dsn(CITUS, host=host, port=port, dbname=name)
        run(there, "CREATE EXTENSION citus", f'ALTER DATABASE "{name}" SET jit = off')
    (host, port), *workers = every
    coordinator = f"'{host}', {port}"
    run(
        make_dsn(CITUS, dbname=name),
        f"SELECT citus_set_coordinator_host({coordinator})",
        *(f"SELECT citus_add_node('{each}', {at})" for each, at in workers),
        f"SELECT citus_set_node_property({coordinator}, 'shouldhaveshards', true)",
        f'ALTER DATABASE "{name}" SET citus.shard_count = 3',
    )
    return name


def emptied(dsn: str) -> str:
    """Return the DSN of a database without any relation: to make one takes six seconds."""
    # Citus cannot drop a schema with distributed tables and views over them at once.
    for kind, kinds in (("VIEW", "'v'"), ("MATERIALIZED VIEW", "'m'"), ("TABLE", "'r', 'p'")):
        named = run(dsn, IN_PUBLIC.format(kinds=kinds))
        run(dsn, *(f'DROP {kind} IF EXISTS "{name}" CASCADE' for (name,) in named), "SELECT 1")
    return dsn


def drop_databases(names: Sequence[str]) -> None:
    """Drop databases on every node."""
    for host, port in nodes():
        there = make_dsn(CITUS, host=host, port=port)
        run(there, *(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)' for name in names))


def distribute(dsn: str) -> None:
    """Distribute the relations of the contract that are there by tag, side by side."""
    there = set()
    for name in RELATIONS:
        found = run(dsn, f"SELECT relkind FROM pg_class WHERE oid = to_regclass('{name}')")
        there |= {name} if found and found[0][0] == "r" else set()
    if "influx_tag" not in there:
        run(dsn, "CREATE TABLE influx_tag (tag_name text, tag_type text, meta jsonb)")
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(LOG)
        cursor.execute("SELECT create_distributed_table('influx_hist', 'tag_name')")
        for name in sorted({*there, "influx_tag"}):
            _without_other_keys(cursor, name)
            cursor.execute(BESIDE, (name,))


def _without_other_keys(cursor: Any, relation: str) -> None:
    """Drop what must be unique over all tags: a node knows its own alone."""
    cursor.execute(
        "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('p', 'u')"
        " AND NOT (SELECT attnum FROM pg_attribute WHERE attrelid = conrelid"
        " AND attname = 'tag_name') = ANY (conkey)",
        (relation,),
    )
    for (name,) in cursor.fetchall():
        cursor.execute(f'ALTER TABLE {relation} DROP CONSTRAINT "{name}"')


class Naming(psycopg2.extensions.cursor):
    """A cursor that gives each tag whose readings it writes its row, as the layout asks for."""

    def execute(self, query: Any, vars: Any = None) -> None:
        """Run a statement."""
        text = query.decode() if isinstance(query, bytes) else str(query)
        if TURNS_OFF.match(text):
            return
        describes = bool(DESCRIBES.search(text))
        if describes:
            self._beside(BARE, "DELETE FROM influx_tag WHERE tag_name = ANY (%s)")
        super().execute(query, vars)
        if describes or WRITES.search(text):
            self._beside(UNNAMED)

    def copy_expert(self, sql: Any, file: Any, size: int = 8192) -> None:
        """Read or write rows in bulk."""
        super().copy_expert(sql, file, size)
        if WRITES.search(str(sql)):
            self._beside(UNNAMED)

    def _beside(self, statement: str, with_names: str = "") -> None:
        """Run a statement where both relations are there, and another with the names it gives."""
        with psycopg2.extensions.cursor(self.connection) as beside:
            beside.execute("SELECT to_regclass('influx_tag'), to_regclass('influx_hist')")
            if None in beside.fetchone():
                return
            beside.execute(statement)
            if with_names:
                beside.execute(with_names, ([name for (name,) in beside.fetchall()],))


def refresh(connection: Any) -> None:
    """Roll up all readings anew."""
    with connection.cursor() as cursor:
        for names, statement in ((ROLLUPS, ROLLED_UP), (LEFT, LEFT_OUT)):
            for name, width in zip(names, WIDTHS, strict=True):
                cursor.execute(f"DELETE FROM {name}")
                cursor.execute(statement.format(table=name, width=width, counts=COUNTS))


def copied(source: str, target: str, relations: Sequence[str] = COPIED) -> None:
    """Copy what a store of one server holds into the same relations of a cluster."""
    with closing(psycopg2.connect(source)) as one, closing(psycopg2.connect(target)) as other:
        for relation in relations:
            with one.cursor() as reads, other.cursor() as writes:
                reads.execute(STORED, (relation,))
                columns, rows = reads.fetchone()[0], io.BytesIO()
                reads.copy_expert(f"COPY {relation} ({columns}) TO STDOUT", rows)
                rows.seek(0)
                writes.copy_expert(f"COPY {relation} ({columns}) FROM STDIN", rows)
        other.commit()


def single() -> str:
    """Return the DSN of a database of the coordinator's server that is no cluster, made now."""
    name = f"ksys_test_{uuid.uuid4().hex}"
    run(CITUS, NOT_ON_NODES, f'CREATE DATABASE "{name}"')
    return make_dsn(CITUS, dbname=name)


def database_of(dsn: str) -> str:
    """Return the name of the database that a DSN names."""
    return str(parse_dsn(dsn)["dbname"])
