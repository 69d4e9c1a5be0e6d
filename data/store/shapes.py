"""Look at a historian and tell what of the contract is there; read only."""

from collections.abc import Iterator
from dataclasses import dataclass

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor
from sqlalchemy.dialects import postgresql

from data.sql import STANDARDS, Looks, contract, looks_like, qc_counts_statement

_FLOAT = frozenset({"double precision"})
_TEXT = frozenset({"text", "character varying"})
_WHOLE = frozenset({"smallint", "integer", "bigint"})
_TIME = frozenset({"timestamp with time zone"})

#: Tables that may be here before us, with the column types that this program can write to.
SHAPES = {
    "influx_hist": {
        "ts": _TIME,
        "tag_name": _TEXT,
        "value": _FLOAT,
        "qc": _WHOLE,
        "meta": frozenset({"jsonb"}),
    },
    "influx_tag": {
        "tag_name": _TEXT,
        "tag_type": _TEXT,
        "unit": _TEXT,
        "meta": frozenset({"jsonb"}),
    },
    "influx_qc_rule": {
        "tag_name": _TEXT,
        **dict.fromkeys(("min_val", "max_val", "warn_min", "warn_max"), _FLOAT),
        **dict.fromkeys(("crit_min", "crit_max", "max_step"), _FLOAT),
        **dict.fromkeys(("roc_max_per_min", "spike_zscore", "deadband_pct"), _FLOAT),
        "max_gap_seconds": _WHOLE,
        "allow_negative": frozenset({"boolean"}),
        "enabled": frozenset({"boolean"}),
        "meta": frozenset({"jsonb"}),
    },
}
ROLLUPS = ("influx_agg_1m", "influx_agg_10m", "influx_agg_1h", "influx_agg_1d")
#: What the rollups leave out, counted; from this version of the schema on.
LEFT_VERSION = 2
LEFT = ("ksys_left_1m", "ksys_left_10m", "ksys_left_1h", "ksys_left_1d")
VIEWS = ("influx_latest", "features_5m")
TRIGGERS = (
    "ksys_deleted",
    "ksys_inserted",
    "ksys_truncated",
    "ksys_updated_new",
    "ksys_updated_old",
)

_SLOW = ": the newest readings take seconds"
#: What the readings have in place of an index by which the newest of each tag are read.
INDEX_LACKS = {
    "no_index": f"has no index on (tag_name, ts){_SLOW}",
    "index_unfit": f"has no index that serves, only {{index}}{_SLOW}",
    "index_pattern": "has an index that does not order names, {index}: names of tags take seconds",
    "index_invalid": f"has an index on (tag_name, ts) that is not valid{_SLOW}",
    "index_of_some": f"has an index of some readings alone, {{index}}{_SLOW}",
    "index_of_parts": "has an index on (tag_name, ts) in {served} of {parts} chunks or partitions"
    + _SLOW,
}

_COLUMNS = """
SELECT attname, format_type(atttypid, NULL) FROM pg_attribute
WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped
"""
_UNIQUE = """
SELECT 1 FROM pg_index i
WHERE indrelid = to_regclass('influx_hist') AND indisunique AND indisvalid AND indpred IS NULL
  AND (SELECT array_agg(attname::text ORDER BY attname) FROM pg_attribute
       WHERE attrelid = i.indrelid AND attnum = ANY (i.indkey)) = ARRAY['tag_name', 'ts']
"""
_TRIGGERS = """
SELECT tgname FROM pg_trigger WHERE tgrelid = to_regclass('influx_hist') AND tgenabled <> 'D'
"""
_BACKLOG = "SELECT count(*), extract(epoch FROM now() - min(logged_at))::float8 FROM ksys_dirty"
_QC_COUNTS = str(
    qc_counts_statement().compile(
        dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}
    )
)
_MATERIALIZED_ONLY = """
SELECT view_name FROM timescaledb_information.continuous_aggregates
WHERE view_name = ANY (%s) AND materialized_only ORDER BY view_name
"""
_POLICIES = """
SELECT c.view_name, j.job_id IS NOT NULL, j.config ->> 'start_offset',
       (j.config ->> 'start_offset')::interval < interval '30 days', s.last_run_status
FROM timescaledb_information.continuous_aggregates c
LEFT JOIN timescaledb_information.jobs j
    ON j.proc_name = 'policy_refresh_continuous_aggregate'
   AND j.hypertable_name IN (c.view_name, c.materialization_hypertable_name)
LEFT JOIN timescaledb_information.job_stats s USING (job_id)
WHERE c.view_name = ANY (%s) ORDER BY c.view_name
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing seen in the database: `level` is ok, note or fault; `key` names the matter."""

    level: str
    key: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Installed:
    """What `ksys_schema` says: the highest version (0: none) and the engine it was made for."""

    version: int
    engine: str | None


