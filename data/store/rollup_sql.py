"""The statements that compute rollups: built here, run by data/store/rollups.py."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from psycopg2 import sql

#: Who watches. A lock on a standby is its own: it would elect one there beside the primary's.
ELECTION = "SELECT CASE WHEN pg_is_in_recovery() THEN false ELSE pg_try_advisory_lock(%s, %s) END"


class Columns(NamedTuple):
    """What a bucket holds: its columns, and how they come of readings (which) and finer buckets."""

    names: tuple[str, ...]
    from_readings: str
    condition: str
    from_buckets: str


# What a bucket holds, from readings and from finer buckets. Values that are not finite (or so large
# that a sum might not be) and readings with a source flag stay out: docs/definitions.md, 1.
FROM_READINGS = """
    date_bin({width}, s.ts, 'epoch') AS bucket,
    count(*) AS n, sum(s.value) AS sum, min(s.value) AS min, max(s.value) AS max,
    (array_agg(s.value ORDER BY s.ts))[1] AS first,
    (array_agg(s.value ORDER BY s.ts))[count(*)::int] AS last"""
TRUSTED = "AND abs(s.value) < 1e140 AND coalesce(s.qc, 0) = 0"
FROM_BUCKETS = """
    date_bin({width}, s.bucket, 'epoch') AS bucket,
    sum(s.n)::bigint AS n, sum(s.sum) AS sum, min(s.min) AS min, max(s.max) AS max,
    (array_agg(s.first ORDER BY s.bucket))[1] AS first,
    (array_agg(s.last ORDER BY s.bucket))[count(*)::int] AS last"""
GOOD = Columns(("n", "sum", "min", "max", "first", "last"), FROM_READINGS, TRUSTED, FROM_BUCKETS)

# What those leave out, each reading once. `abs` of NaN is NaN, which is greater than infinity.
LEFT_FROM_READINGS = """
    date_bin({width}, s.ts, 'epoch') AS bucket,
    count(*) FILTER (WHERE abs(s.value) < 1e140) AS flagged,
    count(*) FILTER (WHERE (abs(s.value) < 'infinity') IS NOT TRUE) AS not_finite,
    count(*) FILTER (WHERE abs(s.value) >= 1e140 AND abs(s.value) < 'infinity') AS absurd,
    min(s.value) FILTER (WHERE abs(s.value) < 'infinity') AS low,
    max(s.value) FILTER (WHERE abs(s.value) < 'infinity') AS high"""
NOT_TRUSTED = "AND (abs(s.value) < 1e140 AND coalesce(s.qc, 0) = 0) IS NOT TRUE"
LEFT_FROM_BUCKETS = """
    date_bin({width}, s.bucket, 'epoch') AS bucket,
    sum(s.flagged)::bigint AS flagged, sum(s.not_finite)::bigint AS not_finite,
    sum(s.absurd)::bigint AS absurd, min(s.low) AS low, max(s.high) AS high"""
LEFT = Columns(
    ("flagged", "not_finite", "absurd", "low", "high"),
    LEFT_FROM_READINGS,
    NOT_TRUSTED,
    LEFT_FROM_BUCKETS,
)


@dataclass(frozen=True, slots=True)
class Level:
    """A rollup, the width of its buckets, what it is computed from and what it holds."""

    relation: str
    width: str
    source: str
    columns: Columns = GOOD


LEVELS = (
    Level("influx_agg_1m", "1 minute", "influx_hist"),
    Level("influx_agg_10m", "10 minutes", "influx_agg_1m"),
    Level("influx_agg_1h", "1 hour", "influx_agg_10m"),
    Level("influx_agg_1d", "1 day", "influx_agg_1h"),
)
LEFT_LEVELS = (
    Level("ksys_left_1m", "1 minute", "influx_hist", LEFT),
    Level("ksys_left_10m", "10 minutes", "ksys_left_1m", LEFT),
    Level("ksys_left_1h", "1 hour", "ksys_left_10m", LEFT),
    Level("ksys_left_1d", "1 day", "ksys_left_1h", LEFT),
)
# A historian of an older schema has none of these.
HAS_LEFT = "SELECT to_regclass('ksys_left_1m') IS NOT NULL"

TAKE = """
WITH taken AS (DELETE FROM ksys_dirty RETURNING tag_name, start, stop),
merged AS (
    SELECT tag_name, unnest(range_agg(tstzrange(start, stop))) AS span FROM taken GROUP BY tag_name
)
SELECT tag_name IS NULL, array_agg(tag_name),
       array_agg(lower(span)::text), array_agg(upper(span)::text)
