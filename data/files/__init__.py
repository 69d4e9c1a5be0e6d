"""Files of readings, tags and rules: parsed, refused or loaded."""

from data.files import load, rules, tags
from data.files.csvfile import BadFile

__all__ = ["BadFile", "load", "rules", "tags"]
