"""The relations of the dashboard before this one, as its document describes them, with readings."""

from datetime import datetime

import pandas as pd
import psycopg2
from psycopg2.extensions import make_dsn

from tests.support.historians import Historian, rolled, wave

#: A schema that is not `public`, with a name that must be quoted.
SCHEMA = "plant A"
BOUNDS = {
    "short": ("warn_min", "warn_max", "crit_min", "crit_max"),
    "long": ("warning_min", "warning_max", "critical_min", "critical_max"),
}
TABLES = """
CREATE TABLE influx_hist (ts timestamptz NOT NULL, tag_name text NOT NULL, value float8,
                          qc smallint DEFAULT 0, meta jsonb, UNIQUE (ts, tag_name));
CREATE INDEX ON influx_hist (tag_name, ts DESC);
CREATE TABLE influx_tag (key bigint, tag_id text, tag_name text, tag_type text, unit text,
                         meta jsonb, created_at timestamptz, updated_at timestamptz);
CREATE TABLE influx_qc_rule (tag_name text, min_val float8, max_val float8, max_step float8,
    max_gap_seconds int, allow_negative boolean, enabled boolean, meta jsonb,
    {0} float8, {1} float8, {2} float8, {3} float8,
    roc_max_per_min float8, spike_zscore float8, deadband_pct float8);
INSERT INTO influx_tag (key, tag_id, tag_name, unit) VALUES (1, 'd1', 'D1', 'bar');
INSERT INTO influx_qc_rule (tag_name, min_val, max_val, enabled, allow_negative, max_gap_seconds,
                            {0}, {1}, {2}, {3})
VALUES ('D1', 0, 200, true, false, 600, 60, 140, 40, 160)
"""
VIEWS = """
CREATE VIEW influx_latest AS
SELECT DISTINCT ON (tag_name) tag_name, value, ts FROM influx_hist ORDER BY tag_name, ts DESC;
CREATE VIEW features_5m AS
SELECT date_bin('5 minutes', ts, 'epoch') AS bucket, tag_name, avg(value) AS mean_5m,
       stddev_samp(value) AS std_5m, min(value) AS min_5m, max(value) AS max_5m,
       percentile_cont(0.1) WITHIN GROUP (ORDER BY value) AS p10_5m,
       percentile_cont(0.9) WITHIN GROUP (ORDER BY value) AS p90_5m, count(*) AS n_5m
FROM influx_hist GROUP BY 1, 2;
CREATE VIEW tech_ind_1m_mv AS
SELECT bucket, tag_name, avg, avg AS sma_10, avg AS sma_60, avg AS bb_top, avg AS bb_bot,
       0::float8 AS slope_60
FROM influx_agg_1m
"""
ROLLUPS = ("influx_agg_1m", "influx_agg_10m", "influx_agg_1h", "influx_agg_1d")
#: Whatever may be missing, in an order in which it can be dropped.
OPTIONAL = ("tech_ind_1m_mv", "features_5m", "influx_latest", *ROLLUPS, "influx_tag",
            "influx_qc_rule")  # fmt: skip


class Predecessor(Historian):
    """Its relations in a schema of their own, and the readings of a tag.

    `dsn` leads to its schema, by the search path; `schemaless` does not.
    """

    readings: pd.DataFrame
    schemaless: str

    def values(self) -> list[float]:
        """Return the values of the readings as they are stored, by time."""
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT value::float8 FROM influx_hist ORDER BY ts")
            return [value for (value,) in cursor.fetchall()]


def historian(dsn: str, bounds: str, start: datetime) -> Predecessor:
    """Make its relations in a schema of their own, with five hours of a tag.

    Parameters
    ----------
    bounds : short or long, how the columns of limits are spelt
    start : of the readings, aware
    """
    with psycopg2.connect(dsn) as connection, connection.cursor() as cursor:
        cursor.execute(f'CREATE SCHEMA "{SCHEMA}"')
    connection.close()
    escaped = SCHEMA.replace(" ", "\\ ")
    made = Predecessor(make_dsn(dsn, options=f'-c search_path="{escaped}"'))
    made.schemaless = dsn
    made.run(TABLES.format(*BOUNDS[bounds]))
    made.readings = made.write(wave(start, 5, 10))
    rolled(made, *ROLLUPS)
    made.run(VIEWS)
    return made


def gone(made: Historian, relation: str) -> None:
    """Drop one of its relations, and what stands on it."""
    kind = "VIEW" if relation in OPTIONAL[:3] else "TABLE"
    made.run(f"DROP {kind} {relation} CASCADE")


def as_views(made: Historian) -> None:
    """Let views stand where its tables did."""
    for relation in ("influx_hist", "influx_tag", "influx_qc_rule", *ROLLUPS):
        made.run(f"ALTER TABLE {relation} RENAME TO own_{relation}")
        made.run(f"CREATE VIEW {relation} AS SELECT * FROM own_{relation}")
