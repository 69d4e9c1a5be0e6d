"""What is asked about the historian itself: its relations, its tags, their rules."""

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Select,
    Text,
    bindparam,
    column,
    func,
    lateral,
    literal,
    literal_column,
    or_,
    select,
    text,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import INTERVAL

from data.sql.many import tag_rows
from data.sql.readings import TIME
from data.sql.tables import (
    LEFT,
    ROLLUPS,
    influx_hist,
    influx_qc_rule,
    influx_tag,
    ksys_left_since,
    metadata,
)

#: Readings whose qc is looked at: a few thousand index rows, some 10 ms, with each catalog.
SAMPLE_TAGS, SAMPLE_READINGS, DAY_BACK = 200, 10, timedelta(days=1)
#: What is read of TimescaleDB's catalogue; every role may, unless somebody took it away.
LOGS = (
    "continuous_agg",
    "continuous_aggs_hypertable_invalidation_log",
    "continuous_aggs_materialization_invalidation_log",
    "continuous_aggs_materialization_ranges",
    "continuous_aggs_watermark",
    "dimension",
    "dimension_slice",
    "hypertable",
)
# What was written below an aggregate's watermark stands in these logs until a refresh has brought
# it in; above the watermark it is computed when read. An aggregate over another waits for both.
# An aggregate that is materialised only computes nothing: it and what is made of it lack all that
# waits, up to the end of time, which the second log holds as well.
# Times are microseconds since 1970; the ends of a stretch that has none are those of bigint.
_WAITING = text(
    """
WITH RECURSIVE level AS (
    SELECT named.width, a.mat_hypertable_id AS id, a.raw_hypertable_id AS source,
           a.parent_mat_hypertable_id AS parent, a.materialized_only
    FROM unnest(CAST(:names AS text[]), CAST(:widths AS bigint[])) named (name, width)
    JOIN pg_class c ON c.oid = to_regclass(named.name)
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN _timescaledb_catalog.continuous_agg a
      ON a.user_view_name = c.relname AND a.user_view_schema = n.nspname
    UNION ALL
    SELECT level.width, a.mat_hypertable_id, a.raw_hypertable_id, a.parent_mat_hypertable_id,
           a.materialized_only
    FROM level JOIN _timescaledb_catalog.continuous_agg a ON a.mat_hypertable_id = level.parent
), logged AS (
    SELECT level.width, level.id, level.materialized_only,
           w.lowest_modified_value AS low, w.greatest_modified_value AS high
    FROM level JOIN _timescaledb_catalog.continuous_aggs_hypertable_invalidation_log w
      ON w.hypertable_id = level.source
    UNION ALL
    SELECT level.width, level.id, level.materialized_only,
           w.lowest_modified_value, w.greatest_modified_value
    FROM level JOIN _timescaledb_catalog.continuous_aggs_materialization_invalidation_log w
      ON w.materialization_id = level.id
    UNION ALL
    SELECT level.width, level.id, level.materialized_only,
           w.lowest_modified_value, w.greatest_modified_value
    FROM level JOIN _timescaledb_catalog.continuous_aggs_materialization_ranges w
      ON w.materialization_id = level.id
), slices AS (
    SELECT s.range_start, lag(s.range_end) OVER (ORDER BY s.range_start) AS before
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN _timescaledb_catalog.hypertable h
      ON h.table_name = c.relname AND h.schema_name = n.nspname
    JOIN _timescaledb_catalog.dimension d ON d.hypertable_id = h.id AND d.column_name = 'ts'
    JOIN _timescaledb_catalog.dimension_slice s ON s.dimension_id = d.id
    WHERE c.oid = to_regclass(:readings)
)
SELECT DISTINCT logged.width::bigint AS width, logged.low,
       CASE WHEN logged.materialized_only THEN least(logged.high, 9223372036854775806)
            ELSE least(logged.high, w.watermark - 1) END AS high
FROM logged JOIN _timescaledb_catalog.continuous_aggs_watermark w ON w.mat_hypertable_id = logged.id
WHERE logged.materialized_only OR (logged.low < w.watermark AND w.watermark > 0)
UNION ALL
SELECT 0, max(range_start), 0 FROM slices WHERE before IS DISTINCT FROM range_start
HAVING max(range_start) IS NOT NULL
"""
)
# The catalogue of PostgreSQL is none of our tables; to_regclass follows the search path. `unnest`
# is named with its schema: whether another could be meant by it is what these find out.
CATALOG = text(
    """
    SELECT wanted.relation, attribute.attname::text AS "column",
           format_type(attribute.atttypid, NULL) AS type
    FROM pg_catalog.unnest(CAST(:names AS text[])) AS wanted (relation)
    LEFT JOIN pg_attribute attribute
      ON attribute.attrelid = to_regclass(wanted.relation)
      AND attribute.attnum > 0 AND NOT attribute.attisdropped
      AND has_column_privilege(attribute.attrelid, attribute.attnum, 'SELECT')
    WHERE to_regclass(wanted.relation) IS NOT NULL
    """
)
VERSIONS = text(
    """
    SELECT current_setting('server_version') AS postgresql,
           (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb') AS timescaledb,
           (SELECT extversion FROM pg_extension WHERE extname = 'citus') AS citus,
           (SELECT count(*) FROM pg_inherits WHERE inhparent = to_regclass(:readings)) AS parts,
           to_regclass('ksys_dirty') IS NOT NULL AS logged,
           (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = '_timescaledb_catalog' AND c.relname = ANY (:logs)
              AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
           ) = cardinality(CAST(:logs AS text[])) AS refreshes,
           (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = '_timescaledb_catalog' AND c.relname = ANY (:logs)
           ) = cardinality(CAST(:logs AS text[])) AS has_logs
    """
)
SCHEMAS = text(
    """
    SELECT schema::text AS schema, relname::text AS relation
    FROM pg_catalog.unnest(current_schemas(false)) WITH ORDINALITY AS path (schema, place)
    LEFT JOIN pg_namespace ON nspname = schema
    LEFT JOIN pg_class ON relnamespace = pg_namespace.oid
      AND relname = ANY (CAST(:names AS text[])) AND relkind IN ('r', 'p', 'v', 'm', 'f')
    WHERE schema <> 'pg_catalog'
    ORDER BY place
    """
)


