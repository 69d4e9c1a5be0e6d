"""The parts that the status page is put together from."""

from components.status.parts.cards import cards
from components.status.parts.days import legend, strip
from components.status.parts.marks import NOTHING, consequence, ended, level_mark, panel, table
from components.status.parts.panels import panels

__all__ = [
    "NOTHING",
    "cards",
    "consequence",
    "ended",
    "legend",
    "level_mark",
    "panel",
    "panels",
    "strip",
    "table",
]
