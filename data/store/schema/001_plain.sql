-- Plain PostgreSQL: rollups are tables, kept by a log of dirty ranges.

-- avg and diff follow from the rest and are never written. A mean below 1e-290 counts as 0:
-- PostgreSQL refuses a division whose result is too small, and one reading must not stop the refresh.
CREATE TABLE IF NOT EXISTS influx_agg_1m (
    bucket   timestamptz NOT NULL,
    tag_name text        NOT NULL,
    n        bigint      NOT NULL,
    avg      float8 GENERATED ALWAYS AS (CASE WHEN abs(sum) > 1e-290 THEN sum / n ELSE 0 END) STORED,
    sum      float8      NOT NULL,
    min      float8      NOT NULL,
    max      float8      NOT NULL,
    last     float8      NOT NULL,
    first    float8      NOT NULL,
    diff     float8 GENERATED ALWAYS AS (last - first) STORED,
    PRIMARY KEY (tag_name, bucket)
) WITH (fillfactor = 90);
CREATE TABLE IF NOT EXISTS influx_agg_10m (LIKE influx_agg_1m INCLUDING ALL) WITH (fillfactor = 80);
CREATE TABLE IF NOT EXISTS influx_agg_1h (LIKE influx_agg_1m INCLUDING ALL) WITH (fillfactor = 70);
CREATE TABLE IF NOT EXISTS influx_agg_1d (LIKE influx_agg_1m INCLUDING ALL) WITH (fillfactor = 50);

-- One row: readings of tag_name (NULL: of every tag) in [start, stop) changed and are not yet rolled up.
-- It is written by the transaction that wrote the readings, so both become visible at one moment.
CREATE TABLE IF NOT EXISTS ksys_dirty (
    tag_name  text,
    start     timestamptz NOT NULL,
    stop      timestamptz NOT NULL,
    logged_at timestamptz NOT NULL DEFAULT now()
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- Runs of neighbouring hours become one range with minutes as its outer bounds, so that a live minute
-- costs a minute, a bulk load few rows, and two readings a year apart not the year between them.
-- SECURITY DEFINER: who may write readings need not know of the log.
CREATE OR REPLACE FUNCTION ksys_log_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF current_setting('ksys.suspended', true) = 'on' THEN
        RETURN NULL;
    END IF;
    INSERT INTO ksys_dirty (tag_name, start, stop)
    SELECT tag_name, date_bin('1 minute', min(low), 'epoch'), date_bin('1 minute', max(high), 'epoch') + interval '1 minute'
    FROM (
        SELECT tag_name, low, high, hour - row_number() OVER (PARTITION BY tag_name ORDER BY hour) AS run
        FROM (
            SELECT tag_name, min(ts) AS low, max(ts) AS high,
                   floor(extract(epoch FROM ts)::float8 / 3600)::bigint AS hour
            FROM changed
            GROUP BY tag_name, hour
        ) hours
    ) runs
    GROUP BY tag_name, run;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION ksys_log_truncated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO ksys_dirty (tag_name, start, stop) VALUES (NULL, '-infinity', 'infinity');
    RETURN NULL;
END $$;

-- An INSERT ... ON CONFLICT DO UPDATE fires the triggers of both; COPY those of INSERT.
CREATE OR REPLACE TRIGGER ksys_inserted AFTER INSERT ON influx_hist
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ksys_log_changed();
CREATE OR REPLACE TRIGGER ksys_deleted AFTER DELETE ON influx_hist
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ksys_log_changed();
CREATE OR REPLACE TRIGGER ksys_updated_old AFTER UPDATE ON influx_hist
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ksys_log_changed();
CREATE OR REPLACE TRIGGER ksys_updated_new AFTER UPDATE ON influx_hist
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ksys_log_changed();
CREATE OR REPLACE TRIGGER ksys_truncated AFTER TRUNCATE ON influx_hist
    FOR EACH STATEMENT EXECUTE FUNCTION ksys_log_truncated();

-- Percentiles cannot be regrouped, so they are taken from the readings when asked for.
CREATE OR REPLACE VIEW features_5m AS
SELECT date_bin('5 minutes', ts, 'epoch') AS bucket,
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
GROUP BY bucket, tag_name;

-- Readings that were here before this schema.
INSERT INTO ksys_dirty (tag_name, start, stop)
SELECT NULL, '-infinity', 'infinity'
WHERE EXISTS (SELECT FROM influx_hist) AND NOT EXISTS (SELECT FROM influx_agg_1d);
