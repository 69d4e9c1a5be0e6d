"""Readers: a question in, a cached frame out."""

from data.db import Once, ahead
from data.queries.asking import dialect
from data.queries.cards import card_digits, held_states
from data.queries.catalog import (
    OF_ONE_STATEMENT,
    AboutTags,
    Tag,
    about_tags,
    names_back_to,
    read_anew,
    rules,
    tag,
    tags,
)
from data.queries.deciding import (
    before,
    deciding_readings,
    least_spacing,
    questions_of,
    reach,
    read_before,
)
from data.queries.events import (
    MOST_EVENTS,
    MOST_TEXT,
    anomalies,
    operations,
    predictions,
)
from data.queries.grouped import (
    Answering,
    Whole,
    answering,
    began_before,
    has_others,
    whole_width,
)
from data.queries.history import history, spacing_in
from data.queries.indicators import Widths, features, indicators
from data.queries.latest import latest, many_checks, recent, spacing, spacings, sparklines, tail
from data.queries.look_back import before_day, day, look_back_answers
from data.queries.of_kind import OfReadings, of_readings, read_of_readings, readings_before
from data.queries.outside import Question as OutsideQuestion
from data.queries.outside import every_excursion
from data.queries.paged import beside, first_readings
from data.queries.plan import Request, median_step, ns_of, request, time_of
from data.queries.readings import (
    MOST_READINGS,
    Runs,
    Times,
    expectation,
    may_be_read,
    newest_spacing,
    runs,
)
from data.queries.relations import Catalog, catalog, refuse_unknown_schema, waiting
from data.queries.since import ages_of, clock_behind, crossed_since
from data.queries.summed import moments, newest, statistics
from data.queries.tick import Recent

__all__ = [
    "AboutTags",
    "MOST_EVENTS",
    "MOST_READINGS",
    "MOST_TEXT",
    "OF_ONE_STATEMENT",
    "Answering",
    "Catalog",
    "OfReadings",
    "OutsideQuestion",
    "Recent",
    "Request",
    "Runs",
    "Tag",
    "Times",
    "Whole",
    "Widths",
    "look_back_answers",
    "about_tags",
    "anomalies",
    "operations",
    "predictions",
    "Once",
    "ahead",
    "answering",
    "ages_of",
    "before",
    "before_day",
    "catalog",
    "clock_behind",
    "card_digits",
    "crossed_since",
    "began_before",
    "beside",
    "every_excursion",
    "expectation",
    "features",
    "held_states",
    "first_readings",
    "day",
    "deciding_readings",
    "dialect",
    "has_others",
    "history",
    "indicators",
    "latest",
    "many_checks",
    "least_spacing",
    "median_step",
    "moments",
    "names_back_to",
    "newest",
    "may_be_read",
    "newest_spacing",
    "ns_of",
    "of_readings",
    "questions_of",
    "reach",
    "readings_before",
    "read_anew",
    "read_before",
    "read_of_readings",
    "recent",
    "refuse_unknown_schema",
    "request",
    "rules",
    "runs",
    "statistics",
    "sparklines",
    "spacing",
    "spacing_in",
    "spacings",
    "tag",
    "tags",
    "tail",
    "waiting",
    "time_of",
    "whole_width",
]
