"""The way to the historian: pool, binary COPY, failures, watchdog, cache, the database's clock."""

from data.db import cache, clock, copy_out, disk, lanes, measures, pool
from data.db.cache import Answer, Cached, cached
from data.db.failures import NO_LETTERS, TOO_LONG
from data.db.lanes import Busy
from data.db.measures import Listener, file_sent, listen, questions
from data.db.pool import (
    Once,
    Snapshot,
    ahead,
    database_now,
    has_rivals,
    keep_fresh,
    read_bounded,
    read_columns,
    read_frame,
    read_packed,
    read_rows,
    read_times,
    replica_lag,
    snapshot,
    split,
)
from data.db.redacted import line_of, parts_of
from data.db.replicas import WHOLE_S, Split
from data.db.stored import worker
from data.db.writing import keeping_to, writing
from data.errors import HistorianUnavailable

__all__ = [
    "NO_LETTERS",
    "TOO_LONG",
    "WHOLE_S",
    "Answer",
    "Busy",
    "Cached",
    "HistorianUnavailable",
    "Listener",
    "Once",
    "Snapshot",
    "Split",
    "ahead",
    "cache",
    "cached",
    "clock",
    "copy_out",
    "disk",
    "file_sent",
    "has_rivals",
    "keep_fresh",
    "keeping_to",
    "lanes",
    "line_of",
    "listen",
    "measures",
    "database_now",
    "parts_of",
    "pool",
    "questions",
    "read_bounded",
    "read_columns",
    "read_frame",
    "read_packed",
    "read_rows",
    "read_times",
    "replica_lag",
    "snapshot",
    "split",
    "worker",
    "writing",
]
