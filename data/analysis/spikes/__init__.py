"""Spikes: readings that stand apart from those just before them."""

from data.analysis.spikes.medians import (
    COMPARED,
    LEAST_COMPARED,
    LOOK_BACK,
    ROWS_AT_ONCE,
    are_far,
    in_series,
)

__all__ = ["COMPARED", "LEAST_COMPARED", "LOOK_BACK", "ROWS_AT_ONCE", "are_far", "in_series"]
