"""What is asked about the historian itself: pure builders, and texts over its own catalogues.

The catalogues of PostgreSQL and of TimescaleDB are none of our tables, so what asks them is text.
"""

from datetime import timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Double,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    column,
    extract,
    func,
    lateral,
    literal,
    select,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import INTERVAL

from data.buckets import Resolution
from data.sql import FUTURE, TIME, QcCode, bucket_of, contract, good, influx_hist, metadata

#: Days of the rollups that are looked at.
DAYS = 30
#: Where the ends of a rollup usually are: so much of it holds a bucket of each width.
_TWO_DAYS = literal(timedelta(days=2), INTERVAL)
SERVER = text(
    """
    SELECT split_part(current_setting('server_version'), ' ', 1) AS postgresql,
           (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb') AS timescaledb,
           (SELECT extversion FROM pg_extension WHERE extname = 'citus') AS citus,
           pg_is_in_recovery() AS standby,
           cut AS standby_cut,
           CASE WHEN cut OR pg_is_in_recovery()
                 AND pg_last_wal_receive_lsn() IS DISTINCT FROM pg_last_wal_replay_lsn()
                THEN extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float8
           END AS standby_lag,
           (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser,
           current_setting('max_connections')::int
               - current_setting('superuser_reserved_connections')::int AS connections,
           (SELECT sum(numbackends) FROM pg_stat_database)::int AS connected,
           extract(epoch FROM clock_timestamp())::float8 AS clock
    FROM (
        SELECT pg_is_in_recovery() AND NOT EXISTS (
            SELECT FROM pg_stat_get_wal_receiver() AS receiver WHERE receiver.pid IS NOT NULL
        ) AS cut
    ) AS receiving
    """
)
#: Apart, for a server without TLS support may lack the view.
TLS = text(
    """
    SELECT coalesce(bool_or(ssl), false) AS tls,
           inet_client_addr() IS NULL OR inet_client_addr() <<= '127.0.0.0/8'::inet
               OR inet_client_addr() = '::1'::inet AS local
    FROM pg_stat_ssl WHERE pid = pg_backend_pid()
    """
)
RELATIONS = text(
    """
    SELECT wanted.name, space.nspname::text AS schema, class.relkind::text AS kind,
           attributes.columns, attributes.types,
           attributes.readable,
           has_table_privilege(class.oid, 'INSERT') OR has_table_privilege(class.oid, 'UPDATE')
           OR has_table_privilege(class.oid, 'DELETE')
           OR has_table_privilege(class.oid, 'TRUNCATE') AS writable
    FROM unnest(CAST(:names AS text[])) AS wanted (name)
    JOIN pg_class class ON class.oid = to_regclass(wanted.name)
    JOIN pg_namespace space ON space.oid = class.relnamespace
    CROSS JOIN LATERAL (
        SELECT array_agg(attname::text) AS columns,
               array_agg(format_type(atttypid, NULL)) AS types,
               array_agg(has_column_privilege(attrelid, attnum, 'SELECT')) AS readable
        FROM pg_attribute WHERE attrelid = class.oid AND attnum > 0 AND NOT attisdropped
    ) attributes
    """
)
INDEX = text(contract.INDEX)
#: Of these schemas and names alone: a relation of the same name elsewhere is none of ours.
HYPERTABLES = text(
    """
    SELECT h.hypertable_name::text AS name
    FROM timescaledb_information.hypertables h
    WHERE (h.hypertable_schema, h.hypertable_name) IN
        (SELECT * FROM unnest(CAST(:schemas AS text[]), CAST(:names AS text[])))
    """
)
AGGREGATES = text(
    """
    SELECT c.view_name::text AS name, c.materialized_only, j.job_id IS NOT NULL AS has_policy,
           coalesce(j.scheduled, true) AS scheduled, s.last_run_status::text AS last_run,
           extract(epoch FROM (j.config ->> 'start_offset')::interval)::float8 AS back
    FROM timescaledb_information.continuous_aggregates c
    LEFT JOIN timescaledb_information.jobs j
        ON j.proc_name = 'policy_refresh_continuous_aggregate'
       AND (j.hypertable_schema, j.hypertable_name) IN (
           (c.view_schema, c.view_name),
           (c.materialization_hypertable_schema, c.materialization_hypertable_name)
       )
    LEFT JOIN timescaledb_information.job_stats s USING (job_id)
    WHERE (c.view_schema, c.view_name) IN
        (SELECT * FROM unnest(CAST(:schemas AS text[]), CAST(:names AS text[])))
    """
)
JOBS = text(
    """
    SELECT coalesce(c.view_name, j.hypertable_name)::text AS name, j.proc_name::text AS job,
           extract(epoch FROM (j.config ->> 'drop_after')::interval)::float8 AS drop_after,
           s.last_run_status::text AS last_run
    FROM timescaledb_information.jobs j
    LEFT JOIN timescaledb_information.job_stats s USING (job_id)
    LEFT JOIN timescaledb_information.continuous_aggregates c
        ON (c.materialization_hypertable_schema, c.materialization_hypertable_name)
         = (j.hypertable_schema, j.hypertable_name)
    WHERE j.proc_name IN ('policy_retention', 'policy_compression')
      AND (coalesce(c.view_schema, j.hypertable_schema),
           coalesce(c.view_name, j.hypertable_name)) IN
        (SELECT * FROM unnest(CAST(:schemas AS text[]), CAST(:names AS text[])))
    """
)
#: Two rules that differ are a RULE ERROR.
TWICE = text(
    """
    SELECT tag_name FROM influx_qc_rule WHERE tag_name IS NOT NULL
    GROUP BY tag_name HAVING count(*) > 1 ORDER BY tag_name LIMIT 100
    """
)
BACKLOG = text(
    """
    SELECT count(*) AS changes,
           extract(epoch FROM clock_timestamp() - min(logged_at))::float8 AS oldest
    FROM ksys_dirty
    """
)


