"""Files of readings, tags and rules: parsed, refused or loaded."""

from data.errors import BadFile
from data.files import load, rules, tags

__all__ = ["BadFile", "load", "rules", "tags"]