@lru_cache
def catalog_statement(names: tuple[str, ...]) -> Any:
    """Return relation, column and its type, a row each, of the named relations that exist.

    Only columns that may be read; a relation of which none may has one row, its column NULL.
    """
    statement = CATALOG.bindparams(bindparam("names", list(names)))
    return statement.columns(column("relation", Text), column("column", Text), column("type", Text))


@lru_cache
def schemas_statement(names: tuple[str, ...]) -> Any:
    """Return schema and relation, in the order of the search path.

    A row for each of the named relations; a schema without any has one, its relation NULL.
    """
    statement = SCHEMAS.bindparams(bindparam("names", list(names)))
    return statement.columns(column("schema", Text), column("relation", Text))


@lru_cache
def versions_statement() -> Any:
    """Return one row: versions as text, and what is so; timescaledb and citus are NULL without.

    `parts`: how many chunks or partitions the readings lie in, 0 for one table; `logged`: the log
    of our own schema keeps the rollups equal to the readings; `refreshes`: all that
    `waiting_statement` reads is there and may be read; `has_logs`: it is there.
    """
    texts = (column(name, Text) for name in ("postgresql", "timescaledb", "citus"))
    names = ("logged", "refreshes", "has_logs")
    truths: list[Any] = [column("parts", BigInteger), *(column(name, Boolean) for name in names)]
    bound = VERSIONS.bindparams(bindparam("logs", list(LOGS)), readings=influx_hist.name)
    return bound.columns(*texts, *truths)


@lru_cache(maxsize=8)
def names_statement(start: datetime | None = None, stop: datetime | None = None) -> Select[Any]:
    """Return every tag name that has readings, by a loose scan of the index (tag_name, ts).

    Parameters
    ----------
    start, stop : of the readings, aware; None: all there are. As constants they leave out chunks
        while planning. Of one large table they would have all readings of a silent tag passed over.
    """
    name, ts = influx_hist.c.tag_name, influx_hist.c.ts
    inside = [ts >= literal(start, TIME)] if start else []
    inside += [ts < literal(stop, TIME)] if stop else []
    first = select(name).where(*inside).order_by(name).limit(1).scalar_subquery()
    names = select(first.label("tag_name")).cte("names", recursive=True)
    later = select(name).where(name > names.c.tag_name, *inside).order_by(name).limit(1)
    step = select(later.correlate(names).scalar_subquery()).where(names.c.tag_name.is_not(None))
    names = names.union_all(step)
    return select(names.c.tag_name).where(names.c.tag_name.is_not(None))