def _tags() -> Any:
    rows = func.unnest(cast(bindparam("tags"), ARRAY(Text)))
    return rows.table_valued(column("tag_name", Text), name="tags").render_derived()


@lru_cache
def edges_statement(relation: str) -> Select[Any]:
    """Return tag_name, first, newest of each of `tags` in a relation, by index; NULL without.

    The newest is none of the future: by it a rollup that stands still would be ahead. The first of
    a rollup may be any from before the days that are looked at: an aggregate in real time is sorted
    from all rows of a tag in a stretch, not read by its index, so each end is sought where it
    usually is, and beyond that only where it is not there.
    """
    table, names = metadata.tables[relation], _tags()
    is_rollup = "bucket" in table.c
    at, now = table.c.bucket if is_rollup else table.c.ts, func.now()
    past = at <= now + literal(FUTURE, INTERVAL)
    since = now - literal(timedelta(days=DAYS), INTERVAL)
    near = {
        "first": (at >= since - _TWO_DAYS, at < since) if is_rollup else (),
        "newest": (at > now - _TWO_DAYS, past) if is_rollup else (past,),
    }
    orders, beyond = {"first": at.asc(), "newest": at.desc()}, {"first": (), "newest": (past,)}
    source, ends = names, list[Any]()
    end: Any
    for name, order in orders.items():
        mine = select(at.label("at")).where(table.c.tag_name == names.c.tag_name)
        mine = mine.order_by(order).limit(1)
        one = lateral(mine.where(*near[name]).correlate(names), name)
        source, end = source.outerjoin(one, true()), one.c.at
        if is_rollup:
            rest = mine.where(*beyond[name], one.c.at.is_(None)).correlate(names, one)
            far = lateral(rest, f"{name}_beyond")
            source, end = source.outerjoin(far, true()), func.coalesce(end, far.c.at)
        ends.append(end.label(name))
    return select(names.c.tag_name, *ends).select_from(source)


@lru_cache
def rows_statement(relation: str, width: int) -> Select[Any]:
    """Return tag_name, start: the stretches of [start, stop) in which a rollup has a row.

    Parameters
    ----------
    width : of the stretches [s], counted from 1970; start is returned as seconds since then
    """
    table = metadata.tables[relation]
    seconds: Any = func.floor(extract("epoch", table.c.bucket) / width) * width
    start = cast(seconds, BigInteger).label("start")
    inside = and_(
        table.c.tag_name == func.any(cast(bindparam("tags"), ARRAY(Text))),
        table.c.bucket >= bindparam("start", type_=TIME),
        table.c.bucket < bindparam("stop", type_=TIME),
    )
    return select(table.c.tag_name, start).where(inside).distinct()


