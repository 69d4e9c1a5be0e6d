"""Files of any size out of questions, as streams: exactly what was asked for, or a failure."""

from data.export import columns
from data.export.about import MEANINGS, rule_version
from data.export.columns import OF_READINGS as COLUMNS
from data.export.contract import ALLOWED, CHOICES, PARAMETERS, REPEATED, Question, question
from data.export.formats import FORMATS, Workbook, csv_text, document, harmless
from data.export.guessed import estimate
from data.export.pump import Pump, Unwanted
from data.export.rows import Tally, gone_of
from data.export.stream import schema, stream

__all__ = [
    "ALLOWED",
    "CHOICES",
    "COLUMNS",
    "FORMATS",
    "MEANINGS",
    "PARAMETERS",
    "Pump",
    "Question",
    "REPEATED",
    "Tally",
    "Unwanted",
    "Workbook",
    "columns",
    "csv_text",
    "document",
    "estimate",
    "gone_of",
    "harmless",
    "question",
    "rule_version",
    "schema",
    "stream",
]
