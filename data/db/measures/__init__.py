"""What is counted of questions, statements and files, and told to whoever listens; by name."""

from data.db.measures.told import (
    MEMORY,
    READ,
    WAITED,
    Listener,
    Questions,
    count_question,
    file_sent,
    listen,
    measured,
    naming,
    questions,
)

__all__ = [
    "MEMORY",
    "READ",
    "WAITED",
    "Listener",
    "Questions",
    "count_question",
    "file_sent",
    "listen",
    "measured",
    "naming",
    "questions",
]
