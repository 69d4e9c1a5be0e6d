"""How our continuous aggregates are refreshed and read.

From 2.28 on TimescaleDB refreshes ten buckets a transaction unless it is told otherwise: ten days
of minutes took 1,440 of them and more than twice the time. Releases before 2.19 have no such
option, and take one transaction. What an administrator chose stays.

What is left out is read as it is stored: an aggregate without any bucket, as where nothing is left
out, would be computed from all readings at each question. Where it waits for a refresh the server's
logs say; without these it stays computed.
"""

from typing import NamedTuple

from psycopg2.extensions import connection as Connection

from data.sql import LOGS
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


_COMPUTED = """
FROM timescaledb_information.continuous_aggregates
WHERE view_schema = current_schema() AND NOT materialized_only AND view_name IN ({names})
  AND {logged}
""".format(
    names=", ".join(f"'{name}'" for name in shapes.LEFT),
    logged=" AND ".join(f"to_regclass('_timescaledb_catalog.{name}') IS NOT NULL" for name in LOGS),
).strip()

#: Lets what is left out be read as it is stored, where the server says what waits.
STORED = """
DO $$
DECLARE aggregate text;
BEGIN
    FOR aggregate IN SELECT view_name COMPUTED LOOP
        EXECUTE format('ALTER MATERIALIZED VIEW %I SET (timescaledb.materialized_only = true)',
                       aggregate);
    END LOOP;
END $$;
""".replace("COMPUTED", _COMPUTED)


class Setting(NamedTuple):
    """What should be otherwise of a continuous aggregate: its name, and batches or computed."""

    name: str
    key: str


def settings(connection: Connection) -> list[Setting]:
    """Return what should be otherwise of our continuous aggregates."""
    if shapes.engine(connection) != "timescale":
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT c.view_name {_BATCHED} ORDER BY c.view_name")
        batches = [Setting(name, "batches") for (name,) in cursor.fetchall()]
        cursor.execute(f"SELECT view_name {_COMPUTED} ORDER BY view_name")
        return batches + [Setting(name, "computed") for (name,) in cursor.fetchall()]