def oldest_statement() -> Select[Any]:
    """Return `oldest`, the time of the oldest reading; no row without any."""
    ts = influx_hist.c.ts
    return select(ts.label("oldest")).order_by(ts).limit(1)


@lru_cache(maxsize=8)
def qc_counts_statement(start: datetime | None = None) -> Select[Any]:
    """Return qc and n: how often each value stands in the newest readings of some tags.

    Of 200 tags the 10 newest readings now and a day ago, for in an outage of a source all of the
    newest are bad. NULL counts as 0.

    Parameters
    ----------
    start : of the readings that are looked at, as in `names_statement`
    """
    return _qc_counts(names_statement(start).limit(SAMPLE_TAGS).subquery("sample"), start)


@lru_cache
def qc_counts_of_statement() -> Select[Any]:
    """Return what `qc_counts_statement` does, of `tags`."""
    return _qc_counts(tag_rows(), None)


@lru_cache
def described_statement() -> Select[Any]:
    """Return `tag_name` of as many tags that have a description as are looked at for their qc."""
    return select(influx_tag.c.tag_name).limit(SAMPLE_TAGS)


def _qc_counts(names: Any, start: datetime | None) -> Select[Any]:
    hist = influx_hist.c
    inside = [hist.ts >= literal(start, TIME)] if start else []
    parts = []
    for before in (func.now(), func.now() - literal(DAY_BACK, INTERVAL)):
        newest = select(hist.qc).where(
            hist.tag_name == names.c.tag_name, hist.ts <= before, *inside
        )
        newest = newest.order_by(hist.ts.desc()).limit(SAMPLE_READINGS).correlate(names)
        rows = lateral(newest, "newest")
        parts.append(select(rows.c.qc).select_from(names.join(rows, true())))
    every = union_all(*parts).subquery("readings")
    qc: Any = func.coalesce(every.c.qc, literal_column("0"), type_=BigInteger).label("qc")
    count: Any = func.count().label("n")
    return select(qc, count).group_by(qc)


def named_statement(name: str, relations: Collection[str]) -> Select[Any]:
    """Return one row, `there`: whether one of these relations has a row of a tag."""
    columns = [metadata.tables[relation].c.tag_name for relation in sorted(relations)]
    rows = [select(column).where(column == name).exists() for column in columns]
    return select(or_(*rows).label("there"))


@lru_cache
def tags_statement(columns: frozenset[str]) -> Select[Any]:
    """Return the rows of `influx_tag`, those of its columns that are named here."""
    return select(*(c for c in influx_tag.c if c.name in columns))


@lru_cache
def rules_statement(columns: frozenset[str]) -> Select[Any]:
    """Return the rows of `influx_qc_rule`, those of its columns that are named here."""
    return select(*(c for c in influx_qc_rule.c if c.name in columns))


@lru_cache
def left_since_statement() -> Select[Any]:
    """Return tag_name and since of the tags whose readings were gone before they were counted."""
    return select(*ksys_left_since.c)


@lru_cache
def waiting_statement() -> Select[Any]:
    """Return width, low, high: stretches of rollups that wait for a refresh, in no order.

    `width` of the rollup [s]; `low` and `high`: the first and the last moment of a stretch
    [microseconds since 1970]; the same may come several times. With width 0 `low` is where the
    newest chunks of the readings begin that follow one another: from there on none was dropped.
    """
    names = ("width", "low", "high")
    relations = [*ROLLUPS.items(), *LEFT.items()]  # what is left out waits by itself
    values: dict[str, Any] = {"names": [table.name for _, table in relations]}
    values |= {"widths": [width for width, _ in relations]}
    bound = _WAITING.bindparams(readings=influx_hist.name, **values)
    rows = bound.columns(*(column(name, BigInteger) for name in names)).subquery("rows")
    return select(*rows.c)
