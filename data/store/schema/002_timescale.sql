-- What the rollups leave out, counted, as on plain PostgreSQL (002_plain.sql): continuous aggregates of their own, so
-- that no rollup is altered. They are made without data; `schema install` fills them after its transaction. Where the
-- server's logs say what waits for a refresh they become materialised only (data/store/policies.py); else, and until
-- they are filled, they are computed from the readings when asked.
CREATE MATERIALIZED VIEW IF NOT EXISTS ksys_left_1m
WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT time_bucket(INTERVAL '1 minute', ts) AS bucket,
       tag_name,
       count(*) FILTER (WHERE abs(value) < 1e140) AS flagged,
       count(*) FILTER (WHERE (abs(value) < 'infinity'::float8) IS NOT TRUE) AS not_finite,
       count(*) FILTER (WHERE abs(value) >= 1e140 AND abs(value) < 'infinity'::float8) AS absurd,
       min(value) FILTER (WHERE abs(value) < 'infinity'::float8) AS low,
       max(value) FILTER (WHERE abs(value) < 'infinity'::float8) AS high
FROM influx_hist
WHERE (abs(value) < 1e140 AND coalesce(qc, 0) = 0) IS NOT TRUE
GROUP BY time_bucket(INTERVAL '1 minute', ts), tag_name
WITH NO DATA;

CREATE MATERIALIZED VIEW IF NOT EXISTS ksys_left_10m
WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT time_bucket(INTERVAL '10 minutes', bucket) AS bucket,
       tag_name,
       sum(flagged)::bigint AS flagged,
       sum(not_finite)::bigint AS not_finite,
       sum(absurd)::bigint AS absurd,
       min(low) AS low,
       max(high) AS high
FROM ksys_left_1m
GROUP BY time_bucket(INTERVAL '10 minutes', bucket), tag_name
WITH NO DATA;

CREATE MATERIALIZED VIEW IF NOT EXISTS ksys_left_1h
WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT time_bucket(INTERVAL '1 hour', bucket) AS bucket,
       tag_name,
       sum(flagged)::bigint AS flagged,
       sum(not_finite)::bigint AS not_finite,
       sum(absurd)::bigint AS absurd,
       min(low) AS low,
       max(high) AS high
FROM ksys_left_10m
GROUP BY time_bucket(INTERVAL '1 hour', bucket), tag_name
WITH NO DATA;

CREATE MATERIALIZED VIEW IF NOT EXISTS ksys_left_1d
WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT time_bucket(INTERVAL '1 day', bucket) AS bucket,
       tag_name,
       sum(flagged)::bigint AS flagged,
       sum(not_finite)::bigint AS not_finite,
       sum(absurd)::bigint AS absurd,
       min(low) AS low,
       max(high) AS high
FROM ksys_left_1h
GROUP BY time_bucket(INTERVAL '1 day', bucket), tag_name
WITH NO DATA;

-- Tags whose rollups reach further back than their readings did at this moment: nobody can count what was left out
-- before `since`, and "not known" is said of it.
CREATE TABLE IF NOT EXISTS ksys_left_since (tag_name text PRIMARY KEY, since timestamptz NOT NULL);
INSERT INTO ksys_left_since (tag_name, since)
SELECT r.tag_name, coalesce(h.since, '2200-01-01 00:00+00')
FROM (SELECT tag_name, min(bucket) AS first FROM influx_agg_1d GROUP BY tag_name) r
LEFT JOIN LATERAL (
    SELECT ts AS since FROM influx_hist h WHERE h.tag_name = r.tag_name ORDER BY ts LIMIT 1
) h ON true
WHERE EXISTS (
    SELECT FROM influx_agg_1m m
    WHERE m.tag_name = r.tag_name
      AND m.bucket < coalesce(time_bucket(INTERVAL '1 minute', h.since), 'infinity'::timestamptz)
)
ON CONFLICT DO NOTHING;

SELECT add_continuous_aggregate_policy('ksys_left_1m', start_offset => INTERVAL '1 year',
    end_offset => INTERVAL '1 minute', schedule_interval => INTERVAL '1 minute', if_not_exists => true);
SELECT add_continuous_aggregate_policy('ksys_left_10m', start_offset => INTERVAL '1 year',
    end_offset => INTERVAL '10 minutes', schedule_interval => INTERVAL '5 minutes', if_not_exists => true);
SELECT add_continuous_aggregate_policy('ksys_left_1h', start_offset => INTERVAL '1 year',
    end_offset => INTERVAL '1 hour', schedule_interval => INTERVAL '10 minutes', if_not_exists => true);
SELECT add_continuous_aggregate_policy('ksys_left_1d', start_offset => INTERVAL '1 year',
    end_offset => INTERVAL '1 day', schedule_interval => INTERVAL '1 hour', if_not_exists => true);
