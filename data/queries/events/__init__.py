"""Readers of events and forecasts, where the historian has them."""

from data.queries.events.reading import (
    MOST_EVENTS,
    MOST_FORECAST,
    MOST_TEXT,
    Rows,
    anomalies,
    operations,
    predictions,
)

__all__ = [
    "MOST_EVENTS",
    "MOST_FORECAST",
    "MOST_TEXT",
    "Rows",
    "anomalies",
    "operations",
    "predictions",
]
