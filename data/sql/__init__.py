"""What is asked of the historian: its tables, and pure builders of statements."""

from data.sql.catalog import (
    catalog_statement,
    names_statement,
    rules_statement,
    tags_statement,
    versions_statement,
)
from data.sql.history import (
    count_statement,
    edges_statement,
    features_statement,
    history_statement,
    preceding_statement,
    raw_features_statement,
    raw_statement,
)
from data.sql.latest import (
    AHEAD,
    CLOCK,
    HOURS_BACK,
    READINGS_BACK,
    REFERENCE,
    TRUSTED,
    held_statement,
    latest_statement,
    recent_statement,
    sparklines_statement,
    tail_statement,
    times_statement,
)
from data.sql.tables import ROLLUPS, influx_hist, metadata

__all__ = [
    "AHEAD",
    "CLOCK",
    "HOURS_BACK",
    "READINGS_BACK",
    "REFERENCE",
    "ROLLUPS",
    "TRUSTED",
    "catalog_statement",
    "count_statement",
    "edges_statement",
    "features_statement",
    "held_statement",
    "history_statement",
    "influx_hist",
    "latest_statement",
    "metadata",
    "names_statement",
    "preceding_statement",
    "raw_features_statement",
    "raw_statement",
    "recent_statement",
    "rules_statement",
    "sparklines_statement",
    "tags_statement",
    "tail_statement",
    "times_statement",
    "versions_statement",
]
