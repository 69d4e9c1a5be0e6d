"""Readers: a question in, a cached frame out."""

from data.queries.before import before
from data.queries.catalog import (
    AboutTags,
    Catalog,
    Tag,
    about_tags,
    catalog,
    read_anew,
    rules,
    tag,
    tags,
)
from data.queries.history import history
from data.queries.indicators import Widths, features, indicators
from data.queries.kinds import MOST_READINGS, OfReadings, last_before, of_readings
from data.queries.latest import Recent, latest, recent, spacing, spacings, sparklines, tail
from data.queries.look_back import deciding_readings, look_back, look_back_answers
from data.queries.plan import Request, request
from data.queries.presence import MOST_TIMES, Runs, expectation, runs

__all__ = [
    "AboutTags",
    "MOST_READINGS",
    "MOST_TIMES",
    "Catalog",
    "OfReadings",
    "Recent",
    "Request",
    "Runs",
    "Tag",
    "Widths",
    "look_back_answers",
    "about_tags",
    "before",
    "catalog",
    "expectation",
    "features",
    "deciding_readings",
    "history",
    "indicators",
    "last_before",
    "latest",
    "look_back",
    "of_readings",
    "read_anew",
    "recent",
    "request",
    "rules",
    "runs",
    "sparklines",
    "spacing",
    "spacings",
    "tag",
    "tags",
    "tail",
]
