"""The statements that compute rollups: built here, run by data/store/rollups.py."""

from dataclasses import dataclass

from psycopg2 import sql


@dataclass(frozen=True, slots=True)
class Level:
    """A rollup, the width of its buckets and what it is computed from."""

    relation: str
    width: str
    source: str


LEVELS = (
    Level("influx_agg_1m", "1 minute", "influx_hist"),
    Level("influx_agg_10m", "10 minutes", "influx_agg_1m"),
    Level("influx_agg_1h", "1 hour", "influx_agg_10m"),
    Level("influx_agg_1d", "1 day", "influx_agg_1h"),
)


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
REFRESH = """
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
)
INSERT INTO {relation} AS r (tag_name, bucket, n, sum, min, max, first, last)
SELECT tag_name, bucket, n, sum, min, max, first, last FROM fresh
ON CONFLICT (tag_name, bucket) DO UPDATE
SET n = excluded.n, sum = excluded.sum, min = excluded.min, max = excluded.max,
    first = excluded.first, last = excluded.last
WHERE (r.n, r.sum, r.min, r.max, r.first, r.last) IS DISTINCT FROM
      (excluded.n, excluded.sum, excluded.min, excluded.max, excluded.first, excluded.last)
"""

EMPTY = """
DELETE FROM {relation} WHERE bucket >= date_bin({width}, %s::timestamptz, 'epoch') AND bucket < %s
"""
FILL = """
INSERT INTO {relation} (tag_name, bucket, n, sum, min, max, first, last)
SELECT tag_name, bucket, n, sum, min, max, first, last
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
# By default as far back as the policies look; never over what retention may have dropped, for that
# would empty its buckets.
AGGREGATES = """
WITH kept AS (
    SELECT now() - max((config ->> 'drop_after')::interval) AS since
    FROM timescaledb_information.jobs
    WHERE proc_name = 'policy_retention' AND hypertable_name = 'influx_hist'
), asked AS (
    SELECT greatest(coalesce(%s, now() - interval '1 year'), since) AS start,
           least(%s, now()) AS stop FROM kept
), spans AS (
    SELECT place, view_name, date_bin(width, start, 'epoch') AS low,
           least(date_bin(width, stop - interval '1 microsecond', 'epoch') + width,
                 date_bin(width, now(), 'epoch')) AS high
    FROM asked CROSS JOIN (VALUES
        (1, 'influx_agg_1m', interval '1 minute'), (2, 'influx_agg_10m', '10 minutes'),
        (3, 'influx_agg_1h', '1 hour'), (4, 'influx_agg_1d', '1 day'),
        (5, 'features_5m', '5 minutes')) AS level (place, view_name, width)
    JOIN timescaledb_information.continuous_aggregates USING (view_name)
)
SELECT view_name, low, high FROM spans WHERE low < high ORDER BY place
"""

MARK = """
INSERT INTO ksys_dirty (tag_name, start, stop)
SELECT unnest(%s::text[]),
       coalesce(%s, timestamptz '-infinity'), coalesce(%s, timestamptz 'infinity')
"""


def statement(template: str, level: Level) -> sql.Composed:
    """Fill a template's holes with the names, width and columns of a level."""
    from_readings = level.source == "influx_hist"
    width = sql.Literal(level.width)
    columns = sql.SQL(FROM_READINGS if from_readings else FROM_BUCKETS).format(width=width)
    return sql.SQL(template).format(
        relation=sql.Identifier(level.relation),
        source=sql.Identifier(level.source),
        time=sql.Identifier("ts" if from_readings else "bucket"),
        columns=columns,
        trusted=sql.SQL(TRUSTED if from_readings else ""),
        width=width,
    )
