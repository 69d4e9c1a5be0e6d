-- What the rollups leave out, counted: readings that their source flags, that are no finite number, or absurd.
-- Relations of their own, so that no rollup is altered; kept by the same log (data/store/rollup_sql.py). A row is
-- only where something was left out. Each reading counts once: not finite, else absurd, else flagged.
CREATE TABLE IF NOT EXISTS ksys_left_1m (
    bucket     timestamptz NOT NULL,
    tag_name   text        NOT NULL,
    flagged    bigint      NOT NULL,
    not_finite bigint      NOT NULL,
    absurd     bigint      NOT NULL,
    low        float8,
    high       float8,
    PRIMARY KEY (tag_name, bucket)
);
CREATE TABLE IF NOT EXISTS ksys_left_10m (LIKE ksys_left_1m INCLUDING ALL);
CREATE TABLE IF NOT EXISTS ksys_left_1h (LIKE ksys_left_1m INCLUDING ALL);
CREATE TABLE IF NOT EXISTS ksys_left_1d (LIKE ksys_left_1m INCLUDING ALL);

-- Tags whose rollups reach further back than their readings did at this moment: nobody can count what was left out
-- before `since`, and "not known" is said of it.
CREATE TABLE IF NOT EXISTS ksys_left_since (tag_name text PRIMARY KEY, since timestamptz NOT NULL);

-- No refresh may take a row of the log between what is read here and its commit: it would know nothing of these
-- relations. The key is REFRESH_LOCK of data/store/rollups.py.
SELECT pg_advisory_xact_lock(1802729843, 1);

INSERT INTO ksys_left_since (tag_name, since)
SELECT r.tag_name, coalesce(h.since, '2200-01-01 00:00+00')
FROM (SELECT tag_name, min(bucket) AS first FROM influx_agg_1d GROUP BY tag_name) r
LEFT JOIN LATERAL (
    SELECT ts AS since FROM influx_hist h WHERE h.tag_name = r.tag_name ORDER BY ts LIMIT 1
) h ON true
WHERE EXISTS (
    SELECT FROM influx_agg_1m m
    WHERE m.tag_name = r.tag_name
      AND m.bucket < coalesce(date_bin('1 minute', h.since, 'epoch'), 'infinity'::timestamptz)
)
ON CONFLICT DO NOTHING;

INSERT INTO ksys_left_1m (tag_name, bucket, flagged, not_finite, absurd, low, high)
SELECT tag_name, date_bin('1 minute', ts, 'epoch'),
       count(*) FILTER (WHERE abs(value) < 1e140),
       count(*) FILTER (WHERE (abs(value) < 'infinity') IS NOT TRUE),
       count(*) FILTER (WHERE abs(value) >= 1e140 AND abs(value) < 'infinity'),
       min(value) FILTER (WHERE abs(value) < 'infinity'),
       max(value) FILTER (WHERE abs(value) < 'infinity')
FROM influx_hist
WHERE (abs(value) < 1e140 AND coalesce(qc, 0) = 0) IS NOT TRUE
GROUP BY 1, 2
ON CONFLICT DO NOTHING;
INSERT INTO ksys_left_10m (tag_name, bucket, flagged, not_finite, absurd, low, high)
SELECT tag_name, date_bin('10 minutes', bucket, 'epoch'), sum(flagged), sum(not_finite), sum(absurd), min(low), max(high)
FROM ksys_left_1m GROUP BY 1, 2 ON CONFLICT DO NOTHING;
INSERT INTO ksys_left_1h (tag_name, bucket, flagged, not_finite, absurd, low, high)
SELECT tag_name, date_bin('1 hour', bucket, 'epoch'), sum(flagged), sum(not_finite), sum(absurd), min(low), max(high)
FROM ksys_left_10m GROUP BY 1, 2 ON CONFLICT DO NOTHING;
INSERT INTO ksys_left_1d (tag_name, bucket, flagged, not_finite, absurd, low, high)
SELECT tag_name, date_bin('1 day', bucket, 'epoch'), sum(flagged), sum(not_finite), sum(absurd), min(low), max(high)
FROM ksys_left_1h GROUP BY 1, 2 ON CONFLICT DO NOTHING;
