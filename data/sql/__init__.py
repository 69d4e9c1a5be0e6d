"""What is asked of the historian: its tables, and pure builders of statements."""

from data.sql import contract
from data.sql.catalog import (
    catalog_statement,
    left_since_statement,
    named_statement,
    names_statement,
    qc_counts_statement,
    rules_statement,
    schemas_statement,
    tags_statement,
    versions_statement,
    waiting_statement,
)
from data.sql.contract import REFUSALS
from data.sql.features import features_statement, raw_features_statement
from data.sql.history import (
    count_statement,
    edges_statement,
    history_statement,
    raw_statement,
)
from data.sql.latest import (
    Following,
    Part,
    latest_statement,
    recent_statement,
    tail_statement,
    times_statement,
    trusted_statement,
)
from data.sql.look_back import (
    HOURS_BACK,
    READINGS_BACK,
    before_statement,
    deciding_since_statement,
    deciding_statement,
    entering_statement,
    older_statement,
)
from data.sql.presence import (
    before_moments_statement,
    counts_statement,
    held_statement,
    probes_statement,
    reading_times_statement,
)
from data.sql.qc import STANDARDS, Looks, QcCode, looks_like
from data.sql.readings import TIME, bucket_of, cuts_of, good
from data.sql.sparklines import hours_statement, missing_hours_statement, sparklines_statement
from data.sql.tables import LEFT, ROLLUPS, influx_hist, metadata

__all__ = [
    "REFUSALS",
    "contract",
    "Following",
    "HOURS_BACK",
    "LEFT",
    "Looks",
    "READINGS_BACK",
    "ROLLUPS",
    "STANDARDS",
    "TIME",
    "Part",
    "QcCode",
    "before_moments_statement",
    "before_statement",
    "bucket_of",
    "catalog_statement",
    "count_statement",
    "counts_statement",
    "cuts_of",
    "edges_statement",
    "features_statement",
    "deciding_since_statement",
    "deciding_statement",
    "entering_statement",
    "good",
    "named_statement",
    "history_statement",
    "held_statement",
    "hours_statement",
    "influx_hist",
    "latest_statement",
    "left_since_statement",
    "looks_like",
    "metadata",
    "missing_hours_statement",
    "names_statement",
    "probes_statement",
    "qc_counts_statement",
    "older_statement",
    "raw_features_statement",
    "raw_statement",
    "reading_times_statement",
    "recent_statement",
    "rules_statement",
    "schemas_statement",
    "sparklines_statement",
    "tags_statement",
    "tail_statement",
    "times_statement",
    "trusted_statement",
    "versions_statement",
    "waiting_statement",
]
