"""Readers: a question in, a cached frame out."""

from data.queries.before import before
from data.queries.catalog import Catalog, Tag, catalog, rules, tags
from data.queries.held import answered, held, look_back
from data.queries.history import history
from data.queries.indicators import Widths, features, indicators
from data.queries.latest import Recent, latest, recent, spacing, spacings, sparklines, tail
from data.queries.plan import Request, request

__all__ = [
    "Catalog",
    "Recent",
    "Request",
    "Tag",
    "Widths",
    "answered",
    "before",
    "catalog",
    "features",
    "held",
    "history",
    "indicators",
    "latest",
    "look_back",
    "recent",
    "request",
    "rules",
    "sparklines",
    "spacing",
    "spacings",
    "tags",
    "tail",
]
