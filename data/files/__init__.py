"""Files of readings, tags and rules: parsed, refused or loaded."""

from data.errors import BadFile
from data.files import load, rules, tags
from data.files.cells import SIGNS, THOUSANDS
from data.files.quality import CHOICES as QUALITIES

__all__ = ["QUALITIES", "SIGNS", "THOUSANDS", "BadFile", "load", "rules", "tags"]
