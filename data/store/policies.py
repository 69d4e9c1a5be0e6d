"""How the policies that refresh our continuous aggregates share out their work.

From 2.28 on TimescaleDB refreshes ten buckets a transaction unless it is told otherwise: ten days
of minutes took 1,440 of them and more than twice the time. Releases before 2.19 have no such
option, and take one transaction. What an administrator chose stays.
"""

from psycopg2.extensions import connection as Connection

from data.store import shapes

_BATCHED = """
FROM timescaledb_information.jobs j
JOIN timescaledb_information.continuous_aggregates c
  ON (j.hypertable_schema, j.hypertable_name) IN (
    (c.view_schema, c.view_name),
    (c.materialization_hypertable_schema, c.materialization_hypertable_name))
WHERE j.proc_name = 'policy_refresh_continuous_aggregate' AND c.view_schema = current_schema()
  AND c.view_name IN ({names}) AND NOT j.config ? 'buckets_per_batch'
  AND EXISTS (SELECT FROM pg_proc WHERE proname = 'add_continuous_aggregate_policy'
              AND 'buckets_per_batch' = ANY (proargnames))
""".format(names=", ".join(f"'{name}'" for name in (*shapes.ROLLUPS, "features_5m", *shapes.LEFT)))

#: Lets each of our policies refresh in one transaction, where the server can be told so.
IN_ONE = f"""
SELECT alter_job(j.job_id, config => j.config || '{{"buckets_per_batch": 0}}')
{_BATCHED.strip()};
"""


def batched(connection: Connection) -> list[str]:
    """Return our continuous aggregates whose policy refreshes a few buckets a transaction."""
    if shapes.engine(connection) != "timescale":
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT c.view_name {_BATCHED} ORDER BY c.view_name")
        return [name for (name,) in cursor.fetchall()]
