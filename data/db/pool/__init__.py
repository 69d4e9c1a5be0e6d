"""The pools of connections to the historian: `lending` hands them out, `reading` asks over them.

`snapshot` reads one state of it piece by piece, `meanwhile` what somebody will ask for in a moment.
"""

from data.db.pool.lending import (
    GRACE_S,
    RETRY_AFTER_S,
    checkout,
    connect,
    dispose,
    dsn_parts,
    historian,
    in_use,
    qc_code,
    reading_over,
    route,
    schema,
)
from data.db.pool.meanwhile import Once, ahead
from data.db.pool.reading import (
    database_now,
    read_bounded,
    read_columns,
    read_frame,
    read_packed,
    read_rows,
    read_times,
)
from data.db.pool.replica import has_rivals, keep_fresh, replica_lag, split
from data.db.pool.snapshot import Snapshot, snapshot

__all__ = [
    "GRACE_S",
    "Once",
    "RETRY_AFTER_S",
    "Snapshot",
    "ahead",
    "checkout",
    "connect",
    "database_now",
    "dispose",
    "dsn_parts",
    "has_rivals",
    "historian",
    "in_use",
    "keep_fresh",
    "qc_code",
    "read_bounded",
    "read_columns",
    "read_frame",
    "read_packed",
    "read_rows",
    "read_times",
    "reading_over",
    "replica_lag",
    "route",
    "schema",
    "snapshot",
    "split",
]