def _stretches() -> Any:
    tags, starts = cast(bindparam("tags"), ARRAY(Text)), cast(bindparam("starts"), ARRAY(TIME))
    rows = func.unnest(tags, starts).table_valued(
        column("tag_name", Text), column("start", TIME), with_ordinality="place", name="asked"
    )
    return rows.render_derived()


def _after(start: Any, width: int) -> Any:
    return start + func.make_interval(0, 0, 0, 0, 0, 0, width)


@lru_cache
def readings_statement(width: int, flagged: QcCode | None, most: int | None) -> Select[Any]:
    """Return place, n: how many good readings stand in stretches of one tag each.

    Parameters
    ----------
    width : of the stretches that begin at `starts` [s]
    flagged : what leaves a reading out by its qc; None: qc does not tell
    most : stop to count there; None: count all
    """
    stretches, hist = _stretches(), influx_hist.c
    mine = select(literal(1).label("one")).where(
        hist.tag_name == stretches.c.tag_name,
        hist.ts >= stretches.c.start,
        hist.ts < _after(stretches.c.start, width),
        good(flagged),
    )
    rows = (mine.limit(most) if most else mine).correlate(stretches).subquery("rows")
    counted = lateral(select(func.count().label("n")).select_from(rows), "counted")
    return select(stretches.c.place, counted.c.n).select_from(stretches.join(counted, true()))


@lru_cache
def rolled_statement(relation: str, width: int) -> Select[Any]:
    """Return place, n: how many readings a rollup counts in the same stretches."""
    stretches, table = _stretches(), metadata.tables[relation]
    total = func.coalesce(func.sum(table.c.n), 0)
    mine = select(cast(total, BigInteger).label("n")).where(
        table.c.tag_name == stretches.c.tag_name,
        table.c.bucket >= stretches.c.start,
        table.c.bucket < _after(stretches.c.start, width),
    )
    counted = lateral(mine.correlate(stretches), "counted")
    return select(stretches.c.place, counted.c.n).select_from(stretches.join(counted, true()))


_TAG = bindparam("tag", type_=Text)
_SPAN = (bindparam("start", type_=TIME), bindparam("stop", type_=TIME))
_BOUNDS = (bindparam("low", type_=Double), bindparam("high", type_=Double))


@lru_cache
def stored_statement(relation: str) -> Select[Any]:
    """Return bucket and the numbers of a relation of others, of `tag` in [start, stop), by time."""
    table = metadata.tables[relation]
    inside = (table.c.tag_name == _TAG, table.c.bucket >= _SPAN[0], table.c.bucket < _SPAN[1])
    columns = [each for each in table.c if each.name != "tag_name"]
    return select(*columns).where(*inside).order_by(table.c.bucket)


def _grouped(seconds: int, flagged: QcCode | None, columns: list[Any]) -> Select[Any]:
    """Return columns of the good readings of `tag` in [start, stop), within its span, by bucket."""
    hist, bucket = influx_hist.c, bucket_of(influx_hist.c.ts, Resolution("", seconds))
    inside = (hist.tag_name == _TAG, hist.ts >= _SPAN[0], hist.ts < _SPAN[1], good(flagged))
    span = (hist.value >= _BOUNDS[0], hist.value <= _BOUNDS[1])
    statement = select(bucket.label("bucket"), *columns).where(*inside, *span)
    return statement.group_by(text("1")).order_by(text("1"))


@lru_cache
def means_statement(flagged: QcCode | None) -> Select[Any]:
    """Return bucket, avg of each minute of `tag`, of good readings within `low` and `high`."""
    return _grouped(60, flagged, [func.avg(influx_hist.c.value, type_=Double).label("avg")])


@lru_cache
def five_minutes_statement(flagged: QcCode | None) -> Select[Any]:
    """Return the columns of `features_5m` from readings, and as others may define them."""
    value = influx_hist.c.value
    columns = [
        func.avg(value, type_=Double).label("mean_5m"),
        func.stddev_samp(value, type_=Double).label("std_5m"),
        func.stddev_pop(value, type_=Double).label("std_5m_population"),
        func.min(value).label("min_5m"),
        func.max(value).label("max_5m"),
        func.count().label("n_5m"),
    ]
    for name, share in (("p10_5m", 0.1), ("p90_5m", 0.9)):
        columns.append(func.percentile_cont(share).within_group(value).label(name))
        columns.append(func.percentile_disc(share).within_group(value).label(f"{name}_nearest"))
    return _grouped(300, flagged, columns)
