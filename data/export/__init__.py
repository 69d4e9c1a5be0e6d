"""Files of any size out of questions, as streams: exactly what was asked for, or a failure."""

from data.export import csv_text
from data.export.columns import OF_READINGS as COLUMNS
from data.export.contract import CHOICES, PARAMETERS, Question, question
from data.export.csv_text import harmless
from data.export.formats import FORMATS
from data.export.pump import Pump, Unwanted
from data.export.stream import schema, stream

__all__ = [
    "CHOICES",
    "COLUMNS",
    "FORMATS",
    "PARAMETERS",
    "Pump",
    "Question",
    "Unwanted",
    "csv_text",
    "harmless",
    "question",
    "schema",
    "stream",
]
