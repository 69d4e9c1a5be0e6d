"""What is asked about when tags were outside their limits: the rows that are not surely inside."""

from data.sql.outside.reads import extremes_statement, newest_before_statement, reads_statement
from data.sql.outside.stored import (
    before_row_statement,
    held_time_statement,
    loud_statement,
)

__all__ = [
    "before_row_statement",
    "extremes_statement",
    "held_time_statement",
    "loud_statement",
    "newest_before_statement",
    "reads_statement",
]