FROM merged GROUP BY 1 ORDER BY 1 DESC
"""

# Ranges are widened to whole buckets and merged again, or a bucket of two ranges would come twice.
# LATERAL, and no plan but index scans: the planner cannot know how many ranges there are, and a
# sequential scan of a rollup would cost more with every month of history.
BY_INDEX = """
SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off
"""
_FRESH = """
WITH wanted AS MATERIALIZED (
    SELECT tag_name, lower(span) AS start, upper(span) AS stop
    FROM (
        SELECT tag_name, unnest(range_agg(tstzrange(
            date_bin({width}, start, 'epoch'),
            date_bin({width}, stop - interval '1 microsecond', 'epoch') + interval {width}
        ))) AS span
        FROM unnest(%s::text[], %s::timestamptz[], %s::timestamptz[]) AS d (tag_name, start, stop)
        GROUP BY tag_name
    ) merged
),
fresh AS MATERIALIZED (
    SELECT w.tag_name, b.* FROM wanted w CROSS JOIN LATERAL (
        SELECT {columns} FROM {source} s
        WHERE s.tag_name = w.tag_name AND s.{time} >= w.start AND s.{time} < w.stop {trusted}
        GROUP BY 1
    ) b
),
emptied AS MATERIALIZED (
    SELECT w.tag_name, old.bucket FROM wanted w CROSS JOIN LATERAL (
        SELECT r.bucket FROM {relation} r
        WHERE r.tag_name = w.tag_name AND r.bucket >= w.start AND r.bucket < w.stop OFFSET 0
    ) old
    EXCEPT SELECT tag_name, bucket FROM fresh
),
removed AS (
    DELETE FROM {relation} r USING emptied e WHERE r.tag_name = e.tag_name AND r.bucket = e.bucket
    RETURNING r.tag_name, r.bucket
)
"""
_WRITE = """
INSERT INTO {relation} AS r (tag_name, bucket, {names})
SELECT tag_name, bucket, {names} FROM fresh
ON CONFLICT (tag_name, bucket) DO UPDATE SET ({names}) = ({excluded})
WHERE ({stored}) IS DISTINCT FROM ({excluded})
"""
REFRESH = _FRESH + _WRITE
# The same, and which buckets are another now: mostly none, and then nothing coarser is either.
_TELL = """
SELECT array_agg(tag_name), array_agg(bucket::text), array_agg((bucket + interval {width})::text)
FROM (SELECT tag_name, bucket FROM removed UNION SELECT tag_name, bucket FROM written) changed
"""
REFRESH_TELLING = _FRESH + ", written AS (" + _WRITE + "RETURNING r.tag_name, r.bucket)" + _TELL

EMPTY = """
DELETE FROM {relation} WHERE bucket >= date_bin({width}, %s::timestamptz, 'epoch') AND bucket < %s
"""
FILL = """
INSERT INTO {relation} (tag_name, bucket, {names})
SELECT tag_name, bucket, {names}
FROM (
    SELECT s.tag_name, {columns} FROM {source} s
    WHERE s.{time} >= date_bin({width}, %s::timestamptz, 'epoch')
      AND s.{time} < interval {width}
          + date_bin({width}, %s::timestamptz - interval '1 microsecond', 'epoch')
      {trusted}
    GROUP BY 1, 2
) b
"""

KEPT_BY = """
SELECT CASE
    WHEN to_regclass('ksys_dirty') IS NOT NULL THEN 'log'
    WHEN EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') THEN 'timescale' END
"""
# From 2.28 on TimescaleDB refreshes ten buckets a transaction unless it is told otherwise: 37 s
# instead of 0.1 for 50 days of minutes. Before, it has no such option, and took one.
# From 2.18 on a refresh can be forced: then buckets are computed also where no reading has changed.
REFRESH_ONE = """
SELECT bool_or('force' = ANY (proargnames)), 'CALL refresh_continuous_aggregate(%%s, %%s, %%s'
    || CASE WHEN %s AND bool_or('force' = ANY (proargnames)) THEN ', force => true' ELSE '' END
    || CASE WHEN bool_or('options' = ANY (proargnames))
            THEN $$, options => '{"buckets_per_batch": 0}')$$ ELSE ')' END
