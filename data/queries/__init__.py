"""Readers: a question in, a cached frame out."""

from data.queries.before import compares, preceding
from data.queries.catalog import Catalog, catalog, known, rules, tags
from data.queries.history import history
from data.queries.indicators import Widths, features, indicators
from data.queries.latest import (
    TAIL_DEPTH,
    Recent,
    answered,
    held,
    latest,
    look_back,
    recent,
    spacing,
    spacings,
    sparklines,
    tail,
)

__all__ = [
    "TAIL_DEPTH",
    "Catalog",
    "Recent",
    "Widths",
    "answered",
    "catalog",
    "compares",
    "features",
    "held",
    "history",
    "indicators",
    "known",
    "latest",
    "look_back",
    "preceding",
    "recent",
    "rules",
    "spacing",
    "spacings",
    "sparklines",
    "tags",
    "tail",
]
