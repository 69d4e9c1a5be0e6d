"""The buckets of a window out of rollups and readings: who answers which part, and its rows."""

from data.queries.grouped.answering import Answering, answering
from data.queries.grouped.retained import Whole, began_before, has_others, whole_width
from data.queries.grouped.rows import REREAD, in_zone, lengths, values_of

__all__ = [
    "REREAD",
    "Answering",
    "Whole",
    "answering",
    "began_before",
    "has_others",
    "in_zone",
    "lengths",
    "values_of",
    "whole_width",
]