FROM pg_proc WHERE proname = 'refresh_continuous_aggregate'
"""
# By default as far back as the policies look; never over what retention may have dropped, nor over
# what lies before the oldest chunk, for that would empty the buckets of chunks that were dropped.
AGGREGATES = """
WITH kept AS (
    SELECT now() - max((config ->> 'drop_after')::interval) AS since
    FROM timescaledb_information.jobs
    WHERE proc_name = 'policy_retention' AND hypertable_name = 'influx_hist'
), held AS (
    SELECT min(range_start) AS since FROM timescaledb_information.chunks
    WHERE to_regclass(format('%%I.%%I', hypertable_schema, hypertable_name))
        = to_regclass('influx_hist')
), asked AS (
    SELECT greatest(coalesce(%s, now() - interval '1 year'), kept.since, held.since) AS start,
           least(%s, now()) AS stop, held.since AS oldest FROM kept, held
), spans AS (
    SELECT place, view_name,
           greatest(date_bin(width, start, 'epoch'), CASE WHEN %s THEN coalesce(
               date_bin(width, oldest - interval '1 microsecond', 'epoch') + width, 'infinity')
           END) AS low,
           least(date_bin(width, stop - interval '1 microsecond', 'epoch') + width,
                 date_bin(width, now(), 'epoch')) AS high
    FROM asked CROSS JOIN (VALUES
        (1, 'influx_agg_1m', interval '1 minute'), (2, 'influx_agg_10m', '10 minutes'),
        (3, 'influx_agg_1h', '1 hour'), (4, 'influx_agg_1d', '1 day'),
        (5, 'features_5m', '5 minutes'), (6, 'ksys_left_1m', '1 minute'),
        (7, 'ksys_left_10m', '10 minutes'), (8, 'ksys_left_1h', '1 hour'),
        (9, 'ksys_left_1d', '1 day')) AS level (place, view_name, width)
    JOIN timescaledb_information.continuous_aggregates USING (view_name)
)
SELECT view_name, low, high FROM spans WHERE low < high ORDER BY place
"""

# All that the readings reach back to: what a new aggregate needs once.
FILL_LEFT = """
SELECT view_name, date_bin(width, (SELECT min(ts) FROM influx_hist), 'epoch'),
       date_bin(width, now(), 'epoch')
FROM (VALUES (1, 'ksys_left_1m', interval '1 minute'), (2, 'ksys_left_10m', '10 minutes'),
             (3, 'ksys_left_1h', '1 hour'), (4, 'ksys_left_1d', '1 day'))
     AS level (place, view_name, width)
WHERE date_bin(width, (SELECT min(ts) FROM influx_hist), 'epoch') < date_bin(width, now(), 'epoch')
ORDER BY place
"""

MARK = """
INSERT INTO ksys_dirty (tag_name, start, stop)
SELECT unnest(%s::text[]),
       coalesce(%s, timestamptz '-infinity'), coalesce(%s, timestamptz 'infinity')
"""


def statement(template: str, level: Level) -> sql.Composed:
    """Fill a template's holes with the names, width and columns of a level."""
    from_readings, columns = level.source == "influx_hist", level.columns
    width, names = sql.Literal(level.width), columns.names
    expressions = columns.from_readings if from_readings else columns.from_buckets
    return sql.SQL(template).format(
        relation=sql.Identifier(level.relation),
        source=sql.Identifier(level.source),
        time=sql.Identifier("ts" if from_readings else "bucket"),
        columns=sql.SQL(expressions).format(width=width),
        names=_listed(sql.Identifier(name) for name in names),
        excluded=_listed(sql.Identifier("excluded", name) for name in names),
        stored=_listed(sql.Identifier("r", name) for name in names),
        trusted=sql.SQL(columns.condition if from_readings else ""),
        width=width,
    )


def _listed(names: Iterable[sql.Composable]) -> sql.Composed:
    return sql.SQL(", ").join(names)