def engine(connection: Connection) -> str:
    """Return 'timescale' where continuous aggregates can be had, else 'plain'."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('timescaledb.license', true) FROM pg_extension"
            " WHERE extname = 'timescaledb'"
        )
        row = cursor.fetchone()
    return "timescale" if row and row[0] == "timescale" else "plain"


def installed(connection: Connection) -> Installed:
    """Return what this program has installed here."""
    with connection.cursor() as cursor:
        if not exists(cursor, "ksys_schema"):
            return Installed(0, None)
        cursor.execute("SELECT version, engine FROM ksys_schema ORDER BY version DESC LIMIT 1")
        return Installed(*(cursor.fetchone() or (0, None)))


def exists(cursor: Cursor, relation: str) -> bool:
    """Whether a table, view or continuous aggregate of this name is on the search path."""
    cursor.execute("SELECT to_regclass(%s) IS NOT NULL", (relation,))
    return bool(cursor.fetchone()[0])


def misshapen(cursor: Cursor, relation: str) -> str | None:
    """Return a sentence on how an existing table differs from the contract, if it does."""
    cursor.execute(_COLUMNS, (relation,))
    columns = dict(cursor.fetchall())
    for column, types in SHAPES[relation].items():
        if columns and columns.get(column) not in types:
            has = f"is {columns[column]}" if column in columns else "is missing"
            return f"{relation}.{column} {has}, and should be {sorted(types)[0]}"
    if columns and relation == "influx_hist" and not _any(cursor, _UNIQUE):
        return "influx_hist has no unique index on (ts, tag_name)"
    return None


def missing(cursor: Cursor, here: Installed) -> list[str]:
    """Return the relations and triggers of an installed schema that are not there."""
    engine = here.engine or "plain"
    relations = [*SHAPES, *ROLLUPS, *VIEWS, *(["ksys_dirty"] if engine == "plain" else [])]
    relations += [*LEFT, "ksys_left_since"] if here.version >= LEFT_VERSION else []
    gone = [relation for relation in relations if not exists(cursor, relation)]
    if engine == "plain" and "influx_hist" not in gone:
        cursor.execute(_TRIGGERS)
        present = {name for (name,) in cursor.fetchall()}
        gone += [f"trigger {name}" for name in TRIGGERS if name not in present]
    return gone


def _any(cursor: Cursor, query: str) -> bool:
    cursor.execute(query)
    return cursor.fetchone() is not None


def qc_looks(connection: Connection) -> Looks | None:
    """Return which code of OPC the qc of the readings looks like, None where it may be a flag."""
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS, ("influx_hist",))
        if "qc" not in dict(cursor.fetchall()):
            return None
        cursor.execute(_QC_COUNTS)
        return looks_like(dict(cursor.fetchall()))


def _of_qc(connection: Connection, code: str | None) -> Iterator[Finding]:
    looks = None if code else qc_looks(connection)
    if looks:
        sentence = (
            f"qc looks like {STANDARDS[looks.code]}: {looks.percent}% are {looks.value}. Every"
            f" reading counts as BAD until QC_CODE says what it means: {looks.code}, or flag if 0"
            " alone is good"
        )
        yield Finding("fault", "qc", sentence)
    elif code in STANDARDS and installed(connection).version:
        sentence = (
            f"QC_CODE={code}, and the rollups of Ksys count readings with qc 0: they are not read,"
            " and long windows are summed up from the readings"
        )
        yield Finding("note", "qc", sentence)


def findings(connection: Connection, newest: int, qc_code: str | None) -> Iterator[Finding]:
    """Yield what is there and what is not.

    Parameters
    ----------
    newest : the version that this program knows
    qc_code : what somebody said of the qc of the readings, None without that
    """
    yield from _of_qc(connection, qc_code)
    here = installed(connection)
    with connection.cursor() as cursor:
        yield from _of_readings(cursor)
        if here.version and here.engine:
            yield from _of_ours(cursor, here, newest, engine(connection))
        else:
            yield from _of_foreign(cursor)
        yield from _of_log(cursor)
        if engine(connection) == "timescale":
            yield from _of_aggregates(cursor)


def _of_readings(cursor: Cursor) -> Iterator[Finding]:
    if not exists(cursor, "influx_hist"):
        yield Finding(
            "fault", "no_readings", "influx_hist is missing: `manage.py schema install` makes it"
        )
        return
    for relation in SHAPES:
        wrong = misshapen(cursor, relation)
        if wrong:
            yield Finding("note" if relation != "influx_hist" else "fault", "shape", wrong)
        elif relation == "influx_hist":
            yield Finding("ok", "readings", "influx_hist has the shape of the contract")
    yield from _of_index(cursor)


def _of_index(cursor: Cursor) -> Iterator[Finding]:
    cursor.execute(contract.INDEX)
    lacks = contract.index_lacks(*cursor.fetchone())
    if lacks:
        key, values = lacks
        yield Finding("note", key, f"influx_hist {INDEX_LACKS[key].format(**values)}")


def _of_ours(cursor: Cursor, here: Installed, newest: int, now: str) -> Iterator[Finding]:
    level = "ok" if here.version == newest else "fault"
    sentence = f"schema version {here.version} of {newest}, for {here.engine} PostgreSQL"
    if here.version < newest:
        sentence += ": `manage.py schema install` upgrades it"
    yield Finding(level, "version", sentence)
    if now != here.engine:
        sentence = f"the schema is made for {here.engine}, and the database is {now} by now"
        yield Finding("note", "engine", sentence)
    for name in missing(cursor, here):
        sentence = f"{name} is missing: `manage.py schema install` makes it again"
        yield Finding("fault", "missing", sentence)


def _of_foreign(cursor: Cursor) -> Iterator[Finding]:
    yield Finding("note", "version", "this schema was not installed by Ksys, which only reads it")
    for relation in ("influx_tag", "influx_qc_rule", *ROLLUPS, *VIEWS):
        if not exists(cursor, relation):
            sentence = f"{relation} is not there: it is derived from what is"
            yield Finding("note", "missing", sentence)


def _of_log(cursor: Cursor) -> Iterator[Finding]:
    if not exists(cursor, "ksys_dirty"):
        return
    cursor.execute(_BACKLOG)
    rows, age = cursor.fetchone()
    behind = (age or 0) > 600
    sentence = f"{rows} changes wait to be rolled up, the oldest for {age or 0:.0f} s"
    if behind:
        sentence += ": run `manage.py refresh`, with --watch to keep on"
    yield Finding("fault" if behind else "ok", "backlog", sentence)


def _of_aggregates(cursor: Cursor) -> Iterator[Finding]:
    names = [*ROLLUPS, *LEFT, "features_5m"]
    cursor.execute(_MATERIALIZED_ONLY, ([*ROLLUPS, "features_5m"],))
    for (name,) in cursor.fetchall():
        sentence = f"{name} is materialized only: its newest buckets are missing or old"
        yield Finding("note", "materialized_only", sentence)
    cursor.execute(_POLICIES, (names,))
    for policy in cursor.fetchall():
        yield _of_policy(*policy)


def _of_policy(
    name: str, there: bool, start_offset: str | None, short: bool | None, status: str | None
) -> Finding:
    mend = "`manage.py refresh --start --stop` repairs"
    if not there:
        sentence = f"{name} has no refresh policy: `manage.py refresh` does its work"
        return Finding("note", "no_policy", sentence)
    if status == "Failed":
        return Finding("fault", "policy_failed", f"the last refresh of {name} failed")
    if short:
        sentence = f"{name} never sees a reading that comes later than {start_offset}: {mend}"
        return Finding("note", "late_readings", sentence)
    return Finding("ok", "policy", f"{name} is refreshed {start_offset or 'however far'} back")
