"""Files of any size out of questions, as streams: exactly what was asked for, or a failure."""

from data.export import csv_text
from data.export.columns import OF_READINGS as COLUMNS
from data.export.contract import CHOICES, PARAMETERS, Question, question
from data.export.csv_text import harmless
from data.export.formats import FORMATS
from data.export.guessed import estimate
from data.export.pump import Pump, Unwanted
from data.export.rows import Tally
from data.export.stream import rule_version, schema, stream

__all__ = [
    "CHOICES",
    "COLUMNS",
    "FORMATS",
    "PARAMETERS",
    "Pump",
    "Question",
    "Tally",
    "Unwanted",
    "csv_text",
    "estimate",
    "harmless",
    "question",
    "rule_version",
    "schema",
    "stream",
]
