"""The page of files: its form, what it says of a question, and the lines that scripts take over.

A question is what `data.export.question` makes of an address, and nothing else: the form only
builds the address, and what is refused is said beside the control that asked for it.
"""

from components.export.answers import answer, first_rows
from components.export.form import STEPS, form
from components.export.guess import guess
from components.export.result import result
from components.export.tags import chips, groups, named, offers

__all__ = [
    "STEPS",
    "answer",
    "chips",
    "first_rows",
    "form",
    "groups",
    "guess",
    "named",
    "offers",
    "result",
]
