"""What others write down beside readings: events, anomalies, forecasts."""

from data.sql.events.statements import (
    anomalies_statement,
    op_log_statement,
    predictions_statement,
)
from data.sql.events.tables import EVENT_TABLES, NEEDED, anomalies, fitting, op_log, predictions

__all__ = [
    "EVENT_TABLES",
    "NEEDED",
    "anomalies",
    "anomalies_statement",
    "fitting",
    "op_log",
    "op_log_statement",
    "predictions",
    "predictions_statement",
]
