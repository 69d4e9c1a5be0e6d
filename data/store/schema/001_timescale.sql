-- TimescaleDB: readings are a hypertable, rollups are real-time continuous aggregates, each built from the
-- next finer one. What stays out, and the mean of next to nothing, are as in the plain rollups.

SELECT create_hypertable('influx_hist', 'ts', chunk_time_interval => INTERVAL '7 days',
                         create_default_indexes => false, migrate_data => true, if_not_exists => true);

CREATE MATERIALIZED VIEW IF NOT EXISTS influx_agg_1m
WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT time_bucket(INTERVAL '1 minute', ts) AS bucket,
       tag_name,
       count(*) AS n,
       CASE WHEN abs(sum(value)) > 1e-290 THEN sum(value) / count(*) ELSE 0 END AS avg,
       sum(value) AS sum,
       min(value) AS min,
       max(value) AS max,
       last(value, ts) AS last,
       first(value, ts) AS first,
       last(value, ts) - first(value, ts) AS diff
FROM influx_hist
WHERE abs(value) < 1e140 AND coalesce(qc, 0) = 0
GROUP BY time_bucket(INTERVAL '1 minute', ts), tag_name
WITH NO DATA;

CREATE MATERIALIZED VIEW IF NOT EXISTS influx_agg_10m
WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT time_bucket(INTERVAL '10 minutes', bucket) AS bucket,
       tag_name,
       sum(n)::bigint AS n,
       CASE WHEN abs(sum(sum)) > 1e-290 THEN sum(sum) / sum(n)::float8 ELSE 0 END AS avg,
       sum(sum) AS sum,
       min(min) AS min,
       max(max) AS max,
       last(last, bucket) AS last,
       first(first, bucket) AS first,
       last(last, bucket) - first(first, bucket) AS diff
FROM influx_agg_1m
GROUP BY time_bucket(INTERVAL '10 minutes', bucket), tag_name
WITH NO DATA;

CREATE MATERIALIZED VIEW IF NOT EXISTS influx_agg_1h
WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT time_bucket(INTERVAL '1 hour', bucket) AS bucket,
       tag_name,
       sum(n)::bigint AS n,
       CASE WHEN abs(sum(sum)) > 1e-290 THEN sum(sum) / sum(n)::float8 ELSE 0 END AS avg,
       sum(sum) AS sum,
       min(min) AS min,
       max(max) AS max,
       last(last, bucket) AS last,
       first(first, bucket) AS first,
       last(last, bucket) - first(first, bucket) AS diff
FROM influx_agg_10m
GROUP BY time_bucket(INTERVAL '1 hour', bucket), tag_name
WITH NO DATA;

CREATE MATERIALIZED VIEW IF NOT EXISTS influx_agg_1d
WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT time_bucket(INTERVAL '1 day', bucket) AS bucket,
       tag_name,
       sum(n)::bigint AS n,
       CASE WHEN abs(sum(sum)) > 1e-290 THEN sum(sum) / sum(n)::float8 ELSE 0 END AS avg,
       sum(sum) AS sum,
       min(min) AS min,
       max(max) AS max,
       last(last, bucket) AS last,
       first(first, bucket) AS first,
       last(last, bucket) - first(first, bucket) AS diff
FROM influx_agg_1h
GROUP BY time_bucket(INTERVAL '1 day', bucket), tag_name
WITH NO DATA;

CREATE MATERIALIZED VIEW IF NOT EXISTS features_5m
WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT time_bucket(INTERVAL '5 minutes', ts) AS bucket,
       tag_name,
       avg(value) AS mean_5m,
       stddev_samp(value) AS std_5m,
       min(value) AS min_5m,
       max(value) AS max_5m,
       percentile_cont(0.1) WITHIN GROUP (ORDER BY value) AS p10_5m,
       percentile_cont(0.9) WITHIN GROUP (ORDER BY value) AS p90_5m,
       count(*) AS n_5m
FROM influx_hist
WHERE abs(value) < 1e140 AND coalesce(qc, 0) = 0
GROUP BY time_bucket(INTERVAL '5 minutes', ts), tag_name
WITH NO DATA;

-- A policy looks back one year: only what changed is computed again, so a late reading of last month is seen
-- at little cost. It must look back less far than the readings are kept, or dropped readings would empty the
-- rollups, which are kept for ever.
SELECT add_continuous_aggregate_policy('influx_agg_1m', start_offset => INTERVAL '1 year',
    end_offset => INTERVAL '1 minute', schedule_interval => INTERVAL '1 minute', if_not_exists => true);
SELECT add_continuous_aggregate_policy('influx_agg_10m', start_offset => INTERVAL '1 year',
    end_offset => INTERVAL '10 minutes', schedule_interval => INTERVAL '5 minutes', if_not_exists => true);
SELECT add_continuous_aggregate_policy('influx_agg_1h', start_offset => INTERVAL '1 year',
    end_offset => INTERVAL '1 hour', schedule_interval => INTERVAL '10 minutes', if_not_exists => true);
SELECT add_continuous_aggregate_policy('influx_agg_1d', start_offset => INTERVAL '1 year',
    end_offset => INTERVAL '1 day', schedule_interval => INTERVAL '1 hour', if_not_exists => true);
SELECT add_continuous_aggregate_policy('features_5m', start_offset => INTERVAL '1 year',
    end_offset => INTERVAL '5 minutes', schedule_interval => INTERVAL '5 minutes', if_not_exists => true);

DO $$
BEGIN
    IF NOT (SELECT compression_enabled FROM timescaledb_information.hypertables
            WHERE hypertable_name = 'influx_hist' AND hypertable_schema = current_schema()) THEN
        ALTER TABLE influx_hist SET (timescaledb.compress, timescaledb.compress_segmentby = 'tag_name',
                                     timescaledb.compress_orderby = 'ts DESC');
    END IF;
END $$;
SELECT add_compression_policy('influx_hist', INTERVAL '30 days', if_not_exists => true);

-- Twelve months must be there in full down to the reading; the second year is for comparison.
SELECT add_retention_policy('influx_hist', INTERVAL '2 years', if_not_exists => true);
